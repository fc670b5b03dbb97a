#include <fmt/format.h>

#include <algorithm>

#include "format/json_text.h"
#include "registry/triage/facts.h"
#include "registry/triage/facts_words.h"
#include "registry_triage/catalog_example_lab.h"

namespace strongroom::triage {

namespace {

using format::Fields;
using format::Json;

tl::unexpected<Error> wrong(std::string why) { return fail(ErrorCode::kMalformed, std::move(why)); }

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax && format::is_clean_text(text);
}

Result<std::set<std::string>> names_in(const Json::Array& list, std::string_view what) {
  std::set<std::string> names;
  for (const Json& each : list) {
    const std::string* text = each.text();
    if (text == nullptr || !is_name(*text))
      return wrong(fmt::format("{}: a list of names of at most {} bytes", what, kNameBytesMax));
    if (!names.insert(*text).second) return wrong(fmt::format("{}: {} stands twice", what, *text));
  }
  return names;
}

Result<std::optional<std::set<std::string>>> names_of(Fields& fields, std::string_view name) {
  if (!fields.has(name)) return std::optional<std::set<std::string>>();
  ASSIGN_OR_RETURN(const Json::Array* const list, fields.array(name, kListItemsMax));
  ASSIGN_OR_RETURN(std::set<std::string> names, names_in(*list, name));
  return std::optional<std::set<std::string>>(std::move(names));
}

Result<std::set<std::string>> names_or_none(Fields& fields, std::string_view name) {
  ASSIGN_OR_RETURN(auto names, names_of(fields, name));
  return std::move(names).value_or(std::set<std::string>());
}

// A value of a closed list, by its word.
template <class Enum, std::size_t N>
Result<std::optional<std::set<Enum>>> words_in(Fields& fields, std::string_view name,
                                               const std::array<std::string_view, N>& words) {
  ASSIGN_OR_RETURN(const auto given, names_of(fields, name));
  if (!given) return std::optional<std::set<Enum>>();
  std::set<Enum> found;
  for (const std::string& each : *given) {
    const auto at = std::find(words.begin(), words.end(), each);
    if (at == words.end())
      return wrong(fmt::format("{}: \"{}\" is none of {}", name, each,
                               fmt::join(words.begin(), words.end(), ", ")));
    found.insert(static_cast<Enum>(at - words.begin()));
  }
  return std::optional<std::set<Enum>>(std::move(found));
}

// Of an axis, but not its "unknown": that is said by leaving the fact out.
Result<Value> value_of(Axis axis, std::string_view word) {
  const AxisWords& words = words_of(axis);
  const auto value = words.value_named(word);
  if (word == "unknown")
    return wrong(fmt::format("{} is \"unknown\": leave it out, that says the same", words.name));
  if (!value)
    return wrong(fmt::format("{}: \"{}\" is none of {}", words.name, printable(word),
                             fmt::join(words.values, ", ")));
  return *value;
}

Result<PerDomain> per_domain(Fields& fields, Axis axis) {
  const std::string_view name = words_of(axis).name;
  PerDomain out;
  if (!fields.has(name)) return out;
  ASSIGN_OR_RETURN(const Json::Object* const members, fields.object(name));
  if (members->empty()) return wrong(fmt::format("{}: is empty: leave it out", name));
  for (const auto& [domain, word] : *members) {
    ASSIGN_OR_RETURN(const Value at, value_of(Axis::kDomain, domain));
    if (word.text() == nullptr) return wrong(fmt::format("{}: a word for each domain", name));
    ASSIGN_OR_RETURN(const Value value, value_of(axis, *word.text()));
    out.emplace(at, value);
  }
  return out;
}

Result<std::optional<bool>> maybe(Fields& fields, std::string_view name) {
  if (!fields.has(name)) return std::optional<bool>();
  ASSIGN_OR_RETURN(const bool value, fields.boolean(name));
  return std::optional<bool>(value);
}

Result<Date> date(Fields& fields, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string text, fields.text(name));
  return date_from(text);
}

