#ifndef STRONGROOM_MODEL_FORMAT_RULES_H_
#define STRONGROOM_MODEL_FORMAT_RULES_H_

#include <array>

#include "model/config_rules.h"
#include "model/finding.h"

/// What a weights file can do wrong by the rules of its own format.
namespace strongroom::model {

inline constexpr Rule kSafetensorsHeaderTooLarge{
    "safetensors-header-too-large", Verdict::kUnreadable,
    "A safetensors header is longer than the format allows",
    "The format ends at 100,000,000 bytes; a longer header makes a loader take that much memory "
    "before it can look at anything.",
    "Do not load the file; get it again from its maker."};
inline constexpr Rule kSafetensorsHeaderMalformed{
    "safetensors-header-malformed", Verdict::kUnreadable,
    "A safetensors header breaks the rules of its format",
    "Loaders differ in what they make of a broken header, and what lies behind it is not known.",
    "Get the file again; if it stays so, ask its maker what wrote it."};
inline constexpr Rule kSafetensorsDuplicateName{
    "safetensors-duplicate-name", Verdict::kHostile,
    "A safetensors header says the same name twice",
    "One loader takes the first meaning, another the last: what was checked need not be what is "
    "loaded. No usual writer makes such a file.",
    "Do not load the file; keep it, and ask where it came from."};
inline constexpr Rule kSafetensorsOverlap{
    "safetensors-tensors-overlap", Verdict::kHostile, "Tensors of a safetensors file overlap",
    "The format gives every tensor bytes of its own; overlapping ones are made by hand, to make a "
    "small file claim much or to let one tensor stand in another.",
    "Do not load the file; keep it, and ask where it came from."};
inline constexpr Rule kSafetensorsHole{
    "safetensors-hole", Verdict::kSuspicious,
    "A safetensors file holds bytes that belong to no tensor",
    "The format allows none. Bytes that no loader reads are a place to hide a payload or other "
    "weights.",
    "Look at these bytes before the file goes further."};
inline constexpr Rule kSafetensorsCut{
    "safetensors-cut", Verdict::kUnreadable, "A safetensors file ends before its tensors do",
    "Part of the file is missing: an unfinished download, or a header that claims too much.",
    "Get the file again and compare its size."};
inline constexpr Rule kSafetensorsSizeLie{
    "safetensors-size-lie", Verdict::kUnreadable,
    "A tensor's place in a safetensors file does not fit its type and shape",
    "A loader that believes the shape reads beyond the tensor, one that believes the place reads "
    "other numbers.",
    "Do not load the file; get it again from its maker."};
inline constexpr Rule kSafetensorsUnknownMember{
    "safetensors-unknown-member", Verdict::kSuspicious,
    "A tensor's description in a safetensors header says more than the format knows",
    "Loaders pass over it, so it can carry anything; a later loader may obey it.",
    "Look at what it says before the file goes further."};

inline constexpr Rule kGgufVersion{
    "gguf-version", Verdict::kUnreadable, "A GGUF file is of a version that is not read",
    "Versions 2 and 3 for little-endian machines are read; others lay their bytes out otherwise.",
    "Convert the file anew from its origin with a current tool."};
inline constexpr Rule kGgufHeaderMalformed{
    "gguf-header-malformed", Verdict::kUnreadable, "A GGUF header breaks the rules of its format",
    "Engines in C take such headers as they come; broken ones are how their memory is attacked.",
    "Do not load the file; get it again from its maker."};
inline constexpr Rule kGgufHeaderTooLarge{
    "gguf-header-too-large", Verdict::kUnreadable, "A GGUF header is larger than any model needs",
    "Loaders hold the header in memory; one of that size is made to exhaust it.",
    "Do not load the file; get it again from its maker."};
inline constexpr Rule kGgufCut{
    "gguf-cut", Verdict::kUnreadable, "A GGUF file ends before its header or its tensors do",
    "Part of the file is missing: an unfinished download, or a header that claims too much.",
    "Get the file again and compare its size."};
inline constexpr Rule kGgufDuplicateName{
    "gguf-duplicate-name", Verdict::kHostile, "A GGUF file says the same key or tensor twice",
    "One engine takes the first, another the last: what was checked need not be what is loaded. No "
    "usual writer makes such a file.",
    "Do not load the file; keep it, and ask where it came from."};
inline constexpr Rule kGgufOverlap{
    "gguf-tensors-overlap", Verdict::kHostile, "Tensors of a GGUF file overlap",
    "The format lays tensors out one behind another; overlapping ones are made by hand, to make a "
    "small file claim much or to let one tensor stand in another.",
    "Do not load the file; keep it, and ask where it came from."};
inline constexpr Rule kGgufHole{
    "gguf-hole", Verdict::kSuspicious, "A GGUF file holds bytes that belong to no tensor",
    "Between tensors the format allows only zeroes up to the next aligned place. Bytes that no "
    "engine reads are a place to hide a payload or other weights.",
    "Look at these bytes before the file goes further."};

inline constexpr Rule kOnnxMalformed{
    "onnx-malformed", Verdict::kUnreadable, "An ONNX file breaks the rules of its format",
    "Runtimes differ in what they make of a broken model, and what lies in it is not known.",
    "Get the file again; if it stays so, ask its maker what wrote it."};
inline constexpr Rule kOnnxTooLarge{
    "onnx-too-large", Verdict::kUnreadable, "An ONNX file nests or names more than any model does",
    "Runtimes build every part of the graph in memory; one like this is made to exhaust it.",
    "Do not load the file; get it again from its maker."};
inline constexpr Rule kOnnxDuplicate{
    "onnx-duplicate", Verdict::kHostile, "An ONNX file says twice what can be said once",
    "One reader takes the first, another the last or joins them: what was checked need not be what "
    "is loaded. No usual writer makes such a file.",
    "Do not load the file; keep it, and ask where it came from."};
inline constexpr Rule kOnnxUnknownField{
    "onnx-unknown-field", Verdict::kSuspicious,
    "An ONNX file holds a field that ONNX does not have",
    "Runtimes pass over it, so it can carry anything; a later runtime may obey it.",
    "Find out what wrote the file, and look at the field before it goes further."};
inline constexpr Rule kOnnxLocation{
    "onnx-location", Verdict::kHostile,
    "An ONNX file asks for tensor bytes from outside its own folder",
    "Loading it reads another file of this machine as weights (CVE-2022-25882, CVE-2024-27318): "
    "keys or documents then leave with the model's answers.",
    "Do not load the file; keep it, and ask where it came from."};
inline constexpr Rule kOnnxSizeLie{"onnx-size-lie", Verdict::kUnreadable,
                                   "A tensor's bytes in an ONNX file do not fit its type and shape",
                                   "A runtime that believes the shape reads beyond the tensor.",
                                   "Do not load the file; get it again from its maker."};
inline constexpr Rule kOnnxHiddenExternal{
    "onnx-hidden-external", Verdict::kSuspicious,
    "A tensor in an ONNX file has bytes in two places",
    "It names a file beside the model and holds bytes itself: runtimes differ in which they take.",
    "Find out what wrote the file before it goes further."};
inline constexpr Rule kOnnxCustomDomain{
    "onnx-custom-domain", Verdict::kSuspicious,
    "An ONNX file uses operators that no known runtime brings",
    "They come from a native library that is loaded beside the model and runs with all its rights.",
    "Load the file only with a library that you have from its maker and have looked at."};

inline constexpr Rule kNumpyMalformed{
    "numpy-malformed", Verdict::kUnreadable, "A NumPy header breaks the rules of its format",
    "NumPy evaluates the header as Python text; what lies behind a broken one is not known.",
    "Get the file again; if it stays so, ask its maker what wrote it."};
inline constexpr Rule kNumpyHeaderTooLarge{
    "numpy-header-too-large", Verdict::kUnreadable, "A NumPy header is longer than any array needs",
    "NumPy evaluates the header as Python text; a long one exhausts or crashes it.",
    "Do not load the file; get it again from its maker."};
inline constexpr Rule kNumpyCut{
    "numpy-cut", Verdict::kUnreadable, "A NumPy file ends before its array does",
    "Part of the file is missing: an unfinished download, or a header that claims too much.",
    "Get the file again and compare its size."};
inline constexpr Rule kNumpyDuplicate{
    "numpy-duplicate", Verdict::kHostile, "A NumPy file says the same thing twice",
    "One reader takes the first, another the last: what was checked need not be what is loaded. No "
    "usual writer makes such a file.",
    "Do not load the file; keep it, and ask where it came from."};
inline constexpr Rule kNumpyHole{
    "numpy-hole", Verdict::kSuspicious, "A NumPy file goes on behind its array",
    "Loaders stop at the array's end; what comes after is a place to hide a payload or weights.",
    "Look at these bytes before the file goes further."};

inline constexpr std::array<const Rule*, 47> kAllFormatRules = {
    &kSafetensorsHeaderTooLarge,
    &kSafetensorsHeaderMalformed,
    &kSafetensorsDuplicateName,
    &kSafetensorsOverlap,
    &kSafetensorsHole,
    &kSafetensorsCut,
    &kSafetensorsSizeLie,
    &kSafetensorsUnknownMember,
    &kGgufVersion,
    &kGgufHeaderMalformed,
    &kGgufHeaderTooLarge,
    &kGgufCut,
    &kGgufDuplicateName,
    &kGgufOverlap,
    &kGgufHole,
    &kOnnxMalformed,
    &kOnnxTooLarge,
    &kOnnxDuplicate,
    &kOnnxUnknownField,
    &kOnnxLocation,
    &kOnnxSizeLie,
    &kOnnxHiddenExternal,
    &kOnnxCustomDomain,
    &kNumpyMalformed,
    &kNumpyHeaderTooLarge,
    &kNumpyCut,
    &kNumpyDuplicate,
    &kNumpyHole,
    &kIndexMalformed,
    &kIndexDuplicate,
    &kIndexLocation,
    &kIndexShardMissing,
    &kIndexTensorMissing,
    &kIndexTensorUnlisted,
    &kIndexTotalSize,
    &kConfigMalformed,
    &kConfigDuplicateName,
    &kConfigRunsCode,
    &kConfigFetchesCode,
    &kKerasLambda,
    &kKerasForeignModule,
    &kKerasRunsCode,
    &kKerasUnread,
    &kGraphMalformed,
    &kGraphWritesFiles,
    &kGraphReadsFiles,
    &kGraphRunsPython,
};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_FORMAT_RULES_H_
