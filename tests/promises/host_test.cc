// A host under lease: it has only the groups that it was leased, and at the end neither key nor
// plaintext. What was copied there meanwhile is lost for good, and nothing here says otherwise.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "agent/leases.h"
#include "agent/mount_testing.h"
#include "ballot.h"
#include "memory_search.h"
#include "seal/layout.h"
#include "seal/resealed_leaves.h"
#include "seal/stream_reader.h"
#include "whole_lab.h"

namespace strongroom::promises {
namespace {

using agent::testing::Child;
using protocol::LeasePhase;
using protocol::LeaseStatus;

/// Sealed as two groups of one file each.
const Files& two_shards() {
  static const Files files{{"rank-0.bin", pattern(seal::kSegmentBytes + 7, 10)},
                           {"rank-1.bin", pattern(seal::kSegmentBytes + 7, 11)}};
  return files;
}

/// The host itself is the attacker, and has all that a release of group 0 gave it.
class AHostLeasedOneGroup : public testing::Test {
 protected:
  WholeLab lab_;
  const SealedModel model_ = lab_.seal("dana", two_shards(), {{0}, {1}});
  const seal::KeyRecord record_ = lab_.key_record(model_);
  const seal::Manifest manifest_ = must(seal::decode_manifest(model_.object.manifest));
  const Asked asked_ = released();
  const Redeemed redeemed_ = must(lab_.redeem(asked_.id()));
  const seal::RecipientKey own_{asked_.id(), &asked_.recipient.secret};

