// rooms: protocol
// What a terminal and the agent on a host say to one another.
#include "property.h"
#include "protocol/lease.h"

namespace strongroom::fuzz {

FUZZ(input) {
  must_round_trip(
      input, protocol::decode_draft_ask, [](const protocol::DraftAsk& ask) { return encode(ask); },
      "draft ask");
  must_round_trip(
      input, protocol::decode_draft, [](const protocol::Draft& draft) { return encode(draft); },
      "draft");
  must_round_trip(
      input, protocol::decode_lease_ask, [](const protocol::LeaseAsk& ask) { return encode(ask); },
      "lease ask");
  must_round_trip(
      input, protocol::decode_lease_status,
      [](const protocol::LeaseStatus& status) { return encode(status); }, "lease status");
}

}  // namespace strongroom::fuzz
