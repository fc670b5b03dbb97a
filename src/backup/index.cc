#include "backup/index.h"

#include <fmt/format.h>

#include "crypto/hash.h"
#include "format/json.h"
#include "ledger/tile.h"
#include "store/blob_store.h"

namespace strongroom::backup {

using format::Fields;
using format::Json;

namespace {

tl::unexpected<Error> wrong(std::string_view why) {
  return fail(ErrorCode::kMalformed, fmt::format("the backup's index: {}", why));
}

Result<std::pair<std::string, Row>> decode_line(std::string_view line) {
  constexpr std::size_t kDigits = 2 * Digest::kBytes;
  const std::size_t second = line.find(' ', kDigits + 1);
  if (line.size() < kDigits + 1 || line[kDigits] != ' ' || second == std::string_view::npos)
    return wrong("a line is not digest, size and name");
  const std::optional<Digest> digest = Digest::from_hex_text(line.substr(0, kDigits));
  if (!digest) return wrong("a digest is none");
  const Result<std::uint64_t> bytes =
      ledger::parse_decimal(line.substr(kDigits + 1, second - kDigits - 1));
  if (!bytes || *bytes > static_cast<std::uint64_t>(limits::kJsonIntegerMax))
    return wrong("a size is none");
  const std::string_view name = line.substr(second + 1);
  if (!store::is_blob_name(name)) return wrong("a name that no file has");
  return std::pair(std::string(name), Row{*digest, static_cast<std::int64_t>(*bytes)});
}

}  // namespace

std::string encode_index(const Index& index) {
  std::string text;
  for (const auto& [name, row] : index)
    text += fmt::format("{} {} {}\n", row.digest.hex(), row.bytes, name);
  return text;
}

Result<Index> decode_index(std::string_view bytes) {
  if (bytes.size() > kIndexBytesMax) return wrong("too large");
  Index index;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return wrong("cut off");
    ASSIGN_OR_RETURN(auto line, decode_line(bytes.substr(0, end)));
    if (!index.empty() && line.first <= index.rbegin()->first) return wrong("out of order");
    index.emplace_hint(index.end(), std::move(line));
    bytes.remove_prefix(end + 1);
  }
  return index;
}

std::string encode_manifest(const Manifest& manifest) {
  const std::string json = format::encode(Json::Object{{"v", std::int64_t{1}},
                                                       {"type", "strongroom-backup"},
                                                       {"strongroom", manifest.strongroom},
                                                       {"demonstration", manifest.demonstration},
                                                       {"number", manifest.number},
                                                       {"made", manifest.made.value},
                                                       {"log_size", manifest.log_size},
                                                       {"log_root", manifest.log_root},
                                                       {"log_time", manifest.log_time.value},
                                                       {"objects", manifest.objects},
                                                       {"files", manifest.files},
                                                       {"bytes", manifest.bytes},
                                                       {"keys", manifest.keys},
                                                       {"index", manifest.index}});
  return json + "\n" + crypto::sha256(as_bytes(json)).hex() + "\n";
}

Result<Manifest> decode_manifest(std::string_view bytes) {
  constexpr std::int64_t kMax = limits::kJsonIntegerMax;
  const std::size_t end = bytes.find('\n');
  const std::string_view line = bytes.substr(0, end);
  if (end == std::string_view::npos ||
      bytes.substr(end + 1) != crypto::sha256(as_bytes(line)).hex() + "\n")
    return fail(ErrorCode::kMalformed, "the backup's manifest is damaged");
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(line, kManifestBytesMax));
  Fields fields(json, "the backup's manifest");
  ASSIGN_OR_RETURN(const std::int64_t version, fields.integer("v", 1, 1));
  static_cast<void>(version);
  RETURN_IF_ERROR(fields.require("type", "strongroom-backup"));
  Manifest manifest;
  ASSIGN_OR_RETURN(manifest.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(manifest.demonstration, fields.boolean("demonstration"));
  ASSIGN_OR_RETURN(manifest.number, fields.integer("number", 1, kNumberMax));
  ASSIGN_OR_RETURN(manifest.made.value, fields.integer("made", 0, kMax));
  ASSIGN_OR_RETURN(manifest.log_size, fields.integer("log_size", 1, kMax));
  ASSIGN_OR_RETURN(manifest.log_root, fields.id<Digest>("log_root"));
  ASSIGN_OR_RETURN(manifest.log_time.value, fields.integer("log_time", 0, kMax));
  ASSIGN_OR_RETURN(manifest.objects, fields.integer("objects", 0, kMax));
  ASSIGN_OR_RETURN(manifest.files, fields.integer("files", 0, kMax));
  ASSIGN_OR_RETURN(manifest.bytes, fields.integer("bytes", 0, kMax));
  ASSIGN_OR_RETURN(manifest.keys, fields.boolean("keys"));
  ASSIGN_OR_RETURN(manifest.index, fields.id<Digest>("index"));
  RETURN_IF_ERROR(fields.done());
  return manifest;
}

std::string folder_of(std::int64_t number) { return fmt::format("backups/{:06}", number); }

Result<std::string> place_in_site(std::int64_t number, const std::string& name) {
  const std::string own = folder_of(number) + "/";
  if (name == own + std::string(kDatabaseName)) return std::string("copy.db");
  for (const auto& [from, to] :
       {std::pair(std::string("objects/"), std::string("objects/objects/")),
        std::pair(std::string("log/"), std::string("public/")),
        std::pair(own + "log/", std::string("public/")),
        std::pair(own + "keys/", std::string("wrapped/"))}) {
    if (name.starts_with(from)) return to + name.substr(from.size());
  }
  return fail(ErrorCode::kMalformed, "the backup's index names a file that no backup has: " + name);
}

}  // namespace strongroom::backup
