#include "lab_of_log.h"

#include <algorithm>
#include <map>

#include "client/kept_log.h"

namespace strongroom::terminal {

namespace {

constexpr std::size_t kDigits = 8;

// Of what has no text: the same each time it is shown.
std::string pseudonym(const Texts& texts, std::string_view hex) {
  return (texts.is_away ? "not-kept-" : "erased-") + std::string(hex.substr(0, kDigits));
}

using Words = std::map<Digest, std::string>;

Result<Words> texts_of(const Texts& texts, std::string_view field,
                       const std::vector<Digest>& commitments) {
  Words words;
  if (texts.is_away) return field == "name" ? client::kept_names(texts.home) : words;
  if (commitments.empty()) return words;
  ASSIGN_OR_RETURN(const auto found, texts.follower.texts(field, commitments));
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i]) words.emplace(commitments[i], *found[i]);
  }
  // Only a convenience: names that cannot be kept are asked for again.
  if (field == "name") static_cast<void>(client::keep_names(texts.home, words));
  return words;
}
Result<Words> texts_of(const Texts& texts, std::string_view field,
                       const std::set<std::string>& commitments) {
  std::vector<Digest> asked;
  for (const std::string& each : commitments) {
    if (const auto digest = Digest::from_hex_text(each)) asked.push_back(*digest);
  }
  return texts_of(texts, field, asked);
}

std::string shown(const Texts& texts, const Words& words, const std::string& hex) {
  const auto digest = Digest::from_hex_text(hex);
  const auto found = digest ? words.find(*digest) : words.end();
  return found == words.end() ? pseudonym(texts, hex) : found->second;
}

// As many as before, for how many there are is a fact.
std::set<std::string> named(const Texts& texts, const Words& words,
                            const std::set<std::string>& commitments) {
  std::set<std::string> names;
  for (const std::string& each : commitments) {
    std::string name = shown(texts, words, each);
    if (names.contains(name)) name += " (" + each.substr(0, kDigits) + ")";
    if (names.contains(name)) name += " (" + each + ")";
    names.insert(std::move(name));
  }
  return names;
}

// One name for each asset, whatever the others are called.
class Names {
 public:
  Names(const Texts& texts, const std::vector<registry::Asset>& assets, const Words& words) {
    std::map<std::string, std::size_t> bearers;
    for (const registry::Asset& each : assets) ++bearers[raw(texts, each, words)];
    for (const registry::Asset& each : assets) {
      const std::string name = raw(texts, each, words);
      if (bearers.at(name) == 1) give(each.asset, name);
    }
    for (const registry::Asset& each : assets) {
      if (by_id_.contains(each.asset.hex())) continue;
      const std::string name = raw(texts, each, words);
      const std::string hex = each.asset.hex();
      std::string unique = name + " (" + hex.substr(0, kDigits) + ")";
      if (taken_.contains(unique)) unique = name + " (" + hex + ")";
      while (taken_.contains(unique)) unique += "'";
      give(each.asset, unique);
    }
  }
  [[nodiscard]] const std::string& of(const std::string& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? id : found->second;
  }
  [[nodiscard]] std::set<std::string> of(const std::set<std::string>& ids) const {
    std::set<std::string> names;
    for (const std::string& id : ids) names.insert(of(id));
    return names;
  }

 private:
  static std::string raw(const Texts& texts, const registry::Asset& asset, const Words& words) {
    const auto found = words.find(asset.name);
    if (found != words.end() && !found->second.empty()) return found->second;
    return pseudonym(texts, asset.asset.hex());
  }
  void give(const AssetId& id, const std::string& name) {
    by_id_.emplace(id.hex(), name);
    taken_.insert(name);
  }
  std::map<std::string, std::string> by_id_;
  std::set<std::string> taken_;
};

struct Called {
  Words owners;
  Words hosts;
  Words people;
};

void put_names(const Texts& texts, const Names& names, const Called& called,
               triage::AssetFacts& facts) {
  facts.name = names.of(facts.name);
  if (!facts.owner.empty()) facts.owner = shown(texts, called.owners, facts.owner);
  facts.hosts = named(texts, called.hosts, facts.hosts);
  if (facts.weights_of) facts.weights_of = names.of(*facts.weights_of);
  if (facts.reachable_by) {
    facts.reachable_by->people = named(texts, called.people, facts.reachable_by->people);
    facts.reachable_by->models = names.of(facts.reachable_by->models);
  }
  if (facts.derivation && *facts.derivation && (*facts.derivation)->parent)
    (*facts.derivation)->parent = names.of(*(*facts.derivation)->parent);
  facts.found_parents = names.of(facts.found_parents);
}

