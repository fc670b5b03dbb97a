#include "protocol/profile.h"

#include <algorithm>

namespace strongroom::protocol {

namespace {

Result<void> check_solo(const Genesis& genesis) {
  if (genesis.policy.persons().size() != 1 || genesis.founders.size() != 1) {
    return fail(ErrorCode::kRefused,
                "genesis: solo is for one person, who is founder and whole quorum: with others, "
                "found a small strongroom");
  }
  return {};
}

Result<void> check_quorum(const Policy& policy) {
  if (policy.approvals_min() < 2) {
    return fail(ErrorCode::kRefused,
                "genesis: one person's approval would open: a threshold of 2 at least, or solo");
  }
  for (const PersonId& person : policy.persons()) {
    if (!policy.holds_without(person)) {
      return fail(ErrorCode::kRefused,
                  "genesis: with one custodian lost nothing would ever open again: more custodians "
                  "than approvals are needed (n > k)");
    }
  }
  return {};
}

Result<void> check_recovery(const Genesis& genesis) {
  if (!genesis.recovery) {
    return fail(ErrorCode::kRefused,
                "genesis: a strongroom of this profile names recovery holders: without them a lost "
                "site is lost with everything in it");
  }
  for (const PersonId& holder : genesis.recovery->holders) {
    const Member* member = genesis.member(holder);
    if (member == nullptr || member->kind != PersonKind::kHuman) {
      return fail(ErrorCode::kRefused, "genesis: a recovery holder is not a human member");
    }
    if (member->has(Role::kCustodian) || genesis.policy.path_of(holder)) {
      return fail(ErrorCode::kRefused,
                  "genesis: a recovery holder is a custodian: who holds a share of the quorum must "
                  "not hold one of the site");
    }
  }
  return {};
}

}  // namespace

Result<void> check_profile(const Genesis& genesis) {
  switch (genesis.mode) {
    case Mode::kDemonstration:
      break;
    case Mode::kSolo:
      RETURN_IF_ERROR(check_solo(genesis));
      break;
    case Mode::kSmall:
    case Mode::kLab:
      RETURN_IF_ERROR(check_quorum(genesis.policy));
      return check_recovery(genesis);
  }
  if (genesis.recovery)
    return fail(ErrorCode::kRefused, "genesis: this profile has no recovery holders");
  return {};
}

std::string_view in_words(Mode mode) {
  switch (mode) {
    case Mode::kDemonstration:
      return "a demonstration: it proves the software, and protects nothing";
    case Mode::kSolo:
      return "solo: this is encryption, not two-party control. One person opens alone, nobody can "
             "recover a lost site or a lost key, and no security level is met";
    case Mode::kSmall:
      return "small: no one person opens, and none is indispensable";
    case Mode::kLab:
      return "lab: no one person opens, and none is indispensable";
  }
  return "of an unknown mode";
}

Result<Mode> mode_named(std::string_view name) {
  for (const Mode mode : {Mode::kDemonstration, Mode::kSolo, Mode::kSmall, Mode::kLab}) {
    if (name_of(mode) == name) return mode;
  }
  return fail(ErrorCode::kUsage, "no profile is called " + printable(name) +
                                     ": solo, small or lab (or --demonstration)");
}

}  // namespace strongroom::protocol
