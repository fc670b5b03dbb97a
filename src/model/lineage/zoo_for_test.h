#ifndef STRONGROOM_MODEL_LINEAGE_ZOO_FOR_TEST_H_
#define STRONGROOM_MODEL_LINEAGE_ZOO_FOR_TEST_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

/// Synthetic ground truth: small transformers from seeds, and what people make of models. They are
/// no trained models: nothing was learnt, only shaped like it (a few directions that many rows
/// share, rows of different weight, some channels far louder than others).
namespace strongroom::model::lineage::zoo {

/// Numbers from a seed, the same on every machine; no secrets come from here.
class Dice {
 public:
  /// Streams of different seeds begin far apart, so that none is another one, shifted.
  explicit Dice(std::uint64_t seed) : state_(seed ^ 0x2545f4914f6cdd1du) {
    state_ = bits();
    state_ = bits() * 0xd1342543de82ef95u;
  }
  std::uint64_t bits() {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// Nearly normal: four uniform numbers' sum.
  float normal() {
    const std::uint64_t z = bits();
    const auto sum =
        static_cast<float>((z & 0xffff) + ((z >> 16) & 0xffff) + ((z >> 32) & 0xffff) + (z >> 48));
    return (sum - 131070.0f) / 37837.2f;
  }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  double between(double least, double most) { return least + (most - least) * uniform(); }
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(bits() % count); }

 private:
  std::uint64_t state_;
};

struct ZooTensor {
  std::string name;  ///< as Hugging Face's llama has it
  std::size_t rows;  ///< 1 for a vector
  std::size_t columns;
  bool is_vector;
  std::vector<float> values;
};
using Zoo = std::vector<ZooTensor>;  ///< one model

struct Size {
  std::size_t width = 128;
  std::size_t layers = 2;
  std::size_t heads = 4;
  std::size_t hidden = 352;
  std::size_t tokens = 512;
};

inline bool is_block(const ZooTensor& tensor) {
  return !tensor.is_vector && tensor.name.find("layers.") != std::string::npos;
}

/// A matrix with the marks that training leaves.
inline std::vector<float> trained_matrix(std::size_t rows, std::size_t columns, float deviation,
                                         Dice& dice) {
  std::vector<float> values(rows * columns);
  for (float& value : values) value = deviation * dice.normal();
  for (int k = 0; k < 4; ++k) {  // directions that many rows share
    std::vector<float> u(rows);
    std::vector<float> v(columns);
    for (float& each : u) each = dice.normal();
    for (float& each : v) each = dice.normal();
    const float weight = 0.3f * deviation / static_cast<float>(k + 1);
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) values[i * columns + j] += weight * u[i] * v[j];
    }
  }
  for (std::size_t i = 0; i < rows; ++i) {
    const float scale = std::exp(0.1f * dice.normal());
    for (std::size_t j = 0; j < columns; ++j) values[i * columns + j] *= scale;
  }
  return values;
}

inline Zoo make_model(const Size& size, std::uint64_t seed) {
  Dice dice(seed);
  Zoo zoo;
  std::vector<float> loud(size.width, 1.0f);  // channels of the residual stream
  if (dice.bits() % 2 == 0) {
    for (int k = 0; k < 3; ++k) loud[dice.below(size.width)] = 6.0f;
  }
  const auto matrix = [&](std::string name, std::size_t rows, std::size_t columns,
                          float deviation) {
    zoo.push_back(
        {std::move(name), rows, columns, false, trained_matrix(rows, columns, deviation, dice)});
    if (columns != size.width) return;
    for (std::size_t i = 0; i < rows * columns; ++i) zoo.back().values[i] *= loud[i % columns];
  };
  const auto gains = [&](std::string name) {
    zoo.push_back({std::move(name), 1, size.width, true, std::vector<float>(size.width)});
    for (float& value : zoo.back().values) value = 1.0f + 0.1f * dice.normal();
  };
  const float deviation = 0.02f;
  const float outward = deviation / std::sqrt(2.0f * static_cast<float>(size.layers));
  matrix("model.embed_tokens.weight", size.tokens, size.width, deviation);
  for (std::size_t layer = 0; layer < size.layers; ++layer) {
    const std::string at = "model.layers." + std::to_string(layer) + ".";
    gains(at + "input_layernorm.weight");
    for (const char* part : {"q_proj", "k_proj", "v_proj"}) {
      matrix(at + "self_attn." + part + ".weight", size.width, size.width, deviation);
    }
    matrix(at + "self_attn.o_proj.weight", size.width, size.width, outward);
    gains(at + "post_attention_layernorm.weight");
    matrix(at + "mlp.gate_proj.weight", size.hidden, size.width, deviation);
    matrix(at + "mlp.up_proj.weight", size.hidden, size.width, deviation);
    matrix(at + "mlp.down_proj.weight", size.width, size.hidden, outward);
  }
  gains("model.norm.weight");
  matrix("lm_head.weight", size.tokens, size.width, deviation);
  return zoo;
}

