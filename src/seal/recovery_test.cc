#include "seal/recovery.h"

#include <gtest/gtest.h>

#include "seal/sealed_for_test.h"

namespace strongroom::seal {
namespace {

/// 1, 2 and 3 are the quorum, any two of whom release; any two of 7, 8 and 9 recover the site.
Lab lab_with_recovery() {
  Lab lab(two_of_three());
  lab.recovery = protocol::Recovery{2, {person(7), person(8), person(9)}};
  for (const PersonId& holder : lab.recovery->holders) lab.add_recovery_key(holder);
  return lab;
}

class ALostSite : public testing::Test {
 protected:
  [[nodiscard]] const SealedRecoveryShare& sealed(std::uint8_t who, std::int64_t group = 0) const {
    return *sealed_.shares.recovery_share(group, lab_.key_of(person(who)));
  }
  [[nodiscard]] Result<OpenRecoveryShare> opened(std::uint8_t who, std::int64_t group = 0) const {
    return open_recovery_share(sealed(who, group), *sealed_.record,
                               lab_.pairs.at(lab_.key_of(person(who))).secret);
  }
  [[nodiscard]] std::vector<OpenRecoveryShare> opened_by(std::vector<std::uint8_t> whom,
                                                         std::int64_t group = 0) const {
    std::vector<OpenRecoveryShare> shares;
    for (const std::uint8_t who : whom) shares.push_back(opened(who, group).value());
    return shares;
  }
  [[nodiscard]] ErrorCode opening(const SealedRecoveryShare& share, std::uint8_t with) const {
    const auto open = open_recovery_share(share, *sealed_.record,
                                          lab_.pairs.at(lab_.key_of(person(with))).secret);
    return open ? ErrorCode{} : open.error().code;
  }

