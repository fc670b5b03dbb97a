#include <fmt/format.h>

#include "custodian/quote.h"
#include "judge/standing.h"
#include "release.h"
#include "screen.h"
#include "verbs.h"

/// New keys for something sealed: asked for, waited for, written by the agent on this host; then
/// confirmed, rehearsed, and only then in force.
namespace strongroom::terminal {

using protocol::LeasePhase;
using protocol::LeaseStatus;

namespace {

constexpr std::int64_t kWorkSeconds = 3600;  // from the redemption to the new key record

struct RekeyOptions {
  std::string name;
  std::string purpose = "a re-key";
  std::string agent;
  bool rehearse = false;
  bool no_wait = false;
};

Result<LeaseStatus> ask(const Common& common, const RekeyOptions& options, Session& session,
                        Agent& agent, const vault::Object& object) {
  if (options.rehearse && !object.pending) {
    return fail(ErrorCode::kNotFound, "no re-key of it waits to be rehearsed: strongroom rekey " +
                                          printable(options.name) + " asks for one");
  }
  ASSIGN_OR_RETURN(const protocol::Opening purpose, protocol::open_text(options.purpose));
  const protocol::DraftAsk ask{
      .object = object.deposit.object,
      .groups = {},
      .person = session.person(),
      .purpose = protocol::commitment_to("purpose", purpose),
      .byte_budget = 0,
      .lease_seconds = kWorkSeconds,
      .expires_seconds = kAskedForSeconds,
      .act = options.rehearse ? protocol::ReleaseAct::kRehearse : protocol::ReleaseAct::kRekey};
  return propose_release(
      common, session, agent,
      {.name = options.name, .ask = ask, .purpose = purpose, .mount = "", .confined = false});
}

Result<std::string> names_of(Session& session, const std::vector<PersonId>& persons) {
  std::string names;
  for (const PersonId& person : persons) {
    ASSIGN_OR_RETURN(const std::string name, custodian::person_name(session.follower(), person));
    names += (names.empty() ? "" : ", ") + custodian::shown_name(name);
  }
  return names;
}

// What is to be done by whom until the new keys are in force.
Result<int> told(const Common& common, const RekeyOptions& options, Session& session,
                 const ObjectId& id) {
  RETURN_IF_ERROR(session.follower().follow());
  const judge::Rooms rooms = session.follower().world().rooms();
  ASSIGN_OR_RETURN(const judge::DepositStanding in_force, judge::deposit_standing(id, rooms));
  ASSIGN_OR_RETURN(const auto waits, judge::rekey_standing(id, rooms));
  const std::string name = printable(options.name);
  format::Json::Object json{{"object", session.shown(id.hex())},
                            {"epoch_in_force", in_force.epoch},
                            {"waits", waits.has_value()}};
  if (!waits) {
    say(common, fmt::format("The keys of epoch {} are in force for {}; those before have lapsed",
                            in_force.epoch, name));
    tell(common, std::move(json));
    return 0;
  }
  ASSIGN_OR_RETURN(const std::string missing, names_of(session, waits->missing));
  say(common, fmt::format("The new keys of {} (epoch {}) wait to be confirmed; until then those of "
                          "epoch {} open it",
                          name, waits->epoch, in_force.epoch));
  if (waits->confirmed.size() < waits->wanted) {
    say(common,
        fmt::format("  {} of {} custodians have confirmed them; still could: {}: strongroom "
                    "confirm {}",
                    waits->confirmed.size(), waits->wanted, missing, name));
  }
  if (!waits->rehearsed) {
    say(common, fmt::format("  an opening is to be rehearsed, best on another host: strongroom "
                            "rekey {} --rehearse",
                            name));
  }
  json.emplace("epoch_waiting", waits->epoch);
  json.emplace("confirmed", static_cast<std::int64_t>(waits->confirmed.size()));
  json.emplace("confirmations_wanted", static_cast<std::int64_t>(waits->wanted));
  json.emplace("rehearsed", waits->rehearsed);
  tell(common, std::move(json));
  return 0;
}

Result<int> rekey(const Common& common, const RekeyOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const vault::Object object, find_object(session->follower(), options.name));
  Agent agent(options.agent);
  if (object.pending && !options.rehearse) {
    say(common, fmt::format("A re-key of it (epoch {}) was never confirmed: this one would replace "
                            "it",
                            object.pending->epoch));
  }
  ASSIGN_OR_RETURN(LeaseStatus status, ask(common, options, *session, agent, object));
  if (options.no_wait) {
    say(common, "The agent goes on by itself once it is granted: look with strongroom status");
    tell(common, {{"proposal", session->shown(status.proposal.hex())},
                  {"phase", std::string(name_of(status.phase))}});
    return 0;
  }
  ASSIGN_OR_RETURN(status, wait_for_release(common, *session, agent, std::move(status)));
  while (status.phase == LeasePhase::kEnding) {
    ASSIGN_OR_RETURN(status, agent.status(status.proposal, std::string(name_of(status.phase))));
  }
  if (status.phase != LeasePhase::kEnded)
    return fail(ErrorCode::kRefused, "it failed: " + printable(status.detail));
  if (!status.wiped)
    return fail(ErrorCode::kRefused, "the host could not wipe everything: " + status.detail);
  return told(common, options, *session, object.deposit.object);
}

}  // namespace

Verb rekey_verb() {
  auto typed = std::make_shared<RekeyOptions>();
  return {
      .name = "rekey",
      .aliases = {"re-key"},
      .group = Group::kModels,
      .summary = "Give something sealed new keys, split by the policy in force",
      .more =
          "Takes the quorum that opens it now, and the policy in force. The agent on this host "
          "draws new keys around the same data key and seals them to today's custodians. The old "
          "keys open it until one custodian more than must agree has confirmed the new ones and "
          "an opening by them was rehearsed (--rehearse, best on another host); then they lapse. "
          "Whoever holds the data key already still does: what has leaked is sealed again.",
      .options = {{.spelled = "name",
                   .about = "What was sealed",
                   .into = &typed->name,
                   .required = true,
                   .completes = Completes::kName},
                  {.spelled = "--for",
                   .value = "TEXT",
                   .about = "Why; custodians read it",
                   .into = &typed->purpose},
                  {.spelled = "--rehearse",
                   .about =
                       "Open it by the keys that wait to be confirmed, and say whether they fit",
                   .into = &typed->rehearse},
                  agent_option(typed->agent),
                  {.spelled = "--no-wait",
                   .about = "Ask, and do not wait for approvals",
                   .into = &typed->no_wait}},
      .examples = {{"strongroom rekey my-model --for \"Carol has left\" --agent "
                    "/run/strongroom-agent/agent.sock",
                    "asks the custodians, waits, and says what is to be confirmed by whom"},
                   {"strongroom rekey my-model --rehearse --agent /run/strongroom-agent/agent.sock",
                    "rehearses an opening by the new keys"}},
      .run = [typed](const Common& common) { return rekey(common, *typed); }};
}

}  // namespace strongroom::terminal
