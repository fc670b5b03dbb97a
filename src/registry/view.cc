#include "registry/view.h"

#include "base/limits.h"
#include "format/json_text.h"

namespace strongroom::registry {

using format::Json;

namespace {

constexpr const char* kColumns =
    "SELECT a.registration, a.registered_at, a.stated, a.stated_index, a.stated_at, l.set_level, "
    "l.set_until, l.level, l.expires, l.evaluate, l.because FROM registry_assets a JOIN "
    "registry_levels l ON l.asset = a.asset ";

std::string with(std::string_view rest) { return kColumns + std::string(rest); }

// As this view has written it: that it is canonical was seen before that.
template <class T>
Result<T> document(const store::Rows& rows, int column, Result<T> (*decode)(const Json&)) {
  ASSIGN_OR_RETURN(const std::string text, rows.text(column));
  ASSIGN_OR_RETURN(const Json json, format::decode_in_any_layout(text, limits::kEntryBytesMax));
  return decode(json);
}

// What is known of an asset follows from these, and from what was found.
constexpr const char* kKnownColumns =
    "SELECT registration, registered_at, stated, stated_at FROM registry_assets";
constexpr const char* kLastColumns =
    "SELECT l.asset, l.level, l.expires, l.evaluate, l.because, s.asset IS NOT NULL FROM "
    "registry_levels l LEFT JOIN registry_sl5 s ON s.asset = l.asset";

Result<Known> known_but_for_findings(const store::Rows& rows, const Ground& ground) {
  ASSIGN_OR_RETURN(const protocol::Registration registration,
                   document(rows, 0, protocol::registration_from));
  Known known = unknown_asset(registration.asset, registration.kind);
  ASSIGN_OR_RETURN(known.stated_at.value, rows.integer(1));
  ASSIGN_OR_RETURN(const bool unstated, rows.is_null(2));
  if (unstated) return known;
  ASSIGN_OR_RETURN(const protocol::FactsStated stated,
                   document(rows, 2, protocol::facts_stated_from));
  ASSIGN_OR_RETURN(known, known_of(stated, registration.kind));
  ASSIGN_OR_RETURN(known.stated_at.value, rows.integer(3));
  known.listed = known.listed && ground.public_roots.contains(stated.listing->root);
  return known;
}

// A decision lies in columns: there are as many as assets, and all are read at once. The reasons,
// ids of rules, are lines of one text.
std::string lines_of(const std::vector<std::string>& because) {
  std::string lines;
  for (const std::string& each : because) lines += each + '\n';
  return lines;
}

// From columns that follow one another: level, expires, evaluate, because; none where they are
// null.
Result<std::optional<Decided>> decided_in(const store::Rows& rows, int first, const AssetId& id) {
  ASSIGN_OR_RETURN(const bool undecided, rows.is_null(first));
  if (undecided) return std::nullopt;
  Decided decided;
  decided.asset = id;
  ASSIGN_OR_RETURN(const std::int64_t level, rows.integer(first));
  decided.level = static_cast<protocol::Level>(level);
  ASSIGN_OR_RETURN(decided.expires.value, rows.integer(first + 1));
  ASSIGN_OR_RETURN(const std::int64_t evaluate, rows.integer(first + 2));
  decided.evaluate = static_cast<std::uint8_t>(evaluate);
  ASSIGN_OR_RETURN(const std::string lines, rows.text(first + 3));
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    decided.because.push_back(lines.substr(at, end - at));
    at = end + 1;
  }
  return std::optional<Decided>(std::move(decided));
}

Result<Last> last_in(const store::Rows& rows) {
  Last last;
  ASSIGN_OR_RETURN(last.asset, rows.id<AssetId>(0));
  ASSIGN_OR_RETURN(last.decided, decided_in(rows, 1, last.asset));
  ASSIGN_OR_RETURN(const std::int64_t by_itself, rows.integer(5));
  last.needs_sl5_by_itself = by_itself != 0;
  return last;
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
  ASSIGN_OR_RETURN(const bool unset, rows.is_null(5));
  if (!unset) {
    LevelSet set;
    ASSIGN_OR_RETURN(const std::int64_t level, rows.integer(5));
    set.level = static_cast<protocol::Level>(level);
    ASSIGN_OR_RETURN(set.until.value, rows.integer(6));
    asset.set = set;
  }
  ASSIGN_OR_RETURN(asset.triage, decided_in(rows, 7, asset.asset));
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
           "INTEGER, digest BLOB UNIQUE) STRICT",
           // Apart from the facts, which are long: a change of the rules rewrites these alone.
           "CREATE TABLE IF NOT EXISTS registry_levels (asset BLOB PRIMARY KEY, level INTEGER, "
           "expires INTEGER, evaluate INTEGER, because TEXT, set_level INTEGER, set_until "
           "INTEGER) STRICT, WITHOUT ROWID",
           "CREATE INDEX IF NOT EXISTS registry_levels_level ON registry_levels (level, asset)",
           "CREATE INDEX IF NOT EXISTS registry_levels_unset ON registry_levels (asset) WHERE "
           "set_level IS NULL",
           "CREATE INDEX IF NOT EXISTS registry_levels_expiry ON registry_levels (expires, asset)",
           "CREATE TABLE IF NOT EXISTS registry_rests (on_asset BLOB NOT NULL, asset BLOB NOT "
           "NULL, PRIMARY KEY (on_asset, asset)) STRICT, WITHOUT ROWID",
           "CREATE INDEX IF NOT EXISTS registry_rests_asset ON registry_rests (asset)",
           "CREATE TABLE IF NOT EXISTS registry_findings (position INTEGER PRIMARY KEY, asset BLOB "
           "NOT NULL, finding TEXT NOT NULL, at INTEGER NOT NULL) STRICT",
           "CREATE INDEX IF NOT EXISTS registry_findings_asset ON registry_findings (asset)",
           "CREATE TABLE IF NOT EXISTS registry_due (asset BLOB PRIMARY KEY, level INTEGER NOT "
           "NULL, expires INTEGER NOT NULL, evaluate INTEGER NOT NULL, because TEXT NOT NULL) "
           "STRICT, WITHOUT ROWID",
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
  for (const char* table :
       {"registry_assets", "registry_levels", "registry_rests", "registry_findings", "registry_due",
        "registry_sl5", "registry_ground"}) {
    RETURN_IF_ERROR(transaction.execute("DROP TABLE IF EXISTS " + std::string(table)));
  }
  return SightingsView::drop_tables(transaction);
}

Result<std::optional<Asset>> View::asset(const AssetId& id) const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query(with("WHERE a.asset = ?"), {id}));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(Asset asset, asset_in(rows));
  return std::optional<Asset>(std::move(asset));
}

