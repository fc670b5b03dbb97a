// Rollback and freshness, as far as a version without witnesses goes: what is old is not taken for
// what is new by whoever has seen the new; a grant is honoured as often as it says and no more; and
// every tool says that freshness is unproved.
#include <gtest/gtest.h>

#include <filesystem>

#include "built_site.h"
#include "crypto/random.h"
#include "seal/layout.h"
#include "store/database.h"
#include "whole_lab.h"

namespace strongroom::promises {
namespace {

class Rollback : public testing::Test {
 protected:
  WholeLab lab_;
  const SealedModel older_ = lab_.seal("dana", small_model());
  const SealedModel model_ = lab_.seal("dana", small_model());

  [[nodiscard]] Asked approved() {
    Asked asked = lab_.ask("dana", model_);
    must(lab_.approve("alice", asked.id()));
    must(lab_.approve("bob", asked.id()));
    return asked;
  }
  [[nodiscard]] Result<protocol::Receipt> deposit(const protocol::Deposit& deposit) {
    protocol::Command command;
    command.type = protocol::EntryType::kDeposited;
    command.statement = to_json(deposit);
    return lab_.send(lab_.person("dana"), std::move(command));
  }
  void put(const std::string& name, const std::string& bytes) {
    must(lab_.objects().put(name, as_bytes(bytes), store::OnExisting::kReplace));
  }
  void copy(const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }
};

// Documents.

TEST_F(Rollback, ToAnOlderManifestInTheStoreIsRefusedByTheHost) {
  const Asked asked = approved();
  const Redeemed redeemed = must(lab_.redeem(asked.id()));
  ASSERT_TRUE(lab_.open(asked, redeemed));
  put(seal::manifest_blob(model_.object.object), older_.object.manifest);
  EXPECT_EQ(lab_.open(asked, redeemed).error().code, ErrorCode::kNotAuthentic);
}

TEST_F(Rollback, ToAnOlderKeyRecordInTheStoreIsRefusedByCustodianKeeperAndHost) {
  const Asked asked = approved();
  const Redeemed redeemed = must(lab_.redeem(asked.id()));
  const Asked next = approved();
  const Asked waiting = lab_.ask("dana", model_);
  put(seal::key_record_blob(model_.object.object, 0, {}), older_.object.key_record);
  EXPECT_EQ(lab_.approve("carol", waiting.id()).error().code, ErrorCode::kNotAuthentic);
  EXPECT_EQ(lab_.redeem(next.id()).error().code, ErrorCode::kNotAuthentic);
  EXPECT_EQ(lab_.open(asked, redeemed).error().code, ErrorCode::kNotAuthentic);
}

TEST_F(Rollback, ByASecondManifestForTheObjectIsRefusedByTheLog) {
  protocol::Deposit second = older_.deposit;
  second.object = model_.deposit.object;
  EXPECT_FALSE(deposit(second));
  protocol::Deposit again = model_.deposit;
  again.checkpoint = lab_.person("dana").follower().world().seen();
  EXPECT_FALSE(deposit(again));
}

TEST_F(Rollback, ByARequestThatNamesAnOlderManifestOrKeyRecordIsRefusedByTheLog) {
  for (const bool manifest : {true, false}) {
    Asked asked = lab_.draft("dana", model_);
    if (manifest) {
      asked.request.manifest = older_.deposit.manifest;
    } else {
      asked.request.key_record = older_.deposit.key_record;
    }
    asked.prove();
    EXPECT_FALSE(lab_.propose(asked, "dana"));
  }
}

// The database.

TEST_F(Rollback, OfTheDatabaseBehindItsPublicationIsNotSignedFor) {
  const std::string kept = lab_.directory() + "/kept";
  std::filesystem::create_directory(kept);
  const auto database_files = [&] {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(lab_.site())) {
      if (entry.path().filename().string().starts_with("strongroom.db"))
        files.push_back(entry.path().string());
    }
    return files;
  };
  lab_.stop();
  for (const std::string& file : database_files())
    std::filesystem::copy(file, kept + "/" + std::filesystem::path(file).filename().string());
  lab_.start();
  must(lab_.freeze("carol"));
  lab_.stop();
  for (const std::string& file : database_files()) std::filesystem::remove(file);
  for (const auto& entry : std::filesystem::directory_iterator(kept))
    std::filesystem::copy(entry.path(), lab_.site() + "/" + entry.path().filename().string());
  const std::string checkpoint = file_text(lab_.site() + "/public/checkpoint");

