#include "changes.h"
#include "verbs.h"

#include <fmt/format.h>

namespace strongroom::terminal {

using format::Json;

namespace {

constexpr std::size_t kShownIdCharacters = 13;

Result<std::string> state_of(Session& session, const vault::ProposedChange& change) {
  if (change.made) return fmt::format("made at log position {}", change.made_at->index);
  const Result<quorum::Decision> decision =
      judge::decision_on(change.id, session.follower().world().rooms(), session.clock().now());
  if (!decision) return decision.error().context;
  return fmt::format("waits for {} more approval{}", decision->approvals_missing,
                     decision->approvals_missing == 1 ? "" : "s");
}

}  // namespace

namespace {

Result<int> changes(const Common& common) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  const judge::Rooms rooms = session->follower().world().rooms();
  ASSIGN_OR_RETURN(const std::vector<vault::ProposedChange> all, rooms.vault.changes());
  if (all.empty()) say(common, "Nothing has been changed since the founding, or is asked to be.");
  Json::Array listed;
  for (const vault::ProposedChange& change : all) {
    ASSIGN_OR_RETURN(const std::string state, state_of(*session, change));
    ASSIGN_OR_RETURN(const std::string who,
                     custodian::person_name(session->follower(), change.change.person));
    const std::string id = session->shown(change.id.hex());
    say(common, fmt::format("  {}  {}, asked for by {}: {}", id.substr(0, kShownIdCharacters),
                            custodian::summary_of(change.change.subject), who, state));
    listed.push_back(Json::Object{{"change", id},
                                  {"kind", std::string(kind_of(change.change.subject))},
                                  {"made", change.made.has_value()},
                                  {"state", printable(state)}});
  }
  tell(common, {{"changes", std::move(listed)}});
  return 0;
}

}  // namespace

Verb changes_verb() {
  return {.name = "changes",
          .group = Group::kLooking,
          .summary = "What a quorum changed here, or is asked to",
          .examples = {{"strongroom changes", "from the founding to now, with their state"}},
          .run = changes};
}

Result<int> propose_change(const Common& common, Session& session,
                           const custodian::ChangeDraft& draft) {
  ASSIGN_OR_RETURN(const protocol::ChangeId id,
                   custodian::propose(session.follower(), session.hands(), draft));
  ASSIGN_OR_RETURN(const custodian::ShownChange shown,
                   custodian::inspect(session.follower(), id, session.clock().now()));
  say(common, custodian::render(shown, session.clock().now()));
  const std::string words = session.shown(id.hex());
  say(common, "  custodians answer with: strongroom approve " +
                  words.substr(0, kShownIdCharacters) + " (or refuse)");
  tell(common,
       {{"change", words},
        {"kind", std::string(kind_of(draft.subject))},
        {"loosens", shown.loosens},
        {"approvals_missing", static_cast<std::int64_t>(shown.decision.approvals_missing)}});
  return 0;
}

}  // namespace strongroom::terminal
