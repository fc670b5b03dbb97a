#ifndef STRONGROOM_STRONGROOM_IMPORTING_H_
#define STRONGROOM_STRONGROOM_IMPORTING_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "format/csv.h"
#include "public_index.h"
#include "registry/triage/facts.h"
#include "session.h"
#include "statements_of_lab.h"

/// From what was found or written down, whatever its form, to what is said of it in the log.
namespace strongroom::terminal {

inline constexpr std::string_view kNobody = "nobody has said";  ///< in an owner's place
inline constexpr std::size_t kPlacesMax = 40;                   ///< of one asset, in one import

/// A parent that the weights show.
struct FoundParent {
  std::string name;              ///< of another asset, as in WantedAsset::name or in the log
  std::optional<Digest> digest;  ///< known by it first
  std::string relation;          ///< "fine-tuned", …
  Digest evidence;
};

/// One asset, as one source tells of it.
struct WantedAsset {
  std::string name;
  std::optional<Digest> digest;
  std::map<std::string, std::int64_t> formats;
  format::Json::Object facts;  ///< with names (docs/triage.md), but for the asset's own name
  std::vector<FoundParent> parents;
  std::string where;  ///< for errors: "line 7", "asset x"
};

/// What a source says of an asset in the log: instead of all that was said (a file of facts, but
/// for digest and places that it leaves out), some members (a table), or more places (a scan).
enum class Says { kInstead, kSome, kPlaces };

struct Source {
  Says says = Says::kInstead;
  std::vector<WantedAsset> assets;
  std::vector<PublicIndex> indexes;  ///< listings are looked for in those that are in force
};

/// Errors: kMalformed (with what is wrong and where), kTooLarge.
[[nodiscard]] Result<Source> source_of_lab(const triage::Lab& lab);
/// Columns: docs/import.md.
[[nodiscard]] Result<Source> source_of_table(const format::Csv& table);

/// A hostile file that was not imported.
struct Hostile {
  std::string path;
  std::string why;
};
struct Scanned {
  Source source;
  std::vector<Hostile> hostile;
  std::size_t files = 0;
  std::size_t unreadable = 0;
};
/// The answer of `strongroom scan --found`. `host`: this machine, as places name it; `roots`:
/// absolute. Errors: kMalformed.
[[nodiscard]] Result<Scanned> source_of_scan(const format::Json& found, const std::string& host,
                                             const std::vector<std::string>& roots);

/// What would be said of one asset.
struct Planned {
  AssetId asset;
  std::string name;
  enum class What { kNew, kChanged, kSame } what = What::kSame;
  bool registers = false;
  std::string kind;
  std::map<std::string, std::int64_t> formats;
  format::Json facts = format::Json::Object{};  ///< in the log's form
  std::optional<protocol::Listing> listing;
  std::vector<std::string> members;     ///< of the facts: those that are said anew
  std::vector<std::string> new_places;  ///< of an asset that the log knew: nobody had declared them
  std::vector<std::string> places;      ///< all of them, as far as their texts are there
};
/// A parent that the log does not declare.
struct PlannedFinding {
  AssetId asset;
  AssetId parent;
  std::string asset_name;
  std::string parent_name;
  std::string relation;
  Digest evidence;
  bool stands = false;  ///< found before: not said again
};
struct Plan {
  std::vector<Planned> assets;  ///< parents before children
  std::vector<PlannedFinding> findings;
  std::vector<std::string> strangers;  ///< parents that are found, and in no inventory: in words
  Commitments commitments;
  [[nodiscard]] std::size_t count(Planned::What what) const;
};
/// Looks at the log that `session` followed; says nothing. Errors: kMalformed, kNotFound (a name
/// that neither the source nor the log knows), kRefused, kConflict.
[[nodiscard]] Result<Plan> plan_import(Session& session, const Source& source);
/// Says it, asset by asset, in groups of which each is there as a whole. Errors: kInterrupted (with
/// how far it came), those of Follower::submit_all.
[[nodiscard]] Result<void> carry_out(const Common& common, Session& session, Plan& plan);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_IMPORTING_H_
