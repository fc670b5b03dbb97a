#ifndef STRONGROOM_VAULT_EVENTS_STAMP_H_
#define STRONGROOM_VAULT_EVENTS_STAMP_H_

#include <optional>

#include "base/ids.h"

namespace strongroom::vault {

/// Where an event stands in the log, and whose key signed it (none: the server's own judgement).
struct Stamp {
  std::int64_t index = 0;
  UnixSeconds time;
  std::optional<KeyId> signed_by;
  bool operator==(const Stamp&) const = default;
};

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_EVENTS_STAMP_H_
