#include "seal/new_keys.h"

#include <algorithm>
#include <tuple>

#include "seal/layout.h"
#include "seal/recovery.h"

namespace strongroom::seal {

Result<NewKeys> draw_keys(const KeyPlace& place, const KeyHolders& holders,
                          std::span<const DataKey> data_keys) {
  NewKeys keys{{place.strongroom,
                place.object,
                place.epoch,
                place.suite,
                holders.policy,
                {},
                holders.recovery},
               {}};
  KeyRecord& record = keys.record;
  SealedShares& shares = keys.shares;
  shares.strongroom = place.strongroom;
  shares.object = place.object;
  shares.epoch = place.epoch;
  shares.suite = place.suite;
  for (std::size_t g = 0; g < data_keys.size(); ++g) {
    const Context context = record.context(static_cast<std::int64_t>(g));
    const QuorumSecret quorum = random_quorum_secret();
    const SiteSecret site = random_site_secret();
    ASSIGN_OR_RETURN(SplitSecret split,
                     split_quorum_secret(quorum, holders.policy, context, holders.custodians));
    ASSIGN_OR_RETURN(SealedSite sealed_site, seal_site(site, context, holders.deposit_key));
    record.groups.push_back(
        {wrap(data_keys[g], quorum, site, context), std::move(split.commitments)});
    if (record.recovery) {
      ASSIGN_OR_RETURN(SplitSite recovery,
                       split_site_secret(site, *record.recovery, context, holders.recovery_keys));
      record.groups.back().recovery = std::move(recovery.commitments);
      std::ranges::move(recovery.shares, std::back_inserter(shares.recovery));
    }
    std::ranges::move(split.leaves, std::back_inserter(shares.leaves));
    shares.site.push_back(std::move(sealed_site));
  }
  std::ranges::sort(shares.leaves, {}, [](const SealedLeaf& leaf) {
    return std::tie(leaf.group, leaf.path, leaf.key);
  });
  return keys;
}

namespace {

// The name holds the digest, so what is there is the same.
Result<void> put_once(store::BlobStore& store, const std::string& name, const std::string& bytes) {
  Result<void> put = store.put(name, as_bytes(bytes), store::OnExisting::kRefuse);
  if (!put && put.error().code == ErrorCode::kAlreadyExists) return {};
  return put;
}

}  // namespace

Result<WrittenKeys> write_keys(const NewKeys& keys, store::BlobStore& store) {
  CHECK(keys.record.epoch > 0);  // epoch 0 is written with its object
  ASSIGN_OR_RETURN(const std::string record, encode(keys.record));
  ASSIGN_OR_RETURN(const std::string shares, encode(keys.shares));
  const WrittenKeys written{key_record_digest(record), sealed_shares_digest(shares)};
  const ObjectId& object = keys.record.object;
  const std::int64_t epoch = keys.record.epoch;
  RETURN_IF_ERROR(
      put_once(store, sealed_shares_blob(object, epoch, written.sealed_shares), shares));
  RETURN_IF_ERROR(put_once(store, key_record_blob(object, epoch, written.key_record), record));
  return written;
}

void remove_keys(const NewKeys& keys, const WrittenKeys& written, store::BlobStore& store) {
  const ObjectId& object = keys.record.object;
  const std::int64_t epoch = keys.record.epoch;
  for (const std::string& name : {key_record_blob(object, epoch, written.key_record),
                                  sealed_shares_blob(object, epoch, written.sealed_shares)}) {
    const Result<void> removed = store.remove(name);
    static_cast<void>(removed);
  }
}

}  // namespace strongroom::seal
