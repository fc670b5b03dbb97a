// What a scan does with one file, again and again in one process.
#include <fmt/format.h>

#include <chrono>

#include "io/directory.h"
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

}  // namespace strongroom::bench
