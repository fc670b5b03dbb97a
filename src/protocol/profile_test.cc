#include "protocol/profile.h"

#include <gtest/gtest.h>

#include <functional>

namespace strongroom::protocol {
namespace {

template <class Id>
Id filled(std::uint8_t number) {
  Id id;
  id.bytes.fill(number);
  return id;
}

Member member(std::uint8_t number, std::set<Role> roles) {
  crypto::PublicKeys keys;
  keys.sign = filled<crypto::Ed25519Public>(number);
  keys.seal.assign(32, number);
  keys.id = crypto::key_id_of(keys.sign, keys.kem, keys.seal);
  return {.person = filled<PersonId>(number),
          .kind = PersonKind::kHuman,
          .name = filled<Digest>(number),
          .roles = std::move(roles),
          .clearance = Level::kSl4,
          .cleared_until = {100},
          .keys = {keys}};
}

PolicyNode any(std::int64_t threshold, std::vector<PolicyNode> of) {
  return {.person = std::nullopt, .threshold = threshold, .of = std::move(of)};
}
PolicyNode leaf(std::uint8_t number) {
  return {.person = filled<PersonId>(number), .threshold = 0, .of = {}};
}
Policy checked(PolicyNode root) { return std::move(Policy::checked(std::move(root))).value(); }

/// 1, 2 and 3 are founding custodians, any two of whom release; 4, 5 and 6 are nothing but recovery
/// holders, any two of whom recover.
Genesis small() {
  Genesis genesis{.policy = checked(any(2, {leaf(1), leaf(2), leaf(3)}))};
  genesis.mode = Mode::kSmall;
  genesis.nonce = filled<GenesisNonce>(8);
  genesis.origin = origin_for(genesis.nonce);
  genesis.witness_policy = "none";
  genesis.levels = catalog_levels();
  for (const std::uint8_t founder : std::array<std::uint8_t, 3>{1, 2, 3}) {
    genesis.members.push_back(member(founder, {Role::kCustodian}));
    genesis.founders.push_back(filled<PersonId>(founder));
  }
  genesis.recovery = Recovery{2, {}};
  for (const std::uint8_t holder : std::array<std::uint8_t, 3>{4, 5, 6}) {
    genesis.members.push_back(member(holder, {}));
    genesis.recovery->holders.push_back(filled<PersonId>(holder));
  }
  genesis.deposit_key.seal.assign(32, 9);
  genesis.deposit_key.id = crypto::key_id_of(genesis.deposit_key.kem, genesis.deposit_key.seal);
  return genesis;
}

Genesis solo() {
  Genesis genesis = small();
  genesis.mode = Mode::kSolo;
  genesis.policy = checked(any(1, {leaf(1)}));
  genesis.founders = {filled<PersonId>(1)};
  genesis.recovery.reset();
  return genesis;
}

ErrorCode code_of(const Genesis& genesis) {
  const Result<Genesis> read = genesis_from(to_json(genesis));
  return read ? ErrorCode{} : read.error().code;
}
ErrorCode small_with(const std::function<void(Genesis&)>& change) {
  Genesis genesis = small();
  change(genesis);
  return code_of(genesis);
}

TEST(ASmallStrongroom, IsReadAsItWasWritten) {
  const Genesis genesis = small();
  const Result<Genesis> read = genesis_from(to_json(genesis));
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(format::encode(to_json(*read)), format::encode(to_json(genesis)));
  EXPECT_EQ(read->recovery, genesis.recovery);
}

TEST(ASmallStrongroom, RefusesAsManyApprovalsAsCustodians) {
  EXPECT_EQ(small_with([](Genesis& g) {
              g.policy = checked(any(3, {leaf(1), leaf(2), leaf(3)}));
            }),
            ErrorCode::kRefused);
}

TEST(ASmallStrongroom, RefusesOneApprovalToBeEnough) {
  EXPECT_EQ(small_with([](Genesis& g) {
              g.policy = checked(any(1, {leaf(1), leaf(2), leaf(3)}));
            }),
            ErrorCode::kRefused);
}

TEST(ASmallStrongroom, RefusesATeamWhoseOnlyMemberCannotBeMissed) {
  EXPECT_EQ(small_with([](Genesis& g) {
              g.policy = checked(any(2, {any(1, {leaf(1), leaf(2)}), any(1, {leaf(3)})}));
            }),
            ErrorCode::kRefused);
}

TEST(ASmallStrongroom, TakesTeamsThatBothHaveASpare) {
  EXPECT_EQ(small_with([](Genesis& g) {
              g.members.push_back(member(7, {Role::kCustodian}));
              g.founders.push_back(filled<PersonId>(7));
              g.policy = checked(any(2, {any(1, {leaf(1), leaf(2)}), any(1, {leaf(3), leaf(7)})}));
            }),
            ErrorCode{});
}

TEST(ASmallStrongroom, RefusesToHaveNoRecoveryHolders) {
  EXPECT_EQ(small_with([](Genesis& g) { g.recovery.reset(); }), ErrorCode::kRefused);
}

TEST(ASmallStrongroom, RefusesARecoveryHolderWhoIsACustodian) {
  EXPECT_EQ(small_with([](Genesis& g) { g.recovery->holders[2] = filled<PersonId>(3); }),
            ErrorCode::kRefused);
}

TEST(ASmallStrongroom, RefusesARecoveryHolderWithACustodiansRole) {
  EXPECT_EQ(small_with([](Genesis& g) { g.members[5].roles = {Role::kCustodian}; }),
            ErrorCode::kRefused);
}

TEST(ASmallStrongroom, RefusesARecoveryHolderWhoIsNoMember) {
  EXPECT_EQ(small_with([](Genesis& g) { g.recovery->holders[2] = filled<PersonId>(99); }),
            ErrorCode::kRefused);
}

TEST(ASmallStrongroom, RefusesARecoveryHolderWhoIsNotHuman) {
  EXPECT_EQ(small_with([](Genesis& g) { g.members[5].kind = PersonKind::kAiAgent; }),
            ErrorCode::kRefused);
}

TEST(ASmallStrongroom, RefusesARecoveryHolderTwice) {
  EXPECT_EQ(small_with([](Genesis& g) { g.recovery->holders[2] = g.recovery->holders[1]; }),
            ErrorCode::kMalformed);
}

TEST(ASmallStrongroom, RefusesMoreRecoverersThanHolders) {
  EXPECT_EQ(small_with([](Genesis& g) { g.recovery->threshold = 4; }), ErrorCode::kMalformed);
}

TEST(ASmallStrongroom, RefusesARecoveryThatNobodyIsNeededFor) {
  EXPECT_EQ(small_with([](Genesis& g) { g.recovery->threshold = 0; }), ErrorCode::kMalformed);
}

TEST(ASmallStrongroom, RefusesOnePersonsSigningKeyUnderASecondPerson) {
  EXPECT_EQ(small_with([](Genesis& g) {
              crypto::PublicKeys& keys = g.members[1].keys[0];
              keys.sign = g.members[0].keys[0].sign;
              keys.id = crypto::key_id_of(keys.sign, keys.kem, keys.seal);
            }),
            ErrorCode::kMalformed);
}

TEST(ASmallStrongroom, RefusesOnePersonsOpeningKeyUnderASecondPerson) {
  EXPECT_EQ(small_with([](Genesis& g) {
              crypto::PublicKeys& keys = g.members[4].keys[0];
              keys.seal = g.members[0].keys[0].seal;
              keys.id = crypto::key_id_of(keys.sign, keys.kem, keys.seal);
            }),
            ErrorCode::kMalformed);
}

TEST(ALab, IsHeldToTheSame) {
  EXPECT_EQ(small_with([](Genesis& g) { g.mode = Mode::kLab; }), ErrorCode{});
  EXPECT_EQ(small_with([](Genesis& g) {
              g.mode = Mode::kLab;
              g.recovery.reset();
            }),
            ErrorCode::kRefused);
}

TEST(ASoloStrongroom, IsOnePersonsOwn) { EXPECT_EQ(code_of(solo()), ErrorCode{}); }

TEST(ASoloStrongroom, RefusesASecondCustodian) {
  Genesis genesis = solo();
  genesis.founders = small().founders;
  genesis.policy = checked(any(1, {leaf(1), leaf(2)}));
  EXPECT_EQ(code_of(genesis), ErrorCode::kRefused);
}

TEST(ASoloStrongroom, RefusesRecoveryHolders) {
  Genesis genesis = solo();
  genesis.recovery = small().recovery;
  EXPECT_EQ(code_of(genesis), ErrorCode::kRefused);
}

TEST(ADemonstration, RefusesRecoveryHolders) {
  EXPECT_EQ(small_with([](Genesis& g) { g.mode = Mode::kDemonstration; }), ErrorCode::kRefused);
}

}  // namespace
}  // namespace strongroom::protocol
