#ifndef STRONGROOM_SEQUENCER_REFILL_H_
#define STRONGROOM_SEQUENCER_REFILL_H_

#include "base/result.h"
#include "store/database.h"

namespace strongroom::sequencer {

/// Fills the empty database `fresh` from a copy of another, of which nothing is believed: entries,
/// which are judged again, and from which everything derived is derived anew; texts and attachments
/// as they are, for their readers check them. One commit. Gives how many entries there are. Errors:
/// the judge's, with the position; kMalformed (damage); kConflict (`fresh` holds entries already);
/// kNoSpace, kDisk, kDurability.
[[nodiscard]] Result<std::int64_t> refill(store::Database& fresh, store::Queries& copy);

}  // namespace strongroom::sequencer

#endif  // STRONGROOM_SEQUENCER_REFILL_H_
