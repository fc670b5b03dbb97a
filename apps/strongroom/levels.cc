#include <fmt/format.h>

#include "base/limits.h"
#include "changes.h"
#include "format/json_text.h"
#include "io/directory.h"
#include "judge/standing.h"
#include "roll.h"
#include "verbs.h"

/// What each level demands here, and what may be excepted from it.
namespace strongroom::terminal {

using format::Json;

namespace {

constexpr std::int64_t kDaySeconds = 24 * 3600;
constexpr std::int64_t kExceptionDaysMax = 30;

struct LevelsOptions {
  std::vector<std::string> file;
  std::string reason;
};
struct ExceptionOptions {
  std::string name;
  std::string demand;
  std::vector<std::string> hosts;
  std::int64_t days = 7;
  std::string reason;
};

// What depends on the request is judged at each.
bool is_judged_later(const protocol::Demand& demand) { return demand.name == "lease_hours_max"; }

std::string row_in_words(const judge::RowStanding& standing) {
  std::string text;
  std::size_t asked = 0;
  for (const protocol::Demand& each : protocol::demands()) {
    if (!each.asked_by(standing.row)) continue;
    ++asked;
    const auto missing = std::find_if(standing.unmet.begin(), standing.unmet.end(),
                                      [&](const auto& one) { return one.demand == each.name; });
    const bool met = missing == standing.unmet.end();
    const std::string_view how = !met ? "MISSING" : is_judged_later(each) ? "at open" : "met";
    text += fmt::format("  {:<9}{:<31}{}\n", how, each.name,
                        met ? each.in_words(standing.row) : missing->words);
  }
  const std::string head = standing.unmet.empty() ? "nothing is missing"
                                                  : fmt::format("{} of its {} demands missing",
                                                                standing.unmet.size(), asked);
  return fmt::format("{}: {}\n", name_of(standing.row.level), head) + text;
}

// Against the table that this program ships.
std::string compared(const std::vector<std::string>& weaker,
                     const std::vector<std::string>& stricter) {
  if (weaker.empty() && stricter.empty()) return "The table is the one this program ships.\n";
  std::string text = "The table is this strongroom's own. Against the one this program ships:\n";
  for (const std::string& each : weaker) text += "  WEAKER   " + each + "\n";
  for (const std::string& each : stricter) text += "  stricter " + each + "\n";
  return text;
}

std::string_view what_it_means(bool binds) {
  if (!binds)
    return "Levels are only shown here, and nothing is held to them: that is for profiles small "
           "and lab.";
  return "A release below an object's level is refused. To ask for another table: strongroom "
         "levels FILE; to release\none object without one demand for some days: strongroom "
         "exception. docs/levels.md has the sources.";
}

Json as_json(const std::vector<std::string>& lines) {
  Json::Array array;
  for (const std::string& each : lines) array.emplace_back(each);
  return array;
}

Result<int> show(const Common& common, Session& session) {
  const judge::Rooms rooms = session.follower().world().rooms();
  ASSIGN_OR_RETURN(const std::vector<judge::RowStanding> rows, judge::levels_standing(rooms));
  const bool binds = vault::levels_bind(session.follower().world().genesis().mode);
  Json::Array levels;
  Json::Array standings;
  std::vector<protocol::LevelDemand> table;
  std::string text;
  for (const judge::RowStanding& each : rows) {
    Json::Array unmet;
    for (const auto& one : each.unmet)
      unmet.push_back(Json::Object{{"demand", std::string(one.demand)}, {"words", one.words}});
    levels.push_back(to_json(each.row));
    standings.push_back(
        Json::Object{{"level", std::string(name_of(each.row.level))}, {"unmet", std::move(unmet)}});
    table.push_back(each.row);
    text += row_in_words(each);
  }
  const std::vector<protocol::LevelDemand> shipped = protocol::catalog_levels();
  const std::vector<std::string> weaker = protocol::weakened(shipped, table);
  const std::vector<std::string> stricter = protocol::strengthened(shipped, table);
  say(common, text + compared(weaker, stricter) + std::string(what_it_means(binds)));
  tell(common, {{"levels", std::move(levels)},
                {"standing", std::move(standings)},
                {"as_shipped", table == shipped},
                {"weaker", as_json(weaker)},
                {"stricter", as_json(stricter)},
                {"binds", binds}});
  return 0;
}

// A table alone, or the answer of `strongroom levels --json` that holds one.
Result<std::vector<protocol::LevelDemand>> table_in(const std::string& file) {
  ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(file, limits::kEntryBytesMax));
  Result<Json> json = format::decode_in_any_layout(as_text(bytes), limits::kEntryBytesMax);
  if (!json) return fail(json.error(), printable(file));
  const Json* table = &*json;
  if (const Json::Object* members = json->object()) {
    const auto found = members->find("levels");
    if (found != members->end()) table = &found->second;
  }
  Result<std::vector<protocol::LevelDemand>> levels = protocol::levels_from(*table);
  if (!levels) return fail(levels.error(), printable(file));
  return levels;
}

Result<void> check_reason(const std::string& reason) {
  if (!reason.empty()) return {};
  return fail(ErrorCode::kUsage, "--reason TEXT: custodians decide by it, and it stays on record");
}

Result<int> levels(const Common& common, const LevelsOptions& options) {
  if (options.file.size() > 1)
    return fail(ErrorCode::kUsage, "one file holds the whole table, SL1 to SL5: give one");
  if (options.file.empty()) {
    if (!options.reason.empty())
      return fail(ErrorCode::kUsage, "--reason goes with a FILE: the table to ask for");
    ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
    return show(common, *session);
  }
  RETURN_IF_ERROR(check_reason(options.reason));
  ASSIGN_OR_RETURN(std::vector<protocol::LevelDemand> table, table_in(options.file.front()));
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  return propose_change(
      common, *session,
      {.subject = protocol::SetLevels{std::move(table)}, .reason = options.reason, .texts = {}});
}

Result<int> exception(const Common& common, const ExceptionOptions& options) {
  if (options.days < 1 || options.days > kExceptionDaysMax)
    return fail(ErrorCode::kUsage,
                "--days: from 1 to 30; an exception is asked for anew after that");
  RETURN_IF_ERROR(check_reason(options.reason));
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const vault::Object object, find_object(session->follower(), options.name));
  protocol::Except subject;
  subject.object = object.deposit.object;
  subject.demand = options.demand;
  for (const std::string& each : options.hosts) {
    ASSIGN_OR_RETURN(const protocol::Host host, find_host(session->follower(), each));
    subject.hosts.push_back(host.host);
  }
  std::sort(subject.hosts.begin(), subject.hosts.end());
  subject.hosts.erase(std::unique(subject.hosts.begin(), subject.hosts.end()), subject.hosts.end());
  const UnixSeconds now = session->clock().now();
  ASSIGN_OR_RETURN(
      const judge::LevelStanding standing,
      judge::level_standing(object.deposit.object, session->follower().world().rooms(), now));
  subject.level = standing.level;
  // The log's clock may be a moment behind: thirty days of ours would be more than thirty of its.
  constexpr std::int64_t kSlackSeconds = 300;
  subject.until =
      now + std::min(options.days * kDaySeconds, kExceptionDaysMax * kDaySeconds - kSlackSeconds);
  return propose_change(common, *session,
                        {.subject = subject, .reason = options.reason, .texts = {}});
}

