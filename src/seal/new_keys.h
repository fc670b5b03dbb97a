#ifndef STRONGROOM_SEAL_NEW_KEYS_H_
#define STRONGROOM_SEAL_NEW_KEYS_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/member.h"
#include "protocol/policy.h"
#include "protocol/recovery.h"
#include "seal/open_object.h"
#include "seal/shares.h"
#include "store/blob_store.h"

/// Q and T drawn around data keys, and what says who can open them: at epoch 0 by the sealer, at
/// later ones by the host of a re-key. Source: spec/key-record.md.
namespace strongroom::seal {

/// To whom the keys are to be given.
struct KeyHolders {
  protocol::Policy policy;
  /// Every key of every person in the policy.
  std::vector<CustodianKey> custodians;
  protocol::DepositKey deposit_key;
  /// Who can recover a lost site, and every key of each of them; or nobody.
  std::optional<protocol::Recovery> recovery = std::nullopt;
  std::vector<CustodianKey> recovery_keys = {};
};

/// Of which object, in which epoch.
struct KeyPlace {
  StrongroomId strongroom;
  ObjectId object;
  std::int64_t epoch = 0;
  WrapSuite suite = WrapSuite::kDevelopmentX25519;
};

struct NewKeys {
  KeyRecord record;
  SealedShares shares;
};
/// Draws a Q and a T for each group and wraps its data key: data_keys[g] is group g's. Errors:
/// split_quorum_secret's, split_site_secret's and seal_site's.
[[nodiscard]] Result<NewKeys> draw_keys(const KeyPlace& place, const KeyHolders& holders,
                                        std::span<const DataKey> data_keys);

/// The documents of a later epoch, as they stand in the store.
struct WrittenKeys {
  Digest key_record;
  Digest sealed_shares;
};
/// Writes both under names that no other re-key uses; the shares first, so that a record that is
/// there is whole. Bytes that are there already are left. Errors: kTooLarge, kNoSpace, kDisk,
/// kDurability.
[[nodiscard]] Result<WrittenKeys> write_keys(const NewKeys& keys, store::BlobStore& store);
/// Takes them out of the store again: no entry of the log names them. Best effort.
void remove_keys(const NewKeys& keys, const WrittenKeys& written, store::BlobStore& store);

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_NEW_KEYS_H_