Result<std::vector<Asset>> View::assets() const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query(with("ORDER BY a.asset")));
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
      return queries_.query(with("WHERE l.level = ? AND l.asset > ? ORDER BY l.asset LIMIT ?"),
                            {static_cast<int>(query.asked), after, limit});
    case Query::Which::kUnset:
      return queries_.query(
          with("WHERE l.set_level IS NULL AND l.asset > ? ORDER BY l.asset LIMIT ?"),
          {after, limit});
    case Query::Which::kWithFindings:
      return queries_.query(with("WHERE a.asset IN (SELECT DISTINCT asset FROM registry_findings "
                                 "WHERE asset > ? ORDER BY asset LIMIT ?) ORDER BY a.asset"),
                            {after, limit});
    case Query::Which::kExpiring:
      return queries_.query(with("WHERE l.expires < ? ORDER BY l.expires, l.asset LIMIT ?"),
                            {query.before.value, limit});
  }
  return queries_.query(with("WHERE l.asset > ? ORDER BY l.asset LIMIT ?"), {after, limit});
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
                   queries_.query("SELECT asset, level, expires, evaluate, because FROM "
                                  "registry_due ORDER BY asset LIMIT ?",
                                  {static_cast<std::int64_t>(kDecisionsMax)}));
  std::vector<Decided> first;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return first;
    ASSIGN_OR_RETURN(const AssetId id, rows.id<AssetId>(0));
    ASSIGN_OR_RETURN(std::optional<Decided> decided, decided_in(rows, 1, id));
    CHECK(decided.has_value());  // NOT NULL
    first.push_back(std::move(*decided));
  }
}

