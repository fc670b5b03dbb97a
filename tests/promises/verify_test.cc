#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "crypto/merkle.h"
#include "ledger/audit.h"
#include "verifier.h"

/// What strongroom-verify promises, asked of the program itself.
namespace strongroom::promises {
namespace {

using format::Json;
using judge::TestLab;
using judge::TestLog;

int code(ErrorCode error) { return static_cast<int>(error); }

/// One release from the founding to the end of its lease: ten entries, published in two steps.
class ALogOfOneRelease : public testing::Test {
 protected:
  void SetUp() override {
    add_up_to_proposal(lines_, lab_, request_, lab_.rex);
    log_.publish(lines_.lines());
    add(TestLab::cast(lab_.approval(lab_.alice, request_), lab_.alice));
    add(TestLab::cast(lab_.approval(lab_.bob, request_), lab_.bob));
    add(TestLab::redeem(lab_.redemption(request_), lab_.host));
    add(TestLab::end_lease(lab_.lease_end(request_), lab_.host));
    log_.publish(lines_.lines());
  }
  void add(const protocol::Command& command) {
    const Result<void> added = lines_.add(command);
    ASSERT_TRUE(added.has_value()) << added.error().context;
  }
  [[nodiscard]] std::string arguments() const {
    return "--demonstration --id demo-" + lab_.id.hex();
  }
  [[nodiscard]] Ran verified(const std::string& more = "") const {
    return verify(log_, arguments() + more);
  }

