#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "importing.h"

/// A table as a source of an import: one asset in each row, one fact in each column.
namespace strongroom::terminal {

using format::Json;

namespace {

constexpr char kBetween = ';';
constexpr std::string_view kNothing = "none";

// How a cell becomes a member of the facts (docs/triage.md).
enum class Cell { kText, kList, kYes, kEvaluations, kReachers, kSafeguards, kDerivation };

struct Column {
  std::string_view name;
  Cell cell;
  std::string_view member;  ///< of the facts, or of the object that `cell` names
};
constexpr std::array<Column, 22> kColumns{{
    {"owner", Cell::kText, "owner"},
    {"digest", Cell::kText, "digest"},
    {"kind", Cell::kText, "kind"},
    {"categories", Cell::kList, "categories"},
    {"evaluations", Cell::kEvaluations, "evaluations"},
    {"never_evaluated", Cell::kList, "never_evaluated"},
    {"access", Cell::kList, "access"},
    {"weights_of", Cell::kList, "weights_of"},
    {"exposure", Cell::kList, "exposure"},
    {"hosts", Cell::kList, "hosts"},
    {"people", Cell::kReachers, "people"},
    {"models", Cell::kReachers, "models"},
    {"anyone", Cell::kReachers, "anyone"},
    {"safeguards", Cell::kSafeguards, "state"},
    {"tested_against", Cell::kSafeguards, "tested_against"},
    {"parent", Cell::kDerivation, "parent"},
    {"method", Cell::kDerivation, "method"},
    {"safeguards_removed", Cell::kDerivation, "safeguards_removed"},
    {"capabilities_added", Cell::kDerivation, "capabilities_added"},
    {"propensities_induced", Cell::kDerivation, "propensities_induced"},
    {"shown_lower_by", Cell::kDerivation, "shown_lower_by"},
    {"designated_covered", Cell::kYes, "designated_covered"},
}};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// One apostrophe in front keeps a spreadsheet from running a cell as a formula, and is no part of
// it: strongroom inventory --csv writes it.
std::string_view cell_of(std::string_view field) {
  std::string_view cell = trimmed(field);
  if (cell.starts_with('\'')) cell.remove_prefix(1);
  return cell;
}

Json list_of(std::string_view cell) {
  Json::Array list;
  if (cell == kNothing) return Json(std::move(list));
  while (true) {
    const std::size_t end = std::min(cell.find(kBetween), cell.size());
    list.emplace_back(std::string(trimmed(cell.substr(0, end))));
    if (end == cell.size()) return Json(std::move(list));
    cell.remove_prefix(end + 1);
  }
}

// "a-1 cyber strong 2026-08-15 2027-02-15"; only the id may have spaces.
Result<Json> evaluation_of(const std::string& text) {
  constexpr std::array<const char*, 4> kMembers{"valid_until", "on", "elicitation", "domain"};
  std::string_view rest = text;
  Json::Object evaluation;
  for (const char* member : kMembers) {
    const std::size_t space = rest.rfind(' ');
    if (space == std::string_view::npos || space == 0)
      return fail(
          ErrorCode::kMalformed,
          "\"" + printable(text) +
              "\" is no evaluation: its id, domain, strong or weak, the day it was done and "
              "the day until which it holds, as: a-1 cyber strong 2026-08-15 2027-02-15");
    evaluation.emplace(member, std::string(rest.substr(space + 1)));
    rest = trimmed(rest.substr(0, space));
  }
  evaluation.emplace("id", std::string(rest));
  return Json(std::move(evaluation));
}

Result<Json> evaluations_of(std::string_view cell) {
  const Json items = list_of(cell);
  Json::Array evaluations;
  for (const Json& each : *items.array()) {
    ASSIGN_OR_RETURN(Json evaluation, evaluation_of(*each.text()));
    evaluations.push_back(std::move(evaluation));
  }
  return Json(std::move(evaluations));
}

Result<Json> yes_or_no(std::string_view cell) {
  if (cell == "yes") return Json(true);
  if (cell == "no") return Json(false);
  return fail(ErrorCode::kMalformed, "\"" + printable(cell) + "\" is neither yes nor no");
}

// Into the object that is the member `name`, which is made when it is not there.
void put_inside(Json::Object& facts, const std::string& name, const std::string& member,
                Json value) {
  Json::Object inner;
  const auto found = facts.find(name);
  if (found != facts.end() && found->second.object() != nullptr) inner = *found->second.object();
  inner.insert_or_assign(member, std::move(value));
  facts.insert_or_assign(name, std::move(inner));
}

// The same, where that member is missing.
void complete(Json::Object& facts, const std::string& name, const std::string& member, Json value) {
  const auto found = facts.find(name);
  if (found == facts.end() || found->second.object() == nullptr) return;
  if (!found->second.object()->contains(member)) put_inside(facts, name, member, std::move(value));
}

// Evaluations that the derivation rests on, which stand in another cell.
void complete_evaluations(Json::Object& facts) {
  const auto made = facts.find("derivation");
  if (made == facts.end() || made->second.object() == nullptr) return;
  const auto by = made->second.object()->find("shown_lower_by");
  if (by == made->second.object()->end()) return;
  Json::Object evaluations;  // each id once
  for (const Json& id : *by->second.array())
    evaluations.insert_or_assign(*id.text(), Json::Object{{"id", id},
                                                          {"domain", "cyber"},
                                                          {"elicitation", "weak"},
                                                          {"on", "2026-01-01"},
                                                          {"valid_until", "2026-01-01"}});
  Json::Array list;
  for (auto& [id, evaluation] : evaluations) list.push_back(std::move(evaluation));
  facts.insert_or_assign("evaluations", std::move(list));
}

class Rows {
 public:
  explicit Rows(const format::Csv& table) : table_(table) {}
  Result<Source> read();

