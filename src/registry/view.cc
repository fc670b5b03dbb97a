#include "registry/view.h"

#include "base/limits.h"

namespace strongroom::registry {

using format::Json;

namespace {

constexpr const char* kColumns =
    "SELECT registration, registered_at, stated, stated_index, stated_at, triage, set_level, "
    "set_until FROM registry_assets ";

std::string with(std::string_view rest) { return kColumns + std::string(rest); }

template <class T>
Result<T> document(const store::Rows& rows, int column, Result<T> (*decode)(const Json&)) {
  ASSIGN_OR_RETURN(const std::string text, rows.text(column));
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(text, limits::kEntryBytesMax));
  return decode(json);
}

Json roots_to(const Ground& ground) {
  Json::Array list;
  for (const auto& [root, size] : ground.public_roots)
    list.push_back(Json::Object{{"root", root}, {"size", size}});
  return list;
}

Result<void> take_roots(const Json& json, Ground& ground) {
  CHECK(json.array() != nullptr);  // as written
  for (const Json& each : *json.array()) {
    format::Fields fields(each, "public root");
    ASSIGN_OR_RETURN(const Digest root, fields.id<Digest>("root"));
    ASSIGN_OR_RETURN(const std::int64_t size, fields.integer("size", 1, limits::kJsonIntegerMax));
    ground.public_roots.emplace(root, size);
  }
  return {};
}

template <class Id>
Result<std::vector<Id>> ids_in(store::Rows rows) {
  std::vector<Id> ids;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return ids;
    ASSIGN_OR_RETURN(const Id id, rows.template id<Id>(0));
    ids.push_back(id);
  }
}

}  // namespace

Result<Asset> View::asset_in(const store::Rows& rows) const {
  ASSIGN_OR_RETURN(protocol::Registration registration,
                   document(rows, 0, protocol::registration_from));
  Asset asset{.asset = registration.asset,
              .name = registration.name,
              .kind = std::move(registration.kind),
              .formats = std::move(registration.formats),
              .registered_by = registration.person,
              .registered_at = {},
              .stated = std::nullopt,
              .findings = {},
              .triage = std::nullopt,
              .set = std::nullopt};
  ASSIGN_OR_RETURN(asset.registered_at.value, rows.integer(1));
  ASSIGN_OR_RETURN(const bool unstated, rows.is_null(2));
  if (!unstated) {
    Stated stated;
    ASSIGN_OR_RETURN(stated.facts, document(rows, 2, protocol::facts_stated_from));
    ASSIGN_OR_RETURN(stated.index, rows.integer(3));
    ASSIGN_OR_RETURN(stated.at.value, rows.integer(4));
    asset.stated = std::move(stated);
  }
  ASSIGN_OR_RETURN(const bool untriaged, rows.is_null(5));
  if (!untriaged) {
    ASSIGN_OR_RETURN(asset.triage, document(rows, 5, decided_from));
  }
  ASSIGN_OR_RETURN(const bool unset, rows.is_null(6));
  if (!unset) {
    LevelSet set;
    ASSIGN_OR_RETURN(const std::int64_t level, rows.integer(6));
    set.level = static_cast<protocol::Level>(level);
    ASSIGN_OR_RETURN(set.until.value, rows.integer(7));
    asset.set = set;
  }
  ASSIGN_OR_RETURN(asset.findings, findings_of(asset.asset));
  return asset;
}

Result<std::vector<StandingFinding>> View::findings_of(const AssetId& id) const {
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries_.query("SELECT position, finding, at FROM registry_findings WHERE asset = ? ORDER BY "
                     "position",
                     {id}));
  std::vector<StandingFinding> findings;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return findings;
    StandingFinding each;
    ASSIGN_OR_RETURN(each.index, rows.integer(0));
    ASSIGN_OR_RETURN(each.finding, document(rows, 1, protocol::finding_from));
    ASSIGN_OR_RETURN(each.at.value, rows.integer(2));
    findings.push_back(std::move(each));
  }
}

