#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>

#include "ballot.h"
#include "client/config.h"
#include "crypto/random.h"
#include "forged_log.h"

/// Everything is followed from the pinned id: a server can invent neither people nor rules nor
/// history for somebody who has the id, and nothing for somebody who has seen the log before.
namespace strongroom::promises {
namespace {

using protocol::EntryType;
using protocol::Genesis;

/// A genesis that differs from the pinned one in one thing, signed anew by every true founder, in a
/// log under the genuine log key: more than any server can forge.
class AStrongroomThatTheServerInvented : public testing::Test {
 protected:
  [[nodiscard]] Entries founded(const Genesis& changed) {
    protocol::Command command = lab.founding();
    command.statement = to_json(changed);
    command.signatures.clear();
    const Bytes bytes = protocol::genesis_signed_bytes(changed.id());
    for (const char* name : {"alice", "bob", "carol"}) {
      const keys::KeyFile& key = lab.person(name).key();
      command.signatures.push_back({key.public_keys().id, key.sign(bytes)});
    }
    const Entries entries = with_next({}, command, lab.clock.now());
    EXPECT_TRUE(judged(changed.id(), entries)) << "it would stand under its own id";
    return entries;
  }
  /// By a sealer, a custodian and a host that have the pinned id and nothing else.
  void expect_nobody_follows(const Entries& entries) {
    lab.lie(forged_log(lab, entries));
    for (const char* name : {"dana", "alice"}) {
      const std::unique_ptr<Line> line = lab.fresh_line(name);
      const Result<void> followed = line->follower.follow();
      ASSERT_FALSE(followed);
      EXPECT_EQ(followed.error().code, ErrorCode::kNotAuthentic) << followed.error().context;
      EXPECT_EQ(line->follower.world().size(), 0u);
    }
    EXPECT_EQ(judged(lab.id(), entries).error().code, ErrorCode::kNotAuthentic);
  }

  WholeLab lab;
  Genesis genesis = lab.genesis();
  const keys::KeyFile& attackers = lab.person("robot").key();
};

TEST_F(AStrongroomThatTheServerInvented, WithACustodianOfItsOwnIsRefused) {
  genesis.members[1].keys = {attackers.public_keys()};  // "bob"
  genesis.members[4].keys = lab.genesis().members[1].keys;
  protocol::Command command = lab.founding();
  command.statement = to_json(genesis);
  const Bytes bytes = protocol::genesis_signed_bytes(genesis.id());
  command.signatures.clear();
  for (const keys::KeyFile* key :
       {&lab.person("alice").key(), &attackers, &lab.person("carol").key()})
    command.signatures.push_back({key->public_keys().id, key->sign(bytes)});
  const Entries entries = with_next({}, command, lab.clock.now());
  ASSERT_TRUE(judged(genesis.id(), entries));

  expect_nobody_follows(entries);
}

TEST_F(AStrongroomThatTheServerInvented, WithOneMoreKeyOfACustodianIsRefused) {
  genesis.members[4].keys = lab.genesis().members[5].keys;
  genesis.members.pop_back();
  genesis.members[1].keys.push_back(attackers.public_keys());

  expect_nobody_follows(founded(genesis));
}

TEST_F(AStrongroomThatTheServerInvented, WithALaxerPolicyIsRefused) {
  protocol::PolicyNode root = genesis.policy.root();
  root.threshold = 1;
  genesis.policy = must(protocol::Policy::checked(std::move(root)));

  expect_nobody_follows(founded(genesis));
}

TEST_F(AStrongroomThatTheServerInvented, WithALaxerLevelTableIsRefused) {
  for (protocol::LevelDemand& each : genesis.levels) {
    const protocol::Level level = each.level;
    each = genesis.levels.front();
    each.level = level;
  }

  expect_nobody_follows(founded(genesis));
}

TEST_F(AStrongroomThatTheServerInvented, WithItsOwnDepositKeyIsRefused) {
  const crypto::KemKeyPair own = crypto::generate_kem(crypto::KemKind::kX25519);
  genesis.deposit_key = {crypto::key_id_of(crypto::KemKind::kX25519, own.public_key),
                         crypto::KemKind::kX25519, own.public_key};

  expect_nobody_follows(founded(genesis));
}

TEST_F(AStrongroomThatTheServerInvented, WithAHostOfItsOwnIsRefused) {
  genesis.hosts.push_back(genesis.hosts.front());
  genesis.hosts.back().host = crypto::random_id<HostId>();
  genesis.hosts.back().key = attackers.public_keys().sign;

  expect_nobody_follows(founded(genesis));
}

TEST_F(AStrongroomThatTheServerInvented, ThatIsARealOneOfOtherPeopleIsRefused) {
  WholeLab other;

  expect_nobody_follows(other.entries());
}

TEST_F(AStrongroomThatTheServerInvented, AsASecondGenesisInTheSameLogIsRefused) {
  const Entries second = founded(genesis);
  Entries entries = lab.entries();
  protocol::Entry entry = must(protocol::decode_entry(second.front()));
  entry.index = static_cast<std::int64_t>(entries.size());
  entries.push_back(encoded(entry));
  lab.lie(forged_log(lab, entries));

  const Result<void> followed = lab.person("dana").follower().follow();

  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().code, ErrorCode::kRefused);
}

TEST(ALevelThatTheServerInvented, IsRefused) {
  WholeLab lab;
  const SealedModel model = lab.seal("dana", small_model());
  protocol::Entry entry = lab.next_entry(EntryType::kTriaged);
  entry.body = to_json(registry::Triage{{{.asset = model.deposit.asset,
                                          .level = protocol::Level::kSl1,
                                          .because = {"harmless"},
                                          .expires = entry.time,
                                          .evaluate = 0}}});
  Entries entries = lab.entries();
  entries.push_back(encoded(entry));
  lab.lie(forged_log(lab, entries));

  const Result<void> followed = lab.person("dana").follower().follow();

  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().code, ErrorCode::kRefused);
}

