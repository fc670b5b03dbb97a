#ifndef STRONGROOM_PROTOCOL_LEVELS_H_
#define STRONGROOM_PROTOCOL_LEVELS_H_

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "protocol/member.h"

/// The handling that each security level demands. Words, sources and what is checked:
/// docs/levels.md.
namespace strongroom::protocol {

/// What a level demands before a release under it counts. Of a most (`_max`) nothing said is no
/// bound.
struct LevelDemand {
  Level level = Level::kSl1;
  std::int64_t approvals = 1;         ///< k of the quorum
  std::int64_t spare_custodians = 0;  ///< n − k
  std::int64_t teams = 1;             ///< groups of the tree that must agree
  std::int64_t senl_min = 0;          ///< sensitivity level of every custodian, 0 to 5
  bool agents_never = true;           ///< AI agents count toward no quorum; never false
  std::int64_t witnesses = 0;
  std::int64_t verifying_witnesses = 0;
  std::int64_t recovery_holders = 0;
  bool keeper_apart = false;
  bool attested_host = false;
  std::optional<std::int64_t> evidence_hours_max;  ///< age of a host's evidence
  std::int64_t change_buffer_hours = 0;            ///< that loosening waits, seen by witnesses
  std::optional<std::int64_t> lease_hours_max;
  /// Millionths of the object's size a year: what leaves through interfaces, and what leaves at
  /// all.
  std::optional<std::int64_t> egress_interface_ppm_year_max;
  std::optional<std::int64_t> egress_total_ppm_year_max;
  /// People who get limited output; who work where nothing can be carried out; who can copy.
  std::optional<std::int64_t> seats_limited_output_max;
  std::optional<std::int64_t> seats_isolated_max;
  std::optional<std::int64_t> seats_copiers_max;
  std::int64_t slsa_level = 0;  ///< of the provenance of what runs, 0 to 3
  bool exec_allowlist = false;  ///< hosts run what is listed, and nothing else
  bool operator==(const LevelDemand&) const = default;
};
[[nodiscard]] format::Json to_json(const LevelDemand& demand);
[[nodiscard]] Result<LevelDemand> level_demand_from(const format::Json& json);

/// One thing that a level can demand.
struct Demand {
  std::string_view name;   ///< of the member, in JSON and wherever a person types it
  std::string_view words;  ///< "approvals": what stands after a number, or alone
  /// At least so many, at most so many, or yes.
  std::variant<std::int64_t LevelDemand::*, std::optional<std::int64_t> LevelDemand::*,
               bool LevelDemand::*>
      where;
  std::int64_t least = 0;  ///< bounds of the number
  std::int64_t most = 0;

  /// Is this asked for at all?
  [[nodiscard]] bool asked_by(const LevelDemand& row) const;
  /// What is there, in the same units, does it do?
  [[nodiscard]] bool met_by(const LevelDemand& there, const LevelDemand& row) const;
  /// "3 approvals", "at most 24 hours of lease", "attested hosts".
  [[nodiscard]] std::string in_words(const LevelDemand& row) const;
  /// The number that stands there; "yes", "no", "none".
  [[nodiscard]] std::string value_of(const LevelDemand& row) const;
};
/// All of them, in the order in which they are shown.
[[nodiscard]] std::span<const Demand> demands();
/// Nothing when there is none of that name.
[[nodiscard]] const Demand* demand_named(std::string_view name);

/// Where a table asks for less than another did: "SL3: 1 witnesses in place of 2 witnesses". Both
/// hold SL1 to SL5 in order.
[[nodiscard]] std::vector<std::string> weakened(std::span<const LevelDemand> before,
                                                std::span<const LevelDemand> after);
/// Where it asks for more.
[[nodiscard]] std::vector<std::string> strengthened(std::span<const LevelDemand> before,
                                                    std::span<const LevelDemand> after);

[[nodiscard]] format::Json to_json(const std::vector<LevelDemand>& levels);
/// SL1 to SL5 in order, none demanding less than the one before it. Errors: kMalformed, saying
/// where.
[[nodiscard]] Result<std::vector<LevelDemand>> levels_from(const format::Json& json);
/// catalog/levels.json.
[[nodiscard]] std::vector<LevelDemand> catalog_levels();

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_LEVELS_H_
