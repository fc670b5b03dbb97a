#include "vault/view.h"

#include "vault/view_rows.h"

namespace strongroom::vault {

using format::Json;

namespace {

// What happened to a proposal after it was made: one row each, in log order.
constexpr std::string_view kVoted = "voted";
constexpr std::string_view kGranted = "granted";
constexpr std::string_view kRedeemed = "redeemed";
constexpr std::string_view kEnded = "ended";
constexpr std::string_view kRecalled = "recalled";

Result<Object> object_in(const store::Rows& rows) {
  ASSIGN_OR_RETURN(const Stamp stamp, stamp_in(rows));
  ASSIGN_OR_RETURN(const Json json, document_in(rows, 3));
  ASSIGN_OR_RETURN(const protocol::Deposit deposit, protocol::deposit_from(json));
  return object_of(deposit, stamp);
}

Result<Proposal> proposal_in(const store::Rows& rows) {
  Proposal proposal;
  ASSIGN_OR_RETURN(proposal.stamp, stamp_in(rows));
  ASSIGN_OR_RETURN(proposal.id, rows.id<ProposalId>(3));
  ASSIGN_OR_RETURN(proposal.evidence, rows.id<Digest>(4));
  ASSIGN_OR_RETURN(const Json json, document_in(rows, 5));
  ASSIGN_OR_RETURN(proposal.request, protocol::request_from(json));
  return proposal;
}

Result<void> add_step(const store::Rows& rows, Proposal& proposal) {
  ASSIGN_OR_RETURN(const Stamp stamp, stamp_in(rows));
  ASSIGN_OR_RETURN(const std::string kind, rows.text(3));
  ASSIGN_OR_RETURN(const Json json, document_in(rows, 4));
  if (kind == kVoted) {
    ASSIGN_OR_RETURN(protocol::Vote vote, protocol::vote_from(json));
    proposal.votes.push_back({std::move(vote), stamp});
  } else if (kind == kGranted) {
    ASSIGN_OR_RETURN(proposal.granted, granted_from(json));
    proposal.granted_at = stamp;
  } else if (kind == kRedeemed) {
    ASSIGN_OR_RETURN(const protocol::Redemption redemption, protocol::redemption_from(json));
    proposal.redemptions.push_back({redemption, stamp});
  } else if (kind == kEnded) {
    ASSIGN_OR_RETURN(protocol::LeaseEnd end, protocol::lease_end_from(json));
    proposal.ends.push_back({std::move(end), stamp});
  } else if (kind == kRecalled) {
    proposal.recalled = stamp;
  } else {
    return fail(ErrorCode::kMalformed, "the database holds an unknown step: " + printable(kind));
  }
  return {};
}

Result<FreezeInForce> freeze_in(const store::Rows& rows) {
  FreezeInForce in_force;
  ASSIGN_OR_RETURN(in_force.stamp, stamp_in(rows));
  ASSIGN_OR_RETURN(const Json json, document_in(rows, 3));
  ASSIGN_OR_RETURN(in_force.freeze, protocol::freeze_from(json));
  ASSIGN_OR_RETURN(const std::int64_t alone, rows.integer(4));
  in_force.alone = alone != 0;
  return in_force;
}

Result<protocol::Policy> policy_in(const store::Rows& rows) {
  ASSIGN_OR_RETURN(const Json json, document_in(rows, 0));
  return protocol::Policy::from_json(json);
}

Result<std::vector<protocol::LevelDemand>> levels_in(const store::Rows& rows) {
  ASSIGN_OR_RETURN(const Json json, document_in(rows, 0));
  return protocol::levels_from(json);
}

Result<Founding> founding_in(const store::Rows& rows) {
  ASSIGN_OR_RETURN(const Json genesis_json, document_in(rows, 0));
  ASSIGN_OR_RETURN(const protocol::Genesis genesis, protocol::genesis_from(genesis_json));
  return founding_of(genesis);
}

}  // namespace

Result<void> View::create_tables(store::Transaction& transaction) {
  for (const char* sql :
       {"CREATE TABLE IF NOT EXISTS vault_founding (one INTEGER PRIMARY KEY CHECK (one = 1), "
        "strongroom BLOB NOT NULL, genesis TEXT NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS vault_policies (digest BLOB PRIMARY KEY, document TEXT NOT "
        "NULL, in_force_from INTEGER NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS vault_levels (in_force_from INTEGER PRIMARY KEY, document TEXT "
        "NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS vault_objects (position INTEGER PRIMARY KEY, time INTEGER NOT "
        "NULL, signed_by BLOB, object BLOB NOT NULL UNIQUE, deposit TEXT NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS vault_proposals (position INTEGER PRIMARY KEY, time INTEGER "
        "NOT NULL, signed_by BLOB, proposal BLOB NOT NULL UNIQUE, evidence BLOB NOT NULL, request "
        "TEXT NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS vault_steps (position INTEGER PRIMARY KEY, time INTEGER NOT "
        "NULL, signed_by BLOB, proposal BLOB NOT NULL REFERENCES vault_proposals (proposal), kind "
        "TEXT NOT NULL, document TEXT NOT NULL) STRICT",
        "CREATE INDEX IF NOT EXISTS vault_steps_of ON vault_steps (proposal, position)",
        "CREATE TABLE IF NOT EXISTS vault_freezes (position INTEGER PRIMARY KEY, time INTEGER NOT "
        "NULL, signed_by BLOB, freeze TEXT NOT NULL, alone INTEGER NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS vault_object_steps (position INTEGER PRIMARY KEY, time INTEGER "
        "NOT NULL, signed_by BLOB, object BLOB NOT NULL REFERENCES vault_objects (object), kind "
        "TEXT NOT NULL, groups INTEGER, epoch INTEGER, document TEXT NOT NULL) STRICT",
        "CREATE INDEX IF NOT EXISTS vault_object_steps_of ON vault_object_steps (object, position)",
        "CREATE TABLE IF NOT EXISTS vault_curbed (person BLOB PRIMARY KEY) STRICT",
        "CREATE TABLE IF NOT EXISTS vault_changes (position INTEGER PRIMARY KEY, time INTEGER NOT "
        "NULL, signed_by BLOB, change BLOB NOT NULL UNIQUE, document TEXT NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS vault_change_steps (position INTEGER PRIMARY KEY, time INTEGER "
        "NOT NULL, signed_by BLOB, change BLOB NOT NULL REFERENCES vault_changes (change), kind "
        "TEXT NOT NULL, document TEXT NOT NULL) STRICT",
        "CREATE INDEX IF NOT EXISTS vault_change_steps_of ON vault_change_steps (change, "
        "position)"}) {
    RETURN_IF_ERROR(transaction.execute(sql));
  }
  return {};
}

Result<void> View::drop_tables(store::Transaction& transaction) {
  for (const char* sql :
       {"DROP TABLE IF EXISTS vault_object_steps", "DROP TABLE IF EXISTS vault_founding",
        "DROP TABLE IF EXISTS vault_policies", "DROP TABLE IF EXISTS vault_levels",
        "DROP TABLE IF EXISTS vault_objects", "DROP TABLE IF EXISTS vault_steps",
        "DROP TABLE IF EXISTS vault_proposals", "DROP TABLE IF EXISTS vault_freezes",
        "DROP TABLE IF EXISTS vault_curbed", "DROP TABLE IF EXISTS vault_change_steps",
        "DROP TABLE IF EXISTS vault_changes"}) {
    RETURN_IF_ERROR(transaction.execute(sql));
  }
  return {};
}

Result<std::optional<Founding>> View::founding() const {
  ASSIGN_OR_RETURN(
      std::optional<Founding> founding,
      first<Founding>(queries_.query("SELECT genesis FROM vault_founding"), founding_in));
  if (!founding) return founding;
  ASSIGN_OR_RETURN(std::optional<protocol::Policy> policy,
                   first<protocol::Policy>(
                       queries_.query("SELECT document FROM vault_policies ORDER BY in_force_from "
                                      "DESC LIMIT 1"),
                       policy_in));
  if (!policy) return fail(ErrorCode::kMalformed, "the database holds no policy in force");
  founding->policy = std::move(*policy);
  // Those of the genesis, until a quorum sets others.
  ASSIGN_OR_RETURN(
      std::optional<std::vector<protocol::LevelDemand>> levels,
      first<std::vector<protocol::LevelDemand>>(
          queries_.query("SELECT document FROM vault_levels ORDER BY in_force_from DESC LIMIT 1"),
          levels_in));
  if (levels) founding->levels = std::move(*levels);
  return founding;
}

Result<std::optional<Object>> View::object(const ObjectId& id) const {
  ASSIGN_OR_RETURN(std::optional<Object> object,
                   first<Object>(queries_.query("SELECT position, time, signed_by, deposit FROM "
                                                "vault_objects WHERE object = ?",
                                                {id}),
                                 object_in));
  if (object) RETURN_IF_ERROR(add_steps(*object));
  return object;
}

Result<std::vector<Object>> View::objects() const {
  ASSIGN_OR_RETURN(
      std::vector<Object> objects,
      all<Object>(queries_.query("SELECT position, time, signed_by, deposit FROM vault_objects "
                                 "ORDER BY position"),
                  object_in));
  for (Object& object : objects) RETURN_IF_ERROR(add_steps(object));
  return objects;
}

Result<void> View::add_steps(Proposal& proposal) const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query("SELECT position, time, signed_by, kind, document FROM "
                                  "vault_steps WHERE proposal = ? ORDER BY position",
                                  {proposal.id}));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return {};
    RETURN_IF_ERROR(add_step(rows, proposal));
  }
}

