#include "seen.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <map>

#include "base/shown.h"
#include "candidates.h"
#include "custodian/changes.h"
#include "custodian/quote.h"
#include "judge/standing.h"

namespace strongroom::terminal {

using format::Json;

namespace {

constexpr std::size_t kBriefDigits = 8;     // as many as approve and open take
constexpr std::size_t kNameBytesMax = 40;   // of a name in a list
constexpr unsigned char kContinuation = 2;  // the upper two bits of a byte inside a character

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(between)) + word;
  return text;
}

Json::Array texts(const std::vector<std::string>& words) {
  Json::Array array;
  for (const std::string& word : words) array.emplace_back(printable(word));
  return array;
}

// "3 hours": one unit is enough in a list.
std::string coarse(std::int64_t seconds) {
  std::string text = shown_duration(std::max<std::int64_t>(0, seconds));
  return text.substr(0, text.find(' ', text.find(' ') + 1));
}

std::int64_t left_until(UnixSeconds then, UnixSeconds now) {
  return std::max<std::int64_t>(0, then.value - now.value);
}

// One look at the log: what each list is made from.
class Look {
 public:
  Look(Session& session, bool whole, std::optional<UnixSeconds> heard)
      : session_(session), whole_(whole), now_(session.clock().now()), heard_(heard) {}
  Result<Seen> all();

 private:
  Result<void> wrong();
  Result<void> freezes();
  Result<void> unexplained();
  Result<void> sweeps();
  Result<void> objects();
  Result<void> object(const vault::Object& object, const judge::LevelStanding& level);
  Result<void> uncertain(const judge::DepositStanding& standing, Seen::Item& item);
  Result<void> waiting_keys(const judge::DepositStanding& standing, Seen::Item& item);
  Result<void> proposals();
  Result<Seen::Item> about(const vault::Proposal& proposal);
  Result<void> lease(const vault::Proposal& proposal, Seen::Item item);
  Result<void> asked(const vault::Proposal& proposal, Seen::Item item);
  Result<void> changes();

  [[nodiscard]] judge::Rooms rooms() const { return session_.follower().world().rooms(); }
  [[nodiscard]] std::string brief(std::string_view hex) const {
    constexpr std::size_t kDemo = 5;
    return session_.shown(hex).substr(0,
                                      kBriefDigits + (session_.config().demonstration ? kDemo : 0));
  }
  // A name in a list may be cut: the id beside it is what counts.
  [[nodiscard]] std::string name(std::string_view given) const {
    std::string shown = custodian::shown_name(given);
    if (whole_ || shown.size() <= kNameBytesMax) return shown;
    std::size_t at = kNameBytesMax - 4;
    while (at > 0 && (static_cast<unsigned char>(shown[at]) >> 6) == kContinuation) --at;
    return shown.substr(0, at) + "…\"";
  }
  // Each is asked of the server once; a name that this home has not kept is unknown while the
  // server is away, and its id stands in its place.
  template <class Id, class Ask>
  [[nodiscard]] Result<std::string> called(const Id& id, Ask ask, std::string_view kind) {
    if (const auto found = names_.find(id.hex()); found != names_.end()) return found->second;
    Result<std::string> given = ask(session_.follower(), id);
    const bool unknown = given ? *given == "(not kept here)"  // as Follower::shown_text has it
                               : given.error().code == ErrorCode::kNetwork;
    if (unknown && session_.away())
      given = fmt::format("{}-{}", kind, id.hex().substr(0, kBriefDigits));
    if (!given) return given;
    return names_.emplace(id.hex(), *given).first->second;
  }
  [[nodiscard]] Result<std::string> called(const PersonId& person) {
    return called(person, custodian::person_name, "person");
  }
  [[nodiscard]] Result<std::string> called(const ObjectId& object) {
    return called(object, custodian::object_name, "object");
  }
  [[nodiscard]] Result<std::string> called(const HostId& host) {
    return called(host, custodian::host_name, "host");
  }
  [[nodiscard]] std::string listed(const std::vector<std::string>& given) const {
    std::vector<std::string> shown;
    for (const std::string& each : given) shown.push_back(name(each));
    return joined(shown, ", ");
  }