  [[nodiscard]] Asked released() {
    Asked asked = lab_.draft("dana", model_);
    asked.request.groups = {0};
    asked.prove();
    must(lab_.propose(asked, "dana"));
    must(lab_.approve("alice", asked.id()));
    must(lab_.approve("bob", asked.id()));
    return asked;
  }
  /// As they lie with the server for anybody on this host.
  [[nodiscard]] std::vector<seal::ResealedLeaf> leaves() {
    std::vector<seal::ResealedLeaf> all;
    for (const char* name : {"alice", "bob"}) {
      const Bytes bytes = must(lab_.host().line->follower.attachment(
          protocol::leaves_name(last_vote(lab_, asked_.id(), name))));
      for (seal::ResealedLeaf& leaf : must(seal::decode_resealed_leaves(as_text(bytes))))
        all.push_back(std::move(leaf));
    }
    return all;
  }
  [[nodiscard]] seal::QuorumSecret quorum() {
    auto combined = must(seal::combine_leaves(leaves(), record_, 0, own_));
    CHECK(combined.secret.has_value());
    return std::move(*combined.secret);
  }
  [[nodiscard]] seal::SiteSecret site() const {
    return must(
        seal::open_redeemed_site(redeemed_.sites.at(0).sealed, record_.context(0), 1, own_));
  }
  [[nodiscard]] seal::DataKey data_key() {
    return must(seal::unwrap(record_.groups[0].wrapped, quorum(), site(), record_.context(0)));
  }
  [[nodiscard]] Result<std::unique_ptr<seal::OpenObject>> open_group(std::int64_t group) {
    std::vector<seal::GroupKey> keys;
    keys.push_back({group, data_key()});
    return seal::OpenObject::open(lab_.objects(), manifest_, std::move(keys));
  }
};

TEST_F(AHostLeasedOneGroup, OpensThatOne) {
  const auto opened = must(open_group(0));
  EXPECT_EQ(must(read_all(*opened)), (Files{{"rank-0.bin", two_shards().at("rank-0.bin")}}));
}

TEST_F(AHostLeasedOneGroup, GotNothingForTheOther) {
  ASSERT_EQ(redeemed_.sites.size(), 1u);
  EXPECT_EQ(redeemed_.sites[0].group, 0);
  for (const seal::ResealedLeaf& leaf : leaves()) EXPECT_EQ(leaf.group, 0);
  const auto opened = must(lab_.open(asked_, redeemed_));
  ASSERT_EQ(opened->files().size(), 1u);
  EXPECT_EQ(opened->files()[0].name, "rank-0.bin");
}

TEST_F(AHostLeasedOneGroup, DoesNotOpenTheOthersStreamsWithItsKey) {
  EXPECT_EQ(open_group(1).error().code, ErrorCode::kWrongKey);
  const seal::PlacedStream other = seal::file_streams(manifest_, 1).at(0);
  EXPECT_EQ(seal::StreamReader::open(lab_.objects(), other, data_key()).error().code,
            ErrorCode::kWrongKey);
}

TEST_F(AHostLeasedOneGroup, DoesNotUnwrapTheOthersKeyWithItsSecrets) {
  for (const std::int64_t group : {0, 1}) {
    const auto opened =
        seal::unwrap(record_.groups[1].wrapped, quorum(), site(), record_.context(group));
    EXPECT_EQ(opened.error().code, ErrorCode::kWrongKey);
  }
}

TEST_F(AHostLeasedOneGroup, DoesNotPassItsLeavesForTheOthers) {
  std::vector<seal::ResealedLeaf> relabelled = leaves();
  for (seal::ResealedLeaf& leaf : relabelled) leaf.group = 1;
  const auto combined = must(seal::combine_leaves(relabelled, record_, 1, own_));
  EXPECT_FALSE(combined.secret);
  EXPECT_EQ(combined.bad.size(), 2u);
}

TEST_F(AHostLeasedOneGroup, GetsNoMoreFromTheKeeper) {
  EXPECT_FALSE(lab_.redeem(asked_.id(), 2));
  keeper::Keeper keeper(lab_.id(), lab_.deposit_key(), lab_.clock);
  must(keeper.follow(lab_.entries()));
  const auto sites = must(
      keeper.open(redeemed_.redemption, {model_.object.key_record, model_.object.sealed_shares}));
  ASSERT_EQ(sites.size(), 1u);
  EXPECT_EQ(sites[0].group, 0);
}

/// The agent's leases, with a mount that consumers read.
class ALeaseOnAHost : public testing::Test {
 protected:
  WholeLab lab_;
  std::optional<SealedModel> model_;
  io::TemporaryDirectory home_;
  agent::testing::EmptyDirectory mount_;
  std::unique_ptr<client::Connection> connection_;
  std::unique_ptr<client::Connection> poll_;
  std::unique_ptr<agent::LogWatch> watch_;
  std::unique_ptr<agent::Leases> leases_;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool is_ending_ = false;

  void SetUp() override {
    if (!agent::testing::can_mount()) GTEST_SKIP() << "needs root and /dev/fuse";
    model_.emplace(lab_.seal("dana", two_shards(), {{0}, {1}}));
    answer_long_polls_soon();
    connection_ = connect();
    poll_ = connect();
    auto follower = must(client::Follower::open(lab_.id(), home_.path(), *connection_));
    must(follower.follow());
    watch_ = std::make_unique<agent::LogWatch>(std::move(follower),
                                               must(agent::HeldStops::open(home_.path())), *poll_);
    leases_ = std::make_unique<agent::Leases>(
        agent::Leases::Parts{lab_.host().own(), *watch_, *connection_, lab_.objects(), lab_.clock});
  }
  void TearDown() override {
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
      ending_.notify_all();
    }
    leases_.reset();
    watch_.reset();
  }
  [[nodiscard]] std::unique_ptr<client::Connection> connect() {
    return std::make_unique<client::Connection>(lab_.id(), lab_.address(), lab_.host().identity(),
                                                lab_.clock);
  }
  // The agent believes only what it follows then; so an answer may come early.
  void answer_long_polls_soon() {
    lab_.lie([this](const http::Request& request, const std::function<http::Response()>& truth) {
      if (request.path != "/v1/growth") return truth();
      std::unique_lock lock(mutex_);
      ending_.wait_for(lock, std::chrono::milliseconds(20), [this] { return is_ending_; });
      return http::text_response(200, "application/json", "{\"size\":0}");
    });
  }

