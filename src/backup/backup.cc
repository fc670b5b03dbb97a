#include "backup/backup.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "backup/checks.h"
#include "base/clock.h"
#include "crypto/hash.h"
#include "io/directory.h"
#include "keys/key_file.h"
#include "ledger/tile.h"
#include "seal/layout.h"
#include "store/database.h"

namespace strongroom::backup {

using store::BlobStore;
using store::OnExisting;

namespace {

constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::size_t kFilesMax = 10'000'000;
constexpr std::size_t kBackupsMax = 1'000'000;
constexpr int kTries = 3;  // at a log that grows while it is copied

struct There {
  std::vector<Manifest> complete;
  std::vector<std::int64_t> begun;  // without a manifest
};

Result<There> look(const BlobStore& store) {
  ASSIGN_OR_RETURN(const std::vector<std::string> folders, store.folders("backups", kBackupsMax));
  There there;
  for (const std::string& folder : folders) {
    const Result<std::uint64_t> number = ledger::parse_decimal(
        std::string_view(folder).substr(std::min(folder.size(), folder.find_first_not_of('0'))));
    if (!number || folder_of(static_cast<std::int64_t>(*number)) != "backups/" + folder) continue;
    const std::string name = "backups/" + folder + "/" + std::string(kManifestName);
    const Result<Bytes> bytes = store.get(name, kManifestBytesMax);
    if (!bytes && bytes.error().code == ErrorCode::kNotFound) {
      there.begun.push_back(static_cast<std::int64_t>(*number));
      continue;
    }
    if (!bytes) return fail(bytes.error(), name);
    Result<Manifest> manifest = decode_manifest(as_text(*bytes));
    if (!manifest) return fail(manifest.error(), name);
    if (manifest->number != static_cast<std::int64_t>(*number))
      return fail(ErrorCode::kNotAuthentic, name + " is another backup's");
    there.complete.push_back(std::move(*manifest));
  }
  return there;
}

Result<void> remove_begun(BlobStore& store, std::int64_t number) {
  const std::string folder = folder_of(number);
  ASSIGN_OR_RETURN(const std::vector<std::string> names, store.list(folder, kFilesMax));
  for (const std::string& name : names) RETURN_IF_ERROR(store.remove(name));
  for (const char* within : {"/log/checkpoints", "/log", "/keys", ""})
    RETURN_IF_ERROR(store.remove_folder(folder + within));
  return {};
}

class Backup {
 public:
  Backup(const BackupTask& task, BlobStore& to, std::int64_t number)
      : task_(task), to_(to), number_(number), own_(folder_of(number) + "/") {}

  [[nodiscard]] Result<void> remember(const Manifest& previous);
  [[nodiscard]] Result<JudgedLog> copy_log(const StrongroomId& strongroom);
  [[nodiscard]] Result<void> copy_database();
  [[nodiscard]] Result<std::int64_t> copy_objects(const JudgedLog& log);
  [[nodiscard]] Result<void> wrap_keys();
  [[nodiscard]] Result<void> write_index(Manifest& manifest);
  [[nodiscard]] Made& made() { return made_; }

 private:
  [[nodiscard]] Result<void> copy_log_once(const BlobStore& from);
  [[nodiscard]] Result<bool> copy_object(const BlobStore& from, const ObjectId& object);
  [[nodiscard]] Result<bool> is_there(const std::string& name, std::uint64_t bytes) const;
  [[nodiscard]] Result<void> copy(const io::Reader& from, const std::string& name);
  [[nodiscard]] bool advance(std::uint64_t bytes);

