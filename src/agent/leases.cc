#include "agent/leases.h"

#include <sys/stat.h>

#include "agent/mount.h"
#include "agent/mount_point.h"
#include "seal/keys.h"

namespace strongroom::agent {

using protocol::LeaseStatus;

Leases::~Leases() { end_all(); }

void Leases::end_all() {
  std::map<ProposalId, std::shared_ptr<Lease>> ending;
  {
    const Lock lock(mutex_);
    ending.swap(leases_);
  }
  for (const auto& each : ending) each.second->close();
  ending.clear();  // each waits for its own end
}

Result<void> Leases::stop(const protocol::Command& stop) {
  return parts_.log.hold(stop, parts_.clock.now());
}

namespace {

// A lease and a re-key are of the record in force; a rehearsal is of the one that waits.
Result<vault::Record> record_for(protocol::ReleaseAct act, const vault::Object& object) {
  if (act != protocol::ReleaseAct::kRehearse) return object.record;
  if (object.pending) return *object.pending;
  return fail(ErrorCode::kNotFound, "no re-key of it waits to be confirmed");
}

}  // namespace

Result<protocol::Draft> Leases::draft(const protocol::DraftAsk& ask, const Owner& owner) {
  if (parts_.log.is_held(ask.object)) {
    return fail(
        ErrorCode::kFrozen,
        "a freeze that was given to this host itself is in force: nothing of it is asked for");
  }
  std::optional<vault::Object> object;
  std::optional<vault::Founding> founding;
  protocol::CheckpointSeen seen;
  StrongroomId strongroom;
  RETURN_IF_ERROR(parts_.log.with([&](client::Follower& follower) -> Result<void> {
    RETURN_IF_ERROR(follower.follow());
    ASSIGN_OR_RETURN(object, follower.world().rooms().vault.object(ask.object));
    ASSIGN_OR_RETURN(founding, follower.world().rooms().vault.founding());
    seen = follower.world().seen();
    strongroom = follower.world().genesis().id();
    return {};
  }));
  if (!object || !founding) return fail(ErrorCode::kNotFound, "no such object in the log");
  ASSIGN_OR_RETURN(const vault::Record record, record_for(ask.act, *object));
  ASSIGN_OR_RETURN(const seal::WrapSuite suite, seal::wrap_suite_from(record.wrap_suite));
  const crypto::KemKind kem = seal::hpke_of(suite).kem;
  crypto::KemKeyPair keys = crypto::generate_kem(kem);
  protocol::Request request{.strongroom = strongroom,
                            .object = ask.object,
                            .manifest = object->deposit.manifest,
                            .key_record = record.key_record,
                            .epoch = record.epoch,
                            .policy = record.policy,
                            .payload_suite = object->deposit.payload_suite,
                            .wrap_suite = record.wrap_suite,
                            .groups = ask.groups,
                            .recipient_kem = kem,
                            .recipient = keys.public_key,
                            .person = ask.person,
                            .host = parts_.host.id,
                            .purpose = ask.purpose,
                            .byte_budget = ask.byte_budget,
                            .lease_seconds = ask.lease_seconds,
                            .redemptions = 1,
                            .expires = parts_.clock.now() + ask.expires_seconds,
                            .checkpoint = seen,
                            .act = ask.act};
  if (ask.act == protocol::ReleaseAct::kRekey) {
    request.new_keys =
        protocol::NewKeys{object->next_epoch(), founding->policy.digest(), record.wrap_suite};
  }
  for (std::int64_t group = 0; ask.groups.empty() && group < object->deposit.groups; ++group) {
    request.groups.push_back(group);
  }
  protocol::Draft draft{request, evidence_for(parts_.host, protocol::evidence_binding(request))};
  const ProposalId id = protocol::proposal_id(request, digest_of(draft.evidence));
  const Lock lock(mutex_);
  const BootSeconds now = parts_.clock.since_boot();
  std::erase_if(drafts_, [&](const auto& each) { return each.second.until < now; });
  if (drafts_.size() >= kDraftsMax)
    return fail(ErrorCode::kUnavailable, "too many drafts: try again later");
  drafts_.emplace(id, Drafted{draft, std::move(keys), owner, {now.value + kDraftSeconds}});
  return draft;
}

namespace {

// The agent may be root: it mounts only where its user could.
Result<void> check_mount_directory(const std::string& path, const Owner& owner) {
  struct stat found {};
  if (path.empty() || path.front() != '/') {
    return fail(ErrorCode::kUsage,
                "no absolute path to mount on: " + printable(path) + "; begin it with /");
  }
  // A dead mount of ours would answer nothing, not even what it is.
  RETURN_IF_ERROR(detach_stale_mount(path));
  if (lstat(path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
    return fail(ErrorCode::kUsage, "no directory to mount on at " + printable(path) + "; make one");
  }
  if (owner.uid != 0 && found.st_uid != owner.uid) {
    return fail(
        ErrorCode::kRefused,
        printable(path) + " is another user's directory; name one of your own with --mount");
  }
  // Looked at again when it is mounted; said now, before anybody is asked to approve.
  RETURN_IF_ERROR(free_mount_point(path));
  return {};
}

}  // namespace

// A second lease that waits for the same directory would fail when it is granted.
Result<void> Leases::check_not_promised(const std::string& mount) {
  const Lock lock(mutex_);
  for (const auto& [proposal, lease] : leases_) {
    const LeaseStatus status = lease->status();
    const bool over = status.phase == protocol::LeasePhase::kEnded ||
                      status.phase == protocol::LeasePhase::kFailed;
    if (!over && status.mount == mount) {
      return fail(ErrorCode::kConflict,
                  printable(mount) + " is asked for by another lease that is " +
                      std::string(name_of(status.phase)) + "; close that one, or choose another");
    }
  }
  return {};
}

Result<LeaseStatus> Leases::start(const protocol::LeaseAsk& ask, const Owner& owner) {
  if (!ask.mount.empty()) {
    RETURN_IF_ERROR(check_not_promised(ask.mount));
    RETURN_IF_ERROR(check_mount_directory(ask.mount, owner));
  }
  std::optional<Drafted> drafted;
  {
    const Lock lock(mutex_);
    const auto found = drafts_.find(ask.proposal);
    if (found == drafts_.end() || found->second.owner.uid != owner.uid) {
      return fail(ErrorCode::kNotFound,
                  "no such draft here, or it is over ten minutes old: ask again");
    }
    const bool mounts = found->second.draft.request.act == protocol::ReleaseAct::kLease;
    if (mounts == ask.mount.empty()) {
      return fail(ErrorCode::kUsage, mounts ? "no absolute path to mount on: "
                                            : "what is released for a re-key is never mounted");
    }
    drafted.emplace(std::move(found->second));
    drafts_.erase(found);
  }
  protocol::Command command;
  command.type = protocol::EntryType::kProposed;
  command.statement = to_json(drafted->draft.request);
  command.signatures = {ask.signature};
  command.body =
      format::Json(format::Json::Object{{"evidence", digest_of(drafted->draft.evidence)}});
  command.texts = {{"purpose", ask.purpose}};
  command.attachments = {{protocol::evidence_name(ask.proposal),
                          copy_bytes(as_bytes(format::encode(to_json(drafted->draft.evidence))))}};
  RETURN_IF_ERROR(parts_.log.with([&](client::Follower& follower) -> Result<void> {
    RETURN_IF_ERROR(follower.submit(command));
    return {};
  }));
  LeasePlan plan{.proposal = ask.proposal,
                 .request = drafted->draft.request,
                 .recipient = std::move(drafted->keys),
                 .owner = owner,
                 .mount = ask.mount,
                 .confined = ask.confined};
  const LeaseHost host{parts_.host, parts_.log, parts_.connection, parts_.store, parts_.clock};
  const Lock lock(mutex_);
  const auto lease = std::make_shared<Lease>(host, std::move(plan));
  leases_.emplace(ask.proposal, lease);
  return lease->status();
}

Result<std::shared_ptr<Lease>> Leases::find(const ProposalId& proposal) {
  const Lock lock(mutex_);
  const auto found = leases_.find(proposal);
  if (found == leases_.end()) {
    return fail(
        ErrorCode::kNotFound,
        "this agent knows no such lease: its key is gone if the agent was restarted; ask again");
  }
  return found->second;
}

Result<std::shared_ptr<Lease>> Leases::find_own(const ProposalId& proposal, const Owner& owner) {
  ASSIGN_OR_RETURN(std::shared_ptr<Lease> lease, find(proposal));
  if (owner.uid != 0 && owner.uid != lease->owner().uid) {
    return fail(ErrorCode::kRefused, "the lease is another user's; only that user ends it");
  }
  return lease;
}

Result<LeaseStatus> Leases::status(const ProposalId& proposal,
                                   const std::optional<protocol::LeasePhase>& known,
                                   std::chrono::milliseconds wait) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Lease> lease, find(proposal));
  return known ? lease->wait(*known, wait) : lease->status();
}

std::vector<LeaseStatus> Leases::all() {
  const Lock lock(mutex_);
  std::vector<LeaseStatus> statuses;
  for (const auto& each : leases_) statuses.push_back(each.second->status());
  return statuses;
}

Result<void> Leases::join(const ProposalId& proposal, const Owner& owner, pid_t process) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Lease> lease, find_own(proposal, owner));
  return lease->join(process);
}

Result<LeaseStatus> Leases::close(const ProposalId& proposal, const Owner& owner) {
  ASSIGN_OR_RETURN(const std::shared_ptr<Lease> lease, find_own(proposal, owner));
  lease->close();
  LeaseStatus status = lease->status();
  while (status.phase != protocol::LeasePhase::kEnded &&
         status.phase != protocol::LeasePhase::kFailed) {
    status = lease->wait(status.phase, std::chrono::seconds(1));
  }
  return status;
}

}  // namespace strongroom::agent
