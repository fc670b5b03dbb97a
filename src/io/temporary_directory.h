#ifndef STRONGROOM_IO_TEMPORARY_DIRECTORY_H_
#define STRONGROOM_IO_TEMPORARY_DIRECTORY_H_

#include <string>

namespace strongroom::io {

/// A new directory of mode 0700 under $TMPDIR or /tmp, removed with all that is in it at the end.
/// For tests. Ends the process when it cannot be made.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_TEMPORARY_DIRECTORY_H_