  const BackupTask& task_;
  BlobStore& to_;
  const std::int64_t number_;
  const std::string own_;
  Index previous_;
  Index index_;
  Progress progress_{"copying", 0, 0};
  Made made_;
};

// What an earlier backup copied and checked, and never changes, is known by its digest.
Result<void> Backup::remember(const Manifest& previous) {
  const std::string name = folder_of(previous.number) + "/" + std::string(kIndexName);
  const Result<Bytes> bytes = to_.get(name, kIndexBytesMax);
  if (!bytes) return fail(bytes.error(), name);
  if (crypto::sha256(*bytes) != previous.index)
    return fail(ErrorCode::kNotAuthentic, name + " is not what its manifest says");
  ASSIGN_OR_RETURN(previous_, decode_index(as_text(*bytes)));
  return {};
}

bool Backup::advance(std::uint64_t bytes) {
  progress_.bytes_done += bytes;
  return !task_.on_progress || task_.on_progress(progress_);
}

Result<void> Backup::copy(const io::Reader& from, const std::string& name) {
  Result<Row> row =
      copy_blob(from, to_, name, [this](std::uint64_t bytes) { return advance(bytes); });
  if (!row) return fail(row.error(), name);
  ++made_.files_copied;
  made_.bytes_copied += row->bytes;
  index_.insert_or_assign(name, *row);
  return {};
}

Result<bool> Backup::is_there(const std::string& name, std::uint64_t bytes) const {
  const auto known = previous_.find(name);
  if (known == previous_.end() || static_cast<std::uint64_t>(known->second.bytes) != bytes)
    return false;
  const Result<std::unique_ptr<io::Reader>> reader = to_.open(name);
  if (!reader && reader.error().code == ErrorCode::kNotFound) return false;
  if (!reader) return tl::unexpected<Error>(reader.error());
  if (task_.reread) {
    ASSIGN_OR_RETURN(const Row row, measure(**reader));
    return row == known->second;
  }
  ASSIGN_OR_RETURN(const std::uint64_t size, (*reader)->size_bytes());
  return size == bytes;
}

// Files of a log say the same for ever, but for the two that name the newest head.
bool is_within(const std::string& name, std::uint64_t size) {
  if (const auto bundle = ledger::parse_bundle_path(name))
    return bundle->index * ledger::kTileWidth + bundle->width <= size;
  if (const auto tile = ledger::parse_tile_path(name))
    return tile->index * ledger::kTileWidth + tile->width <= ledger::hashes_at(tile->level, size);
  const auto kept = ledger::parse_checkpoint_path(name);
  return kept && *kept <= size;
}

// The head is read first: all that it commits to was there by then. Partial tiles vanish when they
// become full, and the full one is there by then.
Result<void> Backup::copy_log_once(const BlobStore& from) {
  ASSIGN_OR_RETURN(const Bytes head, from.get(ledger::kCheckpointPath, ledger::kNoteBytesMax));
  ASSIGN_OR_RETURN(const ledger::Note note, ledger::parse_note(as_text(head)));
  ASSIGN_OR_RETURN(const ledger::Checkpoint claimed, ledger::parse_checkpoint(note.text));
  for (const char* name : {ledger::kCheckpointPath, ledger::kNewestCheckpointPath})
    RETURN_IF_ERROR(copy(io::MemoryReader(head), own_ + "log/" + name));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, from.list("", kFilesMax));
  for (const std::string& name : names) {
    if (!is_within(name, claimed.size)) continue;
    const Result<std::unique_ptr<io::Reader>> reader = from.open(name);
    if (!reader && reader.error().code == ErrorCode::kNotFound) continue;
    if (!reader) return tl::unexpected<Error>(reader.error());
    ASSIGN_OR_RETURN(const std::uint64_t bytes, (*reader)->size_bytes());
    const std::string place = "log/" + name;
    ASSIGN_OR_RETURN(const bool there, is_there(place, bytes));
    if (there) {
      index_.insert_or_assign(place, previous_.at(place));
      continue;
    }
    RETURN_IF_ERROR(copy(**reader, place));
  }
  return {};
}

Result<JudgedLog> Backup::copy_log(const StrongroomId& strongroom) {
  ASSIGN_OR_RETURN(const auto from, store::open_directory_store(task_.site + "/public"));
  for (int attempt = 1;; ++attempt) {
    index_.clear();
    RETURN_IF_ERROR(copy_log_once(*from));
    Result<JudgedLog> judged = judge_log(CopiedLog(to_, index_, number_), strongroom);
    if (judged || judged.error().code != ErrorCode::kNotFound || attempt == kTries) return judged;
  }
}

// After the log: whatever the log holds was committed before.
Result<void> Backup::copy_database() {
  const std::string folder = task_.to + "/" + folder_of(number_);
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(folder, *task_.files));
  const std::string passing = ".database.partial";
  RETURN_IF_ERROR(directory.remove_partial_files());
  RETURN_IF_ERROR(store::copy_sqlite(task_.site + "/strongroom.db", folder + "/" + passing));
  const auto finish = [&]() -> Result<void> {
    ASSIGN_OR_RETURN(const io::FileReader reader, directory.open_file(passing));
    return copy(reader, own_ + std::string(kDatabaseName));
  };
  const Result<void> finished = finish();
  const Result<void> removed = directory.remove(passing);
  return finished ? removed : finished;
}

