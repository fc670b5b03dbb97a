#include "seal/stream_sealer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <list>
#include <map>
#include <thread>

#include "base/mutex.h"
#include "crypto/merkle.h"
#include "seal/layout.h"

namespace strongroom::seal {

namespace {

constexpr std::size_t kThreadsMax = 64;
constexpr std::uint64_t kWindowLeaves = 512;  // how far the fastest thread may run ahead
constexpr std::size_t kLeafBatchBytes = 32 * 1024;
constexpr std::uint64_t kProgressStepBytes = 32u << 20;
constexpr std::chrono::milliseconds kProgressTick{200};

/// A run of leaf hashes for its place in the leaf file.
struct LeafBatch {
  std::uint64_t offset = 0;
  Bytes bytes;
};

/// Takes leaves in any order, gives them to the tree in theirs. Not thread-safe.
class LeafCollector {
 public:
  explicit LeafCollector(crypto::TreeHash hash) : tree_(hash) {}

  void add(std::uint64_t index, const Digest& leaf) {
    waiting_.emplace(index, leaf);
    for (auto next = waiting_.begin(); next != waiting_.end() && next->first == tree_.size();
         next = waiting_.erase(next)) {
      tree_.add(next->second);
      batch_.bytes.insert(batch_.bytes.end(), next->second.bytes.begin(), next->second.bytes.end());
    }
  }

  /// What may be written now; empty while the batch is small and more leaves are to come.
  LeafBatch take_batch(std::uint64_t leaves_total) {
    if (batch_.bytes.size() < kLeafBatchBytes && tree_.size() < leaves_total) return {};
    LeafBatch taken = std::exchange(batch_, {});
    batch_.offset = taken.offset + taken.bytes.size();
    return taken;
  }

  [[nodiscard]] std::uint64_t in_order() const { return tree_.size(); }
  [[nodiscard]] Digest root() const { return tree_.root(); }

 private:
  crypto::TreeBuilder tree_;
  std::map<std::uint64_t, Digest> waiting_;
  LeafBatch batch_;
};

/// A stream being sealed. The first part is fixed once it is open, the second under the mutex of
/// the pipeline.
struct Active {
  const StreamToSeal& source;
  std::size_t number;
  std::unique_ptr<io::Reader> reader;
  std::unique_ptr<store::BlobWriter> blob;
  std::unique_ptr<store::BlobWriter> leaves;
  FloeStream floe;
  std::uint64_t segments;

  LeafCollector collector;
  std::uint64_t segments_given = 0;
  std::uint64_t segments_done = 0;
};

struct Task {
  std::shared_ptr<Active> active;
  std::uint64_t segment = 0;
};

tl::unexpected<Error> changed() {
  return fail(ErrorCode::kConflict, "the file changed while it was sealed");
}

class Pipeline {
 public:
  Pipeline(const std::vector<StreamToSeal>& streams, store::BlobStore& store)
      : streams_(streams), store_(store), sealed_(streams.size()) {
    for (const StreamToSeal& stream : streams) total_ += stream.identity.bytes;
  }

  void work() {
    Bytes buffer(kSealedSegmentBytes);
    std::shared_ptr<Active> last;  // keeps the cipher's stream
    std::optional<FloeCipher> cipher;
    while (std::optional<Task> task = take()) {
      if (task->active != last) {
        last = task->active;
        cipher.emplace(last->floe);
      }
      const Result<void> result = seal_segment(*task, *cipher, buffer);
      if (!result) stop(fail(result.error(), "sealing " + last->source.shown_name).value());
    }
    wipe(buffer);
    const Lock lock(mutex_);
    --workers_;
    progressed_.notify_all();
  }

  Result<std::vector<SealedStream>> run(std::size_t threads, const OnProgress* on_progress) {
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
    return std::move(sealed_);
  }

 private:
  // On the caller's thread, until every worker is through.
  void watch(const OnProgress* on_progress) {
    std::uint64_t told = 0;
    for (;;) {
      Progress progress{0, total_};
      {
        const Lock lock(mutex_);
        // Told by size or by time, whichever comes first: a slow disk must not keep a wish to stop.
        if (workers_ > 0 && done_ < told + kProgressStepBytes) {
          progressed_.wait_for(mutex_, kProgressTick);
        }
        if (workers_ == 0) break;
        progress.bytes_done = told = done_;
      }
      const bool wanted = on_progress != nullptr && *on_progress;
      if (wanted && !(*on_progress)(progress)) {
        stop({ErrorCode::kInterrupted, "sealing was told to stop"});
      }
    }
  }

  void stop(Error error) {
    const Lock lock(mutex_);
    if (!error_) error_ = std::move(error);
    changed_.notify_all();
  }

  // The next segment to do; nothing when there is none or work has stopped.
  std::optional<Task> take() {
    for (;;) {
      std::size_t number = 0;
      {
        const Lock lock(mutex_);
        for (;;) {
          if (error_) return std::nullopt;
          if (std::optional<Task> task = next_of_open()) return task;
          if (next_stream_ < streams_.size()) break;
          // A stream that another thread is opening, or one whose window is full, may have more.
          if (opening_ == 0 && open_.empty()) return std::nullopt;
          changed_.wait(mutex_);
        }
        number = next_stream_++;
        ++opening_;
      }
      Result<std::shared_ptr<Active>> active = open(number);
      const Lock lock(mutex_);
      --opening_;
      if (active) {
        open_.push_back(std::move(*active));
      } else if (!error_) {
        error_ = fail(active.error(), "sealing " + streams_[number].shown_name).value();
      }
      changed_.notify_all();
    }
  }

