#ifndef STRONGROOM_BENCHES_PROGRAM_VERBS_H_
#define STRONGROOM_BENCHES_PROGRAM_VERBS_H_

#include "words.h"

/// What the measuring program can do, one verb a run; benches/README.md lists them. Each does its
/// work and ends: the frame times it from outside, as it times the peers, unless a verb prints
/// figures of its own (one line of JSON).
namespace strongroom::bench {

// sealing.cc
[[nodiscard]] Result<void> make_random(const Words& words);
[[nodiscard]] Result<void> seal(const Words& words);
[[nodiscard]] Result<void> open(const Words& words);
[[nodiscard]] Result<void> first_piece(const Words& words);
// limits.cc
[[nodiscard]] Result<void> bare_seal(const Words& words);
[[nodiscard]] Result<void> bare_prepare(const Words& words);
[[nodiscard]] Result<void> bare_open(const Words& words);
[[nodiscard]] Result<void> bare_sha256(const Words& words);
[[nodiscard]] Result<void> bare_verify(const Words& words);
// fingerprinting.cc
[[nodiscard]] Result<void> make_weights(const Words& words);
[[nodiscard]] Result<void> fingerprint_weights(const Words& words);
[[nodiscard]] Result<void> bare_sha256_file(const Words& words);
// reading.cc
[[nodiscard]] Result<void> read_in_order(const Words& words);
[[nodiscard]] Result<void> read_at_random(const Words& words);
// mounting.cc
[[nodiscard]] Result<void> mount(const Words& words);
[[nodiscard]] Result<void> pass_through(const Words& words);
// logging.cc
[[nodiscard]] Result<void> fill_log(const Words& words);
[[nodiscard]] Result<void> append_to_log(const Words& words);
[[nodiscard]] Result<void> open_log(const Words& words);
[[nodiscard]] Result<void> audit_log(const Words& words);
// site.cc
[[nodiscard]] Result<void> fill_site(const Words& words);
[[nodiscard]] Result<void> receipt_times(const Words& words);
[[nodiscard]] Result<void> api_write(const Words& words);
[[nodiscard]] Result<void> release_times(const Words& words);
// triage.cc
[[nodiscard]] Result<void> inventory(const Words& words);

// scanning.cc
[[nodiscard]] Result<void> read_structure(const Words& words);
[[nodiscard]] Result<void> judge_pickles(const Words& words);

}  // namespace strongroom::bench

#endif  // STRONGROOM_BENCHES_PROGRAM_VERBS_H_