Result<Called> fetch(const Texts& texts, const std::vector<registry::Known>& all,
                     const Fetched& fetched) {
  std::set<std::string> owners;
  std::set<std::string> hosts;
  std::set<std::string> people;
  for (const registry::Known& each : all) {
    if (fetched.owners && !each.facts.owner.empty()) owners.insert(each.facts.owner);
    if (fetched.hosts) hosts.insert(each.facts.hosts.begin(), each.facts.hosts.end());
    if (fetched.people && each.facts.reachable_by)
      people.insert(each.facts.reachable_by->people.begin(), each.facts.reachable_by->people.end());
  }
  Called called;
  ASSIGN_OR_RETURN(called.owners, texts_of(texts, "owner", owners));
  ASSIGN_OR_RETURN(called.hosts, texts_of(texts, "hosts", hosts));
  ASSIGN_OR_RETURN(called.people, texts_of(texts, "people", people));
  return called;
}

}  // namespace

std::optional<std::size_t> LabOfLog::index_of(const AssetId& id) const {
  const auto found = std::find_if(assets.begin(), assets.end(),
                                  [&](const registry::Asset& each) { return each.asset == id; });
  if (found == assets.end()) return std::nullopt;
  return static_cast<std::size_t>(found - assets.begin());
}

Result<LabOfLog> lab_of_log(const Texts& texts, const registry::State& state,
                            const Fetched& fetched) {
  LabOfLog out;
  ASSIGN_OR_RETURN(out.ground, state.ground());
  // Without a reference: one so old that nothing counts as measured against it, as the log has it.
  out.lab.reference = out.ground->reference.value_or(triage::Reference{});
  ASSIGN_OR_RETURN(std::vector<registry::Asset> assets, state.assets());
  std::vector<Digest> commitments;
  std::vector<registry::Known> known;
  for (registry::Asset& each : assets) {
    ASSIGN_OR_RETURN(registry::Known facts, known_of(each));
    if (facts.throwaway) continue;
    commitments.push_back(each.name);
    facts.listed =
        facts.listed && out.ground->public_roots.contains(each.stated->facts.listing->root);
    known.push_back(std::move(facts));
    out.assets.push_back(std::move(each));
  }
  ASSIGN_OR_RETURN(const Words words, texts_of(texts, "name", commitments));
  ASSIGN_OR_RETURN(const Called called, fetch(texts, known, fetched));
  const Names names(texts, out.assets, words);
  std::vector<std::size_t> order(known.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
    put_names(texts, names, called, known[i].facts);
    if (known[i].listed && known[i].facts.digest)
      out.lab.public_index.insert(*known[i].facts.digest);
  }
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return known[a].facts.name < known[b].facts.name;
  });
  std::vector<registry::Asset> sorted;
  for (const std::size_t at : order) {
    out.lab.assets.push_back(std::move(known[at].facts));
    sorted.push_back(std::move(out.assets[at]));
  }
  out.assets = std::move(sorted);
  return out;
}

Result<std::size_t> find_asset(const LabOfLog& lab, const std::string& typed) {
  for (std::size_t i = 0; i < lab.lab.assets.size(); ++i) {
    if (lab.lab.assets[i].name == typed) return i;
  }
  const std::string_view prefix = plain_id(typed);
  std::optional<std::size_t> found;
  for (std::size_t i = 0; prefix.size() >= kDigits && i < lab.assets.size(); ++i) {
    if (!lab.assets[i].asset.hex().starts_with(prefix)) continue;
    if (found) return fail(ErrorCode::kConflict, "several assets begin so: give more digits");
    found = i;
  }
  if (found) return *found;
  return fail(ErrorCode::kNotFound,
              "no asset is called " + printable(typed) + ": strongroom inventory lists them");
}

Result<void> name_everybody(const Texts& texts, LabOfLog& lab, std::size_t asset) {
  ASSIGN_OR_RETURN(const registry::Known known, known_of(lab.assets[asset]));
  ASSIGN_OR_RETURN(const Called called,
                   fetch(texts, {known}, {.owners = true, .hosts = true, .people = true}));
  triage::AssetFacts& facts = lab.lab.assets[asset];
  if (!known.facts.owner.empty()) facts.owner = shown(texts, called.owners, known.facts.owner);
  facts.hosts = named(texts, called.hosts, known.facts.hosts);
  if (facts.reachable_by)
    facts.reachable_by->people = named(texts, called.people, known.facts.reachable_by->people);
  return {};
}

}  // namespace strongroom::terminal
