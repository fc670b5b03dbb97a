#ifndef STRONGROOM_MODEL_SUMMARY_H_
#define STRONGROOM_MODEL_SUMMARY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "format/json.h"
#include "model/recognise.h"

namespace strongroom::model {

struct RecognisedFile {
  std::string path;  ///< within the directory
  std::uint64_t bytes = 0;
  Recognised is;
};

/// What a directory holds, as `strongroom scan` shows it and as it is noted at deposit.
struct Summary {
  struct Count {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    bool operator==(const Count&) const = default;
  };
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::map<FileKind, Count> kinds;
  /// What every file that names an architecture agrees on; empty when none does or they disagree.
  std::string architecture;
  bool architectures_disagree = false;
  std::uint64_t tensors = 0;            ///< of the files whose headers tell
  std::vector<RecognisedFile> doubted;  ///< the files with a doubt, in the order given
};

/// Total, pure. Sums stop at 2^64 − 1.
[[nodiscard]] Summary recognise_directory(const std::vector<RecognisedFile>& files);

/// One line: "llama model: 1 gguf file, 39 tensors; 3 files, 17.1 MB in all".
[[nodiscard]] std::string describe(const Summary& summary);

/// For `--json`: {"files","bytes","kinds":{kind:{"files","bytes"}},"architecture","tensors",
/// "doubts":[{"path","kind","doubts":[…]}]}. Numbers stop at 2^53 − 1; at most 1,000 doubts are
/// listed and "doubted_files" says how many there are.
[[nodiscard]] format::Json to_json(const Summary& summary);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_SUMMARY_H_
