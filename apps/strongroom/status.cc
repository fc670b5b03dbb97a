#include <fmt/format.h>

#include "base/program.h"
#include "base/shown.h"
#include "custodian/changes.h"
#include "judge/standing.h"
#include "ledger/tile.h"
#include "protocol/profile.h"
#include "session.h"
#include "verbs.h"

namespace strongroom::terminal {

using format::Json;

namespace {

constexpr std::size_t kShownIdCharacters = 13;

std::string brief(const Session& session, std::string_view hex) {
  return session.shown(hex).substr(
      0, session.config().demonstration ? kShownIdCharacters : kShownIdCharacters - 5);
}

// Who has not confirmed it, on a line of its own; empty when the deposit is certain.
Result<std::string> uncertain(Session& session, const ObjectId& object) {
  ASSIGN_OR_RETURN(const judge::DepositStanding standing,
                   judge::deposit_standing(object, session.follower().world().rooms()));
  if (standing.certain) return std::string();
  std::string missing;
  for (const PersonId& person : standing.missing) {
    ASSIGN_OR_RETURN(const std::string name, custodian::person_name(session.follower(), person));
    missing += (missing.empty() ? "" : ", ") + name;
  }
  return fmt::format("\n    not certain: {} of {} confirmed{}{}; keep the readable copy",
                     standing.confirmed.size(), standing.wanted,
                     missing.empty() ? "" : " (missing: " + missing + ")",
                     standing.rehearsed ? "" : ", no opening rehearsed");
}

Result<std::string> object_line(Session& session, const vault::Object& object) {
  const judge::Rooms rooms = session.follower().world().rooms();
  ASSIGN_OR_RETURN(const std::string name,
                   custodian::object_name(session.follower(), object.deposit.object));
  ASSIGN_OR_RETURN(const judge::LevelStanding level,
                   judge::level_standing(object.deposit.object, rooms, session.clock().now()));
  ASSIGN_OR_RETURN(const std::string doubt, uncertain(session, object.deposit.object));
  ASSIGN_OR_RETURN(const bool frozen, rooms.vault.is_frozen(object.deposit.object));
  std::string short_of;
  for (const std::string& each : level.unmet) short_of += (short_of.empty() ? "" : "; ") + each;
  if (!short_of.empty())
    short_of = (level.binds ? "\n    not released: "
                            : "\n    its level demands, and is not held to here: ") +
               short_of;
  return fmt::format("  {}  {}  {} in {} files, level {}, sealed {}{}{}{}",
                     brief(session, object.deposit.object.hex()), name,
                     shown_bytes(static_cast<std::uint64_t>(object.deposit.plaintext_bytes)),
                     object.deposit.files, name_of(level.level), shown_time(object.stamp.time),
                     frozen ? "  FROZEN" : "", short_of, doubt);
}

Result<std::string> proposal_line(Session& session, const vault::Proposal& proposal) {
  const UnixSeconds now = session.clock().now();
  ASSIGN_OR_RETURN(const std::string what,
                   custodian::object_name(session.follower(), proposal.request.object));
  ASSIGN_OR_RETURN(const std::string who,
                   custodian::person_name(session.follower(), proposal.request.person));
  ASSIGN_OR_RETURN(const std::string where,
                   custodian::host_name(session.follower(), proposal.request.host));
  std::string state(name_of(proposal.phase()));
  if (proposal.recalled) state = "recalled";
  const bool is_open = proposal.phase() == vault::Phase::kRedeemed &&
                       proposal.ends.size() < proposal.redemptions.size();
  if (is_open) {
    const std::int64_t until =
        proposal.redemptions.back().stamp.time.value + proposal.request.lease_seconds;
    state = until > now.value ? "OPEN for " + shown_duration(until - now.value)
                              : "over; the host has not reported its end";
  } else if (proposal.phase() == vault::Phase::kProposed && !proposal.recalled) {
    const Result<quorum::Decision> decision =
        judge::decision_on(proposal.id, session.follower().world().rooms(), now);
    state = decision ? fmt::format("waits for {} more approval{}", decision->approvals_missing,
                                   decision->approvals_missing == 1 ? "" : "s")
                     : decision.error().context;
  }
  return fmt::format("  {}  {} for {} on {}: {}", brief(session, proposal.id.hex()), what, who,
                     where, state);
}

// Those that can still be voted on.
Result<std::int64_t> say_changes(const Common& common, Session& session) {
  std::int64_t waiting = 0;
  const judge::Rooms rooms = session.follower().world().rooms();
  ASSIGN_OR_RETURN(const std::vector<vault::ProposedChange> changes, rooms.vault.changes());
  for (const vault::ProposedChange& change : changes) {
    const Result<quorum::Decision> decision =
        judge::decision_on(change.id, rooms, session.clock().now());
    if (!decision) continue;
    if (++waiting == 1) say(common, "Changes asked for (strongroom changes lists all)");
    say(common,
        fmt::format("  {}  {}: waits for {} more approval{}", brief(session, change.id.hex()),
                    custodian::summary_of(change.change.subject), decision->approvals_missing,
                    decision->approvals_missing == 1 ? "" : "s"));
  }
  return waiting;
}

}  // namespace

Result<int> status(const Common& common) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  const judge::World& world = session->follower().world();
  const protocol::Genesis& genesis = world.genesis();
  ASSIGN_OR_RETURN(const std::vector<vault::Object> objects, world.rooms().vault.objects());
  ASSIGN_OR_RETURN(const std::vector<vault::Proposal> proposals, world.rooms().vault.proposals());
  ASSIGN_OR_RETURN(const std::vector<vault::FreezeInForce> freezes, world.rooms().vault.freezes());
  say(common,
      fmt::format("Strongroom {}\n  mode {}, any {} of {} custodians, {} log entries",
                  session->shown(genesis.id().hex()), name_of(genesis.mode),
                  genesis.policy.approvals_min(), genesis.policy.persons().size(), world.size()));
  say(common, "  " + std::string(protocol::in_words(genesis.mode)));
  ASSIGN_OR_RETURN(const bool rehearsal_wanted, judge::rehearsal_wanted(world.rooms()));
  if (rehearsal_wanted)
    say(common,
        "  no release has been rehearsed yet, so nothing real is deposited: strongroom rehearse");
  say(common,
      objects.empty() ? "Nothing is sealed yet: strongroom seal DIR --name NAME" : "Sealed");
  for (const vault::Object& object : objects) {
    ASSIGN_OR_RETURN(const std::string line, object_line(*session, object));
    say(common, line);
  }
  if (!proposals.empty()) say(common, "Releases");
  std::int64_t open = 0;
  std::int64_t waiting = 0;
  for (const vault::Proposal& proposal : proposals) {
    const bool is_waiting = proposal.phase() == vault::Phase::kProposed && !proposal.recalled;
    waiting += is_waiting ? 1 : 0;
    open += proposal.phase() == vault::Phase::kRedeemed &&
                    proposal.ends.size() < proposal.redemptions.size()
                ? 1
                : 0;
    ASSIGN_OR_RETURN(const std::string line, proposal_line(*session, proposal));
    say(common, line);
  }
  ASSIGN_OR_RETURN(const std::int64_t changes_waiting, say_changes(common, *session));
  for (const vault::FreezeInForce& freeze : freezes) {
    ASSIGN_OR_RETURN(const std::string who,
                     custodian::person_name(session->follower(), freeze.freeze.person));
    say(common, fmt::format("{} by {} since {}: {}",
                            freeze.alone ? "FROZEN" : "HALF A FREEZE (a second person's is needed)",
                            who, shown_time(freeze.stamp.time),
                            freeze.freeze.object ? session->shown(freeze.freeze.object->hex())
                                                 : std::string("everything")));
  }
  tell(common, {{"id", session->shown(genesis.id().hex())},
                {"mode", std::string(name_of(genesis.mode))},
                {"entries", static_cast<std::int64_t>(world.size())},
                {"objects", static_cast<std::int64_t>(objects.size())},
                {"waiting", waiting},
                {"open", open},
                {"freezes", static_cast<std::int64_t>(freezes.size())},
                {"changes_waiting", changes_waiting},
                {"freshness_proved", false}});
  return 0;
}

