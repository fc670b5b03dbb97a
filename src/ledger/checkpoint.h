#ifndef STRONGROOM_LEDGER_CHECKPOINT_H_
#define STRONGROOM_LEDGER_CHECKPOINT_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "ledger/note.h"

namespace strongroom::ledger {

/// A log's head. Source: C2SP tlog-checkpoint.
struct Checkpoint {
  std::string origin;  ///< the log's name; our logs' key has the same
  std::uint64_t size = 0;
  Digest root;                          ///< RFC 6962 with SHA-256
  std::vector<std::string> extensions;  ///< lines of others; our logs write none
  bool operator==(const Checkpoint&) const = default;
};

/// The note text.
[[nodiscard]] std::string encode_checkpoint(const Checkpoint& checkpoint);
/// Total: encode_checkpoint(parse_checkpoint(x)) == x. Says nothing about who wrote it.
/// Errors: kMalformed.
[[nodiscard]] Result<Checkpoint> parse_checkpoint(std::string_view text);

/// Of a signed checkpoint, believed because `log` signed it and names it as its own.
/// Errors: kMalformed, kTooLarge, kNotAuthentic.
[[nodiscard]] Result<Checkpoint> open_checkpoint(std::string_view signed_note, const NoteKey& log);

/// Errors: kWrongKey.
[[nodiscard]] Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const NoteKey& log,
                                                  const Signer& signer);

}  // namespace strongroom::ledger

#endif  // STRONGROOM_LEDGER_CHECKPOINT_H_