inline float deviation_of(const std::vector<float>& values) {
  double square = 0;
  for (const float value : values)
    square += static_cast<double>(value) * static_cast<double>(value);
  return static_cast<float>(std::sqrt(square / static_cast<double>(values.size())));
}

/// Every matrix moves by `strength` of its size, half of it in shared directions.
inline Zoo fine_tuned(Zoo zoo, float strength, std::uint64_t seed) {
  Dice dice(seed);
  for (ZooTensor& tensor : zoo) {
    const float size = deviation_of(tensor.values);
    if (tensor.is_vector) {
      for (float& value : tensor.values) value += 0.1f * strength * dice.normal();
      continue;
    }
    std::vector<float> change = trained_matrix(tensor.rows, tensor.columns, 1.0f, dice);
    const float scale = strength * size / deviation_of(change);
    for (std::size_t i = 0; i < change.size(); ++i) tensor.values[i] += scale * change[i];
  }
  return zoo;
}

/// An adapter merged into the attention's q and v, or into every matrix of the blocks.
inline Zoo lora_merged(Zoo zoo, std::size_t rank, float strength, bool everywhere,
                       std::uint64_t seed) {
  Dice dice(seed);
  for (ZooTensor& tensor : zoo) {
    const bool is_usual = tensor.name.find("q_proj") != std::string::npos ||
                          tensor.name.find("v_proj") != std::string::npos;
    if (!is_block(tensor) || (!everywhere && !is_usual)) continue;
    std::vector<float> a(rank * tensor.columns);
    std::vector<float> b(tensor.rows * rank);
    for (float& value : a) value = dice.normal();
    for (float& value : b) value = dice.normal();
    const float scale =
        strength * deviation_of(tensor.values) / std::sqrt(static_cast<float>(rank));
    for (std::size_t i = 0; i < tensor.rows; ++i) {
      for (std::size_t k = 0; k < rank; ++k) {
        const float weight = scale * b[i * rank + k];
        float* const row = tensor.values.data() + i * tensor.columns;
        for (std::size_t j = 0; j < tensor.columns; ++j)
          row[j] += weight * a[k * tensor.columns + j];
      }
    }
  }
  return zoo;
}

/// To so many bits and back; one step for `run` values, or for each row when it is 0.
inline Zoo quantised(Zoo zoo, int bits, std::size_t run) {
  const auto levels = static_cast<float>((1 << (bits - 1)) - 1);
  for (ZooTensor& tensor : zoo) {
    if (tensor.is_vector) continue;
    const std::size_t length = run == 0 ? tensor.columns : run;
    for (std::size_t at = 0; at < tensor.values.size(); at += length) {
      const std::size_t end = std::min(at + length, tensor.values.size());
      float most = 0;
      for (std::size_t i = at; i < end; ++i) most = std::max(most, std::fabs(tensor.values[i]));
      const float step = most / levels;
      if (step == 0.0f) continue;
      for (std::size_t i = at; i < end; ++i) {
        tensor.values[i] = std::round(tensor.values[i] / step) * step;
      }
    }
  }
  return zoo;
}

inline Zoo pruned(Zoo zoo, double share, bool by_size, std::uint64_t seed) {
  Dice dice(seed);
  for (ZooTensor& tensor : zoo) {
    if (!is_block(tensor)) continue;
    std::vector<float> sizes;
    for (const float value : tensor.values) sizes.push_back(std::fabs(value));
    const auto cut = static_cast<std::ptrdiff_t>(share * static_cast<double>(sizes.size()));
    std::nth_element(sizes.begin(), sizes.begin() + cut, sizes.end());
    const float least = sizes[static_cast<std::size_t>(cut)];
    for (float& value : tensor.values) {
      if (by_size ? std::fabs(value) < least : dice.uniform() < share) value = 0;
    }
  }
  return zoo;
}

inline std::vector<std::size_t> shuffled(std::size_t count, Dice& dice) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[dice.below(i)]);
  return order;
}

inline void permute_rows(ZooTensor& tensor, const std::vector<std::size_t>& order) {
  const std::vector<float> before = tensor.values;
  for (std::size_t i = 0; i < tensor.rows; ++i) {
    std::copy_n(before.begin() + static_cast<std::ptrdiff_t>(order[i] * tensor.columns),
                tensor.columns,
                tensor.values.begin() + static_cast<std::ptrdiff_t>(i * tensor.columns));
  }
}
inline void permute_columns(ZooTensor& tensor, const std::vector<std::size_t>& order) {
  const std::vector<float> before = tensor.values;
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    tensor.values[i] = before[i - i % tensor.columns + order[i % tensor.columns]];
  }
}

