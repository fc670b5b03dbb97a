#ifndef STRONGROOM_PROTOCOL_COMMAND_H_
#define STRONGROOM_PROTOCOL_COMMAND_H_

#include <optional>
#include <string>
#include <vector>

#include "crypto/hpke.h"
#include "protocol/entry.h"
#include "protocol/release.h"

/// What goes over the wire to ask for an entry, and what comes back. Canonical JSON.
namespace strongroom::protocol {

/// A text that the log only commits to.
struct Text {
  std::string field;  ///< "name", "purpose", "reason"
  Opening opening;
};
/// Bytes that the server carries and does not judge; the log holds their digest. Created once.
struct Attachment {
  std::string name;
  Bytes bytes;
};
inline constexpr std::size_t kAttachmentBytesMax = 4u << 20;

struct Command {
  EntryType type = EntryType::kGenesis;
  std::optional<format::Json> statement;
  std::vector<Signature> signatures;
  std::optional<format::Json> body;
  std::vector<Text> texts;
  std::vector<Attachment> attachments;
};
inline constexpr std::size_t kCommandBytesMax = 8u << 20;
[[nodiscard]] std::string encode(const Command& command);
[[nodiscard]] Result<Command> decode_command(std::string_view bytes);

/// Proof that it happened: the entry as it stands in the log, and a C2SP tlog-proof for it.
struct Receipt {
  std::int64_t index = 0;
  std::string entry;
  std::string proof;
};
[[nodiscard]] std::string encode(const Receipt& receipt);
[[nodiscard]] Result<Receipt> decode_receipt(std::string_view bytes);

/// T of one group, sealed to the host for one redemption: what the keeper answers.
struct RedeemedSite {
  std::int64_t group = 0;
  crypto::HpkeSealed sealed;
};
[[nodiscard]] std::string encode(const std::vector<RedeemedSite>& sites);
[[nodiscard]] Result<std::vector<RedeemedSite>> decode_redeemed_sites(std::string_view bytes);

/// The names of what a proposal carries.
[[nodiscard]] std::string evidence_name(const ProposalId& proposal);
/// Of this very vote: who votes again carries other leaves.
[[nodiscard]] std::string leaves_name(const Vote& vote);
[[nodiscard]] std::string sites_name(const ProposalId& proposal, std::int64_t n);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_COMMAND_H_
