#ifndef STRONGROOM_TESTS_PROMISES_FORGED_LOG_H_
#define STRONGROOM_TESTS_PROMISES_FORGED_LOG_H_

#include "ledger/note.h"
#include "whole_lab.h"

/// What whoever holds the log's signing key can do: publish any entries, correctly signed.
namespace strongroom::promises {

using Entries = std::vector<std::string>;

[[nodiscard]] std::string encoded(const protocol::Entry& entry);
/// As the server would log it next, whether or not the rules allow it.
[[nodiscard]] Entries with_next(Entries entries, const protocol::Command& command,
                                UnixSeconds time);
/// `entries` published under the genuine log key; everything but the log is answered honestly.
[[nodiscard]] Lie forged_log(const WholeLab& lab, const Entries& entries);
[[nodiscard]] ledger::NoteKey log_name(const WholeLab& lab);
/// Under any name, signed by `key`.
[[nodiscard]] Lie forged_log(const Entries& entries, const ledger::NoteKey& name,
                             const keys::SigningKeyFile& key);
/// The receipt of the last of `entries` in such a log.
[[nodiscard]] protocol::Receipt forged_receipt(const Entries& entries, const ledger::NoteKey& name,
                                               const keys::SigningKeyFile& key);
/// Judged as every client, agent and keeper judges, from the pinned id.
[[nodiscard]] Result<void> judged(const StrongroomId& pinned, const Entries& entries);

}  // namespace strongroom::promises

#endif  // STRONGROOM_TESTS_PROMISES_FORGED_LOG_H_
