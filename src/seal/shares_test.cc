#include "seal/shares.h"

#include <gtest/gtest.h>

#include "seal/sealed_for_test.h"

namespace strongroom::seal {
namespace {

const Files kTwoFiles{{"a.txt", pattern(10)}, {"b.txt", pattern(20)}};

std::vector<PersonId> persons(std::initializer_list<std::uint8_t> numbers) {
  std::vector<PersonId> ids;
  for (const std::uint8_t number : numbers) ids.push_back(person(number));
  return ids;
}

/// A host that asks for a release of `sealed`.
class Release : public testing::Test {
 protected:
  const Lab lab_{two_of_three()};
  const Sealed sealed_{lab_, kTwoFiles};
  const crypto::KemKeyPair host_ = crypto::generate_kem(lab_.kem());
  const Recipient recipient_{crypto::random_id<ProposalId>(), host_.public_key};
  const RecipientKey own_{recipient_.proposal, &host_.secret};

  [[nodiscard]] Combined combine(const std::vector<ResealedLeaf>& leaves) const {
    return combine_leaves(leaves, *sealed_.record, 0, own_).value();
  }
};

TEST_F(Release, ByTwoOfThreeOpens) { EXPECT_TRUE(sealed_.release(persons({1, 2}))); }
TEST_F(Release, ByOtherTwoOfThreeOpens) { EXPECT_TRUE(sealed_.release(persons({3, 2}))); }

TEST_F(Release, ByOneOfThreeDoesNotOpen) {
  const Combined combined = combine(sealed_.resealed(persons({1}), recipient_));
  EXPECT_FALSE(combined.secret);
  EXPECT_TRUE(combined.bad.empty());
}

TEST_F(Release, ByOnePersonTwiceDoesNotOpen) {
  EXPECT_FALSE(combine(sealed_.resealed(persons({1, 1}), recipient_)).secret);
}

TEST_F(Release, WithTheQuorumButAnotherSiteSecretIsAWrongKey) {
  const Combined combined = combine(sealed_.resealed(persons({1, 2}), recipient_));
  const auto opened = unwrap(sealed_.record->groups[0].wrapped, *combined.secret,
                             random_site_secret(), sealed_.record->context(0));
  EXPECT_EQ(opened.error().code, ErrorCode::kWrongKey);
}

TEST_F(Release, WithTheSiteButAnotherQuorumSecretIsAWrongKey) {
  const SiteSecret site =
      open_site(sealed_.shares.site[0], *sealed_.record, lab_.deposit_pair->secret).value();
  const auto opened = unwrap(sealed_.record->groups[0].wrapped, random_quorum_secret(), site,
                             sealed_.record->context(0));
  EXPECT_EQ(opened.error().code, ErrorCode::kWrongKey);
}

TEST_F(Release, WithOneBadShareOfThreeOpensAndNamesIt) {
  std::vector<ResealedLeaf> leaves = sealed_.resealed(persons({1, 2, 3}), recipient_);
  OpenLeaf wrong = sealed_.open_own_leaf(person(2)).value();
  wrong.secret = random_quorum_secret();
  leaves[1] = reseal_leaf(wrong, *sealed_.record, recipient_).value();
  const Combined combined = combine(leaves);
  EXPECT_TRUE(combined.secret);
  ASSERT_EQ(combined.bad.size(), 1u);
  EXPECT_EQ(combined.bad[0].person, person(2));
  EXPECT_EQ(combined.bad[0].path, "2");
}

TEST_F(Release, WithOneBadShareOfTwoDoesNotOpenAndNamesIt) {
  std::vector<ResealedLeaf> leaves = sealed_.resealed(persons({1, 3}), recipient_);
  leaves[1].sealed.ciphertext[0] ^= 1;
  const Combined combined = combine(leaves);
  EXPECT_FALSE(combined.secret);
  ASSERT_EQ(combined.bad.size(), 1u);
  EXPECT_EQ(combined.bad[0].person, person(3));
}

TEST_F(Release, WithALeafUnderAnotherPersonsPlaceNamesIt) {
  std::vector<ResealedLeaf> leaves = sealed_.resealed(persons({1, 2}), recipient_);
  leaves[1].path = "3";
  const Combined combined = combine(leaves);
  EXPECT_FALSE(combined.secret);
  ASSERT_EQ(combined.bad.size(), 1u);
  EXPECT_EQ(combined.bad[0].why, "has no such place in the policy");
}

TEST_F(Release, WithALeafResealedForAnotherRecipientNamesIt) {
  std::vector<ResealedLeaf> leaves = sealed_.resealed(persons({1}), recipient_);
  const crypto::KemKeyPair other = crypto::generate_kem(lab_.kem());
  const Recipient elsewhere{recipient_.proposal, other.public_key};
  leaves.push_back(sealed_.resealed(persons({2}), elsewhere)[0]);
  const Combined combined = combine(leaves);
  EXPECT_FALSE(combined.secret);
  ASSERT_EQ(combined.bad.size(), 1u);
  EXPECT_EQ(combined.bad[0].person, person(2));
}

TEST_F(Release, WithALeafReplayedFromAnOlderProposalNamesIt) {
  std::vector<ResealedLeaf> leaves = sealed_.resealed(persons({1}), recipient_);
  const Recipient older{crypto::random_id<ProposalId>(), host_.public_key};
  leaves.push_back(sealed_.resealed(persons({2}), older)[0]);
  const Combined combined = combine(leaves);
  EXPECT_FALSE(combined.secret);
  ASSERT_EQ(combined.bad.size(), 1u);
  EXPECT_EQ(combined.bad[0].person, person(2));
}

TEST_F(Release, WithTwoSharesRecomputesEveryLeafOfAFlatPolicy) {
  const Combined combined = combine(sealed_.resealed(persons({1, 2}), recipient_));
  EXPECT_EQ(combined.recomputed, (std::vector<std::string>{"", "1", "2", "3"}));
  EXPECT_TRUE(combined.inconsistent.empty());
}

TEST_F(Release, OfARecordWithACommitmentOffThePolynomialNamesTheNode) {
  KeyRecord record = *sealed_.record;
  record.groups[0].commitments[3].commitment.bytes[0] ^= 1;
  const Combined combined =
      combine_leaves(sealed_.resealed(persons({1, 2}), recipient_), record, 0, own_).value();
  EXPECT_TRUE(combined.secret);
  EXPECT_EQ(combined.inconsistent, std::vector<std::string>{"3"});
}

TEST_F(Release, OfARecordWhoseRootIsAnotherIsRefused) {
  KeyRecord record = *sealed_.record;
  record.groups[0].commitments[0].commitment.bytes[0] ^= 1;
  const auto combined =
      combine_leaves(sealed_.resealed(persons({1, 2}), recipient_), record, 0, own_);
  EXPECT_EQ(combined.error().code, ErrorCode::kNotAuthentic);
}

TEST_F(Release, OfTheSiteSecretForAnotherRedemptionIsAWrongKey) {
  const Context context = sealed_.record->context(0);
  const auto resealed = reseal_site(random_site_secret(), context, 1, recipient_).value();
  EXPECT_TRUE(open_redeemed_site(resealed, context, 1, own_));
  EXPECT_EQ(open_redeemed_site(resealed, context, 2, own_).error().code, ErrorCode::kWrongKey);
}

TEST(ReleaseOfANestedPolicy, NeedsBothTeams) {
  const Lab lab{two_teams()};
  const Sealed sealed{lab, kTwoFiles};
  EXPECT_TRUE(sealed.release(persons({1, 3, 5})));
  EXPECT_EQ(sealed.release(persons({1, 2, 3})).error().code, ErrorCode::kNotYet);
  EXPECT_EQ(sealed.release(persons({1, 4, 5})).error().code, ErrorCode::kNotYet);
}

TEST(ReleaseInTheClassicalSuite, Opens) {
  const Lab lab{two_of_three(), WrapSuite::kClassicalP256};
  const Sealed sealed{lab, kTwoFiles};
  EXPECT_TRUE(sealed.release(persons({1, 3})));
}

TEST(TwoAuthenticatorsOfOnePerson, HoldTheSameLeafAndCountOnce) {
  Lab lab{two_of_three()};
  lab.add_key(person(1));
  const Sealed sealed{lab, kTwoFiles};
  const crypto::KemKeyPair host = crypto::generate_kem(lab.kem());
  const Recipient recipient{crypto::random_id<ProposalId>(), host.public_key};
  std::vector<ResealedLeaf> leaves;
  for (const CustodianKey& custodian : lab.custodians) {
    if (custodian.person != person(1)) continue;
    const KeyId& key = custodian.keys.id;
    const OpenLeaf leaf =
        open_leaf(*sealed.shares.leaf(0, key), *sealed.record, lab.pairs.at(key).secret).value();
    leaves.push_back(reseal_leaf(leaf, *sealed.record, recipient).value());
  }
  ASSERT_EQ(leaves.size(), 2u);
  const RecipientKey own{recipient.proposal, &host.secret};
  EXPECT_FALSE(combine_leaves(leaves, *sealed.record, 0, own).value().secret);
}

/// A custodian's client or keeper that is asked about A and shown pieces of B.
class Oracle : public testing::Test {
 protected:
  const Lab lab_{two_of_three()};
  const Sealed a_{lab_, kTwoFiles};
  const Sealed b_{lab_, kTwoFiles};

