#include "vault/events_changes.h"

#include "base/limits.h"
#include "vault/events.h"

namespace strongroom::vault {

using format::Fields;
using format::Json;

namespace {
constexpr std::size_t kVotesMax = 1024;
}

Json to_json(const Changed& changed) {
  Json::Array votes;
  for (const std::int64_t vote : changed.votes) votes.push_back(vote);
  return Json::Object{{"change", changed.change}, {"votes", std::move(votes)}};
}

Result<Changed> changed_from(const Json& json) {
  Fields fields(json, "change that was made");
  Changed changed;
  ASSIGN_OR_RETURN(changed.change, fields.id<protocol::ChangeId>("change"));
  ASSIGN_OR_RETURN(const Json::Array* votes, fields.array("votes", kVotesMax));
  for (const Json& vote : *votes) {
    if (vote.integer() == nullptr)
      return fail(ErrorCode::kMalformed, "changed: a vote must be a log position");
    changed.votes.push_back(*vote.integer());
  }
  RETURN_IF_ERROR(fields.done());
  return changed;
}

Result<std::vector<PersonId>> Fold::curbed() const {
  return std::vector<PersonId>(curbed_.begin(), curbed_.end());
}

Result<std::optional<ProposedChange>> Fold::change(const protocol::ChangeId& id) const {
  for (const ProposedChange& each : changes_) {
    if (each.id == id) return each;
  }
  return std::nullopt;
}

Result<std::vector<ProposedChange>> Fold::changes() const { return changes_; }

// The rules have refused every event about something that is not there.
ProposedChange& Fold::existing(const protocol::ChangeId& id) {
  const auto found = std::find_if(changes_.begin(), changes_.end(),
                                  [&](const ProposedChange& each) { return each.id == id; });
  CHECK(found != changes_.end());
  return *found;
}

Result<void> Fold::apply(const protocol::Change& change, const Stamp& stamp) {
  changes_.push_back({.id = protocol::change_id(change),
                      .change = change,
                      .stamp = stamp,
                      .votes = {},
                      .made = std::nullopt,
                      .made_at = std::nullopt});
  return {};
}

Result<void> Fold::apply(const protocol::ChangeVote& vote, const Stamp& stamp) {
  existing(vote.change).votes.push_back({vote, stamp});
  return {};
}

Result<protocol::Change> Fold::apply(const Changed& changed, const Stamp& stamp) {
  ProposedChange& proposed = existing(changed.change);
  proposed.made = changed;
  proposed.made_at = stamp;
  const protocol::Change& change = proposed.change;
  if (const auto* lifted = std::get_if<protocol::Unfreeze>(&change.subject)) {
    for (const std::int64_t position : lifted->freezes) {
      const auto found =
          std::find_if(freezes_.begin(), freezes_.end(),
                       [&](const FreezeInForce& each) { return each.stamp.index == position; });
      CHECK(found != freezes_.end());
      curbed_.insert(found->freeze.person);
      freezes_.erase(found);
    }
  }
  if (const auto* restored = std::get_if<protocol::RestoreFreeze>(&change.subject))
    curbed_.erase(restored->person);
  if (const auto* policy = std::get_if<protocol::SetPolicy>(&change.subject)) {
    founding_->policy = policy->policy;
    policies_.emplace(policy->policy.digest(), policy->policy);
  }
  if (const auto* levels = std::get_if<protocol::SetLevels>(&change.subject))
    founding_->levels = levels->levels;
  return change;
}

}  // namespace strongroom::vault
