#ifndef STRONGROOM_REGISTRY_TRIAGE_RULE_SET_H_
#define STRONGROOM_REGISTRY_TRIAGE_RULE_SET_H_

#include <string>
#include <vector>

#include "format/json.h"
#include "protocol/member.h"
#include "registry/triage/situation.h"

/// The rules of triage as data: catalog/triage/*.json, and a lab's overlay of the same form.
namespace strongroom::triage {

using protocol::Level;

inline constexpr std::size_t kRulesMax = 200;
inline constexpr std::size_t kRuleFileBytesMax = 1u << 20;
inline constexpr std::int64_t kValidDaysMax = 366;

enum class Scenario : std::uint8_t {
  kStolen,       ///< its weights are in somebody else's hands
  kCompromised,  ///< somebody else steers it where it runs
  kInsider,      ///< the model itself acts
};
inline constexpr std::size_t kScenarios = 3;
[[nodiscard]] std::string_view name_of(Scenario scenario);

/// Which part of the question a rule answers.
enum class Term : std::uint8_t { kReference, kActual, kPotential, kReach, kParent, kFloor };
[[nodiscard]] std::string_view name_of(Term term);

/// A situation as rules compare it: of each axis the bit of its value.
using Bits = std::array<std::uint16_t, kAxes>;
[[nodiscard]] inline Bits bits_of(const Situation& situation) {
  Bits bits;
  for (std::size_t i = 0; i < kAxes; ++i)
    bits[i] = static_cast<std::uint16_t>(1u << situation.at[i]);
  return bits;
}

/// Fires where every axis that it names has one of the values that it lists for it.
struct Rule {
  std::string id;
  std::string source;
  std::string reason;  ///< plain words, a whole sentence
  Scenario scenario = Scenario::kStolen;
  Term term = Term::kFloor;
  Level level = Level::kSl1;
  int capacity = 1;       ///< OC1..OC5: the adversary that the level is to defeat
  bool evaluate = false;  ///< a comprehensive evaluation of the domain is required
  Bits allows{};          ///< bit v: value v; all ones: the axis is not named

  [[nodiscard]] bool names(Axis axis) const;
  [[nodiscard]] bool allows_value(Axis axis, std::uint8_t value) const {
    return (unsigned{allows[static_cast<std::size_t>(axis)]} >> value & 1u) != 0;
  }
  /// All axes at once, without a branch: this is asked of every rule for every asset.
  [[nodiscard]] bool fires(const Bits& bits) const {
    unsigned refused = 0;
    for (std::size_t i = 0; i < kAxes; ++i)
      refused |= static_cast<unsigned>((allows[i] & bits[i]) == 0);
    return refused == 0;
  }
  [[nodiscard]] bool fires(const Situation& situation) const { return fires(bits_of(situation)); }
  bool operator==(const Rule&) const = default;
};

struct RuleSet {
  std::vector<Rule> rules;                   ///< by id
  std::array<std::int64_t, 5> valid_days{};  ///< how long a decision of SL1..SL5 holds
  std::int64_t reference_days = 0;           ///< how old the reference model's date may be
  [[nodiscard]] const Rule* rule(std::string_view id) const;
  /// SHA-256 of the canonical form: names the policy that decided.
  [[nodiscard]] Digest digest() const;
  bool operator==(const RuleSet&) const = default;
};
[[nodiscard]] format::Json to_json(const Rule& rule);
[[nodiscard]] format::Json to_json(const RuleSet& rules);

/// What a lab changes. `rules` are added, or stand in place of shipped ones of the same id;
/// `without` names shipped ones that are left out.
struct Overlay {
  std::vector<Rule> rules;
  std::vector<std::string> without;
  bool operator==(const Overlay&) const = default;
};
[[nodiscard]] format::Json to_json(const Overlay& overlay);

/// Total; JSON in any layout, nothing unknown in it, no id twice, at most kRulesMax rules.
/// Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<RuleSet> rule_set_from(std::string_view text);
[[nodiscard]] Result<Overlay> overlay_from(std::string_view text);
/// Only puts together; check it with proof.h. Errors: kMalformed (names what is not there).
[[nodiscard]] Result<RuleSet> with_overlay(const RuleSet& rules, const Overlay& overlay);

/// What is compiled in.
[[nodiscard]] const RuleSet& shipped_rules();

}  // namespace strongroom::triage

#endif  // STRONGROOM_REGISTRY_TRIAGE_RULE_SET_H_