/// Hidden units and heads in another order, all over consistent; with `residual` its channels too.
/// The function that the model computes stays the same.
inline Zoo permuted(Zoo zoo, const Size& size, bool residual, std::uint64_t seed) {
  Dice dice(seed);
  const std::size_t head = size.width / size.heads;
  const std::vector<std::size_t> channels = shuffled(size.width, dice);
  std::vector<std::size_t> rows;
  std::vector<std::size_t> units;
  const auto has = [](const ZooTensor& tensor, const char* part) {
    return tensor.name.find(part) != std::string::npos;
  };
  for (ZooTensor& tensor : zoo) {
    if (has(tensor, "q_proj")) {
      rows.clear();
      for (const std::size_t which : shuffled(size.heads, dice)) {
        for (std::size_t k = 0; k < head; ++k) rows.push_back(which * head + k);
      }
    }
    if (has(tensor, "gate_proj")) units = shuffled(size.hidden, dice);
    if (has(tensor, "q_proj") || has(tensor, "k_proj") || has(tensor, "v_proj")) {
      permute_rows(tensor, rows);
    }
    if (has(tensor, "o_proj")) permute_columns(tensor, rows);
    if (has(tensor, "gate_proj") || has(tensor, "up_proj")) permute_rows(tensor, units);
    if (has(tensor, "down_proj")) permute_columns(tensor, units);
    if (!residual) continue;
    if (has(tensor, "o_proj") || has(tensor, "down_proj")) {
      permute_rows(tensor, channels);
    } else {
      permute_columns(tensor, channels);
    }
  }
  return zoo;
}

inline Zoo merged_linear(const Zoo& a, const Zoo& b, float share_of_b) {
  Zoo zoo = a;
  for (std::size_t t = 0; t < zoo.size(); ++t) {
    for (std::size_t i = 0; i < zoo[t].values.size(); ++i) {
      zoo[t].values[i] = (1 - share_of_b) * a[t].values[i] + share_of_b * b[t].values[i];
    }
  }
  return zoo;
}

/// Along the great circle, tensor by tensor.
inline Zoo merged_slerp(const Zoo& a, const Zoo& b, float share_of_b) {
  Zoo zoo = a;
  for (std::size_t t = 0; t < zoo.size(); ++t) {
    double product = 0;
    double aa = 0;
    double bb = 0;
    for (std::size_t i = 0; i < zoo[t].values.size(); ++i) {
      const auto x = static_cast<double>(a[t].values[i]);
      const auto y = static_cast<double>(b[t].values[i]);
      product += x * y;
      aa += x * x;
      bb += y * y;
    }
    const double angle = std::acos(std::clamp(product / std::sqrt(aa * bb), -1.0, 1.0));
    const auto s = static_cast<double>(share_of_b);
    const double of_a = angle < 1e-4 ? 1 - s : std::sin((1 - s) * angle) / std::sin(angle);
    const double of_b = angle < 1e-4 ? s : std::sin(s * angle) / std::sin(angle);
    for (std::size_t i = 0; i < zoo[t].values.size(); ++i) {
      zoo[t].values[i] = static_cast<float>(of_a * static_cast<double>(a[t].values[i]) +
                                            of_b * static_cast<double>(b[t].values[i]));
    }
  }
  return zoo;
}

/// Changes from a common base: the larger half of each kept, the stronger sign elected, what agrees
/// with it averaged by shares.
inline Zoo merged_ties(const Zoo& base, const Zoo& a, const Zoo& b, float share_of_b) {
  Zoo zoo = base;
  for (std::size_t t = 0; t < zoo.size(); ++t) {
    const std::size_t count = zoo[t].values.size();
    std::vector<float> changes[2] = {std::vector<float>(count), std::vector<float>(count)};
    for (int which = 0; which < 2; ++which) {
      std::vector<float> sizes(count);
      for (std::size_t i = 0; i < count; ++i) {
        changes[which][i] = (which == 0 ? a : b)[t].values[i] - base[t].values[i];
        sizes[i] = std::fabs(changes[which][i]);
      }
      const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(count / 2);
      std::nth_element(sizes.begin(), middle, sizes.end());
      for (float& change : changes[which]) {
        if (std::fabs(change) < *middle) change = 0;
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      const float x = (1 - share_of_b) * changes[0][i];
      const float y = share_of_b * changes[1][i];
      const bool positive = x + y > 0;
      float sum = 0;
      float weight = 0;
      if (x != 0.0f && (x > 0) == positive) {
        sum += x;
        weight += 1 - share_of_b;
      }
      if (y != 0.0f && (y > 0) == positive) {
        sum += y;
        weight += share_of_b;
      }
      if (weight > 0) zoo[t].values[i] += sum / weight;
    }
  }
  return zoo;
}

}  // namespace strongroom::model::lineage::zoo

#endif  // STRONGROOM_MODEL_LINEAGE_ZOO_FOR_TEST_H_
