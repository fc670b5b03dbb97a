#include "agent/lease.h"

#include "agent/file_source.h"
#include "agent/remains.h"

namespace strongroom::agent {

using protocol::LeasePhase;
using protocol::LeaseStatus;

namespace {

constexpr std::chrono::milliseconds kTick{500};
constexpr std::chrono::milliseconds kKillBound{5000};
constexpr int kSendTries = 5;
constexpr int kTellTries = 10;

constexpr const char* kFrozenHere =
    "a freeze that was given to this host itself is in force: nothing of it is opened";

static_assert(kSegmentBytes == seal::kSegmentBytes);

// A sealed object, opened, as what a mount serves.
class OpenedFiles final : public FileSource {
 public:
  explicit OpenedFiles(std::shared_ptr<seal::OpenObject> object) : object_(std::move(object)) {
    for (const seal::OpenFile& file : object_->files()) files_.push_back({file.name, file.bytes});
  }
  [[nodiscard]] const std::vector<SourceFile>& files() const override { return files_; }
  [[nodiscard]] Result<void> read_segment(SegmentPlace place, MutableByteView out) override {
    return object_->read_segment(place.file, place.segment, out);
  }

 private:
  const std::shared_ptr<seal::OpenObject> object_;
  std::vector<SourceFile> files_;
};

}  // namespace

struct Lease::Opened {
  std::shared_ptr<seal::OpenObject> object;
  std::unique_ptr<Mount> mount;
};

Lease::Lease(LeaseHost host, LeasePlan plan) : host_(host), plan_(std::move(plan)) {
  {
    const Lock lock(mutex_);
    status_.proposal = plan_.proposal;
    status_.mount = plan_.mount;
    status_.seconds_left = plan_.request.lease_seconds;
  }
  thread_ = std::thread([this] { run(); });
}

Lease::~Lease() {
  close();
  if (thread_.joinable()) thread_.join();
}

LeaseStatus Lease::status() {
  const Lock lock(mutex_);
  return status_;
}

LeaseStatus Lease::wait(LeasePhase known, std::chrono::milliseconds bound) {
  const Lock lock(mutex_);
  if (status_.phase == known) changed_.wait_for(mutex_, bound);
  return status_;
}

Result<void> Lease::join(pid_t process) {
  const Lock lock(mutex_);
  if (!cgroup_ || status_.phase != LeasePhase::kMounted) {
    return fail(ErrorCode::kConflict,
                "nothing to join: the lease is not mounted, or this host has no cgroup for it");
  }
  return cgroup_->add(process);
}

void Lease::close() {
  const Lock lock(mutex_);
  closing_ = true;
  changed_.notify_all();
}

bool Lease::is_closing() {
  const Lock lock(mutex_);
  return closing_;
}

void Lease::set(LeasePhase phase, std::string detail) {
  const Lock lock(mutex_);
  status_.phase = phase;
  status_.detail = std::move(detail);
  changed_.notify_all();
}

void Lease::run() {
  const Result<void> seen_through = see_through();
  if (seen_through) return;
  // Redeemed but not mounted: the redemption is used up, and its end is told like any other.
  const Result<bool> ended = end("failed");
  static_cast<void>(ended);
  set(LeasePhase::kFailed, seen_through.error().context);
}

Result<void> Lease::see_through() {
  RETURN_IF_ERROR(wait_for_grant());
  set(LeasePhase::kRedeeming, "");
  std::vector<protocol::RedeemedSite> sites;
  const UnixSeconds redeemed_at = host_.clock.now();
  const BootSeconds redeemed_boot = host_.clock.since_boot();
  ASSIGN_OR_RETURN(const protocol::Redemption redemption, redeem(sites));
  if (plan_.request.act != protocol::ReleaseAct::kLease) return work(redemption, sites);
  RETURN_IF_ERROR(mount(redemption, sites));
  LeaseClock clock(host_.clock, {.redeemed_at = redeemed_at,
                                 .redeemed_boot = redeemed_boot,
                                 .lease_seconds = plan_.request.lease_seconds});
  set(LeasePhase::kMounted, "");
  const std::string cause = serve(clock);
  set(LeasePhase::kEnding, cause);
  ASSIGN_OR_RETURN(const bool wiped, end(cause));
  {
    const Lock lock(mutex_);
    status_.wiped = wiped;
    status_.seconds_left = 0;
  }
  set(LeasePhase::kEnded, cause);
  return {};
}

// What is released to be changed, not to be read. Nothing is mounted, and it ends at once.
Result<void> Lease::work(const protocol::Redemption& redemption,
                         const std::vector<protocol::RedeemedSite>& sites) {
  if (host_.log.is_void(plan_.proposal)) return fail(ErrorCode::kRefused, "recalled");
  if (host_.log.is_held(plan_.request.object)) return fail(ErrorCode::kFrozen, kFrozenHere);
  const bool is_rekey = plan_.request.act == protocol::ReleaseAct::kRekey;
  ASSIGN_OR_RETURN(const std::string done,
                   is_rekey ? rekey(redemption, sites) : rehearse(redemption, sites));
  set(LeasePhase::kEnding, done);
  ASSIGN_OR_RETURN(const bool wiped, end("closed"));
  {
    const Lock lock(mutex_);
    status_.wiped = wiped;
    status_.seconds_left = 0;
  }
  set(LeasePhase::kEnded, done);
  return {};
}

Result<std::string> Lease::rekey(const protocol::Redemption& redemption,
                                 const std::vector<protocol::RedeemedSite>& sites) {
  std::optional<WrittenRekey> written;
  RETURN_IF_ERROR(host_.log.with([&](client::Follower& follower) -> Result<void> {
    RETURN_IF_ERROR(follower.follow());
    ASSIGN_OR_RETURN(written,
                     write_rekey({follower, host_.store, plan_.recipient->secret, host_.host},
                                 redemption, sites));
    return {};
  }));
  const Result<void> told = submit(written->command);
  if (!told) {
    take_back_if_refused(*written, told.error());
    return tl::unexpected<Error>(told.error());
  }
  return "new keys written: epoch " + std::to_string(written->rekey.epoch) +
         " waits to be confirmed";
}

// Whatever else went wrong, the entry may stand: then its documents must stand too.
void Lease::take_back_if_refused(const WrittenRekey& written, const Error& error) {
  const bool refused = error.code == ErrorCode::kRefused || error.code == ErrorCode::kFrozen ||
                       error.code == ErrorCode::kConflict || error.code == ErrorCode::kExpired;
  if (!refused) return;
  const Result<void> looked = host_.log.with([&](client::Follower& follower) -> Result<void> {
    RETURN_IF_ERROR(follower.follow());
    ASSIGN_OR_RETURN(const auto object,
                     follower.world().rooms().vault.object(written.rekey.object));
    const bool stands =
        !object ||
        std::any_of(object->rekeys.begin(), object->rekeys.end(), [&](const vault::Rekeyed& each) {
          return each.rekey.key_record == written.rekey.key_record;
        });
    if (!stands) take_back(written, host_.store);
    return {};
  });
  static_cast<void>(looked);
}

Result<std::string> Lease::rehearse(const protocol::Redemption& redemption,
                                    const std::vector<protocol::RedeemedSite>& sites) {
  RETURN_IF_ERROR(host_.log.with([&](client::Follower& follower) -> Result<void> {
    RETURN_IF_ERROR(follower.follow());
    ASSIGN_OR_RETURN(
        const std::vector<std::string> nodes,
        rehearse_redeemed({follower, host_.store, plan_.recipient->secret}, redemption, sites));
    return tell_rehearsed(follower, host_.host, redemption, nodes);
  }));
  return "rehearsed: the keys of epoch " + std::to_string(plan_.request.epoch) + " open it";
}

// The same signed statement until an answer comes: the server counts it once.
Result<void> Lease::submit(const protocol::Command& command) {
  for (int attempt = 1;; ++attempt) {
    const Result<void> told = host_.log.with([&](client::Follower& follower) -> Result<void> {
      RETURN_IF_ERROR(follower.submit(command));
      return {};
    });
    if (told || told.error().code != ErrorCode::kNetwork || attempt == kSendTries || is_closing())
      return told;
    pause();
  }
}

Result<void> Lease::wait_for_grant() {
  std::uint64_t version = 0;
  while (true) {
    bool granted = false;
    RETURN_IF_ERROR(host_.log.with([&](client::Follower& follower) -> Result<void> {
      const judge::Rooms rooms = follower.world().rooms();
      ASSIGN_OR_RETURN(const auto proposal, rooms.vault.proposal(plan_.proposal));
      if (!proposal) return fail(ErrorCode::kNotFound, "the proposal is not in the log");
      if (proposal->recalled) return fail(ErrorCode::kRefused, "recalled");
      if (host_.log.is_void(plan_.proposal)) return fail(ErrorCode::kRefused, "recalled");
      const bool is_held = host_.log.is_held(plan_.request.object);
      granted = proposal->granted.has_value() && !is_held;
      if (granted) return {};
      if (proposal->request.expires <= host_.clock.now()) {
        return fail(ErrorCode::kExpired, proposal->granted
                                             ? "the proposal expired while a freeze was in force"
                                             : "the proposal expired before its quorum was met");
      }
      if (is_held) {
        const Lock lock(mutex_);
        status_.detail = kFrozenHere;  // it may be lifted
        return {};
      }
      const Result<quorum::Decision> decision =
          judge::decision_on(plan_.proposal, rooms, host_.clock.now());
      const Lock lock(mutex_);
      if (decision) {
        status_.approvals_missing = static_cast<std::int64_t>(decision->approvals_missing);
        status_.detail.clear();
      } else {
        status_.detail = decision.error().context;  // a freeze, say: it may be lifted
      }
      return {};
    }));
    if (granted) return {};
    if (is_closing()) return fail(ErrorCode::kInterrupted, "closed before it was granted");
    version = host_.log.wait(version, kTick);
  }
}

// The same signed statement is sent until an answer comes: the server counts it once.
Result<protocol::Redemption> Lease::redeem(std::vector<protocol::RedeemedSite>& sites) {
  if (host_.log.is_held(plan_.request.object)) return fail(ErrorCode::kFrozen, kFrozenHere);
  std::optional<vault::Proposal> proposal;
  RETURN_IF_ERROR(host_.log.with([&](client::Follower& follower) -> Result<void> {
    ASSIGN_OR_RETURN(proposal, follower.world().rooms().vault.proposal(plan_.proposal));
    return {};
  }));
  CHECK(proposal.has_value());  // wait_for_grant has seen it
  const auto n = static_cast<std::int64_t>(proposal->redemptions.size()) + 1;
  ASSIGN_OR_RETURN(const SignedRedemption signed_redemption,
                   sign_redemption(host_.connection, host_.host, *proposal, n));
  for (int attempt = 1;; ++attempt) {
    Result<std::vector<protocol::RedeemedSite>> answer =
        send_redemption(host_.connection, signed_redemption);
    if (answer) {
      sites = std::move(*answer);
      redeemed_n_ = n;
      return signed_redemption.redemption;
    }
    const bool lost = answer.error().code == ErrorCode::kNetwork;
    if (!lost || attempt == kSendTries || is_closing())
      return tl::unexpected<Error>(answer.error());
    pause();
  }
}

// Whoever joins dies with the lease. Only a confined lease shuts everyone else out, and so cannot
// do without a cgroup.
Result<void> Lease::make_cgroup(MountAccess& access) {
  const std::string name = cgroup_name_of(plan_.proposal);
  RETURN_IF_ERROR(remove_stale_cgroup(name, kKillBound));
  Result<Cgroup> cgroup = Cgroup::create(name);
  if (!cgroup && plan_.confined) return tl::unexpected<Error>(cgroup.error());
  if (!cgroup) return {};
  if (plan_.confined) access.cgroup = cgroup->membership();
  const Lock lock(mutex_);
  cgroup_.emplace(std::move(*cgroup));
  return {};
}

Result<void> Lease::mount(const protocol::Redemption& redemption,
                          const std::vector<protocol::RedeemedSite>& sites) {
  auto opened = std::make_unique<Opened>();
  RETURN_IF_ERROR(host_.log.with([&](client::Follower& follower) -> Result<void> {
    RETURN_IF_ERROR(follower.follow());
    ASSIGN_OR_RETURN(
        Rehearsed rehearsed,
        open_and_rehearse({follower, host_.store, plan_.recipient->secret}, redemption, sites));
    opened->object = std::move(rehearsed.object);
    // The lease's clock runs meanwhile, and nothing is served yet. Nothing is lost when the server
    // does not take it: the next opening says it again.
    const Result<void> told = tell_rehearsed(follower, host_.host, redemption, rehearsed.nodes);
    static_cast<void>(told);
    return {};
  }));
  MountAccess access{.uid = plan_.owner.uid, .gid = plan_.owner.gid, .cgroup = std::nullopt};
  RETURN_IF_ERROR(make_cgroup(access));
  RETURN_IF_ERROR(detach_stale_mount(plan_.mount));
  MountOptions options;
  options.directory = plan_.mount;
  options.source = mount_source_of(host_.host.id);
  options.access = access;
  options.byte_budget = static_cast<std::uint64_t>(plan_.request.byte_budget);
  options.on_refusal = [this](const MountRefusal& refusal) {
    const Lock lock(mutex_);
    status_.detail = refusal.error.context;
    if (refusal.why == MountRefusal::Why::kBudgetSpent) {
      budget_spent_ = true;
      changed_.notify_all();
    }
  };
  // Given since the grant was seen: nothing has been served yet.
  if (host_.log.is_held(plan_.request.object)) return fail(ErrorCode::kFrozen, kFrozenHere);
  ASSIGN_OR_RETURN(opened->mount,
                   Mount::open(std::make_shared<OpenedFiles>(opened->object), options));
  opened_ = std::move(opened);
  return {};
}

std::string Lease::serve(LeaseClock& clock) {
  while (true) {
    const LeaseVerdict verdict = clock.verdict();
    if (verdict.state != LeaseState::kRunning) return "expired";
    if (host_.log.is_void(plan_.proposal)) return "recalled";
    const Lock lock(mutex_);
    if (closing_) return "closed";
    if (budget_spent_) return "budget";
    status_.seconds_left = verdict.seconds_left;
    status_.served_bytes = static_cast<std::int64_t>(opened_->mount->served_bytes());
    changed_.wait_for(mutex_, kTick);
  }
}

// In this order: the consumer dies, the plaintext goes, the keys go; then the claim is made.
Result<bool> Lease::end(const std::string& cause) {
  bool wiped = true;
  {
    const Lock lock(mutex_);
    if (cgroup_) {
      wiped = cgroup_->kill_all(kKillBound).has_value() && wiped;
      wiped = cgroup_->remove().has_value() && wiped;
      cgroup_.reset();
    }
  }
  std::int64_t served = 0;
  if (opened_) {
    wiped = opened_->mount->end().has_value() && wiped;
    served = static_cast<std::int64_t>(opened_->mount->served_bytes());
    opened_->object->wipe();
    opened_.reset();
    const Lock lock(mutex_);
    status_.served_bytes = served;
  }
  plan_.recipient.reset();  // with it the recorded leaves and site secret would open again
  if (redeemed_n_) {
    tell_end({.strongroom = plan_.request.strongroom,
              .proposal = plan_.proposal,
              .n = *redeemed_n_,
              .host = host_.host.id,
              .cause = cause,
              .served_bytes = served,
              .wiped = wiped});
  }
  return wiped;
}

void Lease::pause() {
  const Lock lock(mutex_);
  changed_.wait_for(mutex_, kTick);
}

// The lease has ended whether the server hears of it or not; it is told as long as that is worth a
// wait.
void Lease::tell_end(const protocol::LeaseEnd& end) {
  const Result<protocol::Command> command = lease_end_command(host_.host, end);
  if (!command) return;
  for (int attempt = 0; attempt < kTellTries; ++attempt) {
    const Result<void> told = host_.log.with([&](client::Follower& follower) -> Result<void> {
      RETURN_IF_ERROR(follower.submit(*command));
      return {};
    });
    if (told || told.error().code != ErrorCode::kNetwork) return;
    pause();
  }
}

}  // namespace strongroom::agent
