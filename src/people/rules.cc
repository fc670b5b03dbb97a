#include "people/rules.h"

namespace strongroom::people {

Result<void> may_act(const ActFacts& facts) {
  if (!facts.holder)
    return fail(ErrorCode::kNotAuthentic, "signed with a key that nobody here holds");
  const protocol::Member& member = facts.holder->member;
  if (member.person != facts.claimed) {
    return fail(ErrorCode::kNotAuthentic, "signed with the key of another person");
  }
  if (facts.human_only && member.kind != protocol::PersonKind::kHuman) {
    return fail(ErrorCode::kRefused,
                "only a human may do this: " + std::string(name_of(member.kind)) +
                    "s may not; ask one who is");
  }
  const bool has_role =
      facts.any_member || std::any_of(facts.any_of.begin(), facts.any_of.end(),
                                      [&](protocol::Role role) { return member.has(role); });
  if (!has_role) {
    std::string wanted;
    for (const protocol::Role role : facts.any_of)
      wanted += (wanted.empty() ? "" : " or ") + std::string(name_of(role));
    return fail(ErrorCode::kRefused,
                "person " + member.person.hex() + " is not " + wanted + "; ask somebody who is");
  }
  if (!member.cleared_at(facts.now)) {
    return fail(ErrorCode::kRefused, "the clearance of person " + member.person.hex() +
                                         " has lapsed; it takes somebody who is cleared");
  }
  return {};
}

}  // namespace strongroom::people
