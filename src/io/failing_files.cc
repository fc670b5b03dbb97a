#include "io/failing_files.h"

#include <fmt/format.h>

namespace strongroom::io {

namespace {
tl::unexpected<Error> on_command(ErrorCode code) { return fail(code, "failed on command"); }
}  // namespace

void FailingFiles::fail_at(std::size_t n, ErrorCode code) {
  const Lock lock(mutex_);
  plan_ = Plan{calls_.size() + n, code, false};
}

void FailingFiles::crash_at(std::size_t n) {
  const Lock lock(mutex_);
  plan_ = Plan{calls_.size() + n, ErrorCode::kInterrupted, true};
}

void FailingFiles::recover() {
  const Lock lock(mutex_);
  plan_.reset();
}

std::vector<FailingFiles::Call> FailingFiles::calls() const {
  const Lock lock(mutex_);
  return calls_;
}

std::optional<ErrorCode> FailingFiles::note(Call call, bool& first_of_crash) {
  const Lock lock(mutex_);
  const std::size_t index = calls_.size();
  calls_.push_back(call);
  first_of_crash = plan_ && plan_->crash && index == plan_->at;
  if (!plan_) return std::nullopt;
  const bool fails = plan_->crash ? index >= plan_->at : index == plan_->at;
  return fails ? std::optional<ErrorCode>(plan_->code) : std::nullopt;
}

Result<Descriptor> FailingFiles::create(int directory, const std::string& name,
                                        std::uint32_t mode) {
  bool crashing = false;
  if (const auto code = note(Call::kCreate, crashing)) return on_command(*code);
  return real_.create(directory, name, mode);
}

Result<void> FailingFiles::write_at(int file, std::uint64_t offset, ByteView bytes) {
  bool crashing = false;
  if (const auto code = note(Call::kWrite, crashing)) {
    if (crashing) RETURN_IF_ERROR(real_.write_at(file, offset, bytes.first(bytes.size() / 2)));
    return on_command(*code);
  }
  return real_.write_at(file, offset, bytes);
}

Result<void> FailingFiles::sync(int file) {
  bool crashing = false;
  if (const auto code = note(Call::kSync, crashing)) return on_command(*code);
  return real_.sync(file);
}

Result<void> FailingFiles::rename(int directory, const std::string& from, const std::string& to,
                                  OnExisting on_existing) {
  bool crashing = false;
  if (const auto code = note(Call::kRename, crashing)) return on_command(*code);
  return real_.rename(directory, from, to, on_existing);
}

Result<void> FailingFiles::remove(int directory, const std::string& name) {
  bool crashing = false;
  if (const auto code = note(Call::kRemove, crashing)) return on_command(*code);
  return real_.remove(directory, name);
}

Result<void> FailingFiles::make_directory(int directory, const std::string& name,
                                          std::uint32_t mode) {
  bool crashing = false;
  if (const auto code = note(Call::kMakeDirectory, crashing)) return on_command(*code);
  return real_.make_directory(directory, name, mode);
}

}  // namespace strongroom::io
