#ifndef STRONGROOM_LEDGER_LOG_PROOF_H_
#define STRONGROOM_LEDGER_LOG_PROOF_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/checkpoint.h"

namespace strongroom::ledger {

inline constexpr std::size_t kLogProofBytesMax = kNoteBytesMax + 64 * 1024;
inline constexpr std::size_t kLogProofExtraBytesMax = 32 * 1024;

/// That an entry stands in a log, to be checked offline: the content of a `.tlog-proof` file.
/// Source: C2SP tlog-proof.
struct LogProof {
  std::optional<Bytes> extra;  ///< not authenticated
  std::uint64_t index = 0;
  std::vector<Digest> path;  ///< from the leaf's sibling upward
  std::string checkpoint;    ///< the signed note, verbatim
};

[[nodiscard]] std::string encode_log_proof(const LogProof& proof);
/// Total: encode_log_proof(parse_log_proof(x)) == x. Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<LogProof> parse_log_proof(std::string_view bytes);

/// `entry` stands at proof.index in the log of `log`, as of the checkpoint given back.
/// Errors: kNotAuthentic, kMalformed.
[[nodiscard]] Result<Checkpoint> verify_log_proof(const LogProof& proof, ByteView entry,
                                                  const NoteKey& log);

}  // namespace strongroom::ledger

#endif  // STRONGROOM_LEDGER_LOG_PROOF_H_
