#ifndef STRONGROOM_SEQUENCER_COMMAND_H_
#define STRONGROOM_SEQUENCER_COMMAND_H_

#include "protocol/command.h"

/// What an edge hands to the sequencer and gets back has the shape it has on the wire.
namespace strongroom::sequencer {

using protocol::Attachment;
using protocol::Command;
using protocol::Receipt;
using protocol::Text;

inline constexpr std::size_t kAttachmentNameBytesMax = 512;
inline constexpr std::size_t kAttachmentBytesMax = protocol::kAttachmentBytesMax;
inline constexpr std::size_t kCommandTextsMax = 64;
inline constexpr std::size_t kCommandAttachmentsMax = 64;

}  // namespace strongroom::sequencer

#endif  // STRONGROOM_SEQUENCER_COMMAND_H_
