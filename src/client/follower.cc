#include "client/follower.h"

#include "base/limits.h"
#include "client/kept_log.h"
#include "format/base64.h"
#include "format/json.h"
#include "ledger/log_proof.h"
#include "ledger/tile.h"
#include "protocol/bulk.h"

namespace strongroom::client {

using format::Fields;
using format::Json;

namespace {
constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::uint32_t kFileMode = 0600;
constexpr std::size_t kBundlesMax = 1u << 20;
constexpr std::size_t kTextDocumentBytesMax = 64 * 1024;
constexpr const char* kSeenFile = "checkpoint";
constexpr std::string_view kKeptField = "name";  // so that what was seen can be told offline

}  // namespace

Result<Follower> Follower::open(const StrongroomId& pinned, const std::string& home,
                                const Connection& connection) {
  ASSIGN_OR_RETURN(const io::Directory directory,
                   io::Directory::open_or_make(home, kDirectoryMode));
  ASSIGN_OR_RETURN(io::Directory log, directory.make_subdirectory("log", kDirectoryMode));
  RETURN_IF_ERROR(log.remove_partial_files());
  ASSIGN_OR_RETURN(const io::Directory names, log.make_subdirectory("names", kDirectoryMode));
  RETURN_IF_ERROR(names.remove_partial_files());
  Follower follower(pinned, std::move(log), connection);
  RETURN_IF_ERROR(follower.replay());
  return follower;
}

// A crash between bundle and checkpoint leaves entries beyond the checkpoint: they are judged like
// any other, and the next follow() checks them against the server's checkpoint.
Result<void> Follower::replay() {
  for (std::uint64_t index = 0; index < kBundlesMax; ++index) {
    const Result<Bytes> bytes = log_.read_file(bundle_file(index), ledger::kBundleBytesMax);
    if (!bytes && bytes.error().code == ErrorCode::kNotFound) break;
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    ASSIGN_OR_RETURN(last_bundle_, entries_of_bundle(*bytes, index));
    for (const Bytes& entry : last_bundle_) RETURN_IF_ERROR(world_.follow(as_text(entry)));
    if (last_bundle_.size() < ledger::kTileWidth) break;
    last_bundle_.clear();
  }
  return {};
}

ledger::NoteKey Follower::log_key() const {
  return {world_.genesis().origin, world_.genesis().log_key};
}

// Whoever follows again after a full disk must not forget what it saw meanwhile.
Result<void> Follower::keep_bundle() {
  if (is_kept_) return {};
  const std::uint64_t index = (world_.size() - 1) / ledger::kTileWidth;
  RETURN_IF_ERROR(log_.write_file_atomically(bundle_file(index),
                                             ledger::encode_bundle(last_bundle_), kFileMode));
  if (last_bundle_.size() == ledger::kTileWidth) last_bundle_.clear();
  is_kept_ = true;
  return {};
}

Result<void> Follower::follow_to(std::uint64_t size) {
  RETURN_IF_ERROR(keep_bundle());
  while (world_.size() < size) {
    const std::uint64_t index = world_.size() / ledger::kTileWidth;
    const std::uint64_t width = std::min(ledger::kTileWidth, size - index * ledger::kTileWidth);
    ASSIGN_OR_RETURN(const std::vector<Bytes> entries,
                     ledger::read_bundle(*connection_, {index, width}));
    const std::size_t known = world_.size() % ledger::kTileWidth;
    for (std::size_t i = known; i < width; ++i) {
      RETURN_IF_ERROR(world_.follow(as_text(entries[i])));
      last_bundle_.push_back(entries[i]);
      is_kept_ = false;
    }
    RETURN_IF_ERROR(keep_bundle());
  }
  return {};
}

// The first entry is known by its id, which is pinned, and names the key of the log.
Result<void> Follower::follow_genesis(std::string_view signed_note) {
  if (world_.size() > 0) return {};
  ASSIGN_OR_RETURN(const ledger::Note note, ledger::parse_note(signed_note));
  ASSIGN_OR_RETURN(const ledger::Checkpoint claimed, ledger::parse_checkpoint(note.text));
  if (claimed.size == 0) {
    return fail(ErrorCode::kNotYet, "the log is empty: nothing is founded there yet");
  }
  ASSIGN_OR_RETURN(
      const std::vector<Bytes> entries,
      ledger::read_bundle(*connection_, {0, std::min(ledger::kTileWidth, claimed.size)}));
  RETURN_IF_ERROR(world_.follow(as_text(entries.front())));
  last_bundle_ = {entries.front()};
  is_kept_ = false;
  return {};
}

Result<void> Follower::follow() {
  const Result<Bytes> read = connection_->read(ledger::kCheckpointPath, ledger::kNoteBytesMax);
  is_away_ = !read && read.error().code == ErrorCode::kNetwork;
  if (!read) return tl::unexpected<Error>(read.error());
  const Bytes& note_bytes = *read;
  RETURN_IF_ERROR(follow_genesis(as_text(note_bytes)));
  // Only what the log's own key has signed is followed, or held against the server.
  ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                   ledger::open_checkpoint(as_text(note_bytes), log_key()));
  if (checkpoint.size < world_.size()) {
    return fail(ErrorCode::kNotAuthentic,
                "the server shows " + std::to_string(checkpoint.size) + " entries where " +
                    std::to_string(world_.size()) +
                    " were seen before: rolled back, or another log. Raise the alarm");
  }
  RETURN_IF_ERROR(follow_to(checkpoint.size));
  if (checkpoint.root != world_.root()) {
    return fail(ErrorCode::kNotAuthentic,
                "the server's checkpoint is not of the entries it served, or not of those seen "
                "before: a fork. Raise the alarm");
  }
  return log_.write_file_atomically(kSeenFile, note_bytes, kFileMode);
}

