#include <algorithm>
#include <cmath>
#include <limits>

#include "model/lineage/lineage.h"
#include "model/lineage/pairing.h"
#include "model/lineage/spectrum.h"
#include "model/lineage/type_facts.h"

namespace strongroom::model::lineage {

namespace {

// Thresholds were set on seeds 1 to 40 of the zoo; docs/lineage.md reports others.
constexpr double kZeroShareMin = 0.05;         // more zeros than before: pruned
constexpr double kZeroShareMinFourBits = 0.3;  // a coarse grid has many by itself
constexpr double kLowRankShareMin = 0.6;
constexpr double kIdentityMin = 1e-6;  // relative; below it sums of binary32 say nothing
constexpr double kBlindCosineMin = 0.7;
constexpr double kDirectCosineMax = 0.35;
constexpr double kPermutedShareMin = 0.15;
constexpr double kBlindMeanMin = 0.5;
constexpr double kBlindVariance = 1.0 / 120 + 1.0 / 16;
constexpr double kVarianceAgrees = 3e-4;
constexpr double kNormsAgree = 1e-3;
// Deviations that one matrix of another model with the same spread and norms is worth: chance 1e-3.
constexpr double kNormsZ = 3.1;
constexpr std::size_t kRanksMax = 12;
constexpr double kLogChanceMin = -1000;

double log10_of_tail(double z) {
  if (z < 30) return std::log10(std::max(0.5 * std::erfc(z / std::sqrt(2.0)), 1e-300));
  const double nats = -z * z / 2 - std::log(z * std::sqrt(2 * 3.14159265358979323846));
  return std::max(nats / std::log(10.0), kLogChanceMin);
}

// One compared matrix.
struct Beside {
  const TensorPrint* a;
  const TensorPrint* b;
  double cosine = 0;
  double fine_cosine = 0;  // the same, told more exactly where they are close
  double blind = 0;
  bool norms_agree = false;
  double change = 0;  // ‖B − A‖ / ‖A‖
  bool is_changed = false;
};

double correlation(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.empty() || a.size() != b.size()) return 0;
  const double scale = std::sqrt(dot(a, a) * dot(b, b));
  return scale > 0 ? std::clamp(dot(a, b) / scale, -1.0, 1.0) : 0;
}

bool agree(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.empty() || a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<double>(a[i]);
    const auto y = static_cast<double>(b[i]);
    if (std::fabs(x - y) > kNormsAgree * std::max(x, y)) return false;
  }
  return true;
}

double change_of(const TensorPrint& a, const TensorPrint& b) {
  if (!(a.moments.square_sum > 0)) return 0;
  // Codes without their scales are laid onto the values first.
  const double scale = is_code(a.type) == is_code(b.type) || !(dot(b.sketch, b.sketch) > 0)
                           ? 1
                           : dot(a.sketch, b.sketch) / dot(b.sketch, b.sketch);
  double square = 0;
  for (std::size_t i = 0; i < std::min(a.sketch.size(), b.sketch.size()); ++i) {
    const double each = scale * static_cast<double>(b.sketch[i]) - static_cast<double>(a.sketch[i]);
    square += each * each;
  }
  return std::sqrt(square / a.moments.square_sum);
}

Beside beside(const TensorPrint& a, const TensorPrint& b) {
  Beside each{&a, &b};
  each.cosine = centred_cosine(a, b);
  each.blind =
      std::max(correlation(a.row_blind, b.row_blind), correlation(a.column_blind, b.column_blind));
  const double variance = std::max(a.moments.variance, b.moments.variance);
  each.norms_agree =
      std::fabs(a.moments.variance - b.moments.variance) <= kVarianceAgrees * variance &&
      agree(a.row_norms, b.row_norms) && agree(a.column_norms, b.column_norms);
  each.change = change_of(a, b);
  each.fine_cosine = each.cosine;
  if (each.cosine > 0.5 && is_code(a.type) == is_code(b.type)) {
    const double square = each.change * each.change * a.moments.square_sum;
    const double product = (a.moments.square_sum + b.moments.square_sum - square) / 2;
    each.fine_cosine =
        std::clamp(product / std::sqrt(a.moments.square_sum * b.moments.square_sum), -1.0, 1.0);
  }
  const double rounding =
      a.type == b.type ? kIdentityMin : std::max(rounding_of(a.type), rounding_of(b.type));
  each.is_changed = a.digest != b.digest && each.change > rounding;
  return each;
}

struct Scores {
  double direct = 0;
  double blind = 0;
  double norms = 0;
};

Scores scores_of(const std::vector<Beside>& all) {
  Scores scores;
  double weighted = 0;
  double information = 0;
  double blind = 0;
  double agreeing = 0;
  for (const Beside& each : all) {
    const double variance = cosine_variance(*each.a);
    weighted += each.cosine / variance;
    information += 1 / variance;
    blind += each.blind;
    agreeing += each.norms_agree ? 1 : 0;
  }
  const auto count = static_cast<double>(all.size());
  scores.direct = weighted / std::sqrt(information);
  if (blind / count >= kBlindMeanMin) scores.blind = blind / std::sqrt(count * kBlindVariance);
  if (agreeing / count >= 0.25) scores.norms = kNormsZ * std::sqrt(agreeing);
  return scores;
}

