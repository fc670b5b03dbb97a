#include "registry/view_sightings.h"

#include <algorithm>

namespace strongroom::registry {

namespace {

// With how far its host has come: what stands was seen by every whole sweep since.
constexpr const char* kSighted =
    "SELECT s.digest, s.host, s.place, s.kind, s.format, s.bytes, s.first_seen, s.last_seen, "
    "s.gone, h.whole_at FROM registry_sightings s JOIN registry_sweeps h ON h.host = s.host ";
constexpr const char* kSwept =
    "SELECT host, number, part, is_whole, at, whole_at, period, files, unreadable, left_out FROM "
    "registry_sweeps ";

std::string with(const char* columns, std::string_view rest) { return columns + std::string(rest); }

Result<std::optional<UnixSeconds>> time_or_none(const store::Rows& rows, int column) {
  ASSIGN_OR_RETURN(const bool none, rows.is_null(column));
  if (none) return std::nullopt;
  ASSIGN_OR_RETURN(const std::int64_t value, rows.integer(column));
  return std::optional(UnixSeconds{value});
}

Result<Sighted> sighted_in(const store::Rows& rows) {
  Sighted sighted;
  ASSIGN_OR_RETURN(sighted.digest, rows.id<Digest>(0));
  ASSIGN_OR_RETURN(sighted.host, rows.id<HostId>(1));
  ASSIGN_OR_RETURN(sighted.place, rows.id<Digest>(2));
  ASSIGN_OR_RETURN(sighted.kind, rows.text(3));
  ASSIGN_OR_RETURN(sighted.format, rows.text(4));
  ASSIGN_OR_RETURN(sighted.bytes, rows.integer(5));
  ASSIGN_OR_RETURN(sighted.first_seen.value, rows.integer(6));
  ASSIGN_OR_RETURN(sighted.last_seen.value, rows.integer(7));
  ASSIGN_OR_RETURN(sighted.gone, time_or_none(rows, 8));
  ASSIGN_OR_RETURN(const std::optional<UnixSeconds> whole_at, time_or_none(rows, 9));
  if (!sighted.gone && whole_at) sighted.last_seen = std::max(sighted.first_seen, *whole_at);
  return sighted;
}

Result<HostSweep> sweep_in(const store::Rows& rows) {
  HostSweep sweep;
  ASSIGN_OR_RETURN(sweep.host, rows.id<HostId>(0));
  ASSIGN_OR_RETURN(sweep.number, rows.integer(1));
  ASSIGN_OR_RETURN(sweep.part, rows.integer(2));
  ASSIGN_OR_RETURN(const std::int64_t is_whole, rows.integer(3));
  sweep.is_whole = is_whole != 0;
  ASSIGN_OR_RETURN(sweep.at.value, rows.integer(4));
  ASSIGN_OR_RETURN(sweep.whole_at, time_or_none(rows, 5));
  ASSIGN_OR_RETURN(sweep.period_seconds, rows.integer(6));
  ASSIGN_OR_RETURN(sweep.files, rows.integer(7));
  ASSIGN_OR_RETURN(sweep.unreadable, rows.integer(8));
  ASSIGN_OR_RETURN(sweep.left_out, rows.integer(9));
  return sweep;
}

Result<std::int64_t> only_number(store::Rows rows) {
  ASSIGN_OR_RETURN(const bool found, rows.next());
  CHECK(found);
  return rows.integer(0);
}

}  // namespace

Result<void> SightingsView::create_tables(store::Transaction& transaction) {
  for (const char* sql : {
           "CREATE TABLE IF NOT EXISTS registry_sweeps (host BLOB PRIMARY KEY, number INTEGER NOT "
           "NULL, part INTEGER NOT NULL, is_whole INTEGER NOT NULL, at INTEGER NOT NULL, whole_at "
           "INTEGER, period INTEGER NOT NULL, files INTEGER NOT NULL, unreadable INTEGER NOT NULL, "
           "left_out INTEGER NOT NULL) STRICT",
           "CREATE TABLE IF NOT EXISTS registry_sightings (place BLOB PRIMARY KEY, digest BLOB NOT "
           "NULL, host BLOB NOT NULL, kind TEXT NOT NULL, format TEXT NOT NULL, bytes INTEGER NOT "
           "NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, gone INTEGER) STRICT",
           "CREATE INDEX IF NOT EXISTS registry_sightings_digest ON registry_sightings (digest)",
           "CREATE INDEX IF NOT EXISTS registry_sightings_host ON registry_sightings (host, gone)",
           "CREATE TABLE IF NOT EXISTS registry_explained (digest BLOB PRIMARY KEY, meaning "
           "INTEGER NOT NULL, asset BLOB, reason BLOB, person BLOB NOT NULL, at INTEGER NOT NULL) "
           "STRICT",
       }) {
    RETURN_IF_ERROR(transaction.execute(sql));
  }
  return {};
}

Result<void> SightingsView::drop_tables(store::Transaction& transaction) {
  for (const char* table : {"registry_sweeps", "registry_sightings", "registry_explained"}) {
    RETURN_IF_ERROR(transaction.execute("DROP TABLE IF EXISTS " + std::string(table)));
  }
  return {};
}

Result<std::optional<HostSweep>> SightingsView::last_sweep(const HostId& host) const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query(with(kSwept, "WHERE host = ?"), {host}));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(HostSweep sweep, sweep_in(rows));
  return std::optional(sweep);
}

