#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/shown.h"
#include "custodian/act.h"
#include "custodian/inspect.h"
#include "custodian/quote.h"
#include "screen.h"
#include "seen.h"
#include "session.h"
#include "verbs.h"

namespace strongroom::terminal {

namespace {

using format::Json;
using protocol::Meaning;

constexpr std::size_t kDigestDigits = 16;

struct SightingsOptions {
  bool unexplained = false;
  bool overdue = false;
  std::string host;
};

// What the log says, and the words beside it, each asked for once.
class Look {
 public:
  Look(Session& session, const SightingsOptions& options)
      : session_(session), options_(options), now_(session.clock().now()) {}

  Result<void> all(const Common& common) {
    ASSIGN_OR_RETURN(const auto open, sightings().unexplained(now_));
    for (const registry::Unexplained& each : open) open_.emplace(each.digest, each);
    RETURN_IF_ERROR(sweeps(common));
    ASSIGN_OR_RETURN(std::vector<registry::Sighted> places, sightings().all());
    std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) {
      return std::tie(a.digest, a.first_seen, a.place) < std::tie(b.digest, b.first_seen, b.place);
    });
    for (const registry::Sighted& each : places) RETURN_IF_ERROR(place(common, each));
    if (places_.empty()) say(common, "Nothing of that kind has been seen");
    tell(common, {{"sightings", places_},
                  {"sweeps", sweeps_},
                  {"unexplained", static_cast<std::int64_t>(open_.size())}});
    return {};
  }

 private:
  [[nodiscard]] judge::Rooms rooms() const { return session_.follower().world().rooms(); }
  [[nodiscard]] const registry::Sightings& sightings() const {
    return rooms().registry.sightings();
  }

  Result<std::string> host(const HostId& id) {
    const auto known = hosts_.find(id);
    if (known != hosts_.end()) return known->second;
    ASSIGN_OR_RETURN(const std::optional<protocol::Host> there, rooms().people.host(id));
    std::string name = "(retired) " + id.hex().substr(0, kDigestDigits);
    if (there) {
      ASSIGN_OR_RETURN(name, custodian::host_name(session_.follower(), id));
    }
    return hosts_.emplace(id, name).first->second;
  }

  Result<bool> is_wanted(const HostId& id) {
    if (options_.host.empty()) return true;
    ASSIGN_OR_RETURN(const std::string name, host(id));
    return name == options_.host || id.hex().starts_with(plain_id(options_.host));
  }

  Result<void> sweeps(const Common& common) {
    ASSIGN_OR_RETURN(const std::vector<registry::HostSweep> all, sightings().sweeps());
    if (all.empty())
      say(common, "No host has swept yet: strongroom-agent --sweep DIR --every HOURS");
    for (const registry::HostSweep& each : all) {
      ASSIGN_OR_RETURN(const bool wanted, is_wanted(each.host));
      if (!wanted) continue;
      ASSIGN_OR_RETURN(const std::string name, host(each.host));
      const std::optional<UnixSeconds> due = each.due_by();
      const bool is_overdue = due && *due <= now_;
      say(common,
          fmt::format("{}: sweep {}{}, {}; {} files, {} unreadable{}{}",
                      custodian::shown_name(name), each.number, each.is_whole ? "" : " (not whole)",
                      shown_ago(each.at, now_), each.files, each.unreadable,
                      each.left_out > 0 ? fmt::format(", {} LEFT OUT", each.left_out) : "",
                      is_overdue ? "; OVERDUE" : ""));
      Json::Object json{{"host", name},
                        {"host_id", each.host},
                        {"number", each.number},
                        {"whole", each.is_whole},
                        {"at", each.at.value},
                        {"period", each.period_seconds},
                        {"files", each.files},
                        {"unreadable", each.unreadable},
                        {"left_out", each.left_out},
                        {"overdue", is_overdue}};
      if (due) json.emplace("due_by", due->value);
      sweeps_.push_back(std::move(json));
    }
    return {};
  }

  // What is known of a digest, in words and JSON.
  Result<std::string> meaning(const Digest& digest, Json::Object& json) {
    const auto open = open_.find(digest);
    if (open != open_.end()) {
      const registry::Unexplained& each = open->second;
      json.emplace("meaning", "unexplained");
      json.emplace("deadline", each.deadline.value);
      json.emplace("overdue", each.is_overdue);
      if (each.is_overdue) return "UNEXPLAINED, overdue since " + shown_time(each.deadline);
      return "UNEXPLAINED, to be explained within " +
             shown_duration(each.deadline.value - now_.value);
    }
    ASSIGN_OR_RETURN(const auto said, sightings().explanation(digest));
    CHECK(said.has_value());  // else it would be open
    json.emplace("meaning", std::string(name_of(said->meaning)));
    std::string words = "not ours";
    if (said->asset) {
      ASSIGN_OR_RETURN(const auto asset, rooms().registry.asset(*said->asset));
      CHECK(asset.has_value());  // the rules let nothing else be named
      ASSIGN_OR_RETURN(const std::string name, session_.follower().shown_text("name", asset->name));
      json.emplace("asset", *said->asset);
      json.emplace("asset_name", name);
      words = "is " + custodian::shown_name(name);
    }
    if (said->reason) {
      ASSIGN_OR_RETURN(const std::string reason,
                       session_.follower().shown_text("reason", *said->reason));
      json.emplace("reason", reason);
      words += ": " + custodian::shown_words(reason);
    }
    return words;
  }

