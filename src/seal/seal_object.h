#ifndef STRONGROOM_SEAL_SEAL_OBJECT_H_
#define STRONGROOM_SEAL_SEAL_OBJECT_H_

#include <functional>
#include <string>
#include <vector>

#include "io/listing.h"
#include "protocol/member.h"
#include "protocol/policy.h"
#include "seal/manifest.h"
#include "seal/shares.h"
#include "store/blob_store.h"

namespace strongroom::seal {

struct Progress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
};
/// Called on the thread that called us, about every 32 MiB; false stops the work (kInterrupted).
using OnProgress = std::function<bool(const Progress&)>;

struct SealRequest {
  /// Borrowed. Files of the listing stand in the object in its order. Any oddity (a link, a device)
  /// is kRefused, naming it.
  const io::Listing* source = nullptr;
  /// groups[g] lists indices into source->files: each file once, ascending. Empty: one group of
  /// all.
  std::vector<std::vector<std::size_t>> groups;
  StrongroomId strongroom;
  protocol::Policy policy;
  /// Every key of every person in the policy.
  std::vector<CustodianKey> custodians;
  protocol::DepositKey deposit_key;
  /// Who can recover a lost site, and every key of each of them; or nobody.
  std::optional<protocol::Recovery> recovery = std::nullopt;
  std::vector<CustodianKey> recovery_keys = {};
  PayloadSuite payload_suite = PayloadSuite::kFloe1mBlake3;
  WrapSuite wrap_suite = WrapSuite::kDevelopmentX25519;
  std::optional<Digest> previous;
  std::size_t threads = 0;  ///< 0: one per core
};

struct SealedObject {
  ObjectId object;
  std::string manifest;  ///< the bytes, as stored
  Digest manifest_digest;
  std::string key_record;
  Digest key_record_digest;
  std::string sealed_shares;
  Digest sealed_shares_digest;
  std::int64_t files = 0;
  std::uint64_t plaintext_bytes = 0;  ///< of the files
  std::uint64_t sealed_bytes = 0;     ///< of the streams, names included
};

/// Draws an object id and keys, seals every file into `store` across the cores, and writes
/// manifest, key record (epoch 0) and sealed shares last. Needs no secret and nobody present. Uses
/// a few MiB per thread at any size of object. After a failure nothing counts: an object without a
/// logged deposit does not exist, and its blobs may be removed (remove_object).
/// Errors: kRefused (an oddity, a name that is not clean text), kConflict (a file changed while it
/// was sealed), kTooLarge, kUsage, kInterrupted, kNoSpace, kDisk, kDurability, and
/// split_quorum_secret's and split_site_secret's.
[[nodiscard]] Result<SealedObject> seal_object(const SealRequest& request, store::BlobStore& store,
                                               const OnProgress& on_progress = {});

/// Removes every blob of an object, manifest first, and its folder. Errors: kDisk (something of it
/// is being written), kDurability.
[[nodiscard]] Result<void> remove_object(store::BlobStore& store, const ObjectId& object);

/// A sealing of which nothing has been written for so long was interrupted for good.
inline constexpr std::int64_t kAbandonedAfterSeconds = 24 * 3600;
/// Removes the objects that no deposit names and to which nothing was written for that long: what
/// interrupted sealings left. Gives how many. `now` is by the store's clock. Errors:
/// is_deposited's; kDisk, kDurability, kTooLarge (a store of over a million objects).
[[nodiscard]] Result<std::size_t> remove_abandoned_objects(
    store::BlobStore& store, UnixSeconds now,
    const std::function<Result<bool>(const ObjectId&)>& is_deposited);

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_SEAL_OBJECT_H_