Result<std::vector<HostSweep>> SightingsView::sweeps() const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query(with(kSwept, "ORDER BY host")));
  std::vector<HostSweep> all;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return all;
    ASSIGN_OR_RETURN(const HostSweep sweep, sweep_in(rows));
    all.push_back(sweep);
  }
}

Result<std::vector<Sighted>> SightingsView::all() const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query(with(kSighted, "ORDER BY s.place")));
  std::vector<Sighted> all;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return all;
    ASSIGN_OR_RETURN(Sighted sighted, sighted_in(rows));
    all.push_back(std::move(sighted));
  }
}

Result<std::optional<Sighted>> SightingsView::at_place(const Digest& place) const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query(with(kSighted, "WHERE s.place = ?"), {place}));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(Sighted sighted, sighted_in(rows));
  return std::optional(std::move(sighted));
}

Result<bool> SightingsView::was_sighted(const Digest& digest) const {
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries_.query("SELECT 1 FROM registry_sightings WHERE digest = ? LIMIT 1", {digest}));
  return rows.next();
}

Result<std::int64_t> SightingsView::count_standing(const HostId& host) const {
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries_.query("SELECT count(*) FROM registry_sightings WHERE host = ? AND gone IS NULL",
                     {host}));
  return only_number(std::move(rows));
}

Result<std::optional<Explanation>> SightingsView::explanation(const Digest& digest) const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query("SELECT meaning, asset, reason, person, at FROM "
                                  "registry_explained WHERE digest = ?",
                                  {digest}));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::nullopt;
  Explanation explanation;
  ASSIGN_OR_RETURN(const std::int64_t meaning, rows.integer(0));
  explanation.meaning = static_cast<protocol::Meaning>(meaning);
  ASSIGN_OR_RETURN(const bool no_asset, rows.is_null(1));
  if (!no_asset) {
    ASSIGN_OR_RETURN(explanation.asset, rows.id<AssetId>(1));
  }
  ASSIGN_OR_RETURN(const bool no_reason, rows.is_null(2));
  if (!no_reason) {
    ASSIGN_OR_RETURN(explanation.reason, rows.id<Digest>(2));
  }
  ASSIGN_OR_RETURN(explanation.person, rows.id<PersonId>(3));
  ASSIGN_OR_RETURN(explanation.at.value, rows.integer(4));
  return std::optional(explanation);
}

