// rooms: seal
// A stream's leaf file, untrusted: only the leaves under the manifest's root are taken. How many
// there are comes from the manifest; with another count, inner nodes of the tree pass for leaves.
#include "property.h"
#include "seal/leaf_index.h"

namespace strongroom::fuzz {

FUZZ(input) {
  constexpr auto kHash = crypto::TreeHash::kSha256;
  std::vector<Digest> leaves(5);
  for (std::size_t i = 0; i < leaves.size(); ++i)
    leaves[i].bytes.fill(static_cast<std::uint8_t>(i));
  const Digest root = crypto::root_of(kHash, leaves);
  for (const std::uint64_t count : {1u, 4u, 5u, 6u}) {
    const auto index = seal::LeafIndex::open(std::make_unique<io::MemoryReader>(as_bytes(input)),
                                             count, kHash, root);
    if (!index) continue;
    std::vector<Digest> taken;
    for (std::uint64_t i = 0; i < count; ++i)
      taken.push_back(value_of((*index)->leaf(i), "what was opened can be read"));
    must(crypto::root_of(kHash, taken) == root, "only leaves under the root");
    must(count != leaves.size() || taken == leaves, "and of the manifest's count, only those");
  }
}

}  // namespace strongroom::fuzz
