#include "ledger/note.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/hash.h"
#include "format/base64.h"

namespace strongroom::ledger {
namespace {

constexpr std::uint8_t kEd25519Type = 1;
constexpr std::string_view kSignatureLineStart = "\xe2\x80\x94 ";  // em dash, space
constexpr std::size_t kKeyIdBytes = 4;

tl::unexpected<Error> malformed(std::string_view why) {
  return fail(ErrorCode::kMalformed, fmt::format("signed note: {}", why));
}

bool has_unicode_space(std::string_view text) {
  static constexpr std::array<std::string_view, 18> kSpaces = {
      " ",      "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
      "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u202f", "\u205f", "\u3000", "\u0085"};
  return std::any_of(kSpaces.begin(), kSpaces.end(), [text](std::string_view space) {
    return text.find(space) != std::string_view::npos;
  });
}

bool is_clean(std::string_view text) { return printable(text) == text; }

bool has_clean_lines(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    if (!is_clean(text.substr(0, text[end] == '\n' ? end : end + 1))) return false;
    text.remove_prefix(end + 1);
  }
  return true;
}

Bytes typed(const crypto::Ed25519Public& key) {
  Bytes bytes{kEd25519Type};
  bytes.insert(bytes.end(), key.bytes.begin(), key.bytes.end());
  return bytes;
}

Result<NoteSignature> parse_signature(std::string_view line) {
  if (!line.starts_with(kSignatureLineStart)) return malformed("a line is no signature");
  line.remove_prefix(kSignatureLineStart.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return malformed("a signature has no key name");
  const std::string_view name = line.substr(0, space);
  if (!is_key_name(name)) return malformed("a key name is not allowed");
  std::optional<Bytes> decoded = format::from_base64(line.substr(space + 1));
  if (!decoded) return malformed("a signature is not base64");
  if (decoded->size() <= kKeyIdBytes) return malformed("a signature is too short");
  const ByteView bytes = *decoded;
  return NoteSignature{std::string(name), get_u32(bytes.first<kKeyIdBytes>()),
                       copy_bytes(bytes.subspan(kKeyIdBytes))};
}

}  // namespace

std::uint32_t NoteKey::id() const {
  const Bytes key_bytes = typed(key);
  const Digest digest = crypto::sha256_of({as_bytes(name), as_bytes("\n"), key_bytes});
  return get_u32(digest.view().first<kKeyIdBytes>());
}

bool is_key_name(std::string_view name) {
  return !name.empty() && name.size() <= kKeyNameBytesMax && is_clean(name) &&
         !has_unicode_space(name) && name.find('+') == std::string_view::npos;
}

std::string encode_note_key(const NoteKey& key) {
  return fmt::format("{}+{:08x}+{}", key.name, key.id(), format::to_base64(typed(key.key)));
}

Result<NoteKey> parse_note_key(std::string_view text) {
  const std::size_t first = text.find('+');
  if (first == std::string_view::npos) return malformed("a verifier key has three parts");
  const std::size_t second = text.find('+', first + 1);
  if (second == std::string_view::npos) return malformed("a verifier key has three parts");
  const std::optional<Bytes> bytes = format::from_base64(text.substr(second + 1));
  if (!bytes || bytes->empty() || bytes->front() != kEd25519Type) {
    return malformed("a verifier key is not of type Ed25519");
  }
  const auto key = crypto::Ed25519Public::from_view(ByteView(*bytes).subspan(1));
  if (!key) return malformed("a verifier key has the wrong length");
  NoteKey parsed{std::string(text.substr(0, first)), *key};
  if (!is_key_name(parsed.name)) return malformed("a key name is not allowed");
  if (encode_note_key(parsed) != text) return malformed("a verifier key's id is not its own");
  return parsed;
}

std::string encode_note(const Note& note) {
  std::string out = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) {
    std::array<std::uint8_t, kKeyIdBytes> id{};
    put_u32(signature.key_id, id);
    Bytes bytes(id.begin(), id.end());
    bytes.insert(bytes.end(), signature.signature.begin(), signature.signature.end());
    out += fmt::format("{}{} {}\n", kSignatureLineStart, signature.name, format::to_base64(bytes));
  }
  return out;
}

Result<Note> parse_note(std::string_view bytes) {
  if (bytes.size() > kNoteBytesMax) return fail(ErrorCode::kTooLarge, "signed note: too large");
  const std::size_t split = bytes.rfind("\n\n");
  if (split == std::string_view::npos) return malformed("no blank line before the signatures");
  Note note;
  note.text = std::string(bytes.substr(0, split + 1));
  if (!has_clean_lines(note.text)) return malformed("control or invisible characters");
  std::string_view rest = bytes.substr(split + 2);
  if (rest.empty()) return malformed("no signature");
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return malformed("the last line has no end");
    if (note.signatures.size() == kNoteSignaturesMax) return malformed("too many signatures");
    ASSIGN_OR_RETURN(NoteSignature signature, parse_signature(rest.substr(0, end)));
    note.signatures.push_back(std::move(signature));
    rest.remove_prefix(end + 1);
  }
  return note;
}

Result<std::vector<std::size_t>> verify_note(const Note& note, std::span<const NoteKey> keys) {
  std::vector<std::size_t> signers;
  for (const NoteSignature& signature : note.signatures) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (keys[i].name != signature.name || keys[i].id() != signature.key_id) continue;
      const auto bytes = crypto::Ed25519Signature::from_view(signature.signature);
      if (!bytes || !crypto::ed25519_verify(keys[i].key, as_bytes(note.text), *bytes)) {
        return fail(ErrorCode::kNotAuthentic,
                    fmt::format("signed note: the signature of {} does not hold", signature.name));
      }
      if (std::find(signers.begin(), signers.end(), i) == signers.end()) signers.push_back(i);
    }
  }
  if (signers.empty()) {
    return fail(ErrorCode::kNotAuthentic, "signed note: no signature by a known key");
  }
  return signers;
}

Result<void> sign_note(Note& note, const NoteKey& key, const Signer& signer) {
  const crypto::Ed25519Signature signature = signer(as_bytes(note.text));
  if (!crypto::ed25519_verify(key.key, as_bytes(note.text), signature)) {
    return fail(ErrorCode::kWrongKey, "the signing key is not the key named " + key.name);
  }
  note.signatures.push_back({key.name, key.id(), copy_bytes(signature.view())});
  return {};
}

}  // namespace strongroom::ledger
