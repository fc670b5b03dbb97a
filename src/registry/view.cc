#include "registry/view.h"

#include "base/limits.h"

namespace strongroom::registry {

namespace {

constexpr const char* kSelectOne =
    "SELECT registration, registered_at, level, because, set_level, set_until FROM registry_assets "
    "WHERE asset = ?";
constexpr const char* kSelectAll =
    "SELECT registration, registered_at, level, because, set_level, set_until FROM registry_assets "
    "ORDER BY asset";

// Of the row that has been reached.
Result<Asset> asset_in(const store::Rows& rows) {
  ASSIGN_OR_RETURN(const std::string document, rows.text(0));
  ASSIGN_OR_RETURN(const format::Json json,
                   format::decode_canonical(document, limits::kEntryBytesMax));
  ASSIGN_OR_RETURN(protocol::Registration registration, protocol::registration_from(json));
  Asset asset{.asset = registration.asset,
              .name = registration.name,
              .kind = std::move(registration.kind),
              .formats = std::move(registration.formats),
              .registered_by = registration.person,
              .registered_at = {},
              .level = std::nullopt,
              .level_because = "",
              .set = std::nullopt};
  ASSIGN_OR_RETURN(asset.registered_at.value, rows.integer(1));
  ASSIGN_OR_RETURN(const bool unset, rows.is_null(4));
  if (!unset) {
    LevelSet set;
    ASSIGN_OR_RETURN(const std::string level, rows.text(4));
    ASSIGN_OR_RETURN(set.level, protocol::level_from(level));
    ASSIGN_OR_RETURN(set.until.value, rows.integer(5));
    asset.set = set;
  }
  ASSIGN_OR_RETURN(const bool untriaged, rows.is_null(2));
  if (untriaged) return asset;
  ASSIGN_OR_RETURN(const std::string level, rows.text(2));
  ASSIGN_OR_RETURN(asset.level, protocol::level_from(level));
  ASSIGN_OR_RETURN(asset.level_because, rows.text(3));
  return asset;
}

}  // namespace

Result<void> View::create_tables(store::Transaction& transaction) {
  RETURN_IF_ERROR(transaction.execute(
      "CREATE TABLE IF NOT EXISTS registry_assets (asset BLOB PRIMARY KEY, registration TEXT NOT "
      "NULL, registered_at INTEGER NOT NULL, level TEXT, because TEXT, set_level TEXT, set_until "
      "INTEGER) STRICT"));
  return {};
}

Result<void> View::drop_tables(store::Transaction& transaction) {
  RETURN_IF_ERROR(transaction.execute("DROP TABLE IF EXISTS registry_assets"));
  return {};
}

Result<std::optional<Asset>> View::asset(const AssetId& id) const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query(kSelectOne, {id}));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(Asset asset, asset_in(rows));
  return std::optional<Asset>(std::move(asset));
}

Result<std::vector<Asset>> View::assets() const {
  ASSIGN_OR_RETURN(store::Rows rows, queries_.query(kSelectAll));
  std::vector<Asset> all;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.next());
    if (!more) return all;
    ASSIGN_OR_RETURN(Asset asset, asset_in(rows));
    all.push_back(std::move(asset));
  }
}

Result<void> WritableView::apply(const protocol::Registration& registration, UnixSeconds at) {
  RETURN_IF_ERROR(transaction_.execute(
      "INSERT INTO registry_assets (asset, registration, registered_at) VALUES (?, ?, ?)",
      {registration.asset, format::encode(to_json(registration)), at.value}));
  return {};
}

Result<void> WritableView::apply(const Triage& triage) {
  ASSIGN_OR_RETURN(
      const std::int64_t changed,
      transaction_.execute("UPDATE registry_assets SET level = ?, because = ? WHERE asset = ?",
                           {name_of(triage.level), triage.because, triage.asset}));
  CHECK(changed == 1);  // the rules have refused it
  return {};
}

Result<void> WritableView::apply(const protocol::Change& change) {
  const auto* set = std::get_if<protocol::SetLevel>(&change.subject);
  if (set == nullptr) return {};
  ASSIGN_OR_RETURN(const std::int64_t changed,
                   transaction_.execute(
                       "UPDATE registry_assets SET set_level = ?, set_until = ? WHERE asset = ?",
                       {name_of(set->level), set->until.value, set->asset}));
  CHECK(changed == 1);  // the rules have refused it
  return {};
}

}  // namespace strongroom::registry
