// What a scan does with one file, or with many small ones, in one process.
#include <fmt/format.h>

#include <chrono>

#include "io/directory.h"
#include "model/pickle.h"
#include "model/structure.h"
#include "verbs.h"

namespace strongroom::bench {

/// --path FILE --times N: opens a safetensors file and reads its structure; prints {"ms":[…]}.
Result<void> read_structure(const Words& words) {
  ASSIGN_OR_RETURN(const std::string path, words.text("path"));
  ASSIGN_OR_RETURN(const std::uint64_t times, words.number("times", 1));
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return fail(ErrorCode::kUsage, "--path takes a whole path");
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(path.substr(0, slash)));
  std::string figures;
  for (std::uint64_t run = 0; run < times; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    ASSIGN_OR_RETURN(const io::FileReader reader, directory.open_file(path.substr(slash + 1)));
    model::Findings findings;
    ASSIGN_OR_RETURN(const model::Structure structure,
                     model::read_structure(model::FileKind::kSafetensors, reader, findings));
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    if (structure.tensors.empty()) return fail(ErrorCode::kMalformed, "no tensors in " + path);
    figures += fmt::format("{}{:.4f}", figures.empty() ? "" : ",", took.count());
  }
  fmt::print("{{\"ms\":[{}]}}\n", figures);
  return {};
}

/// --folder FOLDER --count N: judges 0.pkl to N-1.pkl; all have to be clean.
Result<void> judge_pickles(const Words& words) {
  ASSIGN_OR_RETURN(const std::string folder, words.text("folder"));
  ASSIGN_OR_RETURN(const std::uint64_t count, words.number("count", 1));
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(folder));
  for (std::uint64_t number = 0; number < count; ++number) {
    const std::string name = fmt::format("{}.pkl", number);
    ASSIGN_OR_RETURN(const io::FileReader reader, directory.open_file(name));
    model::Findings findings;
    RETURN_IF_ERROR(model::judge_pickles(reader, findings));
    if (findings.verdict() != model::Verdict::kClean) {
      return fail(ErrorCode::kMalformed, name + " is not clean");
    }
  }
  return {};
}

}  // namespace strongroom::bench