Result<void> View::create_tables(store::Transaction& transaction) {
  for (const char* sql : {
           "CREATE TABLE IF NOT EXISTS registry_assets (asset BLOB PRIMARY KEY, registration TEXT "
           "NOT NULL, registered_at INTEGER NOT NULL, stated TEXT, stated_index INTEGER, stated_at "
           "INTEGER, digest BLOB UNIQUE, triage TEXT, triage_level INTEGER, triage_expires "
           "INTEGER, set_level INTEGER, "
           "set_until INTEGER) STRICT",
           "CREATE INDEX IF NOT EXISTS registry_assets_level ON registry_assets (triage_level, "
           "asset)",
           "CREATE INDEX IF NOT EXISTS registry_assets_unset ON registry_assets (asset) WHERE "
           "set_level IS NULL",
           "CREATE INDEX IF NOT EXISTS registry_assets_expiry ON registry_assets (triage_expires, "
           "asset)",
           "CREATE TABLE IF NOT EXISTS registry_rests (on_asset BLOB NOT NULL, asset BLOB NOT "
           "NULL, PRIMARY KEY (on_asset, asset)) STRICT, WITHOUT ROWID",
           "CREATE INDEX IF NOT EXISTS registry_rests_asset ON registry_rests (asset)",
           "CREATE TABLE IF NOT EXISTS registry_findings (position INTEGER PRIMARY KEY, asset BLOB "
           "NOT NULL, finding TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
           "CREATE INDEX IF NOT EXISTS registry_findings_asset ON registry_findings (asset)",
           "CREATE TABLE IF NOT EXISTS registry_due (asset BLOB PRIMARY KEY, decided TEXT NOT "
           "NULL) STRICT, WITHOUT ROWID",
           "CREATE TABLE IF NOT EXISTS registry_sl5 (asset BLOB PRIMARY KEY) STRICT, WITHOUT ROWID",
           "CREATE TABLE IF NOT EXISTS registry_ground (only INTEGER PRIMARY KEY CHECK (only = 1), "
           "rules TEXT NOT NULL, reference TEXT, reference_day INTEGER, roots TEXT NOT NULL) "
           "STRICT",
       }) {
    RETURN_IF_ERROR(transaction.execute(sql));
  }
  return SightingsView::create_tables(transaction);
}

Result<void> View::drop_tables(store::Transaction& transaction) {
  for (const char* table : {"registry_assets", "registry_rests", "registry_findings",
                            "registry_due", "registry_sl5", "registry_ground"}) {
    RETURN_IF_ERROR(transaction.execute("DROP TABLE IF EXISTS " + std::string(table)));
  }
  return SightingsView::drop_tables(transaction);
}

Result<std::optional<Asset>> View::asset(const AssetId& id) const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query(with("WHERE asset = ?"), {id}));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(Asset asset, asset_in(rows));
  return std::optional<Asset>(std::move(asset));
}

Result<std::vector<Asset>> View::assets() const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query(with("ORDER BY asset")));
  std::vector<Asset> all;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return all;
    ASSIGN_OR_RETURN(Asset asset, asset_in(rows));
    all.push_back(std::move(asset));
  }
}

Result<store::Rows> View::rows_of(const Query& query) const {
  CHECK(query.limit >= 1 && query.limit <= kPageMax);
  const AssetId after = query.after.value_or(AssetId{});
  const std::size_t limit = query.limit;
  switch (query.which) {
    case Query::Which::kAll:
      break;
    case Query::Which::kAsked:
      return queries_.query(with("WHERE triage_level = ? AND asset > ? ORDER BY asset LIMIT ?"),
                            {static_cast<int>(query.asked), after, limit});
    case Query::Which::kUnset:
      return queries_.query(with("WHERE set_level IS NULL AND asset > ? ORDER BY asset LIMIT ?"),
                            {after, limit});
    case Query::Which::kWithFindings:
      return queries_.query(with("WHERE asset IN (SELECT DISTINCT asset FROM registry_findings "
                                 "WHERE asset > ? ORDER BY asset LIMIT ?) ORDER BY asset"),
                            {after, limit});
    case Query::Which::kExpiring:
      return queries_.query(with("WHERE triage_expires < ? ORDER BY triage_expires, asset LIMIT ?"),
                            {query.before.value, limit});
  }
  return queries_.query(with("WHERE asset > ? ORDER BY asset LIMIT ?"), {after, limit});
}

