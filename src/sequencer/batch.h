#ifndef STRONGROOM_SEQUENCER_BATCH_H_
#define STRONGROOM_SEQUENCER_BATCH_H_

#include "ledger/writer.h"
#include "sequencer/tables.h"
#include "sequencer/views.h"

namespace strongroom::sequencer {

/// Commands decided one after the other inside one transaction, each on what its predecessor left.
/// Nothing is true before the transaction's owner commits it. Borrows all three. One thread.
class Batch {
 public:
  Batch(store::Transaction& transaction, ledger::LogWriter& log, const Head& head)
      : transaction_(transaction), log_(log), views_(transaction), head_(head) {}

  /// Judges the command at this place in the log and at `now`, appends it and what follows from it:
  /// its place.
  /// After an error nothing of this command is left, and the others are untouched, unless `broken`
  /// says otherwise. Errors: the judge's, the tables', the log's.
  [[nodiscard]] Result<std::int64_t> add(const protocol::Command& command, UnixSeconds now);

  /// Where the log stands with this batch.
  [[nodiscard]] const Head& head() const { return head_; }
  /// The transaction itself failed: nothing of it may be committed.
  [[nodiscard]] const std::optional<Error>& broken() const { return broken_; }

 private:
  [[nodiscard]] Result<std::int64_t> add_inside(const protocol::Command& command, UnixSeconds now);
  // Judges, applies, and writes it to the log.
  [[nodiscard]] Result<judge::Event> append(const protocol::Entry& entry);
  [[nodiscard]] Result<void> take_back(const Error& why);

  store::Transaction& transaction_;
  ledger::LogWriter& log_;
  WritableViews views_;
  Head head_;
  std::optional<Error> broken_;
};

/// Derives every view and the sequencer's derived tables from the log in `transaction`, judging
/// each entry again. Errors: the judge's, with the position; kMalformed (the log is damaged).
[[nodiscard]] Result<void> derive_views(store::Transaction& transaction);

}  // namespace strongroom::sequencer

#endif  // STRONGROOM_SEQUENCER_BATCH_H_
