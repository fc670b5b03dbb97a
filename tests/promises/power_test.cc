// Power lost at any write: after the restart committed things are there, uncommitted ones are not,
// and nothing is half opened. The whole path on a disk that stops at a given call, once for each.
#include <gtest/gtest.h>

#include "io/failing_files.h"
#include "seal/audit.h"
#include "seal/layout.h"
#include "whole_lab.h"

namespace strongroom::promises {
namespace {

/// Does not wait for the disk: no test here pulls a real plug.
class UnsyncedFiles final : public io::Files {
 public:
  Result<io::Descriptor> create(int directory, const std::string& name,
                                std::uint32_t mode) override {
    return real_.create(directory, name, mode);
  }
  Result<void> write_at(int file, std::uint64_t offset, ByteView bytes) override {
    return real_.write_at(file, offset, bytes);
  }
  Result<void> sync(int) override { return {}; }
  Result<void> rename(int directory, const std::string& from, const std::string& to,
                      io::OnExisting on_existing) override {
    return real_.rename(directory, from, to, on_existing);
  }
  Result<void> remove(int directory, const std::string& name) override {
    return real_.remove(directory, name);
  }
  Result<void> make_directory(int directory, const std::string& name, std::uint32_t mode) override {
    return real_.make_directory(directory, name, mode);
  }

 private:
  io::Files& real_ = io::system_files();
};

/// A strongroom on a disk that stops on command.
struct PowerLost {
  UnsyncedFiles unsynced;
  io::FailingFiles files{unsynced};
  WholeLab lab{Plan::flat(), files};
  const Files plaintext{{"weights", pattern(10)}};

  void restart() {
    lab.stop();
    files.recover();
    lab.start();
  }
  void expect_every_deposit_is_whole() {
    client::Follower& follower = lab.person("dana").follower();
    must(follower.follow());
    for (const vault::Object& object : must(follower.world().rooms().vault.objects())) {
      const ObjectId& id = object.deposit.object;
      const Bytes manifest = must(lab.objects().get(seal::manifest_blob(id), 1 << 20));
      const Bytes record = must(lab.objects().get(seal::key_record_blob(id, 0, {}), 1 << 20));
      const Bytes shares = must(lab.objects().get(seal::sealed_shares_blob(id, 0, {}), 1 << 20));
      EXPECT_EQ(seal::manifest_digest(as_text(manifest)), object.deposit.manifest);
      EXPECT_EQ(seal::key_record_digest(as_text(record)), object.deposit.key_record);
      EXPECT_EQ(seal::sealed_shares_digest(as_text(shares)), object.deposit.sealed_shares);
      const seal::Manifest decoded = must(seal::decode_manifest(as_text(manifest)));
      EXPECT_TRUE(must(seal::audit_object(lab.objects(), decoded, 1)).findings.empty());
    }
  }
  [[nodiscard]] std::size_t objects() {
    client::Follower& follower = lab.person("dana").follower();
    must(follower.follow());
    return must(follower.world().rooms().vault.objects()).size();
  }
  /// Whoever comes new can follow the whole log: it is one log, with nothing torn in it.
  void expect_log_is_whole() {
    const auto line = lab.fresh_line("bob");
    const Result<void> followed = line->follower.follow();
    EXPECT_TRUE(followed) << followed.error().context;
  }
};

// Sealing, then the deposit. Registered once before, so that the loop is these two alone.
class PowerLostWhileSealing : public testing::Test, protected PowerLost {
 protected:
  const SealedModel first_ = lab.seal("dana", plaintext);

  /// What `strongroom seal` does for another version of a model that is registered.
  [[nodiscard]] Result<void> seal_and_deposit() {
    Person& dana = lab.person("dana");
    ASSIGN_OR_RETURN(const seal::SealedObject object,
                     lab.seal_only(dana.follower(), plaintext, {}));
    protocol::Deposit deposit = first_.deposit;
    deposit.object = object.object;
    deposit.manifest = object.manifest_digest;
    deposit.key_record = object.key_record_digest;
    deposit.sealed_shares = object.sealed_shares_digest;
    deposit.checkpoint = dana.follower().world().seen();
    protocol::Command command;
    command.type = protocol::EntryType::kDeposited;
    command.statement = to_json(deposit);
    RETURN_IF_ERROR(lab.send(dana, std::move(command)));
    return {};
  }
};

TEST_F(PowerLostWhileSealing, LeavesWholeObjectsOrNoneAtEveryWrite) {
  must(lab.person("dana").follower().follow());
  const std::size_t before_calls = files.calls().size();
  must(seal_and_deposit());
  const std::size_t calls = files.calls().size() - before_calls;
  ASSERT_GT(calls, 30u);
  std::size_t lost = 0;
  std::size_t kept = 0;
  for (std::size_t at = 0; at < calls; ++at) {
    const std::size_t before = objects();
    files.crash_at(at);
    const bool acknowledged = seal_and_deposit().has_value();
    restart();
    const std::size_t after = objects();
    ASSERT_LE(after, before + 1) << "crash at call " << at;
    if (acknowledged) {
      ASSERT_EQ(after, before + 1) << "crash at call " << at;
    }
    (after == before ? lost : kept) += 1;
    ASSERT_NO_FATAL_FAILURE(expect_every_deposit_is_whole());
  }
  expect_log_is_whole();
  EXPECT_GT(lost, 0u) << "crashes while sealing";
  EXPECT_GT(kept, 0u) << "crashes between the commit and the publication";
}

// From the proposal to the plaintext: the server stops at a write, starts again, and everybody
// tries again what they were at.
class Releases : public PowerLost {
 private:
  /// Tried again after a restart if it fails.
  template <class Step>
  auto step(Step step) {
    auto result = step();
    if (!result) {
      restart();
      result = step();
    }
    return must(std::move(result), "a step tried again after the restart");
  }

