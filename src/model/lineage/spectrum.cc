#include "model/lineage/spectrum.h"

#include <algorithm>
#include <cmath>

namespace strongroom::model::lineage {

namespace {

// What the first value behind the cliff is at most of the last one before it.
constexpr double kCliff = 2.5;
// Below this part of the largest, values are the rounding of sums of binary32.
constexpr double kRounding = 1e-6;
constexpr int kSweepsMax = 60;

// A symmetric matrix's diagonal and the one beside it after Householder's reductions.
struct Tridiagonal {
  std::vector<double> diagonal;
  std::vector<double> beside;  // beside[i] couples i and i + 1
};

Tridiagonal tridiagonal_of(std::vector<double> m, std::size_t n) {
  Tridiagonal result{std::vector<double>(n), std::vector<double>(n)};
  std::vector<double> v(n);
  std::vector<double> p(n);
  for (std::size_t k = 0; k + 2 < n; ++k) {
    double norm = 0;
    for (std::size_t i = k + 1; i < n; ++i) norm += m[i * n + k] * m[i * n + k];
    norm = std::sqrt(norm);
    if (norm == 0) continue;
    const double first = m[(k + 1) * n + k];
    const double alpha = first > 0 ? -norm : norm;
    double square = 0;
    for (std::size_t i = k + 1; i < n; ++i) {
      v[i] = m[i * n + k] - (i == k + 1 ? alpha : 0);
      square += v[i] * v[i];
    }
    if (square == 0) continue;
    double inner = 0;
    for (std::size_t i = k + 1; i < n; ++i) {
      p[i] = 0;
      for (std::size_t j = k + 1; j < n; ++j) p[i] += m[i * n + j] * v[j];
      p[i] *= 2 / square;
      inner += p[i] * v[i];
    }
    for (std::size_t i = k + 1; i < n; ++i) p[i] -= inner / square * v[i];
    for (std::size_t i = k + 1; i < n; ++i) {
      for (std::size_t j = k + 1; j < n; ++j) m[i * n + j] -= v[i] * p[j] + p[i] * v[j];
    }
    m[(k + 1) * n + k] = alpha;
  }
  for (std::size_t i = 0; i < n; ++i) result.diagonal[i] = m[i * n + i];
  for (std::size_t i = 0; i + 1 < n; ++i) result.beside[i] = m[(i + 1) * n + i];
  return result;
}

// One implicit QL step on rows l to m.
void step(Tridiagonal& t, std::size_t l, std::size_t m) {
  std::vector<double>& d = t.diagonal;
  std::vector<double>& e = t.beside;
  double g = (d[l + 1] - d[l]) / (2 * e[l]);
  double r = std::hypot(g, 1.0);
  g = d[m] - d[l] + e[l] / (g + std::copysign(r, g));
  double s = 1;
  double c = 1;
  double p = 0;
  for (std::size_t i = m; i-- > l;) {
    const double f = s * e[i];
    const double b = c * e[i];
    r = std::hypot(f, g);
    e[i + 1] = r;
    if (r == 0) {
      d[i + 1] -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    r = (d[i] - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}

std::vector<double> eigenvalues(Tridiagonal t) {
  const std::size_t n = t.diagonal.size();
  double scale = 0;
  for (const double value : t.diagonal) scale = std::max(scale, std::fabs(value));
  for (std::size_t l = 0; l < n; ++l) {
    for (int sweep = 0; sweep < kSweepsMax; ++sweep) {
      std::size_t m = l;
      while (m + 1 < n && std::fabs(t.beside[m]) > 1e-16 * scale) ++m;
      if (m == l) break;
      step(t, l, m);
    }
  }
  return t.diagonal;
}

}  // namespace

std::vector<double> singular_values(const std::vector<double>& matrix, std::size_t side) {
  double largest = 0;
  for (const double value : matrix) largest = std::max(largest, std::fabs(value));
  if (largest == 0) return std::vector<double>(side);
  std::vector<double> gram(side * side);
  for (std::size_t i = 0; i < side; ++i) {
    for (std::size_t j = i; j < side; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < side; ++k) {
        sum += (matrix[i * side + k] / largest) * (matrix[j * side + k] / largest);
      }
      gram[i * side + j] = sum;
      gram[j * side + i] = sum;
    }
  }
  std::vector<double> values = eigenvalues(tridiagonal_of(std::move(gram), side));
  for (double& value : values) value = std::sqrt(std::max(value, 0.0)) * largest;
  std::sort(values.rbegin(), values.rend());
  return values;
}

std::optional<std::uint32_t> rank_before_cliff(const std::vector<double>& values) {
  if (values.empty() || values.front() == 0) return std::nullopt;
  const double floor = values.front() * kRounding;
  double best = kCliff;
  std::optional<std::uint32_t> rank;
  for (std::size_t i = 0; i + 1 < values.size() && 6 * (i + 1) <= 5 * values.size(); ++i) {
    const double fall = std::max(values[i], floor) / std::max(values[i + 1], floor);
    if (fall > best) {
      best = fall;
      rank = static_cast<std::uint32_t>(i + 1);
    }
  }
  return rank;
}

std::optional<std::uint32_t> rank_of_change(const TensorPrint& a, const TensorPrint& b) {
  if (a.probe_side == 0 || a.probe_side != b.probe_side) return std::nullopt;
  std::vector<double> change(a.probe.size());
  double energy = 0;
  double before = 0;
  for (std::size_t i = 0; i < change.size(); ++i) {
    change[i] = static_cast<double>(b.probe[i]) - static_cast<double>(a.probe[i]);
    energy += change[i] * change[i];
    before += static_cast<double>(a.probe[i]) * static_cast<double>(a.probe[i]);
  }
  if (energy <= before * 1e-11) return std::nullopt;
  return rank_before_cliff(singular_values(change, a.probe_side)).value_or(0);
}

}  // namespace strongroom::model::lineage
