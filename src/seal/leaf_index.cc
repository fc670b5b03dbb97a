#include "seal/leaf_index.h"

#include <algorithm>

namespace strongroom::seal {

namespace {
// A power of two: then a block of leaves is a whole subtree, and the tree over block roots has the
// tree's own root.
constexpr std::uint64_t kBlockLeaves = 1024;
constexpr std::size_t kRecentBlocksMax = 4;
}  // namespace

std::uint64_t LeafIndex::block_count() const { return (count_ + kBlockLeaves - 1) / kBlockLeaves; }

Result<LeafIndex::Block> LeafIndex::read_block(std::uint64_t number) const {
  const std::uint64_t first = number * kBlockLeaves;
  const auto leaves = static_cast<std::size_t>(std::min(kBlockLeaves, count_ - first));
  Bytes bytes(leaves * Digest::kBytes);
  const Result<void> read = io::read_exactly(*file_, first * Digest::kBytes, bytes, "leaf file");
  if (!read && read.error().code == ErrorCode::kMalformed) {
    return fail(ErrorCode::kNotAuthentic, "the leaf file is too short");
  }
  RETURN_IF_ERROR(read);
  Block block(leaves);
  for (std::size_t i = 0; i < leaves; ++i) {
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(i * Digest::kBytes);
    std::copy_n(at, Digest::kBytes, block[i].bytes.begin());
  }
  return block;
}

Result<std::unique_ptr<LeafIndex>> LeafIndex::open(std::unique_ptr<io::Reader> file,
                                                   std::uint64_t count, crypto::TreeHash hash,
                                                   const Digest& root) {
  ASSIGN_OR_RETURN(const std::uint64_t size, file->size_bytes());
  if (size != count * Digest::kBytes) {
    return fail(ErrorCode::kNotAuthentic, "the leaf file has another length");
  }
  std::unique_ptr<LeafIndex> index(new LeafIndex(std::move(file), count, hash));
  for (std::uint64_t number = 0; number < index->block_count(); ++number) {
    ASSIGN_OR_RETURN(const Block block, index->read_block(number));
    index->block_roots_.push_back(crypto::root_of(hash, block));
  }
  if (crypto::root_of(hash, index->block_roots_) != root) {
    return fail(ErrorCode::kNotAuthentic, "the leaf file does not belong to the manifest's root");
  }
  return index;
}

std::shared_ptr<const LeafIndex::Block> LeafIndex::recent(std::uint64_t number) {
  const Lock lock(mutex_);
  const auto found = std::ranges::find(recent_, number, &Recent::number);
  if (found == recent_.end()) return nullptr;
  std::rotate(recent_.begin(), found, found + 1);
  return recent_.front().block;
}

Result<Digest> LeafIndex::leaf(std::uint64_t index) {
  CHECK(index < count_);
  const std::uint64_t number = index / kBlockLeaves;
  const auto within = static_cast<std::size_t>(index % kBlockLeaves);
  if (const auto block = recent(number)) return (*block)[within];
  ASSIGN_OR_RETURN(Block read, read_block(number));
  if (crypto::root_of(hash_, read) != block_roots_[static_cast<std::size_t>(number)]) {
    return fail(ErrorCode::kNotAuthentic, "the leaf file changed while it was in use");
  }
  const auto block = std::make_shared<const Block>(std::move(read));
  const Lock lock(mutex_);
  recent_.insert(recent_.begin(), {number, block});
  if (recent_.size() > kRecentBlocksMax) recent_.pop_back();
  return (*block)[within];
}

}  // namespace strongroom::seal