  Result<void> place(const Common& common, const registry::Sighted& seen) {
    const auto open = open_.find(seen.digest);
    if ((options_.unexplained || options_.overdue) && open == open_.end()) return {};
    if (options_.overdue && !open->second.is_overdue) return {};
    ASSIGN_OR_RETURN(const bool wanted, is_wanted(seen.host));
    if (!wanted) return {};
    ASSIGN_OR_RETURN(const std::string where, host(seen.host));
    ASSIGN_OR_RETURN(const std::string text,
                     session_.follower().shown_text(protocol::kPlaceField, seen.place));
    Json::Object json{{"digest", seen.digest},
                      {"host", where},
                      {"host_id", seen.host},
                      {"place", text},
                      {"kind", seen.kind},
                      {"format", seen.format},
                      {"bytes", seen.bytes},
                      {"first_seen", seen.first_seen.value},
                      {"last_seen", seen.last_seen.value}};
    if (seen.gone) json.emplace("gone", seen.gone->value);
    if (!last_ || *last_ != seen.digest) {
      Json::Object unused;
      ASSIGN_OR_RETURN(const std::string words, meaning(seen.digest, unused));
      say(common,
          fmt::format("{}  {}, {}, {}: {}", seen.digest.hex().substr(0, kDigestDigits), seen.kind,
                      seen.format, shown_bytes(static_cast<std::uint64_t>(seen.bytes)), words));
      said_ = std::move(unused);
      last_ = seen.digest;
    }
    for (const auto& [name, value] : said_) json.emplace(name, value);
    say(common,
        fmt::format("    {} on {}, {}", custodian::shown_name(text), custodian::shown_name(where),
                    seen.gone ? "gone " + shown_ago(*seen.gone, now_)
                              : "last seen " + shown_ago(seen.last_seen, now_)));
    places_.push_back(std::move(json));
    return {};
  }

  Session& session_;
  const SightingsOptions& options_;
  const UnixSeconds now_;
  std::map<Digest, registry::Unexplained> open_;
  std::map<HostId, std::string> hosts_;
  Json::Array places_;
  Json::Array sweeps_;
  std::optional<Digest> last_;
  Json::Object said_;  // of `last_`
};

Result<int> sightings(const Common& common, const SightingsOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  RETURN_IF_ERROR(Look(*session, options).all(common));
  return 0;
}

struct ExplainOptions {
  std::string digest;
  std::string asset;
  bool not_ours = false;
  bool withdraw = false;
  std::string reason;
};

Result<Digest> sighted_digest(const registry::Sightings& sightings, const std::string& typed) {
  constexpr std::size_t kDigitsMin = 8;
  ASSIGN_OR_RETURN(const std::vector<registry::Sighted> all, sightings.all());
  std::optional<Digest> found;
  for (const registry::Sighted& each : all) {
    if (typed.size() < kDigitsMin || !each.digest.hex().starts_with(typed)) continue;
    if (found && *found != each.digest)
      return fail(ErrorCode::kConflict, "several digests begin so: give more digits");
    found = each.digest;
  }
  if (!found)
    return fail(ErrorCode::kNotFound, "no sweep has seen " + printable(typed) +
                                          " (8 digits at least): strongroom sightings lists all");
  return *found;
}

Result<AssetId> asset_called(Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(const std::vector<registry::Asset> assets,
                   session.follower().world().rooms().registry.assets());
  std::optional<AssetId> found;
  for (const registry::Asset& asset : assets) {
    ASSIGN_OR_RETURN(const auto text, session.follower().text("name", asset.name));
    const bool is_it = (text && *text == name) || asset.asset.hex() == plain_id(name);
    if (is_it && found && *found != asset.asset)
      return fail(ErrorCode::kConflict, "several assets are called so: name one by its id");
    if (is_it) found = asset.asset;
  }
  if (!found)
    return fail(ErrorCode::kNotFound, "no asset is called " + printable(name) +
                                          ": it must be registered before copies can be its");
  return *found;
}