Result<Evaluation> evaluation_from(const Json& json) {
  Evaluation evaluation;
  Fields fields(json, "evaluation");
  ASSIGN_OR_RETURN(evaluation.id, fields.text("id", kNameBytesMax));
  if (!is_name(evaluation.id)) return wrong("an evaluation needs an id");
  ASSIGN_OR_RETURN(const std::string domain, fields.text("domain"));
  ASSIGN_OR_RETURN(evaluation.domain, value_of(Axis::kDomain, domain));
  ASSIGN_OR_RETURN(const std::string elicitation, fields.text("elicitation"));
  if (elicitation != "strong" && elicitation != "weak")
    return wrong("evaluation " + evaluation.id + ": its elicitation is strong or weak");
  evaluation.elicited_strongly = elicitation == "strong";
  ASSIGN_OR_RETURN(evaluation.on, date(fields, "on"));
  ASSIGN_OR_RETURN(evaluation.valid_until, date(fields, "valid_until"));
  RETURN_IF_ERROR(fields.done());
  if (evaluation.valid_until < evaluation.on)
    return wrong("evaluation " + evaluation.id + ": was over before it was done");
  return evaluation;
}

Result<void> take_evaluations(AssetFacts& asset, Fields& fields) {
  if (fields.has("evaluations")) {
    ASSIGN_OR_RETURN(const Json::Array* const list, fields.array("evaluations", kListItemsMax));
    for (const Json& json : *list) {
      ASSIGN_OR_RETURN(Evaluation evaluation, evaluation_from(json));
      asset.evaluations.push_back(std::move(evaluation));
    }
  }
  std::sort(asset.evaluations.begin(), asset.evaluations.end(),
            [](const Evaluation& a, const Evaluation& b) { return a.id < b.id; });
  for (std::size_t i = 1; i < asset.evaluations.size(); ++i) {
    if (asset.evaluations[i].id == asset.evaluations[i - 1].id)
      return wrong("evaluation " + asset.evaluations[i].id + " stands twice");
  }
  ASSIGN_OR_RETURN(const auto never, words_in<Domain>(fields, "never_evaluated", domain_words()));
  asset.never_evaluated = never.value_or(std::set<Domain>());
  for (const Evaluation& each : asset.evaluations) {
    if (asset.never_evaluated.contains(each.domain))
      return wrong("evaluation " + each.id + " is of a domain that is said to be never evaluated");
  }
  return {};
}

Result<void> take_safeguards(AssetFacts& asset, Fields& fields) {
  if (!fields.has("safeguards")) return {};
  ASSIGN_OR_RETURN(const Json* const json, fields.any("safeguards"));
  Safeguards safeguards;
  Fields inner(*json, "safeguards");
  ASSIGN_OR_RETURN(const std::string state, inner.text("state"));
  if (state != "present" && state != "removed")
    return wrong("safeguards: the state is present or removed; unknown: leave them out");
  safeguards.present = state == "present";
  ASSIGN_OR_RETURN(safeguards.tested_against, names_or_none(inner, "tested_against"));
  RETURN_IF_ERROR(inner.done());
  if (!safeguards.present && !safeguards.tested_against.empty())
    return wrong("safeguards: removed, and yet tested: one of the two is wrong");
  asset.safeguards = std::move(safeguards);
  return {};
}

Result<void> take_reachers(AssetFacts& asset, Fields& fields) {
  if (!fields.has("reachable_by")) return {};
  ASSIGN_OR_RETURN(const Json* const json, fields.any("reachable_by"));
  Reachers reachers;
  Fields inner(*json, "reachable_by");
  ASSIGN_OR_RETURN(reachers.people, names_or_none(inner, "people"));
  ASSIGN_OR_RETURN(reachers.models, names_or_none(inner, "models"));
  ASSIGN_OR_RETURN(reachers.anyone, inner.boolean("anyone"));
  RETURN_IF_ERROR(inner.done());
  asset.reachable_by = std::move(reachers);
  return {};
}

Result<Derivation> derivation_from(const Json& json) {
  Derivation derivation;
  Fields fields(json, "derivation");
  if (fields.has("parent")) {
    ASSIGN_OR_RETURN(derivation.parent, fields.text("parent", kNameBytesMax));
  }
  ASSIGN_OR_RETURN(derivation.method, fields.text("method", kNameBytesMax));
  ASSIGN_OR_RETURN(derivation.safeguards_removed, maybe(fields, "safeguards_removed"));
  ASSIGN_OR_RETURN(derivation.capabilities_added,
                   words_in<Domain>(fields, "capabilities_added", domain_words()));
  ASSIGN_OR_RETURN(derivation.propensities_induced, names_of(fields, "propensities_induced"));
  ASSIGN_OR_RETURN(derivation.shown_lower_by, names_or_none(fields, "shown_lower_by"));
  RETURN_IF_ERROR(fields.done());
  return derivation;
}

