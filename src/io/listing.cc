#include "io/listing.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/limits.h"

namespace strongroom::io {

namespace {

std::int64_t since_1970(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

class Walk {
 public:
  Walk(const ListingLimits& limits, Listing& listing) : limits_(limits), listing_(listing) {}

  Result<void> directory(const ReadOnlyDirectory& at, const std::string& prefix,
                         std::size_t depth) {
    if (depth > limits_.depth_max) {
      return fail(ErrorCode::kTooLarge,
                  fmt::format("{} lies deeper than {} directories", prefix, limits_.depth_max));
    }
    // Directories count too, so the walk is bounded whatever it meets.
    ASSIGN_OR_RETURN(const std::vector<Entry> entries,
                     at.entries(limits_.files_max, limits_.partial));
    for (const Entry& entry : entries) {
      if (++seen_ > 2 * limits_.files_max) return too_many();
      const std::string name = prefix + entry.name;
      if (name.size() > limits::kPathBytesMax) {
        return fail(ErrorCode::kTooLarge, "a path is too long: " + name);
      }
      if (entry.kind == EntryKind::kDirectory) {
        RETURN_IF_ERROR(below(at, entry.name, name, depth));
      } else if (entry.kind == EntryKind::kFile) {
        RETURN_IF_ERROR(file(at, entry.name, name));
      } else {
        listing_.oddities.push_back({name, entry.kind});
      }
    }
    return {};
  }

 private:
  Result<void> below(const ReadOnlyDirectory& at, const std::string& entry, const std::string& name,
                     std::size_t depth) {
    Result<ReadOnlyDirectory> entered = at.subdirectory(entry);
    const bool is_listable =
        entered && (!limits_.passes_unlistable ||
                    entered->entries(limits_.files_max, limits_.partial).has_value());
    if (!is_listable && limits_.passes_unlistable) {
      listing_.oddities.push_back({name, EntryKind::kDirectory});
      return {};
    }
    if (!entered) return tl::unexpected<Error>(std::move(entered).error());
    return directory(*entered, name + "/", depth + 1);
  }

  tl::unexpected<Error> too_many() const {
    return fail(ErrorCode::kTooLarge, fmt::format("more than {} files", limits_.files_max));
  }

  Result<void> file(const ReadOnlyDirectory& at, const std::string& entry,
                    const std::string& name) {
    if (listing_.files.size() == limits_.files_max) return too_many();
    struct stat status {};
    if (fstatat(at.descriptor(), entry.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return tl::unexpected<Error>(error_of(errno, "looking at " + name));
    }
    if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kConflict, name + " was replaced");
    const auto bytes = static_cast<std::uint64_t>(status.st_size);
    listing_.files.push_back({name, bytes, status.st_dev, status.st_ino, since_1970(status.st_mtim),
                              since_1970(status.st_ctim)});
    listing_.total_bytes += bytes;
    return {};
  }

  const ListingLimits& limits_;
  Listing& listing_;
  std::size_t seen_ = 0;
};

bool is_same(const ListedFile& a, const ListedFile& b) {
  return a.name == b.name && a.size_bytes == b.size_bytes && a.device == b.device &&
         a.inode == b.inode && a.written_ns == b.written_ns && a.changed_ns == b.changed_ns;
}

bool by_name(const ListedFile& a, const ListedFile& b) { return a.name < b.name; }

Result<Listing> list_beneath(ReadOnlyDirectory root, const ListingLimits& limits) {
  Listing listing{std::move(root), {}, {}, 0, limits};
  RETURN_IF_ERROR(Walk(limits, listing).directory(listing.root, "", 1));
  // "a.b" stands before "a/c": the order of whole names is not the order of the walk.
  std::sort(listing.files.begin(), listing.files.end(), by_name);
  return listing;
}

}  // namespace

Result<Listing> list_files(const std::string& path, const ListingLimits& limits) {
  ASSIGN_OR_RETURN(ReadOnlyDirectory root, ReadOnlyDirectory::open(path));
  return list_beneath(std::move(root), limits);
}

Result<void> check_unchanged(const Listing& listing) {
  ASSIGN_OR_RETURN(ReadOnlyDirectory root, listing.root.duplicate());
  const Result<Listing> now = list_beneath(std::move(root), listing.limits);
  const auto changed = [](const std::string& what) {
    return fail(ErrorCode::kConflict, what + " changed meanwhile");
  };
  // Entries that vanish under the walk, or too many that came: changes like any other.
  if (!now) return changed("the directory (" + now.error().context + ")");
  const auto& then = listing.files;
  const auto [before, after] =
      std::mismatch(then.begin(), then.end(), now->files.begin(), now->files.end(), is_same);
  if (before == then.end() && after == now->files.end()) {
    if (now->oddities.size() == listing.oddities.size()) return {};
    return changed("the directory, in which there is a link or a special file now,");
  }
  const bool came =
      before == then.end() || (after != now->files.end() && after->name < before->name);
  return changed(came ? after->name : before->name);
}

Result<FileReader> open_listed(const Listing& listing, const ListedFile& file) {
  std::string_view rest = file.name;
  std::optional<ReadOnlyDirectory> below;
  for (;;) {
    const ReadOnlyDirectory& at = below ? *below : listing.root;
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) {
      ASSIGN_OR_RETURN(FileReader reader, at.open_file(std::string(rest)));
      struct stat status {};
      if (fstat(reader.descriptor(), &status) != 0) {
        return tl::unexpected<Error>(error_of(errno, "looking at " + file.name));
      }
      if (status.st_dev != file.device || status.st_ino != file.inode) {
        return fail(ErrorCode::kConflict, file.name + " was replaced after it was listed");
      }
      return reader;
    }
    ASSIGN_OR_RETURN(ReadOnlyDirectory next, at.subdirectory(std::string(rest.substr(0, slash))));
    below = std::move(next);
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace strongroom::io
