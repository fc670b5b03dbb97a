// Weights to read, and the reading of them.
#include <fmt/format.h>

#include <algorithm>

#include "crypto/hash.h"
#include "io/directory.h"
#include "model/lineage/fingerprint.h"
#include "verbs.h"

namespace strongroom::bench {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::uint64_t kSide = 4'096;

Result<io::FileReader> reader_of(const Words& words) {
  ASSIGN_OR_RETURN(const std::string path, words.text("path"));
  const std::size_t slash = path.rfind('/');
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(path.substr(0, slash)));
  return directory.open_file(path.substr(slash + 1));
}

// Bytes that a matrix of this type takes, 4,096 a side.
struct Kind {
  model::ElementType type;
  std::uint64_t bytes;
};
Result<Kind> kind_of(const Words& words) {
  ASSIGN_OR_RETURN(const std::string name, words.text("type"));
  constexpr std::uint64_t kValues = kSide * kSide;
  if (name == "BF16") return Kind{model::ElementType::kBf16, kValues * 2};
  if (name == "F16") return Kind{model::ElementType::kF16, kValues * 2};
  if (name == "F32") return Kind{model::ElementType::kF32, kValues * 4};
  if (name == "Q8_0") return Kind{model::ElementType::kQ8_0, kValues / 32 * 34};
  if (name == "Q4_0") return Kind{model::ElementType::kQ4_0, kValues / 32 * 18};
  return fail(ErrorCode::kUsage, "--type takes BF16, F16, F32, Q8_0 or Q4_0");
}

}  // namespace

Result<void> make_weights(const Words& words) {
  ASSIGN_OR_RETURN(const std::string path, words.text("path"));
  ASSIGN_OR_RETURN(const std::uint64_t bytes, words.number("bytes", 0));
  const std::size_t slash = path.rfind('/');
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(path.substr(0, slash)));
  ASSIGN_OR_RETURN(io::DurableFile file, directory.create_file(path.substr(slash + 1), 0600));
  Bytes piece(kPieceBytes);
  std::uint64_t state = 1;
  for (std::uint64_t at = 0; at < bytes; at += kPieceBytes) {
    for (std::size_t i = 0; i + 1 < kPieceBytes; i += 2) {
      // As binary16, bfloat16 or the upper half of binary32: either sign, a size below one.
      state = state * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
      piece[i] = static_cast<std::uint8_t>(state >> 56);
      piece[i + 1] = static_cast<std::uint8_t>(0x38 | ((state >> 40) & 0x83));
    }
    const auto some = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, bytes - at));
    RETURN_IF_ERROR(file.append(ByteView(piece).first(some)));
  }
  return file.commit(io::OnExisting::kReplace);
}

Result<void> fingerprint_weights(const Words& words) {
  ASSIGN_OR_RETURN(const io::FileReader reader, reader_of(words));
  ASSIGN_OR_RETURN(const std::uint64_t size, reader.size_bytes());
  ASSIGN_OR_RETURN(const Kind kind, kind_of(words));
  ASSIGN_OR_RETURN(const std::uint64_t threads, words.number("threads", 2));
  model::Structure structure;
  structure.kind = model::FileKind::kSafetensors;
  for (std::uint64_t at = 0; at + kind.bytes <= size; at += kind.bytes) {
    model::Tensor tensor;
    tensor.name = fmt::format("layers.{}.weight", structure.tensors.size());
    tensor.type = kind.type;
    tensor.shape = {kSide, kSide};
    tensor.offset = at;
    tensor.bytes = kind.bytes;
    structure.tensors.push_back(std::move(tensor));
  }
  model::lineage::FingerprintOptions options;
  options.threads = static_cast<int>(threads);
  ASSIGN_OR_RETURN(const model::lineage::Fingerprint print,
                   model::lineage::fingerprint(reader, structure, options));
  fmt::print("{{\"tensors\":{}}}\n", print.tensors.size());
  return {};
}

Result<void> bare_sha256_file(const Words& words) {
  ASSIGN_OR_RETURN(const io::FileReader reader, reader_of(words));
  ASSIGN_OR_RETURN(const std::uint64_t size, reader.size_bytes());
  crypto::Sha256Stream hash;
  Bytes piece(kPieceBytes);
  for (std::uint64_t at = 0; at < size; at += kPieceBytes) {
    ASSIGN_OR_RETURN(const std::size_t got, reader.read_at(at, piece));
    hash.add(ByteView(piece).first(got));
  }
  fmt::print("{{\"sha256\":\"{}\"}}\n", hash.finish().hex());
  return {};
}

}  // namespace strongroom::bench
