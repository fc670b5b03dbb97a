// A reader that does nothing with what it reads, the same for every file system under test.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "io/descriptor.h"
#include "io/files.h"
#include "verbs.h"

namespace strongroom::bench {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

/// Opened with what the kernel cached of this very file dropped, so that every byte comes through
/// the file system again (and from the cache of whatever lies beneath it).
Result<io::Descriptor> opened_uncached(const Words& words) {
  ASSIGN_OR_RETURN(const std::string path, words.text("path"));
  io::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return tl::unexpected<Error>(io::error_of(errno, "opening " + path));
  if (posix_fadvise(file.number(), 0, 0, POSIX_FADV_DONTNEED) != 0) {
    return fail(ErrorCode::kDisk, "the kernel keeps what it cached of " + path);
  }
  return file;
}

Result<std::size_t> read_piece(const io::Descriptor& file, std::uint64_t offset, Bytes& memory) {
  const ssize_t got =
      pread(file.number(), memory.data(), memory.size(), static_cast<off_t>(offset));
  if (got < 0) return tl::unexpected<Error>(io::error_of(errno, "reading"));
  return static_cast<std::size_t>(got);
}

}  // namespace

Result<void> read_in_order(const Words& words) {
  ASSIGN_OR_RETURN(const io::Descriptor file, opened_uncached(words));
  Bytes memory(kPieceBytes);
  for (std::uint64_t offset = 0;;) {
    ASSIGN_OR_RETURN(const std::size_t got, read_piece(file, offset, memory));
    if (got == 0) return {};
    offset += got;
  }
}

// Pieces of 1 MiB on their own boundaries, in an order that looks random and is the same every
// time.
Result<void> read_at_random(const Words& words) {
  ASSIGN_OR_RETURN(const io::Descriptor file, opened_uncached(words));
  ASSIGN_OR_RETURN(const std::uint64_t count, words.number("count", 1024));
  struct stat status {};
  if (fstat(file.number(), &status) != 0) return fail(ErrorCode::kDisk, "no size");
  const std::uint64_t pieces = static_cast<std::uint64_t>(status.st_size) / kPieceBytes;
  if (pieces == 0) return fail(ErrorCode::kUsage, "a file of at least 1 MiB is needed");
  posix_fadvise(file.number(), 0, 0, POSIX_FADV_RANDOM);
  Bytes memory(kPieceBytes);
  std::uint64_t state = 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    state = state * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    const std::uint64_t begin = (state >> 33) % pieces * kPieceBytes;
    for (std::uint64_t done = 0; done < kPieceBytes;) {
      ASSIGN_OR_RETURN(const std::size_t got, read_piece(file, begin + done, memory));
      if (got == 0) return fail(ErrorCode::kDisk, "the file ended early");
      done += got;
    }
  }
  return {};
}

}  // namespace strongroom::bench
