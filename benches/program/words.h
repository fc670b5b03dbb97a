#ifndef STRONGROOM_BENCHES_PROGRAM_WORDS_H_
#define STRONGROOM_BENCHES_PROGRAM_WORDS_H_

#include <cstdlib>
#include <map>
#include <string>

#include "base/result.h"

namespace strongroom::bench {

/// What stands behind the verb on the command line: "--name value" pairs.
class Words {
 public:
  /// Errors: kUsage.
  [[nodiscard]] static Result<Words> parse(int argc, char** argv) {
    Words words;
    for (int i = 2; i < argc; i += 2) {
      const std::string_view name = argv[i];
      if (name.substr(0, 2) != "--" || i + 1 == argc) {
        return fail(ErrorCode::kUsage, "expected --name value, not " + std::string(name));
      }
      words.values_[std::string(name.substr(2))] = argv[i + 1];
    }
    return words;
  }
  /// Errors: kUsage (not given).
  [[nodiscard]] Result<std::string> text(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return fail(ErrorCode::kUsage, "--" + name + " is missing");
    return found->second;
  }
  /// Zero or more; `otherwise` when it is not given. Errors: kUsage.
  [[nodiscard]] Result<std::uint64_t> number(const std::string& name,
                                             std::uint64_t otherwise) const {
    const auto found = values_.find(name);
    if (found == values_.end()) return otherwise;
    char* end = nullptr;
    const std::uint64_t value = std::strtoull(found->second.c_str(), &end, 10);
    if (end == found->second.c_str() || *end != '\0') {
      return fail(ErrorCode::kUsage, "--" + name + " takes a number");
    }
    return value;
  }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace strongroom::bench

#endif  // STRONGROOM_BENCHES_PROGRAM_WORDS_H_
