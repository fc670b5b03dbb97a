#include <algorithm>

#include "format/csv.h"
#include "inventory.h"
#include "model/scan/cyclonedx.h"

/// The inventory for other programs.
namespace strongroom::terminal {

using format::Json;
using triage::Axis;

namespace {

constexpr const char* kEmptyList = "none";

std::string word(Axis axis, triage::Value value) {
  return std::string(triage::words_of(axis).values[value]);
}

// A spreadsheet takes what begins so for a formula, and runs it. An import takes the apostrophe
// away again.
std::string harmless(std::string text) {
  if (!text.empty() && std::string_view("=+-@'").find(text.front()) != std::string_view::npos)
    text.insert(text.begin(), '\'');
  return text;
}

// Apart by ';'. One inside an item would make two of it.
template <class Items>
std::string list(const Items& items) {
  if (items.empty()) return kEmptyList;
  std::string out;
  for (const std::string& each : items) {
    std::string item = each;
    std::replace(item.begin(), item.end(), ';', ',');
    out += (out.empty() ? "" : ";") + item;
  }
  return harmless(std::move(out));
}
template <class Each>
std::vector<std::string> names_of(const std::set<Each>& set) {
  std::vector<std::string> names;
  for (const Each each : set) names.emplace_back(name_of(each));
  return names;
}

std::vector<std::string> domains_of(const std::set<triage::Domain>& domains) {
  std::vector<std::string> names;
  for (const triage::Domain each : domains) names.push_back(word(Axis::kDomain, each));
  return names;
}
std::string yes_or_no(bool value) { return value ? "yes" : "no"; }

// One row: columns and cells in one place, so that none slips.
using Cells = std::vector<std::pair<std::string, std::string>>;

void put_derivation(const triage::AssetFacts& facts, Cells& out) {
  const bool derived = facts.derivation && *facts.derivation;
  const triage::Derivation made = derived ? **facts.derivation : triage::Derivation();
  out.emplace_back("parent",
                   facts.derivation && !derived ? kEmptyList : harmless(made.parent.value_or("")));
  out.emplace_back("method", harmless(made.method));
  out.emplace_back("safeguards_removed",
                   made.safeguards_removed ? yes_or_no(*made.safeguards_removed) : "");
  out.emplace_back("capabilities_added",
                   made.capabilities_added ? list(domains_of(*made.capabilities_added)) : "");
  out.emplace_back("propensities_induced",
                   made.propensities_induced ? list(*made.propensities_induced) : "");
  out.emplace_back("shown_lower_by", made.shown_lower_by.empty() ? "" : list(made.shown_lower_by));
}

// "a-1 cyber strong 2026-08-15 2027-02-15", as an import reads it.
std::vector<std::string> evaluations_of(const triage::AssetFacts& facts) {
  std::vector<std::string> out;
  for (const triage::Evaluation& each : facts.evaluations)
    out.push_back(each.id + " " + word(Axis::kDomain, each.domain) +
                  (each.elicited_strongly ? " strong " : " weak ") + shown(each.on) + " " +
                  shown(each.valid_until));
  return out;
}

Cells cells(const triage::AssetFacts& facts) {
  Cells out = {{"name", harmless(facts.name)},
               {"digest", facts.digest ? facts.digest->hex() : ""},
               {"kind", facts.kind ? word(Axis::kKind, *facts.kind) : ""},
               {"owner", harmless(facts.owner)},
               {"categories", facts.categories ? list(names_of(*facts.categories)) : ""},
               {"exposure", facts.exposure ? list(names_of(*facts.exposure)) : ""},
               {"hosts", facts.hosts.empty() ? "" : list(facts.hosts)}};
  put_derivation(facts, out);
  for (const auto& [axis, values] :
       {std::pair(Axis::kStanding, &facts.standing), std::pair(Axis::kDualUse, &facts.dual_use)}) {
    for (triage::Domain domain = 0; domain < triage::kDomains; ++domain) {
      const auto found = values->find(domain);
      out.emplace_back(std::string(triage::words_of(axis).name) + "." + word(Axis::kDomain, domain),
                       found == values->end() ? "" : word(axis, found->second));
    }
  }
  out.emplace_back("evaluations", facts.evaluations.empty() ? "" : list(evaluations_of(facts)));
  out.emplace_back("never_evaluated",
                   facts.never_evaluated.empty() ? "" : list(domains_of(facts.never_evaluated)));
  out.emplace_back("safeguards", !facts.safeguards           ? ""
                                 : facts.safeguards->present ? "present"
                                                             : "removed");
  out.emplace_back("tested_against", facts.safeguards && !facts.safeguards->tested_against.empty()
                                         ? list(facts.safeguards->tested_against)
                                         : "");
  out.emplace_back("access", facts.access ? list(names_of(*facts.access)) : "");
  out.emplace_back("weights_of", facts.weights_of ? list(*facts.weights_of) : "");
  const auto& reach = facts.reachable_by;
  out.emplace_back("people", reach ? list(reach->people) : "");
  out.emplace_back("models", reach ? list(reach->models) : "");
  out.emplace_back("anyone", reach ? yes_or_no(reach->anyone) : "");
  out.emplace_back("designated_covered", facts.designated ? "yes" : "");
  return out;
}

using model::scan::bom_property;

std::string component_type(const Row& row) {
  if (row.kind == "dataset" || row.kind == "evaluation_set") return "data";
  if (row.kind == "algorithm") return "library";
  return "machine-learning-model";
}

Json ancestors_of(const Look& look, std::size_t asset) {
  const triage::AssetFacts& facts = look.lab.lab.assets[asset];
  std::set<std::string> names = facts.found_parents;
  if (facts.derivation && *facts.derivation && (*facts.derivation)->parent)
    names.insert(*(*facts.derivation)->parent);
  Json::Array ancestors;
  for (const std::string& name : names)
    ancestors.push_back(Json::Object{{"type", "machine-learning-model"}, {"name", name}});
  return ancestors;
}

Json component_of(const Look& look, std::size_t asset) {
  const triage::AssetFacts& facts = look.lab.lab.assets[asset];
  const registry::Asset& logged = look.lab.assets[asset];
  const Row row = row_of(look, asset);
  Json::Array properties{bom_property("kind", row.kind),
                         bom_property("level", std::string(name_of(row.binds))),
                         bom_property("level-because", row.because)};
  if (row.asks) {
    properties.push_back(bom_property("triage", std::string(name_of(*row.asks))));
    properties.push_back(bom_property("expires", shown_time(row.expires)));
  }
  for (const std::string& each : row.categories)
    properties.push_back(bom_property("category", each));
  for (const auto& [domain, use] : row.dual_use)
    properties.push_back(bom_property("dual-use:" + domain, use));
  if (!row.owner.empty()) properties.push_back(bom_property("owner", row.owner));
  for (const std::string& each : row.places) properties.push_back(bom_property("place", each));
  for (const registry::StandingFinding& each : logged.findings)
    properties.push_back(bom_property("finding", "log entry " + std::to_string(each.index)));
  if (logged.stated)
    properties.push_back(bom_property("stated-in", std::to_string(logged.stated->index)));
  Json::Object component{{"type", component_type(row)},
                         {"bom-ref", logged.asset.hex()},
                         {"name", row.name},
                         {"properties", std::move(properties)}};
  if (facts.digest) component.emplace("hashes", model::scan::bom_hashes(*facts.digest));
  Json ancestors = ancestors_of(look, asset);
  if (!ancestors.array()->empty())
    component.emplace("pedigree", Json::Object{{"ancestors", std::move(ancestors)}});
  return component;
}

}  // namespace

std::string inventory_csv(const Look& look, const std::vector<std::size_t>& chosen) {
  format::Csv table;
  for (const auto& each : cells(triage::AssetFacts())) table.columns.push_back(each.first);
  for (const std::size_t asset : chosen) {
    format::Csv::Row row;
    for (auto& each : cells(look.lab.lab.assets[asset]))
      row.fields.push_back(std::move(each.second));
    table.rows.push_back(std::move(row));
  }
  return encode(table);
}

Json inventory_bom(const Look& look, const std::vector<std::size_t>& chosen) {
  Json::Array components;
  for (const std::size_t asset : chosen) components.push_back(component_of(look, asset));
  return model::scan::bom_of(std::move(components), kVersion);
}

}  // namespace strongroom::terminal