TEST(ALevelThatTheServerInvented, InPlaceOfTheStrictestAtRegistrationIsRefused) {
  WholeLab lab;
  const SealedModel model = lab.seal("dana", small_model());
  Entries entries = lab.entries();
  for (std::string& line : entries) {
    protocol::Entry entry = must(protocol::decode_entry(line));
    if (entry.type != EntryType::kTriaged) continue;
    registry::Triage triage = must(registry::triage_from(*entry.body));
    for (registry::Decided& each : triage.decisions) each.level = protocol::Level::kSl1;
    entry.body = to_json(triage);
    line = encoded(entry);
  }

  EXPECT_EQ(judged(lab.id(), entries).error().code, ErrorCode::kRefused);
}

/// Two logs under the genuine key, each of them one that the rules allow, that part after a common
/// beginning: the server's own, with one more proposal, and another with one more asset.
class AFork : public testing::Test {
 protected:
  AFork() {
    const Entries common = lab.entries();
    static_cast<void>(lab.ask("dana", model));
    must(lab.person("alice").follower().follow());
    const AssetId asset = crypto::random_id<AssetId>();
    protocol::Command command;
    command.type = EntryType::kRegistered;
    command.statement = to_json(protocol::Registration{.strongroom = lab.id(),
                                                       .asset = asset,
                                                       .name = crypto::random_id<Digest>(),
                                                       .kind = "model",
                                                       .formats = {},
                                                       .person = lab.person("dana").id()});
    command.signatures = {must(protocol::sign_statement(
        *command.statement, custodian::signer_of(lab.person("dana").key())))};
    other = with_next(common, command, lab.clock.now());
    EXPECT_TRUE(judged(lab.id(), other));
    lab.lie(forged_log(lab, other));
    must(lab.person("bob").follower().follow());
  }
  void expect_fork(Result<void> followed) {
    ASSERT_FALSE(followed);
    EXPECT_EQ(followed.error().code, ErrorCode::kNotAuthentic);
  }

  WholeLab lab;
  SealedModel model = lab.seal("dana", small_model());
  Asked asked = lab.ask("dana", model);
  Entries other;  ///< what bob is shown
};

TEST_F(AFork, ShowsTwoCustodiansDifferentRootsAtOneSize) {
  const protocol::CheckpointSeen alices = lab.person("alice").follower().world().seen();
  const protocol::CheckpointSeen bobs = lab.person("bob").follower().world().seen();

  EXPECT_EQ(alices.size, bobs.size);
  EXPECT_NE(alices.root, bobs.root);
}

TEST_F(AFork, IsRefusedByWhoSawTheOtherSide) {
  expect_fork(lab.person("alice").follower().follow());
}

