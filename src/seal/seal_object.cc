#include "seal/seal_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <numeric>
#include <set>

#include "base/limits.h"
#include "base/shown.h"
#include "crypto/random.h"
#include "seal/layout.h"
#include "seal/names.h"
#include "seal/new_keys.h"
#include "seal/stream_sealer.h"

namespace strongroom::seal {

namespace {

constexpr std::size_t kObjectsMax = 1'000'000;

using Groups = std::vector<std::vector<std::size_t>>;

Result<Groups> checked_groups(const SealRequest& request) {
  const std::size_t files = request.source->files.size();
  if (files == 0) return fail(ErrorCode::kUsage, "there is no file to seal");
  Groups groups = request.groups;
  if (groups.empty()) {
    groups.emplace_back(files);
    std::iota(groups[0].begin(), groups[0].end(), std::size_t{0});
  }
  if (groups.size() > limits::kObjectGroupsMax) {
    return fail(ErrorCode::kTooLarge, "too many groups");
  }
  std::set<std::size_t> seen;
  for (const std::vector<std::size_t>& group : groups) {
    for (const std::size_t file : group) {
      if (file >= files || !seen.insert(file).second) {
        return fail(ErrorCode::kUsage, "a file stands in two groups, or is none");
      }
    }
    if (group.empty() || !std::is_sorted(group.begin(), group.end())) {
      return fail(ErrorCode::kUsage, "a group is empty or not in ascending order");
    }
  }
  if (seen.size() != files) return fail(ErrorCode::kUsage, "a file stands in no group");
  return groups;
}

Result<void> check_source(const io::Listing& source) {
  if (!source.oddities.empty()) {
    const io::ListedOddity& first = source.oddities.front();
    const std::string_view what =
        first.kind == io::EntryKind::kLink ? "a symbolic link" : "neither a file nor a directory";
    return fail(ErrorCode::kRefused, printable(first.name) + " is " + std::string(what) +
                                         ": seal a directory of plain files");
  }
  if (source.total_bytes > kStreamBytesMax) return fail(ErrorCode::kTooLarge, "over 4 PiB");
  return {};
}

constexpr std::uint64_t kDocumentBytesPerFile = 256;  // its lines in manifest and names
constexpr std::uint64_t kDocumentBytes = 256 * 1024;  // the rest: key record, shares
constexpr std::uint64_t kLeafBytes = 32;
constexpr std::uint64_t kFilesPerStream = 2;
constexpr std::uint64_t kFilesBesides = 16;

// An estimate from above, block by block, so that a full disk is the exception.
std::uint64_t bytes_wanted(const io::Listing& source, std::uint64_t block_bytes) {
  const auto blocks = [block_bytes](std::uint64_t bytes) {
    return (bytes + block_bytes - 1) / block_bytes * block_bytes;
  };
  std::uint64_t wanted = kDocumentBytes + 2 * blocks(kDocumentBytesPerFile * source.files.size());
  for (const io::ListedFile& file : source.files) {
    wanted += blocks(sealed_bytes(file.size_bytes));
    wanted += blocks((segment_count(file.size_bytes) + 1) * kLeafBytes);
  }
  return wanted;
}

// Before the first write: hours of sealing must not end at the last megabyte.
Result<void> check_room(const io::Listing& source, const store::BlobStore& store) {
  ASSIGN_OR_RETURN(const std::optional<io::Room> room, store.room());
  if (!room) return {};
  const std::uint64_t bytes = bytes_wanted(source, room->block_bytes);
  if (bytes > room->bytes) {
    return fail(ErrorCode::kNoSpace,
                fmt::format("the sealed object takes {} and the store has {} free: {} are missing; "
                            "nothing was written",
                            shown_bytes(bytes), shown_bytes(room->bytes),
                            shown_bytes(bytes - room->bytes)));
  }
  const std::uint64_t files = kFilesPerStream * source.files.size() + kFilesBesides;
  if (files > room->files) {
    return fail(ErrorCode::kNoSpace,
                fmt::format("the sealed object takes {} files and the store's disk has room for {} "
                            "more: {} are missing; nothing was written",
                            files, room->files, files - room->files));
  }
  return {};
}

/// Borrowed bytes as a reader that can be handed over.
Result<std::unique_ptr<io::Reader>> memory_reader(const std::string& bytes) {
  return std::unique_ptr<io::Reader>(new io::MemoryReader(as_bytes(bytes)));
}

Result<std::unique_ptr<io::Reader>> listed_reader(const io::Listing& listing,
                                                  const io::ListedFile& file) {
  ASSIGN_OR_RETURN(io::FileReader reader, io::open_listed(listing, file));
  return std::unique_ptr<io::Reader>(new io::FileReader(std::move(reader)));
}

/// One sealing from the drawing of ids to the last document.
class Sealing {
 public:
  Sealing(const SealRequest& request, Groups groups, store::BlobStore& store)
      : request_(request), groups_(std::move(groups)), store_(store) {
    manifest_.strongroom = request.strongroom;
    manifest_.object = crypto::random_id<ObjectId>();
    manifest_.suite = request.payload_suite;
    manifest_.previous = request.previous;
  }