  Session& session_;
  const bool whole_;
  const UnixSeconds now_;
  const std::optional<UnixSeconds> heard_;
  std::map<std::string, std::string> names_;  // by id
  Seen seen_;
};

std::string waits_for(std::int64_t missing, const std::string& whose) {
  return fmt::format("waits for {}{}", missing, whose.empty() ? " more" : " of " + whose);
}

Result<Seen> Look::all() {
  RETURN_IF_ERROR(objects());
  RETURN_IF_ERROR(proposals());
  RETURN_IF_ERROR(changes());
  RETURN_IF_ERROR(wrong());
  return std::move(seen_);
}

// One line for all of them: strongroom sightings lists each.
Result<void> Look::unexplained() {
  ASSIGN_OR_RETURN(const std::vector<registry::Unexplained> all,
                   rooms().registry.sightings().unexplained(now_));
  if (all.empty()) return {};
  const auto overdue =
      std::count_if(all.begin(), all.end(), [](const auto& each) { return each.is_overdue; });
  const UnixSeconds first = all.front().deadline;
  const std::string clock =
      overdue == 0 ? "the first must be explained within " + coarse(left_until(first, now_))
                   : fmt::format("{} OVERDUE, the first since {}", overdue, shown_time(first));
  seen_.wrong.push_back(
      {fmt::format("{} unexplained weights on the hosts' disks, {}: strongroom sightings "
                   "--unexplained",
                   all.size(), clock),
       {{"kind", overdue == 0 ? "unexplained" : "unexplained_overdue"},
        {"count", static_cast<std::int64_t>(all.size())},
        {"overdue", static_cast<std::int64_t>(overdue)},
        {"deadline", first.value}}});
  return {};
}

Result<void> Look::sweeps() {
  ASSIGN_OR_RETURN(const std::vector<registry::HostSweep> all,
                   rooms().registry.sightings().sweeps());
  for (const registry::HostSweep& each : all) {
    const std::optional<UnixSeconds> due = each.due_by();
    ASSIGN_OR_RETURN(const auto there, rooms().people.host(each.host));
    if (!due || now_ < *due || !there) continue;
    ASSIGN_OR_RETURN(const std::string where, called(each.host));
    const UnixSeconds last = each.whole_at.value_or(each.at);
    seen_.wrong.push_back(
        {fmt::format("{} swept last {}, though it said every {}: look at that host", name(where),
                     shown_ago(last, now_), shown_duration(each.period_seconds)),
         {{"kind", "sweep_overdue"}, {"host", where}, {"since", last.value}}});
  }
  return {};
}

// What is shown first stands last.
Result<void> Look::wrong() {
  RETURN_IF_ERROR(sweeps());
  RETURN_IF_ERROR(unexplained());
  RETURN_IF_ERROR(freezes());
  ASSIGN_OR_RETURN(const bool rehearsal_wanted, judge::rehearsal_wanted(rooms()));
  if (rehearsal_wanted) {
    seen_.wrong.push_back(
        {"no release has been rehearsed yet, so nothing real is deposited: "
         "strongroom rehearse",
         {{"kind", "rehearsal_wanted"}}});
  }
  if (session_.away()) {
    seen_.wrong.push_back(
        {fmt::format("the server is away; this is what was known {}",
                     heard_ ? shown_ago(*heard_, now_) : "before"),
         {{"kind", "server_away"}, {"message", printable(session_.away()->context)}}});
  }
  return {};
}

Result<void> Look::freezes() {
  ASSIGN_OR_RETURN(const std::vector<vault::FreezeInForce> all, rooms().vault.freezes());
  for (const vault::FreezeInForce& each : all) {
    ASSIGN_OR_RETURN(const std::string who, called(each.freeze.person));
    std::string what = "everything";
    std::string scope = "all";
    if (each.freeze.object) {
      ASSIGN_OR_RETURN(const std::string given, called(*each.freeze.object));
      what = fmt::format("{} ({})", name(given), brief(each.freeze.object->hex()));
      scope = session_.shown(each.freeze.object->hex());
    }
    seen_.freezes += 1;
    seen_.wrong.push_back(
        {fmt::format("{}: {}, by {}, {} (log position {})",
                     each.alone ? "FROZEN" : "HALF A FREEZE, a second person's is needed", what,
                     name(who), shown_ago(each.stamp.time, now_), each.stamp.index),
         {{"kind", each.alone ? "frozen" : "half_frozen"},
          {"person", who},
          {"since", each.stamp.time.value},
          {"index", each.stamp.index},
          {"scope", scope}}});
  }
  return {};
}

