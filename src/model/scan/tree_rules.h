#ifndef STRONGROOM_MODEL_SCAN_TREE_RULES_H_
#define STRONGROOM_MODEL_SCAN_TREE_RULES_H_

#include <array>

#include "model/finding.h"

/// What only shows when a file is seen together with those around it.
namespace strongroom::model::scan {

inline constexpr Rule kExternalMissing{"external-data-missing", Verdict::kUnreadable,
                                       "A model names a file of weights that is not there",
                                       "Part of the model is missing, so nothing can be said of "
                                       "it; a loader may look for it somewhere "
                                       "else.",
                                       "Get the whole model again."};

inline constexpr Rule kExternalOutside{
    "external-data-outside", Verdict::kHostile, "A model names a file outside of its own directory",
    "Loading it reads, and may overwrite or show, a file of the machine that it was never given.",
    "Do not load it; find out where it came from."};

inline constexpr Rule kExternalIsLink{
    "external-data-is-a-link", Verdict::kHostile, "A model's file of weights is a link",
    "What is loaded is then whatever the link points to on the machine that loads it, not what was "
    "looked at here.",
    "Do not load it; put the file itself in the link's place if you know it."};

inline constexpr Rule kExternalTooShort{
    "external-data-too-short", Verdict::kUnreadable,
    "A file of weights ends before the tensors that are said to stand in it",
    "The model is damaged, or its description lies; loaders may read other memory instead.",
    "Get the whole model again."};

inline constexpr Rule kExternalHasOtherNames{
    "external-data-has-other-names", Verdict::kSuspicious,
    "A model's file of weights is linked from elsewhere too (hard link)",
    "Whoever may write it under its other name changes the model without touching this directory.",
    "Copy the file in the link's place."};

inline constexpr Rule kLinkLeadsOut{
    "link-leads-out", Verdict::kSuspicious, "A link leads out of the directory",
    "What it points to was not looked at, and may be another thing on another machine.",
    "Scan what it points to, or put the file itself in its place."};

inline constexpr Rule kNotAFile{"not-a-file", Verdict::kSuspicious,
                                "Something that is no file lies among the files",
                                "A device, socket or pipe has no business beside weights: opening "
                                "it can hang a loader or act on "
                                "the machine.",
                                "Find out who put it there, and remove it."};

inline constexpr Rule kFileNotOpened{"file-not-opened", Verdict::kUnreadable,
                                     "A file could not be read", "Nothing is known of it.",
                                     "Scan as somebody who may read it, or look at the disk."};

inline constexpr Rule kFileChanged{
    "file-changed", Verdict::kUnreadable, "A file changed while it was being scanned",
    "What was looked at is not what stands there now.", "Scan again when nobody writes there."};

inline constexpr Rule kTensorsNotRead{
    "tensors-not-read", Verdict::kUnreadable, "The tensors of a weights file could not be read",
    "Its header reads well, but its contents do not, so it cannot be compared with other models.",
    "Get the file again."};

inline constexpr std::array<const Rule*, 10> kAllTreeRules = {
    &kExternalHasOtherNames, &kExternalMissing, &kExternalOutside, &kExternalIsLink,
    &kExternalTooShort,      &kLinkLeadsOut,    &kNotAFile,        &kFileNotOpened,
    &kFileChanged,           &kTensorsNotRead};

}  // namespace strongroom::model::scan

#endif  // STRONGROOM_MODEL_SCAN_TREE_RULES_H_
