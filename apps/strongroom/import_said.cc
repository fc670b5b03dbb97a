#include <fmt/format.h>

#include <algorithm>

#include "base/program.h"
#include "importing.h"
#include "screen.h"

/// The plan of an import, said in the log: whole assets at a time.
namespace strongroom::terminal {

namespace {

constexpr std::size_t kGroupCommands = 96;     // below protocol::kBulkCommandsMax
constexpr std::size_t kGroupBytes = 3u << 20;  // of commands, below protocol::kCommandBytesMax
constexpr std::size_t kTextsMax = 60;          // beside one statement

class Saying {
 public:
  Saying(const Common& common, Session& session, Plan& plan)
      : session_(session), plan_(plan), progress_(common, "importing") {}
  Result<void> all();

 private:
  Result<void> say(const Planned& planned);
  Result<void> say(const PlannedFinding& finding);
  Result<void> add_registration(const Planned& planned);
  Result<void> add(protocol::Command command, const std::string& of);
  Result<void> make_room(std::size_t commands);
  Result<void> send_group();

  Session& session_;
  Plan& plan_;
  Progress progress_;
  const StopSignals signals_;
  std::map<AssetId, const Planned*> unregistered_;
  std::vector<protocol::Command> group_;
  std::vector<std::string> of_;  // whose command, for errors
  std::size_t bytes_ = 0;
  std::size_t done_ = 0;
};

Result<void> Saying::add(protocol::Command command, const std::string& of) {
  ASSIGN_OR_RETURN(
      const protocol::Signature signature,
      protocol::sign_statement(*command.statement, custodian::signer_of(session_.key())));
  command.signatures = {signature};
  bytes_ += encode(command).size();
  group_.push_back(std::move(command));
  of_.push_back(of);
  return {};
}

// Between two groups it may be ended: what was sent is there as a whole.
Result<void> Saying::send_group() {
  if (group_.empty()) return {};
  if (StopSignals::came() != 0) {
    return fail(ErrorCode::kInterrupted,
                fmt::format("told to stop: {} of {} assets have been said, each of them whole; run "
                            "it again for the rest",
                            done_, plan_.assets.size()));
  }
  ASSIGN_OR_RETURN(const std::vector<Result<std::int64_t>> positions,
                   session_.follower().submit_all(group_));
  for (std::size_t i = 0; i < positions.size(); ++i) {
    if (!positions[i]) return fail(positions[i].error(), printable(of_[i]));
  }
  group_.clear();
  of_.clear();
  bytes_ = 0;
  progress_.waits(fmt::format(" {} of {} assets", done_, plan_.assets.size()));
  return {};
}

Result<void> Saying::make_room(std::size_t commands) {
  if (group_.size() + commands <= kGroupCommands && bytes_ < kGroupBytes) return {};
  return send_group();
}

Result<void> Saying::add_registration(const Planned& planned) {
  ASSIGN_OR_RETURN(const protocol::Opening opening, protocol::open_text(planned.name));
  const protocol::Registration registration{.strongroom = session_.config().strongroom,
                                            .asset = planned.asset,
                                            .name = protocol::commitment_to("name", opening),
                                            .kind = planned.kind,
                                            .formats = planned.formats,
                                            .person = session_.person()};
  protocol::Command command;
  command.type = protocol::EntryType::kRegistered;
  command.statement = to_json(registration);
  command.texts = {{"name", opening}};
  unregistered_.erase(planned.asset);
  return add(std::move(command), planned.name);
}

Result<void> Saying::say(const Planned& planned) {
  if (planned.what == Planned::What::kSame) return {};
  ASSIGN_OR_RETURN(const triage::AssetFacts facts, triage::asset_facts_from(planned.facts));
  std::set<AssetId> first;
  for (const AssetId& each : registry::rests_on(facts)) first.insert(each);
  if (facts.reachable_by) {
    for (const std::string& model : facts.reachable_by->models) {
      if (const auto id = AssetId::from_hex_text(model)) first.insert(*id);
    }
  }
  first.insert(planned.asset);
  std::vector<const Planned*> registrations;
  for (const AssetId& each : first) {
    if (const auto found = unregistered_.find(each); found != unregistered_.end())
      registrations.push_back(found->second);
  }
  RETURN_IF_ERROR(make_room(registrations.size() + 1));
  for (const Planned* each : registrations) {
    RETURN_IF_ERROR(make_room(1));  // of a ring of hundreds: more than one group
    RETURN_IF_ERROR(add_registration(*each));
  }
  const protocol::FactsStated stated{.strongroom = session_.config().strongroom,
                                     .asset = planned.asset,
                                     .facts = planned.facts,
                                     .listing = planned.listing,
                                     .person = session_.person(),
                                     .checkpoint = session_.follower().world().seen()};
  protocol::Command command;
  command.type = protocol::EntryType::kStated;
  command.statement = to_json(stated);
  command.texts = plan_.commitments.take_new(planned.facts);
  if (command.texts.size() > kTextsMax)
    return fail(
        ErrorCode::kTooLarge,
        fmt::format("{}: {} people and places that are new here; at most {} can be named at "
                    "once: import it with fewer first",
                    printable(planned.name), command.texts.size(), kTextsMax));
  return add(std::move(command), planned.name);
}

Result<void> Saying::say(const PlannedFinding& finding) {
  if (finding.stands) return {};
  RETURN_IF_ERROR(make_room(1));
  ASSIGN_OR_RETURN(const protocol::Opening reason,
                   protocol::open_text(fmt::format("{} {}, as their weights show", finding.relation,
                                                   printable(finding.parent_name))));
  const protocol::Finding found{.strongroom = session_.config().strongroom,
                                .asset = finding.asset,
                                .parent = finding.parent,
                                .at_least = std::nullopt,
                                .by = "lineage",
                                .evidence = finding.evidence,
                                .reason = protocol::commitment_to("reason", reason),
                                .person = session_.person(),
                                .host = std::nullopt,
                                .checkpoint = session_.follower().world().seen()};
  protocol::Command command;
  command.type = protocol::EntryType::kFound;
  command.statement = to_json(found);
  command.texts = {{"reason", reason}};
  return add(std::move(command), finding.asset_name);
}

Result<void> Saying::all() {
  for (const Planned& each : plan_.assets) {
    if (each.registers) unregistered_.emplace(each.asset, &each);
  }
  for (const Planned& each : plan_.assets) {
    RETURN_IF_ERROR(say(each));
    ++done_;
  }
  RETURN_IF_ERROR(send_group());
  for (const PlannedFinding& each : plan_.findings) RETURN_IF_ERROR(say(each));
  RETURN_IF_ERROR(send_group());
  progress_.clear();
  return {};
}

}  // namespace

Result<void> carry_out(const Common& common, Session& session, Plan& plan) {
  return Saying(common, session, plan).all();
}

}  // namespace strongroom::terminal