  // Keys first: what cannot be released must not be sealed.
  Result<NewKeys> make_keys() {
    while (data_keys_.size() < groups_.size()) data_keys_.push_back(random_data_key());
    return draw_keys({manifest_.strongroom, manifest_.object, 0, request_.wrap_suite},
                     {request_.policy, request_.custodians, request_.deposit_key, request_.recovery,
                      request_.recovery_keys},
                     data_keys_);
  }

  Result<void> seal_payload(const OnProgress& on_progress) {
    ASSIGN_OR_RETURN(const std::vector<StreamToSeal> streams, streams_to_seal());
    SealingOptions options{request_.threads, &on_progress};
    ASSIGN_OR_RETURN(const std::vector<SealedStream> sealed,
                     seal_streams(streams, store_, options));
    // Read once, at some time in between: what was rewritten meanwhile may be neither old nor new.
    RETURN_IF_ERROR(io::check_unchanged(*request_.source));
    auto next = sealed.begin();
    for (const std::vector<std::size_t>& group : groups_) {
      SealedGroup done;
      done.names = *next++;
      for (std::size_t i = 0; i < group.size(); ++i) done.files.push_back(*next++);
      manifest_.groups.push_back(std::move(done));
    }
    return {};
  }

  // The manifest last: what has one is whole.
  Result<SealedObject> write_documents(const NewKeys& keys) {
    SealedObject object;
    object.object = manifest_.object;
    ASSIGN_OR_RETURN(object.manifest, encode(manifest_));
    ASSIGN_OR_RETURN(object.key_record, encode(keys.record));
    ASSIGN_OR_RETURN(object.sealed_shares, encode(keys.shares));
    object.manifest_digest = manifest_digest(object.manifest);
    object.key_record_digest = key_record_digest(object.key_record);
    object.sealed_shares_digest = sealed_shares_digest(object.sealed_shares);
    object.files = manifest_.file_count();
    object.plaintext_bytes = manifest_.plaintext_bytes();
    for (const SealedGroup& group : manifest_.groups) {
      object.sealed_bytes += sealed_bytes(group.names.bytes);
      for (const SealedStream& file : group.files) object.sealed_bytes += sealed_bytes(file.bytes);
    }
    RETURN_IF_ERROR(
        put(key_record_blob(object.object, 0, object.key_record_digest), object.key_record));
    RETURN_IF_ERROR(put(sealed_shares_blob(object.object, 0, object.sealed_shares_digest),
                        object.sealed_shares));
    RETURN_IF_ERROR(put(manifest_blob(object.object), object.manifest));
    return object;
  }

  [[nodiscard]] const ObjectId& object() const { return manifest_.object; }

 private:
  Result<void> put(const std::string& name, const std::string& bytes) {
    return store_.put(name, as_bytes(bytes), store::OnExisting::kRefuse);
  }

  StreamIdentity identity(std::size_t group, StreamKind kind) const {
    return {manifest_.strongroom, manifest_.object, static_cast<std::int64_t>(group), kind, 0, 0,
            manifest_.suite};
  }