Result<void> Look::objects() {
  ASSIGN_OR_RETURN(const std::vector<vault::Object> all, rooms().vault.objects());
  for (const vault::Object& each : all) {
    ASSIGN_OR_RETURN(const judge::LevelStanding level,
                     judge::level_standing(each.deposit.object, rooms(), now_));
    RETURN_IF_ERROR(object(each, level));
  }
  return {};
}

Json::Array exceptions_json(const judge::LevelStanding& level) {
  Json::Array list;
  for (const auto& each : level.exceptions) {
    Json::Array hosts;
    for (const HostId& host : each.excepted.hosts) hosts.push_back(host);
    list.push_back(Json::Object{{"demand", each.excepted.demand},
                                {"hosts", std::move(hosts)},
                                {"until", each.excepted.until.value},
                                {"index", each.made_at}});
  }
  return list;
}

Result<void> Look::object(const vault::Object& object, const judge::LevelStanding& level) {
  const protocol::Deposit& deposit = object.deposit;
  ASSIGN_OR_RETURN(const std::string given, called(deposit.object));
  // What had to be escaped, is erased or not known is no word to type.
  if (given.find('\\') == std::string::npos && !given.starts_with('('))
    seen_.names.push_back(given);
  ASSIGN_OR_RETURN(const bool frozen, rooms().vault.is_frozen(deposit.object));
  ASSIGN_OR_RETURN(const judge::DepositStanding standing,
                   judge::deposit_standing(deposit.object, rooms()));
  const std::string unmet = joined(level.unmet, "; ");
  Seen::Item item;
  item.line = fmt::format(
      "{}  {}  {} in {} file{}, {}{}, sealed {}{}", brief(deposit.object.hex()), name(given),
      shown_bytes(static_cast<std::uint64_t>(deposit.plaintext_bytes)), deposit.files,
      deposit.files == 1 ? "" : "s", name_of(level.level), unmet.empty() ? "" : " (unmet)",
      shown_ago(object.stamp.time, now_), frozen ? ", FROZEN" : "");
  item.json = {{"object", session_.shown(deposit.object.hex())},
               {"asset", deposit.asset},
               {"name", given},
               {"bytes", deposit.plaintext_bytes},
               {"files", deposit.files},
               {"level", std::string(name_of(level.level))},
               {"level_unmet", texts(level.unmet)},
               {"level_binds", level.binds},
               {"exceptions", exceptions_json(level)},
               {"frozen", frozen},
               {"certain", standing.certain},
               {"sealed_at", object.stamp.time.value}};
  if (!standing.certain) RETURN_IF_ERROR(uncertain(standing, item));
  ASSIGN_OR_RETURN(const auto new_keys, judge::rekey_standing(deposit.object, rooms()));
  if (new_keys) RETURN_IF_ERROR(waiting_keys(*new_keys, item));
  if (whole_ && !unmet.empty()) item.line += "; its level demands " + unmet;
  for (const auto& each : level.exceptions) {
    item.line += fmt::format("; EXCEPTED from {} on {} host{} until {}", each.excepted.demand,
                             each.excepted.hosts.size(), each.excepted.hosts.size() == 1 ? "" : "s",
                             shown_time(each.excepted.until));
  }
  seen_.objects.push_back(std::move(item));
  if (unmet.empty() || !level.binds) return {};
  seen_.wrong.push_back(
      {fmt::format("{} is {}: its level {} demands {}", name(given),
                   level.exceptions.empty() ? "not released" : "released only where it is excepted",
                   name_of(level.level), unmet),
       {{"kind", "level_unmet"}, {"object", session_.shown(deposit.object.hex())}}});
  return {};
}

