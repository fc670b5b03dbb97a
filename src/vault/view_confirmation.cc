#include "vault/view.h"
#include "vault/view_rows.h"

namespace strongroom::vault {

namespace {

// What happened to an object after it was deposited: one row each, in log order.
constexpr std::string_view kConfirmed = "confirmed";
constexpr std::string_view kRehearsed = "rehearsed";
constexpr std::string_view kRekeyed = "rekeyed";
constexpr std::string_view kWithdrawn = "withdrawn";

struct Step {
  std::string_view kind;
  ObjectId object;
  std::optional<std::int64_t> groups;
  std::optional<std::int64_t> epoch;
  format::Json document;
};
Result<void> write_step(store::Transaction& transaction, const Step& step, const Stamp& stamp) {
  const auto number = [](const std::optional<std::int64_t>& value) {
    return value ? store::Parameter(*value) : store::Parameter(std::nullopt);
  };
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO vault_object_steps (position, time, signed_by, object, kind, groups, epoch, "
      "document) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      {stamp.index, stamp.time.value, signer_of(stamp), step.object, step.kind, number(step.groups),
       number(step.epoch), format::encode(step.document)}));
  return {};
}

Result<void> add_step(const store::Rows& rows, Object& object) {
  ASSIGN_OR_RETURN(const Stamp stamp, stamp_in(rows));
  ASSIGN_OR_RETURN(const std::string kind, rows.text(3));
  ASSIGN_OR_RETURN(const format::Json json, document_in(rows, 6));
  if (kind == kConfirmed) {
    ASSIGN_OR_RETURN(const protocol::Confirmation read, protocol::confirmation_from(json));
    add(object, Confirmed{read, stamp});
  } else if (kind == kRehearsed) {
    ASSIGN_OR_RETURN(const std::int64_t groups, rows.integer(4));
    ASSIGN_OR_RETURN(const std::int64_t epoch, rows.integer(5));
    ASSIGN_OR_RETURN(protocol::Rehearsal read, protocol::rehearsal_from(json));
    add(object, Rehearsed{std::move(read), groups, epoch, stamp});
  } else if (kind == kRekeyed) {
    ASSIGN_OR_RETURN(protocol::Rekey read, protocol::rekey_from(json));
    add(object, Rekeyed{std::move(read), stamp});
  } else if (kind == kWithdrawn) {
    ASSIGN_OR_RETURN(const protocol::Recall read, protocol::recall_from(json));
    withdraw(object, read.proposal);
  } else {
    return fail(ErrorCode::kMalformed, "the database holds an unknown step: " + printable(kind));
  }
  return {};
}

}  // namespace

Result<void> View::add_steps(Object& object) const {
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries_.query("SELECT position, time, signed_by, kind, groups, epoch, document FROM "
                     "vault_object_steps WHERE object = ? ORDER BY position",
                     {object.deposit.object}));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return {};
    RETURN_IF_ERROR(add_step(rows, object));
    if (!object.pending) continue;
    ASSIGN_OR_RETURN(const auto tree, policy(object.pending->policy));
    if (!tree) return fail(ErrorCode::kMalformed, "the database lacks a key record's policy");
    settle(object, *tree);
  }
}

Result<void> WritableView::apply(const protocol::Confirmation& confirmation, const Stamp& stamp) {
  return write_step(transaction_,
                    {.kind = kConfirmed,
                     .object = confirmation.object,
                     .groups = std::nullopt,
                     .epoch = std::nullopt,
                     .document = to_json(confirmation)},
                    stamp);
}

Result<void> WritableView::apply(const protocol::Rehearsal& rehearsal, const Stamp& stamp) {
  ASSIGN_OR_RETURN(const std::optional<Proposal> release, proposal(rehearsal.proposal));
  CHECK(release.has_value());  // the rules have refused it
  return write_step(transaction_,
                    {.kind = kRehearsed,
                     .object = release->request.object,
                     .groups = static_cast<std::int64_t>(release->request.groups.size()),
                     .epoch = release->request.epoch,
                     .document = to_json(rehearsal)},
                    stamp);
}

Result<void> WritableView::apply(const protocol::Rekey& rekey, const Stamp& stamp) {
  return write_step(transaction_,
                    {.kind = kRekeyed,
                     .object = rekey.object,
                     .groups = std::nullopt,
                     .epoch = std::nullopt,
                     .document = to_json(rekey)},
                    stamp);
}

Result<void> WritableView::apply(const protocol::Recall& recall, const Stamp& stamp) {
  RETURN_IF_ERROR(apply_recall(recall, stamp));
  ASSIGN_OR_RETURN(const std::optional<Proposal> release, proposal(recall.proposal));
  CHECK(release.has_value());  // the rules have refused it
  ASSIGN_OR_RETURN(std::optional<Object> of, object(release->request.object));
  if (!of || !withdraw(*of, recall.proposal)) return {};
  return write_step(transaction_,
                    {.kind = kWithdrawn,
                     .object = release->request.object,
                     .groups = std::nullopt,
                     .epoch = std::nullopt,
                     .document = to_json(recall)},
                    stamp);
}

}  // namespace strongroom::vault
