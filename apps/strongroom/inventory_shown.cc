#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/program.h"
#include "custodian/quote.h"
#include "inventory.h"
#include "screen.h"

/// The inventory for people.
namespace strongroom::terminal {

namespace {

constexpr std::size_t kNameColumns = 28;
constexpr std::size_t kDayBytes = 10;
constexpr std::size_t kIndentMax = 40;  // columns; deeper ones say how deep
constexpr std::size_t kWideColumns = 100;

// At most so many bytes, whole characters.
std::string cut(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  text.resize(bytes - 3);
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0u) == 0x80u)
    text.pop_back();
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0u) text.pop_back();
  return text + "...";
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

Ink ink_of(protocol::Level level) {
  return level >= protocol::Level::kSl4   ? Ink::kBad
         : level == protocol::Level::kSl3 ? Ink::kWarning
                                          : Ink::kPlain;
}

std::string asks_of(const Row& row) { return row.asks ? std::string(name_of(*row.asks)) : "-"; }

// What does not fit into columns of its own.
std::string rest_of(const Row& row) {
  std::vector<std::string> parts;
  if (row.findings > 0)
    parts.push_back(fmt::format("{} finding{}", row.findings, row.findings == 1 ? "" : "s"));
  parts.push_back(row.owner.empty() ? "nobody answers" : custodian::shown_name(row.owner));
  parts.push_back(row.has_categories ? joined(row.categories, "+") : "categories unknown");
  parts.push_back("dual use " + dual_use_in_words(row));
  parts.push_back(fmt::format("{} place{}", row.places.size(), row.places.size() == 1 ? "" : "s"));
  return joined(parts, ", ");
}

std::string as_of_line(const Look& look) {
  return fmt::format(
      "As of log entry {}, {}: what was said later is left out, names erased since "
      "are gone from here too",
      look.world.size() - 1, shown_time(look.now));
}

class Tree {
 public:
  Tree(const Common& common, const Look& look) : common_(common), look_(look) {
    const auto& assets = look.lab.lab.assets;
    links_.resize(assets.size());
    for (std::size_t i = 0; i < assets.size(); ++i) {
      const triage::AssetFacts& facts = assets[i];
      const bool declared = facts.derivation && *facts.derivation && (*facts.derivation)->parent;
      if (declared) link(*(*facts.derivation)->parent, i, printable((*facts.derivation)->method));
      for (const std::string& found : facts.found_parents) {
        if (!declared || found != *(*facts.derivation)->parent) link(found, i, "");
      }
    }
  }

  void show_from(std::size_t asset) {
    std::vector<std::size_t> above;
    std::set<std::size_t> seen{asset};
    for (std::size_t at = asset; !links_[at].parents.empty();) {
      at = links_[at].parents.front();
      if (!seen.insert(at).second) break;
      above.push_back(at);
    }
    std::size_t depth = 0;
    for (auto each = above.rbegin(); each != above.rend(); ++each) line(*each, depth++, "", false);
    below(asset, depth, asset);
  }
  void show_all() {
    for (std::size_t i = 0; i < links_.size(); ++i) {
      if (links_[i].parents.empty() && !links_[i].children.empty()) below(i, 0, links_.size());
    }
    for (std::size_t i = 0; i < links_.size(); ++i) {  // those that descend from themselves
      if (!links_[i].parents.empty() && !shown_.contains(i)) below(i, 0, links_.size());
    }
    const std::size_t alone = links_.size() - shown_.size();
    if (alone > 0)
      say(common_, fmt::format("{} asset{} of no known descent", alone, alone == 1 ? "" : "s"));
  }

 private:
  struct Child {
    std::size_t at;
    std::string method;  // empty: found, not declared
  };
  struct Links {
    std::vector<std::size_t> parents;
    std::vector<Child> children;
  };
  void link(const std::string& parent, std::size_t child, const std::string& method) {
    const triage::AssetFacts* found = look_.lab.lab.asset(parent);
    if (found == nullptr) return;
    const auto at = static_cast<std::size_t>(found - look_.lab.lab.assets.data());
    links_[at].children.push_back({child, method});
    links_[child].parents.push_back(at);
  }
  void line(std::size_t at, std::size_t depth, std::string_view how, bool is_asked) {
    const Row row = row_of(look_, at);
    std::string indent(std::min(depth * 2, kIndentMax), ' ');
    if (depth * 2 > kIndentMax) indent += fmt::format("({} deep) ", depth);
    say(common_, fmt::format("{}{}{}  {} (asks {}){}{}", indent, is_asked ? "> " : "",
                             custodian::shown_name(row.name),
                             inked(common_, 1, ink_of(row.binds), name_of(row.binds)), asks_of(row),
                             how, shown_.contains(at) ? "  (shown above)" : ""));
  }
  // With a list of its own in place of recursion: a log may hold a chain of any length.
  void below(std::size_t root, std::size_t depth, std::size_t asked) {
    struct Waiting {
      std::size_t at;
      std::size_t depth;
      std::string how;
    };
    std::vector<Waiting> waiting{{root, depth, ""}};
    while (!waiting.empty()) {
      const Waiting next = std::move(waiting.back());
      waiting.pop_back();
      line(next.at, next.depth, next.how, next.at == asked);
      if (!shown_.insert(next.at).second) continue;
      const auto& children = links_[next.at].children;
      for (auto each = children.rbegin(); each != children.rend(); ++each) {
        waiting.push_back(
            {each->at, next.depth + 1,
             each->method.empty() ? "  found, not declared" : "  by " + each->method});
      }
    }
  }

