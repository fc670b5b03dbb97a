#include "agent/sweep.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/limits.h"
#include "registry/events_sightings.h"

namespace strongroom::agent {

using format::Fields;
using format::Json;

namespace {

constexpr const char* kKept = "sweeps.json";
constexpr std::uint32_t kFileMode = 0600;
constexpr std::size_t kKeptBytesMax = 256u << 20;
constexpr auto kPlacesMax = static_cast<std::size_t>(registry::kPlacesPerHostMax);

Json to_json(const FoundWeights& found) {
  return Json::Object{{"digest", found.digest},
                      {"kind", found.kind},
                      {"format", found.format},
                      {"bytes", found.bytes},
                      {"place", found.place}};
}

Result<FoundWeights> found_from(Fields& fields) {
  FoundWeights found;
  ASSIGN_OR_RETURN(found.digest, fields.id<Digest>("digest"));
  ASSIGN_OR_RETURN(found.kind, fields.text("kind", 16));
  ASSIGN_OR_RETURN(found.format, fields.text("format", 32));
  ASSIGN_OR_RETURN(found.bytes, fields.integer("bytes", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(found.place, fields.text("place", protocol::kPlaceBytesMax));
  return found;
}

// By what two findings are the same: a place whose bytes are others is another.
using What = std::pair<std::string, Digest>;
What what_of(const FoundWeights& found) { return {found.place, found.digest}; }

Result<SweepsKept> sweeps_from(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, kKeptBytesMax));
  Fields fields(json, kKept);
  SweepsKept kept;
  ASSIGN_OR_RETURN(kept.swept_at.value, fields.integer("swept_at", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(const Json::Array* told, fields.array("told", 2 * kPlacesMax));
  for (const Json& each : *told) {
    Fields place(each, "a place");
    ToldPlace one;
    ASSIGN_OR_RETURN(one.found, found_from(place));
    ASSIGN_OR_RETURN(one.opening.salt, place.id<decltype(one.opening.salt)>("salt"));
    RETURN_IF_ERROR(place.done());
    one.opening.text = one.found.place;
    kept.told.push_back(std::move(one));
  }
  RETURN_IF_ERROR(fields.done());
  return kept;
}

// What of `kept` the log says stands; and whether more stands there that nobody here can name.
struct Standing {
  std::map<What, ToldPlace> told;
  bool has_unknown = false;
};
Result<Standing> standing_of(const HostId& host, const judge::World& world,
                             const SweepsKept& kept) {
  std::set<Digest> logged;
  ASSIGN_OR_RETURN(const std::vector<registry::Sighted> all,
                   world.rooms().registry.sightings().all());
  for (const registry::Sighted& each : all) {
    if (each.host == host && !each.gone) logged.insert(each.place);
  }
  Standing standing;
  for (const ToldPlace& each : kept.told) {
    if (logged.erase(each.commitment()) == 1) standing.told.emplace(what_of(each.found), each);
  }
  standing.has_unknown = !logged.empty();
  return standing;
}

// The parts of one sweep, as full as they may be.
class Parts {
 public:
  Parts(protocol::Sweep first, SweepNews& news) : next_(std::move(first)), news_(news) {}
  void saw(const ToldPlace& told) {
    if (next_.seen.size() == protocol::kSightingsMax) end(false);
    const FoundWeights& found = told.found;
    const Digest place = told.commitment();
    next_.seen.push_back({found.digest, found.kind, found.format, found.bytes, place});
    texts_.push_back({std::string(protocol::kPlaceField), told.opening});
  }
  void lost(const Digest& place) {
    if (next_.gone.size() == protocol::kGoneMax) end(false);
    next_.gone.push_back(place);
  }
  void end(bool is_last) {
    next_.is_last = is_last;
    std::sort(next_.seen.begin(), next_.seen.end(),
              [](const auto& a, const auto& b) { return a.place < b.place; });
    std::sort(next_.gone.begin(), next_.gone.end());
    news_.parts.push_back(next_);
    news_.texts.push_back(std::move(texts_));
    texts_.clear();
    next_.seen.clear();
    next_.gone.clear();
    next_.is_afresh = false;
    ++next_.part;
  }

 private:
  protocol::Sweep next_;
  std::vector<protocol::Text> texts_;
  SweepNews& news_;
};

}  // namespace

Result<SweepScan> sweep_scan_from(std::string_view json_text) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(json_text, kKeptBytesMax));
  constexpr std::int64_t kMax = limits::kJsonIntegerMax;
  Fields fields(json, "the scan's answer");
  SweepScan scan;
  ASSIGN_OR_RETURN(scan.files, fields.integer("files", 0, kMax));
  ASSIGN_OR_RETURN(scan.unreadable, fields.integer("unreadable", 0, kMax));
  ASSIGN_OR_RETURN(scan.left_out, fields.integer("left_out", 0, kMax));
  ASSIGN_OR_RETURN(const Json::Array* models, fields.array("models", kPlacesMax));
  RETURN_IF_ERROR(fields.done());
  for (const Json& each : *models) {
    Fields model(each, "weights");
    ASSIGN_OR_RETURN(FoundWeights found, found_from(model));
    RETURN_IF_ERROR(model.done());
    scan.found.push_back(std::move(found));
  }
  return scan;
}

Result<SweepsKept> read_sweeps(const io::Directory& home) {
  const Result<Bytes> bytes = home.read_file(kKept, kKeptBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::kDisk) return tl::unexpected<Error>(bytes.error());
  if (!bytes) return SweepsKept{};
  Result<SweepsKept> kept = sweeps_from(as_text(*bytes));
  return kept ? std::move(*kept) : SweepsKept{};
}

Result<void> write_sweeps(const io::Directory& home, const SweepsKept& kept) {
  Json::Array told;
  for (const ToldPlace& each : kept.told) {
    Json json = to_json(each.found);
    Json::Object place = *json.object();
    place.emplace("salt", each.opening.salt);
    told.push_back(std::move(place));
  }
  const Json json = Json::Object{{"swept_at", kept.swept_at.value}, {"told", std::move(told)}};
  return home.write_file_atomically(kKept, as_bytes(format::encode(json)), kFileMode);
}

Result<SweepNews> sweep_news(const HostId& host, const judge::World& world, const SweepsKept& kept,
                             const SweepScan& scan, std::int64_t period_seconds) {
  ASSIGN_OR_RETURN(const auto last, world.rooms().registry.sightings().last_sweep(host));
  ASSIGN_OR_RETURN(Standing standing, standing_of(host, world, kept));
  SweepNews news;
  protocol::Sweep first{.strongroom = world.genesis().id(),
                        .host = host,
                        .number = (last ? last->number : 0) + 1,
                        .part = 1,
                        .is_last = true,
                        .is_afresh = standing.has_unknown,
                        .begun = scan.begun,
                        .ended = std::max(scan.begun, scan.ended),
                        .period_seconds = period_seconds,
                        .files = scan.files,
                        .unreadable = scan.unreadable,
                        .left_out = scan.left_out,
                        .seen = {},
                        .gone = {},
                        .checkpoint = world.seen()};
  if (standing.has_unknown) standing.told.clear();
  Parts parts(std::move(first), news);
  std::set<What> found;
  for (const FoundWeights& each : scan.found) {
    if (!found.insert(what_of(each)).second) continue;
    const auto known = standing.told.find(what_of(each));
    if (known != standing.told.end()) {
      news.after.told.push_back(known->second);
      continue;
    }
    ASSIGN_OR_RETURN(protocol::Opening opening, protocol::open_text(each.place));
    news.after.told.push_back({each, std::move(opening)});
    news.before.told.push_back(news.after.told.back());
  }
  // First what is gone: so many may be new in its place.
  for (const auto& [what, told] : standing.told) {
    if (!found.contains(what)) parts.lost(told.commitment());
  }
  for (const ToldPlace& each : news.before.told) parts.saw(each);
  parts.end(true);
  for (const auto& each : standing.told) news.before.told.push_back(each.second);
  news.before.swept_at = kept.swept_at;
  news.after.swept_at = scan.ended;
  return news;
}

Result<protocol::Command> sweep_command(const OwnHost& host, const protocol::Sweep& part,
                                        std::vector<protocol::Text> texts) {
  ASSIGN_OR_RETURN(protocol::Command command,
                   host_command(host, protocol::EntryType::kSwept, to_json(part)));
  command.texts = std::move(texts);
  return command;
}

}  // namespace strongroom::agent
