#include "ledger/checkpoint.h"

#include <fmt/format.h>

#include "format/base64.h"
#include "ledger/tile.h"

namespace strongroom::ledger {
namespace {

tl::unexpected<Error> malformed(std::string_view why) {
  return fail(ErrorCode::kMalformed, fmt::format("checkpoint: {}", why));
}

/// Takes a line that is not empty off `text`.
Result<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return malformed("a line has no end");
  if (end == 0) return malformed("a line is empty");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string encode_checkpoint(const Checkpoint& checkpoint) {
  std::string out = fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size,
                                format::to_base64(checkpoint.root.view()));
  for (const std::string& line : checkpoint.extensions) out += line + "\n";
  return out;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  Checkpoint checkpoint;
  ASSIGN_OR_RETURN(const std::string_view origin, take_line(text));
  checkpoint.origin = std::string(origin);
  ASSIGN_OR_RETURN(const std::string_view size, take_line(text));
  const Result<std::uint64_t> number = parse_decimal(size);
  if (!number) return malformed("the size is not a decimal number");
  checkpoint.size = *number;
  ASSIGN_OR_RETURN(const std::string_view root, take_line(text));
  const std::optional<Bytes> bytes = format::from_base64(root);
  const std::optional<Digest> digest = bytes ? Digest::from_view(*bytes) : std::nullopt;
  if (!digest) return malformed("the root is not a hash in base64");
  checkpoint.root = *digest;
  while (!text.empty()) {
    ASSIGN_OR_RETURN(const std::string_view line, take_line(text));
    checkpoint.extensions.emplace_back(line);
  }
  return checkpoint;
}

Result<Checkpoint> open_checkpoint(std::string_view signed_note, const NoteKey& log) {
  ASSIGN_OR_RETURN(const Note note, parse_note(signed_note));
  RETURN_IF_ERROR(verify_note(note, {&log, 1}));
  ASSIGN_OR_RETURN(Checkpoint checkpoint, parse_checkpoint(note.text));
  if (checkpoint.origin != log.name) {
    return fail(ErrorCode::kNotAuthentic, "checkpoint: of another log: " + checkpoint.origin);
  }
  return checkpoint;
}

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const NoteKey& log,
                                    const Signer& signer) {
  Note note{encode_checkpoint(checkpoint), {}};
  RETURN_IF_ERROR(sign_note(note, log, signer));
  return encode_note(note);
}

}  // namespace strongroom::ledger
