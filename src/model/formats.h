#ifndef STRONGROOM_MODEL_FORMATS_H_
#define STRONGROOM_MODEL_FORMATS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "model/recognise.h"

/// The decoders behind recognise(); no other room includes this. Each returns nothing when the
/// bytes are not of its kind. All are total: time linear in `head`, no recursion, no allocation by
/// a length that the file claims.
namespace strongroom::model {

/// Reads forward through borrowed bytes; once a read does not fit, every later one fails too.
class Cursor {
 public:
  explicit Cursor(ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }
  /// Little-endian, `width` of 1 to 8 bytes; 0 when it does not fit.
  [[nodiscard]] std::uint64_t little_endian(unsigned width);
  /// Borrowed from what the cursor was made of; empty when it does not fit.
  [[nodiscard]] ByteView take(std::uint64_t bytes);
  bool skip(std::uint64_t bytes);
  /// Up to and including the next '\n', which is not part of the answer.
  [[nodiscard]] std::string_view line();

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

[[nodiscard]] std::optional<Recognised> as_gguf(ByteView head, std::uint64_t file_bytes);
[[nodiscard]] std::optional<Recognised> as_safetensors(ByteView head, std::uint64_t file_bytes);
[[nodiscard]] std::optional<Recognised> as_zip(ByteView head, std::uint64_t file_bytes);
[[nodiscard]] std::optional<Recognised> as_pickle(ByteView head, std::uint64_t file_bytes);
[[nodiscard]] std::optional<Recognised> as_onnx(ByteView head, std::uint64_t file_bytes);
[[nodiscard]] std::optional<Recognised> as_json(ByteView head, std::uint64_t file_bytes);
[[nodiscard]] std::optional<Recognised> as_magic(ByteView head, std::uint64_t file_bytes);
[[nodiscard]] std::optional<Recognised> as_hdf5(ByteView head, std::uint64_t file_bytes);
[[nodiscard]] std::optional<Recognised> as_tar(ByteView head, std::uint64_t file_bytes);
[[nodiscard]] std::optional<Recognised> as_saved_model(ByteView head, std::uint64_t file_bytes);
[[nodiscard]] std::optional<Recognised> as_plain_text(ByteView head, std::uint64_t file_bytes);

/// `text` as Recognised may hold it: printable; empty when over 256 bytes.
[[nodiscard]] std::string claimed_text(std::string_view text);
/// Shortest forms, no surrogates (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view text);
/// Keeps doubts ascending and each once.
void add_doubt(Recognised& recognised, Doubt doubt);

/// What a walk over the beginning of a JSON document found.
struct JsonHead {
  enum class End {
    kWhole,   ///< one document, nothing but white space after it
    kCut,     ///< well-formed as far as it goes
    kBroken,  ///< not JSON
  };
  End end = End::kBroken;
  bool is_object = false;
  std::uint64_t members = 0;              ///< of the top-level object
  std::uint64_t members_not_objects = 0;  ///< of those, the ones whose value is no object
  bool has_metadata = false;              ///< a member "__metadata__" stands among them
  std::string model_type;                 ///< top-level member "model_type", unescaped text only
};
/// Depth at most 64; deeper is broken. Numbers and escapes are checked, UTF-8 is not.
[[nodiscard]] JsonHead walk_json(std::string_view text);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_FORMATS_H_
