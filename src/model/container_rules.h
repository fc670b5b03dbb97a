#ifndef STRONGROOM_MODEL_CONTAINER_RULES_H_
#define STRONGROOM_MODEL_CONTAINER_RULES_H_

#include <array>

#include "model/finding.h"

/// What can be wrong with a container, with a file that is two things at once, and with weights
/// that stand where nobody looks. Hostile is what only intent makes; what damage alone can make is
/// suspicious or unreadable, and the content is judged in every reading all the same.
namespace strongroom::model {

inline constexpr Rule kZipHeadersDisagree{
    "zip-headers-disagree", Verdict::kSuspicious,
    "A zip archive's directory and its local headers tell two stories",
    "Two loaders can see two different members under one name, so that what was checked is not "
    "what "
    "is loaded. Archivers never write such a thing; damage or intent does.",
    "Take the file from its source again; if it is the same there, ask who made it before loading "
    "it."};
inline constexpr Rule kZipSeveralDirectories{
    "zip-several-directories", Verdict::kSuspicious, "A zip archive has more than one directory",
    "Loaders differ in which one they believe, so each may load other members.",
    "Do not load it; ask its maker for a file with one directory."};
inline constexpr Rule kZipDuplicateName{
    "zip-duplicate-name", Verdict::kSuspicious, "Two members of a zip archive have one name",
    "Some loaders take the first, some the last: a harmless member can stand in front of a harmful "
    "one.",
    "Look at both members; have the archive written anew with each name once."};
inline constexpr Rule kZipOverlap{
    "zip-overlap", Verdict::kHostile, "Members of a zip archive share the same bytes",
    "That is how a small archive unpacks to a huge one, and how one member hides in another. No "
    "archiver writes it.",
    "Do not unpack it."};
inline constexpr Rule kZipHiddenMember{
    "zip-hidden-member", Verdict::kSuspicious,
    "A zip archive holds a member that its directory does not name",
    "Loaders that read from the front see it, loaders that read the directory do not.",
    "Look at the member; have the archive written anew without it."};
inline constexpr Rule kZipHiddenData{
    "zip-hidden-data", Verdict::kSuspicious,
    "A zip archive holds bytes that belong to no member of it",
    "Bytes before, between or behind the members are where a second file hides that another loader "
    "finds.",
    "Look at what stands there; have the archive written anew."};
inline constexpr Rule kZipFlagLie{
    "zip-flag-lie", Verdict::kSuspicious,
    "A zip member says that it is encrypted or a patch, and is neither",
    "The flag makes scanners give up while a loader that ignores it reads the member.",
    "Judge the file by what this scan found inside; do not trust other scanners on it."};
inline constexpr Rule kZipCrcLie{"zip-checksum", Verdict::kSuspicious,
                                 "A zip member does not match its own checksum or size",
                                 "The file is damaged, or made so that careful scanners refuse "
                                 "what careless loaders still load. "
                                 "PyTorch does not check.",
                                 "Take the file from its source again; what was found in the bytes "
                                 "as they stand is listed too."};
inline constexpr Rule kArchiveEscape{
    "archive-path-escape", Verdict::kHostile,
    "A member's name leads out of the archive's directory",
    "Unpacking it writes or reads outside the place chosen: over a key, a start script, another "
    "model.",
    "Do not unpack it."};
inline constexpr Rule kArchiveOddName{
    "archive-odd-name", Verdict::kSuspicious, "A member's name reads differently on other systems",
    "A backslash, a control character or a second name lets one loader find a member that another "
    "does not.",
    "Look at the name before unpacking."};
inline constexpr Rule kArchiveLink{
    "archive-link", Verdict::kSuspicious, "An archive holds a link or a device",
    "Once unpacked it stands for another file of yours, which is then read or overwritten.",
    "Unpack without links, or have the archive written anew with plain files."};
inline constexpr Rule kArchiveDamaged{
    "archive-damaged", Verdict::kUnreadable, "A container could not be read to its end",
    "What lies behind the damage is unknown; a loader that is less strict may still find it.",
    "Take the file from its source again."};
inline constexpr Rule kArchiveEncrypted{
    "archive-encrypted", Verdict::kUnreadable, "A container or member is encrypted",
    "Nothing is known of its content.",
    "Ask for it unencrypted, or scan it where it was unlocked."};
inline constexpr Rule kArchiveUnsupported{
    "archive-unsupported", Verdict::kUnreadable,
    "A container or member is packed in a way that is not read here",
    "Nothing is known of its content.",
    "Unpack it by hand in a safe place and scan what comes out."};
inline constexpr Rule kArchiveTooLarge{
    "archive-too-large", Verdict::kUnreadable,
    "A container is over a bound of this scan, so that not all of it was read",
    "What was not read is unknown.", "Unpack it by hand in a safe place and scan what comes out."};
inline constexpr Rule kArchiveTooDeep{
    "archive-too-deep", Verdict::kUnreadable,
    "Containers stand in containers beyond the depth read",
    "What lies deeper is unknown; honest files are not packed so often.",
    "Unpack it by hand in a safe place and scan what comes out."};
inline constexpr Rule kArchiveBomb{
    "archive-bomb", Verdict::kHostile, "A container unpacks to far more than it is",
    "Unpacking it fills the memory or the disk of whoever tries.", "Do not unpack it."};
inline constexpr Rule kManyDisks{
    "archive-many-parts", Verdict::kUnreadable, "A container is one part of several",
    "Only all parts together can be judged.", "Put the parts together and scan the whole."};
inline constexpr Rule kTarHeader{"tar-header", Verdict::kSuspicious,
                                 "A tar archive's header is malformed or ambiguous",
                                 "Two programs can unpack two different things from it.",
                                 "Have the archive written anew by an ordinary tar."};
inline constexpr Rule kTarHiddenData{
    "tar-hidden-data", Verdict::kSuspicious, "A tar archive goes on behind its end",
    "Some programs stop at the end mark, some read on, and see more members.",
    "Look at what stands there; have the archive written anew."};
inline constexpr Rule kTwoFormats{
    "two-formats", Verdict::kHostile, "The file is two things at once",
    "One loader reads it as the one, another as the other: what was checked need not be what is "
    "run. Model files have no reason for it.",
    "Do not load it; ask its maker."};
inline constexpr Rule kDataBehindEnd{
    "data-behind-end", Verdict::kSuspicious,
    "There are bytes behind the end of the file's own format",
    "Loaders ignore them, which makes them a place to carry something unseen.",
    "Find out what they are; have the file written anew without them."};
inline constexpr Rule kNameMisleads{
    "name-misleads", Verdict::kSuspicious, "The file is not what its name promises",
    "Programs choose the loader by the name or by the content; those that differ on this file can "
    "be "
    "played against each other.",
    "Rename it to what it is, after finding out why it was named so."};
inline constexpr Rule kProgramFile{
    "executable", Verdict::kSuspicious, "A program or shared library stands among model files",
    "Weights need no machine code. Loaders of custom operators run it with your rights.",
    "Remove it unless you know who built it and why."};
inline constexpr Rule kCodeFile{
    "code-file", Verdict::kSuspicious, "Program text stands among model files",
    "Loading with trust_remote_code, or a build step, runs it with your rights.",
    "Read it before you allow remote code; the weights load without it."};
inline constexpr Rule kShadowWeights{
    "shadow-weights", Verdict::kSuspicious, "Weights stand where nobody looks for them",
    "Renamed, packed, appended or headerless weights are how a model leaves a house unseen, and "
    "how "
    "an unregistered copy stays.",
    "Find out who put them there; register and seal them, or remove them."};
inline constexpr Rule kNotRead{
    "not-read", Verdict::kUnreadable, "Part of the file could not be read or understood",
    "Nothing is known of that part.", "Find out what the file is before loading it."};

inline constexpr std::array kAllContainerRules = {&kZipHeadersDisagree,
                                                  &kZipSeveralDirectories,
                                                  &kZipDuplicateName,
                                                  &kZipOverlap,
                                                  &kZipHiddenMember,
                                                  &kZipHiddenData,
                                                  &kZipFlagLie,
                                                  &kZipCrcLie,
                                                  &kArchiveEscape,
                                                  &kArchiveOddName,
                                                  &kArchiveLink,
                                                  &kArchiveDamaged,
                                                  &kArchiveEncrypted,
                                                  &kArchiveUnsupported,
                                                  &kArchiveTooLarge,
                                                  &kArchiveTooDeep,
                                                  &kArchiveBomb,
                                                  &kManyDisks,
                                                  &kTarHeader,
                                                  &kTarHiddenData,
                                                  &kTwoFormats,
                                                  &kDataBehindEnd,
                                                  &kNameMisleads,
                                                  &kProgramFile,
                                                  &kCodeFile,
                                                  &kShadowWeights,
                                                  &kNotRead};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_CONTAINER_RULES_H_
