#include "registry/triage/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "registry/triage/facts_words.h"

namespace strongroom::triage {

namespace {

using format::Json;

constexpr std::int64_t kDaySeconds = 24 * 3600;
constexpr int kYearMin = 2000;
constexpr int kYearMax = 2199;

template <class Names>
Json list_of(const Names& names) {
  Json::Array list;
  for (const auto& each : names) list.emplace_back(std::string(each));
  return list;
}

template <class Enum, std::size_t N>
Json words_for(const std::set<Enum>& values, const std::array<std::string_view, N>& words) {
  Json::Array list;
  for (const Enum each : values)
    list.emplace_back(std::string(words[static_cast<std::size_t>(each)]));
  return list;
}

void put(Json::Object& out, Axis axis, const PerDomain& values) {
  if (values.empty()) return;
  Json::Object members;
  for (const auto& [domain, value] : values)
    members.emplace(std::string(words_of(Axis::kDomain).values[domain]),
                    std::string(words_of(axis).values[value]));
  out.emplace(std::string(words_of(axis).name), std::move(members));
}

Json to_json(const Evaluation& evaluation) {
  return Json::Object{{"id", evaluation.id},
                      {"domain", std::string(words_of(Axis::kDomain).values[evaluation.domain])},
                      {"elicitation", evaluation.elicited_strongly ? "strong" : "weak"},
                      {"on", shown(evaluation.on)},
                      {"valid_until", shown(evaluation.valid_until)}};
}

Json to_json(const Derivation& derivation) {
  Json::Object out{{"method", derivation.method}};
  if (derivation.parent) out.emplace("parent", *derivation.parent);
  if (derivation.safeguards_removed)
    out.emplace("safeguards_removed", *derivation.safeguards_removed);
  if (derivation.capabilities_added)
    out.emplace("capabilities_added", words_for(*derivation.capabilities_added, domain_words()));
  if (derivation.propensities_induced)
    out.emplace("propensities_induced", list_of(*derivation.propensities_induced));
  if (!derivation.shown_lower_by.empty())
    out.emplace("shown_lower_by", list_of(derivation.shown_lower_by));
  return out;
}

void put_surroundings(Json::Object& out, const AssetFacts& asset) {
  if (asset.safeguards) {
    Json::Object inner{{"state", asset.safeguards->present ? "present" : "removed"}};
    if (!asset.safeguards->tested_against.empty())
      inner.emplace("tested_against", list_of(asset.safeguards->tested_against));
    out.emplace("safeguards", std::move(inner));
  }
  if (asset.access) out.emplace("access", words_for(*asset.access, kAccessWords));
  if (asset.weights_of) out.emplace("weights_of", list_of(*asset.weights_of));
  if (asset.reachable_by) {
    Json::Object inner{{"anyone", asset.reachable_by->anyone}};
    if (!asset.reachable_by->people.empty())
      inner.emplace("people", list_of(asset.reachable_by->people));
    if (!asset.reachable_by->models.empty())
      inner.emplace("models", list_of(asset.reachable_by->models));
    out.emplace("reachable_by", std::move(inner));
  }
  if (asset.exposure) out.emplace("exposure", words_for(*asset.exposure, kExposureWords));
  if (asset.derivation)
    out.emplace("derivation", *asset.derivation ? to_json(**asset.derivation) : Json("none"));
  if (asset.designated) out.emplace("designated_covered", true);
  if (!asset.hosts.empty()) out.emplace("hosts", list_of(asset.hosts));
}

}  // namespace

Date date_of(UnixSeconds at) {
  std::int64_t days = at.value / kDaySeconds;
  if (at.value % kDaySeconds < 0) --days;
  return {days};
}

std::string shown(Date date) {
  const std::chrono::year_month_day day{std::chrono::sys_days(std::chrono::days(date.days))};
  return fmt::format("{:04}-{:02}-{:02}", int{day.year()}, unsigned{day.month()},
                     unsigned{day.day()});
}

Result<Date> date_from(std::string_view text) {
  const auto digits = [&](std::size_t at, std::size_t count) {
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
      if (text[i] < '0' || text[i] > '9') return -1;
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    const int year = digits(0, 4);
    const int month = digits(5, 2);
    const int day = digits(8, 2);
    if (year >= kYearMin && year <= kYearMax && month > 0 && day > 0) {
      const std::chrono::year_month_day date{std::chrono::year(year),
                                             std::chrono::month(static_cast<unsigned>(month)),
                                             std::chrono::day(static_cast<unsigned>(day))};
      if (date.ok()) return Date{std::chrono::sys_days(date).time_since_epoch().count()};
    }
  }
  return fail(ErrorCode::kMalformed,
              "\"" + printable(text) + "\" is no day: write it like 2026-11-21");
}

std::string_view name_of(Exposure exposure) {
  return kExposureWords[static_cast<std::size_t>(exposure)];
}
std::string_view name_of(Access access) { return kAccessWords[static_cast<std::size_t>(access)]; }
std::string_view name_of(Category category) {
  return kCategoryWords[static_cast<std::size_t>(category)];
}

const AssetFacts* Lab::asset(std::string_view wanted) const {
  const auto found = std::lower_bound(
      assets.begin(), assets.end(), wanted,
      [](const AssetFacts& each, std::string_view than) { return each.name < than; });
  return found != assets.end() && found->name == wanted ? &*found : nullptr;
}

format::Json to_json(const AssetFacts& asset) {
  Json::Object out{{"name", asset.name}, {"owner", asset.owner}};
  if (asset.digest) out.emplace("digest", *asset.digest);
  if (asset.kind) out.emplace("kind", std::string(words_of(Axis::kKind).values[*asset.kind]));
  if (asset.categories) out.emplace("categories", words_for(*asset.categories, kCategoryWords));
  put(out, Axis::kStanding, asset.standing);
  put(out, Axis::kDualUse, asset.dual_use);
  if (!asset.evaluations.empty()) {
    Json::Array list;
    for (const Evaluation& each : asset.evaluations) list.push_back(to_json(each));
    out.emplace("evaluations", std::move(list));
  }
  if (!asset.never_evaluated.empty())
    out.emplace("never_evaluated", words_for(asset.never_evaluated, domain_words()));
  put_surroundings(out, asset);
  return out;
}

format::Json to_json(const Lab& lab) {
  Json::Object people;
  for (const auto& [name, role] : lab.people) people.emplace(name, role);
  Json::Object hosts;
  for (const auto& [name, purpose] : lab.hosts) hosts.emplace(name, purpose);
  Json::Array index(lab.public_index.begin(), lab.public_index.end());
  Json::Array assets;
  for (const AssetFacts& asset : lab.assets) assets.push_back(to_json(asset));
  Json::Object out{{"format", std::string(kFactsFormat)},
                   {"lab", lab.name},
                   {"reference", Json::Object{{"name", lab.reference.name},
                                              {"as_of", shown(lab.reference.as_of)}}},
                   {"people", std::move(people)},
                   {"hosts", std::move(hosts)},
                   {"public_index", std::move(index)},
                   {"assets", std::move(assets)}};
  if (lab.as_of) out.emplace("as_of", shown(*lab.as_of));
  return out;
}

}  // namespace strongroom::triage
