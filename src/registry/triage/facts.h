#ifndef STRONGROOM_REGISTRY_TRIAGE_FACTS_H_
#define STRONGROOM_REGISTRY_TRIAGE_FACTS_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "format/json.h"
#include "protocol/member.h"
#include "registry/triage/situation.h"

/// What is known of assets, before any rule looks at it. An empty optional is *unknown*: nobody has
/// said, or nobody can say. In JSON what is unknown is left out; there is no other way to write it.
namespace strongroom::triage {

inline constexpr std::size_t kAssetsMax = 100'000;  ///< in one file
inline constexpr std::size_t kListItemsMax = 1'000;
inline constexpr std::size_t kNameBytesMax = 200;
inline constexpr std::size_t kFactsBytesMax = limits::kJsonDocumentBytesMax;
/// Who may reach an asset before they are many: RAND's SL3 cap on those who may copy.
inline constexpr std::size_t kFewPeopleMax = 20;

/// Days since 1970-01-01, UTC. Written "2026-11-21"; years 2000 to 2199.
struct Date {
  std::int64_t days = 0;
  auto operator<=>(const Date&) const = default;
};
[[nodiscard]] Date date_of(UnixSeconds at);
[[nodiscard]] std::string shown(Date date);
/// Errors: kMalformed.
[[nodiscard]] Result<Date> date_from(std::string_view text);

using Value = std::uint8_t;                 ///< of an axis, never its "unknown"
using Domain = std::uint8_t;                ///< of Axis::kDomain
using PerDomain = std::map<Domain, Value>;  ///< domains that are absent are unknown

/// What somebody found by trying, in one domain.
struct Evaluation {
  std::string id;
  Domain domain = 0;
  bool elicited_strongly = false;  ///< fine-tuned, scaffolded and prompted as an adversary would
  Date on;
  Date valid_until;
  bool operator==(const Evaluation&) const = default;
};

struct Safeguards {
  bool present = false;
  std::set<std::string> tested_against;  ///< empty: not tested
  bool operator==(const Safeguards&) const = default;
};

/// Who can reach the asset.
struct Reachers {
  std::set<std::string> people;  ///< of the lab
  std::set<std::string> models;  ///< assets of the lab
  bool anyone = false;           ///< people whom the lab does not name
  bool operator==(const Reachers&) const = default;
};

/// How it was made from another asset.
struct Derivation {
  std::optional<std::string> parent;  ///< an asset of the lab; unknown: from something
  std::string method;                 ///< a word of the lab's own
  std::optional<bool> safeguards_removed;
  std::optional<std::set<Domain>> capabilities_added;
  std::optional<std::set<std::string>> propensities_induced;
  std::set<std::string> shown_lower_by;  ///< evaluations of this asset
  bool operator==(const Derivation&) const = default;
};

enum class Exposure : std::uint8_t {
  kInternal,
  kTrustedAccess,
  kPublicWeights,
  kContractors,
  kOutside
};
enum class Access : std::uint8_t { kTraining, kDeployment, kSecrets, kInternet, kCodeExecution };
enum class Category : std::uint8_t {
  kInfrastructure,
  kHelpfulOnly,
  kModelOrganism,
  kPermissiveDualUse,
  kMaliciouslyFineTuned,
  kGeneral,
};

struct AssetFacts {
  std::string name;              ///< unique in its file
  std::optional<Digest> digest;  ///< of its bytes; unknown: found in no index
  std::string owner;
  std::optional<Value> kind;
  std::optional<std::set<Category>> categories;
  PerDomain standing;
  PerDomain dual_use;
  std::vector<Evaluation> evaluations;  ///< by id
  std::set<Domain> never_evaluated;     ///< explicitly
  std::optional<Safeguards> safeguards;
  std::optional<std::set<Access>> access;           ///< empty set: to nothing of these
  std::optional<std::set<std::string>> weights_of;  ///< assets whose weights it can reach
  std::optional<Reachers> reachable_by;
  std::optional<std::set<Exposure>> exposure;
  std::optional<std::optional<Derivation>> derivation;  ///< inner empty: made from nothing else
  bool designated = false;                              ///< the lab's own decision: no unknown
  std::set<std::string> hosts;                          ///< of the lab, where copies lie
  /// What programs and assessors have found, beside what is declared; only ever raises.
  std::set<std::string> found_parents;  ///< assets of the lab, as the weights show
  std::optional<protocol::Level> found_level;
  bool operator==(const AssetFacts&) const = default;
};

/// The best public model that `standing` is measured against.
struct Reference {
  std::string name;
  Date as_of;
  bool operator==(const Reference&) const = default;
};

struct Lab {
  std::string name;
  std::optional<Date> as_of;  ///< for examples, which must not grow old
  Reference reference;
  std::map<std::string, std::string> people;  ///< name and what they do
  std::map<std::string, std::string> hosts;   ///< name and what they are for
  std::set<Digest> public_index;              ///< digests of models that anyone can have
  std::vector<AssetFacts> assets;             ///< by name
  [[nodiscard]] const AssetFacts* asset(std::string_view name) const;
  bool operator==(const Lab&) const = default;
};

/// Total; JSON in any layout. What names something that is not there, stands twice or contradicts
/// itself is refused with the asset's name. Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<Lab> lab_from(std::string_view text);
/// One asset's, whose names are looked up in no lab. Total. Errors: kMalformed.
[[nodiscard]] Result<AssetFacts> asset_facts_from(const format::Json& json);
/// The one canonical form: lab_from(encode(to_json(x))) == x.
[[nodiscard]] format::Json to_json(const Lab& lab);
[[nodiscard]] format::Json to_json(const AssetFacts& asset);

[[nodiscard]] std::string_view name_of(Exposure exposure);
[[nodiscard]] std::string_view name_of(Access access);
[[nodiscard]] std::string_view name_of(Category category);

/// The fictional lab that ships: catalog/example_lab.json.
[[nodiscard]] std::string_view example_lab_text();

}  // namespace strongroom::triage

#endif  // STRONGROOM_REGISTRY_TRIAGE_FACTS_H_