  [[nodiscard]] ErrorCode opening(const SealedLeaf& leaf, const KeyRecord& record) const {
    const auto opened = open_leaf(leaf, record, lab_.pairs.at(leaf.key).secret);
    return opened ? ErrorCode::kInternal : opened.error().code;
  }
};

TEST_F(Oracle, DoesNotOpenALeafOfBForAProposalForA) {
  EXPECT_TRUE(
      open_leaf(b_.shares.leaves[0], *b_.record, lab_.pairs.at(b_.shares.leaves[0].key).secret));
  EXPECT_EQ(opening(b_.shares.leaves[0], *a_.record), ErrorCode::kWrongKey);
}

TEST_F(Oracle, DoesNotOpenALeafOfAnotherEpoch) {
  KeyRecord later = *a_.record;
  later.epoch = 1;
  EXPECT_EQ(opening(a_.shares.leaves[0], later), ErrorCode::kWrongKey);
}

TEST_F(Oracle, DoesNotOpenALeafOfAnotherStrongroom) {
  KeyRecord elsewhere = *a_.record;
  elsewhere.strongroom = crypto::random_id<StrongroomId>();
  EXPECT_EQ(opening(a_.shares.leaves[0], elsewhere), ErrorCode::kWrongKey);
}

TEST_F(Oracle, DoesNotOpenALeafUnderAnotherPolicyOfTheSamePersons) {
  KeyRecord weaker = *a_.record;
  weaker.policy =
      protocol::Policy::checked(threshold(1, {leaf_of(1), leaf_of(2), leaf_of(3)})).value();
  EXPECT_EQ(opening(a_.shares.leaves[0], weaker), ErrorCode::kWrongKey);
}

TEST_F(Oracle, DoesNotOpenALeafFromAnotherPath) {
  SealedLeaf moved = a_.shares.leaves[0];
  moved.path = "2";
  moved.person = person(2);
  EXPECT_EQ(opening(moved, *a_.record), ErrorCode::kWrongKey);
}

TEST_F(Oracle, RefusesALeafThatIsNotThePersonsPlace) {
  SealedLeaf moved = a_.shares.leaves[0];
  moved.path = "2";
  EXPECT_EQ(opening(moved, *a_.record), ErrorCode::kRefused);
}

TEST_F(Oracle, RefusesAShareThatWasNotCommittedTo) {
  KeyRecord other = *a_.record;
  other.groups[0].commitments[1].commitment = other.groups[0].commitments[2].commitment;
  EXPECT_EQ(opening(a_.shares.leaves[0], other), ErrorCode::kNotAuthentic);
}

TEST_F(Oracle, DoesNotOpenTheSiteSecretOfBInTheRecordOfA) {
  const auto opened = open_site(b_.shares.site[0], *a_.record, lab_.deposit_pair->secret);
  EXPECT_EQ(opened.error().code, ErrorCode::kWrongKey);
}

TEST_F(Oracle, DoesNotGiveASiteSecretThatTheRecordDoesNotCommitTo) {
  KeyRecord swapped = *a_.record;
  swapped.groups[0].wrapped = b_.record->groups[0].wrapped;
  const auto opened = open_site(a_.shares.site[0], swapped, lab_.deposit_pair->secret);
  EXPECT_EQ(opened.error().code, ErrorCode::kWrongKey);
}

TEST(SealedToAGroup, DoesNotOpenInAnotherGroupOfTheSameObject) {
  const Lab lab{two_of_three()};
  const Sealed sealed{lab, kTwoFiles, PayloadSuite::kFloe1mBlake3, {{0}, {1}}};
  SealedLeaf moved = *sealed.shares.leaf(0, lab.key_of(person(1)));
  moved.group = 1;
  EXPECT_EQ(open_leaf(moved, *sealed.record, lab.pairs.at(moved.key).secret).error().code,
            ErrorCode::kWrongKey);
}

TEST(SplitBySealer, WithoutAKeyForACustodianIsRefused) {
  Lab lab{two_of_three()};
  lab.custodians.pop_back();
  const QuorumSecret quorum = random_quorum_secret();
  Context context;
  context.policy = lab.policy.digest();
  EXPECT_EQ(split_quorum_secret(quorum, lab.policy, context, lab.custodians).error().code,
            ErrorCode::kUsage);
}

TEST(SplitBySealer, ToAKeyOfAnotherSuiteIsRefused) {
  const Lab lab{two_of_three()};
  const QuorumSecret quorum = random_quorum_secret();
  Context context;
  context.policy = lab.policy.digest();
  context.suite = WrapSuite::kClassicalP256;
  EXPECT_EQ(split_quorum_secret(quorum, lab.policy, context, lab.custodians).error().code,
            ErrorCode::kRefused);
}

TEST(WrapSuites, OfPostQuantumNamesAreReservedAndRefused) {
  EXPECT_EQ(wrap_suite_from("post-quantum-xwing").error().code, ErrorCode::kRefused);
  EXPECT_EQ(wrap_suite_from("rot13").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(wrap_suite_from("classical-p256").value(), WrapSuite::kClassicalP256);
}

TEST(WrappedKeys, WithAnyByteFlippedAreAWrongKey) {
  const DataKey key = random_data_key();
  const QuorumSecret quorum = random_quorum_secret();
  const SiteSecret site = random_site_secret();
  const Context context;
  const WrappedKey wrapped = wrap(key, quorum, site, context);
  ASSERT_TRUE(unwrap(wrapped, quorum, site, context));
  for (std::size_t at = 0; at < kWrappedKeyBytes; ++at) {
    WrappedKey flipped = wrapped;
    flipped.bytes[at] ^= 1;
    const auto opened = unwrap(flipped, quorum, site, context);
    ASSERT_FALSE(opened) << at;
    EXPECT_EQ(opened.error().code, ErrorCode::kWrongKey);
    EXPECT_EQ(opened.error().context, "no key of ours fits");
  }
}

}  // namespace
}  // namespace strongroom::seal