Result<std::optional<AssetId>> View::finding_at(std::int64_t index) const {
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries_.query("SELECT asset FROM registry_findings WHERE position = ?", {index}));
  ASSIGN_OR_RETURN(const std::vector<AssetId> ids, ids_in<AssetId>(std::move(rows)));
  return ids.empty() ? std::optional<AssetId>() : ids.front();
}

Result<std::optional<Known>> View::known(const AssetId& id) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Ground> ground, this->ground());
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query(std::string(kKnownColumns) + " WHERE asset = ?", {id}));
  ASSIGN_OR_RETURN(const bool there, rows.next());
  if (!there) return std::nullopt;
  ASSIGN_OR_RETURN(Known known, known_but_for_findings(rows, *ground));
  ASSIGN_OR_RETURN(const std::vector<StandingFinding> findings, findings_of(id));
  for (const StandingFinding& each : findings) take_finding(known, each.finding);
  return std::optional<Known>(std::move(known));
}

Result<std::optional<Last>> View::last(const AssetId& id) const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query(std::string(kLastColumns) + " WHERE l.asset = ?", {id}));
  ASSIGN_OR_RETURN(const bool there, rows.next());
  if (!there) return std::nullopt;
  ASSIGN_OR_RETURN(Last last, last_in(rows));
  return std::optional<Last>(std::move(last));
}

Result<std::vector<AssetId>> View::resting_on(const AssetId& id) const {
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries_.query("SELECT asset FROM registry_rests WHERE on_asset = ? ORDER BY asset", {id}));
  return ids_in<AssetId>(std::move(rows));
}

Result<std::int64_t> View::count_sl5_by_themselves() const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query("SELECT count(*) FROM registry_sl5"));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  CHECK(found);
  return rows.integer(0);
}

Result<std::map<AssetId, std::vector<protocol::Finding>>> View::all_findings() const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query("SELECT finding FROM registry_findings ORDER BY position"));
  std::map<AssetId, std::vector<protocol::Finding>> all;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return all;
    ASSIGN_OR_RETURN(protocol::Finding finding, document(rows, 0, protocol::finding_from));
    all[finding.asset].push_back(std::move(finding));
  }
}

Result<void> View::each_known(const std::function<Result<void>(Known)>& take) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Ground> ground, this->ground());
  ASSIGN_OR_RETURN(const auto findings, all_findings());
  // In the order in which they lie: a million rows are read as one sweep over the file.
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query(kKnownColumns));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return {};
    ASSIGN_OR_RETURN(Known known, known_but_for_findings(rows, *ground));
    const auto found = findings.find(known.asset);
    if (found != findings.end()) {
      for (const protocol::Finding& each : found->second) take_finding(known, each);
    }
    RETURN_IF_ERROR(take(std::move(known)));
  }
}

Result<void> View::each_last(const std::function<Result<void>(Last)>& take) const {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries_.query(std::string(kLastColumns) + " ORDER BY l.asset"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return {};
    ASSIGN_OR_RETURN(Last last, last_in(rows));
    RETURN_IF_ERROR(take(std::move(last)));
  }
}

Result<std::shared_ptr<const Ground>> View::ground() const {
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries_.query("SELECT rules, reference, reference_day, roots FROM registry_ground"));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::make_shared<const Ground>();
  GroundTexts texts;
  ASSIGN_OR_RETURN(texts.rules, rows.text(0));
  ASSIGN_OR_RETURN(const bool without, rows.is_null(1));
  if (!without) {
    triage::Reference reference;
    ASSIGN_OR_RETURN(reference.name, rows.text(1));
    ASSIGN_OR_RETURN(reference.as_of.days, rows.integer(2));
    texts.reference = std::move(reference);
  }
  ASSIGN_OR_RETURN(texts.roots, rows.text(3));
  if (ground_ == nullptr || texts != ground_texts_) {
    Ground ground;
    ASSIGN_OR_RETURN(ground.rules, triage::rule_set_from(texts.rules));
    ground.reference = texts.reference;
    ASSIGN_OR_RETURN(const Json json,
                     format::decode_in_any_layout(texts.roots, limits::kEntryBytesMax));
    RETURN_IF_ERROR(take_roots(json, ground));
    ground_ = std::make_shared<const Ground>(std::move(ground));
    ground_texts_ = std::move(texts);
  }
  return ground_;
}

