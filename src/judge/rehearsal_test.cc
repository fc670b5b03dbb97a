#include <gtest/gtest.h>

#include "judge/test_lab.h"

namespace strongroom::judge {
namespace {

using protocol::Request;

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

/// A small strongroom that has just been founded, and its throwaway object.
class ASmallStrongroom : public testing::Test {
 protected:
  ASmallStrongroom() {
    EXPECT_TRUE(log.add(lab.founding()));
    EXPECT_TRUE(log.add(TestLab::register_asset(lab.registration(), lab.alice)));
    protocol::Registration registration = lab.registration();
    registration.asset = throwaway;
    registration.kind = protocol::kRehearsalKind;
    EXPECT_TRUE(log.add(TestLab::register_asset(registration, lab.alice)));
  }
  [[nodiscard]] protocol::Deposit small_deposit() const {
    protocol::Deposit deposit = lab.deposit();
    deposit.asset = throwaway;
    deposit.groups = 1;
    return deposit;
  }
  [[nodiscard]] protocol::Deposit model_deposit() const {
    protocol::Deposit deposit = lab.deposit();
    deposit.object = model;
    return deposit;
  }
  ErrorCode deposit(const protocol::Deposit& deposit) {
    return code_of(log.add(TestLab::make_deposit(deposit, lab.alice)));
  }
  [[nodiscard]] Request small_request() const {
    Request request = lab.request(lab.rex);
    request.groups = {0};
    request.byte_budget = protocol::kRehearsalBudgetBytesMax;
    return request;
  }
  void release(const Request& request) {
    ASSERT_TRUE(log.add(TestLab::propose(request, lab.rex)));
    for (const TestPerson* each : {&lab.alice, &lab.bob})
      ASSERT_TRUE(log.add(TestLab::cast(lab.approval(*each, request, log.seen()), *each)));
    ASSERT_TRUE(log.add(TestLab::redeem(lab.redemption(request), lab.host)));
    ASSERT_TRUE(log.add(TestLab::end_lease(lab.lease_end(request), lab.host)));
  }

  TestLab lab{protocol::Mode::kSmall};
  TestLog log;
  AssetId throwaway = crypto::random_id<AssetId>();
  ObjectId model = crypto::random_id<ObjectId>();
};

TEST_F(ASmallStrongroom, TakesAModelAfterOneReleaseOfItsThrowawayObjectAndNotBefore) {
  EXPECT_EQ(deposit(model_deposit()), ErrorCode::kNotYet);
  ASSERT_EQ(deposit(small_deposit()), ErrorCode{});
  EXPECT_EQ(deposit(model_deposit()), ErrorCode::kNotYet);
  release(small_request());
  EXPECT_EQ(deposit(model_deposit()), ErrorCode{});
}

TEST_F(ASmallStrongroom, TakesNoSecondThrowawayObject) {
  ASSERT_EQ(deposit(small_deposit()), ErrorCode{});
  protocol::Deposit second = small_deposit();
  second.object = model;
  EXPECT_EQ(deposit(second), ErrorCode::kRefused);
  release(small_request());
  EXPECT_EQ(deposit(second), ErrorCode::kRefused);
}

TEST_F(ASmallStrongroom, TakesNoThrowawayObjectThatIsTooLarge) {
  protocol::Deposit large = small_deposit();
  large.plaintext_bytes = protocol::kRehearsalBytesMax + 1;
  EXPECT_EQ(deposit(large), ErrorCode::kRefused);
}

TEST_F(ASmallStrongroom, LetsNoRehearsalReadMuch) {
  ASSERT_EQ(deposit(small_deposit()), ErrorCode{});
  Request request = small_request();
  ++request.byte_budget;
  EXPECT_EQ(code_of(log.add(TestLab::propose(request, lab.rex))), ErrorCode::kRefused);
}

TEST_F(ASmallStrongroom, TriagesItsThrowawayObjectLowAndAModelHigh) {
  EXPECT_EQ((*log.rooms().registry.asset(throwaway))->triage->level, protocol::Level::kSl1);
  EXPECT_EQ((*log.rooms().registry.asset(lab.asset))->triage->level, protocol::Level::kSl4);
}

// A server that lets a model in before the rehearsal is refused by everybody who follows.
TEST_F(ASmallStrongroom, IsNotFollowedPastADepositBeforeItsRehearsal) {
  World world(lab.id);
  for (const std::string& line : log.lines()) ASSERT_TRUE(world.follow(line));
  const auto forged =
      protocol::encode_entry(log.entry_of(TestLab::make_deposit(model_deposit(), lab.alice)));
  EXPECT_EQ(code_of(world.follow(*forged)), ErrorCode::kNotYet);
}

}  // namespace
}  // namespace strongroom::judge