Result<void> take_derivation(AssetFacts& asset, Fields& fields) {
  if (!fields.has("derivation")) return {};
  ASSIGN_OR_RETURN(const Json* const json, fields.any("derivation"));
  if (const std::string* text = json->text()) {
    if (*text != "none") return wrong("derivation: \"none\", or what it was made from");
    asset.derivation.emplace(std::nullopt);
    return {};
  }
  ASSIGN_OR_RETURN(Derivation derivation, derivation_from(*json));
  for (const std::string& id : derivation.shown_lower_by) {
    const bool known = std::any_of(asset.evaluations.begin(), asset.evaluations.end(),
                                   [&](const Evaluation& each) { return each.id == id; });
    if (!known) return wrong("derivation: shown lower by " + id + ", which is no evaluation of it");
  }
  asset.derivation.emplace(std::move(derivation));
  return {};
}

Result<void> take_asset(AssetFacts& asset, Fields& fields) {
  if (fields.has("digest")) {
    ASSIGN_OR_RETURN(asset.digest, fields.id<Digest>("digest"));
  }
  ASSIGN_OR_RETURN(asset.owner, fields.text("owner", kNameBytesMax));
  if (fields.has("kind")) {
    ASSIGN_OR_RETURN(const std::string kind, fields.text("kind"));
    ASSIGN_OR_RETURN(asset.kind, value_of(Axis::kKind, kind));
  }
  ASSIGN_OR_RETURN(asset.categories, words_in<Category>(fields, "categories", kCategoryWords));
  if (asset.categories && asset.categories->empty())
    return wrong("categories: none of them is \"general\"; unknown: leave them out");
  ASSIGN_OR_RETURN(asset.standing, per_domain(fields, Axis::kStanding));
  ASSIGN_OR_RETURN(asset.dual_use, per_domain(fields, Axis::kDualUse));
  RETURN_IF_ERROR(take_evaluations(asset, fields));
  RETURN_IF_ERROR(take_safeguards(asset, fields));
  ASSIGN_OR_RETURN(asset.access, words_in<Access>(fields, "access", kAccessWords));
  ASSIGN_OR_RETURN(asset.weights_of, names_of(fields, "weights_of"));
  RETURN_IF_ERROR(take_reachers(asset, fields));
  ASSIGN_OR_RETURN(asset.exposure, words_in<Exposure>(fields, "exposure", kExposureWords));
  if (asset.exposure && asset.exposure->empty())
    return wrong("exposure: to nobody outside is \"internal\"; unknown: leave it out");
  RETURN_IF_ERROR(take_derivation(asset, fields));
  if (fields.has("designated_covered")) {
    ASSIGN_OR_RETURN(asset.designated, fields.boolean("designated_covered"));
    if (!asset.designated) return wrong("designated_covered: true, or left out");
  }
  ASSIGN_OR_RETURN(asset.hosts, names_or_none(fields, "hosts"));
  return fields.done();
}

}  // namespace

Result<AssetFacts> asset_facts_from(const Json& json) {
  AssetFacts asset;
  Fields fields(json, "asset");
  ASSIGN_OR_RETURN(asset.name, fields.text("name", kNameBytesMax));
  if (!is_name(asset.name)) return wrong("an asset without a name");
  const Result<void> taken = take_asset(asset, fields);
  if (!taken) return fail(taken.error(), "asset " + asset.name);
  return asset;
}

namespace {

Result<std::map<std::string, std::string>> described(Fields& fields, std::string_view name) {
  ASSIGN_OR_RETURN(const Json::Object* const members, fields.object(name));
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : *members) {
    if (!is_name(key) || value.text() == nullptr || !is_name(*value.text()))
      return wrong(fmt::format("{}: a name, and what it is for", name));
    out.emplace(key, *value.text());
  }
  return out;
}