  const TestLab lab_;
  const protocol::Request request_ = lab_.request(lab_.rex);
  TestLog lines_;
  PublishedLog log_{lab_};
};

TEST_F(ALogOfOneRelease, IsVerified) {
  const Ran ran = verified(" --json");
  EXPECT_EQ(ran.code, 0) << ran.output;
  const Json json = parsed(ran);
  EXPECT_EQ(json.object()->at("ok"), Json(true));
  EXPECT_EQ(number(json, "entries"), 10);
  EXPECT_EQ(number(json, "checkpoints"), 2);
  EXPECT_EQ(number(json, "approvals"), 2);
  EXPECT_EQ(number(json, "redemptions"), 1);
  EXPECT_EQ(number(json, "leases_without_end"), 0);
  const Json::Array& grants = *json.object()->at("grants").array();
  ASSERT_EQ(grants.size(), 1u);
  EXPECT_EQ(text(grants[0], "proposal"), TestLab::proposal_of(request_).hex());
  const Json::Array& votes = *grants[0].object()->at("votes").array();
  ASSERT_EQ(votes.size(), 2u);
  EXPECT_EQ(text(votes[0], "person"), lab_.alice.id().hex());
  EXPECT_EQ(text(votes[1], "person"), lab_.bob.id().hex());
}

TEST_F(ALogOfOneRelease, GivesTheRootThatItsEntriesGive) {
  std::vector<Digest> leaves;
  for (const std::string& line : lines_.lines()) {
    leaves.push_back(crypto::leaf_hash(crypto::TreeHash::kSha256, as_bytes(line)));
  }
  EXPECT_EQ(text(parsed(verified(" --json")), "root"),
            crypto::root_of(crypto::TreeHash::kSha256, leaves).hex());
}

TEST_F(ALogOfOneRelease, IsToldOnAPageThatNamesWhoApprovedAndWhatIsNotProved) {
  const Ran ran = verified();
  EXPECT_EQ(ran.code, 0);
  for (const std::string& said :
       {std::string("VERIFIED"), "demo-" + lab_.id.hex(), std::string("any 2 of: "),
        "approved by person " + lab_.alice.id().hex() + " (entry 5), person " +
            lab_.bob.id().hex() + " (entry 6)",
        std::string("NOT proved"), std::string("no witnesses"), std::string("host's own word")}) {
    EXPECT_NE(ran.output.find(said), std::string::npos) << said << "\n" << ran.output;
  }
}

TEST_F(ALogOfOneRelease, WithALeaseThatNobodyEndedIsVerifiedAllTheSame) {
  TestLog open;
  const protocol::Request again = lab_.request(lab_.rex);
  add_up_to_proposal(open, lab_, again, lab_.rex);
  for (const auto* each : {&lab_.alice, &lab_.bob}) {
    ASSERT_TRUE(open.add(TestLab::cast(lab_.approval(*each, again), *each)).has_value());
  }
  ASSERT_TRUE(open.add(TestLab::redeem(lab_.redemption(again), lab_.host)).has_value());
  PublishedLog log(lab_);
  log.publish(open.lines());
  const Ran ran = verify(log, arguments() + " --json");
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_EQ(number(parsed(ran), "leases_without_end"), 1);
}

TEST_F(ALogOfOneRelease, WithAByteFlippedInAnyFileIsRefused) {
  const std::vector<std::string> names = log_.names();
  ASSERT_EQ(names.size(), 8u);  // checkpoint, newest, two kept; two tiles and two bundles, partial
  for (const std::string& name : names) {
    const std::string content = log_.read(name);
    for (const std::size_t at : {std::size_t{0}, content.size() / 2, content.size() - 1}) {
      std::string flipped = content;
      flipped[at] = static_cast<char>(flipped[at] ^ 1);
      log_.write(name, flipped);
      const Ran ran = verified(" --json");
      EXPECT_NE(ran.code, 0) << name << " at " << at;
      EXPECT_EQ(parsed(ran).object()->at("ok"), Json(false));
    }
    log_.write(name, content);
  }
  EXPECT_EQ(verified().code, 0);
}

TEST_F(ALogOfOneRelease, WithAFlippedTileIsRefusedAndTheFileIsNamed) {
  std::string tile = log_.read("tile/0/000.p/10");
  tile[17] = static_cast<char>(tile[17] ^ 0x40);
  log_.write("tile/0/000.p/10", tile);
  const Ran ran = verified();
  EXPECT_EQ(ran.code, code(ErrorCode::kNotAuthentic));
  EXPECT_NE(ran.output.find("NOT VERIFIED: tile/0/000.p/10"), std::string::npos) << ran.output;
}

TEST_F(ALogOfOneRelease, WithAFileMissingIsRefused) {
  std::filesystem::remove(log_.path() + "/tile/entries/000.p/10");
  EXPECT_EQ(verified().code, code(ErrorCode::kNotFound));
}

TEST_F(ALogOfOneRelease, IsRefusedUnderAnotherId) {
  StrongroomId other = lab_.id;
  other.bytes[31] ^= 1;
  const Ran ran = verify(log_, "--demonstration --id " + other.hex());
  EXPECT_EQ(ran.code, code(ErrorCode::kNotAuthentic));
  EXPECT_NE(ran.output.find("log entry 0"), std::string::npos) << ran.output;
}

TEST_F(ALogOfOneRelease, IsRefusedUnderSomethingThatIsNoId) {
  EXPECT_EQ(verify(log_, "--demonstration --id 1234").code, code(ErrorCode::kUsage));
}

TEST_F(ALogOfOneRelease, OfADemonstrationIsNotTakenForTheRealThing) {
  const Ran ran = verify(log_, "--id " + lab_.id.hex());
  EXPECT_EQ(ran.code, code(ErrorCode::kUsage));
  EXPECT_NE(ran.output.find("add --demonstration"), std::string::npos) << ran.output;
}

TEST_F(ALogOfOneRelease, UnderADemonstrationsIdNeedsTheFlagToo) {
  EXPECT_EQ(verify(log_, "--id demo-" + lab_.id.hex()).code, code(ErrorCode::kUsage));
}

TEST(ALogThatIsNoDemonstration, RefusesToBeTakenForOne) {
  const TestLab lab(protocol::Mode::kSmall);
  TestLog lines;
  ASSERT_TRUE(lines.add(lab.founding()).has_value());
  PublishedLog log(lab);
  log.publish(lines.lines());
  EXPECT_EQ(verify(log, "--id " + lab.id.hex()).code, 0);
  EXPECT_EQ(verify(log, "--demonstration --id " + lab.id.hex()).code, code(ErrorCode::kUsage));
}

TEST_F(ALogOfOneRelease, ThatContinuesACheckpointKeptFromEarlierIsVerified) {
  const Ran ran = verified(" --json --since " + log_.path() + "/checkpoints/005");
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_EQ(number(parsed(ran), "since_size"), 5);
}

TEST_F(ALogOfOneRelease, ThatIsShorterThanACheckpointKeptFromEarlierIsRefused) {
  ledger::Checkpoint later{lab_.genesis.origin, 11, Digest{}, {}};
  const io::TemporaryDirectory kept;
  std::ofstream(kept / "checkpoint")
      << ledger::sign_checkpoint(later, log_.key(), lab_.log_signer()).value();
  EXPECT_EQ(verified(" --since " + (kept / "checkpoint")).code, code(ErrorCode::kConflict));
}

TEST_F(ALogOfOneRelease, WithAForkedCheckpointAmongThoseKeptIsRefusedAndItIsNamed) {
  Digest other;
  other.bytes.fill(7);
  const ledger::Checkpoint fork{lab_.genesis.origin, 7, other, {}};
  log_.write("checkpoints/007",
             ledger::sign_checkpoint(fork, log_.key(), lab_.log_signer()).value());
  const Ran ran = verified();
  EXPECT_EQ(ran.code, code(ErrorCode::kNotAuthentic));
  EXPECT_NE(ran.output.find("checkpoints/007"), std::string::npos) << ran.output;
}

/// A server that has the genuine log key and keeps to no rule.
class ADishonestServer : public testing::Test {
 protected:
  void SetUp() override { add_up_to_proposal(lines_, lab_, request_, lab_.rex); }

