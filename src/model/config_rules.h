#ifndef STRONGROOM_MODEL_CONFIG_RULES_H_
#define STRONGROOM_MODEL_CONFIG_RULES_H_

#include "model/finding.h"

/// What the files beside the weights can do wrong: indexes of shards, configurations, graphs. They
/// stand in kAllFormatRules (format_rules.h).
namespace strongroom::model {

inline constexpr Rule kIndexMalformed{
    "index-malformed", Verdict::kUnreadable, "An index of shards breaks the rules of its format",
    "It says which file holds which tensor; from a broken one nobody knows what will be loaded.",
    "Get the file again, or write the index anew from the shards."};
inline constexpr Rule kIndexDuplicate{
    "index-duplicate", Verdict::kHostile, "A tensor has two places in a sharded model",
    "One loader takes the first, another the last: what was checked need not be what is loaded. No "
    "usual writer makes such a model.",
    "Do not load the model; keep it, and ask where it came from."};
inline constexpr Rule kIndexLocation{
    "index-location", Verdict::kHostile,
    "An index of shards names a file outside the model's own folder",
    "Loading the model reads another file of this machine as weights.",
    "Do not load the model; keep it, and ask where it came from."};
inline constexpr Rule kIndexShardMissing{
    "index-shard-missing", Verdict::kUnreadable, "A shard that the index names could not be read",
    "Part of the model is missing or broken; loaders may fill the gap with random numbers.",
    "Get the missing file and scan again."};
inline constexpr Rule kIndexTensorMissing{
    "index-tensor-missing", Verdict::kUnreadable,
    "A tensor is not in the shard where the index has it",
    "Loaders may fill the gap with random numbers, or take the tensor from elsewhere.",
    "Get the shards and their index again, all of one release."};
inline constexpr Rule kIndexTensorUnlisted{
    "index-tensor-unlisted", Verdict::kSuspicious,
    "A shard holds a tensor that the index does not list",
    "Some loaders take it, others do not: what was checked need not be what is loaded.",
    "Find out what the tensor is before the model goes further."};
inline constexpr Rule kIndexTotalSize{
    "index-total-size", Verdict::kSuspicious,
    "The sizes of the shards do not add up to what the index says",
    "The index was written for other shards: some were exchanged, or cut.",
    "Compare index and shards with those of the release."};
inline constexpr Rule kConfigMalformed{
    "config-malformed", Verdict::kUnreadable, "A model's configuration is not proper JSON",
    "Loaders differ in what they make of it, and what it says is not known.",
    "Get the file again; if it stays so, ask its maker what wrote it."};
inline constexpr Rule kConfigDuplicateName{
    "config-duplicate-name", Verdict::kHostile, "A model's configuration says the same name twice",
    "Loaders take the last, a person reads the first: a way to show one setting and use another.",
    "Do not load the model; keep it, and ask where it came from."};
inline constexpr Rule kConfigRunsCode{
    "config-runs-code", Verdict::kSuspicious, "A model's configuration asks for code to be run",
    "With trust_remote_code the loader imports Python that comes with the model and runs it with "
    "your rights.",
    "Read that code before you allow it, or load the model with classes of your own."};
inline constexpr Rule kConfigFetchesCode{
    "config-fetches-code", Verdict::kSuspicious,
    "A model's configuration asks for code from another repository",
    "With trust_remote_code the loader fetches Python over the network and runs it; whoever owns "
    "that repository decides what it does, today and later.",
    "Load the model without a network, with code that you keep beside it and have read."};

inline constexpr Rule kKerasLambda{
    "keras-lambda", Verdict::kHostile, "A Keras model brings Python code of its own",
    "A Lambda layer holds compiled Python that runs when the model is loaded or used; what it does "
    "cannot be told from outside.",
    "Ask its maker for a model without Lambda layers, or read the layer's source and build it "
    "anew."};
inline constexpr Rule kKerasForeignModule{
    "keras-foreign-module", Verdict::kSuspicious,
    "A Keras model names a class or function that is not Keras's own",
    "Loading it imports that module and calls into it, whatever it is on the machine that loads.",
    "Load the model only where you know that module and have read what is called."};
inline constexpr Rule kKerasRunsCode{
    "keras-runs-code", Verdict::kHostile,
    "A Keras model calls functions that run code, fetch files or switch guards off",
    "Loading the model calls them with the arguments that it brings (CVE-2025-1550). No model "
    "needs "
    "that.",
    "Do not load the file; keep it, and ask where it came from."};
inline constexpr Rule kKerasUnread{
    "keras-unread", Verdict::kUnreadable, "A Keras model's configuration could not be read",
    "What its layers are, and whether they bring code, is not known.",
    "Get the file again; if it stays so, ask its maker what wrote it."};
inline constexpr Rule kGraphMalformed{
    "graph-malformed", Verdict::kUnreadable, "A SavedModel breaks the rules of its format",
    "What its graphs do is not known.",
    "Get the file again; if it stays so, ask its maker what wrote it."};
inline constexpr Rule kGraphWritesFiles{
    "graph-writes-files", Verdict::kHostile, "A TensorFlow graph writes files",
    "When the model is used it writes where the graph says with what the graph holds: a way to "
    "leave code on the machine. No model needs that.",
    "Do not load the model; keep it, and ask where it came from."};
inline constexpr Rule kGraphReadsFiles{
    "graph-reads-files", Verdict::kSuspicious, "A TensorFlow graph reads files",
    "When the model is used it reads files of the machine that its inputs or its graph name, and "
    "can give them away in its answers.",
    "Find out which files, and run the model where there is nothing to find."};
inline constexpr Rule kGraphRunsPython{
    "graph-runs-python", Verdict::kSuspicious, "A TensorFlow graph calls Python functions",
    "They are not in the model but in the program around it: loaded alone it cannot work, and "
    "loaded with that program it runs what that brings.",
    "Ask its maker for a model that needs no Python beside it."};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_CONFIG_RULES_H_
