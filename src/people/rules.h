#ifndef STRONGROOM_PEOPLE_RULES_H_
#define STRONGROOM_PEOPLE_RULES_H_

#include <optional>

#include "people/events.h"

/// May this person do this? Pure: facts in, verdict out.
namespace strongroom::people {

struct ActFacts {
  std::optional<KeyHolder> holder;     ///< of the key that signed
  PersonId claimed;                    ///< the person that the statement names
  std::vector<protocol::Role> any_of;  ///< one of these roles is needed
  bool any_member = false;             ///< no role is needed
  bool human_only = false;
  UnixSeconds now;
};

/// A statement counts as its person's own only if the key that signed is that person's, the person
/// has one of the roles and is cleared now. Errors: kRefused, kNotAuthentic.
[[nodiscard]] Result<void> may_act(const ActFacts& facts);

}  // namespace strongroom::people

#endif  // STRONGROOM_PEOPLE_RULES_H_
