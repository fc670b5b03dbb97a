#ifndef STRONGROOM_STRONGROOM_STOPS_H_
#define STRONGROOM_STRONGROOM_STOPS_H_

#include "protocol/command.h"
#include "session.h"

namespace strongroom::terminal {

/// Writes a signed freeze or recall for `strongroom deliver`, and says what to do with it. Errors:
/// kDisk, kNoSpace.
[[nodiscard]] Result<int> write_stop(const Common& common, const protocol::Command& stop,
                                     const std::string& file);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_STOPS_H_
