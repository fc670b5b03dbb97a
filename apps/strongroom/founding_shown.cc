#include <fmt/format.h>

#include "founding.h"
#include "protocol/profile.h"
#include "protocol/spoken_id.h"

namespace strongroom::terminal {

using protocol::Genesis;
using protocol::LevelDemand;
using protocol::Member;
using protocol::PolicyNode;

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string in_words(const Proposed& proposed, const PolicyNode& node) {
  if (node.person) return proposed.name(*node.person);
  std::vector<std::string> members;
  for (const PolicyNode& child : node.of) {
    const std::string each = in_words(proposed, child);
    members.push_back(child.person ? each : "(" + each + ")");
  }
  return fmt::format("any {} of {}", node.threshold, joined(members));
}

std::string member_lines(const Proposed& proposed, const Member& member,
                         const std::optional<KeyId>& own) {
  std::vector<std::string> roles;
  for (const protocol::Role role : member.roles) roles.emplace_back(name_of(role));
  std::string lines =
      fmt::format("  {}  {}: {}; cleared to {} until {}\n", proposed.name(member.name),
                  name_of(member.kind), roles.empty() ? "no role" : joined(roles),
                  name_of(member.clearance), shown_time(member.cleared_until));
  for (const crypto::PublicKeys& key : member.keys) {
    lines += fmt::format("    key {}{}\n", key.id.hex(), key.id == own ? "  (this home's)" : "");
  }
  return lines;
}

std::string people(const Proposed& proposed, const std::optional<KeyId>& own) {
  const Genesis& genesis = proposed.genesis;
  std::string founders = "Founders, who all sign\n";
  std::string holders;
  std::string others;
  for (const Member& member : genesis.members) {
    const std::string lines = member_lines(proposed, member, own);
    const bool founds = std::find(genesis.founders.begin(), genesis.founders.end(),
                                  member.person) != genesis.founders.end();
    const bool holds = genesis.recovery && genesis.recovery->x_of(member.person);
    // Who is in two of these is shown in two.
    if (founds) founders += lines;
    if (holds) holders += lines;
    if (!founds && !holds) others += lines;
  }
  return founders + (holders.empty() ? "" : "Recovery holders\n" + holders) +
         (others.empty() ? "" : "Others\n" + others);
}

std::string demands(const LevelDemand& row) {
  std::string text;
  for (const protocol::Demand& each : protocol::demands()) {
    if (each.asked_by(row)) text += (text.empty() ? "" : "; ") + each.in_words(row);
  }
  return fmt::format("  {}  {}\n", name_of(row.level), text);
}

std::string places(const Proposed& proposed) {
  const Genesis& genesis = proposed.genesis;
  std::string text = genesis.hosts.empty() ? "Hosts: none yet\n" : "Hosts that may open\n";
  for (const protocol::Host& host : genesis.hosts) {
    text += fmt::format("  {}  key {}; evidence: {}\n", proposed.name(host.name), host.key.hex(),
                        printable(host.evidence));
  }
  text +=
      fmt::format("Site\n  log {}, its key {}\n  deposit key {}\n  witnesses: {}\n", genesis.origin,
                  genesis.log_key.hex(), genesis.deposit_key.id.hex(), genesis.witness_policy);
  text += genesis.levels == protocol::catalog_levels() ? "Levels, as this program ships them\n"
                                                       : "Levels, NOT AS THIS PROGRAM SHIPS THEM\n";
  for (const LevelDemand& demand : genesis.levels) text += demands(demand);
  return text;
}

}  // namespace

std::string aloud(const StrongroomId& id) {
  const auto groups = protocol::spoken_groups(id);
  std::string text;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const bool line_ends = i % 4 == 3;
    text +=
        (i % 4 == 0 ? "    " : "  ") + groups[i] + (line_ends && i + 1 < groups.size() ? "\n" : "");
  }
  return text;
}

std::string describe(const Proposed& proposed, const std::optional<KeyId>& own) {
  const Genesis& genesis = proposed.genesis;
  std::string text =
      fmt::format("Proposed strongroom\n  {}\n  releases: {}\n", protocol::in_words(genesis.mode),
                  in_words(proposed, genesis.policy.root()));
  if (genesis.recovery) {
    std::vector<std::string> holders;
    for (const PersonId& holder : genesis.recovery->holders)
      holders.push_back(proposed.name(holder));
    text += fmt::format("  recovers a lost site: any {} of {}\n", genesis.recovery->threshold,
                        joined(holders));
  } else {
    text += "  recovers a lost site: nobody\n";
  }
  text += people(proposed, own) + places(proposed);
  return text + fmt::format("Id\n  {}\n  aloud:\n{}\n",
                            shown_id(genesis.id().hex(), genesis.demonstration()),
                            aloud(genesis.id()));
}

}  // namespace strongroom::terminal
