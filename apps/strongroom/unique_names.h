#ifndef STRONGROOM_STRONGROOM_UNIQUE_NAMES_H_
#define STRONGROOM_STRONGROOM_UNIQUE_NAMES_H_

#include <set>
#include <string>

#include "base/result.h"

namespace strongroom::terminal {

/// Names of assets made from paths: bounded, each once; the end of a path tells more than its
/// beginning.
class UniqueNames {
 public:
  static constexpr std::size_t kNameBytesMax = 200;  ///< of an asset in a file of facts
  [[nodiscard]] std::string of(const std::string& path) {
    std::string shown = printable(path);
    constexpr std::size_t kKept = kNameBytesMax - 16;
    if (shown.size() > kKept) {
      std::size_t from = shown.size() - kKept;
      while (from < shown.size() && (static_cast<unsigned char>(shown[from]) & 0xc0) == 0x80)
        ++from;
      shown = shown.substr(from);
    }
    std::string unique = shown;
    for (int number = 2; !taken_.insert(unique).second; ++number)
      unique = shown + " (" + std::to_string(number) + ")";
    return unique;
  }

 private:
  std::set<std::string> taken_;
};

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_UNIQUE_NAMES_H_
