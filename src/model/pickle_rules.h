#ifndef STRONGROOM_MODEL_PICKLE_RULES_H_
#define STRONGROOM_MODEL_PICKLE_RULES_H_

#include <array>

#include "model/finding.h"

/// What can be found in pickles and in PyTorch's files.
namespace strongroom::model {

inline constexpr Rule kPickleRunsCode{
    "pickle-runs-code", Verdict::kHostile,
    "Loading this pickle calls something that no model needs",
    "A pickle is a program that Python obeys while it loads. This one calls a function that runs "
    "commands or code, opens files or connections, or reaches into the interpreter, and it would "
    "do so before anybody has looked at a single weight.",
    "Do not load it, not even to inspect it; find out where it came from."};
inline constexpr Rule kPickleDangerousGlobal{
    "pickle-dangerous-global", Verdict::kHostile,
    "A pickle asks for something that runs commands or code",
    "Whatever a pickle can name, it can call, or hand to something that calls it later.",
    "Do not load it; find out where it came from."};
inline constexpr Rule kPickleHiddenName{
    "pickle-hidden-name", Verdict::kHostile,
    "A pickle asks for something by a name that is dressed up or made only while it loads",
    "Programs that write pickles name things plainly. Names that are computed, dressed up or reach "
    "through other objects are a way around scanners.",
    "Do not load it; find out where it came from."};
inline constexpr Rule kPickleCallsComputed{
    "pickle-calls-computed", Verdict::kHostile,
    "A pickle calls something that it has put together itself",
    "What is called cannot be known before the pickle is loaded.",
    "Do not load it; find out where it came from."};
inline constexpr Rule kPickleChangesGlobal{
    "pickle-changes-global", Verdict::kHostile,
    "A pickle changes a class or a module of the program that loads it",
    "Code that was trusted does something else afterwards, in the whole process.",
    "Do not load it; find out where it came from."};
inline constexpr Rule kPickleSpecialAttribute{
    "pickle-special-attribute", Verdict::kHostile,
    "A pickle sets an attribute by which Python decides what to run",
    "Setting __class__, __setstate__, __reduce__ and their like turns a harmless object into "
    "another one, or into a call.",
    "Do not load it; find out where it came from."};
inline constexpr Rule kPickleUnlistedGlobal{
    "pickle-global-not-allowed", Verdict::kSuspicious,
    "A pickle asks for a global that is not on the list",
    "Only what is known to be harmless is on the list. This may be an ordinary class of a library "
    "that is not on it, or the beginning of an attack that nobody has described yet.",
    "Have it written again as safetensors by whoever made it, or find out what the global does."};
inline constexpr Rule kPickleUnlistedCall{
    "pickle-call-not-allowed", Verdict::kSuspicious,
    "A pickle calls something that is not on the list",
    "The code behind that name runs while the file is loaded, with arguments from the file.",
    "Have it written again as safetensors by whoever made it, or read the code behind the name."};
inline constexpr Rule kPickleUnlistedUse{
    "pickle-use-not-allowed", Verdict::kSuspicious,
    "A pickle uses a listed global in a way that it is not listed for",
    "What is harmless with the usual arguments may crash, exhaust or mislead the program with "
    "others.",
    "Have it written again by the program that made it, and compare."};
inline constexpr Rule kPickleExtension{
    "pickle-extension", Verdict::kSuspicious, "A pickle asks for a global by an extension number",
    "What the number stands for is settled by the program that loads it, so nobody can tell from "
    "the file.",
    "Have it written again without copyreg extensions."};
inline constexpr Rule kPicklePersistentId{
    "pickle-persistent-id", Verdict::kSuspicious,
    "A pickle leaves an object to the program that loads it",
    "A persistent id that is not one of PyTorch's storages means whatever the loading program "
    "makes of it.",
    "Find out which program wrote it, and load it with nothing else."};
inline constexpr Rule kPickleOutsideBuffer{
    "pickle-outside-buffer", Verdict::kSuspicious,
    "A pickle asks for a buffer that is not in the file",
    "The file is not whole: part of what it loads comes from elsewhere.",
    "Have it written again without out-of-band buffers."};
inline constexpr Rule kPickleReadersDisagree{
    "pickle-readers-disagree", Verdict::kSuspicious,
    "Python's own pickle readers do not agree on this file",
    "What one reader sees another does not, which is a way to show a scanner something harmless.",
    "Have it written again by the program that made it."};
inline constexpr Rule kPickleMemoBomb{
    "pickle-memo-bomb", Verdict::kSuspicious, "A pickle numbers its memo far beyond its own length",
    "Python sets memory aside for every number below the highest, so few bytes can exhaust the "
    "memory of the machine that loads them.",
    "Do not load it on a machine that does anything else."};
inline constexpr Rule kPickleAfterStop{
    "pickle-data-after-stop", Verdict::kSuspicious, "Something stands behind the end of a pickle",
    "Loading ignores it, so it is a place to hide things, another pickle among them.",
    "Find out what it is; a whole file ends with its pickle."};
inline constexpr Rule kPickleInside{
    "pickle-inside", Verdict::kSuspicious, "A pickle stands where none is expected",
    "Nothing loads it by itself. It waits for whoever is told to read from there, or it hides from "
    "scanners.",
    "Find out who reads it, and judge it by its own findings."};
inline constexpr Rule kPickleBroken{
    "pickle-broken", Verdict::kUnreadable, "A pickle cannot be read to its end",
    "Python obeys what stands before the break, and nobody knows what should have stood behind "
    "it.",
    "Fetch the file again and compare its digest with the maker's."};
inline constexpr Rule kPickleTooLarge{
    "pickle-too-large", Verdict::kUnreadable, "A pickle is too large to be followed to its end",
    "It holds more objects than are kept in memory here; what stands behind the bound is unknown.",
    "Have large data written as arrays instead of millions of small objects."};
inline constexpr Rule kPytorchMalformed{
    "pytorch-malformed", Verdict::kUnreadable, "A PyTorch file does not hold together",
    "Its tensors, its storages and its members contradict one another; programs differ in what "
    "they make of it.",
    "Fetch the file again and compare its digest with the maker's."};
inline constexpr Rule kPytorchByteOrder{
    "pytorch-byte-order", Verdict::kUnreadable, "A PyTorch file is not in little-endian order",
    "Its numbers are not read here, so nothing can be said of its tensors.",
    "Write it again on a little-endian machine."};

inline constexpr std::array<const Rule*, 20> kAllPickleRules{
    &kPickleRunsCode,        &kPickleDangerousGlobal, &kPickleHiddenName,
    &kPickleCallsComputed,   &kPickleChangesGlobal,   &kPickleSpecialAttribute,
    &kPickleUnlistedGlobal,  &kPickleUnlistedCall,    &kPickleUnlistedUse,
    &kPickleExtension,       &kPicklePersistentId,    &kPickleOutsideBuffer,
    &kPickleReadersDisagree, &kPickleMemoBomb,        &kPickleAfterStop,
    &kPickleInside,          &kPickleBroken,          &kPickleTooLarge,
    &kPytorchMalformed,      &kPytorchByteOrder};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PICKLE_RULES_H_
