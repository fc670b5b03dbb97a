#include "scan_shown.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/shown.h"
#include "model/scan/report.h"
#include "screen.h"
#include "session.h"

namespace strongroom::terminal {

namespace {

using model::Finding;
using model::Verdict;
using model::scan::Model;
using model::scan::TreeFile;
using model::scan::TreeScan;

constexpr std::size_t kFindingsOfAFile = 4;
constexpr std::uint64_t kFewRows = 64;

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// "…, in archive/data.pkl, at byte 12", as far as the sentence does not say so itself.
std::string sentence_of(const Finding& finding) {
  std::string words = finding.what;
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') {
    words[0] = static_cast<char>(words[0] - 'a' + 'A');
  }
  const std::string offset = finding.offset ? fmt::format("byte {}", *finding.offset) : "";
  const bool says_offset = offset.empty() || words.find(offset) != std::string::npos;
  const bool says_member =
      finding.member.empty() || words.find(finding.member) != std::string::npos;
  if (!says_member) words += ", in " + finding.member;
  if (!says_offset) words += ", at " + offset;
  return words;
}

/// One section of the report, cut at so many entries.
class Section {
 public:
  Section(const Common& common, std::size_t entries_max) : common_(common), max_(entries_max) {}
  bool takes_more() {
    ++entries_;
    return common_.verbose || entries_ <= max_;
  }
  ~Section() {
    if (entries_ > max_ && !common_.verbose)
      say(common_, fmt::format("  … and {} more; --verbose shows all", entries_ - max_));
  }
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

 private:
  const Common& common_;
  const std::size_t max_;
  std::size_t entries_ = 0;
};

void show_file(const Common& common, const TreeFile& file) {
  say(common, fmt::format("  {}  [{}, {}]", printable(file.path), name_of(file.scanned.is.kind),
                          shown_bytes(file.bytes)));
  std::vector<const Finding*> findings;
  for (const Finding& finding : file.scanned.findings.all()) findings.push_back(&finding);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding* a, const Finding* b) {
    return a->rule->verdict > b->rule->verdict;
  });
  std::size_t shown = 0;
  for (const Finding* finding : findings) {
    if (++shown > kFindingsOfAFile && !common.verbose) break;
    say(common, fmt::format("    {}  ({})", sentence_of(*finding), finding->rule->id));
  }
  const std::size_t more =
      findings.size() + file.scanned.findings.left_out() - std::min(shown, findings.size());
  if (shown > kFindingsOfAFile && !common.verbose)
    say(common, fmt::format("    … and {} more findings", more + 1));
}

struct Heading {
  Verdict verdict;
  Ink ink;
  std::string_view words;
};
constexpr Heading kHeadings[] = {
    {Verdict::kHostile, Ink::kBad, "Hostile: do not load"},
    {Verdict::kUnreadable, Ink::kWarning,
     "Unreadable: not read to the end, so nothing is known of the rest"},
    {Verdict::kSuspicious, Ink::kWarning, "Suspicious: look before you load"},
};

void show_verdicts(const Common& common, const TreeScan& tree, std::size_t per_section) {
  for (const Heading& heading : kHeadings) {
    const std::size_t count = tree.count(heading.verdict);
    if (count == 0) continue;
    say(common, "");
    say(common,
        inked(common, STDOUT_FILENO, heading.ink, fmt::format("{} ({})", heading.words, count)));
    Section section(common, per_section);
    for (const TreeFile& file : tree.files) {
      if (file.verdict() == heading.verdict && section.takes_more()) show_file(common, file);
    }
  }
}

// What to do, once for each rule that was named.
void show_advice(const Common& common, const TreeScan& tree) {
  std::map<const model::Rule*, std::size_t> rules;
  for (const TreeFile& file : tree.files) {
    for (const Finding& finding : file.scanned.findings.all()) ++rules[finding.rule];
  }
  if (rules.empty()) return;
  std::vector<std::pair<const model::Rule*, std::size_t>> sorted(rules.begin(), rules.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return std::tuple(b.first->verdict, a.first->id) < std::tuple(a.first->verdict, b.first->id);
  });
  say(common, "");
  say(common, "What the rules mean, and what to do (docs/scan.md tells more)");
  for (const auto& [rule, count] : sorted) {
    say(common, fmt::format("  {}: {}. {}", rule->id, rule->title, rule->to_do));
  }
}

void show_shadows(const Common& common, const TreeScan& tree, std::size_t per_section) {
  std::size_t count = 0;
  for (const TreeFile& file : tree.files) {
    for (const auto& weights : file.scanned.weights) count += weights.is_shadow ? 1 : 0;
  }
  if (count == 0) return;
  say(common, "");
  say(common, fmt::format("Weights where nobody looks for them ({})", count));
  Section section(common, per_section);
  for (const TreeFile& file : tree.files) {
    for (const auto& weights : file.scanned.weights) {
      if (!weights.is_shadow || !section.takes_more()) continue;
      const std::string tensors =
          weights.structure ? ", " + counted(weights.structure->tensors.size(), "tensor", "tensors")
                            : "";
      say(common, fmt::format("  {}{}{}: {} ({}{})", printable(file.path),
                              weights.member.empty() ? "" : "!", printable(weights.member),
                              printable(weights.how), shown_bytes(weights.bytes), tensors));
    }
  }
}

