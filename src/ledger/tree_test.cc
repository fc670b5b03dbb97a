#include "ledger/tree.h"

#include <gtest/gtest.h>

#include "ledger/log_for_test.h"
#include "ledger/log_proof.h"

namespace strongroom::ledger {
namespace {

using crypto::TreeHash;

/// Hands out tiles that were made for another log.
class LyingSource final : public TileSource {
 public:
  explicit LyingSource(std::size_t width) : width_(width) {}
  [[nodiscard]] Result<std::vector<Digest>> hashes(const TileId&) const override {
    return std::vector<Digest>(width_);
  }

 private:
  std::size_t width_;
};

/// Has every tile of every tree.
class AnySource final : public TileSource {
 public:
  [[nodiscard]] Result<std::vector<Digest>> hashes(const TileId& tile) const override {
    return std::vector<Digest>(static_cast<std::size_t>(tile.width));
  }
};

TEST(RootsFromTiles, AreThoseOfTheLeaves) {
  const TreeInMemory tree(1'000);
  for (const std::uint64_t size :
       {0u, 1u, 2u, 3u, 7u, 8u, 255u, 256u, 257u, 511u, 512u, 513u, 767u, 1'000u}) {
    EXPECT_EQ(root_from(tree, size).value(), tree.root(size)) << size;
  }
}

TEST(InclusionProofsFromTiles, Hold) {
  const TreeInMemory tree(600);
  for (const std::uint64_t size : {1u, 2u, 3u, 5u, 64u, 255u, 256u, 257u, 511u, 512u, 513u, 600u}) {
    const Digest root = tree.root(size);
    for (std::uint64_t index = 0; index<size; index += size> 70 ? 17 : 1) {
      const std::vector<Digest> path = prove_inclusion(tree, index, size).value();
      EXPECT_TRUE(
          crypto::verify_inclusion(TreeHash::kSha256, index, size, leaf_number(index), path, root))
          << index << " of " << size;
    }
  }
}

TEST(ConsistencyProofsFromTiles, Hold) {
  const TreeInMemory tree(600);
  for (const std::uint64_t size2 : {1u, 2u, 3u, 8u, 13u, 255u, 256u, 257u, 513u, 600u}) {
    for (std::uint64_t size1 = 1; size1 <= size2; size1 += size2 > 70 ? 13 : 1) {
      const std::vector<Digest> path = prove_consistency(tree, size1, size2).value();
      EXPECT_TRUE(crypto::verify_consistency(TreeHash::kSha256, size1, size2, path,
                                             tree.root(size1), tree.root(size2)))
          << size1 << " to " << size2;
    }
  }
}

TEST(ProofsOutsideTheTree, AreRefused) {
  const TreeInMemory tree(10);
  EXPECT_EQ(prove_inclusion(tree, 10, 10).error().code, ErrorCode::kUsage);
  EXPECT_EQ(prove_inclusion(tree, 0, 0).error().code, ErrorCode::kUsage);
  EXPECT_EQ(prove_consistency(tree, 0, 10).error().code, ErrorCode::kUsage);
  EXPECT_EQ(prove_consistency(tree, 11, 10).error().code, ErrorCode::kUsage);
}

TEST(TilesOfTheWrongWidth, AreRefused) {
  EXPECT_EQ(root_from(LyingSource(3), 10).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(root_from(LyingSource(11), 10).error().code, ErrorCode::kMalformed);
}

TEST(TilesThatAreMissing, AreReported) {
  const TreeInMemory tree(10);
  EXPECT_EQ(root_from(tree, 11).error().code, ErrorCode::kNotFound);
}

TEST(ATreeOfEnormousSize, IsWalkedWithoutOverflow) {
  const AnySource source;
  EXPECT_EQ(prove_inclusion(source, 0, ~0ull).value().size(), 64u);
  EXPECT_EQ(prove_inclusion(source, ~0ull - 1, ~0ull).value().size(), 63u);
  EXPECT_EQ(prove_inclusion(source, 1ull << 63, (1ull << 63) + 1).value().size(), 1u);
  EXPECT_EQ(prove_consistency(source, 1ull << 63, (1ull << 63) + 1).value().size(), 1u);
  EXPECT_EQ(prove_consistency(source, 1, ~0ull).value().size(), 64u);
}

class ALogProof : public testing::Test {
 protected:
  ALogProof() {
    const Checkpoint checkpoint{"example.com/log", 300, tree_.root(300), {}};
    proof_ = {std::nullopt, 290, prove_inclusion(tree_, 290, 300).value(),
              sign_checkpoint(checkpoint, key_.key(), key_.signer()).value()};
  }
  TestKey key_{"example.com/log"};
  TreeInMemory tree_{300};
  LogProof proof_;
};

TEST_F(ALogProof, ShowsThatTheEntryIsThere) {
  const Result<Checkpoint> checkpoint = verify_log_proof(proof_, entry_number(290), key_.key());
  ASSERT_TRUE(checkpoint.has_value()) << checkpoint.error().context;
  EXPECT_EQ(checkpoint->size, 300u);
}

TEST_F(ALogProof, IsTakenBackByteForByte) {
  for (const std::optional<Bytes>& extra :
       {std::optional<Bytes>(), std::optional<Bytes>(Bytes()), std::optional<Bytes>({1, 2})}) {
    proof_.extra = extra;
    const std::string bytes = encode_log_proof(proof_);
    const Result<LogProof> parsed = parse_log_proof(bytes);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().context;
    EXPECT_EQ(encode_log_proof(*parsed), bytes);
    EXPECT_EQ(parsed->extra, extra);
    EXPECT_TRUE(verify_log_proof(*parsed, entry_number(290), key_.key()).has_value());
  }
}

TEST_F(ALogProof, OfAnotherEntryIndexPathOrKeyDoesNotHold) {
  EXPECT_FALSE(verify_log_proof(proof_, entry_number(291), key_.key()).has_value());
  LogProof other = proof_;
  other.index = 291;
  EXPECT_FALSE(verify_log_proof(other, entry_number(290), key_.key()).has_value());
  other = proof_;
  other.path.pop_back();
  EXPECT_FALSE(verify_log_proof(other, entry_number(290), key_.key()).has_value());
  other = proof_;
  other.path.front().bytes[0] ^= 1;
  EXPECT_FALSE(verify_log_proof(other, entry_number(290), key_.key()).has_value());
  const TestKey stranger("example.com/log", 2);
  EXPECT_FALSE(verify_log_proof(proof_, entry_number(290), stranger.key()).has_value());
}

TEST_F(ALogProof, ThatIsMalformedIsRefused) {
  const std::string good = encode_log_proof(proof_);
  const auto with = [&good](std::string_view from, std::string_view to) {
    std::string changed = good;
    return changed.replace(changed.find(from), from.size(), to);
  };
  for (const std::string& bytes : std::vector<std::string>{
           "", "c2sp.org/tlog-proof@v1", with("@v1", "@v2"), with("@v1\n", "@v1\r\n"),
           with("index 290\n", ""), with("index 290", "index 0290"), with("index 290", "index -1"),
           with("index 290", "Index 290"), with("index 290", "extra !\nindex 290"),
           with("index 290", "extra AA==\nextra AA==\nindex 290"), with("=\n", "\n"),
           with("index 290\n", "index 290\nAAAA\n"), with("\n\nexample", "\nexample"), good + "\n",
           good.substr(0, good.size() - 2)}) {
    EXPECT_FALSE(parse_log_proof(bytes).has_value()) << bytes;
  }
  EXPECT_EQ(parse_log_proof(std::string(kLogProofBytesMax + 1, 'a')).error().code,
            ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace strongroom::ledger
