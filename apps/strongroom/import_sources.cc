#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "importing.h"
#include "scan_shown.h"
#include "unique_names.h"

/// A file of facts, and what a scan found, as sources of an import.
namespace strongroom::terminal {

using format::Fields;
using format::Json;

Result<Source> source_of_lab(const triage::Lab& lab) {
  Source source;
  for (const triage::AssetFacts& asset : lab.assets) {
    WantedAsset wanted;
    wanted.name = asset.name;
    wanted.digest = asset.digest;
    wanted.where = "asset " + asset.name;
    wanted.facts = *to_json(asset).object();
    wanted.facts.erase("name");
    // What nobody has filled in declares nothing: a scan guessed the parent.
    if (asset.owner == kNobody && asset.derivation && *asset.derivation) {
      const triage::Derivation& made = **asset.derivation;
      if (made.parent)
        wanted.parents.push_back({*made.parent, std::nullopt, made.method, Digest{}});
      wanted.facts.erase("derivation");
    }
    source.assets.push_back(std::move(wanted));
  }
  if (!lab.public_index.empty()) {
    ASSIGN_OR_RETURN(PublicIndex index,
                     PublicIndex::of({lab.public_index.begin(), lab.public_index.end()}));
    source.indexes.push_back(std::move(index));
  }
  return source;
}

namespace {

constexpr std::size_t kModelsMax = 1'000'000;
constexpr std::size_t kParentsMax = 64;

std::string below(const std::string& path, const std::vector<std::string>& roots) {
  for (const std::string& root : roots) {
    if (path == root) return path.substr(path.rfind('/') + 1);
    const std::string folder = root.ends_with('/') ? root : root + "/";
    if (!path.starts_with(folder)) continue;
    std::string inner = path.substr(folder.size());
    if (roots.size() == 1) return inner;
    const std::size_t slash = root.rfind('/');
    return (slash == std::string::npos ? root : root.substr(slash + 1)) + "/" + inner;
  }
  return path;
}

Result<FoundParent> parent_from(const Json& json) {
  Fields fields(json, "a parent that was found");
  FoundParent parent;
  ASSIGN_OR_RETURN(parent.name, fields.text("name"));
  if (fields.has("digest")) {
    ASSIGN_OR_RETURN(parent.digest, fields.id<Digest>("digest"));
  }
  RETURN_IF_ERROR(fields.done());
  constexpr std::string_view kBrought = "known: ";
  if (parent.name.starts_with(kBrought)) parent.name.erase(0, kBrought.size());
  return parent;
}

struct FoundModel {
  WantedAsset wanted;
  std::string path;
  std::vector<std::string> places;
  bool hostile = false;
};

Result<FoundModel> model_from(const Json& json) {
  Fields fields(json, "a model that was found");
  FoundModel model;
  ASSIGN_OR_RETURN(model.path, fields.text("name", limits::kTextBytesMax));
  ASSIGN_OR_RETURN(const std::string kind, fields.text("kind"));
  ASSIGN_OR_RETURN(model.hostile, fields.boolean("hostile"));
  model.wanted.facts.emplace("kind", kind);
  if (fields.has("digest")) {
    ASSIGN_OR_RETURN(model.wanted.digest, fields.id<Digest>("digest"));
    model.wanted.facts.emplace("digest", *model.wanted.digest);
  }
  ASSIGN_OR_RETURN(const Json::Object* formats, fields.object("formats"));
  for (const auto& [name, count] : *formats) {
    if (count.integer() == nullptr) return fail(ErrorCode::kMalformed, "formats: no number");
    model.wanted.formats.emplace(name, *count.integer());
  }
  ASSIGN_OR_RETURN(const Json::Array* places, fields.array("places", kModelsMax));
  for (const Json& each : *places) {
    if (each.text() == nullptr) return fail(ErrorCode::kMalformed, "places: no text");
    model.places.push_back(*each.text());
  }
  if (fields.has("parents")) {
    ASSIGN_OR_RETURN(const Json::Array* parents, fields.array("parents", kParentsMax));
    ASSIGN_OR_RETURN(const std::string relation, fields.text("relation"));
    ASSIGN_OR_RETURN(const Digest evidence, fields.id<Digest>("evidence"));
    for (const Json& each : *parents) {
      ASSIGN_OR_RETURN(FoundParent parent, parent_from(each));
      parent.relation = relation;
      parent.evidence = evidence;
      model.wanted.parents.push_back(std::move(parent));
    }
  }
  RETURN_IF_ERROR(fields.done());
  return model;
}

}  // namespace

Result<Scanned> source_of_scan(const Json& found, const std::string& host,
                               const std::vector<std::string>& roots) {
  Fields fields(found, "what was found");
  RETURN_IF_ERROR(fields.require("format", kFoundFormat));
  Scanned scanned;
  scanned.source.says = Says::kPlaces;
  ASSIGN_OR_RETURN(const std::int64_t files, fields.integer("files", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(const std::int64_t unreadable,
                   fields.integer("unreadable", 0, limits::kJsonIntegerMax));
  scanned.files = static_cast<std::size_t>(files);
  scanned.unreadable = static_cast<std::size_t>(unreadable);
  ASSIGN_OR_RETURN(const Json::Array* hostile, fields.array("hostile", kModelsMax));
  for (const Json& each : *hostile) {
    Fields one(each, "hostile");
    Hostile file;
    ASSIGN_OR_RETURN(file.path, one.text("path"));
    ASSIGN_OR_RETURN(file.why, one.text("why"));
    RETURN_IF_ERROR(one.done());
    scanned.hostile.push_back(std::move(file));
  }
  ASSIGN_OR_RETURN(const Json::Array* models, fields.array("models", kModelsMax));
  RETURN_IF_ERROR(fields.done());
  UniqueNames names;
  std::map<std::string, std::string> name_of_path;
  for (const Json& each : *models) {
    ASSIGN_OR_RETURN(FoundModel model, model_from(each));
    if (model.hostile) continue;
    model.wanted.name = names.of(below(model.path, roots));
    model.wanted.where = model.wanted.name;
    name_of_path.emplace(model.path, model.wanted.name);
    std::sort(model.places.begin(), model.places.end());
    if (model.places.size() > kPlacesMax) model.places.resize(kPlacesMax);
    Json::Array places;
    for (const std::string& place : model.places) places.emplace_back(host + ":" + place);
    model.wanted.facts.emplace("hosts", std::move(places));
    scanned.source.assets.push_back(std::move(model.wanted));
  }
  for (WantedAsset& each : scanned.source.assets) {
    for (FoundParent& parent : each.parents) {
      if (const auto at = name_of_path.find(parent.name); at != name_of_path.end())
        parent.name = at->second;
    }
  }
  return scanned;
}

}  // namespace strongroom::terminal
