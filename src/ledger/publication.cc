#include "ledger/publication.h"

#include "io/listing.h"
#include "io/read_only_directory.h"

namespace strongroom::ledger {
namespace {

class DirectoryPublication final : public Publication {
 public:
  DirectoryPublication(std::string path, io::ReadOnlyDirectory root)
      : path_(std::move(path)), root_(std::move(root)) {}

  Result<Bytes> read(const std::string& name, std::size_t bytes_max) const override {
    std::optional<io::ReadOnlyDirectory> folder;
    std::string rest = name;
    for (std::size_t slash = rest.find('/'); slash != std::string::npos; slash = rest.find('/')) {
      const io::ReadOnlyDirectory& above = folder ? *folder : root_;
      ASSIGN_OR_RETURN(io::ReadOnlyDirectory below, above.subdirectory(rest.substr(0, slash)));
      folder = std::move(below);
      rest.erase(0, slash + 1);
    }
    return (folder ? *folder : root_).read_file(rest, bytes_max);
  }

  Result<std::vector<std::string>> list(const std::string& folder,
                                        std::size_t names_max) const override {
    std::vector<std::string> names;
    const Result<io::Listing> listing = io::list_files(path_ + "/" + folder, {names_max});
    if (!listing && listing.error().code == ErrorCode::kNotFound) return names;
    if (!listing) return tl::unexpected<Error>(listing.error());
    for (const io::ListedFile& file : listing->files) names.push_back(folder + "/" + file.name);
    return names;
  }

 private:
  const std::string path_;
  const io::ReadOnlyDirectory root_;
};

/// The partial file, or the full one that took its place; with the width of what was found.
template <class Id>
Result<std::pair<Bytes, std::uint64_t>> read_either(const Publication& publication, const Id& id,
                                                    std::size_t bytes_max) {
  Id full = id;
  full.width = kTileWidth;
  Result<Bytes> bytes = publication.read(path_of(id), bytes_max);
  if (bytes) return std::pair(std::move(*bytes), id.width);
  if (bytes.error().code != ErrorCode::kNotFound || id.width == kTileWidth) {
    return fail(bytes.error(), path_of(id));
  }
  ASSIGN_OR_RETURN(Bytes whole, publication.read(path_of(full), bytes_max));
  return std::pair(std::move(whole), kTileWidth);
}

}  // namespace

Result<std::unique_ptr<Publication>> open_publication(const std::string& path) {
  ASSIGN_OR_RETURN(io::ReadOnlyDirectory root, io::ReadOnlyDirectory::open(path));
  return std::make_unique<DirectoryPublication>(path, std::move(root));
}

Result<std::vector<Digest>> read_tile(const Publication& publication, const TileId& tile) {
  ASSIGN_OR_RETURN(const auto found, read_either(publication, tile, kTileWidth * Digest::kBytes));
  Result<std::vector<Digest>> hashes = decode_tile(found.first, found.second);
  if (!hashes) return fail(hashes.error(), path_of(tile));
  hashes->resize(static_cast<std::size_t>(tile.width));
  return hashes;
}

Result<std::vector<Bytes>> read_bundle(const Publication& publication, const BundleId& bundle) {
  ASSIGN_OR_RETURN(const auto found, read_either(publication, bundle, kBundleBytesMax));
  Result<std::vector<Bytes>> entries = decode_bundle(found.first, found.second);
  if (!entries) return fail(entries.error(), path_of(bundle));
  entries->resize(static_cast<std::size_t>(bundle.width));
  return entries;
}

}  // namespace strongroom::ledger
