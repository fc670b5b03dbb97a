#include <gtest/gtest.h>

#include <functional>

#include "vault/rules.h"

namespace strongroom::vault {
namespace {

using protocol::Mode;

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

Founding founding(Mode mode) {
  protocol::PolicyNode leaf;
  leaf.person = PersonId{};
  Result<protocol::Policy> policy =
      protocol::Policy::checked({.person = std::nullopt, .threshold = 1, .of = {leaf}});
  CHECK(policy.has_value());
  Founding founding{.strongroom = {},
                    .mode = mode,
                    .policy = std::move(*policy),
                    .deposit_key = {},
                    .levels = {}};
  return founding;
}

/// A throwaway object as large as it may be, deposited first.
ErrorCode throwaway_with(const std::function<void(protocol::Deposit&, DepositFacts&)>& change) {
  DepositFacts facts{.founding = founding(Mode::kSmall),
                     .object_exists = false,
                     .asset_exists = true,
                     .is_throwaway = true,
                     .is_first = true,
                     .rehearsed = false};
  protocol::Deposit deposit;
  deposit.policy = facts.founding->policy.digest();
  deposit.groups = 1;
  deposit.files = protocol::kRehearsalFilesMax;
  deposit.plaintext_bytes = protocol::kRehearsalBytesMax;
  change(deposit, facts);
  return code_of(may_deposit(deposit, facts));
}

TEST(AThrowawayObject, IsTheFirstDeposit) {
  EXPECT_EQ(throwaway_with([](auto&, auto&) {}), ErrorCode{});
}

TEST(AThrowawayObject, IsRefusedWhenItIsNotTheFirst) {
  EXPECT_EQ(throwaway_with([](auto&, auto& f) { f.is_first = false; }), ErrorCode::kRefused);
}

TEST(AThrowawayObject, IsRefusedWhenItIsNotTheFirstThoughOneWasRehearsed) {
  EXPECT_EQ(throwaway_with([](auto&, auto& f) {
              f.is_first = false;
              f.rehearsed = true;
            }),
            ErrorCode::kRefused);
}

TEST(AThrowawayObject, OfOneByteTooManyIsRefused) {
  EXPECT_EQ(throwaway_with([](auto& d, auto&) { ++d.plaintext_bytes; }), ErrorCode::kRefused);
}

TEST(AThrowawayObject, OfOneFileTooManyIsRefused) {
  EXPECT_EQ(throwaway_with([](auto& d, auto&) { ++d.files; }), ErrorCode::kRefused);
}

TEST(AThrowawayObject, OfTwoGroupsIsRefused) {
  EXPECT_EQ(throwaway_with([](auto& d, auto&) { d.groups = 2; }), ErrorCode::kRefused);
}

ErrorCode model_in(Mode mode, bool rehearsed, bool is_first) {
  return throwaway_with([&](auto&, auto& f) {
    f.founding = founding(mode);
    f.is_throwaway = false;
    f.is_first = is_first;
    f.rehearsed = rehearsed;
  });
}

TEST(AModel, IsNotDepositedInASmallStrongroomBeforeAReleaseWasRehearsed) {
  EXPECT_EQ(model_in(Mode::kSmall, false, true), ErrorCode::kNotYet);
  EXPECT_EQ(model_in(Mode::kSmall, false, false), ErrorCode::kNotYet);
}

TEST(AModel, IsNotDepositedInALabBeforeAReleaseWasRehearsed) {
  EXPECT_EQ(model_in(Mode::kLab, false, true), ErrorCode::kNotYet);
}

TEST(AModel, IsDepositedOnceAReleaseWasRehearsed) {
  EXPECT_EQ(model_in(Mode::kSmall, true, false), ErrorCode{});
}

TEST(AModel, NeedsNoRehearsalInADemonstration) {
  EXPECT_EQ(model_in(Mode::kDemonstration, false, true), ErrorCode{});
}

TEST(AModel, NeedsNoRehearsalOfOnePersonAlone) {
  EXPECT_EQ(model_in(Mode::kSolo, false, true), ErrorCode{});
}

Proposal whole_release() {
  Proposal proposal;
  proposal.granted = Granted{};
  protocol::LeaseEnd end;
  end.cause = "closed";
  end.served_bytes = 1;
  end.wiped = true;
  proposal.redemptions.push_back({});
  proposal.ends.push_back({end, {}});
  return proposal;
}

TEST(ARehearsal, IsAWholeRelease) { EXPECT_TRUE(is_rehearsal(whole_release())); }

TEST(ARehearsal, IsNotAReleaseThatHasNotEnded) {
  Proposal proposal = whole_release();
  proposal.ends.clear();
  EXPECT_FALSE(is_rehearsal(proposal));
}

TEST(ARehearsal, IsNotAReleaseOfWhichNothingWasRead) {
  Proposal proposal = whole_release();
  proposal.ends[0].end.served_bytes = 0;
  EXPECT_FALSE(is_rehearsal(proposal));
}

TEST(ARehearsal, IsNotAReleaseThatFailed) {
  Proposal proposal = whole_release();
  proposal.ends[0].end.cause = "failed";
  EXPECT_FALSE(is_rehearsal(proposal));
}

TEST(ARehearsal, IsNotAReleaseWithoutItsQuorum) {
  Proposal proposal = whole_release();
  proposal.granted.reset();
  EXPECT_FALSE(is_rehearsal(proposal));
}

}  // namespace
}  // namespace strongroom::vault
