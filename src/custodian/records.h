#ifndef STRONGROOM_CUSTODIAN_RECORDS_H_
#define STRONGROOM_CUSTODIAN_RECORDS_H_

#include "client/follower.h"
#include "seal/key_record.h"
#include "seal/shares.h"

namespace strongroom::custodian {

/// What says who opens an object together, and the sealed leaves.
struct Records {
  seal::KeyRecord key_record;
  seal::SealedShares shares;
};
/// Both come from the server and are believed only by the digests that the log holds for `record`,
/// which is one of the object's. Errors: kNotAuthentic, kMalformed, kNotFound, kNetwork.
[[nodiscard]] Result<Records> records_of(const client::Follower& follower,
                                         const vault::Object& object, const vault::Record& record);

}  // namespace strongroom::custodian

#endif  // STRONGROOM_CUSTODIAN_RECORDS_H_