// True: some of it was copied anew.
Result<bool> Backup::copy_object(const BlobStore& from, const ObjectId& object) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names,
                   from.list(seal::object_folder(object), kFilesMax));
  bool copied = false;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> reader, from.open(name));
    ASSIGN_OR_RETURN(const std::uint64_t bytes, reader->size_bytes());
    ASSIGN_OR_RETURN(const bool there, is_there(name, bytes));
    if (there) {
      index_.insert_or_assign(name, previous_.at(name));
      if (!advance(bytes)) return fail(ErrorCode::kInterrupted, "told to stop");
      continue;
    }
    RETURN_IF_ERROR(copy(*reader, name));
    copied = true;
  }
  return copied;
}

Result<std::int64_t> Backup::copy_objects(const JudgedLog& log) {
  ASSIGN_OR_RETURN(const auto from, store::open_directory_store(task_.site + "/objects"));
  ASSIGN_OR_RETURN(const std::vector<vault::Object> objects, log.world.rooms().vault.objects());
  std::set<std::string> deposited;
  for (const vault::Object& object : objects) {
    progress_.bytes_total += static_cast<std::uint64_t>(object.deposit.sealed_bytes);
    deposited.insert(object.deposit.object.hex());
  }
  progress_.bytes_total += progress_.bytes_done;
  for (const vault::Object& object : objects) {
    ASSIGN_OR_RETURN(const bool copied, copy_object(*from, object.deposit.object));
    const Depth depth = copied || task_.reread ? Depth::kEveryByte : Depth::kDocuments;
    RETURN_IF_ERROR(check_object(to_, object, depth));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> folders,
                   from->folders(std::string(seal::kObjectsFolder), kFilesMax));
  for (const std::string& folder : folders) made_.undeposited += deposited.contains(folder) ? 0 : 1;
  return static_cast<std::int64_t>(objects.size());
}

Result<void> Backup::wrap_keys() {
  if (task_.passphrase == nullptr) return {};
  const std::string folder = task_.to + "/" + folder_of(number_);
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(folder, *task_.files));
  RETURN_IF_ERROR(directory.make_subdirectory("keys", kDirectoryMode));
  for (const std::string name : {"log.key", "deposit.key"}) {
    RETURN_IF_ERROR(keys::wrap_service_key(task_.site + "/keys/" + name, folder + "/keys/" + name,
                                           *task_.passphrase, keys::kCostModerate, *task_.files));
    ASSIGN_OR_RETURN(const auto reader, to_.open(own_ + "keys/" + name));
    ASSIGN_OR_RETURN(const Row row, measure(*reader));
    index_.emplace(own_ + "keys/" + name, row);
  }
  return {};
}

