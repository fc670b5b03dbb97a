#include "client/kept_log.h"

#include "base/limits.h"
#include "format/json.h"
#include "io/directory.h"
#include "ledger/tile.h"

namespace strongroom::client {

using format::Fields;
using format::Json;

namespace {
constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::uint32_t kFileMode = 0600;
constexpr const char* kLog = "log";
constexpr const char* kNames = "names";
constexpr const char* kManyNamesFile = "many";  // beside one file for each that was asked for alone
}  // namespace

std::string bundle_file(std::uint64_t index) {
  std::string digits = std::to_string(index);
  return "bundle-" + std::string(12 - digits.size(), '0') + digits;
}

Result<std::vector<Bytes>> entries_of_bundle(ByteView bundle, std::uint64_t index) {
  std::vector<Bytes> entries;
  std::size_t at = 0;
  while (at < bundle.size()) {
    const ByteView rest = bundle.subspan(at);
    const std::size_t length = rest.size() < 2 ? rest.size() : get_u16(rest.first<2>());
    if (rest.size() < 2 + length)
      return fail(ErrorCode::kMalformed, "the kept log is damaged: " + bundle_file(index));
    entries.push_back(copy_bytes(rest.subspan(2, length)));
    at += 2 + length;
  }
  return entries;
}

Result<void> each_kept_entry(const std::string& home,
                             const std::function<Result<bool>(std::string_view)>& take) {
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(home));
  ASSIGN_OR_RETURN(const io::Directory log, directory.subdirectory(kLog));
  for (std::uint64_t index = 0;; ++index) {
    const Result<Bytes> bytes = log.read_file(bundle_file(index), ledger::kBundleBytesMax);
    if (!bytes && bytes.error().code == ErrorCode::kNotFound) return {};
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    ASSIGN_OR_RETURN(const std::vector<Bytes> entries, entries_of_bundle(*bytes, index));
    for (const Bytes& entry : entries) {
      ASSIGN_OR_RETURN(const bool goes_on, take(as_text(entry)));
      if (!goes_on) return {};
    }
    if (entries.size() < ledger::kTileWidth) return {};
  }
}

Result<void> keep_names(const std::string& home, const Names& names) {
  Json::Object all;
  for (const auto& [commitment, text] : names) all.emplace(commitment.hex(), text);
  const std::string text = format::encode(Json::Object{{"names", std::move(all)}});
  if (text.size() > limits::kJsonDocumentBytesMax)
    return fail(ErrorCode::kTooLarge, "too many names to be kept");
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(home));
  ASSIGN_OR_RETURN(const io::Directory log, directory.subdirectory(kLog));
  ASSIGN_OR_RETURN(const io::Directory folder, log.make_subdirectory(kNames, kDirectoryMode));
  const Result<Bytes> before = folder.read_file(kManyNamesFile, limits::kJsonDocumentBytesMax);
  if (before && as_text(*before) == text) return {};
  return folder.write_file_atomically(kManyNamesFile, as_bytes(text), kFileMode);
}

Result<Names> kept_names(const std::string& home) {
  Names names;
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(home));
  ASSIGN_OR_RETURN(const io::Directory log, directory.subdirectory(kLog));
  ASSIGN_OR_RETURN(const io::Directory folder, log.make_subdirectory(kNames, kDirectoryMode));
  const Result<Bytes> bytes = folder.read_file(kManyNamesFile, limits::kJsonDocumentBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::kNotFound) return names;
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  ASSIGN_OR_RETURN(const Json json,
                   format::decode_canonical(as_text(*bytes), limits::kJsonDocumentBytesMax));
  Fields fields(json, "kept names");
  ASSIGN_OR_RETURN(const Json::Object* all, fields.object("names"));
  RETURN_IF_ERROR(fields.done());
  for (const auto& [commitment, kept] : *all) {
    const auto digest = Digest::from_hex_text(commitment);
    if (!digest || kept.text() == nullptr)
      return fail(ErrorCode::kMalformed, "the kept names are damaged: remove log/names/many");
    names.emplace(*digest, *kept.text());
  }
  return names;
}

}  // namespace strongroom::client
