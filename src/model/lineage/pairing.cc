#include "model/lineage/pairing.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "model/lineage/names.h"
#include "model/lineage/tensor_printer.h"

namespace strongroom::model::lineage {

namespace {

constexpr double kAlikeCosine = 0.3;  // nine deviations of an independent pair's
constexpr std::size_t kLikenessGroupMax = 512;

using Shape = std::vector<std::uint64_t>;

class Pairing {
 public:
  Pairing(const Fingerprint& a, const Fingerprint& b)
      : a_(a), b_(b), taken_a_(a.tensors.size()), taken_b_(b.tensors.size()) {}

  void by_name() {
    std::map<std::string, std::size_t> named;
    for (std::size_t i = 0; i < a_.tensors.size(); ++i) {
      named.emplace(canonical_name(a_.tensors[i].name), i);
    }
    for (std::size_t i = 0; i < b_.tensors.size(); ++i) {
      const auto found = named.find(canonical_name(b_.tensors[i].name));
      if (found == named.end() || taken_a_[found->second]) continue;
      if (a_.tensors[found->second].shape == b_.tensors[i].shape) take(found->second, i);
    }
  }
  [[nodiscard]] bool is_enough() const {
    std::size_t matrices_a = 0;
    std::size_t matrices_b = 0;
    for (const TensorPrint& each : a_.tensors) matrices_a += counts(each) ? 1U : 0U;
    for (const TensorPrint& each : b_.tensors) matrices_b += counts(each) ? 1U : 0U;
    std::size_t paired = 0;
    for (const Pair& pair : pairs_) paired += counts(b_.tensors[pair.b]) ? 1U : 0U;
    return 2 * paired >= std::min(matrices_a, matrices_b);
  }
  void by_shape() {
    std::map<Shape, std::pair<std::vector<std::size_t>, std::vector<std::size_t>>> groups;
    for (std::size_t i = 0; i < a_.tensors.size(); ++i) {
      if (!taken_a_[i]) groups[a_.tensors[i].shape].first.push_back(i);
    }
    for (std::size_t i = 0; i < b_.tensors.size(); ++i) {
      if (!taken_b_[i]) groups[b_.tensors[i].shape].second.push_back(i);
    }
    for (const auto& group : groups) {
      by_likeness(group.second.first, group.second.second);
      by_order(group.second.first, group.second.second);
    }
  }
  [[nodiscard]] std::vector<Pair> take_pairs() { return std::move(pairs_); }

 private:
  void take(std::size_t i, std::size_t j) {
    taken_a_[i] = true;
    taken_b_[j] = true;
    pairs_.push_back({i, j});
  }
  void by_likeness(const std::vector<std::size_t>& in_a, const std::vector<std::size_t>& in_b) {
    if (in_a.size() > kLikenessGroupMax || in_b.size() > kLikenessGroupMax) return;
    for (const std::size_t j : in_b) {
      if (!counts(b_.tensors[j])) continue;
      double best = kAlikeCosine;
      std::size_t found = a_.tensors.size();
      for (const std::size_t i : in_a) {
        if (taken_a_[i] || !counts(a_.tensors[i])) continue;
        const double cosine = centred_cosine(a_.tensors[i], b_.tensors[j]);
        if (cosine > best) {
          best = cosine;
          found = i;
        }
      }
      if (found < a_.tensors.size()) take(found, j);
    }
  }
  void by_order(const std::vector<std::size_t>& in_a, const std::vector<std::size_t>& in_b) {
    std::size_t next = 0;
    for (const std::size_t j : in_b) {
      if (taken_b_[j]) continue;
      while (next < in_a.size() && taken_a_[in_a[next]]) ++next;
      if (next == in_a.size()) return;
      take(in_a[next], j);
    }
  }

  const Fingerprint& a_;
  const Fingerprint& b_;
  std::vector<bool> taken_a_;
  std::vector<bool> taken_b_;
  std::vector<Pair> pairs_;
};

bool is_weight_type(ElementType type) {
  switch (type) {
    case ElementType::kI16:
    case ElementType::kU16:
    case ElementType::kI32:
    case ElementType::kU32:
    case ElementType::kI64:
    case ElementType::kU64:
    case ElementType::kF8E8m0:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::vector<Pair> pairs_of(const Fingerprint& a, const Fingerprint& b) {
  Pairing pairing(a, b);
  pairing.by_name();
  if (!pairing.is_enough()) pairing.by_shape();
  return pairing.take_pairs();
}

bool counts(const TensorPrint& tensor) {
  return tensor.has_values && !tensor.row_norms.empty() && !tensor.sketch.empty() &&
         is_weight_type(tensor.type) && tensor.moments.variance > 0 &&
         !is_fixed_table(canonical_name(tensor.name));
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  const std::size_t count = std::min(a.size(), b.size());
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

double centred_cosine(const TensorPrint& a, const TensorPrint& b) {
  const double deviations = std::sqrt(a.moments.variance) * std::sqrt(b.moments.variance);
  const auto elements = static_cast<double>(a.elements());
  if (!(deviations > 0) || !(elements > 0)) return 0;
  const double covariance = dot(a.sketch, b.sketch) / elements - a.moments.mean * b.moments.mean;
  return std::clamp(covariance / deviations, -1.0, 1.0);
}

double cosine_variance(const TensorPrint& a) {
  const MatrixView view = matrix_view(a.shape);
  const auto side = static_cast<double>(std::min(view.rows, view.columns));
  return 1.0 / static_cast<double>(kSketchBuckets) + 1.0 / std::max(side, 1.0);
}

}  // namespace strongroom::model::lineage