  /// Of group 0, for one hour, mounted. Approved by two.
  [[nodiscard]] ProposalId lease() {
    Person& dana = lab_.person("dana");
    const protocol::Opening purpose = must(protocol::open_text("a run on rank 0"));
    const protocol::DraftAsk ask{.object = model_->object.object,
                                 .groups = {0},
                                 .person = dana.id(),
                                 .purpose = commitment_to("purpose", purpose),
                                 .byte_budget = 1 << 30,
                                 .lease_seconds = 3600,
                                 .expires_seconds = 7200};
    const protocol::Draft draft = must(leases_->draft(ask, {}));
    const ProposalId id = protocol::proposal_id(draft.request, digest_of(draft.evidence));
    const protocol::LeaseAsk start{.proposal = id,
                                   .signature = must(protocol::sign_statement(
                                       to_json(draft.request), custodian::signer_of(dana.key()))),
                                   .purpose = purpose,
                                   .mount = mount_.path()};
    must(leases_->start(start, {}));
    must(lab_.approve("alice", id));
    must(lab_.approve("bob", id));
    const LeaseStatus status = reach(id, LeasePhase::kMounted);
    CHECK(status.phase == LeasePhase::kMounted);
    return id;
  }
  [[nodiscard]] LeaseStatus reach(const ProposalId& id, LeasePhase phase) {
    LeaseStatus status = must(leases_->status(id, {}, {}));
    while (status.phase != phase && status.phase != LeasePhase::kFailed &&
           status.phase != LeasePhase::kEnded) {
      status = must(leases_->status(id, status.phase, std::chrono::seconds(30)));
    }
    return status;
  }
  [[nodiscard]] std::string file() const { return mount_.path() + "/rank-0.bin"; }
  [[nodiscard]] std::vector<std::string> mounted() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(mount_.path()))
      names.push_back(entry.path().filename().string());
    return names;
  }
};

bool is_severed(int error) { return error == EIO || error == ENOTCONN || error == ECONNABORTED; }

TEST_F(ALeaseOnAHost, ShowsTheGroupsItIsForAndNoOther) {
  ASSERT_NO_FATAL_FAILURE(static_cast<void>(lease()));
  EXPECT_EQ(mounted(), std::vector<std::string>{"rank-0.bin"});
}

TEST_F(ALeaseOnAHost, GivesNoPlaintextAfterItsTimeToADescriptorThatWasOpen) {
  const ProposalId id = lease();
  const std::uint8_t first = two_shards().at("rank-0.bin")[0];
  Child child([&](Child::Line line) {
    const int fd = ::open(file().c_str(), O_RDONLY | O_CLOEXEC);
    std::uint8_t byte = 0;
    if (pread(fd, &byte, 1, 0) != 1 || byte != first) return 1;
    line.tell();
    line.wait();
    if (pread(fd, &byte, 1, 0) >= 0) return 2;
    return is_severed(errno) ? 42 : 3;
  });
  ASSERT_EQ(child.told(), '.');
  lab_.clock.advance(3601);
  const LeaseStatus status = reach(id, LeasePhase::kEnded);
  EXPECT_EQ(status.phase, LeasePhase::kEnded);
  EXPECT_EQ(status.detail, "expired");
  EXPECT_TRUE(status.wiped);
  child.go_on();
  EXPECT_EQ(child.outcome(), 42);
  EXPECT_TRUE(mounted().empty());
}