  static bool window_is_full(const Active& active) {
    return active.segments_given + 1 >= active.collector.in_order() + kWindowLeaves;
  }

  std::optional<Task> next_of_open() REQUIRES_LOCK(mutex_) {
    for (auto at = open_.begin(); at != open_.end(); ++at) {
      Active& active = **at;
      if (window_is_full(active)) continue;
      Task task{*at, active.segments_given++};
      if (active.segments_given == active.segments) open_.erase(at);
      return task;
    }
    return std::nullopt;
  }

  Result<std::shared_ptr<Active>> open(std::size_t number) {
    const StreamToSeal& source = streams_[number];
    ASSIGN_OR_RETURN(auto reader, source.open());
    ASSIGN_OR_RETURN(const std::uint64_t size, reader->size_bytes());
    if (size != source.identity.bytes) {
      return fail(ErrorCode::kConflict, "the file changed before it was sealed");
    }
    const std::string leaves_name = source.blob + std::string(kLeavesSuffix);
    ASSIGN_OR_RETURN(auto blob, store_.create(source.blob, store::OnExisting::kRefuse));
    ASSIGN_OR_RETURN(auto leaves, store_.create(leaves_name, store::OnExisting::kRefuse));
    FloeStream floe =
        FloeStream::start(kPayloadFloe, *source.key, associated_with(source.identity).view());
    RETURN_IF_ERROR(blob->write_at(0, floe.header()));
    const crypto::TreeHash hash = tree_of(source.identity.suite);
    LeafCollector collector(hash);
    collector.add(0, crypto::leaf_hash(hash, floe.header()));
    return std::shared_ptr<Active>(
        new Active{source, number, std::move(reader), std::move(blob), std::move(leaves),
                   std::move(floe), segment_count(source.identity.bytes), std::move(collector)});
  }

  Result<void> seal_segment(const Task& task, FloeCipher& cipher, Bytes& buffer) {
    Active& active = *task.active;
    const std::uint64_t length = active.source.identity.bytes;
    const std::size_t bytes = segment_bytes(length, task.segment);
    const bool final = task.segment + 1 == active.segments;
    const MutableByteView segment =
        MutableByteView(buffer).first(bytes + kFloeSegmentOverheadBytes);
    ASSIGN_OR_RETURN(const std::size_t got,
                     active.reader->read_at(task.segment * kSegmentBytes,
                                            segment.subspan(kFloeSegmentPrefixBytes, bytes)));
    if (got != bytes) return changed();
    if (final) {
      ASSIGN_OR_RETURN(const std::uint64_t now, active.reader->size_bytes());
      // Some file systems say zero and give more (/proc).
      std::array<std::uint8_t, 1> beyond{};
      ASSIGN_OR_RETURN(const std::size_t more, active.reader->read_at(length, beyond));
      if (now != length || more != 0) return changed();
    }
    cipher.seal({task.segment, final}, segment);
    const Digest leaf = crypto::leaf_hash(tree_of(active.source.identity.suite), segment);
    RETURN_IF_ERROR(active.blob->write_at(segment_offset(task.segment), segment));
    return hand_in(active, task.segment, leaf);
  }

  // A stream is committed by whoever finishes its last write.
  Result<void> hand_in(Active& active, std::uint64_t segment, const Digest& leaf) {
    LeafBatch batch;
    {
      const Lock lock(mutex_);
      const bool window_was_full = window_is_full(active);
      active.collector.add(segment + 1, leaf);
      batch = active.collector.take_batch(active.segments + 1);
      if (window_was_full) changed_.notify_all();
    }
    if (!batch.bytes.empty()) {
      RETURN_IF_ERROR(active.leaves->write_at(batch.offset, batch.bytes));
    }
    bool last = false;
    {
      const Lock lock(mutex_);
      last = ++active.segments_done == active.segments;
    }
    if (last) {
      RETURN_IF_ERROR(active.blob->commit());
      RETURN_IF_ERROR(active.leaves->commit());
    }
    const Lock lock(mutex_);
    if (last) sealed_[active.number] = {active.source.identity.bytes, active.collector.root()};
    const std::uint64_t steps_before = done_ / kProgressStepBytes;
    done_ += segment_bytes(active.source.identity.bytes, segment);
    if (done_ / kProgressStepBytes != steps_before) progressed_.notify_all();
    return {};
  }

  const std::vector<StreamToSeal>& streams_;
  store::BlobStore& store_;
  std::uint64_t total_ = 0;

  Mutex mutex_;
  Condition changed_;                                           // there may be a task to take
  Condition progressed_;                                        // the watcher has something to tell
  std::list<std::shared_ptr<Active>> open_ GUARDED_BY(mutex_);  // with segments left to give
  std::size_t next_stream_ GUARDED_BY(mutex_) = 0;
  std::size_t opening_ GUARDED_BY(mutex_) = 0;
  std::size_t workers_ GUARDED_BY(mutex_) = 0;
  std::uint64_t done_ GUARDED_BY(mutex_) = 0;
  std::optional<Error> error_ GUARDED_BY(mutex_);
  std::vector<SealedStream> sealed_ GUARDED_BY(mutex_);
};

}  // namespace

std::size_t thread_count(std::size_t asked) {
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  return std::clamp<std::size_t>(asked == 0 ? cores : asked, 1, kThreadsMax);
}

Result<std::vector<SealedStream>> seal_streams(const std::vector<StreamToSeal>& streams,
                                               store::BlobStore& store,
                                               const SealingOptions& options) {
  Pipeline pipeline(streams, store);
  return pipeline.run(thread_count(options.threads), options.on_progress);
}

}  // namespace strongroom::seal
