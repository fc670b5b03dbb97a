#include "agent/log_watch.h"

namespace strongroom::agent {

namespace {
constexpr std::int64_t kPollSeconds = 5;
constexpr std::chrono::milliseconds kRetryAfter{1000};

// This machine's trouble, or the way's: it passes, and says nothing of the log.
bool may_pass(ErrorCode code) {
  return code == ErrorCode::kNetwork || code == ErrorCode::kNoSpace || code == ErrorCode::kDisk ||
         code == ErrorCode::kUnavailable;
}
}  // namespace

LogWatch::LogWatch(client::Follower follower, const client::Connection& poll)
    : poll_(poll), follower_(std::move(follower)), thread_([this] { run(); }) {}

LogWatch::~LogWatch() { stop(); }

void LogWatch::stop() {
  {
    const Lock lock(news_mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

bool LogWatch::is_stopping() {
  const Lock lock(news_mutex_);
  return stopping_;
}

// Also growth that another caller of `with` has followed to: everyone waiting hears of it.
void LogWatch::tell_news() {
  if (follower_.world().size() == size_ && !broken_) return;
  size_ = follower_.world().size();
  std::set<ProposalId> recalled;
  const Result<std::vector<vault::Proposal>> proposals =
      follower_.world().rooms().vault.proposals();
  for (std::size_t i = 0; proposals && i < proposals->size(); ++i) {
    if ((*proposals)[i].recalled) recalled.insert((*proposals)[i].id);
  }
  const Lock lock(news_mutex_);
  recalled_ = std::move(recalled);
  is_broken_ = broken_.has_value();
  ++version_;
  changed_.notify_all();
}

bool LogWatch::is_void(const ProposalId& proposal) {
  const Lock lock(news_mutex_);
  return is_broken_ || recalled_.contains(proposal);
}

Result<void> LogWatch::with(const std::function<Result<void>(client::Follower&)>& use) {
  const Lock lock(mutex_);
  if (broken_) return tl::unexpected<Error>(*broken_);
  Result<void> result = use(follower_);
  tell_news();
  return result;
}

std::uint64_t LogWatch::wait(std::uint64_t version, std::chrono::milliseconds bound) {
  const Lock lock(news_mutex_);
  if (version_ == version && !stopping_) changed_.wait_for(news_mutex_, bound);
  return version_;
}

void LogWatch::run() {
  while (!is_stopping()) {
    std::uint64_t size = 0;
    {
      const Lock lock(mutex_);
      size = follower_.world().size();
    }
    // The long poll holds no lock: only its answer, that there is more, is used, and not believed.
    const Result<Bytes> grown = poll_.get(
        "/v1/growth", "size=" + std::to_string(size) + "&seconds=" + std::to_string(kPollSeconds));
    if (is_stopping()) return;
    bool followed = false;
    if (grown) {
      const Lock lock(mutex_);
      const Result<void> result = follower_.follow();
      followed = result.has_value();
      if (!result && !may_pass(result.error().code)) broken_ = result.error();
      tell_news();
      if (broken_) return;
    }
    if (followed) continue;
    const Lock lock(news_mutex_);
    if (!stopping_) changed_.wait_for(news_mutex_, kRetryAfter);
  }
}

}  // namespace strongroom::agent
