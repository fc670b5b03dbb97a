#include "candidates.h"

#include <set>

#include "inventory.h"
#include "io/directory.h"

namespace strongroom::terminal {

namespace {

constexpr const char* kFile = "candidates";
constexpr const char* kAssetsFile = "candidates-assets";
constexpr std::string_view kNames = "names";  // of what is sealed; and of what is registered
constexpr std::size_t kFileBytesMax = 1u << 20;
constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::uint32_t kFileMode = 0600;

void add_line(std::string& text, const std::string& kind, const std::string& word,
              const std::string& about) {
  if (word.empty() || word.starts_with('-') || printable(word) != word) return;
  const std::string line = kind + "\t" + word + "\t" + printable(about) + "\n";
  if (text.size() + line.size() <= kFileBytesMax) text += line;
}

std::string home_in(const Common& common) {
  for (std::size_t i = 0; i < common.command.size(); ++i) {
    if (common.command[i] == "--home" && i + 1 < common.command.size())
      return common.command[i + 1];
    if (common.command[i].starts_with("--home=")) return common.command[i].substr(7);
  }
  return common.home;
}

}  // namespace

Result<void> keep_candidates(const std::string& home, const Candidates& seen) {
  std::string text;
  for (const std::string& name : seen.names) add_line(text, "names", name, "");
  for (const auto& [id, about] : seen.proposals) add_line(text, "proposals", id, about);
  ASSIGN_OR_RETURN(const io::Directory directory,
                   io::Directory::open_or_make(home, kDirectoryMode));
  return directory.write_file_atomically(kFile, as_bytes(text), kFileMode);
}

Result<void> keep_assets(const std::string& home, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) add_line(text, std::string(kNames), name, "");
  ASSIGN_OR_RETURN(const io::Directory directory,
                   io::Directory::open_or_make(home, kDirectoryMode));
  return directory.write_file_atomically(kAssetsFile, as_bytes(text), kFileMode);
}

Result<std::string> candidates(const Common& common, const std::string& kind) {
  const std::string home = home_in(common);
  if (home.empty()) return std::string();
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(home));
  std::set<std::string> seen;
  std::string lines;
  for (const char* file : {kFile, kAssetsFile}) {
    const Result<Bytes> bytes = directory.read_file(file, kFileBytesMax);
    if (!bytes && bytes.error().code == ErrorCode::kNotFound) continue;
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    std::string_view text = as_text(*bytes);
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size() - 1);
      const std::string line(text.substr(0, end + 1));
      text.remove_prefix(end + 1);
      if (line.starts_with(kind + "\t") && seen.insert(line).second)
        lines += line.substr(kind.size() + 1);
    }
  }
  return lines;
}

}  // namespace strongroom::terminal
