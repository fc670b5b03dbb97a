#include "crypto/merkle.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "crypto/hash.h"
#include "crypto/vectors_for_test.h"

namespace strongroom::crypto {
namespace {

namespace fs = std::filesystem;

// The vectors hold hashes in base64, some of them not of a hash's length on purpose.
Bytes base64_of(const std::string& text) {
  Bytes bytes(text.size() / 4 * 3 + 3);
  const int length =
      EVP_DecodeBlock(bytes.data(), as_bytes(text).data(), static_cast<int>(text.size()));
  if (length < 0) return {};
  const auto padding = static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

std::optional<Digest> digest_in(const nlohmann::json& json) {
  return Digest::from_view(base64_of(json.get<std::string>()));
}

// Nothing: some hash in it has not the length of one.
std::optional<std::vector<Digest>> proof_in(const nlohmann::json& test) {
  std::vector<Digest> proof;
  if (test.at("proof").is_null()) return proof;
  for (const nlohmann::json& node : test.at("proof")) {
    const std::optional<Digest> digest = digest_in(node);
    if (!digest) return std::nullopt;
    proof.push_back(*digest);
  }
  return proof;
}

bool inclusion_holds(const nlohmann::json& test) {
  const auto root = digest_in(test.at("root"));
  const auto leaf = digest_in(test.at("leafHash"));
  const auto proof = proof_in(test);
  if (!root || !leaf || !proof) return false;
  return verify_inclusion(TreeHash::kSha256, test.at("leafIdx").get<std::uint64_t>(),
                          test.at("treeSize").get<std::uint64_t>(), *leaf, *proof, *root)
      .has_value();
}

// Some roots here are short texts that only have to differ or to be the same.
Digest root_in(const nlohmann::json& json) {
  return digest_in(json).value_or(sha256(base64_of(json.get<std::string>())));
}

bool consistency_holds(const nlohmann::json& test) {
  const Digest root1 = root_in(test.at("root1"));
  const Digest root2 = root_in(test.at("root2"));
  const auto proof = proof_in(test);
  if (!proof) return false;
  return verify_consistency(TreeHash::kSha256, test.at("size1").get<std::uint64_t>(),
                            test.at("size2").get<std::uint64_t>(), *proof, root1, root2)
      .has_value();
}

struct Count {
  int judged = 0;
  int valid = 0;
};

template <class Holds>
Count judge_all(const fs::path& folder, Holds holds) {
  Count count;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const nlohmann::json test = json_of(entry.path());
    const bool valid = !test.at("wantErr").get<bool>();
    EXPECT_EQ(holds(test), valid) << entry.path();
    ++count.judged;
    if (valid) ++count.valid;
  }
  return count;
}

TEST(InclusionProofsOfOthers, AreJudgedAsTheirMakersSay) {
  STRONGROOM_VECTORS_OR_SKIP(folder, "merkle/inclusion");
  const Count count = judge_all(*folder, inclusion_holds);
  EXPECT_EQ(count.judged, 98);
  EXPECT_EQ(count.valid, 6);
}

TEST(ConsistencyProofsOfOthers, AreJudgedAsTheirMakersSay) {
  STRONGROOM_VECTORS_OR_SKIP(folder, "merkle/consistency");
  const Count count = judge_all(*folder, consistency_holds);
  EXPECT_EQ(count.judged, 98);
  EXPECT_EQ(count.valid, 6);
}

std::vector<Digest> leaves_numbered(std::size_t count) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text = std::to_string(i);
    leaves.push_back(leaf_hash(TreeHash::kSha256, as_bytes(text)));
  }
  return leaves;
}

TEST(AnInclusionProof, OfEveryLeafOfEveryTreeLeadsToItsRootAndOfNoOther) {
  for (std::size_t size = 1; size <= 40; ++size) {
    const std::vector<Digest> leaves = leaves_numbered(size);
    const Digest root = root_of(TreeHash::kSha256, leaves);
    for (std::size_t at = 0; at < size; ++at) {
      const auto proof = inclusion_proof(TreeHash::kSha256, leaves, at);
      ASSERT_TRUE(proof);
      EXPECT_TRUE(verify_inclusion(TreeHash::kSha256, at, size, leaves[at], *proof, root));
      const Digest& other = leaves[(at + 1) % size];
      EXPECT_EQ(verify_inclusion(TreeHash::kSha256, at, size, other, *proof, root).has_value(),
                size == 1);
    }
  }
}

TEST(AnInclusionProof, OfALeafBeyondTheTreeIsRefused) {
  EXPECT_FALSE(inclusion_proof(TreeHash::kSha256, leaves_numbered(5), 5));
  EXPECT_FALSE(inclusion_proof(TreeHash::kSha256, {}, 0));
}

TEST(ConsistencyFromTheEmptyTree, ProvesNothingAndIsRefused) {
  const Digest empty = root_of(TreeHash::kSha256, {});
  const Result<void> verdict = verify_consistency(TreeHash::kSha256, 0, 0, {}, empty, empty);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, ErrorCode::kMalformed);
}

