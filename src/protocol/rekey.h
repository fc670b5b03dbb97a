#ifndef STRONGROOM_PROTOCOL_REKEY_H_
#define STRONGROOM_PROTOCOL_REKEY_H_

#include <string>
#include <string_view>

#include "protocol/statement.h"

/// An object's next key record: new Q and T around the same data key. Source: spec/statements.md.
namespace strongroom::protocol {

/// "By this release I drew new keys and wrote this key record." Signed by the host that redeemed a
/// release for exactly that.
struct Rekey {
  StrongroomId strongroom;
  ProposalId proposal;
  std::int64_t n = 1;  ///< the redemption
  HostId host;
  ObjectId object;
  std::int64_t epoch = 0;  ///< of the new record, as asked for
  Digest key_record;
  Digest sealed_shares;
  Digest policy;
  KeyId deposit_key;
  std::string wrap_suite;
  CheckpointSeen checkpoint;  ///< whose people and keys the shares are sealed to
  bool operator==(const Rekey&) const = default;
};
[[nodiscard]] format::Json to_json(const Rekey& rekey);
[[nodiscard]] Result<Rekey> rekey_from(const format::Json& json);

/// Would sealing under `to` what was sealed under `from` weaken it? Development is weaker than
/// classical, classical than post-quantum; in doubt (a name that is not known) yes. The same suite
/// never is.
[[nodiscard]] bool weakens_wrap_suite(std::string_view from, std::string_view to);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_REKEY_H_