  ProgramRun server("strongroom-server", {"--data", lab_.site(), "--listen", "127.0.0.1:0"});

  EXPECT_GT(server.ends(), 0) << server.output();
  EXPECT_EQ(file_text(lab_.site() + "/public/checkpoint"), checkpoint);
}

TEST_F(Rollback, OfDatabaseAndPublicationTogetherIsNoticedByWhoeverHadSeenMore) {
  lab_.stop();
  copy(lab_.site(), lab_.directory() + "/kept");
  lab_.start();
  must(lab_.freeze("carol"));
  must(lab_.person("alice").follower().follow());
  lab_.stop();
  copy(lab_.directory() + "/kept", lab_.site());
  lab_.start();

  EXPECT_EQ(lab_.person("alice").follower().follow().error().code, ErrorCode::kNotAuthentic);
  EXPECT_EQ(lab_.person("carol").follower().follow().error().code, ErrorCode::kNotAuthentic);
  // Who has seen nothing cannot notice: that is what witnesses are for, and what the tools say.
  EXPECT_TRUE(lab_.fresh_line("bob")->follower.follow());
}

TEST_F(Rollback, OfALogIsNoticedAlsoAfterTheClientWasStartedAgain) {
  lab_.stop();
  copy(lab_.site(), lab_.directory() + "/kept");
  lab_.start();
  must(lab_.freeze("carol"));
  const std::string home = lab_.directory() + "/alices-other-home";
  const client::Connection connection(lab_.id(), lab_.address(), lab_.person("alice").identity(),
                                      lab_.clock);
  must(must(client::Follower::open(lab_.id(), home, connection)).follow());
  lab_.stop();
  copy(lab_.directory() + "/kept", lab_.site());
  lab_.start();

  client::Follower again = must(client::Follower::open(lab_.id(), home, connection));
  EXPECT_EQ(again.follow().error().code, ErrorCode::kNotAuthentic);
}

// Grants.

class AGrantOfOneRedemption : public Rollback {
 protected:
  const Asked asked_ = approved();

