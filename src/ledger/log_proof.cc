#include "ledger/log_proof.h"

#include <fmt/format.h>

#include "crypto/merkle.h"
#include "format/base64.h"
#include "ledger/tile.h"

namespace strongroom::ledger {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kPathHashesMax = 64;

tl::unexpected<Error> malformed(std::string_view why) {
  return fail(ErrorCode::kMalformed, fmt::format("log proof: {}", why));
}

Result<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return malformed("ends too early");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string encode_log_proof(const LogProof& proof) {
  std::string out = fmt::format("{}\n", kFirstLine);
  if (proof.extra) out += fmt::format("{}{}\n", kExtra, format::to_base64(*proof.extra));
  out += fmt::format("{}{}\n", kIndex, proof.index);
  for (const Digest& hash : proof.path) out += format::to_base64(hash.view()) + "\n";
  return out + "\n" + proof.checkpoint;
}

Result<LogProof> parse_log_proof(std::string_view bytes) {
  if (bytes.size() > kLogProofBytesMax) return fail(ErrorCode::kTooLarge, "log proof: too large");
  LogProof proof;
  ASSIGN_OR_RETURN(std::string_view line, take_line(bytes));
  if (line != kFirstLine) return malformed("of an unknown kind or version");
  ASSIGN_OR_RETURN(line, take_line(bytes));
  if (line.starts_with(kExtra)) {
    proof.extra = format::from_base64(line.substr(kExtra.size()));
    if (!proof.extra) return malformed("the extra bytes are not base64");
    if (proof.extra->size() > kLogProofExtraBytesMax) return malformed("too many extra bytes");
    ASSIGN_OR_RETURN(line, take_line(bytes));
  }
  if (!line.starts_with(kIndex)) return malformed("no index");
  const Result<std::uint64_t> index = parse_decimal(line.substr(kIndex.size()));
  if (!index) return malformed("the index is not a decimal number");
  proof.index = *index;
  while (true) {
    ASSIGN_OR_RETURN(line, take_line(bytes));
    if (line.empty()) break;
    if (proof.path.size() == kPathHashesMax) return malformed("too many hashes");
    const std::optional<Bytes> decoded = format::from_base64(line);
    const std::optional<Digest> hash = decoded ? Digest::from_view(*decoded) : std::nullopt;
    if (!hash) return malformed("a line is not a hash in base64");
    proof.path.push_back(*hash);
  }
  RETURN_IF_ERROR(parse_note(bytes));
  proof.checkpoint = std::string(bytes);
  return proof;
}

Result<Checkpoint> verify_log_proof(const LogProof& proof, ByteView entry, const NoteKey& log) {
  ASSIGN_OR_RETURN(Checkpoint checkpoint, open_checkpoint(proof.checkpoint, log));
  const Digest leaf = crypto::leaf_hash(crypto::TreeHash::kSha256, entry);
  RETURN_IF_ERROR(crypto::verify_inclusion(crypto::TreeHash::kSha256, proof.index, checkpoint.size,
                                           leaf, proof.path, checkpoint.root));
  return checkpoint;
}

}  // namespace strongroom::ledger
