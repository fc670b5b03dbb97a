#ifndef STRONGROOM_SEAL_RECOVERY_H_
#define STRONGROOM_SEAL_RECOVERY_H_

#include <span>
#include <vector>

#include "crypto/public_keys.h"
#include "protocol/recovery.h"
#include "seal/shares.h"

/// The site's secret T, split for those who can recover a lost site. It replaces the site, never
/// the quorum: T without Q opens nothing. Source: spec/key-record.md, "Recovery".
namespace strongroom::seal {

struct SplitSite {
  std::vector<Commitment> commitments;      ///< of holder 1, 2, …
  std::vector<SealedRecoveryShare> shares;  ///< ascending by (group, x, key)
};
/// Splits `site` among the holders and seals each share to each key of its holder. Errors: kUsage
/// (a holder without a key, a key of somebody else), kRefused (a key of another suite), kMalformed
/// (a key that is no point).
[[nodiscard]] Result<SplitSite> split_site_secret(const SiteSecret& site,
                                                  const protocol::Recovery& recovery,
                                                  const Context& context,
                                                  std::span<const CustodianKey> holders);

/// A holder's share, opened. Move-only.
struct OpenRecoveryShare {
  std::int64_t group;
  std::uint8_t x;
  PersonId person;
  crypto::SharedSecret secret;
};
/// Opens the share *for the context of `record`* and checks it against its commitment. Errors:
/// kWrongKey (not our key; or made for another strongroom, object, group, epoch, policy, x or
/// person), kNotAuthentic (opened, but not what was committed to), kRefused (not this person's
/// place among the record's recovery holders).
[[nodiscard]] Result<OpenRecoveryShare> open_recovery_share(const SealedRecoveryShare& share,
                                                            const KeyRecord& record,
                                                            const crypto::KemPrivate& key);

/// T again, checked against W2's commitment. Of two shares for one x the first counts. Errors:
/// kNotYet (fewer shares than the record asks for), kNotAuthentic (a share that is not what was
/// committed to; shares that do not make this group's T).
[[nodiscard]] Result<SiteSecret> recover_site(std::span<const OpenRecoveryShare> shares,
                                              const KeyRecord& record, std::int64_t group);

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_RECOVERY_H_
