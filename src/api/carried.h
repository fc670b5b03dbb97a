#ifndef STRONGROOM_API_CARRIED_H_
#define STRONGROOM_API_CARRIED_H_

#include "protocol/command.h"
#include "protocol/recovery.h"
#include "store/blob_store.h"

namespace strongroom::api {

/// Does the command carry what its statement commits to: the evidence of a proposal, the re-sealed
/// leaves of a vote, the text behind each commitment, the documents of a deposit in the store? The
/// log would hold dangling digests otherwise. Only commands that people and hosts may send pass.
/// Errors: kRefused, kMalformed, kNotFound, kNotAuthentic.
[[nodiscard]] Result<void> check_carried(const protocol::Command& command,
                                         const store::BlobStore& objects,
                                         const std::optional<protocol::Recovery>& recovery);

}  // namespace strongroom::api

#endif  // STRONGROOM_API_CARRIED_H_