  [[nodiscard]] agent::SignedRedemption sign(std::int64_t n = 1) {
    Host& host = lab_.host();
    must(host.line->follower.follow());
    const auto proposal = lab_.proposal(asked_.id());
    return must(agent::sign_redemption(host.line->connection, host.own(), *proposal, n));
  }
  [[nodiscard]] Result<std::string> send(const agent::SignedRedemption& redemption) {
    ASSIGN_OR_RETURN(const auto sites,
                     agent::send_redemption(lab_.host().line->connection, redemption));
    return encode(sites);
  }
  [[nodiscard]] std::size_t redemptions() { return lab_.proposal(asked_.id())->redemptions.size(); }
  [[nodiscard]] bool opens(const agent::SignedRedemption& redemption, const std::string& sites) {
    return lab_.open(asked_, {redemption.redemption, must(protocol::decode_redeemed_sites(sites))})
        .has_value();
  }
};

TEST_F(AGrantOfOneRedemption, IsNotRedeemedTwice) {
  must(send(sign()));
  EXPECT_FALSE(send(sign()));  // the same number, another nonce
  EXPECT_FALSE(send(sign(2)));
  EXPECT_EQ(redemptions(), 1u);
}

TEST_F(AGrantOfOneRedemption, IsNotRedeemedBeyondTheCountInOneGo) {
  EXPECT_FALSE(send(sign(2)));
  EXPECT_EQ(redemptions(), 0u);
}

TEST_F(AGrantOfOneRedemption, AnswersARetryWithTheSameBytesAndCountsItOnce) {
  const agent::SignedRedemption redemption = sign();
  const std::string first = must(send(redemption));
  EXPECT_EQ(must(send(redemption)), first);
  EXPECT_EQ(redemptions(), 1u);
  EXPECT_TRUE(opens(redemption, first));
}

TEST_F(AGrantOfOneRedemption, AnswersARetryAfterARestartWithTheSameBytes) {
  const agent::SignedRedemption redemption = sign();
  const std::string first = must(send(redemption));
  lab_.stop();
  lab_.start();
  EXPECT_EQ(must(send(redemption)), first);
  EXPECT_EQ(redemptions(), 1u);
}

TEST_F(AGrantOfOneRedemption, AnswersAHostThatLostTheAnswer) {
  const agent::SignedRedemption redemption = sign();
  lab_.lie([](const http::Request& request, const std::function<http::Response()>& truth) {
    http::Response response = truth();
    if (request.path == "/v1/redemptions") return http::text_response(503, "text/plain", "gone");
    return response;
  });
  ASSERT_FALSE(send(redemption));
  lab_.tell_truth();
  const std::string sites = must(send(redemption));
  EXPECT_EQ(redemptions(), 1u);
  EXPECT_TRUE(opens(redemption, sites));
}

// The disk as it is after a crash between the redemption's commit and the keeper's answer.
TEST_F(AGrantOfOneRedemption, IsHonouredOnceAfterACrashBeforeTheAnswerWasKept) {
  const agent::SignedRedemption redemption = sign();
  must(send(redemption));
  lab_.stop();
  {
    const auto database = must(store::open_sqlite(lab_.database_path()));
    const auto transaction = must(database->begin());
    must(transaction->execute("DELETE FROM sequencer_attachments WHERE name = ?",
                              {protocol::sites_name(asked_.id(), 1)}));
    must(transaction->commit());
  }
  lab_.start();
  const std::string sites = must(send(redemption));
  EXPECT_EQ(must(send(redemption)), sites);
  EXPECT_EQ(redemptions(), 1u);
  EXPECT_TRUE(opens(redemption, sites));
  EXPECT_FALSE(send(sign()));
}

TEST_F(AGrantOfOneRedemption, IsNotOpenedByTheKeeperAfterARecall) {
  const agent::SignedRedemption redemption = sign();
  must(send(redemption));
  const keeper::ObjectRecords records{model_.object.key_record, model_.object.sealed_shares};
  keeper::Keeper keeper(lab_.id(), lab_.deposit_key(), lab_.clock);
  must(keeper.follow(lab_.entries()));
  ASSERT_TRUE(keeper.open(redemption.redemption, records));
  must(lab_.recall("carol", asked_.id()));
  keeper::Keeper later(lab_.id(), lab_.deposit_key(), lab_.clock);
  must(later.follow(lab_.entries()));
  EXPECT_EQ(later.open(redemption.redemption, records).error().code, ErrorCode::kRefused);
}

// Freshness.

class Freshness : public testing::Test {
 protected:
  const BuiltSite& site_ = BuiltSite::shared();
  static bool says(const std::string& text) {
    return text.find("freshness unproved") != std::string::npos;
  }
};

TEST_F(Freshness, IsSaidToBeUnprovedByTheServer) {
  EXPECT_TRUE(says(file_text(site_ / "server.log")));
}

TEST_F(Freshness, IsSaidToBeUnprovedByTheAgent) {
  EXPECT_TRUE(says(file_text(site_ / "agent.log")));
}

TEST_F(Freshness, IsSaidToBeUnprovedToACustodianBeforeSheApproves) {
  const std::string& printed = site_.printed().at("approve by alice");
  EXPECT_TRUE(says(printed.substr(0, printed.find("to sign, anything else"))));
}

TEST_F(Freshness, IsSaidToBeUnprovedByStatus) {
  EXPECT_TRUE(says(site_.printed().at("status by dana")));
}

TEST_F(Freshness, IsSaidToBeUnprovedByTheVerifier) {
  const std::vector<std::string> task{site_.site() + "/public", "--id", site_.id(),
                                      "--demonstration"};
  ProgramRun page("strongroom-verify", task);
  EXPECT_EQ(page.ends(), 0) << page.output();
  const std::size_t not_proved = page.output().find("NOT proved by this");
  ASSERT_NE(not_proved, std::string::npos) << page.output();
  EXPECT_NE(page.output().find("Freshness:", not_proved), std::string::npos) << page.output();
  std::vector<std::string> as_json = task;
  as_json.emplace_back("--json");
  ProgramRun document("strongroom-verify", as_json);
  EXPECT_EQ(document.ends(), 0) << document.output();
  EXPECT_NE(document.output().find("\"freshness_proved\":false"), std::string::npos);
}

}  // namespace
}  // namespace strongroom::promises