Result<void> Follower::follow_growth(int seconds) {
  const std::string query =
      "size=" + std::to_string(world_.size()) + "&seconds=" + std::to_string(seconds);
  ASSIGN_OR_RETURN(const Bytes answer, connection_->get("/v1/growth", query));
  static_cast<void>(answer);  // the checkpoint tells
  return follow();
}

Result<protocol::Receipt> Follower::submit(const protocol::Command& command) {
  ASSIGN_OR_RETURN(const Bytes answer,
                   connection_->post("/v1/commands", as_bytes(encode(command))));
  ASSIGN_OR_RETURN(protocol::Receipt receipt, protocol::decode_receipt(as_text(answer)));
  RETURN_IF_ERROR(follow());
  RETURN_IF_ERROR(check_receipt(command, receipt));
  return receipt;
}

Result<std::vector<Result<std::int64_t>>> Follower::submit_all(
    std::span<const protocol::Command> commands) {
  std::vector<Result<std::int64_t>> positions;
  if (commands.empty()) return positions;
  ASSIGN_OR_RETURN(const Bytes answer,
                   connection_->post("/v1/bulk/commands", as_bytes(protocol::encode(commands))));
  ASSIGN_OR_RETURN(const std::vector<Result<protocol::Receipt>> answers,
                   protocol::decode_answers(as_text(answer)));
  if (answers.size() != commands.size())
    return fail(ErrorCode::kNotAuthentic, "the server answered another number of commands");
  RETURN_IF_ERROR(follow());
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (!answers[i]) {
      positions.emplace_back(tl::unexpected<Error>(answers[i].error()));
      continue;
    }
    RETURN_IF_ERROR(check_receipt(commands[i], *answers[i]));
    positions.emplace_back(answers[i]->index);
  }
  return positions;
}

Result<void> Follower::check_receipt(const protocol::Command& command,
                                     const protocol::Receipt& receipt) const {
  ASSIGN_OR_RETURN(const ledger::LogProof proof, ledger::parse_log_proof(receipt.proof));
  ASSIGN_OR_RETURN(const ledger::Checkpoint proved,
                   ledger::verify_log_proof(proof, as_bytes(receipt.entry), log_key()));
  // The log's own signature is not enough: it must be this log, as far as it is shown.
  ASSIGN_OR_RETURN(const auto root,
                   world_.rooms().tree.root_at(static_cast<std::int64_t>(proved.size)));
  if (!root || *root != proved.root) {
    return fail(ErrorCode::kNotAuthentic,
                "the receipt is of another log than the one that is shown: a fork. Raise the "
                "alarm");
  }
  ASSIGN_OR_RETURN(const protocol::Entry entry, protocol::decode_entry(receipt.entry));
  if (entry.statement != command.statement ||
      static_cast<std::uint64_t>(entry.index) != proof.index) {
    return fail(ErrorCode::kNotAuthentic, "the receipt is for another entry than the one sent");
  }
  return {};
}

