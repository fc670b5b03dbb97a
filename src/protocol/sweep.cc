#include "protocol/sweep.h"

#include <algorithm>
#include <array>

#include "base/limits.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {

constexpr std::size_t kFormatBytesMax = 32;
constexpr std::array<std::string_view, 3> kKinds{"model", "adapter", "shadow"};
constexpr std::array<std::string_view, 3> kMeanings{"asset", "not-ours", "unexplained"};

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

Json to_json(const Sighting& sighting) {
  return Json::Object{{"digest", sighting.digest},
                      {"kind", sighting.kind},
                      {"format", sighting.format},
                      {"bytes", sighting.bytes},
                      {"place", sighting.place}};
}

Result<Sighting> sighting_from(const Json& json) {
  Fields fields(json, "sighting");
  Sighting sighting;
  ASSIGN_OR_RETURN(sighting.digest, fields.id<Digest>("digest"));
  ASSIGN_OR_RETURN(sighting.kind, fields.text("kind"));
  if (std::find(kKinds.begin(), kKinds.end(), sighting.kind) == kKinds.end())
    return fail(ErrorCode::kMalformed, "sighting: of no known kind");
  ASSIGN_OR_RETURN(sighting.format, fields.text("format", kFormatBytesMax));
  if (!is_word(sighting.format))
    return fail(ErrorCode::kMalformed, "sighting: its format is no word");
  ASSIGN_OR_RETURN(sighting.bytes, fields.integer("bytes", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(sighting.place, fields.id<Digest>("place"));
  RETURN_IF_ERROR(fields.done());
  return sighting;
}

Result<void> take_news(Fields& fields, Sweep& sweep) {
  ASSIGN_OR_RETURN(const Json::Array* seen, fields.array("seen", kSightingsMax));
  for (const Json& each : *seen) {
    ASSIGN_OR_RETURN(Sighting sighting, sighting_from(each));
    if (!sweep.seen.empty() && !(sweep.seen.back().place < sighting.place))
      return fail(ErrorCode::kMalformed, "sweep: sightings out of order");
    sweep.seen.push_back(std::move(sighting));
  }
  ASSIGN_OR_RETURN(const Json::Array* gone, fields.array("gone", kGoneMax));
  for (const Json& each : *gone) {
    const auto place = each.text() == nullptr ? std::nullopt : Digest::from_hex_text(*each.text());
    if (!place) return fail(ErrorCode::kMalformed, "sweep: what is gone is no place");
    if (!sweep.gone.empty() && !(sweep.gone.back() < *place))
      return fail(ErrorCode::kMalformed, "sweep: what is gone is out of order");
    sweep.gone.push_back(*place);
  }
  return {};
}

}  // namespace

Json to_json(const Sweep& sweep) {
  Json::Array seen;
  for (const Sighting& each : sweep.seen) seen.push_back(to_json(each));
  Json::Array gone;
  for (const Digest& each : sweep.gone) gone.push_back(each);
  return Json::Object{{"type", "sweep"},
                      {"strongroom", sweep.strongroom},
                      {"host", sweep.host},
                      {"number", sweep.number},
                      {"part", sweep.part},
                      {"last", sweep.is_last},
                      {"afresh", sweep.is_afresh},
                      {"begun", sweep.begun.value},
                      {"ended", sweep.ended.value},
                      {"period", sweep.period_seconds},
                      {"files", sweep.files},
                      {"unreadable", sweep.unreadable},
                      {"left_out", sweep.left_out},
                      {"seen", std::move(seen)},
                      {"gone", std::move(gone)},
                      {"checkpoint", to_json(sweep.checkpoint)}};
}

Result<Sweep> sweep_from(const Json& json) {
  constexpr std::int64_t kMax = limits::kJsonIntegerMax;
  Fields fields(json, "sweep");
  Sweep sweep;
  RETURN_IF_ERROR(fields.require("type", "sweep"));
  ASSIGN_OR_RETURN(sweep.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(sweep.host, fields.id<HostId>("host"));
  ASSIGN_OR_RETURN(sweep.number, fields.integer("number", 1, kMax));
  ASSIGN_OR_RETURN(sweep.part, fields.integer("part", 1, kMax));
  ASSIGN_OR_RETURN(sweep.is_last, fields.boolean("last"));
  ASSIGN_OR_RETURN(sweep.is_afresh, fields.boolean("afresh"));
  if (sweep.is_afresh && sweep.part != 1)
    return fail(ErrorCode::kMalformed, "sweep: begun afresh in the middle");
  ASSIGN_OR_RETURN(sweep.begun.value, fields.integer("begun", 0, kMax));
  ASSIGN_OR_RETURN(sweep.ended.value, fields.integer("ended", sweep.begun.value, kMax));
  ASSIGN_OR_RETURN(sweep.period_seconds, fields.integer("period", 0, kSweepPeriodMax));
  ASSIGN_OR_RETURN(sweep.files, fields.integer("files", 0, kMax));
  ASSIGN_OR_RETURN(sweep.unreadable, fields.integer("unreadable", 0, kMax));
  ASSIGN_OR_RETURN(sweep.left_out, fields.integer("left_out", 0, kMax));
  RETURN_IF_ERROR(take_news(fields, sweep));
  ASSIGN_OR_RETURN(const Json* checkpoint, fields.any("checkpoint"));
  ASSIGN_OR_RETURN(sweep.checkpoint, checkpoint_seen_from(*checkpoint));
  RETURN_IF_ERROR(fields.done());
  return sweep;
}

std::string_view name_of(Meaning meaning) { return kMeanings[static_cast<std::size_t>(meaning)]; }

Json to_json(const Explained& explained) {
  Json::Object out{{"type", "explained"},
                   {"strongroom", explained.strongroom},
                   {"digest", explained.digest},
                   {"meaning", std::string(name_of(explained.meaning))},
                   {"reason", explained.reason},
                   {"person", explained.person},
                   {"checkpoint", to_json(explained.checkpoint)}};
  if (explained.asset) out.emplace("asset", *explained.asset);
  return out;
}

Result<Explained> explained_from(const Json& json) {
  Fields fields(json, "explanation");
  Explained explained;
  RETURN_IF_ERROR(fields.require("type", "explained"));
  ASSIGN_OR_RETURN(explained.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(explained.digest, fields.id<Digest>("digest"));
  ASSIGN_OR_RETURN(const std::string meaning, fields.text("meaning"));
  const auto* const found = std::find(kMeanings.begin(), kMeanings.end(), meaning);
  if (found == kMeanings.end())
    return fail(ErrorCode::kMalformed, "explanation: of no known meaning");
  explained.meaning = static_cast<Meaning>(found - kMeanings.begin());
  if (fields.has("asset")) {
    ASSIGN_OR_RETURN(explained.asset, fields.id<AssetId>("asset"));
  }
  if (explained.asset.has_value() != (explained.meaning == Meaning::kAsset))
    return fail(ErrorCode::kMalformed, "explanation: an asset is named exactly when it is one");
  ASSIGN_OR_RETURN(explained.reason, fields.id<Digest>("reason"));
  ASSIGN_OR_RETURN(explained.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(const Json* checkpoint, fields.any("checkpoint"));
  ASSIGN_OR_RETURN(explained.checkpoint, checkpoint_seen_from(*checkpoint));
  RETURN_IF_ERROR(fields.done());
  return explained;
}

}  // namespace strongroom::protocol