TEST_F(AFork, IsRefusedByWhoWasMisledBefore) {
  lab.tell_truth();

  expect_fork(lab.person("bob").follower().follow());
}

TEST_F(AFork, IsRefusedByAClientStartedAgain) {
  Person& alice = lab.person("alice");
  Line again(lab.id(), lab.address(), alice.identity(), alice.home(), lab.clock);

  expect_fork(again.follower.follow());
}

TEST_F(AFork, ThatHasGrownLongerIsRefusedByWhoSawTheOtherSide) {
  const Ballot ballot = approval(lab, lab.person("bob"), model, asked);
  lab.lie(forged_log(lab, with_next(other, cast(ballot, lab.person("bob")), lab.clock.now())));

  expect_fork(lab.person("alice").follower().follow());
}

TEST_F(AFork, DrawsAVoteThatDoesNotCountOnTheOtherSide) {
  const protocol::Command vote =
      cast(approval(lab, lab.person("bob"), model, asked), lab.person("bob"));
  lab.tell_truth();
  const auto receipt = lab.person("carol").follower().submit(vote);

  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kNotAuthentic);
}

TEST_F(AFork, GivesAReceiptThatIsRefused) {
  lab.tell_truth();
  Person& carol = lab.person("carol");
  must(carol.follower().follow());
  const auto forged_freeze = [&](const http::Request& request,
                                 const std::function<http::Response()>& truth) {
    if (request.path != "/v1/commands") return truth();
    const auto command = must(protocol::decode_command(as_text(request.body)));
    const protocol::Receipt receipt =
        forged_receipt(with_next(other, command, lab.clock.now()), log_name(lab), lab.log_key());
    return http::text_response(200, "application/json", encode(receipt));
  };
  lab.lie(forged_freeze);

  const auto receipt = lab.freeze("carol", model.object.object);

  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kNotAuthentic);
}

/// The log, correctly signed, at an earlier size: from a backup, or kept back.
class ARewoundLog : public testing::Test {
 protected:
  WholeLab lab;
  SealedModel model = lab.seal("dana", small_model());
};

TEST_F(ARewoundLog, IsRefusedByWhoSawMore) {
  Entries fewer = lab.entries();
  fewer.pop_back();
  must(lab.person("alice").follower().follow());
  lab.lie(forged_log(lab, fewer));

  const Result<void> followed = lab.person("alice").follower().follow();

  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().code, ErrorCode::kNotAuthentic);
}

TEST_F(ARewoundLog, FromABackupOfTheWholeServerIsRefusedByWhoSawMore) {
  namespace fs = std::filesystem;
  const io::TemporaryDirectory backup;
  lab.stop();
  fs::copy(lab.site(), backup / "site", fs::copy_options::recursive);
  lab.start();
  must(lab.freeze("alice"));
  lab.stop();
  fs::remove_all(lab.site());
  fs::copy(backup / "site", lab.site(), fs::copy_options::recursive);
  lab.start();

  const Result<void> followed = lab.person("alice").follower().follow();

  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().code, ErrorCode::kNotAuthentic);
}

/// What the server answers to a command.
class AReceipt : public testing::Test {
 protected:
  void answer_with(protocol::Receipt receipt) {
    lab.lie([receipt](const http::Request& request,
                      const std::function<http::Response()>& truth) -> http::Response {
      if (request.path != "/v1/commands") return truth();
      return http::text_response(200, "application/json", encode(receipt));
    });
  }
  void expect_refused(const Result<protocol::Receipt>& receipt) {
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code, ErrorCode::kNotAuthentic);
  }

  WholeLab lab;
};

TEST_F(AReceipt, OfAnotherLogsKeyIsRefused) {
  const io::TemporaryDirectory directory;
  const auto own = must(keys::SigningKeyFile::create(directory / "log.key"));
  answer_with(forged_receipt(lab.entries(), {lab.genesis().origin, own.public_key()}, own));

  expect_refused(lab.freeze("alice"));
}

TEST_F(AReceipt, ForSomethingElseIsRefused) {
  answer_with(must(lab.freeze("alice")));

  expect_refused(lab.freeze("bob"));
}

TEST_F(AReceipt, OfAnotherStrongroomIsRefused) {
  WholeLab other;
  answer_with(must(other.freeze("alice")));

  expect_refused(lab.freeze("bob"));
}

