#include "agent/log_watch.h"

namespace strongroom::agent {

namespace {
constexpr std::int64_t kPollSeconds = 5;
constexpr std::chrono::milliseconds kRetryAfter{1000};
constexpr std::chrono::seconds kDeliverAfter{30};  // when the log did not take it

// This machine's trouble, or the way's: it passes, and says nothing of the log.
bool may_pass(ErrorCode code) {
  return code == ErrorCode::kNetwork || code == ErrorCode::kNoSpace || code == ErrorCode::kDisk ||
         code == ErrorCode::kUnavailable;
}
}  // namespace

LogWatch::LogWatch(client::Follower follower, HeldStops stops, const client::Connection& poll)
    : poll_(poll), follower_(std::move(follower)), stops_(std::move(stops)) {
  {
    const Lock lock(mutex_);
    compare_stops();  // what was held before the start binds before anything is served
  }
  thread_ = std::thread([this] { run(); });
}

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

// What is not understood binds on.
void LogWatch::compare_stops() {
  const Result<void> compared = stops_.compare(follower_.world());
  Result<Stopped> stopped = stops_.stopped();
  const Lock lock(news_mutex_);
  if (compared && stopped) stopped_ = std::move(*stopped);
  if (!stopped) stopped_.everything = true;
  ++version_;
  changed_.notify_all();
}

// The server's refusal changes nothing here: it is not the one who may lift a freeze.
void LogWatch::deliver_stops() {
  if (stops_.held().empty() || std::chrono::steady_clock::now() < deliver_from_) return;
  const std::vector<protocol::Command> held = stops_.held();
  for (const protocol::Command& each : held) {
    const Result<protocol::Receipt> delivered = follower_.submit(each);
    if (!delivered) deliver_from_ = std::chrono::steady_clock::now() + kDeliverAfter;
  }
  compare_stops();
}

Result<void> LogWatch::hold(const protocol::Command& stop, UnixSeconds now) {
  const Lock lock(mutex_);
  if (broken_) return tl::unexpected<Error>(*broken_);
  RETURN_IF_ERROR(stops_.take(stop, follower_.world(), now));
  compare_stops();
  return {};
}

bool LogWatch::is_held(const ObjectId& object) {
  const Lock lock(news_mutex_);
  return stopped_.freezes(object);
}

// Also growth that another caller of `with` has followed to: everyone waiting hears of it.
void LogWatch::tell_news() {
  if (follower_.world().size() == size_ && !broken_) return;
  size_ = follower_.world().size();
  if (!stops_.held().empty()) compare_stops();
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
  return is_broken_ || recalled_.contains(proposal) || stopped_.recalled.contains(proposal);
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
      if (result) deliver_stops();
      tell_news();
      if (broken_) return;
    }
    if (followed) continue;
    const Lock lock(news_mutex_);
    if (!stopping_) changed_.wait_for(news_mutex_, kRetryAfter);
  }
}

}  // namespace strongroom::agent
