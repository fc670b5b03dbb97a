// The attacker has storage, all of it: the sealed objects, the database, the published log, and
// whatever else the programs leave on a disk.
#include <gtest/gtest.h>

#include "built_site.h"
#include "ledger/tile.h"
#include "seal/audit.h"
#include "seal/layout.h"
#include "whole_lab.h"

namespace strongroom::promises {
namespace {

// What stands there, after a release by the real programs.

class AllThatTheProgramsLeave : public testing::Test {
 protected:
  /// Paths of the files that hold `what`.
  [[nodiscard]] static std::vector<std::string> holding(std::string_view what,
                                                        const std::string& under = "") {
    std::vector<std::string> found;
    for (const auto& [path, bytes] : BuiltSite::shared().files()) {
      if (path.starts_with(under) && bytes.find(what) != std::string::npos) found.push_back(path);
    }
    return found;
  }
};

TEST_F(AllThatTheProgramsLeave, IsSearchedWhereTheyWrite) {
  EXPECT_GT(holding("", "server/objects/").size(), 6u);
  EXPECT_GT(holding("", "server/public/").size(), 3u);
  // The name that people call it by may stand beside the log, and nowhere in it.
  EXPECT_FALSE(holding(BuiltSite::kModel, "server/strongroom.db").empty());
}

TEST_F(AllThatTheProgramsLeave, HoldsNoPlaintext) {
  EXPECT_EQ(holding(BuiltSite::kContent), std::vector<std::string>{});
  EXPECT_EQ(holding(BuiltSite::kContent.substr(5, 16)), std::vector<std::string>{});
}

TEST_F(AllThatTheProgramsLeave, HoldsNoNameOfATensor) {
  EXPECT_EQ(holding(BuiltSite::kTensor), std::vector<std::string>{});
  EXPECT_EQ(holding("q_proj"), std::vector<std::string>{});
}

TEST_F(AllThatTheProgramsLeave, HoldsNoNameOfAFileOrFolder) {
  EXPECT_EQ(holding(BuiltSite::kFile), std::vector<std::string>{});
  EXPECT_EQ(holding(BuiltSite::kFolder), std::vector<std::string>{});
}

TEST_F(AllThatTheProgramsLeave, HoldsNoWordOfPeopleInThePublishedLog) {
  for (const std::string_view word :
       {BuiltSite::kModel, BuiltSite::kPurpose, BuiltSite::kReason, std::string_view("alice"),
        std::string_view("carol"), std::string_view("this-machine")}) {
    EXPECT_EQ(holding(word, "server/public/"), std::vector<std::string>{}) << word;
  }
}

// What is changed there is noticed before it is used.

/// A released object on storage that changes under the host: it has grant, leaves and site secret,
/// and asks the storage for the rest.
class StorageUnderAReleasedObject : public testing::Test {
 protected:
  WholeLab lab_;
  const SealedModel older_ = lab_.seal("dana", small_model());
  const SealedModel model_ = lab_.seal("dana", small_model());
  const Asked asked_ = lab_.ask("dana", model_);
  const Asked waiting_ = lab_.ask("dana", model_);
  std::optional<Redeemed> redeemed_;
  std::unique_ptr<keeper::Keeper> keeper_;

  void SetUp() override {
    must(lab_.approve("alice", asked_.id()));
    must(lab_.approve("bob", asked_.id()));
    redeemed_.emplace(must(lab_.redeem(asked_.id())));
    keeper_ = std::make_unique<keeper::Keeper>(lab_.id(), lab_.deposit_key(), lab_.clock);
    must(keeper_->follow(lab_.entries()));
  }

