#include <sys/sysmacros.h>

#include <fstream>
#include <sstream>

#include "scan_shown.h"

/// What a scan tells the agent that sweeps: weights and where they lie, and no other file.
namespace strongroom::terminal {

namespace {

using format::Json;
using model::scan::Model;
using model::scan::TreeScan;

constexpr std::size_t kPlaceBytesMax = 4'000;
constexpr std::size_t kModelsMax = 10'000;

// The end of a path tells more than its beginning.
std::string place_of(const std::string& name) {
  std::string shown = printable(name);
  if (shown.size() <= kPlaceBytesMax) return shown;
  std::size_t from = shown.size() - kPlaceBytesMax;
  while (from < shown.size() && (static_cast<unsigned char>(shown[from]) & 0xc0) == 0x80) ++from;
  return "…" + shown.substr(from);
}

// What one model is recognised by, as in scan_facts.cc.
std::optional<Digest> own_digest(const Model& model, const TreeScan& tree) {
  if (model.parts.size() == 1) {
    const model::scan::TreeFile& file = tree.files[model.parts[0].file];
    if (file.scanned.weights[model.parts[0].weights].member.empty() && file.digest)
      return file.digest;
  }
  return model.fingerprint ? std::optional(model.fingerprint->file) : std::nullopt;
}

// Of weights that have no digest of their own, that of the file they lie in.
std::optional<Digest> sighted_digest(const Model& model, const TreeScan& tree) {
  const std::optional<Digest> own = own_digest(model, tree);
  return own ? own : tree.files[model.parts[0].file].digest;
}

// A word, as sightings name formats.
std::string word_of(std::string_view name) {
  constexpr std::size_t kWordBytesMax = 32;
  std::string word;
  for (const char c : name.substr(0, kWordBytesMax)) {
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    const bool is_upper = c >= 'A' && c <= 'Z';
    word += is_kept ? c : is_upper ? static_cast<char>(c - 'A' + 'a') : '-';
  }
  return word.empty() ? "unknown" : word;
}

}  // namespace

std::set<std::uint64_t> devices_of_leases() {
  std::set<std::uint64_t> devices;
  std::ifstream lines("/proc/self/mountinfo");
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string id;
    std::string parent;
    unsigned major = 0;
    unsigned minor = 0;
    char colon = 0;
    if (!(words >> id >> parent >> major >> colon >> minor)) continue;
    if (line.find(" - fuse.strongroom ") != std::string::npos)
      devices.insert(makedev(major, minor));
  }
  return devices;
}

Json sightings_of(const TreeScan& tree) {
  Json::Array models;
  std::int64_t left_out = 0;
  std::int64_t unreadable = 0;
  for (const model::scan::TreeFile& file : tree.files) unreadable += file.digest ? 0 : 1;
  for (const Model& model : tree.models) {
    if (model.parts.empty()) continue;  // brought along
    const std::optional<Digest> digest = sighted_digest(model, tree);
    if (!digest) continue;  // counted as unreadable
    if (models.size() >= kModelsMax) {
      ++left_out;
      continue;
    }
    const model::scan::Part& part = model.parts[0];
    const model::FileKind kind = tree.files[part.file].scanned.weights[part.weights].kind;
    models.push_back(Json::Object{{"digest", *digest},
                                  {"kind", model.is_shadow    ? "shadow"
                                           : model.is_adapter ? "adapter"
                                                              : "model"},
                                  {"format", word_of(name_of(kind))},
                                  {"bytes", static_cast<std::int64_t>(model.bytes)},
                                  {"place", place_of(model.name)}});
  }
  return Json::Object{{"files", static_cast<std::int64_t>(tree.files.size())},
                      {"unreadable", unreadable},
                      {"left_out", left_out},
                      {"models", std::move(models)}};
}

}  // namespace strongroom::terminal
