#include "registry/rules.h"

#include <algorithm>

#include "crypto/merkle.h"
#include "registry/triage/proof.h"

namespace strongroom::registry {

namespace {

constexpr std::size_t kPublicRootsMax = 16;
constexpr std::size_t kFindingsMax = 64;  // standing at one asset
constexpr std::size_t kWordBytesMax = 64;

// What nobody can hide a name or a sentence in.
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kWordBytesMax &&
         std::all_of(text.begin(), text.end(), [](char each) {
           return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
                  (each >= '0' && each <= '9') || each == '-' || each == '_' || each == '.';
         });
}

template <class Strings>
bool are_words(const Strings& strings) {
  return std::all_of(strings.begin(), strings.end(),
                     [](const std::string& each) { return is_word(each); });
}
template <class Strings>
bool are_commitments(const Strings& strings) {
  return std::all_of(strings.begin(), strings.end(), [](const std::string& each) {
    return Digest::from_hex_text(each).has_value();
  });
}

tl::unexpected<Error> wrong(std::string why) {
  return fail(ErrorCode::kMalformed, "facts: " + std::move(why));
}

// The log lasts: it takes ids, words and commitments, and no text that somebody might want erased.
Result<void> fits_the_log(const triage::AssetFacts& facts) {
  if (!Digest::from_hex_text(facts.owner)) return wrong("the owner is no commitment");
  if (!are_commitments(facts.hosts)) return wrong("a host is no commitment");
  if (facts.reachable_by && !are_commitments(facts.reachable_by->people))
    return wrong("a person is no commitment");
  if (facts.safeguards && !are_words(facts.safeguards->tested_against))
    return wrong("tested_against: words of letters, digits, '-', '_' and '.'");
  for (const triage::Evaluation& each : facts.evaluations) {
    if (!is_word(each.id)) return wrong("an evaluation's id is no word");
  }
  if (!facts.derivation || !*facts.derivation) return {};
  const triage::Derivation& made = **facts.derivation;
  if (!is_word(made.method)) return wrong("a derivation's method is no word");
  if (made.propensities_induced && !are_words(*made.propensities_induced))
    return wrong("propensities_induced: words");
  return {};
}

Result<std::vector<AssetId>> ids_in(const std::set<std::string>& names) {
  std::vector<AssetId> ids;
  for (const std::string& name : names) {
    const auto id = AssetId::from_hex_text(name);
    if (!id) return wrong("an asset is not named by its id");
    ids.push_back(*id);
  }
  return ids;
}

}  // namespace

Result<void> may_register(const RegisterFacts& facts) {
  if (facts.asset_exists)
    return fail(ErrorCode::kAlreadyExists, "an asset of this id is registered already");
  return {};
}

Result<Mentioned> mentioned_in(const protocol::FactsStated& stated) {
  ASSIGN_OR_RETURN(const triage::AssetFacts facts, triage::asset_facts_from(stated.facts));
  if (facts.name != stated.asset.hex()) return wrong("they are of another asset");
  RETURN_IF_ERROR(fits_the_log(facts));
  std::set<std::string> names = facts.weights_of.value_or(std::set<std::string>());
  if (facts.reachable_by)
    names.insert(facts.reachable_by->models.begin(), facts.reachable_by->models.end());
  Mentioned mentioned;
  mentioned.digest = facts.digest;
  if (facts.derivation && *facts.derivation && (*facts.derivation)->parent) {
    const std::string& parent = *(*facts.derivation)->parent;
    mentioned.parent = AssetId::from_hex_text(parent);
    names.insert(parent);
  }
  ASSIGN_OR_RETURN(mentioned.assets, ids_in(names));
  return mentioned;
}

Result<void> may_state(const protocol::FactsStated& stated, const StateFacts& facts) {
  if (!facts.asset)
    return fail(ErrorCode::kNotFound, "no such asset: register it before stating facts of it");
  if (facts.asset->kind == protocol::kRehearsalKind)
    return fail(ErrorCode::kRefused, "the throwaway object of a rehearsal has no facts");
  ASSIGN_OR_RETURN(const Mentioned mentioned, mentioned_in(stated));
  if (!facts.unregistered.empty()) {
    return fail(ErrorCode::kNotFound, "the facts mention asset " +
                                          facts.unregistered.front().hex() +
                                          ", which is not registered: register it first");
  }
  if (facts.same_digest) {
    return fail(ErrorCode::kAlreadyExists, "these bytes are asset " + facts.same_digest->hex() +
                                               " already: one digest, one asset");
  }
  if (facts.descends_from_itself)
    return fail(ErrorCode::kRefused, "with this parent the asset would descend from itself");
  if (!stated.listing) return {};
  if (!mentioned.digest) return wrong("a listing of no digest");
  if (!facts.listing_size)
    return fail(ErrorCode::kRefused, "the index of public models that it names is not in force");
  if (*facts.listing_size != stated.listing->size)
    return fail(ErrorCode::kNotAuthentic, "the index of public models has another size");
  using crypto::TreeHash;
  return crypto::verify_inclusion(TreeHash::kSha256, static_cast<std::uint64_t>(stated.listing->at),
                                  static_cast<std::uint64_t>(stated.listing->size),
                                  crypto::leaf_hash(TreeHash::kSha256, mentioned.digest->view()),
                                  stated.listing->path, stated.listing->root);
}