// RFC 6962 §2.1 as it is written there: split at the largest power of two below n.
Digest naive_root(TreeHash hash, std::span<const Digest> leaves) {
  if (leaves.size() == 1) return leaves[0];
  std::size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  return node_hash(hash, naive_root(hash, leaves.first(left)),
                   naive_root(hash, leaves.subspan(left)));
}

std::vector<Digest> naive_path(TreeHash hash, std::size_t index, std::span<const Digest> leaves) {
  if (leaves.size() == 1) return {};
  std::size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  const bool in_left = index < left;
  std::vector<Digest> path = in_left ? naive_path(hash, index, leaves.first(left))
                                     : naive_path(hash, index - left, leaves.subspan(left));
  path.push_back(naive_root(hash, in_left ? leaves.subspan(left) : leaves.first(left)));
  return path;
}

std::vector<Digest> naive_proof(TreeHash hash, std::size_t first, std::span<const Digest> leaves,
                                bool whole) {
  if (first == leaves.size()) {
    return whole ? std::vector<Digest>{} : std::vector<Digest>{naive_root(hash, leaves)};
  }
  std::size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  const bool in_left = first <= left;
  std::vector<Digest> proof = in_left
                                  ? naive_proof(hash, first, leaves.first(left), whole)
                                  : naive_proof(hash, first - left, leaves.subspan(left), false);
  proof.push_back(naive_root(hash, in_left ? leaves.subspan(left) : leaves.first(left)));
  return proof;
}

class EveryTreeUpTo33Leaves : public testing::TestWithParam<TreeHash> {
 protected:
  EveryTreeUpTo33Leaves() {
    for (std::uint8_t i = 0; i < 33; ++i) leaves_.push_back(leaf_hash(GetParam(), {{i}}));
  }
  std::span<const Digest> leaves(std::size_t count) const {
    return std::span<const Digest>(leaves_).first(count);
  }

 private:
  std::vector<Digest> leaves_;
};
INSTANTIATE_TEST_SUITE_P(BothHashes, EveryTreeUpTo33Leaves,
                         testing::Values(TreeHash::kSha256, TreeHash::kBlake3));

TEST_P(EveryTreeUpTo33Leaves, HasTheRootOfTheDefinition) {
  for (std::size_t size = 1; size <= 33; ++size) {
    EXPECT_EQ(root_of(GetParam(), leaves(size)), naive_root(GetParam(), leaves(size))) << size;
  }
}

TEST_P(EveryTreeUpTo33Leaves, ProvesEveryLeafAtItsPlaceAndNowhereElse) {
  for (std::size_t size = 1; size <= 33; ++size) {
    const Digest root = root_of(GetParam(), leaves(size));
    for (std::size_t index = 0; index < size; ++index) {
      const std::vector<Digest> path = naive_path(GetParam(), index, leaves(size));
      for (std::size_t claimed = 0; claimed < size + 2; ++claimed) {
        const bool holds =
            verify_inclusion(GetParam(), claimed, size, leaves(size)[index], path, root)
                .has_value();
        EXPECT_EQ(holds, claimed == index) << size << " " << index << " " << claimed;
      }
    }
  }
}

TEST_P(EveryTreeUpTo33Leaves, IsConsistentWithEachOfItsPrefixes) {
  for (std::size_t size = 1; size <= 33; ++size) {
    const Digest root = root_of(GetParam(), leaves(size));
    for (std::size_t first = 1; first <= size; ++first) {
      const std::vector<Digest> proof = naive_proof(GetParam(), first, leaves(size), true);
      const Digest first_root = root_of(GetParam(), leaves(first));
      EXPECT_TRUE(verify_consistency(GetParam(), first, size, proof, first_root, root))
          << first << " " << size;
      EXPECT_FALSE(
          verify_consistency(GetParam(), first, size, proof, root_of(GetParam(), {}), root))
          << first << " " << size;
    }
  }
}

TEST(ProofsForTreesOfNearly2To64Leaves, AreJudgedWithoutOverflow) {
  constexpr std::uint64_t kLast = ~std::uint64_t{0};
  const std::vector<Digest> proof(64);
  EXPECT_FALSE(verify_inclusion(TreeHash::kSha256, 0, kLast, {}, proof, {}));
  EXPECT_FALSE(verify_inclusion(TreeHash::kSha256, kLast - 1, kLast, {}, proof, {}));
  EXPECT_FALSE(verify_inclusion(TreeHash::kSha256, kLast, kLast, {}, proof, {}));
  EXPECT_FALSE(verify_consistency(TreeHash::kSha256, 1, kLast, proof, {}, {}));
  EXPECT_FALSE(verify_consistency(TreeHash::kSha256, kLast - 1, kLast, proof, {}, {}));
}

TEST(ALeaf, IsNeverTheHashOfANode) {
  const Digest left = leaf_hash(TreeHash::kSha256, as_bytes("a"));
  const Digest right = leaf_hash(TreeHash::kSha256, as_bytes("b"));
  Bytes both = copy_bytes(left.view());
  both.insert(both.end(), right.bytes.begin(), right.bytes.end());
  EXPECT_NE(leaf_hash(TreeHash::kSha256, both), node_hash(TreeHash::kSha256, left, right));
}

}  // namespace
}  // namespace strongroom::crypto
