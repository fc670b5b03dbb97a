#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>

#include "model/lineage/kernels.h"
#include "model/lineage/lineage.h"
#include "model/lineage/names.h"
#include "model/lineage/pairing.h"

namespace strongroom::model::lineage {

namespace {

// One vector a model: related models' stand close together. Wide enough that few others do.
constexpr std::size_t kWidth = 1'024;
constexpr float kCloseMin = 0.12f;       // of the direct part: 3.8 deviations
constexpr float kCloseBlindMin = 0.25f;  // of the part that is blind to order
constexpr std::size_t kNeighboursMax = 16;
constexpr std::size_t kCompareAllMax = 24;  // so few are compared without a filter
// A copy that has lost precision or values is nobody's likely parent.
constexpr double kLossy = 10;
constexpr double kPermutedAtLeast = 0.5;  // further than what was changed in its place
// A child of P, itself a child of G, stands further from G than from P by all that lies between P
// and G, squared. With less than half of that, distances do not tell the two apart, and G is the
// simpler answer.
constexpr double kTellsApart = 0.5;
constexpr std::size_t kCandidatesMax = 8;  // for a merge
constexpr double kCopy = 0.4;              // so near, beside the distance to what is explained

using Vector = std::vector<float>;

std::uint64_t lot_of(std::string_view text) {
  std::uint64_t lot = 0;
  for (const char each : text) lot = spread_bits(lot + static_cast<unsigned char>(each));
  return lot;
}

void add_turned(const std::vector<float>& part, std::uint64_t lot, Vector& sum) {
  const double square = dot(part, part);
  if (!(square > 0)) return;
  const double sign = (lot >> 63) != 0 ? -1 : 1;
  const double scale = sign / std::sqrt(square);
  const std::size_t turn = lot % kWidth;
  for (std::size_t i = 0; i < part.size(); ++i) {
    sum[(i + turn) % kWidth] += static_cast<float>(scale * static_cast<double>(part[i]));
  }
}

void normalise(Vector& vector) {
  const double square = dot(vector, vector);
  if (!(square > 0)) return;
  const auto scale = static_cast<float>(1 / std::sqrt(square));
  for (float& value : vector) value *= scale;
}

struct Outline {
  Vector direct = Vector(kWidth);
  Vector blind = Vector(kWidth);
  bool is_empty = true;
};

Outline outline_of(const Fingerprint& model) {
  Outline outline;
  for (const TensorPrint& tensor : model.tensors) {
    if (!counts(tensor)) continue;
    const std::uint64_t lot = lot_of(canonical_name(tensor.name));
    add_turned(tensor.sketch, lot, outline.direct);
    add_turned(tensor.row_blind, lot, outline.blind);
    add_turned(tensor.column_blind, spread_bits(lot), outline.blind);
    outline.is_empty = false;
  }
  normalise(outline.direct);
  normalise(outline.blind);
  return outline;
}

struct Neighbour {
  std::size_t model;
  float closeness;
};

float product(const Vector& a, const Vector& b) {
  float sum = 0;
  for (std::size_t i = 0; i < kWidth; ++i) sum += a[i] * b[i];
  return sum;
}

class Tracing {
 public:
  explicit Tracing(std::span<const Fingerprint* const> models)
      : models_(models), answers_(models.size()), family_(models.size()) {
    std::iota(family_.begin(), family_.end(), std::size_t{0});
  }

  std::vector<Ancestry> all() {
    find_neighbours();
    compare_neighbours();
    std::map<std::size_t, std::vector<std::size_t>> families;
    for (std::size_t i = 0; i < models_.size(); ++i) families[family_of(i)].push_back(i);
    for (const auto& family : families) {
      for (const std::size_t member : family.second) answers_[member].family = family.first;
      if (family.second.size() > 1) settle(family.second);
    }
    return std::move(answers_);
  }

 private:
  using Edge = std::pair<std::size_t, std::size_t>;  // the lesser index first

  std::size_t family_of(std::size_t model) {
    while (family_[model] != model) model = family_[model] = family_[family_[model]];
    return model;
  }
  void unite(std::size_t a, std::size_t b) {
    const std::size_t x = family_of(a);
    const std::size_t y = family_of(b);
    family_[std::max(x, y)] = std::min(x, y);
  }

