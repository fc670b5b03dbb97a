#include "verification.h"

#include "io/read_only_directory.h"

namespace strongroom::verifier {

namespace {

constexpr std::string_view kDemonstrationPrefix = "demo-";

Result<StrongroomId> id_of(const Task& task) {
  const std::optional<StrongroomId> id = StrongroomId::from_hex_text(plain_id(task.id));
  if (!id) {
    return fail(ErrorCode::kUsage,
                "not a strongroom's id: 64 lower-case hexadecimal digits, after \"demo-\" in a "
                "demonstration: " +
                    printable(task.id));
  }
  if (task.id.starts_with(kDemonstrationPrefix) && !task.demonstration) {
    return fail(ErrorCode::kUsage,
                "this is the id of a demonstration, which protects nothing: add --demonstration "
                "if that is what you want to verify");
  }
  return *id;
}

Result<void> check_mode(const Task& task, const protocol::Genesis& genesis) {
  if (genesis.demonstration() && !task.demonstration) {
    return fail(ErrorCode::kUsage,
                "this strongroom is a demonstration, which protects nothing: add --demonstration "
                "if that is what you want to verify");
  }
  const bool taken_for_one = task.demonstration || task.id.starts_with(kDemonstrationPrefix);
  if (!genesis.demonstration() && taken_for_one) {
    return fail(ErrorCode::kUsage,
                "this strongroom is no demonstration: leave out --demonstration and \"demo-\"");
  }
  return {};
}

/// The log's own key stands in its first entry, which the id vouches for. How many entries there
/// are is not believed here: it only says which file the first one is in.
Result<protocol::Genesis> read_genesis(const ledger::Publication& publication,
                                       const StrongroomId& id) {
  const Result<Bytes> bytes = publication.read(ledger::kCheckpointPath, ledger::kNoteBytesMax);
  if (!bytes) {
    return fail(bytes.error(), std::string(ledger::kCheckpointPath) +
                                   " (is this the directory of a log's published files?)");
  }
  const Result<ledger::Note> note = ledger::parse_note(as_text(*bytes));
  if (!note) return fail(note.error(), ledger::kCheckpointPath);
  const Result<ledger::Checkpoint> claimed = ledger::parse_checkpoint(note->text);
  if (!claimed) return fail(claimed.error(), ledger::kCheckpointPath);
  if (claimed->size == 0) return fail(ErrorCode::kNotFound, "the log is empty: it has no genesis");
  ASSIGN_OR_RETURN(
      const std::vector<Bytes> entries,
      ledger::read_bundle(publication, {0, std::min(ledger::kTileWidth, claimed->size)}));
  judge::World first(id);
  RETURN_IF_ERROR(first.follow(as_text(entries.front())));
  return first.genesis();
}

Result<ledger::Checkpoint> read_since(const std::string& path, const ledger::NoteKey& log) {
  const Result<Bytes> bytes = io::read_file(path, ledger::kNoteBytesMax);
  if (!bytes) return fail(bytes.error(), path);
  Result<ledger::Checkpoint> checkpoint = ledger::open_checkpoint(as_text(*bytes), log);
  if (!checkpoint) return fail(checkpoint.error(), path);
  return checkpoint;
}

}  // namespace

Result<Verified> verify_log(const Task& task) {
  ASSIGN_OR_RETURN(const StrongroomId id, id_of(task));
  if (task.directory.find("://") != std::string::npos) {
    return fail(ErrorCode::kUsage,
                "a URL cannot be read yet: fetch the log's files and name their directory");
  }
  ASSIGN_OR_RETURN(const auto publication, ledger::open_publication(task.directory));
  ASSIGN_OR_RETURN(const protocol::Genesis genesis, read_genesis(*publication, id));
  RETURN_IF_ERROR(check_mode(task, genesis));
  const ledger::NoteKey log{genesis.origin, genesis.log_key};

  judge::World world(id);
  UnixSeconds founded;
  ledger::AuditOptions options;
  options.on_entry = [&world, &founded](std::uint64_t index, ByteView entry) -> Result<void> {
    RETURN_IF_ERROR(world.follow(as_text(entry)));
    if (index == 0) founded = world.time();
    return {};
  };
  if (!task.since.empty()) {
    ASSIGN_OR_RETURN(ledger::Checkpoint since, read_since(task.since, log));
    options.seen.push_back(std::move(since));
  }
  ASSIGN_OR_RETURN(ledger::AuditReport report, ledger::audit(*publication, log, options));
  ASSIGN_OR_RETURN(const std::vector<registry::Decided> due, world.rooms().registry.due());
  if (!due.empty()) {
    return fail(ErrorCode::kRefused, "the log ends where the triage of asset " +
                                         due.front().asset.hex() +
                                         " is due: its server has left something out");
  }
  return Verified{
      .world = std::move(world),
      .audit = std::move(report),
      .founded = founded,
      .since_size = options.seen.empty() ? 0 : options.seen.front().size,
  };
}

}  // namespace strongroom::verifier
