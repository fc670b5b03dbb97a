// model_zoo: synthetic models with a known past, for the tests of lineage.
#include <fmt/format.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "verbs.h"

namespace strongroom::model::lineage::zoo {

namespace {

constexpr const char* kUsage =
    "model_zoo write DIR --seed N [--families N]\n"
    "model_zoo roc --seeds FIRST..LAST [--width N] [--layers N] [--json]\n";

std::uint64_t number_after(const std::vector<std::string>& words, const std::string& name,
                           std::uint64_t otherwise) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == name) return std::strtoull(words[i + 1].c_str(), nullptr, 10);
  }
  return otherwise;
}

int roc(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] != "--seeds") continue;
    const std::size_t dots = words[i + 1].find("..");
    if (dots == std::string::npos) break;
    Size size;
    size.width = static_cast<std::size_t>(number_after(words, "--width", 256)) / 32 * 32;
    size.hidden = size.width / 32 * 88;
    size.layers = static_cast<std::size_t>(number_after(words, "--layers", 2));
    report_roc(size, std::strtoull(words[i + 1].c_str(), nullptr, 10),
               std::strtoull(words[i + 1].c_str() + dots + 2, nullptr, 10),
               words.back() == "--json");
    return 0;
  }
  fmt::print(stderr, "{}", kUsage);
  return 2;
}

int run(const std::vector<std::string>& words) {
  if (words.size() >= 2 && words[0] == "write") {
    const Result<void> done =
        write_zoo(words[1], number_after(words, "--seed", 1),
                  static_cast<std::size_t>(number_after(words, "--families", 1)));
    if (done) return 0;
    fmt::print(stderr, "{}\n", printable(done.error().context));
    return static_cast<int>(done.error().code);
  }
  if (!words.empty() && words[0] == "roc") return roc(words);
  fmt::print(stderr, "{}", kUsage);
  return 2;
}

}  // namespace

}  // namespace strongroom::model::lineage::zoo

int main(int argc, char** argv) {
  return strongroom::model::lineage::zoo::run(std::vector<std::string>(argv + 1, argv + argc));
}
