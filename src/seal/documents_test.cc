// Manifest, key record, sealed shares, names, leaf index: what their decoders take and refuse.
#include <gtest/gtest.h>

#include "seal/leaf_index.h"
#include "seal/names.h"
#include "seal/sealed_for_test.h"

namespace strongroom::seal {
namespace {

class Documents : public testing::Test {
 protected:
  const Lab lab_{two_teams()};
  const Sealed sealed_{lab_, {{"a", pattern(5)}, {"b", pattern(6)}}};

  // `bytes` with the first `from` replaced.
  [[nodiscard]] static std::string with(std::string bytes, const std::string& from,
                                        const std::string& to) {
    const std::size_t at = bytes.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return bytes.replace(at, from.size(), to);
  }
};

TEST_F(Documents, RoundTripByteForByte) {
  EXPECT_EQ(encode(sealed_.manifest).value(), sealed_.object.manifest);
  EXPECT_EQ(encode(*sealed_.record).value(), sealed_.object.key_record);
  EXPECT_EQ(encode(sealed_.shares).value(), sealed_.object.sealed_shares);
}

TEST_F(Documents, AreStoredAsTheyWereSigned) {
  const ObjectId& object = sealed_.object.object;
  EXPECT_EQ(as_text(sealed_.blob(manifest_blob(object))), sealed_.object.manifest);
  EXPECT_EQ(as_text(sealed_.blob(key_record_blob(object, 0, {}))), sealed_.object.key_record);
  EXPECT_EQ(as_text(sealed_.blob(sealed_shares_blob(object, 0, {}))), sealed_.object.sealed_shares);
}

TEST_F(Documents, OfOneObjectBelongTogetherAndOfTwoDoNot) {
  const Sealed other{lab_, {{"a", pattern(5)}}};
  EXPECT_TRUE(check_belongs(*sealed_.record, sealed_.manifest));
  EXPECT_EQ(check_belongs(*other.record, sealed_.manifest).error().code, ErrorCode::kConflict);
}

TEST_F(Documents, WithTrailingBytesAreRefused) {
  EXPECT_FALSE(decode_manifest(sealed_.object.manifest + " "));
  EXPECT_FALSE(decode_key_record(sealed_.object.key_record + "\n"));
  EXPECT_FALSE(decode_sealed_shares(sealed_.object.sealed_shares + "{}"));
}

TEST_F(Documents, TakenForOneAnotherAreRefused) {
  EXPECT_FALSE(decode_manifest(sealed_.object.key_record));
  EXPECT_FALSE(decode_key_record(sealed_.object.manifest));
  EXPECT_FALSE(decode_sealed_shares(sealed_.object.manifest));
}

TEST_F(Documents, CutAnywhereAreRefused) {
  for (std::size_t size = 0; size < sealed_.object.manifest.size(); size += 7) {
    EXPECT_FALSE(decode_manifest(std::string_view(sealed_.object.manifest).substr(0, size)));
  }
}

TEST_F(Documents, WithAnUnknownMemberAreRefused) {
  EXPECT_FALSE(
      decode_manifest(with(sealed_.object.manifest, "{\"format\"", "{\"a\":1,\"format\"")));
}

TEST_F(Documents, WithASegmentCountThatDoesNotFollowAreRefused) {
  EXPECT_FALSE(decode_manifest(with(sealed_.object.manifest, "\"segments\":1", "\"segments\":2")));
}

TEST_F(Documents, WithAnotherSuiteNameAreRefused) {
  EXPECT_FALSE(decode_manifest(with(sealed_.object.manifest, "floe-1m-blake3", "floe-1m-blake4")));
  const auto reserved = decode_key_record(
      with(sealed_.object.key_record, "development-x25519", "post-quantum-xwing"));
  EXPECT_EQ(reserved.error().code, ErrorCode::kRefused);
}

TEST_F(Documents, WithIndicesOutOfOrderAreRefused) {
  EXPECT_FALSE(decode_manifest(with(sealed_.object.manifest, "\"index\":1", "\"index\":0")));
}

TEST_F(Documents, WithALengthOverTheBoundAreRefused) {
  EXPECT_FALSE(
      decode_manifest(with(sealed_.object.manifest, "\"bytes\":5", "\"bytes\":9007199254740991")));
}

TEST_F(Documents, WithACommitmentForANodeThatIsNoneAreRefused) {
  EXPECT_FALSE(
      decode_key_record(with(sealed_.object.key_record, "\"path\":\"1/2\"", "\"path\":\"1/9\"")));
}

TEST_F(Documents, WithSharesOutOfOrderOrDoubledAreRefused) {
  SealedShares shares = sealed_.shares;
  std::swap(shares.leaves[0], shares.leaves[1]);
  EXPECT_FALSE(decode_sealed_shares(encode(shares).value()));
  shares = sealed_.shares;
  shares.site.push_back(shares.site[0]);
  EXPECT_FALSE(decode_sealed_shares(encode(shares).value()));
}

TEST_F(Documents, WithAPathThatIsNoneAreRefused) {
  for (const char* path : {"", "0", "01", "256", "1/", "/1", "1//2", "x", "1/1/1/1/1"}) {
    SealedShares shares = sealed_.shares;
    shares.leaves.resize(1);
    shares.leaves[0].path = path;
    EXPECT_FALSE(decode_sealed_shares(encode(shares).value())) << path;
  }
}

TEST_F(Documents, NamingTheVersionBeforeKeepIt) {
  Manifest next = sealed_.manifest;
  next.previous = sealed_.object.manifest_digest;
  EXPECT_EQ(decode_manifest(encode(next).value()).value(), next);
}

TEST_F(Documents, GiveEachPolicyNodeACommitmentParentsFirst) {
  const auto paths = node_paths(lab_.policy);
  EXPECT_EQ(paths, (std::vector<std::string>{"", "1", "1/1", "1/2", "1/3", "2", "2/1", "2/2"}));
  ASSERT_EQ(sealed_.record->groups[0].commitments.size(), paths.size());
  EXPECT_EQ(x_of(""), 0);
  EXPECT_EQ(x_of("2/13"), 13);
}

TEST_F(Documents, OfAResealedLeafRoundTrip) {
  const crypto::KemKeyPair host = crypto::generate_kem(lab_.kem());
  const ResealedLeaf leaf =
      sealed_.resealed({person(4)}, {crypto::random_id<ProposalId>(), host.public_key})[0];
  const ResealedLeaf again = resealed_leaf_from(to_json(leaf)).value();
  EXPECT_EQ(digest_of(again), digest_of(leaf));
  EXPECT_EQ(again.path, "2/1");
}

TEST(Names, RoundTrip) {
  const std::vector<std::string> names{"a b", "d/e.bin", "na\xc3\xafve"};
  EXPECT_EQ(decode_names(encode_names(names).value(), 3).value(), names);
}

TEST(Names, ThatLeaveTheDirectoryAreRefused) {
  for (const char* name : {"", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\nb"}) {
    EXPECT_FALSE(is_relative_path(name)) << name;
  }
  EXPECT_TRUE(is_relative_path("..a/.b"));
}

TEST(Names, OfAnotherNumberOrOrderAreRefused) {
  const std::string two = encode_names({"b", "a"}).value();
  EXPECT_FALSE(decode_names(two, 2));
  EXPECT_FALSE(decode_names(encode_names({"a", "b"}).value(), 3));
  EXPECT_FALSE(decode_names(encode_names({"a", "a"}).value(), 2));
}

TEST(Names, ThatAreBothFileAndDirectoryAreRefused) {
  EXPECT_TRUE(check_tree({"a", "a.b", "b/c"}));
  EXPECT_FALSE(check_tree({"a", "a.b", "a/c"}));
  EXPECT_FALSE(check_tree({"a", "a"}));
}

class Leaves : public testing::Test {
 protected:
  static Bytes file_of(const std::vector<Digest>& leaves) {
    Bytes bytes;
    for (const Digest& leaf : leaves) {
      bytes.insert(bytes.end(), leaf.bytes.begin(), leaf.bytes.end());
    }
    return bytes;
  }
  static Result<std::unique_ptr<LeafIndex>> open(const Bytes& file, std::size_t count,
                                                 const Digest& root) {
    return LeafIndex::open(std::make_unique<io::MemoryReader>(file), count,
                           crypto::TreeHash::kBlake3, root);
  }
  static std::vector<Digest> random_leaves(std::size_t count) {
    std::vector<Digest> leaves(count);
    for (Digest& leaf : leaves) leaf = crypto::random_id<Digest>();
    return leaves;
  }
};

TEST_F(Leaves, OfAnyNumberAreFoundUnderTheirRoot) {
  for (const std::size_t count : {1u, 2u, 1023u, 1024u, 1025u, 3000u, 6145u}) {
    const std::vector<Digest> leaves = random_leaves(count);
    const Bytes file = file_of(leaves);
    const auto index =
        open(file, count, crypto::root_of(crypto::TreeHash::kBlake3, leaves)).value();
    EXPECT_EQ(index->leaf(0).value(), leaves.front());
    EXPECT_EQ(index->leaf(count - 1).value(), leaves.back());
    EXPECT_EQ(index->leaf(count / 2).value(), leaves[count / 2]);
  }
}

TEST_F(Leaves, AlteredAfterOpeningAreNoticed) {
  const std::vector<Digest> leaves = random_leaves(7000);
  Bytes file = file_of(leaves);
  const auto index = open(file, 7000, crypto::root_of(crypto::TreeHash::kBlake3, leaves)).value();
  file[5000 * 32] ^= 1;
  EXPECT_TRUE(index->leaf(0));
  EXPECT_EQ(index->leaf(5000).error().code, ErrorCode::kNotAuthentic);
}

}  // namespace
}  // namespace strongroom::seal
