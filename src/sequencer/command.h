#ifndef STRONGROOM_SEQUENCER_COMMAND_H_
#define STRONGROOM_SEQUENCER_COMMAND_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "protocol/entry.h"

/// What an edge hands to the sequencer, and what it gets back.
namespace strongroom::sequencer {

/// Text behind a commitment that stands in the statement. It lies beside the log and can be erased.
struct Text {
  std::string field;  ///< as in protocol::commitment_to: "name", "purpose", "reason"
  protocol::Opening opening;
};

/// Bytes that go with a command, carried and not judged: the log holds their digest, and whoever
/// fetches them checks it. Made once: never replaced.
struct Attachment {
  std::string name;  ///< "proposal/<hex>/leaves/<person>": at most kAttachmentNameBytesMax
  Bytes bytes;       ///< at most kAttachmentBytesMax
};
inline constexpr std::size_t kAttachmentNameBytesMax = 512;
inline constexpr std::size_t kAttachmentBytesMax = 4u << 20;
inline constexpr std::size_t kCommandTextsMax = 256;
inline constexpr std::size_t kCommandAttachmentsMax = 64;

/// Something that somebody wants to happen: an entry without its place and time.
struct Command {
  protocol::EntryType type = protocol::EntryType::kGenesis;
  std::optional<format::Json> statement;
  std::vector<protocol::Signature> signatures;
  std::optional<format::Json> body;
  std::vector<Text> texts;
  std::vector<Attachment> attachments;
};

/// It stands in the log, durable and published.
struct Receipt {
  std::int64_t index = 0;
  std::string entry;  ///< the bytes that stand at `index`
  std::string proof;  ///< of `entry` at `index` (C2SP tlog-proof), for checking without the server
  std::vector<std::string> follow_ups;  ///< the entries after it that it caused: a triage, a grant
};

}  // namespace strongroom::sequencer

#endif  // STRONGROOM_SEQUENCER_COMMAND_H_
