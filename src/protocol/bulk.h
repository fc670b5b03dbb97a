#ifndef STRONGROOM_PROTOCOL_BULK_H_
#define STRONGROOM_PROTOCOL_BULK_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/command.h"

/// Many commands, or many texts, in one exchange: an inventory of thousands is not told one round
/// trip at a time. Canonical JSON.
namespace strongroom::protocol {

inline constexpr std::size_t kBulkCommandsMax = 128;
inline constexpr std::size_t kBulkTextsMax = 512;

/// At most kBulkCommandsMax; all of them together at most kCommandBytesMax bytes when encoded.
[[nodiscard]] std::string encode(std::span<const Command> commands);
/// 1..kBulkCommandsMax. Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<std::vector<Command>> decode_commands(std::string_view bytes);

/// One for each command, in order: a receipt, or why not.
[[nodiscard]] std::string encode(std::span<const Result<Receipt>> answers);
[[nodiscard]] Result<std::vector<Result<Receipt>>> decode_answers(std::string_view bytes);

/// At most kBulkTextsMax.
[[nodiscard]] std::string encode(std::span<const Digest> commitments);
[[nodiscard]] Result<std::vector<Digest>> decode_commitments(std::string_view bytes);
/// One for each commitment, in order; empty: never given, or erased.
[[nodiscard]] std::string encode(std::span<const std::optional<Opening>> openings);
[[nodiscard]] Result<std::vector<std::optional<Opening>>> decode_openings(std::string_view bytes);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_BULK_H_
