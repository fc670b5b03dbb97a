#include "seal/manifest.h"

#include "base/limits.h"
#include "crypto/hash.h"
#include "format/json.h"
#include "seal/layout.h"

namespace strongroom::seal {

using format::Fields;
using format::Json;

namespace {

constexpr std::string_view kFormat = "strongroom manifest 1";

Json::Object to_object(const SealedStream& stream) {
  return {{"bytes", static_cast<std::int64_t>(stream.bytes)},
          {"segments", static_cast<std::int64_t>(segment_count(stream.bytes))},
          {"root", stream.root}};
}

Result<SealedStream> stream_from(Fields& fields) {
  SealedStream stream;
  ASSIGN_OR_RETURN(const std::int64_t bytes,
                   fields.integer("bytes", 0, static_cast<std::int64_t>(kStreamBytesMax)));
  ASSIGN_OR_RETURN(const std::int64_t segments,
                   fields.integer("segments", 1, limits::kJsonIntegerMax));
  stream.bytes = static_cast<std::uint64_t>(bytes);
  if (static_cast<std::uint64_t>(segments) != segment_count(stream.bytes)) {
    return fail(ErrorCode::kMalformed, "manifest: a segment count that does not follow");
  }
  ASSIGN_OR_RETURN(stream.root, fields.id<Digest>("root"));
  return stream;
}

Result<SealedStream> names_from(const Json& json) {
  Fields fields(json, "manifest names");
  ASSIGN_OR_RETURN(const SealedStream names, stream_from(fields));
  RETURN_IF_ERROR(fields.done());
  // Names are read as a whole.
  if (names.bytes > limits::kJsonDocumentBytesMax) {
    return fail(ErrorCode::kTooLarge, "manifest: names over their bound");
  }
  return names;
}

// Counts through all groups: an index that is missing, doubled or out of order shows.
struct Totals {
  std::int64_t files = 0;
  std::uint64_t bytes = 0;

  Result<void> add(const SealedStream& file) {
    ++files;
    bytes += file.bytes;  // both terms at most 2^52
    if (files > static_cast<std::int64_t>(limits::kObjectFilesMax) || bytes > kStreamBytesMax) {
      return fail(ErrorCode::kTooLarge, "manifest: an object of too many files or bytes");
    }
    return {};
  }
};

Result<SealedGroup> group_from(const Json& json, std::int64_t expected, Totals& totals) {
  Fields fields(json, "manifest group");
  SealedGroup group;
  RETURN_IF_ERROR(fields.integer("group", expected, expected));
  ASSIGN_OR_RETURN(const Json* names, fields.any("names"));
  ASSIGN_OR_RETURN(group.names, names_from(*names));
  ASSIGN_OR_RETURN(const Json::Array* files, fields.array("files", limits::kObjectFilesMax));
  for (const Json& file : *files) {
    Fields of_file(file, "manifest file");
    RETURN_IF_ERROR(of_file.integer("index", totals.files, totals.files));
    ASSIGN_OR_RETURN(const SealedStream stream, stream_from(of_file));
    RETURN_IF_ERROR(of_file.done());
    RETURN_IF_ERROR(totals.add(stream));
    group.files.push_back(stream);
  }
  RETURN_IF_ERROR(fields.done());
  return group;
}

StreamIdentity identity_of(const Manifest& manifest, std::int64_t group, StreamKind kind) {
  return {manifest.strongroom, manifest.object, group, kind, 0, 0, manifest.suite};
}

}  // namespace

std::int64_t Manifest::file_count() const {
  std::size_t count = 0;
  for (const SealedGroup& group : groups) count += group.files.size();
  return static_cast<std::int64_t>(count);
}

std::uint64_t Manifest::plaintext_bytes() const {
  std::uint64_t bytes = 0;
  for (const SealedGroup& group : groups) {
    for (const SealedStream& file : group.files) bytes += file.bytes;
  }
  return bytes;
}

Result<std::string> encode(const Manifest& manifest) {
  if (manifest.file_count() > static_cast<std::int64_t>(limits::kObjectFilesMax)) {
    return fail(ErrorCode::kTooLarge, "an object of more files than a manifest may list");
  }
  Json::Array groups;
  std::int64_t index = 0;
  for (const SealedGroup& group : manifest.groups) {
    Json::Array files;
    for (const SealedStream& file : group.files) {
      Json::Object object = to_object(file);
      object.emplace("index", index++);
      files.emplace_back(std::move(object));
    }
    groups.emplace_back(Json::Object{{"group", static_cast<std::int64_t>(groups.size())},
                                     {"names", to_object(group.names)},
                                     {"files", std::move(files)}});
  }
  Json::Object document{{"format", std::string(kFormat)},
                        {"strongroom", manifest.strongroom},
                        {"object", manifest.object},
                        {"payload_suite", std::string(name_of(manifest.suite))},
                        {"groups", std::move(groups)}};
  if (manifest.previous) document.emplace("previous", *manifest.previous);
  std::string bytes = format::encode(std::move(document));
  if (bytes.size() > limits::kJsonDocumentBytesMax) {
    return fail(ErrorCode::kTooLarge, "an object of more files than a manifest may list");
  }
  return bytes;
}

Result<Manifest> decode_manifest(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, limits::kJsonDocumentBytesMax));
  Fields fields(json, "manifest");
  Manifest manifest;
  RETURN_IF_ERROR(fields.require("format", kFormat));
  ASSIGN_OR_RETURN(manifest.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(manifest.object, fields.id<ObjectId>("object"));
  ASSIGN_OR_RETURN(const std::string suite, fields.text("payload_suite"));
  ASSIGN_OR_RETURN(manifest.suite, payload_suite_from(suite));
  if (fields.has("previous")) {
    ASSIGN_OR_RETURN(manifest.previous, fields.id<Digest>("previous"));
  }
  ASSIGN_OR_RETURN(const Json::Array* groups, fields.array("groups", limits::kObjectGroupsMax));
  if (groups->empty()) return fail(ErrorCode::kMalformed, "manifest: no group");
  Totals totals;
  for (const Json& item : *groups) {
    const auto expected = static_cast<std::int64_t>(manifest.groups.size());
    ASSIGN_OR_RETURN(SealedGroup group, group_from(item, expected, totals));
    manifest.groups.push_back(std::move(group));
  }
  RETURN_IF_ERROR(fields.done());
  return manifest;
}

Digest manifest_digest(std::string_view bytes) {
  return crypto::labelled_digest("manifest", {as_bytes(bytes)});
}

PlacedStream names_stream(const Manifest& manifest, std::int64_t group) {
  const SealedStream& names = manifest.groups.at(static_cast<std::size_t>(group)).names;
  StreamIdentity identity = identity_of(manifest, group, StreamKind::kNames);
  identity.bytes = names.bytes;
  return {identity, names, names_blob(manifest.object, group)};
}

std::vector<PlacedStream> file_streams(const Manifest& manifest, std::int64_t group) {
  StreamIdentity identity = identity_of(manifest, group, StreamKind::kFile);
  for (std::int64_t before = 0; before < group; ++before) {
    const auto& files = manifest.groups.at(static_cast<std::size_t>(before)).files;
    identity.index += static_cast<std::int64_t>(files.size());
  }
  std::vector<PlacedStream> streams;
  for (const SealedStream& file : manifest.groups.at(static_cast<std::size_t>(group)).files) {
    identity.bytes = file.bytes;
    streams.push_back({identity, file, file_blob(manifest.object, identity.index)});
    ++identity.index;
  }
  return streams;
}

}  // namespace strongroom::seal