  const Common& common_;
  const Look& look_;
  std::vector<Links> links_;
  std::set<std::size_t> shown_;
};

std::string findings_line(const Look& look, const registry::StandingFinding& each) {
  std::string what;
  if (each.finding.parent) {
    const auto parent = look.lab.index_of(*each.finding.parent);
    what = "made from " + (parent ? custodian::shown_name(look.lab.lab.assets[*parent].name)
                                  : each.finding.parent->hex());
  }
  if (each.finding.at_least)
    what += fmt::format("{}needs {} at least", what.empty() ? "" : "; ",
                        name_of(*each.finding.at_least));
  return fmt::format("log entry {}, {}: {}", each.index, printable(each.finding.by), what);
}

void show_facts(const Common& common, const Look& look, std::size_t asset) {
  const Row row = row_of(look, asset);
  const triage::AssetFacts& facts = look.lab.lab.assets[asset];
  const registry::Asset& logged = look.lab.assets[asset];
  custodian::Form form(is_terminal() ? columns() : kWideColumns);
  form.heading(custodian::shown_name(row.name));
  form.line("id", row.id);
  form.line("binds", fmt::format("{}: {}", name_of(row.binds), row.because));
  if (row.asks)
    form.line("asks", fmt::format("{} until {}: {}", asks_of(row),
                                  shown_time(logged.triage->expires), joined(row.reasons, ", ")));
  form.line("kind", row.kind);
  form.line("categories", row.has_categories ? joined(row.categories, ", ") : "unknown");
  form.line("dual use", dual_use_in_words(row));
  if (row.owner.empty()) {
    form.line("owner", "nobody has said");
  } else {
    form.quote("owner", row.owner);
  }
  if (row.places.empty()) form.line("places", "none known");
  for (const std::string& each : row.places) form.quote("place", each);
  form.line("digest", facts.digest ? facts.digest->hex() : "unknown");
  if (!facts.derivation) form.line("made from", "unknown");
  if (facts.derivation && !*facts.derivation) form.line("made from", "nothing else, as declared");
  if (facts.derivation && *facts.derivation) {
    form.quote("made from", (*facts.derivation)->parent.value_or("something that nobody named"));
    form.line("by", (*facts.derivation)->method);
  }
  for (const registry::StandingFinding& each : logged.findings)
    form.line("finding", findings_line(look, each));
  if (!logged.stated) form.line("stated", "nothing: all of it is unknown");
  say(common, form.text());
}

}  // namespace

void show_list(const Common& common, const Look& look, const std::vector<std::size_t>& chosen) {
  if (look.is_past) say(common, as_of_line(look));
  if (look.lab.assets.empty()) {
    say(common, "Nothing is registered yet: strongroom seal DIR --name NAME");
    return;
  }
  const std::size_t width = is_terminal() ? std::max<std::size_t>(columns(), 60) : 0;
  std::array<std::size_t, 5> counts{};
  std::size_t unset = 0;
  std::string lines = fmt::format("{:<5} {:<4} {:<{}} {:<15} {:<10} {}\n", "binds", "asks", "name",
                                  kNameColumns, "kind", "until", "and");
  for (const std::size_t at : chosen) {
    const Row row = row_of(look, at);
    ++counts[static_cast<std::size_t>(row.binds) - 1];
    unset += row.is_set ? 0 : 1;
    std::string rest =
        fmt::format("{:<4} {:<{}} {:<15} {:<10} {}", asks_of(row),
                    cut(custodian::shown_name(row.name), kNameColumns), kNameColumns, row.kind,
                    row.asks ? shown_time(row.expires).substr(0, kDayBytes) : "-", rest_of(row));
    if (width > 0) rest = cut(std::move(rest), width - 7);
    lines +=
        fmt::format("{}   {}\n", inked(common, 1, ink_of(row.binds), name_of(row.binds)), rest);
  }
  if (!common.json) write_out(lines);
  say(common, fmt::format("\n{} of {} assets. What binds: {} at SL1, {} at SL2, {} at SL3, {} at "
                          "SL4, {} at SL5; of {} no quorum has set it. One of them: --asset NAME",
                          chosen.size(), look.lab.assets.size(), counts[0], counts[1], counts[2],
                          counts[3], counts[4], unset));
}

Result<void> show_asset(const Common& common, const Look& look, std::size_t asset) {
  if (look.is_past) say(common, as_of_line(look));
  show_facts(common, look, asset);
  ASSIGN_OR_RETURN(const std::vector<Happening> history,
                   history_of(look, look.lab.assets[asset].asset));
  say(common, "History");
  for (const Happening& each : history)
    say(common, fmt::format("  {:>6}  {}  {}{}", each.index, shown_time(each.at), each.words,
                            each.by.empty() ? "" : ", by " + each.by));
  say(common, "Why this level, with every fact: strongroom triage --asset NAME");
  return {};
}

void show_tree(const Common& common, const Look& look, std::optional<std::size_t> asset) {
  if (look.is_past) say(common, as_of_line(look));
  Tree tree(common, look);
  if (asset) {
    tree.show_from(*asset);
  } else {
    tree.show_all();
  }
}

}  // namespace strongroom::terminal
