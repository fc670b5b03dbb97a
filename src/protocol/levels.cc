#include "protocol/levels.h"

#include <array>

#include "base/limits.h"
#include "protocol/catalog_levels.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {

constexpr std::int64_t kCountMax = 255;
constexpr std::int64_t kHoursMax = 366 * 24;
constexpr std::int64_t kSeatsMax = 1'000'000;
constexpr std::int64_t kPartsMax = 1'000'000'000;  // a thousand times the object, each year
constexpr std::size_t kLevels = 5;

using D = LevelDemand;
// Words that are singular after 1, and, in place of {}, where the number stands.
constexpr std::array<Demand, 20> kDemands{
    {{"approvals", "approvals", &D::approvals, 1, kCountMax},
     {"spare_custodians", "spare custodians", &D::spare_custodians, 0, kCountMax},
     {"teams", "groups of the tree that must agree", &D::teams, 1, kCountMax},
     {"senl_min", "sensitivity level (SenL) {} of every custodian", &D::senl_min, 0, 5},
     {"agents_never", "AI agents that never count", &D::agents_never},
     {"witnesses", "witnesses", &D::witnesses, 0, kCountMax},
     {"verifying_witnesses", "verifying witnesses", &D::verifying_witnesses, 0, kCountMax},
     {"recovery_holders", "recovery holders", &D::recovery_holders, 0, kCountMax},
     {"keeper_apart", "a keeper on its own host", &D::keeper_apart},
     {"attested_host", "attested hosts", &D::attested_host},
     {"evidence_hours_max", "hours since a host's evidence", &D::evidence_hours_max, 1, kHoursMax},
     {"change_buffer_hours", "hours before loosening", &D::change_buffer_hours, 0, kHoursMax},
     {"lease_hours_max", "hours of lease", &D::lease_hours_max, 1, kHoursMax},
     {"egress_interface_ppm_year_max", "% of its size a year through interfaces",
      &D::egress_interface_ppm_year_max, 0, kPartsMax},
     {"egress_total_ppm_year_max", "% of its size a year leaving in all",
      &D::egress_total_ppm_year_max, 0, kPartsMax},
     {"seats_limited_output_max", "people with limited output", &D::seats_limited_output_max, 0,
      kSeatsMax},
     {"seats_isolated_max", "people in isolation", &D::seats_isolated_max, 0, kSeatsMax},
     {"seats_copiers_max", "people who may ask for copies", &D::seats_copiers_max, 0, kSeatsMax},
     {"slsa_level", "SLSA level {} for what hosts run", &D::slsa_level, 0, 3},
     {"exec_allowlist", "hosts that run only what is listed", &D::exec_allowlist}}};

// A shape of value each: at least, at most, yes.
struct Writing {
  const LevelDemand& row;
  std::string name;
  Json::Object& into;
  void operator()(std::int64_t D::*where) const { into.emplace(name, row.*where); }
  void operator()(std::optional<std::int64_t> D::*where) const {
    if (row.*where) into.emplace(name, *(row.*where));
  }
  void operator()(bool D::*where) const { into.emplace(name, row.*where); }
};
struct Reading {
  LevelDemand& row;
  const Demand& demand;
  Fields& fields;
  Result<void> operator()(std::int64_t D::*where) const {
    ASSIGN_OR_RETURN(row.*where, fields.integer(demand.name, demand.least, demand.most));
    return {};
  }
  Result<void> operator()(std::optional<std::int64_t> D::*where) const {
    if (!fields.has(demand.name)) return {};
    ASSIGN_OR_RETURN(row.*where, fields.integer(demand.name, demand.least, demand.most));
    return {};
  }
  Result<void> operator()(bool D::*where) const {
    ASSIGN_OR_RETURN(row.*where, fields.boolean(demand.name));
    return {};
  }
};
struct Meeting {
  const LevelDemand& there;
  const LevelDemand& row;
  bool operator()(std::int64_t D::*where) const { return there.*where >= row.*where; }
  bool operator()(std::optional<std::int64_t> D::*where) const {
    return !(row.*where) || (there.*where && *(there.*where) <= *(row.*where));
  }
  bool operator()(bool D::*where) const { return there.*where || !(row.*where); }
};
struct Showing {
  const LevelDemand& row;
  std::string operator()(std::int64_t D::*where) const { return std::to_string(row.*where); }
  std::string operator()(std::optional<std::int64_t> D::*where) const {
    return row.*where ? std::to_string(*(row.*where)) : "none";
  }
  std::string operator()(bool D::*where) const { return row.*where ? "yes" : "no"; }
};

std::string in_singular(std::string_view words) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNouns{
      {{"approvals", "approval"},
       {"custodians", "custodian"},
       {"groups", "group"},
       {"witnesses", "witness"},
       {"holders", "holder"},
       {"hours", "hour"},
       {"people", "person"}}};
  std::string text(words);
  for (const auto& [plural, singular] : kNouns) {
    const std::size_t at = text.find(plural);
    if (at != std::string::npos) return text.replace(at, plural.size(), singular);
  }
  return text;
}

// Of millionths: "1", "0.25".
std::string percent(std::int64_t millionths) {
  constexpr std::int64_t kOfAPercent = 10'000;
  std::string text = std::to_string(millionths / kOfAPercent);
  const std::int64_t rest = millionths % kOfAPercent;
  if (rest == 0) return text;
  std::string digits = std::to_string(kOfAPercent + rest).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  return text + "." + digits;
}