double grid_bits(const std::vector<Beside>& all, bool of_b) {
  double bits = 0;
  double eight = 0;
  double four = 0;
  for (const Beside& each : all) {
    const TensorPrint& tensor = of_b ? *each.b : *each.a;
    bits += type_bits(tensor.type);
    eight += static_cast<double>(tensor.on_grid_of_8_bits);
    four += static_cast<double>(tensor.on_grid_of_4_bits);
  }
  const auto count = static_cast<double>(all.size());
  if (bits / count >= 1) return bits / count;
  if (four / count >= 0.5) return 4;
  if ((four + eight) / count >= 0.5) return 8;
  return 0;
}

void sum_up(const std::vector<Beside>& all, Evidence& evidence) {
  double dots = 0;
  double squares_a = 0;
  double squares_b = 0;
  double spread_a = 0;
  double spread_b = 0;
  double covariance = 0;
  double changes = 0;
  double zeros_a = 0;
  double zeros_b = 0;
  double values = 0;
  for (const Beside& each : all) {
    const Moments& a = each.a->moments;
    const Moments& b = each.b->moments;
    const auto count = static_cast<double>(each.a->elements());
    dots += each.fine_cosine * std::sqrt(a.square_sum * b.square_sum);
    squares_a += a.square_sum;
    squares_b += b.square_sum;
    spread_a += a.variance * count;
    spread_b += b.variance * count;
    covariance += each.fine_cosine * std::sqrt(a.variance) * std::sqrt(b.variance) * count;
    changes += each.change * each.change * a.square_sum;
    zeros_a += static_cast<double>(a.zeros);
    zeros_b += static_cast<double>(b.zeros);
    values += count;
    evidence.cosine_blind += each.blind;
    evidence.kurtosis_a += a.kurtosis;
    evidence.kurtosis_b += b.kurtosis;
    evidence.changed_share += each.is_changed ? 1 : 0;
  }
  const auto count = static_cast<double>(all.size());
  evidence.cosine = std::clamp(covariance / std::sqrt(spread_a * spread_b), -1.0, 1.0);
  evidence.change = squares_a > 0 ? std::sqrt(changes / squares_a) : 0;
  evidence.projection = squares_b > 0 ? dots / squares_b : 0;
  evidence.zeros_a = zeros_a / values;
  evidence.zeros_b = zeros_b / values;
  evidence.cosine_blind /= count;
  evidence.kurtosis_a /= count;
  evidence.kurtosis_b /= count;
  evidence.changed_share /= count;
  evidence.grid_bits_a = grid_bits(all, false);
  evidence.grid_bits_b = grid_bits(all, true);
}

// Ranks of the most changed matrices.
void find_ranks(std::vector<Beside> all, Evidence& evidence) {
  std::erase_if(all, [](const Beside& each) {
    return !each.is_changed || each.a->probe_side == 0 ||
           each.a->probe_side != each.b->probe_side || each.cosine < kDirectCosineMax;
  });
  std::stable_sort(all.begin(), all.end(),
                   [](const Beside& x, const Beside& y) { return x.change > y.change; });
  if (all.size() > kRanksMax) all.resize(kRanksMax);
  std::vector<std::uint32_t> ranks;
  for (const Beside& each : all) {
    const std::uint32_t rank = rank_of_change(*each.a, *each.b).value_or(0);
    if (rank > 0) ranks.push_back(rank);
  }
  if (ranks.empty()) return;
  std::sort(ranks.begin(), ranks.end());
  evidence.rank = ranks[ranks.size() / 2];
  // A probe that is hardly larger than that rank could not have shown it.
  const auto could_show = std::count_if(all.begin(), all.end(), [&](const Beside& each) {
    return 5 * each.a->probe_side >= 6 * (evidence.rank + 1);
  });
  evidence.low_rank_share =
      std::min(1.0, static_cast<double>(ranks.size()) / static_cast<double>(could_show));
}

bool is_permuted(const std::vector<Beside>& all) {
  std::size_t moved = 0;
  for (const Beside& each : all) {
    if (each.cosine < kDirectCosineMax && (each.blind > kBlindCosineMin || each.norms_agree)) {
      ++moved;
    }
  }
  return static_cast<double>(moved) >= kPermutedShareMin * static_cast<double>(all.size());
}

