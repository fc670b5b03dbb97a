#ifndef STRONGROOM_IO_FAILING_FILES_H_
#define STRONGROOM_IO_FAILING_FILES_H_

#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "io/files.h"

namespace strongroom::io {

/// For tests: passes every call on to `real` and keeps a record, until told to fail. Thread-safe.
/// To enumerate crashes: run once to count the calls, then once for each with crash_at(n).
class FailingFiles final : public Files {
 public:
  enum class Call { kCreate, kWrite, kSync, kRename, kRemove, kMakeDirectory };

  explicit FailingFiles(Files& real = system_files()) : real_(real) {}

  /// Only the n-th call from now (0 is the next) fails, with `code`, and does nothing.
  void fail_at(std::size_t n, ErrorCode code);
  /// The n-th call from now and every later one fail with kInterrupted and do nothing, except that
  /// the n-th, if it is a write, leaves the first half of its bytes.
  void crash_at(std::size_t n);
  /// Ends what fail_at and crash_at began: the machine is up again.
  void recover();
  [[nodiscard]] std::vector<Call> calls() const;

  [[nodiscard]] Result<Descriptor> create(int directory, const std::string& name,
                                          std::uint32_t mode) override;
  [[nodiscard]] Result<void> write_at(int file, std::uint64_t offset, ByteView bytes) override;
  [[nodiscard]] Result<void> sync(int file) override;
  [[nodiscard]] Result<void> rename(int directory, const std::string& from, const std::string& to,
                                    OnExisting on_existing) override;
  [[nodiscard]] Result<void> remove(int directory, const std::string& name) override;
  [[nodiscard]] Result<void> make_directory(int directory, const std::string& name,
                                            std::uint32_t mode) override;

 private:
  struct Plan {
    std::size_t at;  // index into calls_
    ErrorCode code;
    bool crash;
  };
  /// Records the call; says how it fails, if it does.
  [[nodiscard]] std::optional<ErrorCode> note(Call call, bool& first_of_crash);

  Files& real_;
  mutable Mutex mutex_;
  std::vector<Call> calls_ GUARDED_BY(mutex_);
  std::optional<Plan> plan_ GUARDED_BY(mutex_);
};

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_FAILING_FILES_H_
