#include "ledger/tile.h"

#include <fmt/format.h>

#include <charconv>

namespace strongroom::ledger {
namespace {

constexpr std::string_view kTilePrefix = "tile/";
constexpr std::string_view kEntriesPrefix = "tile/entries/";
constexpr std::string_view kCheckpointsPrefix = "checkpoints/";
constexpr std::size_t kHashBytes = Digest::kBytes;

/// 1234067 is "x001/x234/067".
std::string grouped(std::uint64_t number) {
  std::string text = fmt::format("{:03}", number % 1'000);
  while (number >= 1'000) {
    number /= 1'000;
    text = fmt::format("x{:03}/{}", number % 1'000, text);
  }
  return text;
}

tl::unexpected<Error> not_a_path(std::string_view path) {
  return fail(ErrorCode::kMalformed, "not a path of a log: " + std::string(path.substr(0, 100)));
}

/// Reads loosely; callers compare with what they would have written.
std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number);
  if (digits.empty() || error != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> number_of_groups(std::string_view groups) {
  std::string digits;
  for (const char c : groups) {
    if (c != 'x' && c != '/') digits += c;
    if (digits.size() > 21) return std::nullopt;
  }
  return number_of(digits);
}

struct Numbered {
  std::uint64_t index;
  std::uint64_t width;
};

std::optional<Numbered> numbered(std::string_view text) {
  std::uint64_t width = kTileWidth;
  if (const std::size_t dot = text.find(".p/"); dot != std::string_view::npos) {
    const std::optional<std::uint64_t> partial = number_of(text.substr(dot + 3));
    if (!partial || *partial == 0 || *partial >= kTileWidth) return std::nullopt;
    width = *partial;
    text = text.substr(0, dot);
  }
  const std::optional<std::uint64_t> index = number_of_groups(text);
  if (!index) return std::nullopt;
  return Numbered{*index, width};
}

std::string with_width(std::string path, std::uint64_t width) {
  return width == kTileWidth ? path : fmt::format("{}.p/{}", path, width);
}

}  // namespace

std::uint64_t hashes_at(unsigned level, std::uint64_t size) {
  return level >= kTileLevels ? 0 : size >> (8 * level);
}

TileId tile_in(std::uint64_t size, unsigned level, std::uint64_t index) {
  const std::uint64_t hashes = hashes_at(level, size);
  const std::uint64_t full_tiles = hashes / kTileWidth;
  const std::uint64_t width = index < full_tiles    ? kTileWidth
                              : index == full_tiles ? hashes % kTileWidth
                                                    : 0;
  return {level, index, width};
}

std::string path_of(const TileId& tile) {
  return with_width(fmt::format("{}{}/{}", kTilePrefix, tile.level, grouped(tile.index)),
                    tile.width);
}

std::string path_of(const BundleId& bundle) {
  return with_width(fmt::format("{}{}", kEntriesPrefix, grouped(bundle.index)), bundle.width);
}

std::string partials_folder_of(const TileId& tile) {
  return path_of(TileId{tile.level, tile.index, kTileWidth}) + ".p";
}

std::string partials_folder_of(const BundleId& bundle) {
  return path_of(BundleId{bundle.index, kTileWidth}) + ".p";
}

std::string checkpoint_path(std::uint64_t size) {
  return fmt::format("{}{}", kCheckpointsPrefix, grouped(size));
}

Result<TileId> parse_tile_path(std::string_view path) {
  if (!path.starts_with(kTilePrefix)) return not_a_path(path);
  const std::string_view rest = path.substr(kTilePrefix.size());
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return not_a_path(path);
  const std::optional<std::uint64_t> level = number_of(rest.substr(0, slash));
  const std::optional<Numbered> tile = numbered(rest.substr(slash + 1));
  if (!level || *level > 63 || !tile) return not_a_path(path);
  const TileId id{static_cast<unsigned>(*level), tile->index, tile->width};
  if (path_of(id) != path) return not_a_path(path);
  return id;
}

Result<BundleId> parse_bundle_path(std::string_view path) {
  if (!path.starts_with(kEntriesPrefix)) return not_a_path(path);
  const std::optional<Numbered> bundle = numbered(path.substr(kEntriesPrefix.size()));
  if (!bundle) return not_a_path(path);
  const BundleId id{bundle->index, bundle->width};
  if (path_of(id) != path) return not_a_path(path);
  return id;
}

Result<std::uint64_t> parse_checkpoint_path(std::string_view path) {
  if (!path.starts_with(kCheckpointsPrefix)) return not_a_path(path);
  const std::optional<std::uint64_t> size =
      number_of_groups(path.substr(kCheckpointsPrefix.size()));
  if (!size || checkpoint_path(*size) != path) return not_a_path(path);
  return *size;
}

Result<std::uint64_t> parse_decimal(std::string_view digits) {
  const std::optional<std::uint64_t> number = number_of(digits);
  if (!number || (digits.size() > 1 && digits[0] == '0')) {
    return fail(ErrorCode::kMalformed, "not a decimal number");
  }
  return *number;
}

Bytes encode_tile(std::span<const Digest> hashes) {
  Bytes bytes;
  bytes.reserve(hashes.size() * kHashBytes);
  for (const Digest& hash : hashes) {
    bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  }
  return bytes;
}

Result<std::vector<Digest>> decode_tile(ByteView bytes, std::uint64_t width) {
  if (width == 0 || width > kTileWidth || bytes.size() != width * kHashBytes) {
    return fail(ErrorCode::kMalformed,
                fmt::format("a tile of {} hashes has {} bytes", width, bytes.size()));
  }
  std::vector<Digest> hashes(static_cast<std::size_t>(width));
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const ByteView hash = bytes.subspan(i * kHashBytes, kHashBytes);
    std::copy(hash.begin(), hash.end(), hashes[i].bytes.begin());
  }
  return hashes;
}

Bytes encode_bundle(std::span<const Bytes> entries) {
  Bytes bytes;
  for (const Bytes& entry : entries) {
    CHECK(entry.size() <= limits::kEntryBytesMax);
    std::array<std::uint8_t, 2> length{};
    put_u16(static_cast<std::uint16_t>(entry.size()), length);
    bytes.insert(bytes.end(), length.begin(), length.end());
    bytes.insert(bytes.end(), entry.begin(), entry.end());
  }
  return bytes;
}

Result<std::vector<Bytes>> decode_bundle(ByteView bytes, std::uint64_t width) {
  if (width == 0 || width > kTileWidth) {
    return fail(ErrorCode::kMalformed, "a bundle holds 1 to 256 entries");
  }
  std::vector<Bytes> entries;
  entries.reserve(static_cast<std::size_t>(width));
  while (entries.size() < width) {
    if (bytes.size() < 2) return fail(ErrorCode::kMalformed, "a bundle ends before its last entry");
    const std::size_t length = get_u16(bytes.first<2>());
    bytes = bytes.subspan(2);
    if (bytes.size() < length) return fail(ErrorCode::kMalformed, "a bundle ends within an entry");
    entries.push_back(copy_bytes(bytes.first(length)));
    bytes = bytes.subspan(length);
  }
  if (!bytes.empty()) return fail(ErrorCode::kMalformed, "a bundle has bytes after its last entry");
  return entries;
}

}  // namespace strongroom::ledger
