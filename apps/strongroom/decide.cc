#include <fmt/format.h>

#include <iostream>

#include "base/program.h"
#include "custodian/changes.h"
#include "screen.h"
#include "session.h"
#include "stops.h"
#include "verbs.h"

namespace strongroom::terminal {

namespace {

// A person reads and types; a script may say --yes in a demonstration only.
Result<void> confirmed(const Session& session, const DecideOptions& options,
                       std::string_view word) {
  if (options.yes) {
    if (!session.config().demonstration) {
      return fail(ErrorCode::kUsage, "--yes is for demonstrations: a custodian looks, and answers");
    }
    return {};
  }
  const LastWords words("nothing was signed");
  write_out(fmt::format("Type \"{}\" to sign, anything else to leave it: ", word));
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != word) return fail(ErrorCode::kInterrupted, "left as it is: nothing was signed");
  return {};
}

Result<custodian::Shown> shown_proposal(const Common& common, Session& session,
                                        const ProposalId& id) {
  ASSIGN_OR_RETURN(custodian::Shown shown,
                   custodian::inspect(session.follower(), id, session.clock().now()));
  say(common, custodian::render(shown, session.clock().now(), columns()));
  return shown;
}

Result<int> answered(const Common& common, Session& session, const ProposalId& id,
                     std::string_view done) {
  ASSIGN_OR_RETURN(const auto proposal, session.follower().world().rooms().vault.proposal(id));
  const bool granted = proposal && proposal->granted;
  std::int64_t missing = 0;
  const Result<quorum::Decision> decision =
      judge::decision_on(id, session.follower().world().rooms(), session.clock().now());
  if (!granted && decision) missing = static_cast<std::int64_t>(decision->approvals_missing);
  const std::string state =
      granted ? "the quorum is met and the release is granted"
              : fmt::format("{} more approval{} missing", missing, missing == 1 ? " is" : "s are");
  say(common, fmt::format("{}: {}", done, state));
  tell(common, {{"proposal", session.shown(id.hex())},
                {"granted", granted},
                {"approvals_missing", missing}});
  return 0;
}

// What is decided may be a release or a change of the strongroom: the id tells.
struct Asked {
  std::optional<ProposalId> proposal;
  std::optional<protocol::ChangeId> change;
};
Result<Asked> find_asked(const judge::World& world, const std::string& what) {
  Result<ProposalId> proposal = custodian::find_proposal(world, what);
  const Result<protocol::ChangeId> change = custodian::find_change(world, what);
  if (proposal && change)
    return fail(ErrorCode::kConflict, "a release and a change begin so: give more digits");
  if (proposal) return Asked{*proposal, std::nullopt};
  if (change) return Asked{std::nullopt, *change};
  if (change.error().code == ErrorCode::kConflict) return tl::unexpected<Error>(change.error());
  return tl::unexpected<Error>(proposal.error());
}

Result<int> decide_change(const Common& common, Session& session, const protocol::ChangeId& id,
                          const std::pair<protocol::VoteDecision, const DecideOptions*>& answer) {
  ASSIGN_OR_RETURN(const custodian::ShownChange shown,
                   custodian::inspect(session.follower(), id, session.clock().now()));
  say(common, custodian::render(shown, session.clock().now()));
  const bool approves = answer.first == protocol::VoteDecision::kApprove;
  RETURN_IF_ERROR(confirmed(session, *answer.second, approves ? "approve" : "refuse"));
  RETURN_IF_ERROR(custodian::vote(session.follower(), session.hands(), shown, answer.first,
                                  answer.second->reason));
  ASSIGN_OR_RETURN(const auto change, session.follower().world().rooms().vault.change(id));
  const bool made = change && change->made;
  std::int64_t missing = 0;
  const Result<quorum::Decision> decision =
      judge::decision_on(id, session.follower().world().rooms(), session.clock().now());
  if (!made && decision) missing = static_cast<std::int64_t>(decision->approvals_missing);
  const std::string state =
      made ? "the quorum is met and the change is made"
           : fmt::format("{} more approval{} missing", missing, missing == 1 ? " is" : "s are");
  say(common, fmt::format("{}: {}", approves ? "Approved" : "Refused", state));
  tell(common,
       {{"change", session.shown(id.hex())}, {"made", made}, {"approvals_missing", missing}});
  return 0;
}

}  // namespace

Result<int> approve(const Common& common, const DecideOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const Asked asked, find_asked(session->follower().world(), options.what));
  if (asked.change) {
    return decide_change(common, *session, *asked.change,
                         {protocol::VoteDecision::kApprove, &options});
  }
  ASSIGN_OR_RETURN(const custodian::Shown shown, shown_proposal(common, *session, *asked.proposal));
  // An answer that was lost looks like one that was never given: it is looked for first.
  if (custodian::has_approved(shown, session->person(), session->clock().now()))
    return answered(common, *session, shown.proposal.id, "Approved already");
  RETURN_IF_ERROR(confirmed(*session, options, "approve"));
  RETURN_IF_ERROR(custodian::approve(session->follower(), session->hands(), shown, options.reason));
  return answered(common, *session, shown.proposal.id, "Approved");
}

Result<int> refuse(const Common& common, const DecideOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const Asked asked, find_asked(session->follower().world(), options.what));
  if (asked.change) {
    return decide_change(common, *session, *asked.change,
                         {protocol::VoteDecision::kRefuse, &options});
  }
  ASSIGN_OR_RETURN(const custodian::Shown shown, shown_proposal(common, *session, *asked.proposal));
  RETURN_IF_ERROR(confirmed(*session, options, "refuse"));
  RETURN_IF_ERROR(custodian::refuse(session->follower(), session->hands(), shown, options.reason));
  return answered(common, *session, shown.proposal.id, "Refused");
}

