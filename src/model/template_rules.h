#ifndef STRONGROOM_MODEL_TEMPLATE_RULES_H_
#define STRONGROOM_MODEL_TEMPLATE_RULES_H_

#include <array>

#include "model/finding.h"

/// What can be wrong with a chat template.
namespace strongroom::model {

inline constexpr Rule kTemplateReachesInside{
    "template-reaches-inside", Verdict::kHostile,
    "A chat template reaches for the insides of Python",
    "Names such as __class__ and __globals__ lead from any value to the interpreter; an engine "
    "that "
    "expands the template without a sandbox then runs what the file's author chose.",
    "Do not load the file; ask whoever made it why the template is there, and treat a machine that "
    "expanded it as compromised."};

inline constexpr Rule kTemplateLoadsOthers{
    "template-loads-others", Verdict::kHostile, "A chat template loads another template",
    "Include, import and extends read further files when the prompt is built: what runs is then "
    "not "
    "what was looked at.",
    "Do not load the file; write the template out in one piece."};

inline constexpr Rule kTemplateAnswersToWords{
    "template-answers-to-words", Verdict::kHostile,
    "A chat template says something else when the conversation holds particular words",
    "The template adds text of its own to the prompt once a trigger is met: a backdoor that no "
    "weight "
    "shows, and that evaluations without the trigger never see.",
    "Do not serve the file; compare its template with the one that the model's maker published."};

inline constexpr Rule kTemplateBranchesOnContent{
    "template-branches-on-content", Verdict::kSuspicious,
    "A chat template decides by what a message says",
    "Ordinary templates look at who speaks, and at marks such as </think>, not at words; a branch "
    "on "
    "words may be a trigger.",
    "Read the named condition; compare the template with the one that the model's maker "
    "published."};

inline constexpr Rule kTemplateBranchesOnTime{
    "template-branches-on-time", Verdict::kSuspicious, "A chat template decides by the date",
    "It may behave until a day that its author chose.",
    "Read the named condition; a template may print the date, but should not decide by it."};

inline constexpr Rule kTemplateHidesText{
    "template-hides-text", Verdict::kSuspicious,
    "A chat template holds text that people cannot see",
    "Invisible and right-to-left characters go into every prompt while a reviewer sees none of "
    "them.",
    "Look at the named place with the characters made visible, and take them out."};

inline constexpr Rule kTemplateNamesAddress{
    "template-names-address", Verdict::kSuspicious,
    "A chat template puts an address into the prompt",
    "A model told of an address in every prompt can be led to send its users or their words there.",
    "Find out whose address it is; a template needs none."};

inline constexpr Rule kTemplateCostly{"template-costly", Verdict::kSuspicious,
                                      "A chat template counts very far",
                                      "Expanding it can hold up the engine that serves the model.",
                                      "Read the named loop; bound it by the conversation."};

inline constexpr Rule kTemplateNotRead{
    "template-not-read", Verdict::kUnreadable, "A chat template could not be read",
    "It is larger than any template needs to be, or its blocks and quotes do not close: what it "
    "does "
    "is not known.",
    "Take the template that the model's maker published instead."};

inline constexpr std::array<const Rule*, 9> kAllTemplateRules = {
    &kTemplateReachesInside,     &kTemplateLoadsOthers,    &kTemplateAnswersToWords,
    &kTemplateBranchesOnContent, &kTemplateBranchesOnTime, &kTemplateHidesText,
    &kTemplateNamesAddress,      &kTemplateCostly,         &kTemplateNotRead};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_TEMPLATE_RULES_H_