struct Ran {
  int code = -1;
  std::string output;
};

/// With the passphrase on descriptor 0.
Ran run(const std::string& program, const std::string& arguments) {
  Ran ran;
  const std::string command = "printf '" + std::string(kPassphrase) + "' | " +
                              STRONGROOM_BINARY_DIR + "/" + program + " " + arguments + " 2>&1";
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return ran;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    ran.output.append(buffer.data(), got);
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

int code(ErrorCode error) { return static_cast<int>(error); }

Plan founded_now(protocol::Mode mode) {
  Plan plan = mode == protocol::Mode::kSmall ? Plan::small() : Plan::flat();
  plan.founded_at = SystemClock().now();
  return plan;
}

/// A real server, and alice's terminal as it was built.
class ATerminal : public testing::Test {
 protected:
  explicit ATerminal(protocol::Mode mode) : lab(founded_now(mode)) {}
  [[nodiscard]] Ran status(const client::Config& config, const std::string& flags) {
    const std::string home = lab.person("alice").home();
    must(client::write_config(home, config));
    return run("strongroom", "--passphrase-fd 0 --home " + home + " " + flags + " status");
  }
  [[nodiscard]] client::Config config(bool demonstration) {
    return {.strongroom = lab.id(),
            .demonstration = demonstration,
            .server = lab.address().text(),
            .store = lab.site() + "/objects",
            .person = lab.person("alice").id(),
            .host = std::nullopt};
  }

  WholeLab lab;
};

class ADemonstration : public ATerminal {
 protected:
  ADemonstration() : ATerminal(protocol::Mode::kDemonstration) {}
};

TEST_F(ADemonstration, IsUsedOnlyWhenItIsCalledOne) {
  const Ran without = status(config(true), "");
  const Ran with = status(config(true), "--demonstration");

  EXPECT_EQ(without.code, code(ErrorCode::kUsage)) << without.output;
  EXPECT_EQ(with.code, 0) << with.output;
}

TEST_F(ADemonstration, ThatTheHomeCallsReallyProtectedIsRefused) {
  const Ran ran = status(config(false), "");

  EXPECT_EQ(ran.code, code(ErrorCode::kNotAuthentic)) << ran.output;
}

TEST_F(ADemonstration, OnAnotherMachineIsRefused) {
  client::Config elsewhere = config(true);
  elsewhere.server = "http://192.0.2.1:7443";

  const Ran ran = status(elsewhere, "--demonstration");

  EXPECT_EQ(ran.code, code(ErrorCode::kUsage)) << ran.output;
}

TEST_F(ADemonstration, IsServedOnLoopbackOnly) {
  lab.stop();
  const Ran ran = run("strongroom-server", "--data " + lab.site() + " --listen 0.0.0.0:0");

  EXPECT_EQ(ran.code, code(ErrorCode::kUsage)) << ran.output;
}

TEST_F(ADemonstration, IsNotFoundedUnlessItIsCalledOne) {
  const io::TemporaryDirectory directory;
  const Ran ran = run("strongroom", "--passphrase-fd 0 init --data " + (directory / "lab") +
                                        " --custodians ann,ben,cat");

  EXPECT_EQ(ran.code, code(ErrorCode::kUsage)) << ran.output;
  EXPECT_FALSE(std::filesystem::exists(directory / "lab"));
}

TEST_F(ADemonstration, SaysSoInEveryIdThatIsShown) {
  const SealedModel model = lab.seal("dana", small_model());
  const Asked asked = lab.ask("dana", model);
  const Ran ran = status(config(true), "--demonstration");

  EXPECT_NE(ran.output.find("demo-" + asked.id().hex().substr(0, 8)), std::string::npos)
      << ran.output;
  EXPECT_EQ(ran.output.find(" " + asked.id().hex().substr(0, 8)), std::string::npos);
}

class NoDemonstration : public ATerminal {
 protected:
  NoDemonstration() : ATerminal(protocol::Mode::kSmall) {}
};

TEST_F(NoDemonstration, ThatTheHomeCallsOneIsRefused) {
  const Ran ran = status(config(true), "--demonstration");

  EXPECT_EQ(ran.code, code(ErrorCode::kNotAuthentic)) << ran.output;
}

}  // namespace
}  // namespace strongroom::promises