Result<int> freeze(const Common& common, const DecideOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, options.offline.empty()
                                                               ? Session::open(common)
                                                               : Session::open_even_away(common));
  std::optional<ObjectId> object;
  if (options.what != "all") {
    ASSIGN_OR_RETURN(const vault::Object found, find_object(session->follower(), options.what));
    object = found.deposit.object;
  }
  if (!options.offline.empty()) {
    ASSIGN_OR_RETURN(
        const protocol::Command stop,
        custodian::signed_freeze(session->follower(), session->hands(), object, options.reason));
    return write_stop(common, stop, options.offline);
  }
  ASSIGN_OR_RETURN(
      const protocol::Receipt receipt,
      custodian::freeze(session->follower(), session->hands(), object, options.reason));
  const judge::Rooms rooms = session->follower().world().rooms();
  ASSIGN_OR_RETURN(const std::vector<vault::FreezeInForce> freezes, rooms.vault.freezes());
  const bool half = std::any_of(freezes.begin(), freezes.end(), [&](const auto& each) {
    return each.stamp.index == receipt.index && !each.alone;
  });
  const std::string what = object ? printable(options.what) : std::string("anything");
  if (half) {
    say(common, fmt::format("Kept at log position {} as half a freeze of {}: a quorum lifted your "
                            "last one, so a second person must run strongroom freeze too",
                            receipt.index, what));
  } else {
    say(common, fmt::format("Frozen at log position {}: no vote, grant or redemption of {} from "
                            "here on",
                            receipt.index, what));
  }
  tell(common, {{"index", receipt.index},
                {"half", half},
                {"scope", object ? session->shown(object->hex()) : std::string("all")}});
  return 0;
}

Result<int> recall(const Common& common, const DecideOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, options.offline.empty()
                                                               ? Session::open(common)
                                                               : Session::open_even_away(common));
  ASSIGN_OR_RETURN(const ProposalId id,
                   custodian::find_proposal(session->follower().world(), options.what));
  if (!options.offline.empty()) {
    ASSIGN_OR_RETURN(
        const protocol::Command stop,
        custodian::signed_recall(session->follower(), session->hands(), id, options.reason));
    return write_stop(common, stop, options.offline);
  }
  ASSIGN_OR_RETURN(const protocol::Receipt receipt,
                   custodian::recall(session->follower(), session->hands(), id, options.reason));
  say(common,
      fmt::format("Recalled at log position {}: the grant is void, and agents end its lease",
                  receipt.index));
  tell(common, {{"index", receipt.index}, {"proposal", session->shown(id.hex())}});
  return 0;
}

namespace {

using Act = Result<int> (*)(const Common&, const DecideOptions&);

enum class Takes { kAnAnswer, kAStop };  // what only locks need not wait for a server

Verb deciding(Verb verb, Option what, Act act, Takes takes = Takes::kAnAnswer) {
  auto typed = std::make_shared<DecideOptions>();
  what.into = &typed->what;
  what.required = true;
  verb.group = Group::kDeciding;
  verb.options = {
      std::move(what),
      {.spelled = "--reason",
       .value = "TEXT",
       .about = "Why; kept beside the log, erasable",
       .into = &typed->reason},
      {.spelled = "--yes", .about = "Do not ask (demonstrations only)", .into = &typed->yes}};
  if (takes == Takes::kAStop) {
    verb.options.push_back({.spelled = "--offline",
                            .value = "FILE",
                            .about = "Sign it into this file, without a server; strongroom deliver "
                                     "gives it to an agent or to the log",
                            .into = &typed->offline,
                            .completes = Completes::kFile});
  }
  verb.run = [typed, act](const Common& common) { return act(common, *typed); };
  return verb;
}

Option of_proposal() {
  return {.spelled = "proposal",
          .about = "Its id, or the first 8 digits, from strongroom status",
          .completes = Completes::kProposal};
}

}  // namespace

Verb approve_verb() {
  return deciding({.name = "approve",
                   .summary = "Look at a release or change that is asked for, and approve it",
                   .more = "Shows who asks for what, where, why and how long, decoded here from a "
                           "log that is followed here; signs only after you typed \"approve\".",
                   .examples = {{"strongroom approve 0f3a9c21", "shows it, and asks"}}},
                  of_proposal(), approve);
}

Verb refuse_verb() {
  return deciding({.name = "refuse",
                   .summary = "Look at a release or change that is asked for, and refuse it",
                   .more = "A refusal takes back your own approval, if you had given one.",
                   .examples = {{"strongroom refuse 0f3a9c21 --reason \"no eval is planned\"",
                                 "tells the others why"}}},
                  of_proposal(), refuse);
}

Verb freeze_verb() {
  return deciding(
      {.name = "freeze",
       .summary = "Stop votes, grants and redemptions of one object, or of all",
       .more = "One custodian is enough, at once. What is open already stays open until "
               "it is recalled or over. Whoever had a freeze lifted by a quorum needs a second "
               "person for the next, until a quorum restores the right.",
       .examples = {{"strongroom freeze my-model --reason \"laptop stolen\"",
                     "nothing of it is opened from here on"},
                    {"strongroom freeze all", "nothing at all is"}}},
      {.spelled = "object", .about = "Its name or id, or \"all\"", .completes = Completes::kName},
      freeze, Takes::kAStop);
}

Verb recall_verb() {
  return deciding({.name = "recall",
                   .summary = "Void a grant and end its lease",
                   .more = "One custodian is enough. The host's agent ends the lease as soon as it "
                           "sees the recall in the log.",
                   .examples = {{"strongroom recall 0f3a9c21 --reason \"wrong host\"",
                                 "takes that release back"}}},
                  of_proposal(), recall, Takes::kAStop);
}

}  // namespace strongroom::terminal
