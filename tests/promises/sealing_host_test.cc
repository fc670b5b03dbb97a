// The sealing host while it seals: its attacker gets that object, and nothing else.
#include <gtest/gtest.h>

#include <filesystem>

#include "memory_search.h"
#include "seal/layout.h"
#include "seal/stream_reader.h"
#include "whole_lab.h"

namespace strongroom::promises {
namespace {

/// Everything that a sealer draws for one group of one object.
struct Drawn {
  seal::QuorumSecret quorum;
  seal::SiteSecret site;
  seal::DataKey data;
};

class ASealingHost : public testing::Test {
 protected:
  WholeLab lab_;

  /// As quorum and site together put it back: the sealer's own memory of it, had it kept one.
  [[nodiscard]] Drawn drawn_for(const seal::SealedObject& object) {
    const seal::KeyRecord record = must(seal::decode_key_record(object.key_record));
    const seal::SealedShares shares = must(seal::decode_sealed_shares(object.sealed_shares));
    std::vector<crypto::Share> points;
    for (const char* name : {"alice", "carol"}) {
      const keys::KeyFile& key = lab_.person(name).key();
      seal::OpenLeaf leaf = must(
          seal::open_leaf(*shares.leaf(0, key.public_keys().id), record, key.opening_secret()));
      points.push_back({seal::x_of(leaf.path), std::move(leaf.secret)});
    }
    seal::QuorumSecret quorum = must(crypto::combine(points));
    seal::SiteSecret site = must(seal::open_site(shares.site.at(0), record, lab_.deposit_key()));
    seal::DataKey data =
        must(seal::unwrap(record.groups[0].wrapped, quorum, site, record.context(0)));
    return {std::move(quorum), std::move(site), std::move(data)};
  }
  [[nodiscard]] seal::SealedObject seal_here() {
    return must(lab_.seal_only(lab_.person("dana").follower(), small_model(), {}));
  }
};

TEST_F(ASealingHost, NeedsNoSecretAndNobodyPresent) {
  must(lab_.person("dana").follower().follow());
  lab_.stop();
  const std::string away = lab_.directory() + "/away";
  std::filesystem::create_directory(away);
  std::filesystem::rename(lab_.site() + "/keys", away + "/keys");
  std::filesystem::rename(lab_.directory() + "/people", away + "/people");

  const seal::SealedObject object = seal_here();  // no server, no key of anybody's on the disk

  std::filesystem::rename(away + "/keys", lab_.site() + "/keys");
  std::filesystem::rename(away + "/people", lab_.directory() + "/people");
  std::vector<seal::GroupKey> keys;
  keys.push_back({0, drawn_for(object).data});
  const auto opened = must(seal::OpenObject::open(
      lab_.objects(), must(seal::decode_manifest(object.manifest)), std::move(keys)));
  EXPECT_EQ(must(read_all(*opened)), small_model());
}

TEST_F(ASealingHost, HasNothingThatOpensAnObjectSealedBeforeOrAfter) {
  const seal::SealedObject before = seal_here();
  const seal::SealedObject taken = seal_here();  // while this one was sealed the attacker was there
  const seal::SealedObject after = seal_here();
  const Drawn drawn = drawn_for(taken);
  for (const seal::SealedObject* other : {&before, &after}) {
    const seal::KeyRecord record = must(seal::decode_key_record(other->key_record));
    const seal::KeyRecord own = must(seal::decode_key_record(taken.key_record));
    for (const seal::Context& context : {record.context(0), own.context(0)}) {
      EXPECT_EQ(
          seal::unwrap(record.groups[0].wrapped, drawn.quorum, drawn.site, context).error().code,
          ErrorCode::kWrongKey);
      EXPECT_EQ(seal::check_site(record.groups[0].wrapped, drawn.site, context).error().code,
                ErrorCode::kWrongKey);
    }
    const seal::Manifest manifest = must(seal::decode_manifest(other->manifest));
    for (const seal::PlacedStream& stream : seal::file_streams(manifest, 0)) {
      EXPECT_EQ(seal::StreamReader::open(lab_.objects(), stream, drawn.data).error().code,
                ErrorCode::kWrongKey);
    }
  }
}

TEST_F(ASealingHost, CannotUseItsOwnKeysToOpenWhatItSealed) {
  const seal::SealedObject object = seal_here();
  const seal::KeyRecord record = must(seal::decode_key_record(object.key_record));
  const seal::SealedShares shares = must(seal::decode_sealed_shares(object.sealed_shares));
  const keys::KeyFile& dana = lab_.person("dana").key();
  EXPECT_EQ(shares.leaf(0, dana.public_keys().id), nullptr);
  for (const seal::SealedLeaf& leaf : shares.leaves) {
    EXPECT_EQ(seal::open_leaf(leaf, record, dana.opening_secret()).error().code,
              ErrorCode::kWrongKey);
  }
  EXPECT_EQ(seal::open_site(shares.site.at(0), record, dana.opening_secret()).error().code,
            ErrorCode::kWrongKey);
}

TEST_F(ASealingHost, KeepsNothingInMemoryOnceItIsDone) {
  const seal::SealedObject object = seal_here();
  const Drawn drawn = drawn_for(object);
  MemorySearch memory;
  if (memory.count(drawn.data) == 0) GTEST_SKIP() << "secrets lie where no search sees them";
  EXPECT_EQ(memory.copies_of(drawn.data), 0u);
  EXPECT_EQ(memory.copies_of(drawn.quorum), 0u);
  EXPECT_EQ(memory.copies_of(drawn.site), 0u);
}

}  // namespace
}  // namespace strongroom::promises
