#ifndef STRONGROOM_STRONGROOM_INVENTORY_H_
#define STRONGROOM_STRONGROOM_INVENTORY_H_

#include <string>
#include <vector>

#include "lab_of_log.h"
#include "options.h"
#include "session.h"
#include "verb.h"

/// What `strongroom inventory` shows, in each of its forms.
namespace strongroom::terminal {

/// What is looked at: the log as it is, or as it was.
struct Look {
  Session& session;
  std::string home;
  const judge::World& world;
  UnixSeconds now;  ///< as which levels are judged
  bool is_past = false;
  LabOfLog lab;
};

/// One asset in words that every form of the answer shares. Borrows nothing.
struct Row {
  std::string name;
  std::string id;    ///< as ids are shown
  std::string kind;  ///< "unknown" where nobody said
  std::vector<std::string> categories;
  bool has_categories = false;  ///< false: unknown
  protocol::Level binds = protocol::Level::kSl5;
  std::string because;
  std::optional<protocol::Level> asks;  ///< none: not decided yet
  std::vector<std::string> reasons;     ///< of triage: ids of rules
  UnixSeconds expires;                  ///< of what binds, or else of what triage asks
  bool is_set = false;                  ///< a quorum's level is in force
  std::vector<std::pair<std::string, std::string>> dual_use;  ///< domain and class; "unknown" too
  std::string owner;                                          ///< empty: nobody has said
  std::vector<std::string> places;
  std::size_t findings = 0;
};
[[nodiscard]] Row row_of(const Look& look, std::size_t asset);
/// "cyber possible; biology unknown"; "none".
[[nodiscard]] std::string dual_use_in_words(const Row& row);

/// The whole list, one line for each.
void show_list(const Common& common, const Look& look, const std::vector<std::size_t>& chosen);
/// One asset with its history.
[[nodiscard]] Result<void> show_asset(const Common& common, const Look& look, std::size_t asset);
/// What it was made from and what was made from it; without an asset, all trees.
void show_tree(const Common& common, const Look& look, std::optional<std::size_t> asset);

[[nodiscard]] format::Json row_json(const Look& look, std::size_t asset);
/// The columns that `strongroom import` reads (docs/inventory.md).
[[nodiscard]] std::string inventory_csv(const Look& look, const std::vector<std::size_t>& chosen);
/// A CycloneDX 1.6 bill of materials.
[[nodiscard]] format::Json inventory_bom(const Look& look, const std::vector<std::size_t>& chosen);

/// Keeps the names for completion, beside those of what is sealed. Errors: kDisk, kNoSpace.
[[nodiscard]] Result<void> keep_assets(const std::string& home,
                                       const std::vector<std::string>& names);

/// Something that the log says of one asset.
struct Happening {
  std::int64_t index = 0;
  UnixSeconds at;
  protocol::EntryType type = protocol::EntryType::kGenesis;
  std::string words;
  std::string by;  ///< who signed; empty: the server
};
/// In the order of the log, up to what `look` shows. Errors: those of each_kept_entry.
[[nodiscard]] Result<std::vector<Happening>> history_of(const Look& look, const AssetId& asset);

[[nodiscard]] Verb inventory_verb();

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_INVENTORY_H_
