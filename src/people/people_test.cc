#include <gtest/gtest.h>

#include "people/rules.h"

namespace strongroom::people {
namespace {

using protocol::Member;
using protocol::PersonKind;
using protocol::Role;

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

// A custodian who signs as herself, an hour before her clearance lapses; then one thing is changed.
ErrorCode act_with(const std::function<void(ActFacts&)>& change) {
  Member alice;
  alice.person.bytes.fill(1);
  alice.roles = {Role::kCustodian};
  alice.cleared_until = {3'600};
  ActFacts facts{.holder = KeyHolder{alice, {}},
                 .claimed = alice.person,
                 .any_of = {Role::kCustodian, Role::kOfficer},
                 .human_only = true,
                 .now = {0}};
  change(facts);
  return code_of(may_act(facts));
}

TEST(ACustodian, ActsAsHerself) {
  EXPECT_EQ(act_with([](ActFacts&) {}), ErrorCode{});
}

TEST(ACustodian, ActsWithAnyOneOfTheRolesAskedFor) {
  EXPECT_EQ(act_with([](ActFacts& f) { f.holder->member.roles = {Role::kOfficer}; }), ErrorCode{});
}

TEST(ACustodian, DoesNotActWithAKeyThatNobodyHolds) {
  EXPECT_EQ(act_with([](ActFacts& f) { f.holder.reset(); }), ErrorCode::kNotAuthentic);
}

TEST(ACustodian, DoesNotActForAnother) {
  EXPECT_EQ(act_with([](ActFacts& f) { f.claimed.bytes[0] ^= 1; }), ErrorCode::kNotAuthentic);
}

TEST(ACustodian, DoesNotActInARoleSheDoesNotHave) {
  EXPECT_EQ(act_with([](ActFacts& f) { f.any_of = {Role::kDepositor}; }), ErrorCode::kRefused);
}

TEST(ACustodian, DoesNotActWhereNoRoleIsEnough) {
  EXPECT_EQ(act_with([](ActFacts& f) { f.any_of.clear(); }), ErrorCode::kRefused);
}

TEST(ACustodian, DoesNotActFromTheSecondHerClearanceLapses) {
  EXPECT_EQ(act_with([](ActFacts& f) { f.now = {3'600}; }), ErrorCode::kRefused);
}

TEST(AnAiAgent, DoesNotActWhereOnlyAHumanMay) {
  EXPECT_EQ(act_with([](ActFacts& f) { f.holder->member.kind = PersonKind::kAiAgent; }),
            ErrorCode::kRefused);
}

TEST(AService, DoesNotActWhereOnlyAHumanMay) {
  EXPECT_EQ(act_with([](ActFacts& f) { f.holder->member.kind = PersonKind::kService; }),
            ErrorCode::kRefused);
}

TEST(AnAiAgent, ActsWhereAnyoneWithTheRoleMay) {
  EXPECT_EQ(act_with([](ActFacts& f) {
              f.holder->member.kind = PersonKind::kAiAgent;
              f.human_only = false;
            }),
            ErrorCode{});
}

}  // namespace
}  // namespace strongroom::people