Result<void> Look::uncertain(const judge::DepositStanding& standing, Seen::Item& item) {
  std::vector<std::string> missing;
  for (const PersonId& person : standing.missing) {
    ASSIGN_OR_RETURN(std::string who, called(person));
    missing.push_back(std::move(who));
  }
  item.json.emplace("confirmations", static_cast<std::int64_t>(standing.confirmed.size()));
  item.json.emplace("confirmations_wanted", static_cast<std::int64_t>(standing.wanted));
  item.json.emplace("unconfirmed_by", texts(missing));
  item.json.emplace("rehearsed", standing.rehearsed);
  std::string wanted = listed(missing);
  if (!standing.rehearsed) wanted += wanted.empty() ? "a rehearsal" : ", a rehearsal";
  item.line += fmt::format("; not certain, {} of {} confirmed{}", standing.confirmed.size(),
                           standing.wanted, wanted.empty() ? "" : ", missing: " + wanted);
  seen_.uncertain += 1;
  return {};
}

Result<void> Look::waiting_keys(const judge::DepositStanding& standing, Seen::Item& item) {
  std::vector<std::string> missing;
  for (const PersonId& person : standing.missing) {
    ASSIGN_OR_RETURN(std::string who, called(person));
    missing.push_back(std::move(who));
  }
  std::string wanted = standing.confirmed.size() < standing.wanted ? listed(missing) : "";
  if (!standing.rehearsed) wanted += wanted.empty() ? "a rehearsal" : ", a rehearsal";
  item.line += fmt::format("; new keys (epoch {}) wait, {} of {} confirmed, missing: {}",
                           standing.epoch, standing.confirmed.size(), standing.wanted, wanted);
  item.json.emplace(
      "new_keys",
      Json::Object{{"epoch", standing.epoch},
                   {"confirmations", static_cast<std::int64_t>(standing.confirmed.size())},
                   {"confirmations_wanted", static_cast<std::int64_t>(standing.wanted)},
                   {"unconfirmed_by", texts(missing)},
                   {"rehearsed", standing.rehearsed}});
  return {};
}

Result<Seen::Item> Look::about(const vault::Proposal& proposal) {
  ASSIGN_OR_RETURN(const std::string what, called(proposal.request.object));
  ASSIGN_OR_RETURN(const std::string who, called(proposal.request.person));
  ASSIGN_OR_RETURN(const std::string where, called(proposal.request.host));
  const protocol::ReleaseAct act = proposal.request.act;
  const std::string_view doing = act == protocol::ReleaseAct::kRekey ? "re-key of "
                                 : act == protocol::ReleaseAct::kRehearse
                                     ? "rehearsal of the new keys of "
                                     : "";
  return Seen::Item{fmt::format("{}  {}{} on {}, for {}", brief(proposal.id.hex()), doing,
                                name(what), name(where), name(who)),
                    {{"proposal", session_.shown(proposal.id.hex())},
                     {"act", std::string(name_of(act))},
                     {"name", what},
                     {"host", where},
                     {"person", who}}};
}

Result<void> Look::lease(const vault::Proposal& proposal, Seen::Item item) {
  const UnixSeconds until = proposal.redemptions.back().stamp.time + proposal.request.lease_seconds;
  const std::int64_t left = left_until(until, now_);
  item.json.emplace("seconds_left", left);
  item.json.emplace("recalled", proposal.recalled.has_value());
  seen_.proposals.emplace_back(session_.shown(proposal.id.hex()), item.line);
  if (left == 0 || proposal.recalled) {
    item.json.emplace("kind", "lease_not_ended");
    item.line += fmt::format(": {}, but its host has not said that it ended; look at that host",
                             proposal.recalled ? "recalled" : "its time is over");
    seen_.wrong.push_back(std::move(item));
    return {};
  }
  item.line += ": open for " + shown_duration(left) + " more";
  seen_.open.push_back(std::move(item));
  return {};
}