void show_models(const Common& common, const TreeScan& tree, std::size_t per_section) {
  if (tree.models.empty()) return;
  say(common, "");
  say(common, fmt::format("Models ({}){}", tree.models.size(),
                          tree.headers_only ? ": headers only, so they were not compared" : ""));
  std::map<std::size_t, std::size_t> relatives;
  for (const Model& model : tree.models) {
    if (model.ancestry) ++relatives[model.ancestry->family];
  }
  // Those that were made from another come first: that is what a person did not know.
  std::vector<const Model*> sorted;
  for (const Model& model : tree.models) sorted.push_back(&model);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Model* a, const Model* b) {
    const auto descends = [](const Model* model) {
      return model->ancestry && !model->ancestry->parents.empty();
    };
    return descends(a) > descends(b);
  });
  Section section(common, per_section);
  for (const Model* model : sorted) {
    if (!section.takes_more()) continue;
    std::string words = describe_descent(*model, tree.models);
    if (words.empty() && model->ancestry && relatives[model->ancestry->family] > 1)
      words = fmt::format("the first of {} related ones, as it seems",
                          relatives[model->ancestry->family]);
    if (!model->could_adapt.empty()) {
      words = "an adapter; by names and shapes it could be for " +
              printable(tree.models[model->could_adapt[0]].name);
      if (model->could_adapt.size() > 1)
        words += fmt::format(" or {} others", model->could_adapt.size() - 1);
    }
    const std::string tensors = counted(model->tensors, "tensor", "tensors");
    say(common, fmt::format("  {}  [{}, {}]{}{}", printable(model->name), tensors,
                            shown_bytes(model->bytes), words.empty() ? "" : "  ", words));
  }
}

std::string shown_change(const model::lineage::TensorDelta& tensor) {
  std::string words =
      tensor.change ? fmt::format("changed by {:.3g} %", *tensor.change * 100) : "changed";
  if (tensor.rank && *tensor.rank > 0) words += fmt::format(", of rank {}", *tensor.rank);
  // Most changes touch every row; only few tell something.
  if (tensor.rows_changed.value_or(kFewRows + 1) <= kFewRows) {
    words += fmt::format(", in {} from row {} on", counted(*tensor.rows_changed, "row", "rows"),
                         tensor.first_row_changed.value_or(0));
  }
  if (tensor.type_before != tensor.type_after)
    words += fmt::format(", {} to {}", layout_of(tensor.type_before).name,
                         layout_of(tensor.type_after).name);
  return words;
}

}  // namespace

std::string shown_totals(const TreeScan& tree, double seconds) {
  return fmt::format("{}, {}, in {:.1f} s: {} hostile, {} unreadable, {} suspicious, {} clean{}",
                     counted(tree.files.size(), "file", "files"), shown_bytes(tree.bytes), seconds,
                     tree.count(Verdict::kHostile), tree.count(Verdict::kUnreadable),
                     tree.count(Verdict::kSuspicious), tree.count(Verdict::kClean),
                     tree.headers_only ? " (headers only)" : "");
}

void show_scan(const Common& common, const TreeScan& tree, const std::string& told,
               std::size_t per_section) {
  say(common, told);
  show_verdicts(common, tree, per_section);
  show_shadows(common, tree, per_section);
  show_models(common, tree, per_section);
  show_advice(common, tree);
}

void show_delta(const Common& common, const model::lineage::Delta& delta, std::size_t tensors_max) {
  using What = model::lineage::TensorDelta::What;
  std::string whole;
  if (delta.change) whole += fmt::format("; all in all by {:.3g} %", *delta.change * 100);
  if (delta.rank && *delta.rank > 0) whole += fmt::format(", mostly of rank {}", *delta.rank);
  say(common, fmt::format("{} tensors the same, {} changed, {} added, {} removed{}{}", delta.same,
                          delta.changed, delta.added, delta.removed, whole,
                          delta.is_from_files ? "" : " (estimated from fingerprints)"));
  Section section(common, tensors_max);
  for (const model::lineage::TensorDelta& tensor : delta.tensors) {
    if (tensor.what == What::kSame && tensor.alarms.empty()) continue;
    if (!section.takes_more()) continue;
    const std::string what = tensor.what == What::kAdded     ? "added"
                             : tensor.what == What::kRemoved ? "removed"
                             : tensor.what == What::kSame    ? "the same"
                                                             : shown_change(tensor);
    say(common, fmt::format("  {}: {}", printable(tensor.name), what));
    for (const model::lineage::Alarm alarm : tensor.alarms)
      say(common,
          inked(common, STDOUT_FILENO, Ink::kWarning, fmt::format("    {}", explain(alarm))));
  }
}

}  // namespace strongroom::terminal
