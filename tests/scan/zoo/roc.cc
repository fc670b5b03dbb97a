#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "verbs.h"

namespace strongroom::model::lineage::zoo {

namespace {

// Of one kind, over all seeds.
struct Row {
  std::vector<double> related;                ///< z of each derivative beside its parent
  std::map<std::string, std::uint64_t> said;  ///< how often each relation was the answer
  std::uint64_t right = 0;
  std::uint64_t all = 0;
  double share_error = 0;  ///< of merges that were recognised, summed
  std::uint64_t shares = 0;
};

// The chance that a positive stands above a negative; ties count half.
double area(const std::vector<double>& positive, std::vector<double> negative) {
  if (positive.empty() || negative.empty()) return 0;
  std::sort(negative.begin(), negative.end());
  double sum = 0;
  for (const double score : positive) {
    const auto below = std::lower_bound(negative.begin(), negative.end(), score);
    const auto above = std::upper_bound(below, negative.end(), score);
    sum += static_cast<double>(below - negative.begin()) + static_cast<double>(above - below) / 2;
  }
  return sum / static_cast<double>(positive.size()) / static_cast<double>(negative.size());
}

class Trial {
 public:
  explicit Trial(const Size& size) : size_(size) {}

  void seed(std::uint64_t seed) {
    const Family family = family_of(size_, seed);
    const Fingerprint base = printed(family.base, size_);
    const Fingerprint other = printed(family.other, size_);
    const Fingerprint third = printed(family.third, size_);
    const Fingerprint stranger = printed(family.stranger, size_);
    negative("independent", compare(base, stranger));
    for (const Derivative& each : derivatives_of(family, seed)) {
      const Fingerprint print = printed(each.zoo, size_, each.type, each.container);
      negative("independent", compare(stranger, print));
      Row& row = rows_[each.kind];
      ++row.all;
      if (each.is_of_two) {
        merge(row, each, print, {&other, &third, &base});
        continue;
      }
      const Kinship kinship = compare(base, print);
      row.related.push_back(kinship.z);
      answer(row, each, kinship.relation);
    }
  }

  void print_table() const {
    fmt::print("{:<18} {:>5} {:>9} {:>9} {:>7}  answers\n", "kind", "pairs", "AUC", "least z",
               "right");
    for (const auto& [kind, row] : rows_) {
      std::string said;
      for (const auto& [relation, times] : row.said) said += fmt::format(" {} {}", relation, times);
      fmt::print("{:<18} {:>5} {:>9.4f} {:>9.1f} {:>6.1f}% {}\n", kind, row.all,
                 kind == "independent" ? 0 : area(row.related, negatives_), least(row),
                 100.0 * static_cast<double>(row.right) / static_cast<double>(row.all), said);
      if (row.shares > 0) {
        fmt::print("{:<18} mean error of a parent's share {:.3f}\n", "",
                   row.share_error / static_cast<double>(row.shares));
      }
    }
    fmt::print("greatest z of {} independent pairs: {:.2f}\n", negatives_.size(), greatest());
  }
  void print_json() const {
    fmt::print("{{\"kinds\":{{");
    bool is_first = true;
    for (const auto& [kind, row] : rows_) {
      if (kind == "independent") continue;
      fmt::print("{}\"{}\":{{\"auc\":{:.5f},\"pairs\":{},\"least_z\":{:.2f},\"right\":{}}}",
                 is_first ? "" : ",", kind, area(row.related, negatives_), row.all, least(row),
                 row.right);
      is_first = false;
    }
    fmt::print("}},\"negatives\":{},\"greatest_negative_z\":{:.3f},\"false_alarms\":{}}}\n",
               negatives_.size(), greatest(),
               std::count_if(negatives_.begin(), negatives_.end(),
                             [](double z) { return z >= kRelatedZ; }));
  }

 private:
  static double least(const Row& row) {
    return row.related.empty() ? 0 : *std::min_element(row.related.begin(), row.related.end());
  }
  [[nodiscard]] double greatest() const {
    return *std::max_element(negatives_.begin(), negatives_.end());
  }
  void negative(const std::string& kind, const Kinship& kinship) {
    negatives_.push_back(kinship.z);
    Row& row = rows_[kind];
    ++row.all;
    answer(row, {.truth = {Relation::kUnrelated}}, kinship.relation);
  }
  static void answer(Row& row, const Derivative& each, Relation relation) {
    ++row.said[std::string(name_of(relation))];
    if (std::find(each.truth.begin(), each.truth.end(), relation) != each.truth.end()) ++row.right;
  }
  static void merge(Row& row, const Derivative& each, const Fingerprint& print,
                    const std::vector<const Fingerprint*>& candidates) {
    row.related.push_back(
        std::min(compare(*candidates[0], print).z, compare(*candidates[1], print).z));
    const std::optional<Merge> found = merge_of(print, candidates);
    bool is_right = found && found->is_convincing();
    for (std::size_t i = 0; is_right && i < 2; ++i) is_right = found->parents[i].model < 2;
    answer(row, each, is_right ? Relation::kMerged : Relation::kFineTuned);
    if (!is_right || found->is_blend) return;
    for (const Parent& parent : found->parents) {
      if (parent.model != 1) continue;
      row.share_error += std::abs(parent.share - each.share_of_second);
      ++row.shares;
    }
  }

  Size size_;
  std::map<std::string, Row> rows_;
  std::vector<double> negatives_;
};

}  // namespace

void report_roc(const Size& size, std::uint64_t first, std::uint64_t last, bool as_json) {
  Trial trial(size);
  for (std::uint64_t seed = first; seed <= last; ++seed) trial.seed(seed);
  if (as_json) {
    trial.print_json();
  } else {
    trial.print_table();
  }
}

}  // namespace strongroom::model::lineage::zoo
