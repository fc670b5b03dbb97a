#include "io/reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace strongroom::io {

Result<void> read_exactly(const Reader& reader, std::uint64_t offset, MutableByteView out,
                          std::string_view what) {
  ASSIGN_OR_RETURN(const std::size_t got, reader.read_at(offset, out));
  if (got != out.size()) return fail(ErrorCode::kMalformed, std::string(what) + " ends too early");
  return {};
}

Result<FileReader> FileReader::of(Descriptor descriptor) {
  struct stat status {};
  if (fstat(descriptor.number(), &status) != 0) {
    return tl::unexpected<Error>(error_of(errno, "looking at an open file"));
  }
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kRefused, "not a regular file");
  return FileReader(std::move(descriptor));
}

Result<std::size_t> FileReader::read_at(std::uint64_t offset, MutableByteView out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = pread(descriptor_.number(), out.data() + done, out.size() - done,
                              static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected<Error>(error_of(errno, "reading"));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<std::uint64_t> FileReader::size_bytes() const {
  struct stat status {};
  if (fstat(descriptor_.number(), &status) != 0) {
    return tl::unexpected<Error>(error_of(errno, "looking at an open file"));
  }
  return static_cast<std::uint64_t>(status.st_size);
}

Result<std::size_t> MemoryReader::read_at(std::uint64_t offset, MutableByteView out) const {
  if (offset >= bytes_.size()) return std::size_t{0};
  const ByteView from = bytes_.subspan(static_cast<std::size_t>(offset));
  const std::size_t got = std::min(from.size(), out.size());
  std::copy_n(from.begin(), got, out.begin());
  return got;
}

}  // namespace strongroom::io
