#include "custodian/records.h"

#include "seal/layout.h"

namespace strongroom::custodian {

Result<Records> records_of(const client::Follower& follower, const vault::Object& object,
                           const vault::Record& named) {
  const protocol::Deposit& deposit = object.deposit;
  ASSIGN_OR_RETURN(const Bytes record,
                   follower.object_document(
                       deposit.object, seal::key_record_document(named.epoch, named.key_record)));
  ASSIGN_OR_RETURN(const Bytes shares,
                   follower.object_document(deposit.object, seal::sealed_shares_document(
                                                                named.epoch, named.sealed_shares)));
  if (seal::key_record_digest(as_text(record)) != named.key_record ||
      seal::sealed_shares_digest(as_text(shares)) != named.sealed_shares) {
    return fail(ErrorCode::kNotAuthentic,
                "the server gave another key record or other leaves than the log names");
  }
  ASSIGN_OR_RETURN(seal::KeyRecord key_record, seal::decode_key_record(as_text(record)));
  ASSIGN_OR_RETURN(seal::SealedShares sealed_shares, seal::decode_sealed_shares(as_text(shares)));
  const bool same = key_record.strongroom == deposit.strongroom &&
                    key_record.object == deposit.object && key_record.epoch == named.epoch &&
                    key_record.policy.digest() == named.policy &&
                    name_of(key_record.suite) == named.wrap_suite;
  if (!same)
    return fail(ErrorCode::kNotAuthentic, "the key record is not the one that the log describes");
  return Records{std::move(key_record), std::move(sealed_shares)};
}

}  // namespace strongroom::custodian
