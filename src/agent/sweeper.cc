#include "agent/sweeper.h"

namespace strongroom::agent {

namespace {

constexpr std::chrono::milliseconds kTick{1'000};
constexpr std::chrono::milliseconds kPauseMax{60'000};
constexpr std::chrono::milliseconds kPauseAfterFailureMax{600'000};

// The server's absence, or a log that moved meanwhile: what was found is compared and told again.
bool may_pass(ErrorCode code) {
  return code == ErrorCode::kNetwork || code == ErrorCode::kUnavailable ||
         code == ErrorCode::kConflict || code == ErrorCode::kNotYet || code == ErrorCode::kNoSpace;
}

}  // namespace

Sweeper::Sweeper(Parts parts, io::Directory home, client::SweepPlan plan, bool now)
    : parts_(std::move(parts)),
      home_(std::move(home)),
      plan_(std::move(plan)),
      thread_([this, now] { run(now); }) {}

Sweeper::~Sweeper() {
  {
    const Lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Sweeper::goes_on() {
  const Lock lock(mutex_);
  return !stopping_;
}

bool Sweeper::pause(std::chrono::milliseconds bound) {
  const Lock lock(mutex_);
  if (!stopping_) changed_.wait_for(mutex_, bound);
  return !stopping_;
}

// A clock that was put back does not put the next sweep off.
bool Sweeper::is_due(UnixSeconds last) const {
  if (plan_.every_seconds == 0) return false;
  const UnixSeconds now = parts_.clock.now();
  return now < last || last + plan_.every_seconds <= now;
}

void Sweeper::run(bool now) {
  const Result<SweepsKept> kept = read_sweeps(home_);
  UnixSeconds last = kept ? kept->swept_at : UnixSeconds{};
  std::chrono::milliseconds pause_for = kTick;
  while (goes_on()) {
    if (!now && !is_due(last)) {
      pause(kTick);
      continue;
    }
    const Result<UnixSeconds> swept = sweep();
    if (swept) {
      last = *swept;
      now = false;
      pause_for = kTick;
      continue;
    }
    if (!goes_on()) break;
    parts_.journal.tell(Priority::kWarning, "sweep-failed", {{"because", swept.error().context}});
    pause(pause_for);
    pause_for = std::min(2 * pause_for, kPauseAfterFailureMax);
  }
}

Result<UnixSeconds> Sweeper::sweep() {
  const UnixSeconds begun = parts_.clock.now();
  ASSIGN_OR_RETURN(SweepScan scan, parts_.scan(plan_.directories, [this] { return goes_on(); }));
  scan.begun = begun;
  scan.ended = std::max(begun, parts_.clock.now());
  RETURN_IF_ERROR(tell(scan));
  return scan.ended;
}

Result<void> Sweeper::tell(const SweepScan& scan) {
  for (std::chrono::milliseconds wait = kTick;; wait = std::min(2 * wait, kPauseMax)) {
    const Result<void> told = tell_once(scan);
    if (told || !may_pass(told.error().code)) return told;
    if (!pause(wait)) return fail(ErrorCode::kInterrupted, "this agent ends");
  }
}

// What is about to be told is kept first, so that after a crash anywhere the log's commitments can
// still be told apart; what the log did not take is dropped at the next comparison.
Result<void> Sweeper::tell_once(const SweepScan& scan) {
  ASSIGN_OR_RETURN(const SweepsKept kept, read_sweeps(home_));
  SweepNews news;
  RETURN_IF_ERROR(parts_.log.with([&](client::Follower& follower) -> Result<void> {
    RETURN_IF_ERROR(follower.follow());
    ASSIGN_OR_RETURN(news,
                     sweep_news(parts_.host.id, follower.world(), kept, scan, plan_.every_seconds));
    return {};
  }));
  RETURN_IF_ERROR(write_sweeps(home_, news.before));
  for (std::size_t i = 0; i < news.parts.size(); ++i) {
    ASSIGN_OR_RETURN(const protocol::Command command,
                     sweep_command(parts_.host, news.parts[i], news.texts[i]));
    RETURN_IF_ERROR(parts_.log.with([&](client::Follower& follower) -> Result<void> {
      RETURN_IF_ERROR(follower.submit(command));
      return {};
    }));
    if (!goes_on()) return fail(ErrorCode::kInterrupted, "this agent ends");
  }
  RETURN_IF_ERROR(write_sweeps(home_, news.after));
  tell_journal(scan, news);
  return {};
}

void Sweeper::tell_journal(const SweepScan& scan, const SweepNews& news) const {
  std::size_t gone = 0;
  std::size_t seen = 0;
  for (const protocol::Sweep& part : news.parts) {
    gone += part.gone.size();
    seen += part.seen.size();
  }
  const Priority priority = scan.left_out > 0 ? Priority::kWarning : Priority::kInfo;
  parts_.journal.tell(priority, "swept",
                      {{"number", std::to_string(news.parts.front().number)},
                       {"files", std::to_string(scan.files)},
                       {"unreadable", std::to_string(scan.unreadable)},
                       {"left_out", std::to_string(scan.left_out)},
                       {"weights", std::to_string(news.after.told.size())},
                       {"new", std::to_string(seen)},
                       {"gone", std::to_string(gone)}});
}

}  // namespace strongroom::agent
