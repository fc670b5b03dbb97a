#ifndef STRONGROOM_TESTS_PROMISES_ATTACKER_H_
#define STRONGROOM_TESTS_PROMISES_ATTACKER_H_

#include "ballot.h"

namespace strongroom::promises {

/// Somebody who owns the server, root on it, with the site's private deposit key, and wants one
/// group of one model. Tries for real; `opens` is the proof: the data key.
class Attacker {
 public:
  /// Opens T first, with the deposit key from the server's disk: that much the server can do.
  Attacker(WholeLab& lab, const SealedModel& model);

  [[nodiscard]] const seal::KeyRecord& record() const { return record_; }
  [[nodiscard]] const seal::SealedShares& shares() const { return shares_; }
  [[nodiscard]] const seal::SiteSecret& site() const { return site_; }
  /// What is left of the wrapped key under T: made again here from spec/key-record.md.
  [[nodiscard]] Bytes without_outer_layer() const;
  /// Is this the quorum's secret?
  [[nodiscard]] bool opens(const seal::QuorumSecret& candidate) const;
  /// Every 32 bytes in a row of `material`, each tried as the quorum's secret.
  [[nodiscard]] bool opens_with_any_of(ByteView material) const;
  /// What `names` can put together out of their leaves, whom they re-seal to the attacker.
  [[nodiscard]] Result<seal::Combined> combined(const std::vector<std::string>& names) const;
  /// They combine as the agent does, and every single share is tried as the whole secret.
  [[nodiscard]] bool opens_with(const std::vector<std::string>& names) const;
  /// The share of one custodian who joins in.
  [[nodiscard]] seal::OpenLeaf leaf_of(const std::string& name) const;

 private:
  WholeLab& lab_;
  seal::KeyRecord record_;
  seal::SealedShares shares_;
  crypto::KemPrivate deposit_key_;
  seal::SiteSecret site_;
};

/// Every subset of `names`, the empty one first.
[[nodiscard]] std::vector<std::vector<std::string>> subsets(const std::vector<std::string>& names);

}  // namespace strongroom::promises

#endif  // STRONGROOM_TESTS_PROMISES_ATTACKER_H_
