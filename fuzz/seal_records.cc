// rooms: seal
// What lies beside a sealed object, where anybody who has the storage can write.
#include "property.h"
#include "seal/manifest.h"
#include "seal/names.h"
#include "seal/shares.h"

namespace strongroom::fuzz {

FUZZ(input) {
  const Result<seal::Manifest> manifest = seal::decode_manifest(input);
  if (manifest) {
    must(value_of(encode(*manifest), "a manifest can be written") == input, "manifest");
    std::int64_t files = 0;
    for (std::size_t group = 0; group < manifest->groups.size(); ++group)
      files += static_cast<std::int64_t>(
          seal::file_streams(*manifest, static_cast<std::int64_t>(group)).size());
    must(files == manifest->file_count(), "a manifest's groups hold all its files");
  }
  const Result<seal::KeyRecord> record = seal::decode_key_record(input);
  if (record) {
    must(value_of(encode(*record), "a key record can be written") == input, "key record");
    for (const std::string& path : seal::node_paths(record->policy))
      static_cast<void>(record->commitment(0, path));
  }
  const Result<seal::SealedShares> shares = seal::decode_sealed_shares(input);
  if (shares)
    must(value_of(encode(*shares), "sealed shares can be written") == input, "sealed shares");
}

}  // namespace strongroom::fuzz
