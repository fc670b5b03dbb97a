#include <fmt/format.h>
#include <sys/stat.h>

#include <cmath>
#include <cstdlib>

#include "agent_socket.h"
#include "base/limits.h"
#include "base/shown.h"
#include "child.h"
#include "custodian/quote.h"
#include "io/files.h"
#include "protocol/lease.h"
#include "release.h"
#include "screen.h"
#include "session.h"
#include "verbs.h"

namespace strongroom::terminal {

using protocol::LeasePhase;
using protocol::LeaseStatus;

namespace {

constexpr std::int64_t kBudgetTimes = 4;
constexpr std::int64_t kBudgetBytesMin = std::int64_t{64} << 20;

Result<std::string> absolute_directory(const std::string& path) {
  if (path.empty()) return fail(ErrorCode::kUsage, "where to mount? --mount DIR");
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return tl::unexpected<Error>(io::error_of(errno, "making the directory to mount on, " + path));
  }
  char* resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr)
    return tl::unexpected<Error>(io::error_of(errno, "looking at the directory " + path));
  std::string absolute = resolved;
  std::free(resolved);
  return absolute;
}

// To the policy in force, in the next epoch and in the suite that it has.
bool ends_as_asked(const protocol::Request& request, const vault::Object& object,
                   const vault::Founding& founding) {
  if (request.act != protocol::ReleaseAct::kRekey) return !request.new_keys;
  return request.new_keys ==
         protocol::NewKeys{object.next_epoch(), founding.policy.digest(), object.record.wrap_suite};
}

// The host wrote the request: what is signed must be what was asked for, field by field.
Result<void> check_draft(const protocol::Draft& draft, const protocol::DraftAsk& ask,
                         Session& session) {
  const judge::Rooms rooms = session.follower().world().rooms();
  ASSIGN_OR_RETURN(const auto object, rooms.vault.object(ask.object));
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  if (!object || !founding) return fail(ErrorCode::kNotFound, "no such object in the log");
  const bool waits = ask.act == protocol::ReleaseAct::kRehearse;
  if (waits && !object->pending)
    return fail(ErrorCode::kNotFound, "no re-key of it waits to be confirmed");
  const vault::Record& record = waits ? *object->pending : object->record;
  const protocol::Request& request = draft.request;
  const protocol::Deposit& deposit = object->deposit;
  const bool same =
      request.strongroom == session.config().strongroom && request.object == ask.object &&
      request.person == ask.person && request.purpose == ask.purpose &&
      request.byte_budget == ask.byte_budget && request.lease_seconds == ask.lease_seconds &&
      request.redemptions == 1 && request.manifest == deposit.manifest &&
      request.key_record == record.key_record && request.epoch == record.epoch &&
      request.policy == record.policy && request.payload_suite == deposit.payload_suite &&
      request.wrap_suite == record.wrap_suite &&
      request.groups.size() == static_cast<std::size_t>(deposit.groups) &&
      request.expires <= session.clock().now() + ask.expires_seconds + 60 &&
      request.act == ask.act && ends_as_asked(request, *object, *founding);
  if (!same)
    return fail(ErrorCode::kNotAuthentic,
                "the agent drafted another request than was asked for: not signed");
  ASSIGN_OR_RETURN(const auto host, rooms.people.host(request.host));
  if (!host)
    return fail(ErrorCode::kRefused,
                "the agent's host is not on the allow-list; open it on one that is");
  return {};
}

}  // namespace