Result<std::vector<Asset>> View::page(const Query& query) const {
  ASSIGN_OR_RETURN(store::Rows rows, rows_of(query));
  std::vector<Asset> found;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return found;
    ASSIGN_OR_RETURN(Asset asset, asset_in(rows));
    found.push_back(std::move(asset));
  }
}

Result<std::optional<AssetId>> View::asset_of(const Digest& digest) const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query("SELECT asset FROM registry_assets WHERE digest = ?", {digest}));
  ASSIGN_OR_RETURN(const std::vector<AssetId> ids, ids_in<AssetId>(std::move(rows)));
  return ids.empty() ? std::optional<AssetId>() : ids.front();
}

Result<std::vector<Decided>> View::due() const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query("SELECT decided FROM registry_due ORDER BY asset LIMIT ?",
                                  {static_cast<std::int64_t>(kDecisionsMax)}));
  std::vector<Decided> first;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return first;
    ASSIGN_OR_RETURN(Decided decided, document(rows, 0, decided_from));
    first.push_back(std::move(decided));
  }
}

Result<std::optional<AssetId>> View::finding_at(std::int64_t index) const {
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries_.query("SELECT asset FROM registry_findings WHERE position = ?", {index}));
  ASSIGN_OR_RETURN(const std::vector<AssetId> ids, ids_in<AssetId>(std::move(rows)));
  return ids.empty() ? std::optional<AssetId>() : ids.front();
}

Result<Known> View::known_in(const Asset& asset, const Ground& ground) const {
  ASSIGN_OR_RETURN(Known known, known_of(asset));
  known.listed = known.listed && ground.public_roots.contains(asset.stated->facts.listing->root);
  return known;
}

Result<std::optional<Known>> View::known(const AssetId& id) const {
  ASSIGN_OR_RETURN(const std::optional<Asset> found, asset(id));
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(const Ground ground, this->ground());
  ASSIGN_OR_RETURN(Known known, known_in(*found, ground));
  return std::optional<Known>(std::move(known));
}

Result<std::optional<Decided>> View::decided(const AssetId& id) const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query("SELECT triage FROM registry_assets WHERE asset = ?", {id}));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(const bool untriaged, rows.is_null(0));
  if (untriaged) return std::nullopt;
  ASSIGN_OR_RETURN(Decided decided, document(rows, 0, decided_from));
  return std::optional<Decided>(std::move(decided));
}

Result<std::vector<AssetId>> View::resting_on(const AssetId& id) const {
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries_.query("SELECT asset FROM registry_rests WHERE on_asset = ? ORDER BY asset", {id}));
  return ids_in<AssetId>(std::move(rows));
}

Result<bool> View::needs_sl5_by_itself(const AssetId& id) const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query("SELECT 1 FROM registry_sl5 WHERE asset = ?", {id}));
  return rows.next();
}

Result<std::int64_t> View::count_sl5_by_themselves() const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query("SELECT count(*) FROM registry_sl5"));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  CHECK(found);
  return rows.integer(0);
}

Result<void> View::each(const std::function<Result<void>(Known)>& take) const {
  ASSIGN_OR_RETURN(const Ground ground, this->ground());
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query(with("ORDER BY asset")));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return {};
    ASSIGN_OR_RETURN(const Asset asset, asset_in(rows));
    ASSIGN_OR_RETURN(Known known, known_in(asset, ground));
    RETURN_IF_ERROR(take(std::move(known)));
  }
}