Result<std::optional<Proposal>> View::proposal(const ProposalId& id) const {
  ASSIGN_OR_RETURN(std::optional<Proposal> proposal,
                   first<Proposal>(queries_.query("SELECT position, time, signed_by, proposal, "
                                                  "evidence, request FROM vault_proposals WHERE "
                                                  "proposal = ?",
                                                  {id}),
                                   proposal_in));
  if (proposal) RETURN_IF_ERROR(add_steps(*proposal));
  return proposal;
}

Result<std::vector<Proposal>> View::proposals() const {
  ASSIGN_OR_RETURN(
      std::vector<Proposal> proposals,
      all<Proposal>(queries_.query("SELECT position, time, signed_by, proposal, evidence, request "
                                   "FROM vault_proposals ORDER BY position"),
                    proposal_in));
  for (Proposal& proposal : proposals) RETURN_IF_ERROR(add_steps(proposal));
  return proposals;
}

Result<std::vector<FreezeInForce>> View::freezes() const {
  return all<FreezeInForce>(
      queries_.query(
          "SELECT position, time, signed_by, freeze, alone FROM vault_freezes ORDER BY position"),
      freeze_in);
}

Result<std::optional<protocol::Policy>> View::policy(const Digest& digest) const {
  return first<protocol::Policy>(
      queries_.query("SELECT document FROM vault_policies WHERE digest = ?", {digest}), policy_in);
}

