#include "seal/audit.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/mutex.h"
#include "seal/layout.h"
#include "seal/leaf_index.h"
#include "seal/stream_sealer.h"

namespace strongroom::seal {

namespace {

constexpr std::size_t kFindingsPerStreamMax = 16;
constexpr std::uint64_t kProgressStepBytes = 32u << 20;

std::vector<PlacedStream> all_streams(const Manifest& manifest) {
  std::vector<PlacedStream> streams;
  for (std::size_t g = 0; g < manifest.groups.size(); ++g) {
    const auto group = static_cast<std::int64_t>(g);
    streams.push_back(names_stream(manifest, group));
    std::ranges::move(file_streams(manifest, group), std::back_inserter(streams));
  }
  return streams;
}

class Auditor {
 public:
  Auditor(const store::BlobStore& store, const Manifest& manifest)
      : store_(store), streams_(all_streams(manifest)) {
    for (const PlacedStream& stream : streams_) total_ += sealed_bytes(stream.sealed.bytes);
  }

  Result<Audit> run(std::size_t threads, const OnProgress& on_progress) {
    {
      const Lock lock(mutex_);
      workers_ = threads;
    }
    {
      std::vector<std::jthread> team;
      for (std::size_t i = 0; i < threads; ++i) team.emplace_back([this] { work(); });
      watch(on_progress);
    }
    const Lock lock(mutex_);
    if (error_) return tl::unexpected<Error>(*error_);
    std::ranges::sort(audit_.findings, {}, &AuditFinding::blob);
    audit_.bytes_read = done_;
    return std::move(audit_);
  }

 private:
  void work() {
    Bytes buffer(kSealedSegmentBytes);
    for (;;) {
      const std::size_t number = next_++;
      if (number >= streams_.size() || stopped_) break;
      const Result<void> result = audit(streams_[number], buffer);
      if (!result) stop(fail(result.error(), "auditing " + streams_[number].blob).value());
    }
    const Lock lock(mutex_);
    --workers_;
    progressed_.notify_all();
  }

  void watch(const OnProgress& on_progress) {
    std::uint64_t told = 0;
    for (;;) {
      {
        const Lock lock(mutex_);
        while (workers_ > 0 && done_ < told + kProgressStepBytes) progressed_.wait(mutex_);
        if (workers_ == 0) return;
        told = done_;
      }
      if (on_progress && !on_progress({told, total_})) {
        stop({ErrorCode::kInterrupted, "the audit was told to stop"});
      }
    }
  }

  void stop(Error error) {
    stopped_ = true;
    const Lock lock(mutex_);
    if (!error_) error_ = std::move(error);
  }

  void find(const std::string& blob, std::string what) {
    const Lock lock(mutex_);
    audit_.findings.push_back({blob, std::move(what)});
  }

  void count(std::size_t bytes) {
    const Lock lock(mutex_);
    const std::uint64_t steps_before = done_ / kProgressStepBytes;
    done_ += bytes;
    if (done_ / kProgressStepBytes != steps_before) progressed_.notify_all();
  }

  // Nothing when it is missing, which is found.
  Result<std::unique_ptr<io::Reader>> open(const std::string& blob, std::uint64_t bytes) {
    Result<std::unique_ptr<io::Reader>> reader = store_.open(blob);
    if (!reader && reader.error().code == ErrorCode::kNotFound) {
      find(blob, "is missing");
      return std::unique_ptr<io::Reader>();
    }
    if (!reader) return reader;
    ASSIGN_OR_RETURN(const std::uint64_t size, (*reader)->size_bytes());
    if (size == bytes) return reader;
    find(blob, "has another length");
    return std::unique_ptr<io::Reader>();
  }

  Result<void> audit(const PlacedStream& stream, Bytes& buffer) {
    const std::string leaves_name = stream.blob + std::string(kLeavesSuffix);
    const std::uint64_t leaves_total = leaf_count(stream.sealed.bytes);
    ASSIGN_OR_RETURN(const auto blob, open(stream.blob, sealed_bytes(stream.sealed.bytes)));
    ASSIGN_OR_RETURN(auto leaf_file, open(leaves_name, leaves_total * Digest::kBytes));
    std::unique_ptr<LeafIndex> leaves;
    if (leaf_file) {
      Result<std::unique_ptr<LeafIndex>> index = LeafIndex::open(
          std::move(leaf_file), leaves_total, tree_of(stream.identity.suite), stream.sealed.root);
      if (!index && index.error().code != ErrorCode::kNotAuthentic) {
        return tl::unexpected<Error>(index.error());
      }
      if (index) leaves = std::move(*index);
      if (!index) find(leaves_name, "is altered");
    }
    return blob ? audit_bytes(stream, *blob, leaves.get(), buffer) : Result<void>();
  }

  // With good leaves each altered piece is named; without, the root tells of the whole.
  Result<void> audit_bytes(const PlacedStream& stream, const io::Reader& blob, LeafIndex* leaves,
                           Bytes& buffer) {
    const crypto::TreeHash hash = tree_of(stream.identity.suite);
    crypto::TreeBuilder tree(hash);
    std::size_t altered = 0;
    for (std::uint64_t i = 0; i < leaf_count(stream.sealed.bytes); ++i) {
      if (stopped_) return {};
      const MutableByteView piece = MutableByteView(buffer).first(
          i == 0 ? kFloeHeaderBytes
                 : segment_bytes(stream.sealed.bytes, i - 1) + kFloeSegmentOverheadBytes);
      RETURN_IF_ERROR(
          io::read_exactly(blob, i == 0 ? 0 : segment_offset(i - 1), piece, stream.blob));
      const Digest leaf = crypto::leaf_hash(hash, piece);
      tree.add(leaf);
      count(piece.size());
      if (leaves == nullptr) continue;
      ASSIGN_OR_RETURN(const Digest expected, leaves->leaf(i));
      if (leaf != expected && ++altered <= kFindingsPerStreamMax) {
        find(stream.blob,
             i == 0 ? "header altered" : "segment " + std::to_string(i - 1) + " altered");
      }
    }
    if (altered == 0 && tree.root() != stream.sealed.root) {
      find(stream.blob, "is not what the manifest says");
    }
    return {};
  }

  const store::BlobStore& store_;
  const std::vector<PlacedStream> streams_;
  std::uint64_t total_ = 0;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stopped_{false};

  Mutex mutex_;
  Condition progressed_;
  std::size_t workers_ GUARDED_BY(mutex_) = 0;
  std::uint64_t done_ GUARDED_BY(mutex_) = 0;
  Audit audit_ GUARDED_BY(mutex_);
  std::optional<Error> error_ GUARDED_BY(mutex_);
};

}  // namespace

Result<Audit> audit_object(const store::BlobStore& store, const Manifest& manifest,
                           std::size_t threads, const OnProgress& on_progress) {
  Auditor auditor(store, manifest);
  return auditor.run(thread_count(threads), on_progress);
}

}  // namespace strongroom::seal
