#include "backup/checks.h"

#include "base/limits.h"
#include "crypto/hash.h"
#include "ledger/tile.h"
#include "protocol/deposit.h"
#include "protocol/entry.h"
#include "seal/audit.h"
#include "seal/key_record.h"
#include "seal/layout.h"
#include "seal/shares.h"

namespace strongroom::backup {

namespace {

constexpr std::size_t kPieceBytes = 1u << 20;

tl::unexpected<Error> not_in_log(const std::string& blob) {
  return fail(ErrorCode::kNotAuthentic, blob + " is not what the log says it is");
}

}  // namespace

Result<Bytes> CopiedLog::read(const std::string& name, std::size_t bytes_max) const {
  for (const std::string& place : {own_ + name, "log/" + name}) {
    if (index_.contains(place)) return store_.get(place, bytes_max);
  }
  return fail(ErrorCode::kNotFound, name + " is not in the backup");
}

Result<std::vector<std::string>> CopiedLog::list(const std::string& folder,
                                                 std::size_t names_max) const {
  std::vector<std::string> names;
  for (const std::string& log : {own_, std::string("log/")}) {
    const std::string prefix = log + folder + "/";
    for (auto at = index_.lower_bound(prefix); at != index_.end(); ++at) {
      if (!at->first.starts_with(prefix)) break;
      if (names.size() == names_max) return fail(ErrorCode::kTooLarge, "too many files of a log");
      names.push_back(at->first.substr(log.size()));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<protocol::Genesis> genesis_in(const ledger::Publication& log) {
  ASSIGN_OR_RETURN(const Bytes bytes, log.read(ledger::kCheckpointPath, ledger::kNoteBytesMax));
  ASSIGN_OR_RETURN(const ledger::Note note, ledger::parse_note(as_text(bytes)));
  ASSIGN_OR_RETURN(const ledger::Checkpoint claimed, ledger::parse_checkpoint(note.text));
  if (claimed.size == 0) return fail(ErrorCode::kNotFound, "the log is empty: nothing is founded");
  ASSIGN_OR_RETURN(const std::vector<Bytes> entries,
                   ledger::read_bundle(log, {0, std::min(ledger::kTileWidth, claimed.size)}));
  ASSIGN_OR_RETURN(const protocol::Entry entry, protocol::decode_entry(as_text(entries.front())));
  if (entry.type != protocol::EntryType::kGenesis || !entry.statement)
    return fail(ErrorCode::kMalformed, "the log does not begin with a genesis");
  return protocol::genesis_from(*entry.statement);
}

Result<JudgedLog> judge_log(const ledger::Publication& log, const StrongroomId& strongroom) {
  ASSIGN_OR_RETURN(const protocol::Genesis genesis, genesis_in(log));
  if (genesis.id() != strongroom) {
    return fail(ErrorCode::kNotAuthentic,
                "this is the log of another strongroom: " + genesis.id().hex());
  }
  JudgedLog judged{judge::World(strongroom), {}};
  ledger::AuditOptions options;
  options.on_entry = [&judged](std::uint64_t, ByteView entry) {
    return judged.world.follow(as_text(entry));
  };
  ASSIGN_OR_RETURN(ledger::AuditReport report,
                   ledger::audit(log, {genesis.origin, genesis.log_key}, options));
  judged.checkpoint = std::move(report.checkpoint);
  return judged;
}

namespace {

Result<Bytes> read_document(const store::BlobStore& store, const std::string& blob) {
  Result<Bytes> bytes = store.get(blob, limits::kJsonDocumentBytesMax);
  return bytes ? std::move(bytes) : fail(bytes.error(), blob);
}

Result<void> check_record(const store::BlobStore& store, const ObjectId& object,
                          const vault::Record& named) {
  const std::string record = seal::key_record_blob(object, named.epoch, named.key_record);
  const std::string shares = seal::sealed_shares_blob(object, named.epoch, named.sealed_shares);
  ASSIGN_OR_RETURN(const Bytes record_bytes, read_document(store, record));
  if (seal::key_record_digest(as_text(record_bytes)) != named.key_record) return not_in_log(record);
  ASSIGN_OR_RETURN(const Bytes shares_bytes, read_document(store, shares));
  if (seal::sealed_shares_digest(as_text(shares_bytes)) != named.sealed_shares)
    return not_in_log(shares);
  return {};
}

}  // namespace

Result<void> check_object(const store::BlobStore& store, const vault::Object& object, Depth depth) {
  const protocol::Deposit& deposit = object.deposit;
  const std::string name = seal::manifest_blob(deposit.object);
  RETURN_IF_ERROR(check_record(store, deposit.object, object.record));
  if (object.pending) RETURN_IF_ERROR(check_record(store, deposit.object, *object.pending));
  ASSIGN_OR_RETURN(const Bytes manifest_bytes, read_document(store, name));
  if (seal::manifest_digest(as_text(manifest_bytes)) != deposit.manifest) return not_in_log(name);
  if (depth == Depth::kDocuments) return {};
  ASSIGN_OR_RETURN(const seal::Manifest manifest, seal::decode_manifest(as_text(manifest_bytes)));
  ASSIGN_OR_RETURN(const seal::Audit audit, seal::audit_object(store, manifest));
  if (audit.findings.empty()) return {};
  const seal::AuditFinding& first = audit.findings.front();
  return fail(ErrorCode::kNotAuthentic, first.blob + ": " + first.what);
}

Result<Row> copy_blob(const io::Reader& from, store::BlobStore& to, const std::string& name,
                      const std::function<bool(std::uint64_t)>& on_bytes) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::BlobWriter> writer,
                   to.create(name, io::OnExisting::kReplace));
  crypto::Sha256Stream hash;
  Bytes piece(kPieceBytes);
  std::uint64_t offset = 0;
  for (;;) {
    ASSIGN_OR_RETURN(const std::size_t count, from.read_at(offset, piece));
    if (count == 0) break;
    const ByteView bytes = ByteView(piece).first(count);
    hash.add(bytes);
    RETURN_IF_ERROR(writer->append(bytes));
    offset += count;
    if (on_bytes && !on_bytes(count)) return fail(ErrorCode::kInterrupted, "told to stop");
  }
  RETURN_IF_ERROR(writer->commit());
  return Row{hash.finish(), static_cast<std::int64_t>(offset)};
}

Result<Row> measure(const io::Reader& reader) {
  crypto::Sha256Stream hash;
  Bytes piece(kPieceBytes);
  std::uint64_t offset = 0;
  for (;;) {
    ASSIGN_OR_RETURN(const std::size_t count, reader.read_at(offset, piece));
    if (count == 0) return Row{hash.finish(), static_cast<std::int64_t>(offset)};
    hash.add(ByteView(piece).first(count));
    offset += count;
  }
}

}  // namespace strongroom::backup
