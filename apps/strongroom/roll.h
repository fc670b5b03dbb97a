#ifndef STRONGROOM_STRONGROOM_ROLL_H_
#define STRONGROOM_STRONGROOM_ROLL_H_

#include "session.h"

namespace strongroom::terminal {

/// Who and what stands in the log, by the names that people give them. A name, or at least 8 digits
/// of an id. Errors: kNotFound (with the nearest name), kConflict (several are called so: give the
/// id), kNetwork.
[[nodiscard]] Result<protocol::Member> find_member(const client::Follower& follower,
                                                   const std::string& name);
[[nodiscard]] Result<protocol::Host> find_host(const client::Follower& follower,
                                               const std::string& name);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_ROLL_H_
