#ifndef STRONGROOM_MODEL_LINEAGE_ZOO_FILES_FOR_TEST_H_
#define STRONGROOM_MODEL_LINEAGE_ZOO_FILES_FOR_TEST_H_

#include <bit>
#include <string_view>

#include "base/bytes.h"
#include "model/lineage/fingerprint.h"
#include "model/lineage/zoo_for_test.h"
#include "model/structure.h"

/// The zoo's models as files: written here by hand, not by the code under test.
namespace strongroom::model::lineage::zoo {

inline void put_little(Bytes& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i)
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

inline std::uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

/// Rounds to the nearest; beyond the range to infinity.
inline std::uint16_t to_f16(float value) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000u : 0u);
  const float size = std::fabs(value);
  if (!(size < 65520.0f)) return static_cast<std::uint16_t>(sign | 0x7c00u);
  if (size < 0x1p-14f) {
    return static_cast<std::uint16_t>(sign | static_cast<unsigned>(std::nearbyint(size * 0x1p24f)));
  }
  const auto bits = std::bit_cast<std::uint32_t>(size) - (112u << 23);
  return static_cast<std::uint16_t>(sign | ((bits + 0xfffu + ((bits >> 13) & 1u)) >> 13));
}

inline void put_q8_0(Bytes& out, const float* values) {
  float most = 0;
  for (int i = 0; i < 32; ++i) most = std::max(most, std::fabs(values[i]));
  put_little(out, to_f16(most / 127), 2);
  for (int i = 0; i < 32; ++i) {
    const float code = most > 0 ? std::round(values[i] / (most / 127)) : 0;
    out.push_back(static_cast<std::uint8_t>(static_cast<std::int8_t>(code)));
  }
}

inline void put_q4_0(Bytes& out, const float* values) {
  float extreme = 0;
  for (int i = 0; i < 32; ++i) {
    if (std::fabs(values[i]) > std::fabs(extreme)) extreme = values[i];
  }
  const float step = extreme / -8;
  put_little(out, to_f16(step), 2);
  const auto code = [&](float value) {
    const float nearest = step == 0.0f ? 8.0f : std::round(value / step) + 8;
    return static_cast<unsigned>(std::clamp(nearest, 0.0f, 15.0f));
  };
  for (int i = 0; i < 16; ++i) {
    out.push_back(static_cast<std::uint8_t>(code(values[i]) | (code(values[i + 16]) << 4)));
  }
}

/// `type`: kF32, kF16, kBf16, kQ8_0 or kQ4_0; the latter two for whole runs of 32.
inline Bytes encoded(const std::vector<float>& values, ElementType type) {
  Bytes out;
  const bool is_block = type == ElementType::kQ8_0 || type == ElementType::kQ4_0;
  for (std::size_t i = 0; i < values.size(); i += is_block ? 32 : 1) {
    if (type == ElementType::kQ8_0) put_q8_0(out, values.data() + i);
    if (type == ElementType::kQ4_0) put_q4_0(out, values.data() + i);
    if (type == ElementType::kF32) put_little(out, std::bit_cast<std::uint32_t>(values[i]), 4);
    if (type == ElementType::kF16) put_little(out, to_f16(values[i]), 2);
    if (type == ElementType::kBf16) put_little(out, to_bf16(values[i]), 2);
  }
  return out;
}

enum class Container { kSafetensors, kGguf };

/// How GGUF's converter calls a tensor.
inline std::string gguf_name(std::string name) {
  const auto replace = [&](std::string_view from, std::string_view to) {
    const std::size_t at = name.find(from);
    if (at != std::string::npos) name.replace(at, from.size(), to);
  };
  replace("model.layers.", "blk.");
  replace("self_attn.o_proj", "attn_output");
  replace("self_attn.q_proj", "attn_q");
  replace("self_attn.k_proj", "attn_k");
  replace("self_attn.v_proj", "attn_v");
  replace("mlp.gate_proj", "ffn_gate");
  replace("mlp.up_proj", "ffn_up");
  replace("mlp.down_proj", "ffn_down");
  replace("post_attention_layernorm", "ffn_norm");
  replace("input_layernorm", "attn_norm");
  replace("model.embed_tokens", "token_embd");
  replace("model.norm", "output_norm");
  replace("lm_head", "output");
  return name;
}

/// The same with q's and k's rows laid in turns within each head, and other names.
inline Zoo as_gguf(Zoo zoo, const Size& size) {
  const std::size_t head = size.width / size.heads;
  for (ZooTensor& tensor : zoo) {
    if (tensor.name.find("q_proj") != std::string::npos ||
        tensor.name.find("k_proj") != std::string::npos) {
      std::vector<std::size_t> order(tensor.rows);
      for (std::size_t row = 0; row < tensor.rows; ++row) {
        const std::size_t within = row % head;
        order[row] = row - within + (within % 2) * (head / 2) + within / 2;
      }
      permute_rows(tensor, order);
    }
    tensor.name = gguf_name(tensor.name);
  }
  return zoo;
}

