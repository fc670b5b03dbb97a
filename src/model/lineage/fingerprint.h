#ifndef STRONGROOM_MODEL_LINEAGE_FINGERPRINT_H_
#define STRONGROOM_MODEL_LINEAGE_FINGERPRINT_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "io/reader.h"
#include "model/structure.h"

/// What is kept of a model's weights so that derivatives can be known again without them. A
/// fingerprint tells things about the weights (sketches are linear images of them): whoever may not
/// have the weights may not have their fingerprint. Seal it like weights; on a disk it is 0600.
/// docs/lineage.md says how each number is made and what it is good for.
namespace strongroom::model::lineage {

/// Of all values of a tensor that are finite numbers, dequantised to binary32.
struct Moments {
  std::uint64_t values = 0;    ///< finite ones
  std::uint64_t nans = 0;      ///< counted, and taken for zero in everything else
  std::uint64_t infinite = 0;  ///< likewise
  std::uint64_t zeros = 0;     ///< of either sign
  double mean = 0;
  double variance = 0;  ///< over `values`, not values - 1
  double skewness = 0;  ///< 0 where the variance is 0
  double kurtosis = 0;  ///< 3 for a normal distribution; 0 where the variance is 0
  double square_sum = 0;
  float least = 0;
  float greatest = 0;
  bool operator==(const Moments&) const = default;
};

inline constexpr std::size_t kSketchBuckets = 1'024;
inline constexpr std::size_t kProbeSideMax = 96;
inline constexpr std::size_t kGramSide = 16;
inline constexpr std::size_t kGramEntries = kGramSide * (kGramSide - 1) / 2;
inline constexpr std::size_t kNormQuantiles = 64;
inline constexpr std::size_t kTensorsMax = 200'000;
inline constexpr std::size_t kSketchedTensorsMax = 4'096;
inline constexpr std::size_t kProbedTensorsMax = 1'024;

/// One tensor. Everything but `digest` is a function of the values in their logical order, so that
/// the same weights give nearly the same numbers in another container or type.
struct TensorPrint {
  std::string name;  ///< as in the file: any bytes
  ElementType type = ElementType::kF32;
  std::vector<std::uint64_t> shape;  ///< outermost first
  /// BLAKE3 of the bytes as they lie in the file (SHA-256 of the file already takes one core
  /// whole). All zero where the bytes lie in another file or stand compressed in this one.
  Digest digest;
  /// The values were decoded. Else only name, type, shape and digest are known: a type that is not
  /// decoded (is_decoded), strides, bytes elsewhere.
  bool has_values = false;
  Moments moments;
  /// Euclidean norms of the rows and columns of a matrix, ascending: all of them up to
  /// kNormQuantiles, that many evenly spread ones beyond. Shapes of more than two dimensions are
  /// read as a matrix of [all but the last, last]. Empty for vectors.
  std::vector<float> row_norms;
  std::vector<float> column_norms;
  /// Linear in the values: each value with a seeded sign into one of kSketchBuckets sums. The first
  /// min(elements, kSketchBuckets) buckets; empty where there are over kSketchedTensorsMax tensors
  /// and this one was not drawn.
  std::vector<float> sketch;
  /// Linear too: a matrix of probe_side × probe_side, row by row, made of signed sums over
  /// contiguous rows and signed sums over columns. Its rank is the values' rank, up to probe_side.
  /// 0 for small tensors and vectors.
  std::uint32_t probe_side = 0;
  std::vector<float> probe;
  /// Blind to the order of rows (columns): upper triangle of the Gram matrix of kGramSide signed
  /// sums of columns (rows). Empty for vectors.
  std::vector<float> row_blind;
  std::vector<float> column_blind;
  /// Shares (0 to 1) of sampled runs of values that lie on a grid of 8 or 4 bits.
  float on_grid_of_8_bits = 0;
  float on_grid_of_4_bits = 0;

  [[nodiscard]] std::uint64_t elements() const;
  bool operator==(const TensorPrint&) const = default;
};

struct Fingerprint {
  FileKind kind = FileKind::kUnknown;
  Digest file;  ///< SHA-256 of the whole file
  std::uint64_t file_bytes = 0;
  std::string architecture;  ///< as the header claims it; "" when it does not
  std::vector<TensorPrint> tensors;
  bool operator==(const Fingerprint&) const = default;
};

/// Values of this type can be dequantised: floats of 8 to 64 bits, integers, and of GGML's blocks
/// Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q8_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, Q8_K.
[[nodiscard]] bool is_decoded(ElementType type);

struct FingerprintOptions {
  /// With two, one thread hashes the file while another one reads the values.
  int threads = 2;
  /// Asked now and then, from the calling thread.
  std::function<bool()> keep_going = [] { return true; };
};

/// One pass over the file from begin to end (what stands in no tensor is hashed too), in pieces;
/// memory is bounded by the tensors' number and the longest row. `structure` may be empty: then
/// only the file is hashed. Bit for bit the same on every machine. Errors: kMalformed (a tensor
/// does not lie in the file), kTooLarge (over kTensorsMax), kInterrupted, kDisk.
[[nodiscard]] Result<Fingerprint> fingerprint(const io::Reader& file, const Structure& structure,
                                              const FingerprintOptions& options);

/// One model whose tensors stand in several files: their tensors together; `file` is a digest over
/// the parts' digests in ascending order. Of two tensors of one name the first stays.
[[nodiscard]] Fingerprint join_shards(std::span<const Fingerprint> parts);

/// Canonical: equal fingerprints give equal bytes, and encode(decode(x)) == x.
[[nodiscard]] Bytes encode(const Fingerprint& fingerprint);
/// Total; allocates by what is there, never by what is claimed. Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<Fingerprint> decode_fingerprint(ByteView bytes);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_FINGERPRINT_H_
