#ifndef STRONGROOM_LEDGER_PUBLICATION_H_
#define STRONGROOM_LEDGER_PUBLICATION_H_

#include <memory>
#include <string>
#include <vector>

#include "ledger/tree.h"

namespace strongroom::ledger {

/// A log's published files, wherever they lie. Nothing in them is believed before it is checked.
/// Thread-safe.
class Publication {
 public:
  virtual ~Publication() = default;
  /// Errors: kNotFound, kTooLarge (over `bytes_max`), kDisk, kNetwork.
  [[nodiscard]] virtual Result<Bytes> read(const std::string& name,
                                           std::size_t bytes_max) const = 0;
  /// Names of the files beneath `folder`, whole, sorted; none when it is not there. A place that
  /// cannot list (plain HTTP) gives kUnavailable. Errors: kTooLarge (over `names_max`), kDisk.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& folder,
                                                              std::size_t names_max) const = 0;
};

/// The directory at `path`; links in it are refused. Errors: kNotFound, kDisk.
[[nodiscard]] Result<std::unique_ptr<Publication>> open_publication(const std::string& path);

/// Of the tile, or of the full one in its place: partial tiles may go once the full one is there.
/// Errors: kNotFound, kMalformed, kDisk.
[[nodiscard]] Result<std::vector<Digest>> read_tile(const Publication& publication,
                                                    const TileId& tile);
/// Likewise. Errors: kNotFound, kMalformed, kDisk.
[[nodiscard]] Result<std::vector<Bytes>> read_bundle(const Publication& publication,
                                                     const BundleId& bundle);

/// Published tiles as a source for proofs. Borrows `publication`.
class PublishedTiles final : public TileSource {
 public:
  explicit PublishedTiles(const Publication& publication) : publication_(publication) {}
  [[nodiscard]] Result<std::vector<Digest>> hashes(const TileId& tile) const override {
    return read_tile(publication_, tile);
  }

 private:
  const Publication& publication_;
};

}  // namespace strongroom::ledger

#endif  // STRONGROOM_LEDGER_PUBLICATION_H_
