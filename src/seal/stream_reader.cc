#include "seal/stream_reader.h"

#include <algorithm>

#include "seal/layout.h"

namespace strongroom::seal {

namespace {

tl::unexpected<Error> altered(std::string_view what) {
  return fail(ErrorCode::kNotAuthentic, std::string(what) + " is not what the manifest says");
}

}  // namespace

Result<std::unique_ptr<StreamReader>> StreamReader::open(const store::BlobStore& store,
                                                         const PlacedStream& stream,
                                                         const DataKey& key) {
  const crypto::TreeHash hash = tree_of(stream.identity.suite);
  ASSIGN_OR_RETURN(auto blob, store.open(stream.blob));
  ASSIGN_OR_RETURN(const std::uint64_t size, blob->size_bytes());
  if (size != sealed_bytes(stream.sealed.bytes)) return altered("the length of " + stream.blob);
  ASSIGN_OR_RETURN(auto leaf_file, store.open(stream.blob + std::string(kLeavesSuffix)));
  ASSIGN_OR_RETURN(auto leaves,
                   LeafIndex::open(std::move(leaf_file), leaf_count(stream.sealed.bytes), hash,
                                   stream.sealed.root));
  FloeHeader header{};
  RETURN_IF_ERROR(io::read_exactly(*blob, 0, header, stream.blob));
  ASSIGN_OR_RETURN(const Digest leaf, leaves->leaf(0));
  if (crypto::leaf_hash(hash, header) != leaf) return altered("the header of " + stream.blob);
  ASSIGN_OR_RETURN(
      FloeStream floe,
      FloeStream::open(kPayloadFloe, key, associated_with(stream.identity).view(), header));
  return std::unique_ptr<StreamReader>(
      new StreamReader(stream, std::move(blob), std::move(leaves), std::move(floe)));
}

std::unique_ptr<FloeCipher> StreamReader::take_cipher() {
  {
    const Lock lock(mutex_);
    if (!ciphers_.empty()) {
      std::unique_ptr<FloeCipher> cipher = std::move(ciphers_.back());
      ciphers_.pop_back();
      return cipher;
    }
  }
  return std::make_unique<FloeCipher>(floe_);
}

void StreamReader::give_back(std::unique_ptr<FloeCipher> cipher) {
  const Lock lock(mutex_);
  ciphers_.push_back(std::move(cipher));
}

Result<void> StreamReader::read_segment(std::uint64_t segment, MutableByteView out,
                                        MutableByteView buffer) {
  CHECK(out.size() == segment_bytes(length_, segment));
  CHECK(buffer.size() >= out.size() + kFloeSegmentOverheadBytes);
  const MutableByteView sealed = buffer.first(out.size() + kFloeSegmentOverheadBytes);
  ASSIGN_OR_RETURN(const std::size_t got, blob_->read_at(segment_offset(segment), sealed));
  if (got != sealed.size()) return altered("a segment");
  ASSIGN_OR_RETURN(const Digest leaf, leaves_->leaf(segment + 1));
  // Before the key touches it: a tag alone would not stop who once held the key.
  if (crypto::leaf_hash(hash_, sealed) != leaf) return altered("a segment");
  std::unique_ptr<FloeCipher> cipher = take_cipher();
  const bool final = segment + 1 == segment_count(length_);
  const Result<void> opened = cipher->open({segment, final}, sealed, out);
  give_back(std::move(cipher));
  return opened;
}

Result<std::string> read_stream(const store::BlobStore& store, const PlacedStream& stream,
                                const DataKey& key) {
  ASSIGN_OR_RETURN(const auto reader, StreamReader::open(store, stream, key));
  Bytes buffer(kSealedSegmentBytes);
  Bytes whole(static_cast<std::size_t>(stream.sealed.bytes));
  for (std::uint64_t i = 0; i < segment_count(stream.sealed.bytes); ++i) {
    const MutableByteView out = MutableByteView(whole).subspan(
        static_cast<std::size_t>(i * kSegmentBytes), segment_bytes(stream.sealed.bytes, i));
    RETURN_IF_ERROR(reader->read_segment(i, out, buffer));
  }
  return std::string(as_text(whole));
}

}  // namespace strongroom::seal