 public:
  /// With the power going at the `crash_at`-th write from now. Gives how many there were.
  std::size_t release(std::size_t crash_at) {
    const std::size_t before = files.calls().size();
    const Asked asked = lab.draft("dana", model_);
    files.crash_at(crash_at);
    step([&] { return lab.propose(asked, "dana"); });
    step([&] { return vote_once("alice", asked.id()); });
    step([&] { return vote_once("bob", asked.id()); });
    const agent::SignedRedemption redemption = step([&] { return sign_redemption(asked.id()); });
    const auto sites =
        step([&] { return agent::send_redemption(lab.host().line->connection, redemption); });
    files.recover();
    const auto opened = must(lab.open(asked, {redemption.redemption, sites}));
    EXPECT_EQ(must(read_all(*opened)), plaintext);
    const auto proposal = lab.proposal(asked.id());
    EXPECT_EQ(proposal->votes.size(), 2u);
    EXPECT_EQ(proposal->redemptions.size(), 1u);
    return files.calls().size() - before;
  }

 private:
  // Who looks again and finds the own vote in the log is done.
  [[nodiscard]] Result<void> vote_once(const std::string& name, const ProposalId& id) {
    Person& who = lab.person(name);
    RETURN_IF_ERROR(who.follower().follow());
    ASSIGN_OR_RETURN(const auto proposal, who.follower().world().rooms().vault.proposal(id));
    if (!proposal) return fail(ErrorCode::kNotFound, "not proposed");
    for (const vault::CastVote& cast : proposal->votes) {
      if (cast.vote.person == who.id()) return {};
    }
    RETURN_IF_ERROR(lab.approve(name, id));
    return {};
  }
  [[nodiscard]] Result<agent::SignedRedemption> sign_redemption(const ProposalId& id) {
    Host& host = lab.host();
    RETURN_IF_ERROR(host.line->follower.follow());
    ASSIGN_OR_RETURN(const auto proposal, host.line->follower.world().rooms().vault.proposal(id));
    if (!proposal || !proposal->granted) return fail(ErrorCode::kNotYet, "not granted");
    return agent::sign_redemption(host.line->connection, host.own(), *proposal, 1);
  }

  const SealedModel model_ = lab.seal("dana", plaintext);
};

TEST(PowerLostInARelease, HoldsItUpAndCountsNothingTwice) {
  constexpr std::size_t kNever = 1'000'000;
  constexpr std::size_t kEach = 10;  // a log that grows makes every restart slower
  // Four publications of 25 writes: by threes, each kind of write is met in some of them.
  constexpr std::size_t kStride = 3;
  const std::size_t calls = Releases().release(kNever);
  ASSERT_GT(calls, 50u);
  for (std::size_t at = 0; at < calls;) {
    Releases releases;
    for (std::size_t i = 0; i < kEach && at < calls; ++i, at += kStride) {
      SCOPED_TRACE("crash at call " + std::to_string(at));
      releases.release(at);
    }
    releases.expect_log_is_whole();
  }
}

TEST(PowerLostInARelease, OpensNothingWhoseQuorumWasNotMet) {
  PowerLost room;
  const SealedModel model = room.lab.seal("dana", room.plaintext);
  const Asked asked = room.lab.ask("dana", model);
  must(room.lab.approve("alice", asked.id()));
  room.files.crash_at(0);
  EXPECT_FALSE(room.lab.refuse("bob", asked.id()));  // recorded, and not published
  room.restart();
  EXPECT_FALSE(room.lab.redeem(asked.id()));
  const auto proposal = room.lab.proposal(asked.id());
  EXPECT_FALSE(proposal->granted);
  EXPECT_EQ(proposal->votes.size(), 2u);
}

}  // namespace
}  // namespace strongroom::promises