Result<Ground> View::ground() const {
  Ground ground;
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries_.query("SELECT rules, reference, reference_day, roots FROM registry_ground"));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return ground;
  ASSIGN_OR_RETURN(std::string rules, rows.text(0));
  if (rules != rules_text_) {
    ASSIGN_OR_RETURN(rules_, triage::rule_set_from(rules));
    rules_text_ = std::move(rules);
  }
  ground.rules = rules_;
  ASSIGN_OR_RETURN(const bool without, rows.is_null(1));
  if (!without) {
    triage::Reference reference;
    ASSIGN_OR_RETURN(reference.name, rows.text(1));
    ASSIGN_OR_RETURN(reference.as_of.days, rows.integer(2));
    ground.reference = std::move(reference);
  }
  ASSIGN_OR_RETURN(const std::string roots, rows.text(3));
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(roots, limits::kEntryBytesMax));
  RETURN_IF_ERROR(take_roots(json, ground));
  return ground;
}

Result<void> WritableView::decide(const Touched& touched, UnixSeconds now) {
  ASSIGN_OR_RETURN(const Anew anew, decide_anew(*this, touched, now));
  for (const auto& [asset, by_itself] : anew.sl5_by_itself) {
    RETURN_IF_ERROR(transaction_.execute(by_itself ? "INSERT INTO registry_sl5 (asset) VALUES (?)"
                                                   : "DELETE FROM registry_sl5 WHERE asset = ?",
                                         {asset}));
  }
  for (const Decided& each : anew.decisions) {
    RETURN_IF_ERROR(transaction_.execute("INSERT INTO registry_due (asset, decided) VALUES (?, ?)",
                                         {each.asset, format::encode(to_json(each))}));
  }
  return {};
}

Result<void> WritableView::write_ground(const Ground& ground) {
  RETURN_IF_ERROR(transaction_.execute("DELETE FROM registry_ground"));
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO registry_ground (only, rules, roots) VALUES (1, ?, ?)",
      {format::encode(to_json(ground.rules)), format::encode(roots_to(ground))}));
  if (ground.reference) {
    RETURN_IF_ERROR(
        transaction_.execute("UPDATE registry_ground SET reference = ?, reference_day = ?",
                             {ground.reference->name, ground.reference->as_of.days}));
  }
  return {};
}

// Keeps the indexes of what rests on what, and of digests.
Result<void> WritableView::write_facts(const AssetId& id) {
  ASSIGN_OR_RETURN(const std::optional<Known> known, this->known(id));
  CHECK(known.has_value());
  RETURN_IF_ERROR(transaction_.execute("DELETE FROM registry_rests WHERE asset = ?", {id}));
  for (const AssetId& on : rests_on(known->facts)) {
    RETURN_IF_ERROR(transaction_.execute(
        "INSERT INTO registry_rests (on_asset, asset) VALUES (?, ?)", {on, id}));
  }
  RETURN_IF_ERROR(
      transaction_.execute("UPDATE registry_assets SET digest = NULL WHERE asset = ?", {id}));
  if (!known->facts.digest) return {};
  RETURN_IF_ERROR(transaction_.execute("UPDATE registry_assets SET digest = ? WHERE asset = ?",
                                       {*known->facts.digest, id}));
  return {};
}

Result<void> WritableView::apply(const protocol::Genesis& genesis) {
  Ground ground;
  ASSIGN_OR_RETURN(ground.rules, triage::rule_set_from(format::encode(genesis.triage)));
  return write_ground(ground);
}

Result<void> WritableView::apply(const protocol::Registration& registration, const Position& at) {
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO registry_assets (asset, registration, registered_at) VALUES (?, ?, ?)",
      {registration.asset, format::encode(to_json(registration)), at.time.value}));
  return decide(Touched({registration.asset}), at.time);
}

