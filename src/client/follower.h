#ifndef STRONGROOM_CLIENT_FOLLOWER_H_
#define STRONGROOM_CLIENT_FOLLOWER_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client/connection.h"
#include "io/directory.h"
#include "judge/world.h"
#include "ledger/checkpoint.h"
#include "protocol/command.h"

namespace strongroom::client {

/// What every tool says for as long as there are no witnesses.
inline constexpr std::string_view kFreshnessUnproved =
    "freshness unproved: no witness has cosigned this log";

/// A strongroom as its own log tells it, followed from the pinned id over a connection: every entry
/// judged here, every checkpoint compared with what was seen before. The server is believed in
/// nothing. What has been followed is kept in `home`/log and replayed at the next start. Not
/// thread-safe.
class Follower {
 public:
  /// Replays what `home` keeps. Borrows `connection`. Errors: kDisk; kNotAuthentic (the kept log
  /// breaks the rules).
  [[nodiscard]] static Result<Follower> open(const StrongroomId& pinned, const std::string& home,
                                             const Connection& connection);

  /// Up to the server's checkpoint. Errors: kNetwork; kNotAuthentic (a fork, a rewind, a forged or
  /// forbidden entry: the follower is not to be used again, and what it saw is kept as evidence).
  [[nodiscard]] Result<void> follow();
  /// Waits until the log has grown beyond what was followed, or `seconds` have passed; then
  /// follows.
  [[nodiscard]] Result<void> follow_growth(int seconds);

  [[nodiscard]] const judge::World& world() const { return world_; }

  /// Sends a command, follows the log, and checks the receipt's proof against the log's key and
  /// against the log that was followed. Errors: what the server refuses with; those of `follow`;
  /// kNotAuthentic (a receipt of another entry, or of another log).
  [[nodiscard]] Result<protocol::Receipt> submit(const protocol::Command& command);
  /// Several in one exchange (protocol/bulk.h), judged in their order, each receipt checked as
  /// `submit` checks one. One answer for each, its position in the log; one that is refused stops
  /// none of those behind it. Errors of the whole, of which nothing stands or, with kNetwork,
  /// nobody knows: as `submit`.
  [[nodiscard]] Result<std::vector<Result<std::int64_t>>> submit_all(
      std::span<const protocol::Command> commands);

  /// The text behind a commitment, checked against it; nothing when it has been erased. Names are
  /// kept in `home`/log/names and taken from there when the server is away; one that has been
  /// erased goes there too, the next time it is asked for.
  [[nodiscard]] Result<std::optional<std::string>> text(std::string_view field,
                                                        const Digest& commitment) const;
  /// Of many at once, checked as `text` checks one; in their order; nothing is kept here. Errors:
  /// as `text`.
  [[nodiscard]] Result<std::vector<std::optional<std::string>>> texts(
      std::string_view field, std::span<const Digest> commitments) const;
  /// As `text`, printable and quoted by the caller; "(erased)" when it is gone; "(not kept here)"
  /// when the server did not answer the last follow() and the text has not been kept.
  [[nodiscard]] Result<std::string> shown_text(std::string_view field,
                                               const Digest& commitment) const;
  /// What a proposal carries. Not checked against anything. Errors: kNotFound.
  [[nodiscard]] Result<Bytes> attachment(const std::string& name) const;
  /// A document of an object ("key-record-0"). Not checked against anything. Errors: kNotFound.
  [[nodiscard]] Result<Bytes> object_document(const ObjectId& object,
                                              const std::string& name) const;

  [[nodiscard]] const Connection& connection() const { return *connection_; }

 private:
  Follower(const StrongroomId& pinned, io::Directory log, const Connection& connection)
      : world_(pinned), log_(std::move(log)), connection_(&connection) {}
  Result<std::optional<Bytes>> text_document(std::string_view field,
                                             const Digest& commitment) const;
  Result<void> check_receipt(const protocol::Command& command,
                             const protocol::Receipt& receipt) const;
  Result<void> replay();
  Result<void> follow_to(std::uint64_t size);
  Result<void> follow_genesis(std::string_view signed_note);
  /// Writes down what was followed and could not be kept before, if anything.
  Result<void> keep_bundle();
  [[nodiscard]] ledger::NoteKey log_key() const;

  judge::World world_;
  io::Directory log_;
  const Connection* connection_;
  std::vector<Bytes> last_bundle_;  // the entries of the bundle that is not full yet, or not kept
  bool is_away_ = false;            // the server did not answer the last follow()
  bool is_kept_ = true;             // false: last_bundle_ holds more than the disk does
};

}  // namespace strongroom::client

#endif  // STRONGROOM_CLIENT_FOLLOWER_H_
