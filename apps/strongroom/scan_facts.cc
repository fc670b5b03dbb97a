#include <algorithm>
#include <map>
#include <set>

#include "crypto/hash.h"
#include "model/scan/report.h"
#include "scan_shown.h"
#include "unique_names.h"

/// What a scan found, as the beginning of a file of facts for `triage`: everything that a scan
/// cannot know is left out, and what is left out is unknown.
namespace strongroom::terminal {

namespace {

using format::Json;
using model::scan::Model;
using model::scan::TreeScan;

constexpr std::string_view kNobody = "nobody has said";

std::optional<Digest> digest_of(const Model& model, const TreeScan& tree) {
  if (model.parts.size() == 1) {
    const model::scan::TreeFile& file = tree.files[model.parts[0].file];
    if (file.scanned.weights[model.parts[0].weights].member.empty() && file.digest)
      return file.digest;
  }
  return model.fingerprint ? std::optional(model.fingerprint->file) : std::nullopt;
}

}  // namespace

Json facts_of(const TreeScan& tree) {
  UniqueNames names;
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

namespace {

bool is_hostile(const Model& model, const TreeScan& tree) {
  return std::any_of(model.parts.begin(), model.parts.end(), [&](const model::scan::Part& part) {
    return tree.files[part.file].verdict() == model::Verdict::kHostile;
  });
}

Json::Array parents_of(const Model& model, const TreeScan& tree) {
  Json::Array parents;
  if (!model.ancestry) return parents;
  for (const model::lineage::Parent& each : model.ancestry->parents) {
    const Model& parent = tree.models[each.model];
    Json::Object one{{"name", printable(parent.name)}};
    if (const std::optional<Digest> digest = digest_of(parent, tree))
      one.emplace("digest", *digest);
    parents.push_back(std::move(one));
  }
  return parents;
}

Json::Object formats_of(const Model& model, const TreeScan& tree) {
  std::map<std::string, std::int64_t> counts;
  for (const model::scan::Part& part : model.parts)
    ++counts[std::string(name_of(tree.files[part.file].scanned.weights[part.weights].kind))];
  Json::Object formats;
  for (const auto& [kind, count] : counts) formats.emplace(kind, count);
  return formats;
}

Json::Array hostile_in(const TreeScan& tree) {
  Json::Array hostile;
  for (const model::scan::TreeFile& file : tree.files) {
    if (file.verdict() != model::Verdict::kHostile) continue;
    std::string why;
    for (const model::Finding& each : file.scanned.findings.all()) {
      if (why.empty() && each.rule->verdict == model::Verdict::kHostile) why = printable(each.what);
    }
    hostile.push_back(Json::Object{{"path", printable(file.path)}, {"why", why}});
  }
  return hostile;
}

}  // namespace

Json found_in(const TreeScan& tree) {
  const Json told = to_json(tree);
  const Json::Array& told_models = *told.object()->at("models").array();
  std::map<Digest, std::size_t> first;  // copies are one model in several places
  std::vector<Json::Object> models;
  for (std::size_t at = 0; at < tree.models.size(); ++at) {
    const Model& model = tree.models[at];
    if (model.parts.empty()) continue;
    const std::optional<Digest> digest = digest_of(model, tree);
    if (digest) {
      const auto [same, is_new] = first.emplace(*digest, models.size());
      if (!is_new) {
        Json::Array places = *models[same->second].at("places").array();
        places.emplace_back(printable(model.name));
        models[same->second].insert_or_assign("places", std::move(places));
        continue;
      }
    }
    Json::Object one{{"name", printable(model.name)},
                     {"kind", model.is_adapter ? "adapter" : "model"},
                     {"hostile", is_hostile(model, tree)},
                     {"formats", formats_of(model, tree)},
                     {"places", Json::Array{printable(model.name)}}};
    if (digest) one.emplace("digest", *digest);
    Json::Array parents = parents_of(model, tree);
    if (!parents.empty()) {
      one.emplace("parents", std::move(parents));
      one.emplace("relation", std::string(model::scan::words_of(model.ancestry->relation)));
      one.emplace("evidence", crypto::sha256(as_bytes(format::encode(told_models[at]))));
    }
    models.push_back(std::move(one));
  }
  return Json::Object{
      {"format", std::string(kFoundFormat)},
      {"files", static_cast<std::int64_t>(tree.files.size())},
      {"unreadable", static_cast<std::int64_t>(tree.count(model::Verdict::kUnreadable))},
      {"hostile", hostile_in(tree)},
      {"models", Json::Array(models.begin(), models.end())}};
}

}  // namespace strongroom::terminal