Result<void> may_find(const protocol::Finding& finding, const FindFacts& facts) {
  if (!facts.asset) return fail(ErrorCode::kNotFound, "no such asset");
  if (facts.asset->kind == protocol::kRehearsalKind)
    return fail(ErrorCode::kRefused, "a throwaway object has no findings");
  if (finding.parent && !facts.parent_exists)
    return fail(ErrorCode::kNotFound, "the parent that was found is not registered");
  if (finding.parent == finding.asset)
    return fail(ErrorCode::kRefused, "an asset is not its own parent");
  if (!is_word(finding.by)) return fail(ErrorCode::kMalformed, "finding: by: one word");
  if (facts.asset->findings.size() >= kFindingsMax) {
    return fail(ErrorCode::kTooLarge,
                "64 findings stand at this asset: a quorum must dismiss some before it takes more");
  }
  const bool stands = std::any_of(
      facts.asset->findings.begin(), facts.asset->findings.end(), [&](const StandingFinding& each) {
        return each.finding.parent == finding.parent && each.finding.at_least == finding.at_least;
      });
  if (stands) return fail(ErrorCode::kConflict, "the same finding stands already");
  return {};
}

Result<void> is_due(const Triage& logged, const std::vector<Decided>& due) {
  if (due.empty()) return fail(ErrorCode::kRefused, "a triage, and nothing has changed");
  if (logged.decisions != due)
    return fail(ErrorCode::kRefused, "a triage that the rules do not give");
  return {};
}

Result<triage::RuleSet> sound_rules(const format::Json& rules) {
  const std::string text = format::encode(rules);
  ASSIGN_OR_RETURN(triage::RuleSet sound, triage::rule_set_from(text));
  if (format::encode(to_json(sound)) != text)
    return fail(ErrorCode::kMalformed, "triage rules that are not in their canonical form");
  if (sound == triage::shipped_rules()) return sound;  // proved when this program was built
  ASSIGN_OR_RETURN(const auto broken, triage::find_counterexample(sound));
  if (broken)
    return fail(ErrorCode::kRefused, "the triage rules break a promise: " + broken->words);
  return sound;
}

Result<bool> may_lower(const protocol::Subject& subject, const Ground& ground) {
  if (const auto* rules = std::get_if<protocol::SetTriageRules>(&subject)) {
    ASSIGN_OR_RETURN(const triage::RuleSet wanted, sound_rules(rules->rules));
    if (wanted.reference_days > ground.rules.reference_days) return true;
    for (std::size_t i = 0; i < wanted.valid_days.size(); ++i) {
      if (wanted.valid_days[i] > ground.rules.valid_days[i]) return true;
    }
    ASSIGN_OR_RETURN(const auto lower, triage::find_lowering(ground.rules, wanted));
    return lower.has_value();
  }
  return std::holds_alternative<protocol::SetReference>(subject) ||
         std::holds_alternative<protocol::AddPublicIndex>(subject) ||
         std::holds_alternative<protocol::Dismiss>(subject);
}

Result<void> may_change_ground(const protocol::Subject& subject, const GroundFacts& facts,
                               UnixSeconds now) {
  if (const auto* rules = std::get_if<protocol::SetTriageRules>(&subject)) {
    ASSIGN_OR_RETURN(const triage::RuleSet wanted, sound_rules(rules->rules));
    if (wanted == facts.in_force->rules)
      return fail(ErrorCode::kConflict, "these triage rules are in force already");
  }
  if (const auto* reference = std::get_if<protocol::SetReference>(&subject)) {
    if (reference->as_of > now)
      return fail(ErrorCode::kRefused, "the reference cannot have been looked at in the future");
  }
  if (const auto* added = std::get_if<protocol::AddPublicIndex>(&subject)) {
    if (facts.in_force->public_roots.contains(added->root))
      return fail(ErrorCode::kConflict, "this index of public models is in force already");
    if (facts.in_force->public_roots.size() >= kPublicRootsMax)
      return fail(ErrorCode::kTooLarge, "16 indexes are in force: retire one first");
  }
  if (const auto* retired = std::get_if<protocol::RetirePublicIndex>(&subject)) {
    if (!facts.in_force->public_roots.contains(retired->root))
      return fail(ErrorCode::kNotFound, "this index of public models is not in force");
  }
  if (!facts.missing_findings.empty()) {
    return fail(ErrorCode::kNotFound, "no finding stands at log position " +
                                          std::to_string(facts.missing_findings.front()));
  }
  return {};
}

}  // namespace strongroom::registry
