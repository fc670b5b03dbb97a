#include "store/blob_store.h"

#include <algorithm>
#include <set>

#include "base/mutex.h"
#include "io/directory.h"

namespace strongroom::store {
namespace {

bool is_segment(std::string_view segment) {
  if (segment.empty() || segment.size() > BlobStore::kSegmentBytesMax || segment[0] == '.') {
    return false;
  }
  return std::all_of(segment.begin(), segment.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

std::vector<std::string> segments_of(std::string_view name) {
  std::vector<std::string> segments;
  while (true) {
    const std::size_t slash = name.find('/');
    segments.emplace_back(name.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    name.remove_prefix(slash + 1);
  }
}

constexpr std::uint32_t kFileMode = 0600;
constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::size_t kFolderEntriesMax = 10'000'000;

class FileWriter final : public BlobWriter {
 public:
  FileWriter(io::DurableFile file, OnExisting on_existing)
      : file_(std::move(file)), on_existing_(on_existing) {}
  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    return file_.write_at(offset, bytes);
  }
  Result<void> append(ByteView bytes) override { return file_.append(bytes); }
  Result<void> commit() override { return file_.commit(on_existing_); }

 private:
  io::DurableFile file_;
  OnExisting on_existing_;
};

class DirectoryStore final : public BlobStore {
 public:
  explicit DirectoryStore(io::Directory root) : root_(std::move(root)) {}

  Result<void> put(const std::string& name, ByteView bytes, OnExisting on_existing) override;
  Result<std::unique_ptr<BlobWriter>> create(const std::string& name,
                                             OnExisting on_existing) override;
  Result<std::unique_ptr<io::Reader>> open(const std::string& name) const override;
  Result<Bytes> get(const std::string& name, std::size_t bytes_max) const override;
  Result<std::vector<std::string>> list(const std::string& folder,
                                        std::size_t names_max) const override;
  Result<void> remove(const std::string& name) override;
  Result<std::optional<io::Room>> room() const override;
  Result<void> remove_abandoned() override;
  Result<std::vector<std::string>> folders(const std::string& folder,
                                           std::size_t names_max) const override;
  Result<UnixSeconds> last_written(const std::string& folder) const override;
  Result<void> remove_folder(const std::string& folder) override;

 private:
  /// Where a blob stands: the root's own descriptor, or one opened on the way down.
  struct Place {
    std::optional<io::Directory> opened;
    std::string name;
    [[nodiscard]] const io::Directory& directory(const DirectoryStore& store) const {
      return opened ? *opened : store.root_;
    }
  };
  enum class Missing { kIsAnError, kIsMade };
  [[nodiscard]] Result<Place> place_of(const std::string& name, Missing missing) const;
  [[nodiscard]] Result<io::DurableFile> create_file(const std::string& name) const;
  [[nodiscard]] Result<io::Directory> open_folder(const std::string& folder) const;

  [[nodiscard]] bool is_durable(const std::string& folder) const {
    const Lock lock(mutex_);
    return durable_folders_.count(folder) != 0;
  }

  io::Directory root_;
  mutable Mutex mutex_;
  /// Made and synced by this object, so that a put need not sync every folder above it again.
  mutable std::set<std::string> durable_folders_ GUARDED_BY(mutex_);
};

Result<DirectoryStore::Place> DirectoryStore::place_of(const std::string& name,
                                                       Missing missing) const {
  if (!is_blob_name(name)) return fail(ErrorCode::kUsage, "not a name for a blob: " + name);
  std::vector<std::string> segments = segments_of(name);
  Place place;
  place.name = std::move(segments.back());
  segments.pop_back();
  std::string folder;
  for (const std::string& segment : segments) {
    const io::Directory& above = place.directory(*this);
    folder += segment + "/";
    const bool make = missing == Missing::kIsMade && !is_durable(folder);
    ASSIGN_OR_RETURN(io::Directory below, make ? above.make_subdirectory(segment, kDirectoryMode)
                                               : above.subdirectory(segment));
    place.opened = std::move(below);
    if (make) {
      const Lock lock(mutex_);
      durable_folders_.insert(folder);
    }
  }
  return place;
}

Result<io::DurableFile> DirectoryStore::create_file(const std::string& name) const {
  ASSIGN_OR_RETURN(const Place place, place_of(name, Missing::kIsMade));
  return place.directory(*this).create_file(place.name, kFileMode);
}

Result<void> DirectoryStore::put(const std::string& name, ByteView bytes, OnExisting on_existing) {
  ASSIGN_OR_RETURN(io::DurableFile file, create_file(name));
  RETURN_IF_ERROR(file.append(bytes));
  return file.commit(on_existing);
}

Result<std::unique_ptr<BlobWriter>> DirectoryStore::create(const std::string& name,
                                                           OnExisting on_existing) {
  ASSIGN_OR_RETURN(io::DurableFile file, create_file(name));
  return std::make_unique<FileWriter>(std::move(file), on_existing);
}

Result<std::unique_ptr<io::Reader>> DirectoryStore::open(const std::string& name) const {
  ASSIGN_OR_RETURN(const Place place, place_of(name, Missing::kIsAnError));
  ASSIGN_OR_RETURN(io::FileReader reader, place.directory(*this).open_file(place.name));
  return std::make_unique<io::FileReader>(std::move(reader));
}

Result<Bytes> DirectoryStore::get(const std::string& name, std::size_t bytes_max) const {
  ASSIGN_OR_RETURN(const Place place, place_of(name, Missing::kIsAnError));
  return place.directory(*this).read_file(place.name, bytes_max);
}

Result<void> add_names(const io::Directory& directory, const std::string& prefix,
                       std::size_t depth_left, std::size_t names_max,
                       std::vector<std::string>& names) {
  if (depth_left == 0) return {};
  ASSIGN_OR_RETURN(const std::vector<io::Entry> entries, directory.entries(kFolderEntriesMax));
  for (const io::Entry& entry : entries) {
    if (!is_segment(entry.name)) continue;  // not put there by us
    if (entry.kind == io::EntryKind::kDirectory) {
      ASSIGN_OR_RETURN(const io::Directory below, directory.subdirectory(entry.name));
      RETURN_IF_ERROR(
          add_names(below, prefix + entry.name + "/", depth_left - 1, names_max, names));
    } else if (entry.kind == io::EntryKind::kFile) {
      if (names.size() == names_max) return fail(ErrorCode::kTooLarge, "too many blobs to list");
      names.push_back(prefix + entry.name);
    }
  }
  return {};
}

Result<std::vector<std::string>> DirectoryStore::list(const std::string& folder,
                                                      std::size_t names_max) const {
  std::vector<std::string> names;
  if (folder.empty()) {
    RETURN_IF_ERROR(add_names(root_, "", kNameDepthMax, names_max, names));
  } else {
    // The folder is the place of any blob within it.
    const Result<Place> place = place_of(folder + "/x", Missing::kIsAnError);
    if (!place && place.error().code == ErrorCode::kNotFound) return names;
    if (!place) return tl::unexpected<Error>(place.error());
    const auto depth = static_cast<std::size_t>(std::count(folder.begin(), folder.end(), '/')) + 1;
    RETURN_IF_ERROR(
        add_names(place->directory(*this), folder + "/", kNameDepthMax - depth, names_max, names));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> DirectoryStore::remove(const std::string& name) {
  ASSIGN_OR_RETURN(const Place place, place_of(name, Missing::kIsAnError));
  return place.directory(*this).remove(place.name);
}

Result<std::optional<io::Room>> DirectoryStore::room() const {
  ASSIGN_OR_RETURN(const io::Room room, root_.room());
  return std::optional<io::Room>(room);
}

Result<void> remove_partial_beneath(const io::Directory& directory, std::size_t depth_left) {
  RETURN_IF_ERROR(directory.remove_partial_files());
  if (depth_left == 0) return {};
  ASSIGN_OR_RETURN(const std::vector<io::Entry> entries, directory.entries(kFolderEntriesMax));
  for (const io::Entry& entry : entries) {
    if (entry.kind != io::EntryKind::kDirectory || !is_segment(entry.name)) continue;
    ASSIGN_OR_RETURN(const io::Directory below, directory.subdirectory(entry.name));
    RETURN_IF_ERROR(remove_partial_beneath(below, depth_left - 1));
  }
  return {};
}

Result<void> DirectoryStore::remove_abandoned() {
  return remove_partial_beneath(root_, kNameDepthMax);
}

Result<io::Directory> DirectoryStore::open_folder(const std::string& folder) const {
  ASSIGN_OR_RETURN(const Place place, place_of(folder, Missing::kIsAnError));
  return place.directory(*this).subdirectory(place.name);
}

Result<std::vector<std::string>> DirectoryStore::folders(const std::string& folder,
                                                         std::size_t names_max) const {
  std::vector<std::string> names;
  const Result<io::Directory> directory = open_folder(folder);
  if (!directory && directory.error().code == ErrorCode::kNotFound) return names;
  if (!directory) return tl::unexpected<Error>(directory.error());
  ASSIGN_OR_RETURN(std::vector<io::Entry> entries, directory->entries(names_max));
  for (io::Entry& entry : entries) {
    if (entry.kind == io::EntryKind::kDirectory && is_segment(entry.name))
      names.push_back(std::move(entry.name));
  }
  return names;
}

Result<UnixSeconds> DirectoryStore::last_written(const std::string& folder) const {
  ASSIGN_OR_RETURN(const io::Directory directory, open_folder(folder));
  ASSIGN_OR_RETURN(const std::int64_t seconds, directory.last_written());
  return UnixSeconds{seconds};
}

Result<void> DirectoryStore::remove_folder(const std::string& folder) {
  const Result<io::Directory> directory = open_folder(folder);
  if (!directory && directory.error().code == ErrorCode::kNotFound) return {};
  if (!directory) return tl::unexpected<Error>(directory.error());
  RETURN_IF_ERROR(directory->remove_partial_files());
  ASSIGN_OR_RETURN(const std::vector<io::Entry> entries, directory->entries(kFolderEntriesMax));
  for (const io::Entry& entry : entries) {
    if (entry.kind == io::EntryKind::kDirectory)
      return fail(ErrorCode::kDisk, folder + " holds another folder: not removed");
    RETURN_IF_ERROR(directory->remove(entry.name));
  }
  {
    const Lock lock(mutex_);
    durable_folders_.erase(folder + "/");
  }
  ASSIGN_OR_RETURN(const Place place, place_of(folder, Missing::kIsAnError));
  return place.directory(*this).remove(place.name);
}

}  // namespace

bool is_blob_name(std::string_view name) {
  if (name.empty() || name.size() > BlobStore::kNameBytesMax) return false;
  const std::vector<std::string> segments = segments_of(name);
  return segments.size() <= BlobStore::kNameDepthMax &&
         std::all_of(segments.begin(), segments.end(), is_segment);
}

Result<std::size_t> BlobStore::read_range(const std::string& name, std::uint64_t offset,
                                          MutableByteView out) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> reader, open(name));
  return reader->read_at(offset, out);
}

Result<std::uint64_t> BlobStore::size_bytes(const std::string& name) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> reader, open(name));
  return reader->size_bytes();
}

Result<bool> BlobStore::exists(const std::string& name) const {
  const Result<std::unique_ptr<io::Reader>> reader = open(name);
  if (reader) return true;
  if (reader.error().code == ErrorCode::kNotFound) return false;
  return tl::unexpected<Error>(reader.error());
}

Result<std::unique_ptr<BlobStore>> open_directory_store(const std::string& path, io::Files& files) {
  ASSIGN_OR_RETURN(io::Directory root, io::Directory::open_or_make(path, kDirectoryMode, files));
  return std::make_unique<DirectoryStore>(std::move(root));
}

Result<std::unique_ptr<BlobStore>> open_existing_directory_store(const std::string& path,
                                                                 io::Files& files) {
  Result<io::Directory> root = io::Directory::open(path, files);
  if (!root && root.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kNotFound,
                "the store " + printable(path) + " is missing: is its disk mounted?");
  }
  if (!root) return tl::unexpected<Error>(root.error());
  return std::make_unique<DirectoryStore>(std::move(*root));
}

}  // namespace strongroom::store
