// Two threads, one number, no lock. tools/run_tests.py builds this with the thread sanitizer and
// fails unless the race is reported: a sanitizer that sees nothing here would see nothing
// elsewhere.
#include <thread>

namespace {
int counted = 0;
void count() {
  for (int i = 0; i < 100'000; ++i) counted = counted + 1;
}
}  // namespace

int main() {
  std::thread other(count);
  count();
  other.join();
  return counted == 0 ? 1 : 0;
}
