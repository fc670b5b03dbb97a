#include "model/lineage/delta.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "model/lineage/names.h"
#include "model/lineage/pairing.h"
#include "model/lineage/row_changes.h"
#include "model/lineage/spectrum.h"
#include "model/lineage/tensor_printer.h"

namespace strongroom::model::lineage {

namespace {

constexpr double kAloneShareMax = 0.05;
constexpr std::size_t kAloneAmongMin = 8;
constexpr double kFewRowsFiles = 0.9;   // of the change in the heaviest hundredth of rows
constexpr double kFewRowsPrints = 0.5;  // in the heaviest run of rows
constexpr std::uint32_t kFewRowsSideMin = 32;
constexpr double kOutlierReach = 20;  // deviations; a normal tensor's reach is about 5
constexpr double kOutlierGrowth = 1.5;

bool has_same_bytes(const TensorPrint& before, const TensorPrint& after) {
  return before.digest == after.digest && before.type == after.type && before.digest != Digest{};
}

std::optional<double> relative_change(const TensorPrint& before, const TensorPrint& after) {
  if (!before.has_values || !after.has_values || before.sketch.empty() ||
      before.sketch.size() != after.sketch.size() || !(before.moments.square_sum > 0)) {
    return std::nullopt;
  }
  double square = 0;
  for (std::size_t i = 0; i < before.sketch.size(); ++i) {
    const double each =
        static_cast<double>(after.sketch[i]) - static_cast<double>(before.sketch[i]);
    square += each * each;
  }
  return std::sqrt(square / before.moments.square_sum);
}

std::optional<double> heaviest_run(const TensorPrint& before, const TensorPrint& after) {
  const std::size_t side = before.probe_side;
  if (side == 0 || side != after.probe_side) return std::nullopt;
  double most = 0;
  double all = 0;
  for (std::size_t run = 0; run < side; ++run) {
    double energy = 0;
    for (std::size_t i = run * side; i < (run + 1) * side; ++i) {
      const double each =
          static_cast<double>(after.probe[i]) - static_cast<double>(before.probe[i]);
      energy += each * each;
    }
    most = std::max(most, energy);
    all += energy;
  }
  if (!(all > 0)) return std::nullopt;
  return most / all;
}

// The furthest value, in deviations.
double reach(const Moments& moments) {
  if (!(moments.variance > 0)) return 0;
  const auto least = static_cast<double>(moments.least);
  const auto greatest = static_cast<double>(moments.greatest);
  return std::max(std::fabs(least), std::fabs(greatest)) / std::sqrt(moments.variance);
}

TensorDelta delta_between(const TensorPrint& before, const TensorPrint& after) {
  TensorDelta delta;
  delta.what =
      has_same_bytes(before, after) ? TensorDelta::What::kSame : TensorDelta::What::kChanged;
  delta.name = after.name;
  if (before.name != after.name) delta.name_before = before.name;
  delta.type_before = before.type;
  delta.type_after = after.type;
  delta.is_matrix = !before.row_norms.empty();
  delta.before = before.moments;
  delta.after = after.moments;
  if (delta.what == TensorDelta::What::kSame) {
    if (before.has_values) delta.change = 0;
    return delta;
  }
  delta.change = relative_change(before, after);
  delta.rank = rank_of_change(before, after);
  delta.concentration = heaviest_run(before, after);
  return delta;
}

TensorDelta delta_of_one(const TensorPrint& tensor, TensorDelta::What what) {
  TensorDelta delta;
  delta.what = what;
  delta.name = tensor.name;
  delta.type_before = tensor.type;
  delta.type_after = tensor.type;
  (what == TensorDelta::What::kAdded ? delta.after : delta.before) = tensor.moments;
  return delta;
}

void alarm_values(TensorDelta& delta) {
  const Moments& before = delta.before;
  const Moments& after = delta.after;
  if (after.nans + after.infinite > before.nans + before.infinite) {
    delta.alarms.push_back(Alarm::kNotFinite);
  }
  if (reach(after) > kOutlierReach && reach(after) > kOutlierGrowth * reach(before)) {
    delta.alarms.push_back(Alarm::kOutliers);
  }
  const bool was_empty = before.zeros == before.values;
  if (delta.what == TensorDelta::What::kChanged && after.values > 0 &&
      after.zeros == after.values && !was_empty) {
    delta.alarms.push_back(Alarm::kEmptied);
  }
}

void alarm_rows(TensorDelta& delta, bool is_from_files, std::uint32_t probe_side) {
  if (!delta.concentration) return;
  const bool exact = is_from_files && delta.rows_changed.has_value();
  if (!exact && probe_side < kFewRowsSideMin) return;
  if (*delta.concentration < (exact ? kFewRowsFiles : kFewRowsPrints)) return;
  delta.alarms.push_back(Alarm::kFewRowsChanged);
  if (is_token_table(canonical_name(delta.name))) delta.alarms.push_back(Alarm::kEmbeddingRows);
}

// What can only be said of a tensor beside all the others.
void alarm_together(Delta& delta, std::size_t matched) {
  std::size_t types = 0;
  for (const TensorDelta& each : delta.tensors) {
    if (each.type_before != each.type_after) ++types;
  }
  const bool few_changed = matched >= kAloneAmongMin && delta.changed > 0 &&
                           static_cast<double>(delta.changed) <=
                               std::max(1.0, kAloneShareMax * static_cast<double>(matched));
  for (TensorDelta& each : delta.tensors) {
    if (each.what != TensorDelta::What::kChanged) continue;
    if (each.type_before != each.type_after && 2 * types < matched) {
      each.alarms.push_back(Alarm::kTypeChanged);
    }
    if (few_changed) each.alarms.push_back(Alarm::kAloneChanged);
  }
}

// Added and removed under one name: the shape is another one.
void alarm_shapes(Delta& delta) {
  std::map<std::string, TensorDelta*> removed;
  for (TensorDelta& each : delta.tensors) {
    if (each.what == TensorDelta::What::kRemoved) removed[canonical_name(each.name)] = &each;
  }
  for (TensorDelta& each : delta.tensors) {
    if (each.what != TensorDelta::What::kAdded) continue;
    const auto found = removed.find(canonical_name(each.name));
    if (found == removed.end()) continue;
    each.alarms.push_back(Alarm::kShapeChanged);
    found->second->alarms.push_back(Alarm::kShapeChanged);
  }
}

void sum_up(Delta& delta) {
  double squares = 0;
  double changes = 0;
  std::size_t matrices = 0;
  std::vector<std::uint32_t> ranks;
  for (TensorDelta& each : delta.tensors) {
    std::sort(each.alarms.begin(), each.alarms.end());
    each.alarms.erase(std::unique(each.alarms.begin(), each.alarms.end()), each.alarms.end());
    if (each.what == TensorDelta::What::kChanged && each.rank) {
      ++matrices;
      if (*each.rank > 0) ranks.push_back(*each.rank);
    }
    if (!each.change || !each.is_matrix) continue;
    squares += each.before.square_sum;
    changes += *each.change * *each.change * each.before.square_sum;
  }
  if (squares > 0) delta.change = std::sqrt(changes / squares);
  if (!ranks.empty() && 2 * ranks.size() > matrices) {
    std::sort(ranks.begin(), ranks.end());
    delta.rank = ranks[ranks.size() / 2];
  }
  std::stable_sort(delta.tensors.begin(), delta.tensors.end(),
                   [](const TensorDelta& x, const TensorDelta& y) {
                     if (x.alarms.empty() != y.alarms.empty()) return !x.alarms.empty();
                     return x.change.value_or(0) > y.change.value_or(0);
                   });
}

using Refine = std::function<Result<void>(const Pair&, TensorDelta&)>;

Result<Delta> build(const Fingerprint& before, const Fingerprint& after, const Refine& refine) {
  Delta delta;
  delta.is_from_files = refine != nullptr;
  const std::vector<Pair> pairs = pairs_of(before, after);
  std::vector<bool> in_before(before.tensors.size());
  std::vector<bool> in_after(after.tensors.size());
  for (const Pair& pair : pairs) {
    in_before[pair.a] = true;
    in_after[pair.b] = true;
    TensorDelta each = delta_between(before.tensors[pair.a], after.tensors[pair.b]);
    if (each.what == TensorDelta::What::kSame) {
      ++delta.same;
    } else {
      ++delta.changed;
      if (refine) RETURN_IF_ERROR(refine(pair, each));
      alarm_values(each);
      alarm_rows(each, delta.is_from_files, before.tensors[pair.a].probe_side);
    }
    delta.tensors.push_back(std::move(each));
  }
  for (std::size_t i = 0; i < after.tensors.size(); ++i) {
    if (in_after[i]) continue;
    delta.tensors.push_back(delta_of_one(after.tensors[i], TensorDelta::What::kAdded));
    alarm_values(delta.tensors.back());
    ++delta.added;
  }
  for (std::size_t i = 0; i < before.tensors.size(); ++i) {
    if (in_before[i]) continue;
    delta.tensors.push_back(delta_of_one(before.tensors[i], TensorDelta::What::kRemoved));
    ++delta.removed;
  }
  alarm_together(delta, pairs.size());
  alarm_shapes(delta);
  sum_up(delta);
  return delta;
}

bool belongs(const Release& release) {
  const auto& prints = release.fingerprint.tensors;
  const auto& tensors = release.structure.tensors;
  return prints.size() == tensors.size() &&
         std::equal(prints.begin(), prints.end(), tensors.begin(),
                    [](const TensorPrint& print, const Tensor& tensor) {
                      return print.name == tensor.name && print.shape == tensor.shape &&
                             print.type == tensor.type;
                    });
}

}  // namespace

std::string_view name_of(Alarm alarm) {
  switch (alarm) {
    case Alarm::kNotFinite:
      return "not-finite";
    case Alarm::kOutliers:
      return "outliers";
    case Alarm::kTypeChanged:
      return "type-changed";
    case Alarm::kShapeChanged:
      return "shape-changed";
    case Alarm::kAloneChanged:
      return "alone-changed";
    case Alarm::kFewRowsChanged:
      return "few-rows-changed";
    case Alarm::kEmbeddingRows:
      return "embedding-rows";
    case Alarm::kEmptied:
      return "emptied";
  }
  return "";
}

std::string_view explain(Alarm alarm) {
  switch (alarm) {
    case Alarm::kNotFinite:
      return "It holds NaN or infinity where it held none: what it computes is broken, or waits to "
             "be.";
    case Alarm::kOutliers:
      return "Single values now lie far beyond all others: a damaged file, or a value set by hand.";
    case Alarm::kTypeChanged:
      return "Its element type has changed while most others' has not.";
    case Alarm::kShapeChanged:
      return "Another tensor of the same name, in another shape, has taken its place.";
    case Alarm::kAloneChanged:
      return "It has changed while nearly everything else stands as it was: training does not do "
             "that.";
    case Alarm::kFewRowsChanged:
      return "Nearly all of the change lies in few rows: training does not do that, editing does.";
    case Alarm::kEmbeddingRows:
      return "Few rows of the table of tokens have changed: certain words may have got another "
             "meaning.";
    case Alarm::kEmptied:
      return "It held values, and now holds nothing but zeros.";
  }
  return "";
}

bool Delta::has_alarms() const { return !tensors.empty() && !tensors.front().alarms.empty(); }

Delta delta_of(const Fingerprint& before, const Fingerprint& after) {
  Result<Delta> delta = build(before, after, nullptr);
  CHECK(delta.has_value());  // nothing is read, so nothing fails
  return *std::move(delta);
}

Result<Delta> delta_of_files(const Release& before, const Release& after,
                             const std::function<bool()>& keep_going) {
  if (!belongs(before) || !belongs(after)) {
    return fail(ErrorCode::kUsage, "a fingerprint is not of the file it was given for");
  }
  return build(before.fingerprint, after.fingerprint,
               [&](const Pair& pair, TensorDelta& delta) -> Result<void> {
                 const RowChangesOf from{before.file, before.structure, pair.a,
                                         before.fingerprint.tensors[pair.a].has_values};
                 const RowChangesOf to{after.file, after.structure, pair.b,
                                       after.fingerprint.tensors[pair.b].has_values};
                 ASSIGN_OR_RETURN(const std::optional<RowChanges> changes,
                                  row_changes(from, to, keep_going));
                 if (!changes) return {};
                 if (changes->square_before > 0) {
                   delta.change = std::sqrt(changes->square / changes->square_before);
                 }
                 delta.rows_changed = changes->rows;
                 delta.first_row_changed = changes->first_row;
                 if (changes->concentration) delta.concentration = changes->concentration;
                 return {};
               });
}

}  // namespace strongroom::model::lineage
