#ifndef STRONGROOM_SEAL_STREAM_READER_H_
#define STRONGROOM_SEAL_STREAM_READER_H_

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "seal/leaf_index.h"
#include "seal/manifest.h"
#include "store/blob_store.h"

namespace strongroom::seal {

/// One sealed stream, open under its key. Thread-safe.
class StreamReader {
 public:
  /// Checks length, leaf file, header and key. Errors: kNotAuthentic, kWrongKey, kNotFound, kDisk.
  [[nodiscard]] static Result<std::unique_ptr<StreamReader>> open(const store::BlobStore& store,
                                                                  const PlacedStream& stream,
                                                                  const DataKey& key);
  /// `out` has exactly the segment's length. `buffer` is the caller's private memory, of
  /// kSealedSegmentBytes: the segment is copied there once and nothing is read again. `out` holds
  /// no plaintext after a failure. Errors: kNotAuthentic, kDisk.
  [[nodiscard]] Result<void> read_segment(std::uint64_t segment, MutableByteView out,
                                          MutableByteView buffer);

 private:
  StreamReader(const PlacedStream& stream, std::unique_ptr<io::Reader> blob,
               std::unique_ptr<LeafIndex> leaves, FloeStream floe)
      : length_(stream.sealed.bytes),
        hash_(tree_of(stream.identity.suite)),
        blob_(std::move(blob)),
        leaves_(std::move(leaves)),
        floe_(std::move(floe)) {}
  [[nodiscard]] std::unique_ptr<FloeCipher> take_cipher();
  void give_back(std::unique_ptr<FloeCipher> cipher);

  const std::uint64_t length_;
  const crypto::TreeHash hash_;
  const std::unique_ptr<io::Reader> blob_;
  const std::unique_ptr<LeafIndex> leaves_;
  const FloeStream floe_;
  Mutex mutex_;
  std::vector<std::unique_ptr<FloeCipher>> ciphers_ GUARDED_BY(mutex_);  // idle ones
};

/// A whole stream in memory; for names. Errors: as StreamReader's.
[[nodiscard]] Result<std::string> read_stream(const store::BlobStore& store,
                                              const PlacedStream& stream, const DataKey& key);

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_STREAM_READER_H_
