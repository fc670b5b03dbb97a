// expect: (use of deleted function|call to deleted constructor)
#include <functional>

#include "base/secret.h"

using Key = strongroom::Secret<32, struct KeyMeaning>;
std::size_t kept(const Key& key) {
  return [key] { return key.kBytes; }();
}