struct Stored {
  Bytes file;
  Structure structure;
};

inline ElementType type_in(const ZooTensor& tensor, ElementType type) {
  const bool is_block = type == ElementType::kQ8_0 || type == ElementType::kQ4_0;
  return is_block && tensor.is_vector ? ElementType::kF32 : type;
}
inline std::vector<std::uint64_t> shape_of(const ZooTensor& tensor) {
  if (tensor.is_vector) return {tensor.columns};
  return {tensor.rows, tensor.columns};
}

inline std::string safetensors_header(const Structure& structure) {
  std::string header = "{";
  for (const Tensor& tensor : structure.tensors) {
    const char* const type = tensor.type == ElementType::kF32   ? "F32"
                             : tensor.type == ElementType::kF16 ? "F16"
                                                                : "BF16";
    header += header.size() > 1 ? ",\"" : "\"";
    header += tensor.name + "\":{\"dtype\":\"" + type + "\",\"shape\":[";
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      header += (i > 0 ? "," : "") + std::to_string(tensor.shape[i]);
    }
    header += "],\"data_offsets\":[" + std::to_string(tensor.offset) + "," +
              std::to_string(tensor.offset + tensor.bytes) + "]}";
  }
  header += "}";
  while (header.size() % 8 != 0) header += ' ';
  return header;
}

inline void put_string(Bytes& out, std::string_view text) {
  put_little(out, text.size(), 8);
  out.insert(out.end(), text.begin(), text.end());
}

inline Bytes gguf_header(const Structure& structure, const Size& size) {
  Bytes out = copy_bytes(as_bytes("GGUF"));
  put_little(out, 3, 4);
  put_little(out, structure.tensors.size(), 8);
  put_little(out, 2, 8);
  put_string(out, "general.architecture");
  put_little(out, 8, 4);
  put_string(out, "llama");
  put_string(out, "llama.attention.head_count");
  put_little(out, 4, 4);
  put_little(out, size.heads, 4);
  for (const Tensor& tensor : structure.tensors) {
    put_string(out, tensor.name);
    put_little(out, tensor.shape.size(), 4);
    for (std::size_t i = tensor.shape.size(); i > 0; --i) put_little(out, tensor.shape[i - 1], 8);
    const std::uint64_t code = tensor.type == ElementType::kF32    ? 0
                               : tensor.type == ElementType::kF16  ? 1
                               : tensor.type == ElementType::kQ4_0 ? 2
                               : tensor.type == ElementType::kQ8_0 ? 8
                                                                   : 30;
    put_little(out, code, 4);
    put_little(out, tensor.offset, 8);
  }
  while (out.size() % 32 != 0) out.push_back(0);
  return out;
}

/// The file, and its structure as a reader should find it. `zoo` has Hugging Face's names and
/// order.
inline Stored stored(const Zoo& zoo, const Size& size, ElementType type, Container container) {
  Stored result;
  const bool is_gguf = container == Container::kGguf;
  Structure& structure = result.structure;
  structure.kind = is_gguf ? FileKind::kGguf : FileKind::kSafetensors;
  if (is_gguf) {
    structure.metadata["general.architecture"] = "llama";
    structure.metadata["llama.attention.head_count"] = std::to_string(size.heads);
  }
  Bytes body;
  for (const ZooTensor& each : is_gguf ? as_gguf(zoo, size) : zoo) {
    while (is_gguf && body.size() % 32 != 0) body.push_back(0);
    Tensor tensor;
    tensor.name = each.name;
    tensor.type = type_in(each, type);
    tensor.shape = shape_of(each);
    tensor.offset = body.size();
    const Bytes bytes = encoded(each.values, tensor.type);
    tensor.bytes = bytes.size();
    body.insert(body.end(), bytes.begin(), bytes.end());
    structure.tensor_bytes += tensor.bytes;
    structure.tensors.push_back(std::move(tensor));
  }
  if (is_gguf) {
    result.file = gguf_header(structure, size);
  } else {
    const std::string header = safetensors_header(structure);
    put_little(result.file, header.size(), 8);
    result.file.insert(result.file.end(), header.begin(), header.end());
  }
  for (Tensor& tensor : structure.tensors) tensor.offset += result.file.size();
  result.file.insert(result.file.end(), body.begin(), body.end());
  return result;
}

/// Its fingerprint; the structure is the one given, not read.
inline Fingerprint printed(const Stored& stored) {
  const io::MemoryReader file(stored.file);
  FingerprintOptions options;
  options.threads = 1;
  Result<Fingerprint> print = fingerprint(file, stored.structure, options);
  CHECK(print.has_value());
  return *std::move(print);
}
inline Fingerprint printed(const Zoo& zoo, const Size& size, ElementType type = ElementType::kBf16,
                           Container container = Container::kSafetensors) {
  return printed(stored(zoo, size, type, container));
}

}  // namespace strongroom::model::lineage::zoo

#endif  // STRONGROOM_MODEL_LINEAGE_ZOO_FILES_FOR_TEST_H_
