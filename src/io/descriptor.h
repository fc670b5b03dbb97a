#ifndef STRONGROOM_IO_DESCRIPTOR_H_
#define STRONGROOM_IO_DESCRIPTOR_H_

#include <string_view>
#include <utility>

#include "base/result.h"

namespace strongroom::io {

/// An open file descriptor, closed at the end. Move-only.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  void close() noexcept;

 private:
  int number_ = -1;
};

/// What errno `number` means here, with what was being done: kNoSpace, kNotFound, kAlreadyExists,
/// kRefused (permission, or a link where none may be), else kDisk.
[[nodiscard]] Error error_of(int number, std::string_view doing);

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_DESCRIPTOR_H_