// Everything that an asset names is there: a typing mistake must not pass for nothing.
Result<void> check_names(const Lab& lab, const AssetFacts& asset) {
  const auto missing = [&](std::string_view what, const std::string& name) {
    return wrong(fmt::format("asset {}: {} {} is not in this file", asset.name, what, name));
  };
  for (const std::string& name : asset.weights_of.value_or(std::set<std::string>())) {
    if (lab.asset(name) == nullptr) return missing("the asset", name);
  }
  for (const std::string& name : asset.hosts) {
    if (!lab.hosts.contains(name)) return missing("the host", name);
  }
  if (asset.reachable_by) {
    for (const std::string& name : asset.reachable_by->people) {
      if (!lab.people.contains(name)) return missing("the person", name);
    }
    for (const std::string& name : asset.reachable_by->models) {
      if (lab.asset(name) == nullptr) return missing("the asset", name);
    }
  }
  if (asset.derivation && *asset.derivation && (*asset.derivation)->parent &&
      lab.asset(*(*asset.derivation)->parent) == nullptr)
    return missing("the parent", *(*asset.derivation)->parent);
  return {};
}

const std::string* parent_of(const AssetFacts& asset) {
  if (!asset.derivation || !*asset.derivation || !(*asset.derivation)->parent) return nullptr;
  return &*(*asset.derivation)->parent;
}

// Following parents from anywhere ends. Each asset is walked once.
Result<void> check_descent(const Lab& lab) {
  std::set<std::string_view> ends;
  for (const AssetFacts& start : lab.assets) {
    std::set<std::string_view> path;
    const AssetFacts* at = &start;
    while (at != nullptr && !ends.contains(at->name)) {
      if (!path.insert(at->name).second)
        return wrong("asset " + at->name + ": descends from itself");
      const std::string* parent = parent_of(*at);
      at = parent == nullptr ? nullptr : lab.asset(*parent);
    }
    ends.merge(path);
  }
  return {};
}

Result<void> take_index(Lab& lab, Fields& fields) {
  ASSIGN_OR_RETURN(const Json::Array* const list, fields.array("public_index", kAssetsMax));
  for (const Json& each : *list) {
    const auto digest = each.text() == nullptr ? std::nullopt : Digest::from_hex_text(*each.text());
    if (!digest || !lab.public_index.insert(*digest).second)
      return wrong("public_index: digests in lower-case hexadecimal, once each");
  }
  return {};
}

Result<void> take_assets(Lab& lab, Fields& fields) {
  ASSIGN_OR_RETURN(const Json::Array* const list, fields.array("assets", kAssetsMax));
  for (const Json& json : *list) {
    ASSIGN_OR_RETURN(AssetFacts asset, asset_facts_from(json));
    lab.assets.push_back(std::move(asset));
  }
  std::sort(lab.assets.begin(), lab.assets.end(),
            [](const AssetFacts& a, const AssetFacts& b) { return a.name < b.name; });
  std::set<Digest> digests;
  for (std::size_t i = 0; i < lab.assets.size(); ++i) {
    const AssetFacts& asset = lab.assets[i];
    if (i > 0 && lab.assets[i - 1].name == asset.name)
      return wrong("asset " + asset.name + " stands twice");
    if (asset.digest && !digests.insert(*asset.digest).second)
      return wrong("asset " + asset.name + ": has the digest of another one");
  }
  for (const AssetFacts& asset : lab.assets) RETURN_IF_ERROR(check_names(lab, asset));
  return check_descent(lab);
}

}  // namespace

Result<Lab> lab_from(std::string_view text) {
  ASSIGN_OR_RETURN(const Json json, format::decode_in_any_layout(text, kFactsBytesMax));
  Lab lab;
  Fields fields(json, "facts");
  RETURN_IF_ERROR(fields.require("format", kFactsFormat));
  ASSIGN_OR_RETURN(lab.name, fields.text("lab", kNameBytesMax));
  if (fields.has("as_of")) {
    ASSIGN_OR_RETURN(lab.as_of, date(fields, "as_of"));
  }
  ASSIGN_OR_RETURN(const Json* const reference, fields.any("reference"));
  Fields inner(*reference, "reference");
  ASSIGN_OR_RETURN(lab.reference.name, inner.text("name", kNameBytesMax));
  ASSIGN_OR_RETURN(lab.reference.as_of, date(inner, "as_of"));
  RETURN_IF_ERROR(inner.done());
  ASSIGN_OR_RETURN(lab.people, described(fields, "people"));
  ASSIGN_OR_RETURN(lab.hosts, described(fields, "hosts"));
  RETURN_IF_ERROR(take_index(lab, fields));
  RETURN_IF_ERROR(take_assets(lab, fields));
  RETURN_IF_ERROR(fields.done());
  return lab;
}

std::string_view example_lab_text() { return registry_triage::kCatalogExampleLab; }

}  // namespace strongroom::triage