Result<LeaseStatus> propose_release(const Common& common, Session& session, Agent& agent,
                                    const Wanted& wanted) {
  ASSIGN_OR_RETURN(const std::string drafted,
                   agent.ask(http::Method::kPost, "/v1/drafts", "", encode(wanted.ask)));
  ASSIGN_OR_RETURN(const protocol::Draft draft, protocol::decode_draft(drafted));
  RETURN_IF_ERROR(session.follower().follow());
  RETURN_IF_ERROR(check_draft(draft, wanted.ask, session));
  ASSIGN_OR_RETURN(
      const protocol::Signature signature,
      protocol::sign_statement(to_json(draft.request), custodian::signer_of(session.key())));
  const protocol::LeaseAsk lease{
      .proposal = protocol::proposal_id(draft.request, digest_of(draft.evidence)),
      .signature = signature,
      .purpose = wanted.purpose,
      .mount = wanted.mount,
      .confined = wanted.confined};
  ASSIGN_OR_RETURN(const LeaseStatus status, agent.post("/v1/leases", encode(lease)));
  const std::string id = session.shown(status.proposal.hex());
  say(common, fmt::format("Asked for {}, for {}: proposal {}", printable(wanted.name),
                          shown_duration(wanted.ask.lease_seconds), id));
  say(common, "  a custodian answers with: strongroom approve " + id.substr(0, 13));
  return status;
}

namespace {

Result<LeaseStatus> propose(const Common& common, const OpenOptions& options, Session& session,
                            Agent& agent) {
  ASSIGN_OR_RETURN(const std::string mount, absolute_directory(options.mount));
  ASSIGN_OR_RETURN(const vault::Object object, find_object(session.follower(), options.name));
  if (options.purpose.empty())
    return fail(ErrorCode::kUsage, "say what it is for: --for \"eval run\"");
  if (options.byte_budget < 0 || options.byte_budget > limits::kJsonIntegerMax) {
    return fail(ErrorCode::kUsage,
                fmt::format("--bytes: from 1 to {}, or 0 for four times its size",
                            limits::kJsonIntegerMax));
  }
  // Also refuses what is no number.
  if (!(options.hours * 3600 >= 1 &&
        options.hours * 3600 <= static_cast<double>(limits::kLeaseSecondsMax))) {
    return fail(ErrorCode::kUsage, "--hours: from one second to 30 days");
  }
  ASSIGN_OR_RETURN(const protocol::Opening purpose, protocol::open_text(options.purpose));
  const protocol::DraftAsk ask{
      .object = object.deposit.object,
      .groups = {},
      .person = session.person(),
      .purpose = protocol::commitment_to("purpose", purpose),
      .byte_budget = options.byte_budget > 0
                         ? options.byte_budget
                         : std::max(kBudgetBytesMin, kBudgetTimes * object.deposit.plaintext_bytes),
      .lease_seconds = static_cast<std::int64_t>(std::llround(options.hours * 3600)),
      .expires_seconds = kAskedForSeconds};
  return propose_release(common, session, agent,
                         {.name = options.name,
                          .ask = ask,
                          .purpose = purpose,
                          .mount = mount,
                          .confined = options.confined || !options.command.empty()});
}

// "waits for one of bob, carol", as far as the log that was followed tells.
std::string waiting_for(Session& session, const LeaseStatus& status) {
  std::string whose;
  if (session.follower().follow()) {
    const auto proposal = session.follower().world().rooms().vault.proposal(status.proposal);
    if (proposal && *proposal) {
      const auto names =
          custodian::waits_for(session.follower(), **proposal, session.clock().now());
      for (std::size_t i = 0; names && i < names->size(); ++i)
        whose += (i == 0 ? " of " : ", ") + custodian::shown_name((*names)[i]);
    }
  }
  return fmt::format("waiting for {} more approval{}{}{}", status.approvals_missing,
                     status.approvals_missing == 1 ? "" : "s", whose,
                     status.detail.empty() ? "" : ": " + printable(status.detail));
}

}  // namespace

Result<LeaseStatus> wait_for_release(const Common& common, Session& session, Agent& agent,
                                     LeaseStatus status) {
  const std::string id = session.shown(status.proposal.hex());
  const LastWords words("proposal " + id +
                        " stands and waits still; take it up with strongroom open --proposal " +
                        id + ", or end it with strongroom close or recall");
  Progress progress(common, "");
  while (status.phase == LeasePhase::kWaiting || status.phase == LeasePhase::kRedeeming) {
    progress.waits(status.phase == LeasePhase::kRedeeming ? "granted; the agent opens it"
                                                          : waiting_for(session, status));
    ASSIGN_OR_RETURN(status, agent.status(status.proposal, std::string(name_of(status.phase))));
  }
  return status;
}