Result<void> WritableView::apply(const protocol::Genesis& genesis) {
  RETURN_IF_ERROR(
      transaction_.execute("INSERT INTO vault_founding (one, strongroom, genesis) VALUES (1, ?, ?)",
                           {genesis.id(), format::encode(to_json(genesis))}));
  RETURN_IF_ERROR(
      transaction_.execute("INSERT INTO vault_policies (digest, document, in_force_from) VALUES "
                           "(?, ?, 0)",
                           {genesis.policy.digest(), format::encode(genesis.policy.to_json())}));
  return {};
}

Result<void> WritableView::apply(const protocol::Deposit& deposit, const Stamp& stamp) {
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO vault_objects (position, time, signed_by, object, deposit) VALUES (?, ?, ?, ?, "
      "?)",
      {stamp.index, stamp.time.value, signer_of(stamp), deposit.object,
       format::encode(to_json(deposit))}));
  return {};
}

Result<void> WritableView::apply(const Proposed& proposed, const Stamp& stamp) {
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO vault_proposals (position, time, signed_by, proposal, evidence, request) VALUES "
      "(?, ?, ?, ?, ?, ?)",
      {stamp.index, stamp.time.value, signer_of(stamp),
       protocol::proposal_id(proposed.request, proposed.evidence), proposed.evidence,
       format::encode(to_json(proposed.request))}));
  return {};
}

Result<void> WritableView::apply_step(std::string_view kind, const ProposalId& proposal,
                                      const Json& document, const Stamp& stamp) {
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO vault_steps (position, time, signed_by, proposal, kind, document) VALUES (?, ?, "
      "?, ?, ?, ?)",
      {stamp.index, stamp.time.value, signer_of(stamp), proposal, kind, format::encode(document)}));
  return {};
}

Result<void> WritableView::apply(const protocol::Vote& vote, const Stamp& stamp) {
  return apply_step(kVoted, vote.proposal, to_json(vote), stamp);
}

Result<void> WritableView::apply(const Granted& granted, const Stamp& stamp) {
  return apply_step(kGranted, granted.proposal, to_json(granted), stamp);
}

Result<void> WritableView::apply(const protocol::Redemption& redemption, const Stamp& stamp) {
  return apply_step(kRedeemed, redemption.proposal, to_json(redemption), stamp);
}

Result<void> WritableView::apply(const protocol::LeaseEnd& end, const Stamp& stamp) {
  return apply_step(kEnded, end.proposal, to_json(end), stamp);
}

Result<void> WritableView::apply_recall(const protocol::Recall& recall, const Stamp& stamp) {
  return apply_step(kRecalled, recall.proposal, to_json(recall), stamp);
}

Result<void> WritableView::apply(const protocol::Freeze& freeze, const Stamp& stamp) {
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO vault_freezes (position, time, signed_by, freeze, alone) VALUES (?, ?, ?, ?, "
      "NOT EXISTS (SELECT 1 FROM vault_curbed WHERE person = ?))",
      {stamp.index, stamp.time.value, signer_of(stamp), format::encode(to_json(freeze)),
       freeze.person}));
  return {};
}

}  // namespace strongroom::vault