  Result<std::vector<StreamToSeal>> streams_to_seal() {
    std::vector<StreamToSeal> streams;
    std::int64_t index = 0;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const DataKey* key = &data_keys_[g];
      ASSIGN_OR_RETURN(StreamToSeal names, names_of(g));
      streams.push_back(std::move(names));
      for (const std::size_t number : groups_[g]) {
        const io::ListedFile& file = request_.source->files[number];
        StreamIdentity identity = this->identity(g, StreamKind::kFile);
        identity.index = index;
        identity.bytes = file.size_bytes;
        const io::Listing& listing = *request_.source;
        streams.push_back({identity, file_blob(manifest_.object, index++), key,
                           [&listing, &file] { return listed_reader(listing, file); }, file.name});
      }
    }
    return streams;
  }

  Result<StreamToSeal> names_of(std::size_t group) {
    std::vector<std::string> names;
    for (const std::size_t number : groups_[group]) {
      names.push_back(request_.source->files[number].name);
    }
    ASSIGN_OR_RETURN(std::string bytes, encode_names(names));
    const std::string& kept = names_.emplace_back(std::move(bytes));
    StreamIdentity identity = this->identity(group, StreamKind::kNames);
    identity.bytes = kept.size();
    return StreamToSeal{identity, names_blob(manifest_.object, identity.group), &data_keys_[group],
                        [&kept] { return memory_reader(kept); }, "file names"};
  }

  const SealRequest& request_;
  const Groups groups_;
  store::BlobStore& store_;
  Manifest manifest_;
  std::vector<DataKey> data_keys_;
  std::deque<std::string> names_;  // stays where it is while readers borrow it
};

}  // namespace

Result<SealedObject> seal_object(const SealRequest& request, store::BlobStore& store,
                                 const OnProgress& on_progress) {
  CHECK(request.source != nullptr);
  RETURN_IF_ERROR(check_source(*request.source));
  ASSIGN_OR_RETURN(Groups groups, checked_groups(request));
  RETURN_IF_ERROR(check_room(*request.source, store));
  Sealing sealing(request, std::move(groups), store);
  ASSIGN_OR_RETURN(const NewKeys keys, sealing.make_keys());
  Result<SealedObject> sealed = [&]() -> Result<SealedObject> {
    RETURN_IF_ERROR(sealing.seal_payload(on_progress));
    return sealing.write_documents(keys);
  }();
  if (sealed) return sealed;
  // Best effort: blobs that no deposit names mean nothing, and their keys are gone.
  const Result<void> removed = remove_object(store, sealing.object());
  static_cast<void>(removed);
  return tl::unexpected<Error>(std::move(sealed).error());
}

Result<void> remove_object(store::BlobStore& store, const ObjectId& object) {
  const Result<void> first = store.remove(manifest_blob(object));
  if (!first && first.error().code != ErrorCode::kNotFound) return first;
  return store.remove_folder(object_folder(object));
}

Result<std::size_t> remove_abandoned_objects(
    store::BlobStore& store, UnixSeconds now,
    const std::function<Result<bool>(const ObjectId&)>& is_deposited) {
  ASSIGN_OR_RETURN(const std::vector<std::string> folders,
                   store.folders(std::string(kObjectsFolder), kObjectsMax));
  std::size_t removed = 0;
  for (const std::string& folder : folders) {
    const std::optional<ObjectId> object = ObjectId::from_hex_text(folder);
    if (!object) continue;  // not put there by us
    ASSIGN_OR_RETURN(const bool deposited, is_deposited(*object));
    if (deposited) continue;
    const Result<UnixSeconds> written = store.last_written(object_folder(*object));
    if (!written && written.error().code == ErrorCode::kNotFound) continue;  // removed meanwhile
    if (!written) return tl::unexpected<Error>(written.error());
    if (now.value - written->value < kAbandonedAfterSeconds) continue;
    RETURN_IF_ERROR(remove_object(store, *object));
    ++removed;
  }
  return removed;
}

}  // namespace strongroom::seal