  void vote(const judge::TestPerson& who) {
    const Result<void> added = lines_.add(TestLab::cast(lab_.approval(who, request_), who));
    ASSERT_TRUE(added.has_value()) << added.error().context;
  }
  void grant(std::vector<std::int64_t> votes) {
    protocol::Entry entry;
    entry.index = lines_.size();
    entry.time = lines_.now();
    entry.type = protocol::EntryType::kGranted;
    entry.body = to_json(
        vault::Granted{.proposal = TestLab::proposal_of(request_), .votes = std::move(votes)});
    lines_.force(entry);
  }
  /// The log's files are all in order; only what stands in it is not.
  [[nodiscard]] Ran published() {
    PublishedLog log(lab_);
    log.publish(lines_.lines());
    EXPECT_TRUE(ledger::audit(*ledger::open_publication(log.path()).value(), log.key()));
    return verify(log, "--json --demonstration --id " + lab_.id.hex());
  }

  const TestLab lab_;
  const protocol::Request request_ = lab_.request(lab_.rex);
  TestLog lines_;
};

TEST_F(ADishonestServer, ThatGrantsWithoutAQuorumIsFoundAndThePlaceIsNamed) {
  vote(lab_.alice);
  grant({5});
  const Ran ran = published();
  EXPECT_EQ(ran.code, code(ErrorCode::kRefused));
  EXPECT_NE(text(parsed(ran), "message").find("log entry 6: a grant without its quorum"),
            std::string::npos)
      << ran.output;
}

TEST_F(ADishonestServer, ThatEndsItsLogWhereATriageIsDueIsFound) {
  protocol::Registration registration = lab_.registration();
  registration.asset = crypto::random_id<AssetId>();
  lines_.force(lines_.entry_of(TestLab::register_asset(registration, lab_.alice)));
  const Ran ran = published();
  EXPECT_EQ(ran.code, code(ErrorCode::kRefused));
  EXPECT_NE(text(parsed(ran), "message").find("is due"), std::string::npos) << ran.output;
}

TEST_F(ADishonestServer, ThatCountsOneVoteTwiceIsFound) {
  vote(lab_.alice);
  grant({5, 5});
  EXPECT_EQ(published().code, code(ErrorCode::kRefused));
}

TEST_F(ADishonestServer, ThatRedeemsWithoutAGrantIsFound) {
  vote(lab_.alice);
  lines_.force(lines_.entry_of(TestLab::redeem(lab_.redemption(request_), lab_.host)));
  const Ran ran = published();
  EXPECT_EQ(ran.code, code(ErrorCode::kNotYet));
  EXPECT_NE(text(parsed(ran), "message").find("log entry 6"), std::string::npos) << ran.output;
}

TEST_F(ADishonestServer, ThatRedeemsOnceMoreThanGrantedIsFound) {
  vote(lab_.alice);
  vote(lab_.bob);
  ASSERT_TRUE(lines_.add(TestLab::redeem(lab_.redemption(request_), lab_.host)).has_value());
  lines_.force(lines_.entry_of(TestLab::redeem(lab_.redemption(request_, 2), lab_.host)));
  EXPECT_EQ(published().code, code(ErrorCode::kRefused));
}

TEST_F(ADishonestServer, ThatSignsAVoteItselfIsFound) {
  protocol::Vote vote = lab_.approval(lab_.alice, request_);
  const protocol::Command forged = TestLab::cast(vote, {lab_.alice.key, lab_.host.seed});
  lines_.force(lines_.entry_of(forged));
  EXPECT_EQ(published().code, code(ErrorCode::kNotAuthentic));
}

TEST_F(ADishonestServer, ThatShowedAVoterAnotherLogIsFound) {
  protocol::CheckpointSeen shown = lines_.seen();
  shown.root.bytes[0] ^= 1;
  lines_.force(
      lines_.entry_of(TestLab::cast(lab_.approval(lab_.alice, request_, shown), lab_.alice)));
  const Ran ran = published();
  EXPECT_EQ(ran.code, code(ErrorCode::kNotAuthentic));
  EXPECT_NE(text(parsed(ran), "message").find("log entry 5: its signer has seen another log"),
            std::string::npos)
      << ran.output;
}

TEST_F(ADishonestServer, ThatCutsWhatAVoterHadSeenIsFound) {
  protocol::CheckpointSeen shown = lines_.seen();
  ++shown.size;
  lines_.force(
      lines_.entry_of(TestLab::cast(lab_.approval(lab_.alice, request_, shown), lab_.alice)));
  EXPECT_EQ(published().code, code(ErrorCode::kNotAuthentic));
}

TEST(ALogOfHundredsOfEntries, IsVerifiedThroughItsFullTiles) {
  const TestLab lab;
  TestLog lines;
  ASSERT_TRUE(lines.add(lab.founding()).has_value());
  while (lines.size() < 300) ASSERT_TRUE(lines.add(lab.freeze(lab.alice)).has_value());
  PublishedLog log(lab);
  log.publish(lines.lines());
  const Ran good = verify(log, "--json --demonstration --id " + lab.id.hex());
  EXPECT_EQ(good.code, 0) << good.output;
  EXPECT_EQ(number(parsed(good), "freezes"), 299);

  std::string tile = log.read("tile/1/000.p/1");
  ASSERT_EQ(tile.size(), 32u);
  tile[0] = static_cast<char>(tile[0] ^ 1);
  log.write("tile/1/000.p/1", tile);
  EXPECT_EQ(verify(log, "--demonstration --id " + lab.id.hex()).code,
            code(ErrorCode::kNotAuthentic));
}

TEST(ADirectoryWithoutALog, IsNotVerified) {
  const io::TemporaryDirectory empty;
  const std::string id = " --id " + std::string(64, '0');
  EXPECT_EQ(run(kVerifier + " " + empty.path() + id).code, code(ErrorCode::kNotFound));
  EXPECT_EQ(run(kVerifier + " /nonexistent" + id).code, code(ErrorCode::kNotFound));
}

TEST(AUrl, IsRefusedWithWhatToDoInstead) {
  const Ran ran = run(kVerifier + " https://log.example --id " + std::string(64, '0'));
  EXPECT_EQ(ran.code, code(ErrorCode::kUsage));
  EXPECT_NE(ran.output.find("fetch the log's files"), std::string::npos) << ran.output;
}

TEST(ACommandLineWithoutAnId, IsWrongUsage) {
  EXPECT_EQ(run(kVerifier + " /tmp").code, code(ErrorCode::kUsage));
}

/// Each stands for a way to open something, to sign, or to change a file. `nm -C` prints one symbol
/// a line, wanted or defined.
constexpr std::array kForbidden = {
    " strongroom::seal::",
    " strongroom::keys::",
    " strongroom::store::",
    " strongroom::ledger::LogWriter",
    " strongroom::crypto::hpke_",
    " strongroom::crypto::Hpke",
    " strongroom::crypto::decapsulate",
    " strongroom::crypto::diffie_hellman",
    " strongroom::crypto::generate_",
    " strongroom::crypto::Aead",
    " strongroom::crypto::ed25519_sign",
    " strongroom::crypto::ed25519_public",
    " strongroom::crypto::combine",
    " strongroom::crypto::split",
    " strongroom::io::Files",
    " strongroom::io::system_files",
    " strongroom::io::DurableFile",
    " strongroom::io::Directory",
    " EVP_Decrypt",
    " EVP_Encrypt",
    " EVP_Cipher",
    " EVP_DigestSign",
    " EVP_PKEY_sign",
    " EVP_PKEY_decrypt",
    " EVP_PKEY_derive",
    " EVP_PKEY_keygen",
    " EVP_PKEY_new_raw_private",
    " alloc_mb_mgr",
    " init_mb_mgr",
    " strongroom::crypto::openssl_aead",
    " strongroom::crypto::ipsec_mb_aead",
    " sqlite3_",
    " rename",
    " link",
    " symlink",
    " unlink",
    " remove@",
    " mkdir",
    " rmdir",
    " creat",
    " truncate",
    " fallocate",
    " posix_fallocate",
    " fsync",
    " fdatasync",
    " pwrite",
    " mkstemp",
    " mkostemp",
    " memfd_create",
    " connect",
    " socket",
    " execve",
    " fork",
    " posix_spawn",
    " dlopen",
    " std::basic_ofstream",
};

std::vector<std::string> forbidden_symbols_of(const std::string& program) {
  const Ran ran = run("nm -C " + program);
  EXPECT_EQ(ran.code, 0) << ran.output;
  std::vector<std::string> found;
  std::istringstream lines(ran.output);
  for (std::string line; std::getline(lines, line);) {
    const bool forbidden =
        std::any_of(kForbidden.begin(), kForbidden.end(),
                    [&line](const char* symbol) { return line.find(symbol) != std::string::npos; });
    if (forbidden) found.push_back(line);
  }
  return found;
}

TEST(TheVerifier, LinksNothingThatCanOpenSignOrWrite) {
  EXPECT_EQ(forbidden_symbols_of(kVerifier), std::vector<std::string>());
}

TEST(TheListOfForbiddenSymbols, FindsThemInAProgramThatHasThem) {
  // This one: it writes logs and holds keys.
  const std::vector<std::string> found =
      forbidden_symbols_of("/proc/" + std::to_string(getpid()) + "/exe");
  EXPECT_GT(found.size(), 20u);
}

}  // namespace
}  // namespace strongroom::promises
