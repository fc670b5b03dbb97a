#include "vault/view.h"
#include "vault/view_rows.h"

namespace strongroom::vault {

// A step with a number of groups is a rehearsal, one without a confirmation.
Result<void> View::add_steps(Object& object) const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query("SELECT position, time, signed_by, groups, document FROM "
                                  "vault_object_steps WHERE object = ? ORDER BY position",
                                  {object.deposit.object}));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return {};
    ASSIGN_OR_RETURN(const Stamp stamp, stamp_in(rows));
    ASSIGN_OR_RETURN(const bool is_confirmation, rows.is_null(3));
    ASSIGN_OR_RETURN(const format::Json json, document_in(rows, 4));
    if (is_confirmation) {
      ASSIGN_OR_RETURN(const protocol::Confirmation read, protocol::confirmation_from(json));
      object.confirmations.push_back({read, stamp});
    } else {
      ASSIGN_OR_RETURN(const std::int64_t groups, rows.integer(3));
      ASSIGN_OR_RETURN(protocol::Rehearsal read, protocol::rehearsal_from(json));
      object.rehearsals.push_back({std::move(read), groups, stamp});
    }
  }
}

Result<void> WritableView::apply(const protocol::Confirmation& confirmation, const Stamp& stamp) {
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO vault_object_steps (position, time, signed_by, object, groups, document) VALUES "
      "(?, ?, ?, ?, NULL, ?)",
      {stamp.index, stamp.time.value, signer_of(stamp), confirmation.object,
       format::encode(to_json(confirmation))}));
  return {};
}

Result<void> WritableView::apply(const protocol::Rehearsal& rehearsal, const Stamp& stamp) {
  ASSIGN_OR_RETURN(const std::optional<Proposal> release, proposal(rehearsal.proposal));
  CHECK(release.has_value());  // the rules have refused it
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO vault_object_steps (position, time, signed_by, object, groups, document) VALUES "
      "(?, ?, ?, ?, ?, ?)",
      {stamp.index, stamp.time.value, signer_of(stamp), release->request.object,
       static_cast<std::int64_t>(release->request.groups.size()),
       format::encode(to_json(rehearsal))}));
  return {};
}

}  // namespace strongroom::vault
