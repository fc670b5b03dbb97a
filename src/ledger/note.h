#ifndef STRONGROOM_LEDGER_NOTE_H_
#define STRONGROOM_LEDGER_NOTE_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/sign.h"

namespace strongroom::ledger {

/// Source of this file: C2SP signed-note.
inline constexpr std::size_t kNoteBytesMax = 256 * 1024;
inline constexpr std::size_t kNoteSignaturesMax = 64;
inline constexpr std::size_t kKeyNameBytesMax = 255;

/// The key that vouches for a note: Ed25519, note signature type 1.
struct NoteKey {
  std::string name;
  crypto::Ed25519Public key;
  /// First four bytes of SHA-256(name ‖ 0A ‖ 01 ‖ key), big-endian.
  [[nodiscard]] std::uint32_t id() const;
  bool operator==(const NoteKey&) const = default;
};

/// Not empty, at most kKeyNameBytesMax bytes, clean text, no space of any kind, no "+".
[[nodiscard]] bool is_key_name(std::string_view name);
/// "<name>+<hex id>+<base64(01 ‖ key)>".
[[nodiscard]] std::string encode_note_key(const NoteKey& key);
/// Total. Errors: kMalformed, also when the id is not the key's.
[[nodiscard]] Result<NoteKey> parse_note_key(std::string_view text);

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  Bytes signature;  ///< in the form of the key's type
};

struct Note {
  std::string text;  ///< ends in "\n"; means nothing before verify_note
  std::vector<NoteSignature> signatures;
};

[[nodiscard]] std::string encode_note(const Note& note);
/// Total: encode_note(parse_note(x)) == x. Narrower than the standard in that text must be clean
/// (`printable` leaves it alone). Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<Note> parse_note(std::string_view bytes);

/// Which of `keys` (by place) signed. Signatures of other keys are ignored; one of `keys` that does
/// not hold refuses the whole note, as does none of them at all. Errors: kNotAuthentic.
[[nodiscard]] Result<std::vector<std::size_t>> verify_note(const Note& note,
                                                           std::span<const NoteKey> keys);

/// Signs bytes with the private half of one key. Where the key lies is its owner's matter.
using Signer = std::function<crypto::Ed25519Signature(ByteView)>;
/// Adds a signature by `key`. The text is as parse_note would have it. Errors: kWrongKey, when
/// `signer` does not sign for `key`.
[[nodiscard]] Result<void> sign_note(Note& note, const NoteKey& key, const Signer& signer);

}  // namespace strongroom::ledger

#endif  // STRONGROOM_LEDGER_NOTE_H_
