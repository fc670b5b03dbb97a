#ifndef STRONGROOM_REGISTRY_TRIAGE_ASSESSMENT_H_
#define STRONGROOM_REGISTRY_TRIAGE_ASSESSMENT_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "registry/triage/decide.h"

/// The risk assessment of one asset, for people who answer for it: every sentence names the facts
/// and rules that it rests on. Pure; thread-safe.
namespace strongroom::triage {

struct Sentence {
  std::string text;                ///< begins large, ends with a stop
  std::vector<std::string> facts;  ///< ids, as in Assessment::facts
  std::vector<std::string> rules;
};
struct Section {
  std::string title;
  std::vector<Sentence> sentences;
};
/// Where a fact stands, when it comes from a log.
struct Source {
  std::int64_t entry = 0;  ///< log position
  std::string by;          ///< who said it
  UnixSeconds at;
};
struct NamedFact {
  std::string id;     ///< "standing.cyber", "access.training", "derivation.parent", …
  std::string value;  ///< in words; "unknown"
  std::optional<Source> source = std::nullopt;
};

struct Assessment {
  std::string lab;
  std::string asset;
  std::string owner;
  Decision decision;
  Digest rules_digest;
  Digest facts_digest;  ///< SHA-256 of the canonical form of the asset's facts
  std::vector<Section> sections;
  std::vector<NamedFact> facts;
  std::vector<const Rule*> rules;  ///< that fired; borrowed from the inventory's
};

inline constexpr std::string_view kFoundSection = "What was found";  ///< only where something was

/// Borrows from `inventory`'s rules for as long as it lives. `asset`: its place in the lab.
[[nodiscard]] Assessment assess(const Inventory& inventory, std::size_t asset);
/// Words of others are escaped: they neither format nor link.
[[nodiscard]] std::string to_markdown(const Assessment& assessment);
[[nodiscard]] format::Json to_json(const Assessment& assessment);

/// The id of the fact that stands behind an axis, in `domain` where it has one for each.
[[nodiscard]] std::string fact_id(Axis axis, Domain domain);
/// "in cyber and biology"; empty for all of them.
[[nodiscard]] std::string domains_in_words(std::uint8_t domains);

/// Something that could be found out or changed, with the best that could come of it.
struct Remedy {
  std::string what;   ///< a clause: "a comprehensive evaluation finds …"
  std::string costs;  ///< a clause
  AssetFacts facts;   ///< as they would be then
};
/// The fewest steps that would lower the level, in the best case; empty: none would.
struct WayDown {
  std::vector<Remedy> steps;
  Decision decision;  ///< what would be decided then
};
[[nodiscard]] std::optional<WayDown> way_down(const Inventory& inventory, const AssetFacts& facts);

}  // namespace strongroom::triage

#endif  // STRONGROOM_REGISTRY_TRIAGE_ASSESSMENT_H_