Result<void> WritableView::decide(const Touched& touched, UnixSeconds now) {
  ASSIGN_OR_RETURN(const Anew anew, decide_anew(*this, touched, now));
  for (const auto& [asset, by_itself] : anew.sl5_by_itself) {
    RETURN_IF_ERROR(transaction_.execute(by_itself ? "INSERT INTO registry_sl5 (asset) VALUES (?)"
                                                   : "DELETE FROM registry_sl5 WHERE asset = ?",
                                         {asset}));
  }
  for (const Decided& each : anew.decisions) {
    RETURN_IF_ERROR(
        transaction_.execute("INSERT INTO registry_due (asset, level, expires, evaluate, because) "
                             "VALUES (?, ?, ?, ?, ?)",
                             {each.asset, static_cast<int>(each.level), each.expires.value,
                              std::int64_t{each.evaluate}, lines_of(each.because)}));
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
Result<Known> WritableView::write_facts(const AssetId& id) {
  ASSIGN_OR_RETURN(std::optional<Known> found, this->known(id));
  CHECK(found.has_value());
  Known known = std::move(*found);
  RETURN_IF_ERROR(transaction_.execute("DELETE FROM registry_rests WHERE asset = ?", {id}));
  for (const AssetId& on : rests_on(known.facts)) {
    RETURN_IF_ERROR(transaction_.execute(
        "INSERT INTO registry_rests (on_asset, asset) VALUES (?, ?)", {on, id}));
  }
  RETURN_IF_ERROR(
      transaction_.execute("UPDATE registry_assets SET digest = NULL WHERE asset = ?", {id}));
  if (known.facts.digest) {
    RETURN_IF_ERROR(transaction_.execute("UPDATE registry_assets SET digest = ? WHERE asset = ?",
                                         {*known.facts.digest, id}));
  }
  return known;
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
  RETURN_IF_ERROR(
      transaction_.execute("INSERT INTO registry_levels (asset) VALUES (?)", {registration.asset}));
  return decide(Touched({registration.asset}), at.time);
}

Result<void> WritableView::apply(const protocol::FactsStated& stated, const Position& at) {
  ASSIGN_OR_RETURN(const std::int64_t changed,
                   transaction_.execute(
                       "UPDATE registry_assets SET stated = ?, stated_index = ?, "
                       "stated_at = ? WHERE asset = ?",
                       {format::encode(to_json(stated)), at.index, at.time.value, stated.asset}));
  CHECK(changed == 1);  // the rules have refused it
  ASSIGN_OR_RETURN(const Known known, write_facts(stated.asset));
  if (known.facts.digest) {
    RETURN_IF_ERROR(SightingsView::explain(
        transaction_, *known.facts.digest,
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
    ASSIGN_OR_RETURN(
        const std::int64_t changed,
        transaction_.execute("UPDATE registry_levels SET level = ?, expires = ?, evaluate = ?, "
                             "because = ?, set_level = max(set_level, ?) WHERE asset = ?",
                             {level, each.expires.value, std::int64_t{each.evaluate},
                              lines_of(each.because), level, each.asset}));
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
                         "UPDATE registry_levels SET set_level = ?, set_until = ? WHERE asset = ?",
                         {static_cast<std::int64_t>(set->level), set->until.value, set->asset}));
    CHECK(changed == 1);  // the rules have refused it
    return {};
  }
  if (const auto* dismissed = std::get_if<protocol::Dismiss>(&change.subject))
    return dismiss(*dismissed, at.time);
  ASSIGN_OR_RETURN(const std::shared_ptr<const Ground> before, ground());
  ASSIGN_OR_RETURN(const std::optional<Ground> changed, changed_ground(*before, change.subject));
  if (!changed) return {};
  RETURN_IF_ERROR(write_ground(*changed));
  return decide(std::nullopt, at.time);
}

}  // namespace strongroom::registry
