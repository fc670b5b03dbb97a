#ifndef STRONGROOM_STRONGROOM_CHANGES_H_
#define STRONGROOM_STRONGROOM_CHANGES_H_

#include "custodian/changes.h"
#include "session.h"

namespace strongroom::terminal {

/// Signs and sends the draft, shows what was proposed, and tells how it is answered.
[[nodiscard]] Result<int> propose_change(const Common& common, Session& session,
                                         const custodian::ChangeDraft& draft);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_CHANGES_H_
