#include "agent/log_watch.h"

namespace strongroom::agent {

namespace {
constexpr std::int64_t kPollSeconds = 5;
constexpr std::chrono::milliseconds kRetryAfter{1000};
}  // namespace

LogWatch::LogWatch(client::Follower follower, const client::Connection& poll)
    : poll_(poll), follower_(std::move(follower)), thread_([this] { run(); }) {}

LogWatch::~LogWatch() { stop(); }

void LogWatch::stop() {
  {
    const Lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

// Also growth that another caller of `with` has followed to: everyone waiting hears of it.
void LogWatch::note_growth() {
  if (follower_.world().size() == size_) return;
  size_ = follower_.world().size();
  ++version_;
  changed_.notify_all();
}

Result<void> LogWatch::with(const std::function<Result<void>(client::Follower&)>& use) {
  const Lock lock(mutex_);
  if (broken_) return tl::unexpected<Error>(*broken_);
  Result<void> result = use(follower_);
  note_growth();
  return result;
}

std::uint64_t LogWatch::wait(std::uint64_t version, std::chrono::milliseconds bound) {
  const Lock lock(mutex_);
  if (version_ == version && !stopping_) changed_.wait_for(mutex_, bound);
  return version_;
}

void LogWatch::run() {
  while (true) {
    std::uint64_t size = 0;
    {
      const Lock lock(mutex_);
      if (stopping_) return;
      size = follower_.world().size();
    }
    // The long poll holds no lock: only its answer, that there is more, is used, and not believed.
    const Result<Bytes> grown = poll_.get(
        "/v1/growth", "size=" + std::to_string(size) + "&seconds=" + std::to_string(kPollSeconds));
    const Lock lock(mutex_);
    if (stopping_) return;
    if (!grown) {
      changed_.wait_for(mutex_, kRetryAfter);
      continue;
    }
    const Result<void> followed = follower_.follow();
    if (!followed && followed.error().code != ErrorCode::kNetwork) {
      broken_ = followed.error();
      changed_.notify_all();
      return;
    }
    note_growth();
  }
}

}  // namespace strongroom::agent