TEST_F(ALeaseOnAHost, TakesMappedPagesAwayAfterItsTime) {
  const ProposalId id = lease();
  Child child([&](Child::Line line) {
    const int fd = ::open(file().c_str(), O_RDONLY | O_CLOEXEC);
    const void* mapped = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) return 1;
    const auto* bytes = static_cast<const volatile std::uint8_t*>(mapped);
    static_cast<void>(*bytes);
    line.tell();
    line.wait();
    static_cast<void>(*bytes);
    return 2;
  });
  ASSERT_EQ(child.told(), '.');
  lab_.clock.advance(3601);
  EXPECT_EQ(reach(id, LeasePhase::kEnded).phase, LeasePhase::kEnded);
  child.go_on();
  EXPECT_EQ(child.outcome(), -SIGBUS);
}

TEST_F(ALeaseOnAHost, EndsWhenACustodianRecallsIt) {
  const ProposalId id = lease();
  must(lab_.recall("carol", id));
  const LeaseStatus status = reach(id, LeasePhase::kEnded);
  EXPECT_EQ(status.phase, LeasePhase::kEnded);
  EXPECT_EQ(status.detail, "recalled");
  EXPECT_TRUE(mounted().empty());
}

TEST_F(ALeaseOnAHost, KillsWhatRunsInItWhenItEnds) {
  const ProposalId id = lease();
  Child child([&](Child::Line line) {
    line.wait();  // until it is inside
    const pid_t grandchild = fork();
    line.tell();
    while (true) pause();
    return static_cast<int>(grandchild);
  });
  const Result<void> joined = leases_->join(id, {}, child.pid());
  if (!joined) GTEST_SKIP() << "needs a cgroup: " << joined.error().context;
  child.go_on();
  ASSERT_EQ(child.told(), '.');
  EXPECT_TRUE(must(leases_->close(id, {})).wiped);
  EXPECT_EQ(child.outcome(), -SIGKILL);
}

TEST_F(ALeaseOnAHost, TellsTheLogThatItEndedAsAClaim) {
  const ProposalId id = lease();
  static_cast<void>(must(leases_->close(id, {})));
  const auto proposal = lab_.proposal(id);
  ASSERT_EQ(proposal->ends.size(), 1u);
  EXPECT_EQ(proposal->ends[0].end.cause, "closed");
  EXPECT_TRUE(proposal->ends[0].end.wiped);
}

TEST_F(ALeaseOnAHost, KeepsNoKeyInMemoryAfterItsEnd) {
  // The test's own way to the keys of group 0: as quorum and site together, which no host is.
  const seal::KeyRecord record = lab_.key_record(*model_);
  const seal::SealedShares shares = lab_.sealed_shares(*model_);
  std::vector<crypto::Share> points;
  for (const char* name : {"alice", "bob"}) {
    const keys::KeyFile& key = lab_.person(name).key();
    seal::OpenLeaf leaf =
        must(seal::open_leaf(*shares.leaf(0, key.public_keys().id), record, key.opening_secret()));
    points.push_back({seal::x_of(leaf.path), std::move(leaf.secret)});
  }
  const seal::QuorumSecret quorum = must(crypto::combine(points));
  const seal::SiteSecret site = must(seal::open_site(
      *shares.site_of(0, lab_.genesis().deposit_key.id), record, lab_.deposit_key()));
  const seal::DataKey data =
      must(seal::unwrap(record.groups[0].wrapped, quorum, site, record.context(0)));
  MemorySearch memory;
  if (memory.count(data) == 0) GTEST_SKIP() << "secrets lie where no search sees them";
  ASSERT_EQ(memory.copies_of(data), 0u) << "before the lease";

  const ProposalId id = lease();
  EXPECT_GT(memory.copies_of(data), 0u) << "the lease's own";
  EXPECT_TRUE(must(leases_->close(id, {})).wiped);

  EXPECT_EQ(memory.copies_of(data), 0u);
  EXPECT_EQ(memory.copies_of(quorum), 0u);
  EXPECT_EQ(memory.copies_of(site), 0u);
}

}  // namespace
}  // namespace strongroom::promises
