#include "keeper/keeper.h"

#include "crypto/random.h"
#include "seal/key_record.h"

namespace strongroom::keeper {

std::int64_t Keeper::followed() const {
  const Lock lock(mutex_);
  return static_cast<std::int64_t>(world_.size());
}

Result<void> Keeper::follow(std::span<const std::string> entries) {
  const Lock lock(mutex_);
  if (broken_)
    return fail(ErrorCode::kRefused,
                "the keeper has stopped: the log broke its rules before; stop the server, and have "
                "the log judged by strongroom-verify");
  for (const std::string& entry : entries) {
    Result<void> followed = world_.follow(entry);
    if (!followed) {
      broken_ = true;
      return fail(followed.error(), "the keeper stops");
    }
  }
  return {};
}

Result<Digest> Keeper::challenge(const ProposalId& proposal, std::int64_t n) {
  const Lock lock(mutex_);
  const BootSeconds now = clock_.since_boot();
  std::erase_if(challenges_, [&](const auto& each) { return each.second.until < now; });
  if (challenges_.size() >= kNoncesMax) {
    return fail(ErrorCode::kUnavailable,
                "too many redemptions have begun and not ended: try again in a minute");
  }
  const auto nonce = crypto::random_id<Digest>();
  challenges_.emplace(nonce, Challenge{proposal, n, {now.value + kNonceSeconds}});
  return nonce;
}

Result<void> Keeper::admit(const protocol::Redemption& redemption,
                           const protocol::Evidence& evidence) {
  const Lock lock(mutex_);
  const auto found = challenges_.find(redemption.nonce);
  if (found == challenges_.end()) {
    return fail(ErrorCode::kNotAuthentic, "the nonce is not one of the keeper's, or has been used");
  }
  const Challenge challenge = found->second;
  challenges_.erase(found);
  if (challenge.until < clock_.since_boot())
    return fail(ErrorCode::kExpired, "the nonce is over a minute old");
  if (challenge.proposal != redemption.proposal || challenge.n != redemption.n) {
    return fail(ErrorCode::kNotAuthentic, "the nonce was given for another redemption");
  }
  if (digest_of(evidence) != redemption.evidence || evidence.host != redemption.host ||
      evidence.binding !=
          protocol::redemption_binding(redemption.proposal, redemption.n, redemption.nonce)) {
    return fail(ErrorCode::kNotAuthentic, "the evidence is not of this host for this redemption");
  }
  ASSIGN_OR_RETURN(const auto host, world_.rooms().people.host(redemption.host));
  if (!host || host->evidence != evidence.kind) {
    return fail(ErrorCode::kRefused, "the host may not prove itself by evidence of this kind");
  }
  return {};
}

Result<vault::Proposal> may_open(const protocol::Redemption& redemption,
                                 const judge::Rooms& rooms) {
  ASSIGN_OR_RETURN(const auto proposal, rooms.vault.proposal(redemption.proposal));
  if (!proposal || !proposal->granted) return fail(ErrorCode::kNotYet, "not granted in the log");
  const bool logged =
      std::any_of(proposal->redemptions.begin(), proposal->redemptions.end(),
                  [&](const vault::Redeemed& each) { return each.redemption == redemption; });
  if (!logged) return fail(ErrorCode::kNotYet, "this redemption is not in the log");
  const bool ended =
      std::any_of(proposal->ends.begin(), proposal->ends.end(),
                  [&](const vault::Ended& each) { return each.end.n == redemption.n; });
  if (ended) return fail(ErrorCode::kExpired, "the lease of this redemption has ended");
  if (proposal->recalled) return fail(ErrorCode::kRefused, "the proposal has been recalled");
  ASSIGN_OR_RETURN(const bool frozen, rooms.vault.is_frozen(proposal->request.object));
  if (frozen) return fail(ErrorCode::kFrozen, "a freeze is in force");
  ASSIGN_OR_RETURN(const auto object, rooms.vault.object(proposal->request.object));
  if (!object || object->record_of(proposal->request.epoch) == nullptr)
    return fail(ErrorCode::kExpired, "its key record has lapsed: another one is in force");
  return *proposal;
}

namespace {

struct Records {
  seal::KeyRecord key_record;
  seal::SealedShares shares;
};

Result<Records> checked_records(const ObjectRecords& records, const vault::Proposal& proposal,
                                const judge::Rooms& rooms) {
  ASSIGN_OR_RETURN(const auto object, rooms.vault.object(proposal.request.object));
  const vault::Record* record = object ? object->record_of(proposal.request.epoch) : nullptr;
  if (record == nullptr) return fail(ErrorCode::kNotFound, "no such object or key record there");
  if (seal::key_record_digest(records.key_record) != proposal.request.key_record) {
    return fail(ErrorCode::kNotAuthentic, "the key record is not the one in the log");
  }
  if (seal::sealed_shares_digest(records.sealed_shares) != record->sealed_shares) {
    return fail(ErrorCode::kNotAuthentic, "the sealed shares are not those that the log names");
  }
  ASSIGN_OR_RETURN(seal::KeyRecord key_record, seal::decode_key_record(records.key_record));
  ASSIGN_OR_RETURN(seal::SealedShares shares, seal::decode_sealed_shares(records.sealed_shares));
  if (key_record.object != proposal.request.object || key_record.epoch != proposal.request.epoch) {
    return fail(ErrorCode::kNotAuthentic, "the key record is another object's or epoch's");
  }
  return Records{std::move(key_record), std::move(shares)};
}

}  // namespace

Result<std::vector<protocol::RedeemedSite>> Keeper::open(const protocol::Redemption& redemption,
                                                         const ObjectRecords& records) {
  const Lock lock(mutex_);
  if (broken_)
    return fail(ErrorCode::kRefused,
                "the keeper has stopped: the log broke its rules before; stop the server, and have "
                "the log judged by strongroom-verify");
  ASSIGN_OR_RETURN(const vault::Proposal proposal, may_open(redemption, world_.rooms()));
  ASSIGN_OR_RETURN(const Records checked, checked_records(records, proposal, world_.rooms()));
  const KeyId own = world_.genesis().deposit_key.id;
  const seal::Recipient recipient{.proposal = proposal.id,
                                  .public_key = proposal.request.recipient};
  std::vector<protocol::RedeemedSite> sites;
  for (const std::int64_t group : proposal.request.groups) {
    const seal::SealedSite* sealed = checked.shares.site_of(group, own);
    if (sealed == nullptr || !checked.key_record.has_group(group)) {
      return fail(ErrorCode::kWrongKey,
                  "no site secret of this group is sealed to the deposit key");
    }
    ASSIGN_OR_RETURN(const seal::SiteSecret site,
                     seal::open_site(*sealed, checked.key_record, deposit_key_));
    ASSIGN_OR_RETURN(
        crypto::HpkeSealed resealed,
        seal::reseal_site(site, checked.key_record.context(group), redemption.n, recipient));
    sites.push_back({group, std::move(resealed)});
  }
  return sites;
}

}  // namespace strongroom::keeper
