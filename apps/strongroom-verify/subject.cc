#include <fmt/format.h>

#include "account.h"

namespace strongroom::verifier {

namespace {

std::string joined(std::string text, std::string_view more) {
  if (!text.empty()) text += ", ";
  return text += more;
}

struct Words {
  std::string operator()(const protocol::Unfreeze& subject) const {
    std::string entries;
    for (const std::int64_t each : subject.freezes) entries = joined(entries, std::to_string(each));
    const bool one = subject.freezes.size() == 1;
    return fmt::format("lifted the freeze{} of entr{} {}", one ? "" : "s", one ? "y" : "ies",
                       entries);
  }
  std::string operator()(const protocol::RestoreFreeze& subject) const {
    return fmt::format("person {} may freeze alone again", subject.person.hex());
  }
  std::string operator()(const protocol::Enrol& subject) const {
    const protocol::Member& member = subject.member;
    std::string roles;
    for (const protocol::Role role : member.roles) roles = joined(roles, name_of(role));
    return fmt::format("enrolled person {} ({}; {}), cleared for {} until {}, with key{} {}",
                       member.person.hex(), name_of(member.kind), roles.empty() ? "no role" : roles,
                       name_of(member.clearance), shown_time(member.cleared_until),
                       member.keys.size() == 1 ? "" : "s", keys_of(member));
  }
  std::string operator()(const protocol::AddKey& subject) const {
    return fmt::format("added key {} to person {}", subject.key.id.hex(), subject.person.hex());
  }
  std::string operator()(const protocol::RetireKey& subject) const {
    return fmt::format("retired key {} of person {}", subject.key.hex(), subject.person.hex());
  }
  std::string operator()(const protocol::RetireMember& subject) const {
    return fmt::format("retired person {}", subject.person.hex());
  }
  std::string operator()(const protocol::AddHost& subject) const {
    return fmt::format("let host {} take leases (evidence: {})", subject.host.host.hex(),
                       printable(subject.host.evidence));
  }
  std::string operator()(const protocol::RetireHost& subject) const {
    return fmt::format("retired host {}", subject.host.hex());
  }
  std::string operator()(const protocol::SetPolicy& subject) const {
    return "put a policy in force: " + in_words(subject.policy.root());
  }
  std::string operator()(const protocol::SetLevel& subject) const {
    return fmt::format("set the level of asset {} to {} until {}", subject.asset.hex(),
                       name_of(subject.level), shown_time(subject.until));
  }
  std::string operator()(const protocol::SetTriageRules& subject) const {
    const auto rules = triage::rule_set_from(format::encode(subject.rules));
    return "put rules of triage in force: " + (rules ? rules->digest().hex() : "unreadable");
  }
  std::string operator()(const protocol::SetReference& subject) const {
    return fmt::format("named the best public model: {}, as of {}", printable(subject.name),
                       triage::shown(triage::date_of(subject.as_of)));
  }
  std::string operator()(const protocol::AddPublicIndex& subject) const {
    return fmt::format("believed an index of {} public models: {}", subject.size,
                       subject.root.hex());
  }
  std::string operator()(const protocol::RetirePublicIndex& subject) const {
    return "retired an index of public models: " + subject.root.hex();
  }
  std::string operator()(const protocol::Dismiss& subject) const {
    std::string positions;
    for (const std::int64_t each : subject.findings)
      positions = joined(positions, std::to_string(each));
    return "dismissed the findings at log positions " + positions;
  }
  std::string operator()(const protocol::SetLevels& subject) const {
    std::string rows;
    for (const protocol::LevelDemand& each : subject.levels)
      rows = joined(rows, format::encode(to_json(each)));
    return "put a table of levels in force: " + rows;
  }
  std::string operator()(const protocol::Except& subject) const {
    std::string hosts;
    for (const HostId& each : subject.hosts) hosts = joined(hosts, each.hex());
    return fmt::format("EXCEPTED object {} on {} {} from its level's ({}) demand {} until {}",
                       subject.object.hex(), subject.hosts.size() == 1 ? "host" : "hosts", hosts,
                       name_of(subject.level), subject.demand, shown_time(subject.until));
  }

 private:
  static std::string keys_of(const protocol::Member& member) {
    std::string keys;
    for (const crypto::PublicKeys& each : member.keys) keys = joined(keys, each.id.hex());
    return keys;
  }
};

}  // namespace

std::string in_words(const protocol::Subject& subject) { return std::visit(Words{}, subject); }

}  // namespace strongroom::verifier
