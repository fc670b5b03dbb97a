#include "changes.h"
#include "session.h"
#include "verbs.h"

namespace strongroom::terminal {

namespace {

struct UnfreezeOptions {
  std::string what;
  std::string reason;
};

// Exactly the freezes of that scope: "all" lifts those of everything, not those of single objects.
Result<int> unfreeze(const Common& common, const UnfreezeOptions& options) {
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
  return propose_change(common, *session,
                        {.subject = unfreeze, .reason = options.reason, .texts = {}});
}

}  // namespace

Verb unfreeze_verb() {
  const auto options = std::make_shared<UnfreezeOptions>();
  return {.name = "unfreeze",
          .group = Group::kDeciding,
          .summary = "Ask the custodians to lift a freeze of one object, or that of all",
          .more =
              "It takes a quorum, without whoever asks. Where the object is sealed at SL4 or "
              "above, or untriaged, it also takes 24 hours that witnesses have seen (not in a "
              "demonstration).",
          .options = {{.spelled = "object",
                       .about = "Its name or id, or \"all\"",
                       .into = &options->what,
                       .required = true,
                       .completes = Completes::kName},
                      {.spelled = "--reason",
                       .value = "TEXT",
                       .about = "Why; custodians read it; kept beside the log, erasable",
                       .into = &options->reason}},
          .examples = {{"strongroom unfreeze my-model --reason \"laptop found\"",
                        "shows what is asked; custodians approve or refuse it"}},
          .run = [options](const Common& common) { return unfreeze(common, *options); }};
}

}  // namespace strongroom::terminal