Result<int> log(const Common& common) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  const std::uint64_t size = session->follower().world().size();
  for (std::uint64_t bundle = 0; bundle * ledger::kTileWidth < size; ++bundle) {
    const std::uint64_t width = std::min(ledger::kTileWidth, size - bundle * ledger::kTileWidth);
    ASSIGN_OR_RETURN(const std::vector<Bytes> entries,
                     ledger::read_bundle(session->follower().connection(), {bundle, width}));
    std::string lines;
    for (const Bytes& bytes : entries) {
      ASSIGN_OR_RETURN(const protocol::Entry entry, protocol::decode_entry(as_text(bytes)));
      if (common.json) {
        lines += fmt::format("{}\n", as_text(bytes));
        continue;
      }
      std::string signers;
      for (const protocol::Signature& signature : entry.signatures)
        signers += " " + signature.key.hex().substr(0, 8);
      lines += fmt::format("{:>6}  {}  {:<12} {}\n", entry.index, shown_time(entry.time),
                           name_of(entry.type),
                           signers.empty() ? " the server" : " signed by key" + signers);
    }
    write_out(lines);
    if (out_has_failed()) break;  // whoever reads has gone
  }
  return 0;
}

Verb status_verb() {
  return {.name = "status",
          .group = Group::kLooking,
          .summary = "What is sealed, open, waiting, and wrong",
          .examples = {{"strongroom status", "answers on one screen"}},
          .run = status};
}

Verb log_verb() {
  return {.name = "log",
          .group = Group::kLooking,
          .summary = "The entries of the log, one on each line",
          .more =
              "With --json, the entries themselves. To have a log judged by somebody else's "
              "program, use strongroom-verify.",
          .examples = {{"strongroom log", "from the genesis to now"}},
          .run = log};
}

}  // namespace strongroom::terminal
