#include "custodian/confirm.h"

#include <fmt/format.h>

#include "judge/standing.h"
#include "session.h"
#include "verbs.h"

namespace strongroom::terminal {

namespace {

Result<std::vector<ObjectId>> named(Session& session, const std::string& what) {
  if (what == "all") return custodian::unconfirmed_by(session.follower(), session.person());
  ASSIGN_OR_RETURN(const vault::Object found, find_object(session.follower(), what));
  return std::vector<ObjectId>{found.deposit.object};
}

Result<int> confirm(const Common& common, const std::string& what) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const std::vector<ObjectId> objects, named(*session, what));
  if (objects.empty()) say(common, "There is nothing sealed to you that you have not confirmed.");
  for (const ObjectId& object : objects) {
    ASSIGN_OR_RETURN(const std::string name, custodian::object_name(session->follower(), object));
    const judge::Rooms rooms = session->follower().world().rooms();
    ASSIGN_OR_RETURN(const auto waited, judge::rekey_standing(object, rooms));
    const bool of_new_keys = waited && std::find(waited->missing.begin(), waited->missing.end(),
                                                 session->person()) != waited->missing.end();
    RETURN_IF_ERROR(custodian::confirm(session->follower(), session->hands(), object));
    ASSIGN_OR_RETURN(const auto waits, judge::rekey_standing(object, rooms));
    if (of_new_keys && !waits) {
      say(common,
          fmt::format("Confirmed {}: its new keys (epoch {}) are in force, and the old ones "
                      "have lapsed",
                      name, waited->epoch));
      continue;
    }
    ASSIGN_OR_RETURN(const judge::DepositStanding in_force, judge::deposit_standing(object, rooms));
    const judge::DepositStanding& standing = of_new_keys ? *waits : in_force;
    say(common,
        fmt::format(
            "Confirmed {}: your leaf{} opens, and is what was committed to ({} of {} "
            "custodians; {})",
            name, of_new_keys ? " of its new keys" : "", standing.confirmed.size(), standing.wanted,
            standing.rehearsed ? "an opening was rehearsed" : "no opening has been rehearsed yet"));
  }
  tell(common, {{"confirmed", static_cast<std::int64_t>(objects.size())}});
  return 0;
}

}  // namespace

Verb confirm_verb() {
  const auto what = std::make_shared<std::string>("all");
  return {.name = "confirm",
          .group = Group::kDeciding,
          .summary = "Check that your leaf of something sealed opens, and log that it does",
          .more =
              "A deposit is certain when one custodian more than must agree (or all, where all "
              "must) has confirmed it and an opening has been rehearsed. Keep the readable "
              "copy until then.",
          .options = {{.spelled = "object",
                       .about = "Its name or id, or \"all\" that you have not confirmed",
                       .into = what.get(),
                       .completes = Completes::kName}},
          .examples = {{"strongroom confirm", "everything that is sealed to you"},
                       {"strongroom confirm my-model", "one object"}},
          .run = [what](const Common& common) { return confirm(common, *what); }};
}

}  // namespace strongroom::terminal
