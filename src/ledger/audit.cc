#include "ledger/audit.h"

#include <fmt/format.h>

#include <map>

#include "crypto/merkle.h"

namespace strongroom::ledger {
namespace {

using crypto::TreeHash;

constexpr std::size_t kCheckpointsMax = 100'000'000;

/// One run over one publication.
class Audit {
 public:
  Audit(const Publication& publication, const NoteKey& log, const AuditOptions& options)
      : publication_(publication),
        log_(log),
        options_(options),
        pending_(kTileLevels),
        next_tile_(kTileLevels) {}

  [[nodiscard]] Result<AuditReport> run() {
    RETURN_IF_ERROR(gather_heads());
    RETURN_IF_ERROR(compare_heads());  // of the empty tree
    const std::uint64_t size = report_.checkpoint.size;
    for (std::uint64_t first = 0; first < size; first += kTileWidth) {
      RETURN_IF_ERROR(take_bundle({first / kTileWidth, std::min(kTileWidth, size - first)}));
    }
    for (unsigned level = 0; level < kTileLevels; ++level) {
      if (!pending_[level].empty()) RETURN_IF_ERROR(compare_tile(level));
    }
    return std::move(report_);
  }

 private:
  struct Head {
    std::string name;  // whence it came
    Digest root;
  };

  [[nodiscard]] tl::unexpected<Error> differs(std::string_view name) const {
    return fail(ErrorCode::kNotAuthentic,
                fmt::format("{} is not what the log's entries give", name));
  }

  /// The furthest head that the log signed is what the entries must lead to: whatever it commits to
  /// was durable before it was signed. Every other head must lie on the way.
  [[nodiscard]] Result<void> gather_heads() {
    RETURN_IF_ERROR(add_signed_head(kCheckpointPath));
    const std::uint64_t published = report_.checkpoint.size;
    const Result<std::vector<std::string>> kept =
        publication_.list(kCheckpointsFolder, kCheckpointsMax);
    report_.history_listed = kept.has_value();
    if (!kept && kept.error().code != ErrorCode::kUnavailable) {
      return tl::unexpected<Error>(kept.error());
    }
    bool keeps_published = false;
    for (const std::string& name : kept.value_or(std::vector<std::string>())) {
      ASSIGN_OR_RETURN(const std::uint64_t size, add_signed_head(name));
      if (name == kNewestCheckpointPath) continue;
      const Result<std::uint64_t> named = parse_checkpoint_path(name);
      if (!named || *named != size) return differs(name);
      keeps_published |= size == published;
      ++report_.checkpoints;
    }
    if (options_.history_required && report_.history_listed && !keeps_published) {
      return fail(ErrorCode::kNotFound, checkpoint_path(published) + " is missing");
    }
    for (const Checkpoint& seen : options_.seen) {
      if (seen.size > report_.checkpoint.size) {
        return fail(ErrorCode::kConflict,
                    fmt::format("the log has {} entries, but had {} when it was last seen",
                                report_.checkpoint.size, seen.size));
      }
      heads_.emplace(seen.size, Head{"a checkpoint seen earlier", seen.root});
    }
    return {};
  }

  /// Gives its size.
  [[nodiscard]] Result<std::uint64_t> add_signed_head(const std::string& name) {
    const Result<Bytes> bytes = publication_.read(name, kNoteBytesMax);
    if (!bytes) return fail(bytes.error(), name);
    Result<Checkpoint> head = open_checkpoint(as_text(*bytes), log_);
    if (!head) return fail(head.error(), name);
    const std::uint64_t size = head->size;
    heads_.emplace(size, Head{name, head->root});
    if (report_.checkpoint.origin.empty() || size > report_.checkpoint.size) {
      report_.checkpoint = std::move(*head);
    }
    return size;
  }

  [[nodiscard]] Result<void> compare_heads() {
    const auto [begin, end] = heads_.equal_range(tree_.size());
    if (begin == end) return {};
    const Digest root = tree_.root();
    for (auto head = begin; head != end; ++head) {
      if (head->second.root != root) return differs(head->second.name);
    }
    return {};
  }

