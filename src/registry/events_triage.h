#ifndef STRONGROOM_REGISTRY_EVENTS_TRIAGE_H_
#define STRONGROOM_REGISTRY_EVENTS_TRIAGE_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/deposit.h"
#include "protocol/inventory.h"
#include "registry/triage/decide.h"

/// Required levels as the log carries them, and how they follow from what is known. Pure.
namespace strongroom::registry {

inline constexpr std::size_t kDecisionsMax = 128;  ///< in one entry
inline constexpr std::size_t kBecauseMax = 8;

/// What triage says of one asset. It proposes: what binds is Asset::level_at.
struct Decided {
  AssetId asset;
  protocol::Level level = protocol::Level::kSl5;
  std::vector<std::string> because;  ///< the first of the rules and findings that demand the level
  UnixSeconds expires;               ///< the decision does not hold from then on
  std::uint8_t evaluate = 0;  ///< bit d: a comprehensive evaluation is required in triage::Domain d
  bool operator==(const Decided&) const = default;
};
/// The server's own judgement, in the body of a "triaged" entry: all of it follows from the log.
struct Triage {
  std::vector<Decided> decisions;  ///< ascending by asset, 1..kDecisionsMax
  bool operator==(const Triage&) const = default;
};
[[nodiscard]] format::Json to_json(const Decided& decided);
[[nodiscard]] Result<Decided> decided_from(const format::Json& json);
[[nodiscard]] format::Json to_json(const Triage& triage);
[[nodiscard]] Result<Triage> triage_from(const format::Json& json);

/// What every decision rests on beside the facts of its asset; a quorum changes it.
struct Ground {
  triage::RuleSet rules;
  std::optional<triage::Reference> reference;  ///< none: nothing counts as measured
  std::map<Digest, std::int64_t>
      public_roots;  ///< indexes of public models in force: root and size
  bool operator==(const Ground&) const = default;
};

/// What the log says of one asset. Its name there, and those of the assets it mentions, are ids in
/// hexadecimal; people, hosts and owners are commitments.
struct Known {
  AssetId asset;
  triage::AssetFacts facts;  ///< all unknown until somebody states them
  bool listed = false;       ///< shown to be public
  bool throwaway = false;    ///< of a rehearsal: vault's rules hold it to what it says it is
  UnixSeconds stated_at;     ///< or registered
  bool operator==(const Known&) const = default;
};

/// What was last made of one asset.
struct Last {
  AssetId asset;
  std::optional<Decided> decided;    ///< as triage last said; none: not yet
  bool needs_sl5_by_itself = false;  ///< triage::Solution::needs_sl5_by_itself
  bool operator==(const Last&) const = default;
};

/// What is needed to decide anew. Two implementations that must agree: Fold and View.
class Knowledge {
 public:
  virtual ~Knowledge() = default;
  [[nodiscard]] virtual Result<std::optional<Known>> known(const AssetId& id) const = 0;
  [[nodiscard]] virtual Result<std::optional<Last>> last(const AssetId& id) const = 0;
  /// Whose parent it is, declared or found, and who reaches its weights.
  [[nodiscard]] virtual Result<std::vector<AssetId>> resting_on(const AssetId& id) const = 0;
  /// How many need SL5 by themselves.
  [[nodiscard]] virtual Result<std::int64_t> count_sl5_by_themselves() const = 0;
  /// Every asset, in no order. Errors of `take` end it.
  [[nodiscard]] virtual Result<void> each_known(
      const std::function<Result<void>(Known)>& take) const = 0;
  /// The same assets, ascending.
  [[nodiscard]] virtual Result<void> each_last(
      const std::function<Result<void>(Last)>& take) const = 0;
  /// As it stands now; what was handed out before does not follow it.
  [[nodiscard]] virtual Result<std::shared_ptr<const Ground>> ground() const = 0;
};

/// About which assets something has changed; none: something that all rest on.
using Touched = std::optional<std::set<AssetId>>;
struct Anew {
  std::vector<Decided> decisions;         ///< that differ from those last logged, ascending
  std::map<AssetId, bool> sl5_by_itself;  ///< where that differs from what is known
};
/// Looks at what was touched, at what rests on that and what they rest on; or at all. Nothing may
/// be due.
[[nodiscard]] Result<Anew> decide_anew(const Knowledge& knowledge, const Touched& touched,
                                       UnixSeconds now);

/// As somebody stated them, with what was found. Errors: kMalformed.
[[nodiscard]] Result<Known> known_of(const protocol::FactsStated& stated, std::string_view kind);
/// A finding only raises.
void take_finding(Known& known, const protocol::Finding& finding);
/// Nothing is known of it yet.
[[nodiscard]] Known unknown_asset(const AssetId& id, std::string_view kind);
/// The assets that it rests on, by id, each once.
[[nodiscard]] std::vector<AssetId> rests_on(const triage::AssetFacts& facts);

}  // namespace strongroom::registry

#endif  // STRONGROOM_REGISTRY_EVENTS_TRIAGE_H_
