#ifndef STRONGROOM_PROTOCOL_ENTRY_H_
#define STRONGROOM_PROTOCOL_ENTRY_H_

#include <optional>
#include <string>
#include <vector>

#include "protocol/statement.h"

namespace strongroom::protocol {

/// What happened, by the name that stands in the log.
enum class EntryType {
  kGenesis,
  kRegistered,
  kTriaged,
  kDeposited,
  kProposed,
  kVoted,
  kGranted,
  kRedeemed,
  kLeaseEnded,
  kFrozen,
  kRecalled,
  kChangeProposed,
  kChangeVoted,
  kChanged,
  kConfirmed,
  kRehearsed,
  kRekeyed,
  kStated,
  kFound,
  kSwept,
  kExplained
};
[[nodiscard]] std::string_view name_of(EntryType type);
/// Errors: kMalformed.
[[nodiscard]] Result<EntryType> entry_type_from(std::string_view name);

/// One line of the log. What a person or host signed stands in `statement`, verbatim; what the
/// server adds (position, time, a judgement) lies outside that signature.
struct Entry {
  std::int64_t index = 0;
  UnixSeconds time;  ///< the server's clock: a claim
  EntryType type = EntryType::kGenesis;
  std::optional<format::Json> statement;
  std::vector<Signature> signatures;  ///< over the statement; none without one
  std::optional<format::Json> body;   ///< the server's own words
};
/// At most limits::kEntryBytesMax bytes. Errors: kTooLarge.
[[nodiscard]] Result<std::string> encode_entry(const Entry& entry);
/// Total; canonical only. The statement is not decoded: events do that.
[[nodiscard]] Result<Entry> decode_entry(std::string_view bytes);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_ENTRY_H_
