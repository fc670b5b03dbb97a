#include "io/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/mutex.h"
#include "io/read_only_directory.h"

namespace strongroom::io {

namespace {

constexpr int kPartialNameTries = 1000;

std::string partial_name(std::uint64_t number) {
  return fmt::format("{}{}-{}{}", kPartialPrefix, getpid(), number, kPartialSuffix);
}

// For as long as it is open, so that whoever sweeps can tell a file that is being written from one
// that a crash left. False: a sweep was quicker, and the file is gone.
bool held(int file) {
  struct stat now {};
  if (flock(file, LOCK_EX | LOCK_NB) != 0) return errno != EWOULDBLOCK;
  return fstat(file, &now) != 0 || now.st_nlink > 0;
}

}  // namespace

struct DurableFile::State {
  Files& files;
  Descriptor directory;
  Descriptor file;
  std::string name;
  std::string partial;
  std::uint64_t end = 0;
  bool committed = false;
  Mutex mutex;
  std::optional<Error> failure GUARDED_BY(mutex);

  /// The first failure stays.
  Result<void> keep(Result<void> result) {
    if (result) return result;
    const Lock lock(mutex);
    if (!failure) failure = result.error();
    return result;
  }
  Result<void> usable() {
    const Lock lock(mutex);
    if (failure) return tl::unexpected<Error>(*failure);
    if (committed) return fail(ErrorCode::kUsage, "written after its commit: " + name);
    return {};
  }
};

DurableFile::DurableFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
DurableFile::DurableFile(DurableFile&&) noexcept = default;
DurableFile& DurableFile::operator=(DurableFile&& other) noexcept {
  DurableFile dropped(std::move(*this));
  state_ = std::move(other.state_);
  return *this;
}

DurableFile::~DurableFile() {
  if (!state_ || state_->committed) return;
  // Best effort: a partial file that stays is swept later and read by nobody.
  const Result<void> removed = state_->files.remove(state_->directory.number(), state_->partial);
  static_cast<void>(removed);
}

Result<DurableFile> DurableFile::create(int directory, const std::string& name, std::uint32_t mode,
                                        Files& files) {
  // Unique within this machine while the process lives; a name left by a crashed process of the
  // same number is stepped over.
  static std::atomic<std::uint64_t> next{0};
  Descriptor own(fcntl(directory, F_DUPFD_CLOEXEC, 0));
  if (!own.is_open()) return tl::unexpected<Error>(error_of(errno, "creating " + name));
  for (int attempt = 0; attempt < kPartialNameTries; ++attempt) {
    std::string partial = partial_name(next++);
    Result<Descriptor> file = files.create(directory, partial, mode);
    if (!file && file.error().code == ErrorCode::kAlreadyExists) continue;
    if (!file) return fail(std::move(file).error(), name);
    if (!held(file->number())) continue;
    return DurableFile(std::unique_ptr<State>(new State{
        files, std::move(own), std::move(*file), name, std::move(partial), 0, false, {}, {}}));
  }
  return fail(ErrorCode::kAlreadyExists, "too many partial files beside " + name);
}

Result<void> DurableFile::write_at(std::uint64_t offset, ByteView bytes) {
  RETURN_IF_ERROR(state_->usable());
  return state_->keep(state_->files.write_at(state_->file.number(), offset, bytes));
}

Result<void> DurableFile::append(ByteView bytes) {
  RETURN_IF_ERROR(write_at(state_->end, bytes));
  state_->end += bytes.size();
  return {};
}

Result<void> DurableFile::sync() {
  RETURN_IF_ERROR(state_->usable());
  return state_->keep(state_->files.sync(state_->file.number()));
}

Result<void> DurableFile::commit(OnExisting on_existing) {
  RETURN_IF_ERROR(sync());
  RETURN_IF_ERROR(state_->keep(state_->files.rename(state_->directory.number(), state_->partial,
                                                    state_->name, on_existing)));
  // From here on the file stands under its name, whether or not a crash will remember it.
  state_->committed = true;
  return state_->keep(state_->files.sync(state_->directory.number()));
}

}  // namespace strongroom::io
