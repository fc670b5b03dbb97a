#include "registry/events_sightings.h"

#include <algorithm>
#include <tuple>

namespace strongroom::registry {

std::optional<UnixSeconds> HostSweep::due_by() const {
  if (period_seconds == 0) return std::nullopt;
  return whole_at.value_or(at) + 2 * period_seconds;
}

Result<std::vector<Unexplained>> Sightings::unexplained(UnixSeconds now) const {
  ASSIGN_OR_RETURN(std::vector<Open> found, open());
  std::vector<Unexplained> all;
  for (Open& each : found) {
    CHECK(!each.places.empty());  // it was sighted
    std::sort(each.places.begin(), each.places.end(), [](const Sighted& a, const Sighted& b) {
      return std::tie(a.first_seen, a.place) < std::tie(b.first_seen, b.place);
    });
    const UnixSeconds since = each.withdrawn.value_or(each.places.front().first_seen);
    const UnixSeconds deadline = since + kExplainWithinSeconds;
    all.push_back({each.digest, deadline, deadline <= now, std::move(each.places)});
  }
  std::sort(all.begin(), all.end(), [](const Unexplained& a, const Unexplained& b) {
    return std::tie(a.deadline, a.digest) < std::tie(b.deadline, b.digest);
  });
  return all;
}

HostSweep after(const std::optional<HostSweep>& before, const protocol::Sweep& sweep,
                UnixSeconds now) {
  HostSweep after = before.value_or(HostSweep{});
  after.host = sweep.host;
  after.number = sweep.number;
  after.part = sweep.part;
  after.is_whole = sweep.is_last;
  after.at = now;
  if (sweep.is_last) after.whole_at = now;
  after.period_seconds = sweep.period_seconds;
  after.files = sweep.files;
  after.unreadable = sweep.unreadable;
  after.left_out = sweep.left_out;
  return after;
}

Sighted sighted(const protocol::Sighting& sighting, const HostId& host, UnixSeconds now) {
  return {.digest = sighting.digest,
          .host = host,
          .place = sighting.place,
          .kind = sighting.kind,
          .format = sighting.format,
          .bytes = sighting.bytes,
          .first_seen = now,
          .last_seen = now,
          .gone = std::nullopt};
}

Explanation explanation_of(const protocol::Explained& explained, UnixSeconds now) {
  return {.meaning = explained.meaning,
          .asset = explained.asset,
          .reason = explained.reason,
          .person = explained.person,
          .at = now};
}

void SightingsFold::end(const Digest& place, UnixSeconds last, UnixSeconds now) {
  Sighted& ending = places_.at(place);
  ending.last_seen = std::max(ending.first_seen, last);
  ending.gone = now;
}

void SightingsFold::apply(const protocol::Sweep& sweep, const Position& at) {
  const auto found = sweeps_.find(sweep.host);
  const std::optional<HostSweep> before =
      found == sweeps_.end() ? std::nullopt : std::optional(found->second);
  const UnixSeconds last = before && before->whole_at ? *before->whole_at : UnixSeconds{};
  std::set<Digest>& standing = standing_[sweep.host];
  if (sweep.is_afresh) {
    for (const Digest& each : standing) end(each, last, at.time);
    standing.clear();
  }
  for (const Digest& each : sweep.gone) {
    if (standing.erase(each) == 1) end(each, last, at.time);
  }
  for (const protocol::Sighting& each : sweep.seen) {
    places_.emplace(each.place, sighted(each, sweep.host, at.time));
    by_digest_[each.digest].insert(each.place);
    standing.insert(each.place);
  }
  sweeps_.insert_or_assign(sweep.host, after(before, sweep, at.time));
}

void SightingsFold::apply(const protocol::Explained& explained, const Position& at) {
  explained_.insert_or_assign(explained.digest, explanation_of(explained, at.time));
}

void SightingsFold::named(const Digest& digest, const AssetId& asset, const PersonId& person,
                          UnixSeconds now) {
  explained_.insert_or_assign(
      digest, Explanation{protocol::Meaning::kAsset, asset, std::nullopt, person, now});
}

// What stands was seen by every whole sweep since.
Sighted SightingsFold::shown(const Sighted& kept) const {
  Sighted shown = kept;
  const HostSweep& sweep = sweeps_.at(kept.host);
  if (!kept.gone && sweep.whole_at) shown.last_seen = std::max(kept.first_seen, *sweep.whole_at);
  return shown;
}

Result<std::optional<HostSweep>> SightingsFold::last_sweep(const HostId& host) const {
  const auto found = sweeps_.find(host);
  if (found == sweeps_.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<HostSweep>> SightingsFold::sweeps() const {
  std::vector<HostSweep> all;
  for (const auto& each : sweeps_) all.push_back(each.second);
  return all;
}

Result<std::vector<Sighted>> SightingsFold::all() const {
  std::vector<Sighted> all;
  for (const auto& each : places_) all.push_back(shown(each.second));
  return all;
}

Result<std::optional<Sighted>> SightingsFold::at_place(const Digest& place) const {
  const auto found = places_.find(place);
  if (found == places_.end()) return std::nullopt;
  return shown(found->second);
}

Result<bool> SightingsFold::was_sighted(const Digest& digest) const {
  return by_digest_.contains(digest);
}

Result<std::int64_t> SightingsFold::count_standing(const HostId& host) const {
  const auto found = standing_.find(host);
  return found == standing_.end() ? 0 : static_cast<std::int64_t>(found->second.size());
}

Result<std::optional<Explanation>> SightingsFold::explanation(const Digest& digest) const {
  const auto found = explained_.find(digest);
  if (found == explained_.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<Sightings::Open>> SightingsFold::open() const {
  std::vector<Open> all;
  for (const auto& [digest, places] : by_digest_) {
    const auto said = explained_.find(digest);
    const bool is_said = said != explained_.end();
    if (is_said && said->second.meaning != protocol::Meaning::kUnexplained) continue;
    Open each{digest, is_said ? std::optional(said->second.at) : std::nullopt, {}};
    for (const Digest& place : places) each.places.push_back(shown(places_.at(place)));
    all.push_back(std::move(each));
  }
  return all;
}

}  // namespace strongroom::registry
