// rooms: ledger
// Signed notes, checkpoints and proofs as other logs and witnesses write them.
#include "ledger/log_proof.h"
#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  must_round_trip(
      input, ledger::parse_note, [](const ledger::Note& note) { return encode_note(note); },
      "note");
  must_round_trip(
      input, ledger::parse_note_key,
      [](const ledger::NoteKey& key) { return encode_note_key(key); }, "note key");
  must_round_trip(
      input, ledger::parse_checkpoint,
      [](const ledger::Checkpoint& checkpoint) { return encode_checkpoint(checkpoint); },
      "checkpoint");
  must_round_trip(
      input, ledger::parse_log_proof,
      [](const ledger::LogProof& proof) { return encode_log_proof(proof); }, "log proof");
  const Result<ledger::Note> note = ledger::parse_note(input);
  // A key that nobody holds the other half of: nothing is signed by it.
  ledger::NoteKey nobodys{.name = "strongroom.invalid/fuzz", .key = {}};
  nobodys.key.bytes.fill(0x5a);
  if (note) must(!verify_note(*note, std::array{nobodys}), "nobody's key signed nothing");
  must(!ledger::open_checkpoint(input, nobodys), "nobody's log has no checkpoint");
}

}  // namespace strongroom::fuzz