 private:
  Result<WantedAsset> row(const format::Csv::Row& row);
  Result<void> cell(Json::Object& facts, const std::string& column, std::string_view text);
  [[nodiscard]] static Result<void> holds(const Json::Object& facts);

  const format::Csv& table_;
};

const Column* column_named(std::string_view name) {
  const auto found = std::find_if(kColumns.begin(), kColumns.end(),
                                  [&](const Column& each) { return each.name == name; });
  return found == kColumns.end() ? nullptr : &*found;
}

// "standing.cyber": the member, and the domain.
std::optional<std::pair<std::string, std::string>> of_domain(const std::string& column) {
  for (const std::string member : {"standing", "dual_use"}) {
    if (!column.starts_with(member + ".")) continue;
    const std::string domain = column.substr(member.size() + 1);
    if (triage::words_of(triage::Axis::kDomain).value_named(domain))
      return std::pair(member, domain);
  }
  return std::nullopt;
}

Result<void> Rows::cell(Json::Object& facts, const std::string& name, std::string_view text) {
  if (const auto domain = of_domain(name)) {
    put_inside(facts, domain->first, domain->second, std::string(text));
    return {};
  }
  const Column& column = *column_named(name);
  const std::string member(column.member);
  switch (column.cell) {
    case Cell::kText:
      facts.insert_or_assign(member, std::string(text));
      return {};
    case Cell::kList:
      facts.insert_or_assign(member, list_of(text));
      return {};
    case Cell::kEvaluations: {
      ASSIGN_OR_RETURN(Json evaluations, evaluations_of(text));
      facts.insert_or_assign(member, std::move(evaluations));
      return {};
    }
    case Cell::kYes: {
      ASSIGN_OR_RETURN(const Json value, yes_or_no(text));
      if (value == Json(true)) facts.insert_or_assign(member, value);
      return {};
    }
    case Cell::kReachers: {
      Json value = list_of(text);
      if (member == "anyone") {
        ASSIGN_OR_RETURN(value, yes_or_no(text));
      }
      put_inside(facts, "reachable_by", member, std::move(value));
      return {};
    }
    case Cell::kSafeguards:
      put_inside(facts, "safeguards", member,
                 member == "state" ? Json(std::string(text)) : list_of(text));
      return {};
    case Cell::kDerivation: {
      if (member == "parent" && text == kNothing) {
        facts.insert_or_assign("derivation", "none");
        return {};
      }
      Json value =
          member == "parent" || member == "method" ? Json(std::string(text)) : list_of(text);
      if (member == "safeguards_removed") {
        ASSIGN_OR_RETURN(value, yes_or_no(text));
      }
      if (const auto made = facts.find("derivation");
          made != facts.end() && made->second.object() == nullptr)
        return fail(ErrorCode::kMalformed, "it was made from nothing else, as the row says");
      put_inside(facts, "derivation", member, std::move(value));
      return {};
    }
  }
  return {};
}

// Would the facts take it, whatever else the row says?
Result<void> Rows::holds(const Json::Object& facts) {
  Json::Object alone = facts;
  alone.emplace("name", "x");
  alone.emplace("owner", "x");
  complete(alone, "reachable_by", "anyone", false);
  complete(alone, "safeguards", "state", "present");
  complete(alone, "derivation", "method", "x");
  complete_evaluations(alone);
  const Result<triage::AssetFacts> read = triage::asset_facts_from(Json(std::move(alone)));
  if (read) return {};
  constexpr std::string_view kOfNone = "asset x: ";
  std::string why = read.error().context;
  if (why.starts_with(kOfNone)) why.erase(0, kOfNone.size());
  return fail(read.error().code, why);
}

Result<WantedAsset> Rows::row(const format::Csv::Row& row) {
  WantedAsset wanted;
  wanted.where = fmt::format("line {}", row.line);
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    const std::string& column = table_.columns[i];
    const std::string_view text = cell_of(row.fields[i]);
    if (column == "name") wanted.name = text;
    if (column == "name" || text.empty()) continue;
    const auto at = [&](const Error& error) {
      return fail(error.code,
                  fmt::format("line {}, column {}: {}", row.line, column, error.context));
    };
    Json::Object alone;
    if (const Result<void> read = cell(alone, column, text); !read) return at(read.error());
    if (const Result<void> takes = holds(alone); !takes) return at(takes.error());
    if (const Result<void> read = cell(wanted.facts, column, text); !read) return at(read.error());
  }
  if (wanted.name.empty() || wanted.name.size() > triage::kNameBytesMax)
    return fail(ErrorCode::kMalformed, fmt::format("line {}, column name: a name of 1 to {} bytes",
                                                   row.line, triage::kNameBytesMax));
  if (const auto digest = wanted.facts.find("digest"); digest != wanted.facts.end())
    wanted.digest = Digest::from_hex_text(*digest->second.text());
  return wanted;
}

Result<Source> Rows::read() {
  std::vector<std::string_view> names;
  for (const Column& each : kColumns) names.push_back(each.name);
  for (std::size_t i = 0; i < table_.columns.size(); ++i) {
    const std::string& column = table_.columns[i];
    if (column == "name" || column_named(column) != nullptr || of_domain(column)) continue;
    return fail(ErrorCode::kMalformed,
                fmt::format("line 1, column {}: {} is none of the columns that are read: name, {}, "
                            "standing.DOMAIN, dual_use.DOMAIN",
                            i + 1, printable(column), fmt::join(names, ", ")));
  }
  if (std::find(table_.columns.begin(), table_.columns.end(), "name") == table_.columns.end())
    return fail(ErrorCode::kMalformed, "line 1: no column is called name");
  Source source;
  source.says = Says::kSome;
  for (const format::Csv::Row& each : table_.rows) {
    ASSIGN_OR_RETURN(WantedAsset wanted, row(each));
    source.assets.push_back(std::move(wanted));
  }
  return source;
}

}  // namespace

Result<Source> source_of_table(const format::Csv& table) { return Rows(table).read(); }

}  // namespace strongroom::terminal
