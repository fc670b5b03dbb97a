#ifndef STRONGROOM_REGISTRY_TRIAGE_FACTS_WORDS_H_
#define STRONGROOM_REGISTRY_TRIAGE_FACTS_WORDS_H_

#include <array>
#include <string_view>

#include "registry/triage/situation.h"

/// How facts are spelled; in the order of the enumerations of facts.h.
namespace strongroom::triage {

inline constexpr std::string_view kFactsFormat = "strongroom-facts-1";
inline constexpr std::array<std::string_view, 5> kExposureWords{
    "internal", "trusted_access", "public_weights", "contractors", "outside"};
inline constexpr std::array<std::string_view, 5> kAccessWords{"training", "deployment", "secrets",
                                                              "internet", "code_execution"};
inline constexpr std::array<std::string_view, 6> kCategoryWords{
    "infrastructure",      "helpful_only",           "model_organism",
    "permissive_dual_use", "maliciously_fine_tuned", "general"};

[[nodiscard]] inline std::array<std::string_view, kDomains> domain_words() {
  std::array<std::string_view, kDomains> words;
  for (std::size_t i = 0; i < kDomains; ++i) words[i] = words_of(Axis::kDomain).values[i];
  return words;
}

}  // namespace strongroom::triage

#endif  // STRONGROOM_REGISTRY_TRIAGE_FACTS_WORDS_H_