// The manifest last: a crash before it leaves no backup.
Result<void> Backup::write_index(Manifest& manifest) {
  const std::string encoded = encode_index(index_);
  manifest.number = number_;
  manifest.files = static_cast<std::int64_t>(index_.size());
  for (const auto& [name, row] : index_) manifest.bytes += row.bytes;
  manifest.keys = task_.passphrase != nullptr;
  manifest.index = crypto::sha256(as_bytes(encoded));
  RETURN_IF_ERROR(to_.put(own_ + std::string(kIndexName), as_bytes(encoded), OnExisting::kRefuse));
  return to_.put(own_ + std::string(kManifestName), as_bytes(encode_manifest(manifest)),
                 OnExisting::kRefuse);
}

Result<protocol::Genesis> genesis_of_site(const std::string& site) {
  const Result<Bytes> head =
      io::read_file(site + "/public/" + ledger::kCheckpointPath, ledger::kNoteBytesMax);
  if (!head || access((site + "/strongroom.db").c_str(), F_OK) != 0) {
    return fail(ErrorCode::kNotFound,
                printable(site) +
                    " is no server's directory: it holds no published log, or no "
                    "strongroom.db; name it with --data");
  }
  ASSIGN_OR_RETURN(const auto log, ledger::open_publication(site + "/public"));
  return genesis_in(*log);
}

}  // namespace

Result<Made> make_backup(const BackupTask& task) {
  CHECK(task.clock != nullptr);
  if (task.passphrase != nullptr && task.passphrase->size() == 0)
    return fail(ErrorCode::kUsage, "an empty passphrase guards nothing");
  ASSIGN_OR_RETURN(const protocol::Genesis genesis, genesis_of_site(task.site));
  ASSIGN_OR_RETURN(const auto store, store::open_directory_store(task.to, *task.files));
  ASSIGN_OR_RETURN(const io::Descriptor lock, io::lock_directory(task.to));
  ASSIGN_OR_RETURN(const There there, look(*store));
  for (const Manifest& each : there.complete) {
    if (each.strongroom == genesis.id()) continue;
    return fail(ErrorCode::kRefused,
                printable(task.to) + " holds backups of another strongroom: choose another place");
  }
  RETURN_IF_ERROR(store->remove_abandoned());
  std::int64_t number = 1;
  for (const Manifest& each : there.complete) number = std::max(number, each.number + 1);
  for (const std::int64_t begun : there.begun) RETURN_IF_ERROR(remove_begun(*store, begun));

  Backup backup(task, *store, number);
  if (!there.complete.empty()) RETURN_IF_ERROR(backup.remember(there.complete.back()));
  Manifest manifest;
  manifest.strongroom = genesis.id();
  manifest.demonstration = genesis.demonstration();
  manifest.made = task.clock->now();
  ASSIGN_OR_RETURN(const JudgedLog log, backup.copy_log(genesis.id()));
  manifest.log_size = static_cast<std::int64_t>(log.checkpoint.size);
  manifest.log_root = log.checkpoint.root;
  manifest.log_time = log.world.time();
  RETURN_IF_ERROR(backup.copy_database());
  ASSIGN_OR_RETURN(manifest.objects, backup.copy_objects(log));
  RETURN_IF_ERROR(backup.wrap_keys());
  RETURN_IF_ERROR(backup.write_index(manifest));
  Made made = std::move(backup.made());
  made.manifest = manifest;
  made.swept = there.begun;
  return made;
}

Result<std::vector<Manifest>> list_backups(const std::string& directory) {
  // Looking must not make what is not there.
  ASSIGN_OR_RETURN(const io::Directory there, io::Directory::open(directory));
  static_cast<void>(there);
  ASSIGN_OR_RETURN(const auto store, store::open_directory_store(directory));
  ASSIGN_OR_RETURN(There found, look(*store));
  return std::move(found.complete);
}

}  // namespace strongroom::backup