  [[nodiscard]] std::string folder(const SealedModel& model) const {
    return seal::object_folder(model.object.object) + "/";
  }
  /// The names of an object's blobs, without its folder.
  [[nodiscard]] std::vector<std::string> blobs() {
    std::vector<std::string> names;
    for (const std::string& name :
         must(lab_.objects().list(seal::object_folder(model_.object.object), 100)))
      names.push_back(name.substr(folder(model_).size()));
    return names;
  }
  [[nodiscard]] Bytes blob(const SealedModel& model, const std::string& name) {
    return must(lab_.objects().get(folder(model) + name, std::size_t{1} << 30));
  }
  void put(const std::string& name, ByteView bytes) {
    must(lab_.objects().put(folder(model_) + name, bytes, store::OnExisting::kReplace));
  }

  /// Nothing that reads this blob goes on: the host gives no plaintext; and of what people and the
  /// keeper read, they refuse.
  void expect_noticed(const std::string& name, const std::string& how) {
    if (name != "sealed-shares-0") {
      EXPECT_FALSE(host_reads()) << name << " " << how;
    }
    if (name.starts_with("key-record") || name.starts_with("sealed-shares")) {
      EXPECT_FALSE(keeper_opens()) << name << " " << how;
      EXPECT_FALSE(lab_.approve("carol", waiting_.id())) << name << " " << how;
    }
  }
  [[nodiscard]] bool host_reads() {
    const auto opened = lab_.open(asked_, *redeemed_);
    if (!opened) return false;
    const Result<Files> read = read_all(**opened);
    if (read) {
      EXPECT_EQ(*read, model_.plaintext);
    }
    return read.has_value();
  }
  [[nodiscard]] bool keeper_opens() {
    const auto record = lab_.objects().get(folder(model_) + "key-record-0", 1 << 20);
    const auto shares = lab_.objects().get(folder(model_) + "sealed-shares-0", 1 << 20);
    return record && shares &&
           keeper_
               ->open(redeemed_->redemption,
                      {std::string(as_text(*record)), std::string(as_text(*shares))})
               .has_value();
  }
};

TEST_F(StorageUnderAReleasedObject, IsReadWhenLeftAlone) {
  EXPECT_TRUE(host_reads());
  EXPECT_TRUE(keeper_opens());
  EXPECT_TRUE(lab_.approve("carol", waiting_.id()));
  EXPECT_EQ(blobs().size(), 9u);  // three documents, two files, names, three leaf files
}

TEST_F(StorageUnderAReleasedObject, WithAFlipInAnyPartOfAStreamIsNoticed) {
  const std::string name = "f1";
  const Bytes good = blob(model_, name);
  const std::size_t segment = seal::kFloeHeaderBytes;
  const std::size_t last = good.size() - 1;
  const std::map<std::string, std::size_t> places{
      {"header, parameters", 3},
      {"header, IV", 10},
      {"header, tag", 42},
      {"segment 0, length", segment},
      {"segment 0, IV", segment + 4},
      {"segment 0, ciphertext", segment + 16},
      {"segment 0, tag", segment + seal::kSealedSegmentBytes - 1},
      {"segment 1, length", segment + seal::kSealedSegmentBytes + 3},
      {"segment 1, IV", segment + seal::kSealedSegmentBytes + 15},
      {"segment 1, ciphertext", last - 16},
      {"segment 1, tag", last}};
  for (const auto& [place, at] : places) {
    for (const std::uint8_t bit : std::array<std::uint8_t, 2>{0x01, 0x80}) {
      Bytes flipped = good;
      flipped[at] ^= bit;
      put(name, flipped);
      expect_noticed(name, "flipped in " + place);
    }
  }
}

TEST_F(StorageUnderAReleasedObject, WithAFlipAnywhereInASmallBlobIsNoticed) {
  for (const std::string& name : blobs()) {
    const Bytes good = blob(model_, name);
    if (good.size() > 100'000) continue;  // the test above
    const std::size_t step = std::max<std::size_t>(1, good.size() / 12);
    for (std::size_t at = 0; at < good.size(); at += step) {
      Bytes flipped = good;
      flipped[at] ^= 0x04;
      put(name, flipped);
      expect_noticed(name, "flipped at " + std::to_string(at));
    }
    put(name, good);
  }
  EXPECT_TRUE(host_reads());
}

TEST_F(StorageUnderAReleasedObject, WithABlobDroppedIsNoticed) {
  for (const std::string& name : blobs()) {
    const Bytes good = blob(model_, name);
    must(lab_.objects().remove(folder(model_) + name));
    expect_noticed(name, "dropped");
    put(name, good);
  }
}

TEST_F(StorageUnderAReleasedObject, WithABlobTruncatedOrExtendedIsNoticed) {
  for (const std::string& name : blobs()) {
    const Bytes good = blob(model_, name);
    for (const std::size_t size : {std::size_t{0}, good.size() / 2, good.size() - 1}) {
      put(name, ByteView(good).first(size));
      expect_noticed(name, "truncated");
    }
    Bytes longer = good;
    longer.push_back(longer.back());
    put(name, longer);
    expect_noticed(name, "extended");
    put(name, good);
  }
}

TEST_F(StorageUnderAReleasedObject, WithABlobMovedOrDuplicatedOverAnotherIsNoticed) {
  const std::vector<std::string> names = blobs();
  for (const std::string& name : names) {
    const Bytes good = blob(model_, name);
    for (const std::string& other : names) {
      if (other == name) continue;
      put(name, blob(model_, other));
      expect_noticed(name, "replaced by " + other);
    }
    put(name, good);
  }
}

TEST_F(StorageUnderAReleasedObject, WithABlobOfAnOlderObjectIsNoticed) {
  for (const std::string& name : blobs()) {
    const Bytes good = blob(model_, name);
    put(name, blob(older_, name));  // the same plaintext, people and place
    expect_noticed(name, "rolled back");
    put(name, good);
  }
}

TEST_F(StorageUnderAReleasedObject, WithEveryBlobOfAnOlderObjectIsNoticed) {
  for (const std::string& name : blobs()) put(name, blob(older_, name));
  for (const std::string& name : blobs()) expect_noticed(name, "rolled back together");
}

TEST_F(StorageUnderAReleasedObject, IsAuditedByAnybodyWithoutAKey) {
  const seal::Manifest manifest = must(seal::decode_manifest(model_.object.manifest));
  EXPECT_TRUE(must(seal::audit_object(lab_.objects(), manifest, 1)).findings.empty());
  Bytes flipped = blob(model_, "f1");
  flipped[500'000] ^= 1;
  put("f1", flipped);
  const seal::Audit audit = must(seal::audit_object(lab_.objects(), manifest, 1));
  ASSERT_EQ(audit.findings.size(), 1u);
  EXPECT_EQ(audit.findings[0].blob, folder(model_) + "f1");
}

// The published log.

TEST(StorageUnderTheLog, WithAFlipInWhatAFollowerReadsIsNoticed) {
  WholeLab lab;
  static_cast<void>(lab.seal("dana", small_model()));
  ASSERT_TRUE(lab.fresh_line("alice")->follower.follow());
  const std::string entries = "tile/entries/000.p/" + std::to_string(lab.entries().size());
  for (const std::string& name : {std::string(ledger::kCheckpointPath), entries}) {
    const Bytes good = must(lab.publication().get(name, 1 << 24));
    const std::size_t step = std::max<std::size_t>(1, good.size() / 32);
    for (std::size_t at = 0; at < good.size(); at += step) {
      Bytes flipped = good;
      flipped[at] ^= 0x02;
      must(lab.publication().put(name, flipped, store::OnExisting::kReplace));
      EXPECT_FALSE(lab.fresh_line("alice")->follower.follow()) << name << " at " << at;
    }
    must(lab.publication().put(name, good, store::OnExisting::kReplace));
  }
}

}  // namespace
}  // namespace strongroom::promises
