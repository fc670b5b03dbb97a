#include <map>
#include <set>

#include "scan_shown.h"

/// What a scan found, as the beginning of a file of facts for `triage`: everything that a scan
/// cannot know is left out, and what is left out is unknown.
namespace strongroom::terminal {

namespace {

using format::Json;
using model::scan::Model;
using model::scan::TreeScan;

constexpr std::size_t kNameBytesMax = 200;  // of an asset in such a file
constexpr std::string_view kNobody = "nobody has said";

std::optional<Digest> digest_of(const Model& model, const TreeScan& tree) {
  if (model.parts.size() == 1) {
    const model::scan::TreeFile& file = tree.files[model.parts[0].file];
    if (file.scanned.weights[model.parts[0].weights].member.empty() && file.digest)
      return file.digest;
  }
  return model.fingerprint ? std::optional(model.fingerprint->file) : std::nullopt;
}

/// Names are unique and bounded there; the end of a path tells more than its beginning.
class Names {
 public:
  std::string of(const std::string& name) {
    std::string shown = printable(name);
    constexpr std::size_t kKept = kNameBytesMax - 16;
    if (shown.size() > kKept) {
      std::size_t from = shown.size() - kKept;
      while (from < shown.size() && (static_cast<unsigned char>(shown[from]) & 0xc0) == 0x80)
        ++from;
      shown = shown.substr(from);
    }
    std::string unique = shown;
    for (int number = 2; !taken_.insert(unique).second; ++number) {
      unique = shown + " (" + std::to_string(number) + ")";
    }
    return unique;
  }

 private:
  std::set<std::string> taken_;
};

}  // namespace

Json facts_of(const TreeScan& tree) {
  Names names;
  std::map<Digest, std::size_t> first;  // copies are one asset
  std::map<std::size_t, std::string> name;
  for (std::size_t at = 0; at < tree.models.size(); ++at) {
    const Model& model = tree.models[at];
    if (model.parts.empty()) continue;
    const std::optional<Digest> digest = digest_of(model, tree);
    if (digest) {
      const auto [same, is_new] = first.emplace(*digest, at);
      if (!is_new) {
        name[at] = name[same->second];
        continue;
      }
    }
    name[at] = names.of(model.name);
  }
  Json::Array assets;
  std::set<std::string> written;
  for (const auto& [at, asset_name] : name) {
    if (!written.insert(asset_name).second) continue;
    const Model& model = tree.models[at];
    Json::Object asset{{"name", asset_name},
                       {"owner", std::string(kNobody)},
                       {"kind", model.is_adapter ? "adapter" : "model"}};
    if (const std::optional<Digest> digest = digest_of(model, tree))
      asset.emplace("digest", *digest);
    if (model.ancestry && !model.ancestry->parents.empty()) {
      // Several parents of a merge: the first is named, since a derivation has one.
      const auto parent = name.find(model.ancestry->parents[0].model);
      if (parent != name.end() && parent->second != asset_name) {
        asset.emplace("derivation",
                      Json::Object{{"parent", parent->second},
                                   {"method", std::string(name_of(model.ancestry->relation))}});
      }
    }
    assets.push_back(std::move(asset));
  }
  return Json::Object{
      {"format", "strongroom-facts-1"},
      {"lab", "found by strongroom scan"},
      // Nobody has looked at it: so it measures nothing yet.
      {"reference", Json::Object{{"name", std::string(kNobody)}, {"as_of", "2000-01-01"}}},
      {"people", Json::Object{}},
      {"hosts", Json::Object{}},
      {"public_index", Json::Array{}},
      {"assets", std::move(assets)}};
}

}  // namespace strongroom::terminal