// What was done, most telling first.
std::vector<Relation> steps_of(const std::vector<Beside>& all, const Evidence& evidence,
                               int& direction) {
  std::vector<Relation> steps;
  const bool permuted = is_permuted(all);
  if (permuted) steps.push_back(Relation::kPermuted);
  const double coarse = std::max(evidence.grid_bits_a, evidence.grid_bits_b);
  const double bits_a = evidence.grid_bits_a > 0 ? evidence.grid_bits_a : 32;
  const double bits_b = evidence.grid_bits_b > 0 ? evidence.grid_bits_b : 32;
  const bool quantised = coarse > 0 && std::fabs(bits_a - bits_b) > 0.5;
  if (quantised) {
    steps.push_back(Relation::kQuantised);
    direction = bits_b < bits_a ? 1 : -1;
  }
  const double zeros = evidence.zeros_b - evidence.zeros_a;
  const double grid = std::min(bits_a, bits_b);
  if (std::fabs(zeros) >= (grid < 6 ? kZeroShareMinFourBits : kZeroShareMin)) {
    steps.push_back(Relation::kPruned);
    if (direction == 0) direction = zeros > 0 ? 1 : -1;
  }
  if (!permuted && evidence.rank > 0 && evidence.low_rank_share >= kLowRankShareMin) {
    steps.push_back(Relation::kLoraMerged);
  }
  const bool explained = !steps.empty();
  const double noise = quantised ? grid_noise(grid) : 0;
  const bool pruned =
      !steps.empty() && std::find(steps.begin(), steps.end(), Relation::kPruned) != steps.end();
  if (!explained || (!pruned && !permuted && quantised && evidence.change > noise &&
                     steps.back() != Relation::kLoraMerged)) {
    steps.push_back(Relation::kFineTuned);
  }
  return steps;
}

int coarser_side(const std::vector<Beside>& all) {
  double a = 0;
  double b = 0;
  for (const Beside& each : all) {
    a += rounding_of(each.a->type);
    b += rounding_of(each.b->type);
  }
  return a == b ? 0 : (b > a ? 1 : -1);
}

Kinship incomparable(Evidence evidence, bool has_pairs) {
  Kinship kinship;
  kinship.evidence = evidence;
  if (has_pairs && evidence.identical_share == 1.0) kinship.relation = Relation::kSame;
  return kinship;
}

}  // namespace

std::string_view name_of(Relation relation) {
  switch (relation) {
    case Relation::kIncomparable:
      return "incomparable";
    case Relation::kUnrelated:
      return "unrelated";
    case Relation::kSame:
      return "same";
    case Relation::kRecast:
      return "recast";
    case Relation::kQuantised:
      return "quantised";
    case Relation::kPruned:
      return "pruned";
    case Relation::kLoraMerged:
      return "lora-merged";
    case Relation::kFineTuned:
      return "fine-tuned";
    case Relation::kPermuted:
      return "permuted";
    case Relation::kMerged:
      return "merged";
  }
  return "incomparable";
}

Kinship compare(const Fingerprint& a, const Fingerprint& b) { return kinship_of(a, b, true); }

Kinship kinship_of(const Fingerprint& a, const Fingerprint& b, bool finds_ranks) {
  const std::vector<Pair> pairs = pairs_of(a, b);
  Kinship kinship;
  Evidence& evidence = kinship.evidence;
  std::vector<Beside> all;
  std::size_t identical = 0;
  for (const Pair& pair : pairs) {
    const TensorPrint& from = a.tensors[pair.a];
    const TensorPrint& to = b.tensors[pair.b];
    if (from.digest == to.digest && from.type == to.type && from.digest != Digest{}) ++identical;
    if (counts(from) && counts(to)) all.push_back(beside(from, to));
  }
  evidence.tensors_matched = static_cast<std::uint32_t>(pairs.size());
  evidence.matrices_compared = static_cast<std::uint32_t>(all.size());
  evidence.tensors_only_in_a = static_cast<std::uint32_t>(a.tensors.size() - pairs.size());
  evidence.tensors_only_in_b = static_cast<std::uint32_t>(b.tensors.size() - pairs.size());
  if (!pairs.empty()) {
    evidence.identical_share = static_cast<double>(identical) / static_cast<double>(pairs.size());
  }
  if (all.empty()) return incomparable(evidence, !pairs.empty());
  sum_up(all, evidence);
  const Scores scores = scores_of(all);
  kinship.z = std::max({scores.direct, scores.blind, scores.norms});
  if (!std::isfinite(kinship.z)) kinship.z = 0;  // a fingerprint that nobody's weights gave
  kinship.log10_p = log10_of_tail(kinship.z);
  if (evidence.identical_share == 1.0) {
    kinship.relation = Relation::kSame;
    return kinship;
  }
  if (kinship.z < kRelatedZ) {
    kinship.relation = Relation::kUnrelated;
    return kinship;
  }
  if (evidence.changed_share == 0) {
    kinship.direction = coarser_side(all);
    kinship.relation = Relation::kRecast;
    return kinship;
  }
  if (finds_ranks) find_ranks(all, evidence);
  kinship.also = steps_of(all, evidence, kinship.direction);
  kinship.relation = kinship.also.front();
  kinship.also.erase(kinship.also.begin());
  return kinship;
}

}  // namespace strongroom::model::lineage