  [[nodiscard]] Result<void> take_bundle(const BundleId& bundle) {
    ASSIGN_OR_RETURN(const std::vector<Bytes> entries, read_bundle(publication_, bundle));
    ++report_.bundles;
    std::uint64_t index = bundle.index * kTileWidth;
    for (const Bytes& entry : entries) {
      if (options_.on_entry) RETURN_IF_ERROR(options_.on_entry(index, entry));
      ++index;
      const Digest leaf = crypto::leaf_hash(TreeHash::kSha256, entry);
      tree_.add(leaf);
      RETURN_IF_ERROR(add_hash(0, leaf));
      RETURN_IF_ERROR(compare_heads());
    }
    const auto derive = [&entries](std::uint64_t width) {
      return encode_bundle(std::span(entries).first(static_cast<std::size_t>(width)));
    };
    RETURN_IF_ERROR(compare_partials<BundleId>(partials_folder_of(bundle), entries.size(),
                                               parse_bundle_path, derive, report_.bundles));
    return {};
  }

  [[nodiscard]] Result<void> add_hash(unsigned level, const Digest& hash) {
    pending_[level].push_back(hash);
    if (pending_[level].size() < kTileWidth) return {};
    RETURN_IF_ERROR(compare_tile(level));
    const Digest above = crypto::root_of(TreeHash::kSha256, pending_[level]);
    pending_[level].clear();
    ++next_tile_[level];
    return level + 1 < kTileLevels ? add_hash(level + 1, above) : Result<void>();
  }

  /// What is pending at `level`, full or partial, with its file.
  [[nodiscard]] Result<void> compare_tile(unsigned level) {
    const std::vector<Digest>& hashes = pending_[level];
    const TileId tile{level, next_tile_[level], hashes.size()};
    ASSIGN_OR_RETURN(const std::vector<Digest> published, read_tile(publication_, tile));
    if (published != hashes) return differs(path_of(tile));
    ++report_.tiles;
    const auto derive = [&hashes](std::uint64_t width) {
      return encode_tile(std::span(hashes).first(static_cast<std::size_t>(width)));
    };
    return compare_partials<TileId>(partials_folder_of(tile), hashes.size(), parse_tile_path,
                                    derive, report_.tiles);
  }

  /// Partial files of earlier sizes that are still there, up to the `known` width.
  template <class Id, class Parse, class Derive>
  [[nodiscard]] Result<void> compare_partials(const std::string& folder, std::uint64_t known,
                                              const Parse& parse, const Derive& derive,
                                              std::uint64_t& count) {
    if (!report_.history_listed) return {};
    ASSIGN_OR_RETURN(const std::vector<std::string> names, publication_.list(folder, kTileWidth));
    for (const std::string& name : names) {
      const Result<Id> id = parse(name);
      if (!id) return fail(id.error(), name);
      if (id->width >= known) continue;  // read already, or ahead of the checkpoint
      const Bytes expected = derive(id->width);
      const Result<Bytes> found = publication_.read(name, expected.size());
      if (!found && found.error().code == ErrorCode::kTooLarge) return differs(name);
      if (!found) return fail(found.error(), name);
      if (*found != expected) return differs(name);
      ++count;
    }
    return {};
  }

  const Publication& publication_;
  const NoteKey& log_;
  const AuditOptions& options_;
  AuditReport report_;
  std::multimap<std::uint64_t, Head> heads_;  // by size
  crypto::TreeBuilder tree_{TreeHash::kSha256};
  std::vector<std::vector<Digest>> pending_;  // by level: the tile that is filling
  std::vector<std::uint64_t> next_tile_;      // by level: its index
};

}  // namespace

Result<AuditReport> audit(const Publication& publication, const NoteKey& log,
                          const AuditOptions& options) {
  return Audit(publication, log, options).run();
}

}  // namespace strongroom::ledger