Result<int> explain(const Common& common, const ExplainOptions& options) {
  if (static_cast<int>(!options.asset.empty()) + static_cast<int>(options.not_ours) +
          static_cast<int>(options.withdraw) !=
      1)
    return fail(ErrorCode::kUsage, "say what it is: one of --asset NAME, --not-ours, --withdraw");
  if (options.reason.empty() && options.asset.empty())
    return fail(ErrorCode::kUsage, "say why, for whoever asks later: --reason TEXT");
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  const judge::World& world = session->follower().world();
  protocol::Explained explained;
  explained.strongroom = session->config().strongroom;
  ASSIGN_OR_RETURN(explained.digest,
                   sighted_digest(world.rooms().registry.sightings(), options.digest));
  explained.meaning = options.not_ours   ? Meaning::kNotOurs
                      : options.withdraw ? Meaning::kUnexplained
                                         : Meaning::kAsset;
  if (!options.asset.empty()) {
    ASSIGN_OR_RETURN(explained.asset, asset_called(*session, options.asset));
  }
  ASSIGN_OR_RETURN(const protocol::Opening opening,
                   protocol::open_text(options.reason.empty() ? "a copy of it" : options.reason));
  explained.reason = protocol::commitment_to("reason", opening);
  explained.person = session->person();
  explained.checkpoint = world.seen();
  protocol::Command command;
  command.type = protocol::EntryType::kExplained;
  command.statement = to_json(explained);
  command.texts = {{"reason", opening}};
  ASSIGN_OR_RETURN(
      const protocol::Signature signature,
      protocol::sign_statement(*command.statement, custodian::signer_of(session->key())));
  command.signatures = {signature};
  ASSIGN_OR_RETURN(const protocol::Receipt receipt, session->follower().submit(command));
  say(common,
      fmt::format("{} is {} now (log position {})", explained.digest.hex().substr(0, kDigestDigits),
                  options.not_ours   ? std::string("not ours")
                  : options.withdraw ? std::string("unexplained again")
                                     : "known as " + custodian::shown_name(options.asset),
                  receipt.index));
  tell(common, {{"digest", explained.digest},
                {"meaning", std::string(name_of(explained.meaning))},
                {"index", receipt.index}});
  return 0;
}

}  // namespace

Verb sightings_verb() {
  const auto options = std::make_shared<SightingsOptions>();
  return {.name = "sightings",
          .group = Group::kLooking,
          .summary = "Which weights the hosts' sweeps have seen, where, and what nobody explained",
          .more =
              "Agents sweep directories on a schedule (strongroom-agent --sweep DIR --every HOURS) "
              "and tell the log what weights lie there. A digest that belongs to no asset must be "
              "explained within 72 hours; one that is gone must be explained too. docs/sweeps.md "
              "says what a sweep cannot see.",
          .options = {{.spelled = "--unexplained",
                       .about = "Only what belongs to no asset and nobody explained",
                       .into = &options->unexplained},
                      {.spelled = "--overdue",
                       .about = "Only of that what is past its deadline",
                       .into = &options->overdue},
                      {.spelled = "--host",
                       .value = "HOST",
                       .about = "Only of this host: its name, or how its id begins",
                       .into = &options->host}},
          .examples = {{"strongroom sightings --unexplained", "what somebody must look at"},
                       {"strongroom sightings --json", "every copy, for another program"}},
          .run = [options](const Common& common) { return sightings(common, *options); }};
}

Verb explain_verb() {
  const auto options = std::make_shared<ExplainOptions>();
  return {.name = "explain",
          .group = Group::kModels,
          .summary = "Say what weights are that a sweep has seen: a copy of an asset, or not ours",
          .more =
              "For depositors and officers. It stands in the log with who said so, lowers no "
              "level, and can be withdrawn. Stating an asset's facts with the digest explains "
              "it too.",
          .options = {{.spelled = "digest",
                       .about = "As strongroom sightings shows it: 8 digits at least",
                       .into = &options->digest,
                       .required = true},
                      {.spelled = "--asset",
                       .value = "NAME",
                       .about = "It is a copy of this asset",
                       .into = &options->asset,
                       .completes = Completes::kName},
                      {.spelled = "--not-ours",
                       .about = "It is harmless, or somebody else's",
                       .into = &options->not_ours},
                      {.spelled = "--withdraw",
                       .about = "What was said of it does not hold; the clock starts anew",
                       .into = &options->withdraw},
                      {.spelled = "--reason",
                       .value = "TEXT",
                       .about = "Why; kept beside the log, erasable",
                       .into = &options->reason}},
          .examples = {{"strongroom explain 0123456789abcdef --asset my-model",
                        "a copy that may be where it is"},
                       {"strongroom explain 0123456789abcdef --not-ours --reason \"test fixture\"",
                        "nothing of the lab's"}},
          .run = [options](const Common& common) { return explain(common, *options); }};
}

}  // namespace strongroom::terminal