std::vector<std::string> demand_names() {
  std::vector<std::string> names;
  for (const protocol::Demand& each : protocol::demands()) names.emplace_back(each.name);
  return names;
}

}  // namespace

Verb levels_verb() {
  const auto typed = std::make_shared<LevelsOptions>();
  return {
      .name = "levels",
      .group = Group::kDeciding,
      .summary = "Tell what each security level demands here, or ask to change that",
      .more =
          "Each demand is shown as met or missing by the policy in force; the length of a lease "
          "is judged when one is opened. With a file (a table "
          "as --json shows it, under \"levels\") the custodians are asked to put that table in "
          "force. Demanding less of anything is loosening: where something is sealed at SL4 or "
          "above, or untriaged, it also waits for hours that witnesses have seen. No level may "
          "demand less than the one below it. Each demand's source: docs/levels.md.",
      .options = {{.spelled = "file",
                   .value = "FILE",
                   .about = "The table to put in force",
                   .into = &typed->file,
                   .completes = Completes::kFile},
                  {.spelled = "--reason",
                   .value = "TEXT",
                   .about = "Why, which a FILE needs; custodians read it; kept beside the log, "
                            "erasable",
                   .into = &typed->reason}},
      .examples = {{"strongroom levels", "what SL1 to SL5 demand, and what is missing"},
                   {"strongroom levels table.json --reason \"our own table\"",
                    "shows what would be weaker and stricter; custodians approve or refuse"}},
      .run = [typed](const Common& common) { return levels(common, *typed); }};
}

Verb exception_verb() {
  const auto typed = std::make_shared<ExceptionOptions>();
  return {
      .name = "exception",
      .group = Group::kDeciding,
      .summary = "Ask to release one object to named hosts without one demand of its level",
      .more =
          "For 30 days at most, and it ends by itself, or when the object needs a stricter "
          "level; a lease must end before it does. It takes as many approvals as the level "
          "demands, and one person more each time the same is asked again. Nobody may except "
          "from who must agree, from the keeper and recovery holders, from the witnesses and "
          "their wait, or from a freeze. What is excepted stands in the log.",
      .options = {{.spelled = "name",
                   .about = "Of the model, or its object's id",
                   .into = &typed->name,
                   .required = true,
                   .completes = Completes::kName},
                  {.spelled = "--demand",
                   .value = "D",
                   .about = "The one thing it is released without, as strongroom levels names it",
                   .into = &typed->demand,
                   .required = true,
                   .completes = Completes::kChoice,
                   .choices = demand_names()},
                  {.spelled = "--host",
                   .value = "HOST",
                   .about = "Where it may be opened: names or ids of hosts, separated by commas",
                   .into = &typed->hosts,
                   .required = true},
                  {.spelled = "--days",
                   .value = "N",
                   .about = "For how long, 30 at most (7)",
                   .into = &typed->days},
                  {.spelled = "--reason",
                   .value = "TEXT",
                   .about = "Why; custodians read it; kept beside the log, erasable",
                   .into = &typed->reason,
                   .required = true}},
      .examples = {{"strongroom exception my-model --demand attested_host --host gpu-3 --days 7 "
                    "--reason \"attestation is being installed\"",
                    "shows what is asked; custodians approve or refuse it"}},
      .run = [typed](const Common& common) { return exception(common, *typed); }};
}

}  // namespace strongroom::terminal