// Not opened (again) yet: for as long as somebody can still answer it, or take it up, it waits.
Result<void> Look::asked(const vault::Proposal& proposal, Seen::Item item) {
  const Result<quorum::Decision> decision = judge::decision_on(proposal.id, rooms(), now_);
  std::string state;
  std::int64_t missing = 0;
  std::vector<std::string> whose;
  if (decision) {
    ASSIGN_OR_RETURN(whose, custodian::waits_for(session_.follower(), proposal, now_));
    missing = static_cast<std::int64_t>(decision->approvals_missing);
    state = waits_for(missing, listed(whose));
  } else if (decision.error().code == ErrorCode::kConflict && proposal.granted) {
    state = "granted; waits for its host to take it up";
  } else if (decision.error().code == ErrorCode::kExpired) {
    item.json.emplace("closed", "expired");
    item.line += ": expired";
    seen_.over.push_back(std::move(item));
    return {};
  } else {
    const bool is_frozen = decision.error().code == ErrorCode::kFrozen;
    state = is_frozen ? "held by a freeze" : printable(decision.error().context);
    item.json.emplace("held_by", printable(decision.error().context));
  }
  seen_.proposals.emplace_back(session_.shown(proposal.id.hex()), item.line);
  item.line +=
      fmt::format(": {}; expires in {}", state, coarse(left_until(proposal.request.expires, now_)));
  item.json.emplace("granted", proposal.granted.has_value());
  item.json.emplace("approvals_missing", missing);
  item.json.emplace("waits_for", texts(whose));
  item.json.emplace("expires_at", proposal.request.expires.value);
  seen_.waiting.push_back(std::move(item));
  return {};
}

Result<void> Look::proposals() {
  ASSIGN_OR_RETURN(const std::vector<vault::Proposal> all, rooms().vault.proposals());
  for (const vault::Proposal& each : all) {
    ASSIGN_OR_RETURN(Seen::Item item, about(each));
    if (each.ends.size() < each.redemptions.size()) {
      RETURN_IF_ERROR(lease(each, std::move(item)));
    } else if (each.recalled || each.phase() == vault::Phase::kEnded) {
      const std::string how(each.recalled ? "recalled" : name_of(each.phase()));
      item.json.emplace("closed", how);
      item.line += ": " + how;
      seen_.over.push_back(std::move(item));
    } else {
      RETURN_IF_ERROR(asked(each, std::move(item)));
    }
  }
  return {};
}

Result<void> Look::changes() {
  ASSIGN_OR_RETURN(const std::vector<vault::ProposedChange> all, rooms().vault.changes());
  for (const vault::ProposedChange& each : all) {
    if (each.made) continue;
    const Result<quorum::Decision> decision = judge::decision_on(each.id, rooms(), now_);
    if (!decision) continue;  // strongroom changes lists it, and says why
    ASSIGN_OR_RETURN(const std::string who, called(each.change.person));
    const std::string id = session_.shown(each.id.hex());
    const std::string line = fmt::format("{}  {}, asked for by {}", brief(each.id.hex()),
                                         custodian::summary_of(each.change.subject), name(who));
    const auto missing = static_cast<std::int64_t>(decision->approvals_missing);
    ASSIGN_OR_RETURN(const std::vector<std::string> whose,
                     custodian::waits_for(session_.follower(), each, now_));
    seen_.proposals.emplace_back(id, line);
    seen_.changes.push_back(
        {fmt::format("{}: {}; expires in {}", line, waits_for(missing, listed(whose)),
                     coarse(left_until(each.change.expires, now_))),
         {{"change", id},
          {"kind", std::string(kind_of(each.change.subject))},
          {"person", who},
          {"approvals_missing", missing},
          {"waits_for", texts(whose)},
          {"expires_at", each.change.expires.value}}});
  }
  return {};
}

}  // namespace

std::string shown_ago(UnixSeconds then, UnixSeconds now) {
  return coarse(now.value - then.value) + " ago";
}

Result<Seen> see(const Common& common, Session& session, bool whole) {
  return Look(session, whole, last_heard(common.home)).all();
}

std::optional<UnixSeconds> last_heard(const std::string& home) {
  struct stat found {};
  if (stat((home + "/log/checkpoint").c_str(), &found) != 0) return std::nullopt;
  return UnixSeconds{found.st_mtim.tv_sec};
}

void remember(const std::string& home, const Seen& seen) {
  const Result<void> kept = keep_candidates(home, {seen.names, seen.proposals});
  static_cast<void>(kept);
}

}  // namespace strongroom::terminal