// Where `more` is not met by `less`.
std::vector<std::string> falls_short(std::span<const LevelDemand> less,
                                     std::span<const LevelDemand> more, bool less_is_after) {
  CHECK(less.size() == kLevels && more.size() == kLevels);
  std::vector<std::string> found;
  for (std::size_t i = 0; i < kLevels; ++i) {
    const LevelDemand& before = less_is_after ? more[i] : less[i];
    const LevelDemand& after = less_is_after ? less[i] : more[i];
    for (const Demand& each : kDemands) {
      if (each.met_by(less[i], more[i])) continue;
      found.push_back(std::string(name_of(before.level)) + ": " + std::string(each.name) + " " +
                      each.value_of(after) + " in place of " + each.value_of(before));
    }
  }
  return found;
}

}  // namespace

bool Demand::asked_by(const LevelDemand& row) const {
  if (const auto* number = std::get_if<std::int64_t D::*>(&where)) return row.**number > 0;
  if (const auto* bound = std::get_if<std::optional<std::int64_t> D::*>(&where))
    return (row.**bound).has_value();
  return row.*std::get<bool D::*>(where);
}

bool Demand::met_by(const LevelDemand& there, const LevelDemand& row) const {
  return std::visit(Meeting{there, row}, where);
}

std::string Demand::value_of(const LevelDemand& row) const {
  return std::visit(Showing{row}, where);
}

std::string Demand::in_words(const LevelDemand& row) const {
  if (std::holds_alternative<bool D::*>(where)) return std::string(words);
  std::string number = value_of(row);
  std::string text = number == "1" ? in_singular(words) : std::string(words);
  if (const std::size_t place = text.find("{}"); place != std::string::npos)
    return text.replace(place, 2, number);
  const auto* most_of = std::get_if<std::optional<std::int64_t> D::*>(&where);
  if (most_of == nullptr) return number + " " + text;
  if (words.starts_with('%') && row.**most_of) number = percent(*(row.**most_of));
  return "at most " + number + " " + text;
}

std::span<const Demand> demands() { return kDemands; }

const Demand* demand_named(std::string_view name) {
  const auto* found = std::find_if(kDemands.begin(), kDemands.end(),
                                   [&](const Demand& each) { return each.name == name; });
  return found == kDemands.end() ? nullptr : found;
}

std::vector<std::string> weakened(std::span<const LevelDemand> before,
                                  std::span<const LevelDemand> after) {
  return falls_short(after, before, true);
}

std::vector<std::string> strengthened(std::span<const LevelDemand> before,
                                      std::span<const LevelDemand> after) {
  return falls_short(before, after, false);
}

Json to_json(const LevelDemand& demand) {
  Json::Object row{{"level", std::string(name_of(demand.level))}};
  for (const Demand& each : kDemands)
    std::visit(Writing{demand, std::string(each.name), row}, each.where);
  return row;
}

Result<LevelDemand> level_demand_from(const Json& json) {
  Fields fields(json, "level");
  LevelDemand demand;
  ASSIGN_OR_RETURN(const std::string level, fields.text("level"));
  ASSIGN_OR_RETURN(demand.level, level_from(level));
  for (const Demand& each : kDemands)
    RETURN_IF_ERROR(std::visit(Reading{demand, each, fields}, each.where));
  RETURN_IF_ERROR(fields.done());
  if (!demand.agents_never) {
    return fail(ErrorCode::kMalformed,
                "level: AI agents never count toward a quorum, whatever a table says");
  }
  return demand;
}

Json to_json(const std::vector<LevelDemand>& levels) {
  Json::Array rows;
  for (const LevelDemand& each : levels) rows.push_back(to_json(each));
  return rows;
}

Result<std::vector<LevelDemand>> levels_from(const Json& json) {
  const Json::Array* rows = json.array();
  if (rows == nullptr || rows->size() != kLevels)
    return fail(ErrorCode::kMalformed, "levels must be SL1 to SL5, in order");
  std::vector<LevelDemand> levels;
  for (const Json& each : *rows) {
    const Result<LevelDemand> read = level_demand_from(each);
    if (!read) return fail(read.error(), "levels, row " + std::to_string(levels.size() + 1));
    const LevelDemand& row = *read;
    if (static_cast<std::size_t>(row.level) != levels.size() + 1)
      return fail(ErrorCode::kMalformed, "levels must be SL1 to SL5, in order");
    // Else raising a level would be a way to lower what it demands.
    for (const Demand& demand : kDemands) {
      if (levels.empty() || demand.met_by(row, levels.back())) continue;
      return fail(ErrorCode::kMalformed,
                  "levels: " + std::string(name_of(row.level)) +
                      " demands less than the level below it: " + std::string(demand.name));
    }
    levels.push_back(row);
  }
  return levels;
}

std::vector<LevelDemand> catalog_levels() {
  const Result<Json> json = format::decode_canonical(kCatalogLevels, limits::kEntryBytesMax);
  CHECK(json.has_value());
  Result<std::vector<LevelDemand>> levels = levels_from(*json);
  CHECK(levels.has_value());
  return *levels;
}

}  // namespace strongroom::protocol