Result<void> WritableView::apply(const protocol::FactsStated& stated, const Position& at) {
  ASSIGN_OR_RETURN(const std::int64_t changed,
                   transaction_.execute(
                       "UPDATE registry_assets SET stated = ?, stated_index = ?, "
                       "stated_at = ? WHERE asset = ?",
                       {format::encode(to_json(stated)), at.index, at.time.value, stated.asset}));
  CHECK(changed == 1);  // the rules have refused it
  RETURN_IF_ERROR(write_facts(stated.asset));
  ASSIGN_OR_RETURN(const std::optional<Known> known, this->known(stated.asset));
  if (known && known->facts.digest) {
    RETURN_IF_ERROR(SightingsView::explain(
        transaction_, *known->facts.digest,
        {protocol::Meaning::kAsset, stated.asset, std::nullopt, stated.person, at.time}));
  }
  return decide(Touched({stated.asset}), at.time);
}

Result<void> WritableView::apply(const protocol::Sweep& sweep, const Position& at) {
  return sightings_view().apply(transaction_, sweep, at);
}

Result<void> WritableView::apply(const protocol::Explained& explained, const Position& at) {
  return SightingsView::explain(transaction_, explained.digest, explanation_of(explained, at.time));
}

Result<void> WritableView::apply(const protocol::Finding& finding, const Position& at) {
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO registry_findings (position, asset, finding, at) VALUES (?, ?, ?, ?)",
      {at.index, finding.asset, format::encode(to_json(finding)), at.time.value}));
  RETURN_IF_ERROR(write_facts(finding.asset));
  return decide(Touched({finding.asset}), at.time);
}

Result<void> WritableView::apply(const Triage& triage) {
  for (const Decided& each : triage.decisions) {
    const auto level = static_cast<std::int64_t>(each.level);
    ASSIGN_OR_RETURN(const std::int64_t changed,
                     transaction_.execute("UPDATE registry_assets SET triage = ?, triage_level = "
                                          "?, triage_expires = ?, set_level = CASE WHEN "
                                          "set_level < ? THEN ? ELSE set_level END WHERE asset = ?",
                                          {format::encode(to_json(each)), level, each.expires.value,
                                           level, level, each.asset}));
    CHECK(changed == 1);  // the rules have refused it
    RETURN_IF_ERROR(transaction_.execute("DELETE FROM registry_due WHERE asset = ?", {each.asset}));
  }
  return {};
}

Result<void> WritableView::dismiss(const protocol::Dismiss& dismissed, UnixSeconds now) {
  std::set<AssetId> touched;
  for (const std::int64_t index : dismissed.findings) {
    ASSIGN_OR_RETURN(const std::optional<AssetId> asset, finding_at(index));
    CHECK(asset.has_value());  // the rules have refused it
    RETURN_IF_ERROR(
        transaction_.execute("DELETE FROM registry_findings WHERE position = ?", {index}));
    RETURN_IF_ERROR(write_facts(*asset));
    touched.insert(*asset);
  }
  return decide(touched, now);
}

Result<void> WritableView::apply(const protocol::Change& change, const Position& at) {
  if (const auto* set = std::get_if<protocol::SetLevel>(&change.subject)) {
    ASSIGN_OR_RETURN(const std::int64_t changed,
                     transaction_.execute(
                         "UPDATE registry_assets SET set_level = ?, set_until = ? WHERE asset = ?",
                         {static_cast<std::int64_t>(set->level), set->until.value, set->asset}));
    CHECK(changed == 1);  // the rules have refused it
    return {};
  }
  if (const auto* dismissed = std::get_if<protocol::Dismiss>(&change.subject))
    return dismiss(*dismissed, at.time);
  ASSIGN_OR_RETURN(const Ground before, ground());
  ASSIGN_OR_RETURN(const std::optional<Ground> changed, changed_ground(before, change.subject));
  if (!changed) return {};
  RETURN_IF_ERROR(write_ground(*changed));
  return decide(std::nullopt, at.time);
}

}  // namespace strongroom::registry
