#include "vault/view.h"
#include "vault/view_rows.h"

namespace strongroom::vault {

using format::Json;

namespace {

constexpr std::string_view kVoted = "voted";
constexpr std::string_view kMade = "made";

Result<ProposedChange> change_in(const store::Rows& rows) {
  ProposedChange change;
  ASSIGN_OR_RETURN(change.stamp, stamp_in(rows));
  ASSIGN_OR_RETURN(change.id, rows.id<protocol::ChangeId>(3));
  ASSIGN_OR_RETURN(const Json json, document_in(rows, 4));
  ASSIGN_OR_RETURN(change.change, protocol::change_from(json));
  return change;
}

Result<void> add_step(const store::Rows& rows, ProposedChange& change) {
  ASSIGN_OR_RETURN(const Stamp stamp, stamp_in(rows));
  ASSIGN_OR_RETURN(const std::string kind, rows.text(3));
  ASSIGN_OR_RETURN(const Json json, document_in(rows, 4));
  if (kind == kVoted) {
    ASSIGN_OR_RETURN(const protocol::ChangeVote vote, protocol::change_vote_from(json));
    change.votes.push_back({vote, stamp});
  } else if (kind == kMade) {
    ASSIGN_OR_RETURN(change.made, changed_from(json));
    change.made_at = stamp;
  } else {
    return fail(ErrorCode::kMalformed, "the database holds an unknown step: " + printable(kind));
  }
  return {};
}

Result<PersonId> person_in(const store::Rows& rows) { return rows.id<PersonId>(0); }

}  // namespace

Result<std::vector<PersonId>> View::curbed() const {
  return all<PersonId>(queries_.query("SELECT person FROM vault_curbed ORDER BY person"),
                       person_in);
}

Result<void> View::add_steps(ProposedChange& change) const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query("SELECT position, time, signed_by, kind, document FROM "
                                  "vault_change_steps WHERE change = ? ORDER BY position",
                                  {change.id}));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return {};
    RETURN_IF_ERROR(add_step(rows, change));
  }
}

Result<std::optional<ProposedChange>> View::change(const protocol::ChangeId& id) const {
  ASSIGN_OR_RETURN(
      std::optional<ProposedChange> change,
      first<ProposedChange>(queries_.query("SELECT position, time, signed_by, change, document "
                                           "FROM vault_changes WHERE change = ?",
                                           {id}),
                            change_in));
  if (change) RETURN_IF_ERROR(add_steps(*change));
  return change;
}

Result<std::vector<ProposedChange>> View::changes() const {
  ASSIGN_OR_RETURN(
      std::vector<ProposedChange> changes,
      all<ProposedChange>(queries_.query("SELECT position, time, signed_by, change, document FROM "
                                         "vault_changes ORDER BY position"),
                          change_in));
  for (ProposedChange& change : changes) RETURN_IF_ERROR(add_steps(change));
  return changes;
}

namespace {

struct Step {
  const protocol::ChangeId& change;
  std::string_view kind;
  Json document;
};
Result<void> write_step(store::Transaction& transaction, const Step& step, const Stamp& stamp) {
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO vault_change_steps (position, time, signed_by, change, kind, document) VALUES "
      "(?, ?, ?, ?, ?, ?)",
      {stamp.index, stamp.time.value, signer_of(stamp), step.change, step.kind,
       format::encode(step.document)}));
  return {};
}

}  // namespace

Result<void> WritableView::apply(const protocol::Change& change, const Stamp& stamp) {
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO vault_changes (position, time, signed_by, change, document) VALUES (?, ?, ?, ?, "
      "?)",
      {stamp.index, stamp.time.value, signer_of(stamp), protocol::change_id(change),
       format::encode(to_json(change))}));
  return {};
}

Result<void> WritableView::apply(const protocol::ChangeVote& vote, const Stamp& stamp) {
  return write_step(transaction_, {vote.change, kVoted, to_json(vote)}, stamp);
}

Result<void> WritableView::lift(const protocol::Unfreeze& unfreeze) {
  for (const std::int64_t position : unfreeze.freezes) {
    ASSIGN_OR_RETURN(const std::vector<FreezeInForce> in_force, freezes());
    const auto found =
        std::find_if(in_force.begin(), in_force.end(),
                     [&](const FreezeInForce& each) { return each.stamp.index == position; });
    CHECK(found != in_force.end());  // the rules have refused it
    RETURN_IF_ERROR(
        transaction_.execute("INSERT INTO vault_curbed (person) VALUES (?) ON CONFLICT (person) DO "
                             "NOTHING",
                             {found->freeze.person}));
    RETURN_IF_ERROR(
        transaction_.execute("DELETE FROM vault_freezes WHERE position = ?", {position}));
  }
  return {};
}

Result<protocol::Change> WritableView::apply(const Changed& changed, const Stamp& stamp) {
  ASSIGN_OR_RETURN(const std::optional<ProposedChange> proposed, change(changed.change));
  CHECK(proposed.has_value());  // the rules have refused it
  RETURN_IF_ERROR(write_step(transaction_, {changed.change, kMade, to_json(changed)}, stamp));
  const protocol::Subject& subject = proposed->change.subject;
  if (const auto* unfreeze = std::get_if<protocol::Unfreeze>(&subject))
    RETURN_IF_ERROR(lift(*unfreeze));
  if (const auto* restored = std::get_if<protocol::RestoreFreeze>(&subject)) {
    RETURN_IF_ERROR(
        transaction_.execute("DELETE FROM vault_curbed WHERE person = ?", {restored->person}));
  }
  if (const auto* set = std::get_if<protocol::SetPolicy>(&subject)) {
    RETURN_IF_ERROR(transaction_.execute(
        "INSERT INTO vault_policies (digest, document, in_force_from) VALUES (?, ?, ?) ON CONFLICT "
        "(digest) DO UPDATE SET in_force_from = excluded.in_force_from",
        {set->policy.digest(), format::encode(set->policy.to_json()), stamp.index}));
  }
  if (const auto* set = std::get_if<protocol::SetLevels>(&subject)) {
    RETURN_IF_ERROR(
        transaction_.execute("INSERT INTO vault_levels (in_force_from, document) VALUES (?, ?)",
                             {stamp.index, format::encode(protocol::to_json(set->levels))}));
  }
  return proposed->change;
}

}  // namespace strongroom::vault