namespace {

Result<void> must_be_mounted(const LeaseStatus& status) {
  switch (status.phase) {
    case LeasePhase::kMounted:
      return {};
    case LeasePhase::kWaiting:
      return fail(ErrorCode::kNotYet,
                  fmt::format("not released: {} more approval{} needed{}", status.approvals_missing,
                              status.approvals_missing == 1 ? " is" : "s are",
                              status.detail.empty() ? "" : " (" + status.detail + ")"));
    case LeasePhase::kRedeeming:
      return fail(ErrorCode::kNotYet, "granted; the agent is opening it: ask again in a moment");
    case LeasePhase::kEnding:
    case LeasePhase::kEnded:
      return fail(ErrorCode::kExpired, "the lease is over: " + status.detail);
    case LeasePhase::kFailed:
      break;
  }
  return fail(ErrorCode::kRefused,
              "the release failed: " + status.detail + "; ask again with strongroom open");
}

format::Json::Object as_json(const Session& session, const LeaseStatus& status) {
  return {{"proposal", session.shown(status.proposal.hex())},
          {"phase", std::string(name_of(status.phase))},
          {"mount", status.mount},
          {"detail", printable(status.detail)},
          {"served_bytes", status.served_bytes},
          {"seconds_left", status.seconds_left},
          {"wiped", status.wiped}};
}

Result<int> run_inside(const Common& common, const OpenOptions& options, Session& session,
                       Agent& agent, const LeaseStatus& mounted) {
  const std::string lease = "/v1/leases/" + mounted.proposal.hex();
  const Result<int> exit =
      run_command(options.command, "STRONGROOM_MOUNT=" + mounted.mount, [&]() -> Result<void> {
        // A connection of the child's own: the kernel tells the agent which process asks.
        Agent own(options.agent);
        RETURN_IF_ERROR(own.ask(http::Method::kPost, lease + "/join", "", "{}"));
        return {};
      });
  ASSIGN_OR_RETURN(const LeaseStatus ended, agent.post(lease + "/close", "{}"));
  say(common,
      fmt::format("The command ended; the lease is closed: {} served, {}",
                  shown_bytes(static_cast<std::uint64_t>(ended.served_bytes)),
                  ended.wiped ? "mount gone, keys wiped (the host's claim)"
                              : "NOT everything could be wiped: " + printable(ended.detail)));
  if (!exit) return exit;
  format::Json::Object told = as_json(session, ended);
  told.emplace("command_exit", static_cast<std::int64_t>(*exit));
  tell(common, std::move(told));
  return exit;
}

}  // namespace

Result<LeaseStatus> mounted_release(const Common& common, const OpenOptions& options,
                                    Session& session) {
  Agent agent(options.agent);
  LeaseStatus status;
  if (options.proposal.empty()) {
    ASSIGN_OR_RETURN(status, propose(common, options, session, agent));
  } else {
    ASSIGN_OR_RETURN(const ProposalId proposal,
                     custodian::find_proposal(session.follower().world(), options.proposal));
    ASSIGN_OR_RETURN(status, agent.status(proposal));
  }
  // A grant that is in the log is a matter of moments for the agent; missing approvals are not.
  if (!options.no_wait || status.phase == LeasePhase::kRedeeming) {
    ASSIGN_OR_RETURN(status, wait_for_release(common, session, agent, status));
  }
  RETURN_IF_ERROR(must_be_mounted(status));
  return status;
}

Result<LeaseStatus> ended_release(const std::string& agent, const ProposalId& proposal) {
  return Agent(agent).post("/v1/leases/" + proposal.hex() + "/close", "{}");
}

Result<int> open(const Common& common, const OpenOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  Agent agent(options.agent);
  if (options.proposal.empty() && options.no_wait && options.command.empty()) {
    ASSIGN_OR_RETURN(const LeaseStatus asked, propose(common, options, *session, agent));
    tell(common, as_json(*session, asked));
    return 0;
  }
  ASSIGN_OR_RETURN(const LeaseStatus status, mounted_release(common, options, *session));
  if (!options.command.empty()) return run_inside(common, options, *session, agent, status);
  say(common, fmt::format("Open at {} for {}; end it with: strongroom close {}",
                          printable(status.mount), shown_duration(status.seconds_left),
                          session->shown(status.proposal.hex()).substr(0, 13)));
  tell(common, as_json(*session, status));
  return 0;
}