  void find_neighbours() {
    std::vector<Outline> outlines;
    for (const Fingerprint* model : models_) outlines.push_back(outline_of(*model));
    neighbours_.resize(models_.size());
    const bool compares_all = models_.size() <= kCompareAllMax;
    for (std::size_t i = 0; i < models_.size(); ++i) {
      for (std::size_t j = i + 1; j < models_.size(); ++j) {
        if (outlines[i].is_empty || outlines[j].is_empty) continue;
        const float direct = product(outlines[i].direct, outlines[j].direct);
        const float blind = product(outlines[i].blind, outlines[j].blind);
        if (!compares_all && direct < kCloseMin && blind < kCloseBlindMin) continue;
        keep(i, {j, std::max(direct, blind)});
        keep(j, {i, std::max(direct, blind)});
      }
    }
    find_shared_tensors();
  }
  void keep(std::size_t i, Neighbour neighbour) {
    std::vector<Neighbour>& kept = neighbours_[i];
    kept.push_back(neighbour);
    if (kept.size() <= 2 * kCompareAllMax) return;
    std::sort(kept.begin(), kept.end(),
              [](const Neighbour& x, const Neighbour& y) { return x.closeness > y.closeness; });
    kept.resize(kNeighboursMax);
  }
  // Models under other names for their tensors, or with others added: by tensors of the same bytes.
  void find_shared_tensors() {
    std::map<Digest, std::size_t> first;
    for (std::size_t i = 0; i < models_.size(); ++i) {
      for (const TensorPrint& tensor : models_[i]->tensors) {
        if (!counts(tensor)) continue;
        const auto [found, is_new] = first.emplace(tensor.digest, i);
        if (!is_new && found->second != i) neighbours_[i].push_back({found->second, 1});
        if (!is_new) break;  // one is enough to have them compared
      }
    }
  }

  void compare_neighbours() {
    for (std::size_t i = 0; i < models_.size(); ++i) {
      for (const Neighbour& neighbour : neighbours_[i]) {
        const Edge edge{std::min(i, neighbour.model), std::max(i, neighbour.model)};
        if (edges_.count(edge) != 0) continue;
        const auto found =
            edges_.emplace(edge, kinship_of(*models_[edge.first], *models_[edge.second], false))
                .first;
        const Relation relation = found->second.relation;
        if (relation != Relation::kUnrelated && relation != Relation::kIncomparable) {
          unite(edge.first, edge.second);
        }
      }
    }
  }

  // Of two related ones: how far apart; nothing when they were not found to be related.
  [[nodiscard]] std::optional<double> distance(std::size_t a, std::size_t b) const {
    const auto found = edges_.find({std::min(a, b), std::max(a, b)});
    if (found == edges_.end()) return std::nullopt;
    const Kinship& kinship = found->second;
    if (kinship.relation == Relation::kUnrelated || kinship.relation == Relation::kIncomparable) {
      return std::nullopt;
    }
    if (kinship.relation == Relation::kPermuted) {
      // Position by position they are strangers; the parts that are blind to order tell.
      return kPermutedAtLeast + std::sqrt(std::max(0.0, 2 - 2 * kinship.evidence.cosine_blind));
    }
    return kinship.evidence.change;
  }
  [[nodiscard]] std::optional<double> distance_anew(std::size_t a, std::size_t b) {
    const Edge edge{std::min(a, b), std::max(a, b)};
    if (edges_.count(edge) == 0) {
      edges_.emplace(edge, compare(*models_[edge.first], *models_[edge.second]));
    }
    return distance(a, b);
  }
  // 1: the second looks made from the first.
  [[nodiscard]] int direction(std::size_t a, std::size_t b) const {
    const auto found = edges_.find({std::min(a, b), std::max(a, b)});
    if (found == edges_.end()) return 0;
    return a < b ? found->second.direction : -found->second.direction;
  }

  // Some other one has more of the same: it was quantised or pruned.
  [[nodiscard]] bool is_poor(std::size_t model) const {
    return std::any_of(edges_.begin(), edges_.end(), [&](const auto& edge) {
      const auto& [ends, kinship] = edge;
      if (kinship.relation != Relation::kQuantised && kinship.relation != Relation::kPruned) {
        return false;
      }
      return (ends.second == model && kinship.direction > 0) ||
             (ends.first == model && kinship.direction < 0);
    });
  }

