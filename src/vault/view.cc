#include "vault/view.h"

#include "base/limits.h"

namespace strongroom::vault {

using format::Json;

namespace {

// What happened to a proposal after it was made: one row each, in log order.
constexpr std::string_view kVoted = "voted";
constexpr std::string_view kGranted = "granted";
constexpr std::string_view kRedeemed = "redeemed";
constexpr std::string_view kEnded = "ended";
constexpr std::string_view kRecalled = "recalled";

Result<Json> document_in(const store::Rows& rows, int column) {
  ASSIGN_OR_RETURN(const std::string document, rows.text(column));
  return format::decode_canonical(document, limits::kEntryBytesMax);
}

// Columns 0, 1, 2 of every table that has a stamp: position, time, signed_by.
Result<Stamp> stamp_in(const store::Rows& rows) {
  Stamp stamp;
  ASSIGN_OR_RETURN(stamp.index, rows.integer(0));
  ASSIGN_OR_RETURN(stamp.time.value, rows.integer(1));
  ASSIGN_OR_RETURN(const bool unsigned_, rows.is_null(2));
  if (unsigned_) return stamp;
  ASSIGN_OR_RETURN(stamp.signed_by, rows.id<KeyId>(2));
  return stamp;
}

store::Parameter signer_of(const Stamp& stamp) {
  return stamp.signed_by ? store::Parameter(*stamp.signed_by) : store::Parameter(std::nullopt);
}

Result<Object> object_in(const store::Rows& rows) {
  Object object;
  ASSIGN_OR_RETURN(object.stamp, stamp_in(rows));
  ASSIGN_OR_RETURN(const Json json, document_in(rows, 3));
  ASSIGN_OR_RETURN(object.deposit, protocol::deposit_from(json));
  return object;
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

template <class T>
Result<std::optional<T>> first(Result<store::Rows> rows, Result<T> (*from)(const store::Rows&)) {
  if (!rows) return tl::unexpected<Error>(rows.error());
  ASSIGN_OR_RETURN(const bool found, rows->next());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(T value, from(*rows));
  return std::optional<T>(std::move(value));
}

template <class T>
Result<std::vector<T>> all(Result<store::Rows> rows, Result<T> (*from)(const store::Rows&)) {
  if (!rows) return tl::unexpected<Error>(rows.error());
  std::vector<T> values;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows->next());
    if (!more) return values;
    ASSIGN_OR_RETURN(T value, from(*rows));
    values.push_back(std::move(value));
  }
}

Result<FreezeInForce> freeze_in(const store::Rows& rows) {
  FreezeInForce in_force;
  ASSIGN_OR_RETURN(in_force.stamp, stamp_in(rows));
  ASSIGN_OR_RETURN(const Json json, document_in(rows, 3));
  ASSIGN_OR_RETURN(in_force.freeze, protocol::freeze_from(json));
  return in_force;
}

Result<protocol::Policy> policy_in(const store::Rows& rows) {
  ASSIGN_OR_RETURN(const Json json, document_in(rows, 0));
  return protocol::Policy::from_json(json);
}

Result<Founding> founding_in(const store::Rows& rows) {
  ASSIGN_OR_RETURN(const StrongroomId strongroom, rows.id<StrongroomId>(0));
  ASSIGN_OR_RETURN(const Json genesis_json, document_in(rows, 1));
  ASSIGN_OR_RETURN(protocol::Genesis genesis, protocol::genesis_from(genesis_json));
  return Founding{.strongroom = strongroom,
                  .mode = genesis.mode,
                  .policy = std::move(genesis.policy),
                  .deposit_key = std::move(genesis.deposit_key),
                  .levels = std::move(genesis.levels)};
}

}  // namespace

Result<void> View::create_tables(store::Transaction& transaction) {
  for (const char* sql :
       {"CREATE TABLE IF NOT EXISTS vault_founding (one INTEGER PRIMARY KEY CHECK (one = 1), "
        "strongroom BLOB NOT NULL, genesis TEXT NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS vault_policies (digest BLOB PRIMARY KEY, document TEXT NOT "
        "NULL) STRICT",
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
        "NULL, signed_by BLOB, freeze TEXT NOT NULL) STRICT"}) {
    RETURN_IF_ERROR(transaction.execute(sql));
  }
  return {};
}

Result<void> View::drop_tables(store::Transaction& transaction) {
  for (const char* sql :
       {"DROP TABLE IF EXISTS vault_founding", "DROP TABLE IF EXISTS vault_policies",
        "DROP TABLE IF EXISTS vault_objects", "DROP TABLE IF EXISTS vault_steps",
        "DROP TABLE IF EXISTS vault_proposals", "DROP TABLE IF EXISTS vault_freezes"}) {
    RETURN_IF_ERROR(transaction.execute(sql));
  }
  return {};
}

Result<std::optional<Founding>> View::founding() const {
  return first<Founding>(queries_.query("SELECT strongroom, genesis FROM vault_founding"),
                         founding_in);
}

Result<std::optional<Object>> View::object(const ObjectId& id) const {
  return first<Object>(
      queries_.query(
          "SELECT position, time, signed_by, deposit FROM vault_objects WHERE object = ?", {id}),
      object_in);
}

Result<std::vector<Object>> View::objects() const {
  return all<Object>(
      queries_.query(
          "SELECT position, time, signed_by, deposit FROM vault_objects ORDER BY position"),
      object_in);
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
          "SELECT position, time, signed_by, freeze FROM vault_freezes ORDER BY position"),
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
      transaction_.execute("INSERT INTO vault_policies (digest, document) VALUES (?, ?)",
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

Result<void> WritableView::apply(const protocol::Recall& recall, const Stamp& stamp) {
  return apply_step(kRecalled, recall.proposal, to_json(recall), stamp);
}

Result<void> WritableView::apply(const protocol::Freeze& freeze, const Stamp& stamp) {
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO vault_freezes (position, time, signed_by, freeze) VALUES (?, ?, ?, ?)",
      {stamp.index, stamp.time.value, signer_of(stamp), format::encode(to_json(freeze))}));
  return {};
}

}  // namespace strongroom::vault
