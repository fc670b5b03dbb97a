// rooms: ledger
#include "ledger/tile.h"
#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  must_round_trip(
      input, ledger::parse_tile_path, [](const ledger::TileId& id) { return path_of(id); },
      "tile path");
  must_round_trip(
      input, ledger::parse_bundle_path, [](const ledger::BundleId& id) { return path_of(id); },
      "bundle path");
  must_round_trip(input, ledger::parse_checkpoint_path, ledger::checkpoint_path, "checkpoint path");
  must_round_trip(
      input, ledger::parse_decimal, [](std::uint64_t number) { return std::to_string(number); },
      "decimal");
  const ByteView bytes = as_bytes(input);
  for (const std::uint64_t width : {1u, 2u, 7u, 256u}) {
    const Result<std::vector<Digest>> tile = ledger::decode_tile(bytes, width);
    if (tile) must(as_text(ledger::encode_tile(*tile)) == input, "tile");
    const Result<std::vector<Bytes>> bundle = ledger::decode_bundle(bytes, width);
    if (bundle) {
      must(bundle->size() == width, "as many entries as asked for");
      must(as_text(ledger::encode_bundle(*bundle)) == input, "bundle");
    }
  }
}

}  // namespace strongroom::fuzz