Result<std::vector<Sightings::Open>> SightingsView::open() const {
  constexpr auto kUnexplained = static_cast<std::int64_t>(protocol::Meaning::kUnexplained);
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries_.query("SELECT s.digest, s.host, s.place, s.kind, s.format, s.bytes, s.first_seen, "
                     "s.last_seen, s.gone, h.whole_at, e.at FROM registry_sightings s JOIN "
                     "registry_sweeps h ON h.host = s.host LEFT JOIN registry_explained e ON "
                     "e.digest = s.digest WHERE e.digest IS NULL OR e.meaning = ? ORDER BY "
                     "s.digest, s.place",
                     {kUnexplained}));
  std::vector<Open> all;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return all;
    ASSIGN_OR_RETURN(Sighted sighted, sighted_in(rows));
    if (all.empty() || all.back().digest != sighted.digest) {
      ASSIGN_OR_RETURN(const std::optional<UnixSeconds> withdrawn, time_or_none(rows, 10));
      all.push_back({sighted.digest, withdrawn, {}});
    }
    all.back().places.push_back(std::move(sighted));
  }
}

namespace {

constexpr const char* kEnd =
    "UPDATE registry_sightings SET last_seen = CASE WHEN first_seen > ? THEN first_seen ELSE ? "
    "END, gone = ? WHERE host = ? AND gone IS NULL";

Result<void> write_sweep(store::Transaction& transaction, const HostSweep& sweep) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM registry_sweeps WHERE host = ?", {sweep.host}));
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO registry_sweeps (host, number, part, is_whole, at, whole_at, period, files, "
      "unreadable, left_out) VALUES (?, ?, ?, ?, ?, NULL, ?, ?, ?, ?)",
      {sweep.host, sweep.number, sweep.part, sweep.is_whole, sweep.at.value, sweep.period_seconds,
       sweep.files, sweep.unreadable, sweep.left_out}));
  if (!sweep.whole_at) return {};
  RETURN_IF_ERROR(transaction.execute("UPDATE registry_sweeps SET whole_at = ? WHERE host = ?",
                                      {sweep.whole_at->value, sweep.host}));
  return {};
}

}  // namespace

Result<void> SightingsView::apply(store::Transaction& transaction, const protocol::Sweep& sweep,
                                  const Position& at) const {
  ASSIGN_OR_RETURN(const std::optional<HostSweep> before, last_sweep(sweep.host));
  const std::int64_t last = before && before->whole_at ? before->whole_at->value : 0;
  const std::int64_t now = at.time.value;
  if (sweep.is_afresh) RETURN_IF_ERROR(transaction.execute(kEnd, {last, last, now, sweep.host}));
  for (const Digest& place : sweep.gone) {
    RETURN_IF_ERROR(
        transaction.execute(with(kEnd, " AND place = ?"), {last, last, now, sweep.host, place}));
  }
  for (const protocol::Sighting& each : sweep.seen) {
    RETURN_IF_ERROR(transaction.execute(
        "INSERT INTO registry_sightings (place, digest, host, kind, format, bytes, first_seen, "
        "last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        {each.place, each.digest, sweep.host, each.kind, each.format, each.bytes, now, now}));
  }
  return write_sweep(transaction, after(before, sweep, at.time));
}

Result<void> SightingsView::explain(store::Transaction& transaction, const Digest& digest,
                                    const Explanation& explanation) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM registry_explained WHERE digest = ?", {digest}));
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO registry_explained (digest, meaning, person, at) VALUES (?, ?, ?, ?)",
      {digest, static_cast<std::int64_t>(explanation.meaning), explanation.person,
       explanation.at.value}));
  if (explanation.asset) {
    RETURN_IF_ERROR(transaction.execute("UPDATE registry_explained SET asset = ? WHERE digest = ?",
                                        {*explanation.asset, digest}));
  }
  if (explanation.reason) {
    RETURN_IF_ERROR(transaction.execute("UPDATE registry_explained SET reason = ? WHERE digest = ?",
                                        {*explanation.reason, digest}));
  }
  return {};
}

}  // namespace strongroom::registry
