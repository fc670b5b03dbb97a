// rooms: crypto
// Proofs against small trees whose every leaf is known: what a proof shows must be so.
#include "crypto/merkle.h"
#include "property.h"

namespace strongroom::fuzz {

namespace {

constexpr auto kHash = crypto::TreeHash::kSha256;
constexpr std::size_t kLeaves = 40;

std::vector<Digest> leaves_of_tree() {
  std::vector<Digest> leaves(kLeaves);
  for (std::size_t i = 0; i < kLeaves; ++i) leaves[i].bytes.fill(static_cast<std::uint8_t>(i + 1));
  return leaves;
}

}  // namespace

FUZZ(input) {
  static const std::vector<Digest> kTree = leaves_of_tree();
  if (input.size() < 3) return;
  const ByteView bytes = as_bytes(input);
  const std::size_t size = bytes[0] % (kLeaves + 1);
  const std::size_t index = bytes[1] % (kLeaves + 8);
  const Digest& leaf = kTree[bytes[2] % kLeaves];
  std::vector<Digest> proof;
  for (ByteView rest = bytes.subspan(3); rest.size() >= 32; rest = rest.subspan(32))
    proof.push_back(*Digest::from_view(rest.first(32)));
  const Digest root = crypto::root_of(kHash, std::span(kTree).first(size));
  if (crypto::verify_inclusion(kHash, index, size, leaf, proof, root))
    must(index < size && kTree[index] == leaf, "an included leaf stands there");
  Digest other = root;
  other.bytes[0] ^= 1;
  const std::size_t smaller = index % (kLeaves + 1);
  must(!crypto::verify_consistency(kHash, smaller, size, proof,
                                   crypto::root_of(kHash, std::span(kTree).first(smaller)), other),
       "no proof leads to another root");
  if (crypto::verify_consistency(kHash, smaller, size, proof,
                                 crypto::root_of(kHash, std::span(kTree).first(smaller)), root))
    must(smaller != 0 && smaller <= size, "a prefix is no longer than the whole, and not empty");
}

}  // namespace strongroom::fuzz
