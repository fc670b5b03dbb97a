#include <gtest/gtest.h>

#include <optional>

#include "ballot.h"
#include "client/config.h"
#include "custodian/changes.h"
#include "forged_log.h"
#include "keeper/keeper.h"
#include "verifier.h"

/// A release below its level, refused by whoever is asked for it.
namespace strongroom::promises {
namespace {

using protocol::EntryType;

int code(ErrorCode error) { return static_cast<int>(error); }

Plan small_now() {
  Plan plan = Plan::small();
  plan.founded_at = SystemClock().now();
  return plan;
}

// A small strongroom that has rehearsed, and a model in it that nobody has assessed: it needs SL5.
class SomethingUnassessed : public testing::Test {
 protected:
  SomethingUnassessed() : lab(small_now()) {
    rehearse();
    model = lab.seal("dana", small_model());
    asked.emplace(lab.draft("dana", model));
  }
  void rehearse() {
    const SealedModel throwaway = lab.seal("dana", {{"a.txt", copy_bytes(as_bytes("nothing"))}}, {},
                                           std::string(protocol::kRehearsalKind));
    Asked small = lab.draft("dana", throwaway);
    small.request.byte_budget = protocol::kRehearsalBudgetBytesMax;
    small.prove();
    must(lab.propose(small, "dana"));
    must(lab.approve("alice", small.id()));
    must(lab.approve("bob", small.id()));
    must(lab.release(small));
    protocol::Command ended;
    ended.type = EntryType::kLeaseEnded;
    ended.statement = to_json(protocol::LeaseEnd{.strongroom = lab.id(),
                                                 .proposal = small.id(),
                                                 .n = 1,
                                                 .host = lab.host().id,
                                                 .cause = "closed",
                                                 .served_bytes = 7,
                                                 .wiped = true});
    const keys::SigningKeyFile& key = lab.host().key;
    ended.signatures = {must(protocol::sign_statement(
        *ended.statement,
        {crypto::key_id_of(key.public_key()),
         [&key](ByteView bytes) -> Result<crypto::Ed25519Signature> { return key.sign(bytes); }}))};
    must(lab.host().line->follower.submit(ended), "ending");
  }
  // What a dishonest server publishes: the request, as if it might stand.
  Entries slipped_past() {
    return with_next(lab.entries(), lab.proposal_of(*asked, "dana"), lab.clock.now());
  }

  WholeLab lab;
  SealedModel model;
  std::optional<Asked> asked;
};

TEST_F(SomethingUnassessed, IsRefusedByTheServerWithEveryDemandThatIsMissing) {
  const Result<protocol::Receipt> answer = lab.propose(*asked, "dana");

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kRefused);
  for (const std::string words :
       {"SL5", "3 approvals, not 2", "witnesses", "attested hosts", "SenL", "SLSA"})
    EXPECT_NE(answer.error().context.find(words), std::string::npos) << answer.error().context;
}

TEST_F(SomethingUnassessed, ThatAServerLetsPassStopsTheKeeper) {
  keeper::Keeper keeper(lab.id(), lab.deposit_key(), lab.clock);

  EXPECT_EQ(keeper.follow(slipped_past()).error().code, ErrorCode::kRefused);
}

TEST_F(SomethingUnassessed, ThatAServerLetsPassIsTakenUpByNoAgent) {
  lab.lie(forged_log(lab, slipped_past()));

  EXPECT_EQ(lab.host().line->follower.follow().error().code, ErrorCode::kRefused);
}

TEST_F(SomethingUnassessed, ThatAServerLetsPassDrawsNoVoteOfACustodian) {
  lab.lie(forged_log(lab, slipped_past()));

  const Result<protocol::Receipt> voted = lab.approve("bob", asked->id());

  ASSERT_FALSE(voted);
  EXPECT_EQ(voted.error().code, ErrorCode::kRefused);
}

TEST_F(SomethingUnassessed, ThatAServerLetsPassIsRefusedByTheCommandLineWithItsExitCode) {
  lab.lie(forged_log(lab, slipped_past()));
  const std::string home = lab.person("alice").home();
  must(client::write_config(home, {.strongroom = lab.id(),
                                   .demonstration = false,
                                   .server = lab.address().text(),
                                   .store = lab.site() + "/objects",
                                   .person = lab.person("alice").id(),
                                   .host = std::nullopt}));

  const Ran ran = run("printf '" + std::string(kPassphrase) + "' | " + STRONGROOM_BINARY_DIR +
                      "/strongroom --passphrase-fd 0 --home " + home + " approve " +
                      asked->id().hex() + " --yes");

  EXPECT_EQ(ran.code, code(ErrorCode::kRefused)) << ran.output;
  EXPECT_NE(ran.output.find("its level is SL5"), std::string::npos) << ran.output;
}

}  // namespace
}  // namespace strongroom::promises
