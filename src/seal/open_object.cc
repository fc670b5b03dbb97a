#include "seal/open_object.h"

#include <algorithm>
#include <map>

#include "base/mutex.h"
#include "seal/names.h"
#include "seal/stream_reader.h"

namespace strongroom::seal {

namespace {

constexpr std::size_t kOpenStreamsMax = 256;

class Opened final : public OpenObject {
 public:
  struct File {
    PlacedStream stream;
    const DataKey* key;
  };

  Opened(const store::BlobStore& store, std::vector<GroupKey> keys)
      : store_(store), keys_(std::move(keys)) {}
  ~Opened() override { wipe(); }

  Result<void> read_names(const Manifest& manifest) {
    std::vector<std::pair<std::string, File>> found;
    std::vector<std::int64_t> seen;
    for (const GroupKey& key : keys_) {
      const bool known =
          key.group >= 0 && static_cast<std::size_t>(key.group) < manifest.groups.size();
      if (!known || std::ranges::find(seen, key.group) != seen.end()) {
        return fail(ErrorCode::kUsage, "a key for a group that is not there, or twice");
      }
      seen.push_back(key.group);
      std::vector<PlacedStream> streams = file_streams(manifest, key.group);
      ASSIGN_OR_RETURN(const std::string bytes,
                       read_stream(store_, names_stream(manifest, key.group), key.key));
      ASSIGN_OR_RETURN(std::vector<std::string> names, decode_names(bytes, streams.size()));
      for (std::size_t i = 0; i < names.size(); ++i) {
        found.push_back({std::move(names[i]), {std::move(streams[i]), &key.key}});
      }
    }
    std::ranges::sort(found, {}, [](const auto& one) -> const std::string& { return one.first; });
    std::vector<std::string> names;
    for (auto& [name, file] : found) {
      shown_.push_back({name, file.stream.sealed.bytes, file.stream.identity.group});
      files_.push_back(std::move(file));
      names.push_back(std::move(name));
    }
    return check_tree(names);
  }

  const std::vector<OpenFile>& files() const override { return shown_; }

  Result<void> read_segment(std::size_t file, std::uint64_t segment, MutableByteView out) override {
    CHECK(file < files_.size());
    Result<void> result = fail(ErrorCode::kExpired, "the keys are wiped");
    if (begin_read()) {
      result = read(file, segment, out);
      end_read();
    }
    if (!result) std::ranges::fill(out, std::uint8_t{0});
    return result;
  }

  void wipe() override {
    const Lock lock(mutex_);
    wiped_ = true;
    while (reading_ > 0) idle_.wait(mutex_);
    streams_.clear();
    buffers_.clear();
    keys_.clear();
  }

 private:
  struct Recent {
    std::shared_ptr<StreamReader> stream;
    std::uint64_t used = 0;
  };

  bool begin_read() {
    const Lock lock(mutex_);
    if (wiped_) return false;
    ++reading_;
    return true;
  }

  void end_read() {
    const Lock lock(mutex_);
    if (--reading_ == 0) idle_.notify_all();
  }

  Result<void> read(std::size_t file, std::uint64_t segment, MutableByteView out) {
    ASSIGN_OR_RETURN(const std::shared_ptr<StreamReader> stream, stream_of(file));
    std::unique_ptr<Bytes> buffer = take_buffer();
    const Result<void> result = stream->read_segment(segment, out, *buffer);
    const Lock lock(mutex_);
    buffers_.push_back(std::move(buffer));
    return result;
  }

  std::unique_ptr<Bytes> take_buffer() {
    {
      const Lock lock(mutex_);
      if (!buffers_.empty()) {
        std::unique_ptr<Bytes> buffer = std::move(buffers_.back());
        buffers_.pop_back();
        return buffer;
      }
    }
    return std::make_unique<Bytes>(kSealedSegmentBytes);
  }

  // Two threads may open one stream at once; then one of the two is dropped.
  Result<std::shared_ptr<StreamReader>> stream_of(std::size_t file) {
    {
      const Lock lock(mutex_);
      const auto found = streams_.find(file);
      if (found != streams_.end()) {
        found->second.used = ++clock_;
        return found->second.stream;
      }
    }
    const File& which = files_[file];
    ASSIGN_OR_RETURN(std::shared_ptr<StreamReader> stream,
                     StreamReader::open(store_, which.stream, *which.key));
    const Lock lock(mutex_);
    if (streams_.size() >= kOpenStreamsMax) {
      const auto oldest =
          std::ranges::min_element(streams_, {}, [](const auto& one) { return one.second.used; });
      streams_.erase(oldest);
    }
    return streams_.try_emplace(file, Recent{std::move(stream), ++clock_}).first->second.stream;
  }

  const store::BlobStore& store_;
  std::vector<OpenFile> shown_;  // fixed once open, as files_
  std::vector<File> files_;

  // Written only by wipe, when nobody reads; so readers under way may look without the lock.
  std::vector<GroupKey> keys_;

  Mutex mutex_;
  Condition idle_;
  bool wiped_ GUARDED_BY(mutex_) = false;
  std::size_t reading_ GUARDED_BY(mutex_) = 0;
  std::uint64_t clock_ GUARDED_BY(mutex_) = 0;
  std::map<std::size_t, Recent> streams_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Bytes>> buffers_ GUARDED_BY(mutex_);  // idle ones; ciphertext only
};

}  // namespace

Result<std::unique_ptr<OpenObject>> OpenObject::open(const store::BlobStore& store,
                                                     const Manifest& manifest,
                                                     std::vector<GroupKey> keys) {
  auto opened = std::make_unique<Opened>(store, std::move(keys));
  RETURN_IF_ERROR(opened->read_names(manifest));
  return std::unique_ptr<OpenObject>(std::move(opened));
}

}  // namespace strongroom::seal
