#include <fmt/format.h>

#include "base/shown.h"
#include "inventory.h"

namespace strongroom::terminal {

using format::Json;
using triage::Axis;

namespace {

std::string word(Axis axis, triage::Value value) {
  return std::string(triage::words_of(axis).values[value]);
}

std::vector<std::pair<std::string, std::string>> dual_use_of(const triage::AssetFacts& facts) {
  std::vector<std::pair<std::string, std::string>> out;
  for (triage::Domain domain = 0; domain < triage::kDomains; ++domain) {
    const auto found = facts.dual_use.find(domain);
    out.emplace_back(word(Axis::kDomain, domain), found == facts.dual_use.end()
                                                      ? "unknown"
                                                      : word(Axis::kDualUse, found->second));
  }
  return out;
}

Json::Array texts(const std::vector<std::string>& words) {
  return Json::Array(words.begin(), words.end());
}

Json finding_json(const Look& look, const registry::StandingFinding& found) {
  Json::Object out{{"entry", found.index}, {"by", found.finding.by}, {"at", found.at.value}};
  if (found.finding.at_least)
    out.emplace("at_least", std::string(name_of(*found.finding.at_least)));
  if (found.finding.parent) {
    const auto parent = look.lab.index_of(*found.finding.parent);
    out.emplace("parent", parent ? look.lab.lab.assets[*parent].name : found.finding.parent->hex());
  }
  return out;
}

}  // namespace

Row row_of(const Look& look, std::size_t asset) {
  const registry::Asset& logged = look.lab.assets[asset];
  const triage::AssetFacts& facts = look.lab.lab.assets[asset];
  Row row{.name = facts.name,
          .id = look.session.shown(logged.asset.hex()),
          .kind = facts.kind ? word(Axis::kKind, *facts.kind) : "unknown",
          .has_categories = facts.categories.has_value(),
          .binds = logged.level_at(look.now),
          .because = logged.because_at(look.now),
          .dual_use = dual_use_of(facts),
          .owner = facts.owner,
          .places = {facts.hosts.begin(), facts.hosts.end()},
          .findings = logged.findings.size()};
  for (const triage::Category each : facts.categories.value_or(std::set<triage::Category>()))
    row.categories.emplace_back(name_of(each));
  if (logged.triage) {
    row.asks = logged.triage->level;
    row.reasons = logged.triage->because;
    row.expires = logged.triage->expires;
  }
  row.is_set = logged.set && look.now < logged.set->until;
  if (row.is_set) row.expires = std::min(row.expires, logged.set->until);
  return row;
}

std::string dual_use_in_words(const Row& row) {
  std::string out;
  std::size_t unknown = 0;
  for (const auto& [domain, use] : row.dual_use) {
    if (use == "none") continue;
    if (use == "unknown") ++unknown;
    out += fmt::format("{}{} {}", out.empty() ? "" : "; ", domain, use);
  }
  if (unknown == row.dual_use.size()) return "unknown";
  return out.empty() ? "none" : out;
}

Json row_json(const Look& look, std::size_t asset) {
  const registry::Asset& logged = look.lab.assets[asset];
  const triage::AssetFacts& facts = look.lab.lab.assets[asset];
  const Row row = row_of(look, asset);
  Json::Object out{{"asset", row.id},
                   {"name", row.name},
                   {"kind", row.kind},
                   {"level", std::string(name_of(row.binds))},
                   {"because", row.because},
                   {"set", row.is_set},
                   {"owner", row.owner},
                   {"places", texts(row.places)},
                   {"public", triage::is_listed(look.lab.lab, facts)},
                   {"registered_at", logged.registered_at.value}};
  if (row.has_categories) out.emplace("categories", texts(row.categories));
  if (row.asks) {
    out.emplace("asks", std::string(name_of(*row.asks)));
    out.emplace("reasons", texts(row.reasons));
    out.emplace("expires", row.expires.value);
    Json::Array evaluate;
    for (triage::Domain domain = 0; domain < triage::kDomains; ++domain) {
      if ((unsigned{logged.triage->evaluate} >> domain & 1u) != 0)
        evaluate.emplace_back(word(Axis::kDomain, domain));
    }
    out.emplace("evaluate", std::move(evaluate));
  }
  Json::Object dual_use;
  for (const auto& [domain, use] : row.dual_use) dual_use.emplace(domain, use);
  out.emplace("dual_use", std::move(dual_use));
  Json::Array findings;
  for (const registry::StandingFinding& each : logged.findings)
    findings.push_back(finding_json(look, each));
  out.emplace("findings", std::move(findings));
  if (facts.digest) out.emplace("digest", *facts.digest);
  if (facts.derivation && *facts.derivation) {
    out.emplace("method", (*facts.derivation)->method);
    if ((*facts.derivation)->parent) out.emplace("parent", *(*facts.derivation)->parent);
  }
  if (logged.stated) out.emplace("stated_in", logged.stated->index);
  return out;
}

}  // namespace strongroom::terminal
