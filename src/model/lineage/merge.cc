#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "model/lineage/lineage.h"
#include "model/lineage/pairing.h"

namespace strongroom::model::lineage {

namespace {

constexpr std::size_t kCandidatesMax = 8;
constexpr std::size_t kParentsMax = 3;
constexpr double kShareMin = 0.05;
// A further parent must take away so much of what is left.
constexpr double kWorthIt = 0.7;
constexpr double kBlendWorthIt = 0.9;
constexpr double kBlendShareMin = 0.1;
constexpr double kBlendSure = 6;      // deviations
constexpr double kBlendReach = 1.05;  // siblings' shares add up to less than 1

// Normal equations of B ≈ Σ share · candidate over the sketches of matrices that all have.
struct Normal {
  std::size_t count = 0;
  std::array<std::array<double, kCandidatesMax>, kCandidatesMax> products{};
  std::array<double, kCandidatesMax> with_b{};
  double b_square = 0;
  std::size_t matrices = 0;
};

Normal normal_equations(const Fingerprint& b, std::span<const Fingerprint* const> candidates) {
  Normal normal;
  normal.count = std::min(candidates.size(), kCandidatesMax);
  std::vector<std::map<std::size_t, std::size_t>> paired(normal.count);
  for (std::size_t i = 0; i < normal.count; ++i) {
    for (const Pair& pair : pairs_of(*candidates[i], b)) paired[i].emplace(pair.b, pair.a);
  }
  for (std::size_t t = 0; t < b.tensors.size(); ++t) {
    const TensorPrint& tensor = b.tensors[t];
    if (!counts(tensor)) continue;
    std::array<const TensorPrint*, kCandidatesMax> of{};
    bool all_have = true;
    for (std::size_t i = 0; i < normal.count && all_have; ++i) {
      const auto found = paired[i].find(t);
      all_have = found != paired[i].end() && counts(candidates[i]->tensors[found->second]);
      if (all_have) of[i] = &candidates[i]->tensors[found->second];
    }
    const double square = dot(tensor.sketch, tensor.sketch);
    if (!all_have || !(square > 0)) continue;
    ++normal.matrices;
    normal.b_square += 1;  // each matrix weighs the same
    for (std::size_t i = 0; i < normal.count; ++i) {
      normal.with_b[i] += dot(of[i]->sketch, tensor.sketch) / square;
      for (std::size_t j = 0; j <= i; ++j) {
        const double product = dot(of[i]->sketch, of[j]->sketch) / square;
        normal.products[i][j] += product;
        if (i != j) normal.products[j][i] += product;
      }
    }
  }
  return normal;
}

struct Fit {
  std::vector<std::size_t> who;
  std::vector<double> shares;
  double residual = 2;  // relative to B
};

// Least squares over the chosen ones; nothing kept where a share is not positive.
Fit fit(const Normal& normal, const std::vector<std::size_t>& who) {
  const std::size_t n = who.size();
  std::vector<std::vector<double>> m(n, std::vector<double>(n + 1));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) m[i][j] = normal.products[who[i]][who[j]];
    m[i][n] = normal.with_b[who[i]];
  }
  for (std::size_t k = 0; k < n; ++k) {  // symmetric and positive: pivots stand on the diagonal
    if (!(m[k][k] > 1e-12 * normal.products[who[k]][who[k]])) return {};
    for (std::size_t i = 0; i < n; ++i) {
      if (i == k) continue;
      const double factor = m[i][k] / m[k][k];
      for (std::size_t j = k; j <= n; ++j) m[i][j] -= factor * m[k][j];
    }
  }
  Fit result{who, std::vector<double>(n), 0};
  double explained = 0;
  for (std::size_t i = 0; i < n; ++i) {
    result.shares[i] = m[i][n] / m[i][i];
    if (!(result.shares[i] > 0)) return {};
    explained += result.shares[i] * normal.with_b[who[i]];
  }
  result.residual = std::sqrt(std::max(normal.b_square - explained, 0.0) / normal.b_square);
  return result;
}

void best_of(const Normal& normal, std::size_t parents, std::size_t from,
             std::vector<std::size_t>& chosen, Fit& best) {
  if (chosen.size() == parents) {
    Fit found = fit(normal, chosen);
    if (!found.who.empty() && found.residual < best.residual) best = std::move(found);
    return;
  }
  for (std::size_t i = from; i < normal.count; ++i) {
    chosen.push_back(i);
    best_of(normal, parents, i + 1, chosen, best);
    chosen.pop_back();
  }
}

Fit best_fit(const Normal& normal, std::size_t parents) {
  Fit best;
  std::vector<std::size_t> chosen;
  best_of(normal, parents, 0, chosen, best);
  return best;
}

