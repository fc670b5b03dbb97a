#include "changes.h"
#include "session.h"

namespace strongroom::terminal {

// Exactly the freezes of that scope: "all" lifts those of everything, not those of single objects.
Result<int> unfreeze(const Common& common, const DecideOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  std::optional<ObjectId> object;
  if (options.what != "all") {
    ASSIGN_OR_RETURN(const vault::Object found, find_object(session->follower(), options.what));
    object = found.deposit.object;
  }
  protocol::Unfreeze unfreeze;
  ASSIGN_OR_RETURN(const std::vector<vault::FreezeInForce> freezes,
                   session->follower().world().rooms().vault.freezes());
  for (const vault::FreezeInForce& each : freezes) {
    if (each.freeze.object == object) unfreeze.freezes.push_back(each.stamp.index);
  }
  if (unfreeze.freezes.empty()) {
    return fail(ErrorCode::kNotFound, "there is no freeze of " +
                                          (object ? printable(options.what) : "everything") +
                                          " to lift; strongroom status lists what is frozen");
  }
  return propose_change(common, *session, {.subject = unfreeze, .reason = options.reason});
}

}  // namespace strongroom::terminal