  void settle(const std::vector<std::size_t>& family) {
    std::map<std::size_t, bool> is_settled;
    for (const std::size_t member : family) is_settled[member] = settle_merge(member, family);
    const std::size_t root = root_of(family, is_settled);
    std::vector<std::size_t> tree{root};
    std::vector<std::size_t> left;
    for (const std::size_t member : family) {
      if (member != root) left.push_back(member);
    }
    while (!left.empty()) {
      double nearest = 1e300;
      std::size_t from = tree.front();
      std::size_t at = 0;
      for (const std::size_t parent : tree) {
        for (std::size_t k = 0; k < left.size(); ++k) {
          const std::optional<double> apart = distance(parent, left[k]);
          if (!apart) continue;
          const bool is_backwards =
              direction(parent, left[k]) < 0 || is_settled[parent] || is_poor(parent);
          const double cost = *apart * (is_backwards ? kLossy : 1) + (is_backwards ? 1e-3 : 0);
          if (cost < nearest) {
            nearest = cost;
            from = parent;
            at = k;
          }
        }
      }
      if (nearest >= 1e300) break;  // cannot be: families are connected
      const std::size_t child = left[at];
      parent_[child] = is_settled[child] ? from : simplest_parent(child, from);
      if (!is_settled[child]) descend(child, parent_[child]);
      tree.push_back(child);
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }

  // `nearest` or one of its own ancestors.
  std::size_t simplest_parent(std::size_t child, std::size_t nearest) {
    std::size_t parent = nearest;
    for (auto up = parent_.find(parent); up != parent_.end(); up = parent_.find(parent)) {
      const std::size_t grandparent = up->second;
      const std::optional<double> near = distance_anew(child, parent);
      const std::optional<double> far = distance_anew(child, grandparent);
      const std::optional<double> between = distance_anew(parent, grandparent);
      if (!near || !far || !between || direction(grandparent, child) < 0) break;
      const double offset =
          *near > kPermutedAtLeast && *far > kPermutedAtLeast ? kPermutedAtLeast : 0;
      const double gained = (*far - offset) * (*far - offset) - (*near - offset) * (*near - offset);
      if (gained > kTellsApart * *between * *between) break;
      parent = grandparent;
    }
    return parent;
  }

  // Nearest to all others, having lost nothing.
  [[nodiscard]] std::size_t root_of(const std::vector<std::size_t>& family,
                                    std::map<std::size_t, bool>& is_settled) const {
    double best = 1e300;
    std::size_t root = family.front();
    for (const std::size_t member : family) {
      double sum = is_settled[member] ? 1e6 : 0;
      for (const std::size_t other : family) {
        // Whose place is certain says nothing about who came first.
        if (other == member || is_settled[other] || direction(member, other) > 0) continue;
        sum += std::min(distance(member, other).value_or(1.5), 1.5);
        if (direction(other, member) > 0) sum += kLossy;
      }
      if (sum < best) {
        best = sum;
        root = member;
      }
    }
    return root;
  }

  void descend(std::size_t child, std::size_t parent) {
    Ancestry& answer = answers_[child];
    answer.parents = {{parent, 1}};
    answer.kinship = compare(*models_[parent], *models_[child]);
    answer.relation = answer.kinship->relation;
  }

  // Of those that are nearly the same only the nearest: copies of one model are one candidate.
  [[nodiscard]] std::vector<std::pair<double, std::size_t>> apart_from_each_other(
      const std::vector<std::pair<double, std::size_t>>& near) const {
    std::vector<std::pair<double, std::size_t>> kept;
    for (const auto& each : near) {
      const bool is_copy = std::any_of(kept.begin(), kept.end(), [&](const auto& other) {
        return distance(each.second, other.second).value_or(1) < kCopy * each.first;
      });
      if (!is_copy) kept.push_back(each);
      if (kept.size() == kCandidatesMax) break;
    }
    return kept;
  }

  bool settle_merge(std::size_t member, const std::vector<std::size_t>& family) {
    if (family.size() < 3) return false;
    std::vector<std::pair<double, std::size_t>> near;
    for (const std::size_t other : family) {
      if (other == member || direction(other, member) < 0) continue;
      const std::optional<double> apart = distance(member, other);
      // What has the same values, or has been made from it, explains nothing.
      if (apart && *apart > 1e-5 && !is_poor(other)) near.emplace_back(*apart, other);
    }
    std::sort(near.begin(), near.end());
    near = apart_from_each_other(near);
    std::vector<const Fingerprint*> candidates;
    for (const auto& each : near) candidates.push_back(models_[each.second]);
    const std::optional<Merge> merge = merge_of(*models_[member], candidates);
    if (!merge || !merge->is_convincing()) return false;
    Ancestry& answer = answers_[member];
    answer.relation = Relation::kMerged;
    for (const Parent& parent : merge->parents) {
      answer.parents.push_back({near[parent.model].second, parent.share});
    }
    answer.kinship = compare(*models_[answer.parents.front().model], *models_[member]);
    return true;
  }

  std::span<const Fingerprint* const> models_;
  std::vector<Ancestry> answers_;
  std::vector<std::size_t> family_;
  std::vector<std::vector<Neighbour>> neighbours_;
  std::map<Edge, Kinship> edges_;
  std::map<std::size_t, std::size_t> parent_;  // of what has been put into its family's tree
};

}  // namespace

std::vector<Ancestry> trace(std::span<const Fingerprint* const> models) {
  return Tracing(models).all();
}

}  // namespace strongroom::model::lineage
