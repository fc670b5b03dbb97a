#ifndef STRONGROOM_PROTOCOL_PROFILE_H_
#define STRONGROOM_PROTOCOL_PROFILE_H_

#include "protocol/genesis.h"

namespace strongroom::protocol {

/// What the mode demands of a genesis, for ever (docs/decisions/0015-profiles.md):
/// demonstration: no recovery holders. solo: one person, who is the whole quorum, and no recovery.
/// small, lab: nobody releases alone (k >= 2), nobody is indispensable (n > k), and recovery
/// holders are named, humans of whom none is a custodian. Errors: kRefused, saying what to change.
[[nodiscard]] Result<void> check_profile(const Genesis& genesis);

/// What the mode is, and what it is not, in one sentence that people read.
[[nodiscard]] std::string_view in_words(Mode mode);

/// Errors: kUsage (names the modes there are).
[[nodiscard]] Result<Mode> mode_named(std::string_view name);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_PROFILE_H_