Result<std::optional<Bytes>> Follower::text_document(std::string_view field,
                                                     const Digest& commitment) const {
  // Who did not answer a moment ago is not waited for once more.
  Result<Bytes> bytes = is_away_
                            ? Result<Bytes>(fail(ErrorCode::kNetwork,
                                                 "the server is away, and this is not kept here"))
                            : connection_->get("/v1/texts/" + commitment.hex());
  const bool is_erased = !bytes && bytes.error().code == ErrorCode::kNotFound;
  // Only a convenience: a name that cannot be kept is asked for again.
  const Result<io::Directory> kept = field == kKeptField
                                         ? log_.make_subdirectory("names", kDirectoryMode)
                                         : Result<io::Directory>(fail(ErrorCode::kNotFound, ""));
  if (kept) {
    const Result<Bytes> before = kept->read_file(commitment.hex(), kTextDocumentBytesMax);
    Result<void> done;
    if (!bytes && bytes.error().code == ErrorCode::kNetwork && before) return *before;
    if (is_erased && before) done = kept->remove(commitment.hex());
    if (bytes && (!before || *before != *bytes))
      done = kept->write_file_atomically(commitment.hex(), *bytes, kFileMode);
    static_cast<void>(done);
  }
  if (is_erased) return std::nullopt;
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  return std::move(*bytes);
}

Result<std::optional<std::string>> Follower::text(std::string_view field,
                                                  const Digest& commitment) const {
  ASSIGN_OR_RETURN(const std::optional<Bytes> bytes, text_document(field, commitment));
  if (!bytes) return std::nullopt;
  ASSIGN_OR_RETURN(const Json json,
                   format::decode_canonical(as_text(*bytes), kTextDocumentBytesMax));
  Fields fields(json, "text");
  protocol::Opening opening;
  ASSIGN_OR_RETURN(opening.salt, fields.id<decltype(opening.salt)>("salt"));
  ASSIGN_OR_RETURN(opening.text, fields.text("text"));
  RETURN_IF_ERROR(fields.done());
  if (protocol::commitment_to(field, opening) != commitment) {
    return fail(ErrorCode::kNotAuthentic, "the server gave another text than the log commits to");
  }
  return opening.text;
}

Result<std::vector<std::optional<std::string>>> Follower::texts(
    std::string_view field, std::span<const Digest> commitments) const {
  std::vector<std::optional<std::string>> found;
  for (std::size_t at = 0; at < commitments.size(); at += protocol::kBulkTextsMax) {
    const auto some =
        commitments.subspan(at, std::min(protocol::kBulkTextsMax, commitments.size() - at));
    ASSIGN_OR_RETURN(const Bytes answer,
                     connection_->post("/v1/bulk/texts", as_bytes(protocol::encode(some))));
    ASSIGN_OR_RETURN(std::vector<std::optional<protocol::Opening>> openings,
                     protocol::decode_openings(as_text(answer)));
    if (openings.size() != some.size())
      return fail(ErrorCode::kNotAuthentic, "the server gave another number of texts");
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (!openings[i]) {
        found.emplace_back();
        continue;
      }
      if (protocol::commitment_to(field, *openings[i]) != some[i])
        return fail(ErrorCode::kNotAuthentic,
                    "the server gave another text than the log commits to");
      found.emplace_back(std::move(openings[i]->text));
    }
  }
  return found;
}

Result<std::string> Follower::shown_text(std::string_view field, const Digest& commitment) const {
  Result<std::optional<std::string>> given = text(field, commitment);
  if (!given && is_away_ && given.error().code == ErrorCode::kNetwork)
    return std::string("(not kept here)");
  ASSIGN_OR_RETURN(const std::optional<std::string> found, std::move(given));
  return found ? printable(*found) : std::string("(erased)");
}

Result<Bytes> Follower::attachment(const std::string& name) const {
  return connection_->get("/v1/attachments/" + name);
}

Result<Bytes> Follower::object_document(const ObjectId& object, const std::string& name) const {
  return connection_->get("/v1/objects/" + object.hex() + "/" + name);
}

}  // namespace strongroom::client
