#include <gtest/gtest.h>

#include "custodian/confirm.h"
#include "judge/standing.h"
#include "seal/layout.h"
#include "store/blob_store.h"
#include "whole_lab.h"

/// What custodians and hosts say of a deposit, over the wire and with real shares.
namespace strongroom::promises {
namespace {

class ADeposit : public testing::Test {
 protected:
  Result<protocol::Receipt> confirm(const std::string& who) {
    Person& person = lab.person(who);
    return custodian::confirm(person.follower(), person.hands(), model.deposit.object);
  }
  judge::DepositStanding standing() {
    Person& alice = lab.person("alice");
    must(alice.follower().follow());
    return must(judge::deposit_standing(model.deposit.object, alice.follower().world().rooms()));
  }
  // Approved by alice and bob, opened as the agent does, and told to the log.
  Result<void> rehearse() {
    const Asked asked = lab.ask("dana", model);
    RETURN_IF_ERROR(lab.approve("alice", asked.id()));
    RETURN_IF_ERROR(lab.approve("bob", asked.id()));
    ASSIGN_OR_RETURN(const Redeemed redeemed, lab.redeem(asked.id()));
    Host& host = lab.host();
    RETURN_IF_ERROR(host.line->follower.follow());
    ASSIGN_OR_RETURN(
        const agent::Rehearsed opened,
        agent::open_and_rehearse({host.line->follower, lab.objects(), asked.recipient.secret},
                                 redeemed.redemption, redeemed.sites));
    return agent::tell_rehearsed(host.line->follower, host.own(), redeemed.redemption,
                                 opened.nodes);
  }

  WholeLab lab;
  SealedModel model = lab.seal("dana", small_model());
};

TEST_F(ADeposit, IsCertainOnceItsCustodiansOpenedTheirLeavesAndAHostAllOfIt) {
  must(rehearse());
  for (const char* each : {"alice", "bob", "carol"}) {
    EXPECT_FALSE(standing().certain);
    must(confirm(each));
  }
  EXPECT_TRUE(standing().certain);
}

TEST_F(ADeposit, IsNotConfirmedByWhoHoldsNoLeafOfIt) { EXPECT_FALSE(confirm("dana")); }

// Carol's leaf is not what the key record commits to: a careless or malicious sealer.
class ADepositSealedWrong : public ADeposit {
 protected:
  ADepositSealedWrong() {
    Person& dana = lab.person("dana");
    must(dana.follower().follow());
    seal::SealedObject sealed = must(lab.seal_only(dana.follower(), small_model(), {}));
    seal::KeyRecord record = must(seal::decode_key_record(sealed.key_record));
    record.groups.front().commitments.back().commitment.bytes[0] ^= 1;
    const std::string bytes = must(seal::encode(record));
    must(lab.objects().put(seal::key_record_blob(sealed.object, 0, {}), as_bytes(bytes),
                           store::OnExisting::kReplace));
    protocol::Deposit deposit = model.deposit;
    deposit.object = sealed.object;
    deposit.manifest = sealed.manifest_digest;
    deposit.key_record = seal::key_record_digest(bytes);
    deposit.sealed_shares = sealed.sealed_shares_digest;
    deposit.checkpoint = dana.follower().world().seen();
    protocol::Command command;
    command.type = protocol::EntryType::kDeposited;
    command.statement = to_json(deposit);
    must(lab.send(dana, std::move(command)));
    model.object = sealed;
    model.deposit = deposit;
  }
};

TEST_F(ADepositSealedWrong, IsNotConfirmedByTheCustodianWhoseLeafItIs) {
  must(confirm("alice"));
  EXPECT_EQ(confirm("carol").error().code, ErrorCode::kNotAuthentic);
}

TEST_F(ADepositSealedWrong, FailsItsFirstOpeningWhichNamesTheNode) {
  const Result<void> rehearsed = rehearse();
  ASSERT_FALSE(rehearsed);
  EXPECT_EQ(rehearsed.error().code, ErrorCode::kNotAuthentic);
  EXPECT_NE(rehearsed.error().context.find("committed to: 3;"), std::string::npos)
      << rehearsed.error().context;
  EXPECT_FALSE(standing().rehearsed);
}

}  // namespace
}  // namespace strongroom::promises