Result<int> close(const Common& common, const CloseOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const ProposalId proposal,
                   custodian::find_proposal(session->follower().world(), options.proposal));
  ASSIGN_OR_RETURN(const LeaseStatus ended, ended_release(options.agent, proposal));
  if (ended.phase == LeasePhase::kFailed) {
    say(common, "Closed; nothing was opened: " + printable(ended.detail));
  } else {
    say(common,
        fmt::format("Closed: {} served, {}",
                    shown_bytes(static_cast<std::uint64_t>(ended.served_bytes)),
                    ended.wiped ? "mount gone, keys wiped (the host's claim)"
                                : "NOT everything could be wiped: " + printable(ended.detail)));
  }
  tell(common, as_json(*session, ended));
  return 0;
}

Option agent_option(std::string& into) {
  return {.spelled = "--agent",
          .value = "SOCKET",
          .about = "Socket of the agent on this host",
          .into = &into,
          .required = true,
          .completes = Completes::kFile,
          .environment = "STRONGROOM_AGENT"};
}

Verb open_verb() {
  auto typed = std::make_shared<OpenOptions>();
  return {
      .name = "open",
      .group = Group::kModels,
      .summary = "Ask for a release to this host; wait; mount; run a command",
      .more =
          "The mount is a plain read-only directory, in which any inference engine reads. With a "
          "command behind --, only that command may read, and the lease ends when it does.",
      .options =
          {{.spelled = "name",
            .about = "What was sealed",
            .into = &typed->name,
            .completes = Completes::kName},
           {.spelled = "--proposal",
            .value = "ID",
            .about = "Take up a proposal that was made before",
            .into = &typed->proposal,
            .completes = Completes::kProposal},
           {.spelled = "--for",
            .value = "TEXT",
            .about = "What it is for; custodians read it",
            .into = &typed->purpose},
           {.spelled = "--hours", .value = "N", .about = "How long (1)", .into = &typed->hours},
           {.spelled = "--bytes",
            .value = "N",
            .about = "How much may be read (four times its size)",
            .into = &typed->byte_budget},
           agent_option(typed->agent),
           {.spelled = "--mount",
            .value = "DIR",
            .about = "An empty directory",
            .into = &typed->mount,
            .completes = Completes::kDirectory},
           {.spelled = "--no-wait", .about = "Do not wait for approvals", .into = &typed->no_wait},
           {.spelled = "--confined",
            .about = "Only a command run through this may read",
            .into = &typed->confined}},
      .examples = {{"strongroom open my-model --for \"eval run\" --hours 4 --agent "
                    "/run/strongroom-agent/agent.sock --mount /mnt/model -- python eval.py",
                    "asks, waits for the custodians, mounts, runs, and ends the lease"},
                   {"strongroom open --proposal 0f3a9c21 --agent /run/strongroom-agent/agent.sock",
                    "goes on with what was asked for before"}},
      .takes_command = true,
      .run = [typed](const Common& common) {
        typed->command = common.command;
        return open(common, *typed);
      }};
}

Verb close_verb() {
  auto typed = std::make_shared<CloseOptions>();
  return {.name = "close",
          .group = Group::kModels,
          .summary = "End a lease on this host now",
          .more =
              "Kills what runs in the lease, takes the mount away and wipes the keys; says what "
              "was read.",
          .options = {{.spelled = "proposal",
                       .about = "Its id, or the first 8 digits",
                       .into = &typed->proposal,
                       .required = true,
                       .completes = Completes::kProposal},
                      agent_option(typed->agent)},
          .examples = {{"strongroom close 0f3a9c21 --agent /run/strongroom-agent/agent.sock",
                        "ends that lease before its time"}},
          .run = [typed](const Common& common) { return close(common, *typed); }};
}

}  // namespace strongroom::terminal
