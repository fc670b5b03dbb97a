#ifndef STRONGROOM_SEAL_SHARES_H_
#define STRONGROOM_SEAL_SHARES_H_

#include <optional>
#include <string>
#include <vector>

#include "crypto/public_keys.h"
#include "protocol/member.h"
#include "seal/key_record.h"

/// A quorum secret on its way: split by the sealer, opened and re-sealed by custodians, combined by
/// the recipient. And the site secret on its own.
namespace strongroom::seal {

/// One custodian's share of one group, as the sealer left it for one of the custodian's keys.
struct SealedLeaf {
  std::int64_t group = 0;
  std::string path;
  PersonId person;
  KeyId key;
  crypto::HpkeSealed sealed;
};
/// T of one group, for the deposit key.
struct SealedSite {
  std::int64_t group = 0;
  KeyId key;
  crypto::HpkeSealed sealed;
};
/// A recovery holder's share of T of one group, for one of the holder's keys (recovery.h).
struct SealedRecoveryShare {
  std::int64_t group = 0;
  std::uint8_t x = 0;
  PersonId person;
  KeyId key;
  crypto::HpkeSealed sealed;
};
/// What lies beside a key record, outside its digest. May hold a part only: a new authenticator's
/// leaves come in a document of their own.
struct SealedShares {
  StrongroomId strongroom;
  ObjectId object;
  std::int64_t epoch = 0;
  WrapSuite suite = WrapSuite::kDevelopmentX25519;
  std::vector<SealedLeaf> leaves;                  ///< ascending by (group, path, key), each once
  std::vector<SealedSite> site;                    ///< ascending by (group, key), each once
  std::vector<SealedRecoveryShare> recovery = {};  ///< ascending by (group, x, key), each once

  [[nodiscard]] const SealedLeaf* leaf(std::int64_t group, const KeyId& key) const;
  [[nodiscard]] const SealedSite* site_of(std::int64_t group, const KeyId& key) const;
  [[nodiscard]] const SealedRecoveryShare* recovery_share(std::int64_t group,
                                                          const KeyId& key) const;
};
/// Canonical bytes. Errors: kTooLarge.
[[nodiscard]] Result<std::string> encode(const SealedShares& shares);
/// Total; encode(decode(x)) == x. Errors: kMalformed, kTooLarge, kRefused (a reserved suite).
[[nodiscard]] Result<SealedShares> decode_sealed_shares(std::string_view bytes);
/// labelled_digest("sealed shares", bytes).
[[nodiscard]] Digest sealed_shares_digest(std::string_view bytes);

/// A custodian's public key, as the log knows it.
struct CustodianKey {
  PersonId person;
  crypto::PublicKeys keys;
};

struct SplitSecret {
  std::vector<NodeCommitment> commitments;
  std::vector<SealedLeaf> leaves;
};
/// Splits `quorum` by `policy` (whose digest is context.policy) and seals each leaf to each key of
/// its person. Errors: kUsage (a custodian without a key, a key of somebody else), kRefused (a key
/// of another suite), kMalformed (a key that is no point).
[[nodiscard]] Result<SplitSecret> split_quorum_secret(const QuorumSecret& quorum,
                                                      const protocol::Policy& policy,
                                                      const Context& context,
                                                      std::span<const CustodianKey> custodians);

/// A custodian's share, opened. Move-only.
struct OpenLeaf {
  std::int64_t group;
  std::string path;
  PersonId person;
  QuorumSecret secret;
};
/// Opens the leaf *for the context of `record`* and checks it against its commitment. Errors:
/// kWrongKey (not our key; or made for another strongroom, object, group, epoch, policy, path or
/// person), kNotAuthentic (opened, but not what was committed to), kRefused (not this person's
/// place in the policy).
[[nodiscard]] Result<OpenLeaf> open_leaf(const SealedLeaf& leaf, const KeyRecord& record,
                                         const crypto::KemPrivate& key);

/// Whom a release is for.
struct Recipient {
  ProposalId proposal;
  Bytes public_key;  ///< the host's fresh key, of the record's suite
};
struct ResealedLeaf {
  std::int64_t group = 0;
  std::string path;
  PersonId person;
  crypto::HpkeSealed sealed;
};
/// Errors: kMalformed (no valid key).
[[nodiscard]] Result<ResealedLeaf> reseal_leaf(const OpenLeaf& leaf, const KeyRecord& record,
                                               const Recipient& recipient);
/// labelled_digest("resealed leaf", encapsulated, ciphertext): what a vote signs.
[[nodiscard]] Digest digest_of(const ResealedLeaf& leaf);
/// {"ciphertext","encapsulated","group","path","person"}: how the server carries it.
[[nodiscard]] format::Json to_json(const ResealedLeaf& leaf);
[[nodiscard]] Result<ResealedLeaf> resealed_leaf_from(const format::Json& json);

/// The recipient's own half of a release.
struct RecipientKey {
  ProposalId proposal;
  const crypto::KemPrivate* secret;  ///< borrowed
};
struct Combined {
  /// Nothing while the leaves that hold do not satisfy the policy.
  std::optional<QuorumSecret> secret;
  /// Leaves that do not open, do not hold, or have no place: each named.
  struct Bad {
    std::string path;
    PersonId person;
    std::string why;
  };
  std::vector<Bad> bad;
  /// Nodes whose commitment was recomputed and holds; a rehearsal wants them all.
  std::vector<std::string> recomputed;
  /// Nodes that lie on no common polynomial with the others: the sealer's fault. The secret stands.
  std::vector<std::string> inconsistent;
};
/// Opens the re-sealed leaves of one group, checks each against its commitment, and combines. Of
/// two leaves for one path the first that holds counts. Errors: kNotAuthentic (enough leaves hold,
/// but the tree does not: the path is named).
[[nodiscard]] Result<Combined> combine_leaves(std::span<const ResealedLeaf> leaves,
                                              const KeyRecord& record, std::int64_t group,
                                              const RecipientKey& recipient);

/// Errors: kRefused (a key of another suite), kMalformed.
[[nodiscard]] Result<SealedSite> seal_site(const SiteSecret& site, const Context& context,
                                           const protocol::DepositKey& deposit_key);
/// Opens T for the context of `record` and checks it against W2's commitment. Errors: kWrongKey.
[[nodiscard]] Result<SiteSecret> open_site(const SealedSite& sealed, const KeyRecord& record,
                                           const crypto::KemPrivate& key);
/// For redemption number `n` (from 1). Errors: kMalformed.
[[nodiscard]] Result<crypto::HpkeSealed> reseal_site(const SiteSecret& site, const Context& context,
                                                     std::int64_t n, const Recipient& recipient);
/// Errors: kWrongKey.
[[nodiscard]] Result<SiteSecret> open_redeemed_site(const crypto::HpkeSealed& sealed,
                                                    const Context& context, std::int64_t n,
                                                    const RecipientKey& recipient);

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_SHARES_H_