// What `b` differs from `root` by, as a sum of what `p` and `q` differ from it by.
struct Blend {
  double of_p = 0;
  double of_q = 0;
  double residual = 0;   // relative to B
  bool is_sure = false;  // neither share comes from chance
};
Blend blend_of(const Normal& normal, std::size_t root, std::size_t p, std::size_t q) {
  const auto& g = normal.products;
  const double rr = g[root][root];
  const double pp = g[p][p] - 2 * g[p][root] + rr;
  const double qq = g[q][q] - 2 * g[q][root] + rr;
  const double pq = g[p][q] - g[p][root] - g[q][root] + rr;
  const double bp = normal.with_b[p] - normal.with_b[root] - g[p][root] + rr;
  const double bq = normal.with_b[q] - normal.with_b[root] - g[q][root] + rr;
  const double bb = normal.b_square - 2 * normal.with_b[root] + rr;
  const double determinant = pp * qq - pq * pq;
  Blend blend;
  if (!(determinant > 1e-9 * pp * qq)) return blend;
  blend.of_p = (bp * qq - bq * pq) / determinant;
  blend.of_q = (bq * pp - bp * pq) / determinant;
  const double left = std::max(bb - blend.of_p * bp - blend.of_q * bq, 0.0);
  blend.residual = std::sqrt(left / normal.b_square);
  // A quarter of the buckets: rows and columns may share few directions.
  const double freedom = 256.0 * static_cast<double>(normal.matrices);
  const double error_p = std::sqrt(left / freedom * qq / determinant);
  const double error_q = std::sqrt(left / freedom * pp / determinant);
  blend.is_sure = blend.of_p > std::max(kBlendShareMin, kBlendSure * error_p) &&
                  blend.of_q > std::max(kBlendShareMin, kBlendSure * error_q);
  return blend;
}

// Merges that are no weighted sums (TIES and the like): what changed points along what changed in
// two others, whichever third one it is seen from, and further than siblings' would.
struct FoundBlend {
  std::size_t p = 0;
  std::size_t q = 0;
  Blend blend;
};
std::optional<FoundBlend> find_blend(const Normal& normal) {
  std::optional<FoundBlend> best;
  for (std::size_t p = 0; p < normal.count; ++p) {
    for (std::size_t q = p + 1; q < normal.count; ++q) {
      std::optional<Blend> nearest;
      bool holds = normal.count > 2;
      for (std::size_t root = 0; root < normal.count && holds; ++root) {
        if (root == p || root == q) continue;
        const Blend blend = blend_of(normal, root, p, q);
        holds = blend.is_sure;
        const double reach = blend.of_p + blend.of_q;
        if (!nearest || reach > nearest->of_p + nearest->of_q) nearest = blend;
      }
      if (!holds || nearest->of_p + nearest->of_q < kBlendReach) continue;
      if (!best || nearest->residual < best->blend.residual) best = FoundBlend{p, q, *nearest};
    }
  }
  return best;
}

}  // namespace

bool Merge::is_convincing() const {
  const double worth = is_blend ? kBlendWorthIt : kWorthIt;
  return parents.size() >= 2 && residual_single > 1e-5 && residual < worth * residual_single;
}

std::optional<Merge> merge_of(const Fingerprint& b,
                              std::span<const Fingerprint* const> candidates) {
  if (candidates.size() < 2) return std::nullopt;
  const Normal normal = normal_equations(b, candidates);
  if (normal.matrices == 0) return std::nullopt;
  Fit found = best_fit(normal, 1);
  if (found.who.empty()) return std::nullopt;
  Merge merge;
  merge.residual_single = found.residual;
  for (std::size_t parents = 2; parents <= std::min(kParentsMax, normal.count); ++parents) {
    Fit more = best_fit(normal, parents);
    if (more.who.empty() || !(more.residual < kWorthIt * found.residual)) break;
    found = std::move(more);
  }
  merge.residual = found.residual;
  const std::optional<FoundBlend> blend =
      found.who.size() == 1 ? find_blend(normal) : std::optional<FoundBlend>();
  if (blend) {
    const double sum = blend->blend.of_p + blend->blend.of_q;
    merge.is_blend = true;
    merge.residual = blend->blend.residual;
    found.who = {blend->p, blend->q};
    found.shares = {blend->blend.of_p / sum, blend->blend.of_q / sum};
  }
  for (std::size_t i = 0; i < found.who.size(); ++i) {
    if (found.shares[i] >= kShareMin) merge.parents.push_back({found.who[i], found.shares[i]});
  }
  std::sort(merge.parents.begin(), merge.parents.end(),
            [](const Parent& x, const Parent& y) { return x.share > y.share; });
  return merge;
}

}  // namespace strongroom::model::lineage
