#ifndef STRONGROOM_SEQUENCER_SEQUENCER_H_
#define STRONGROOM_SEQUENCER_SEQUENCER_H_

#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "judge/judge.h"
#include "ledger/note.h"
#include "protocol/command.h"
#include "store/blob_store.h"
#include "store/database.h"

namespace strongroom::sequencer {

/// What is pointed to is borrowed for the sequencer's lifetime.
struct Options {
  store::Database* database = nullptr;      ///< entries, views, texts, attachments
  store::BlobStore* publication = nullptr;  ///< tiles, entry bundles, checkpoints
  crypto::Ed25519Public log_key;            ///< the genesis must name it
  ledger::Signer log_signer;                ///< signs for log_key; called by one thread at a time
  const Clock* clock = nullptr;
  std::size_t waiting_max = 1024;  ///< commands in the queue; one more is refused
  std::size_t batch_max = 128;     ///< commands in one commit
};

/// The one writer of a strongroom's log. Takes commands in order, decides each on what its
/// predecessor left, appends the entry and what follows from it, updates the views, commits once
/// and publishes; then answers. If the log cannot be written, nothing happens. After a failed sync
/// every call that would write is kDurability: end the program, start again.
/// Thread-safe. Destruction waits for the commit under way; commands still waiting get
/// kInterrupted.
class Sequencer {
 public:
  /// Finishes the publication of what was committed before a crash. Errors: kDisk, kMalformed
  /// (damage), kNotAuthentic (another log key than the genesis names; a log behind its own
  /// publication).
  [[nodiscard]] static Result<std::unique_ptr<Sequencer>> open(const Options& options);
  virtual ~Sequencer() = default;

  /// Blocks until the entry is durable and published. The first command founds the strongroom: type
  /// kGenesis, its statement the genesis, signed by the founders. A command that is in the log
  /// already (same type, statement, signatures, body) gets its first receipt again.
  /// Errors: the judge's; kMalformed (a text that the statement holds no commitment to, a bad
  /// attachment); kConflict (an attachment of this name with other bytes); kUnavailable (too many
  /// are waiting: try again); kDisk, kNoSpace (nothing happened, unless only publishing failed: the
  /// same command again tells); kDurability; kInterrupted.
  [[nodiscard]] virtual Result<protocol::Receipt> submit(protocol::Command command) = 0;
  /// Several, one behind the other without another's between them, in as few commits as
  /// `batch_max` allows. One answer for each: one that is refused stops none of those behind it.
  /// At most `waiting_max`, of which those that wait count: else all are kUnavailable.
  [[nodiscard]] virtual std::vector<Result<protocol::Receipt>> submit_all(
      std::vector<protocol::Command> commands) = 0;

  /// Lends what is true now, all at one position of the log, for the call. Do not submit from it.
  [[nodiscard]] virtual Result<void> read(
      const std::function<Result<void>(const judge::Rooms&)>& reader) const = 0;

  /// How many entries are published.
  [[nodiscard]] virtual std::int64_t size() const = 0;
  /// Published entries from `first`, at most `count` and kEntriesMax; fewer at the end. Errors:
  /// kUsage (negative), kDisk.
  [[nodiscard]] virtual Result<std::vector<std::string>> entries(std::int64_t first,
                                                                 std::int64_t count) const = 0;
  static constexpr std::int64_t kEntriesMax = 1024;
  /// The signed note over the first size() entries. Errors: kNotFound (nothing is founded).
  [[nodiscard]] virtual Result<std::string> checkpoint() const = 0;
  /// C2SP tlog-proof of the entry under the newest checkpoint. Errors: kNotFound.
  [[nodiscard]] virtual Result<std::string> receipt_proof(std::int64_t index) const = 0;

  /// The text behind a commitment, or nothing: never given, or erased.
  [[nodiscard]] virtual Result<std::optional<protocol::Opening>> text(
      const Digest& commitment) const = 0;
  /// Text and salt, for ever; the log is unchanged. No error when there is none.
  [[nodiscard]] virtual Result<void> erase_text(const Digest& commitment) = 0;

  [[nodiscard]] virtual Result<std::optional<Bytes>> attachment(const std::string& name) const = 0;
  /// Durable when it returns. Errors: kConflict (other bytes under this name), kTooLarge,
  /// kMalformed (the name).
  [[nodiscard]] virtual Result<void> attach(const protocol::Attachment& attachment) = 0;

  /// Waits until size() > known_size, at most `wait_ms_max`; gives size().
  [[nodiscard]] virtual Result<std::int64_t> wait_for_growth(std::int64_t known_size,
                                                             std::int64_t wait_ms_max) const = 0;

  /// Empties every view and derives it from the log again, judging each entry. Errors: as open, and
  /// the judge's (damage): the views are then as before.
  [[nodiscard]] virtual Result<void> rebuild() = 0;
};

}  // namespace strongroom::sequencer

#endif  // STRONGROOM_SEQUENCER_SEQUENCER_H_