  const Lab lab_ = lab_with_recovery();
  const Sealed sealed_{lab_,
                       {{"a.txt", pattern(10)}, {"b.txt", pattern(20)}},
                       PayloadSuite::kFloe1mBlake3,
                       {{0}, {1}}};
};

TEST_F(ALostSite, IsMadeAgainByAnyEnoughOfItsRecoveryHolders) {
  const SiteSecret real = open_site(*sealed_.shares.site_of(0, lab_.deposit_key.id),
                                    *sealed_.record, lab_.deposit_pair->secret)
                              .value();
  for (const auto& whom : {std::vector<std::uint8_t>{7, 8}, {9, 7}, {8, 9}, {7, 8, 9}}) {
    const Result<SiteSecret> site = recover_site(opened_by(whom), *sealed_.record, 0);
    ASSERT_TRUE(site) << site.error().context;
    EXPECT_TRUE(real.with_bytes([&](ByteView a) {
      return site->with_bytes([&](ByteView b) { return std::ranges::equal(a, b); });
    }));
  }
}

TEST_F(ALostSite, IsNotMadeByOneLess) {
  EXPECT_EQ(recover_site(opened_by({8}), *sealed_.record, 0).error().code, ErrorCode::kNotYet);
}

TEST_F(ALostSite, IsNotMadeByOneHolderTwice) {
  EXPECT_EQ(recover_site(opened_by({8, 8}), *sealed_.record, 0).error().code, ErrorCode::kNotYet);
}

// The record's word for how many are enough is not what keeps T: the mathematics is.
TEST_F(ALostSite, IsNotMadeByOneLessThoughTheRecordSaidThatOneIsEnough) {
  KeyRecord lowered = *sealed_.record;
  lowered.recovery->threshold = 1;
  EXPECT_EQ(recover_site(opened_by({8}), lowered, 0).error().code, ErrorCode::kNotAuthentic);
}

TEST_F(ALostSite, MadeAgainOpensNothingWithoutTheQuorum) {
  const SiteSecret site = recover_site(opened_by({7, 9}), *sealed_.record, 0).value();
  const auto data = unwrap(sealed_.record->groups[0].wrapped, random_quorum_secret(), site,
                           sealed_.record->context(0));
  EXPECT_EQ(data.error().code, ErrorCode::kWrongKey);
}

TEST_F(ALostSite, MadeAgainOpensWithTheQuorum) {
  const SiteSecret site = recover_site(opened_by({7, 9}), *sealed_.record, 0).value();
  const crypto::KemKeyPair host = crypto::generate_kem(lab_.kem());
  const Recipient recipient{crypto::random_id<ProposalId>(), host.public_key};
  const Combined combined = combine_leaves(sealed_.resealed({person(1), person(2)}, recipient),
                                           *sealed_.record, 0, {recipient.proposal, &host.secret})
                                .value();
  EXPECT_TRUE(unwrap(sealed_.record->groups[0].wrapped, *combined.secret, site,
                     sealed_.record->context(0)));
}

TEST_F(ALostSite, OfOneGroupIsNotMadeByTheSharesOfAnother) {
  EXPECT_EQ(recover_site(opened_by({7, 8}, 1), *sealed_.record, 0).error().code,
            ErrorCode::kNotAuthentic);
}

TEST_F(ALostSite, DoesNotTakeAShareThatWasMadeUp) {
  std::vector<OpenRecoveryShare> shares = opened_by({7, 8});
  shares[1].secret = random_quorum_secret();
  const auto site = recover_site(shares, *sealed_.record, 0);
  EXPECT_EQ(site.error().code, ErrorCode::kNotAuthentic);
  EXPECT_NE(site.error().context.find(person(8).hex()), std::string::npos);
}

TEST_F(ALostSite, DoesNotTakeAShareInAnotherHoldersPlace) {
  std::vector<OpenRecoveryShare> shares = opened_by({7, 8});
  shares[1].x = 3;
  EXPECT_EQ(recover_site(shares, *sealed_.record, 0).error().code, ErrorCode::kNotAuthentic);
}

TEST_F(ALostSite, CannotBeRecoveredByACustodian) {
  EXPECT_EQ(opening(sealed(7), 1), ErrorCode::kWrongKey);
}

TEST_F(ALostSite, CannotBeRecoveredByAnotherHoldersShare) {
  EXPECT_EQ(opening(sealed(7), 8), ErrorCode::kWrongKey);
}

TEST_F(ALostSite, DoesNotOpenAShareOfAnotherGroup) {
  SealedRecoveryShare moved = sealed(7, 1);
  moved.group = 0;
  EXPECT_EQ(opening(moved, 7), ErrorCode::kWrongKey);
}

TEST_F(ALostSite, DoesNotOpenAShareUnderAnotherX) {
  SealedRecoveryShare moved = sealed(7);
  moved.x = 2;
  EXPECT_EQ(opening(moved, 7), ErrorCode::kRefused);
}

TEST_F(ALostSite, DoesNotOpenAShareOfAnotherObject) {
  const Sealed other(lab_, {{"a.txt", pattern(10)}});
  EXPECT_EQ(opening(*other.shares.recovery_share(0, lab_.key_of(person(7))), 7),
            ErrorCode::kWrongKey);
}

// A sealer who gives a holder rubbish is found out by the holder's test, long before the worst day.
TEST_F(ALostSite, ShowsAHolderAShareThatWasNotCommittedTo) {
  KeyRecord record = *sealed_.record;
  record.groups[0].recovery[0] = record.groups[0].recovery[1];
  const auto open =
      open_recovery_share(sealed(7), record, lab_.pairs.at(lab_.key_of(person(7))).secret);
  EXPECT_EQ(open.error().code, ErrorCode::kNotAuthentic);
}

TEST(SplittingASite, WantsAKeyOfEveryHolder) {
  Lab lab = lab_with_recovery();
  lab.recovery_keys.pop_back();
  const Context context;
  EXPECT_EQ(split_site_secret(random_site_secret(), *lab.recovery, context, lab.recovery_keys)
                .error()
                .code,
            ErrorCode::kUsage);
}

TEST(SplittingASite, RefusesAKeyOfSomebodyElse) {
  Lab lab = lab_with_recovery();
  lab.recovery_keys.push_back(lab.custodians[0]);
  const Context context;
  EXPECT_EQ(split_site_secret(random_site_secret(), *lab.recovery, context, lab.recovery_keys)
                .error()
                .code,
            ErrorCode::kUsage);
}

// The documents.

TEST_F(ALostSite, IsWrittenOneWayOnly) {
  EXPECT_EQ(encode(*sealed_.record).value(), sealed_.object.key_record);
  EXPECT_EQ(encode(sealed_.shares).value(), sealed_.object.sealed_shares);
}

TEST_F(ALostSite, IsRefusedInAKeyRecordThatLacksACommitment) {
  KeyRecord record = *sealed_.record;
  record.groups[1].recovery.pop_back();
  EXPECT_EQ(decode_key_record(encode(record).value()).error().code, ErrorCode::kMalformed);
}

TEST_F(ALostSite, IsRefusedInAKeyRecordWithCommitmentsAndNoHolders) {
  KeyRecord record = *sealed_.record;
  record.recovery.reset();
  EXPECT_EQ(decode_key_record(encode(record).value()).error().code, ErrorCode::kMalformed);
}

TEST_F(ALostSite, IsRefusedWithSharesOutOfOrder) {
  SealedShares shares = sealed_.shares;
  std::swap(shares.recovery[0], shares.recovery[1]);
  EXPECT_EQ(decode_sealed_shares(encode(shares).value()).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace strongroom::seal
