#include "backup/restore.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "backup/checks.h"
#include "crypto/hash.h"
#include "io/directory.h"
#include "keys/key_file.h"
#include "ledger/writer.h"
#include "sequencer/refill.h"
#include "store/database.h"

namespace strongroom::backup {

using store::BlobStore;

namespace {

constexpr std::uint32_t kDirectoryMode = 0700;
constexpr const char* kCopyName = "copy.db";
constexpr const char* kDatabaseFile = "strongroom.db";
/// All that a restore puts into its working directory.
constexpr std::array kOwnNames{"objects",           "public",
                               "wrapped",           "keys",
                               "copy.db",           "copy.db-journal",
                               "copy.db-wal",       "copy.db-shm",
                               "strongroom.db",     "strongroom.db-journal",
                               "strongroom.db-wal", "strongroom.db-shm"};

Result<Manifest> chosen(const RestoreTask& task) {
  ASSIGN_OR_RETURN(const std::vector<Manifest> all, list_backups(task.from));
  if (all.empty()) {
    return fail(ErrorCode::kNotFound, printable(task.from) +
                                          " holds no finished backup: name a directory that "
                                          "strongroom backup has written to");
  }
  for (const Manifest& each : all) {
    const bool wanted =
        task.number == 0 ? each.number == all.back().number : each.number == task.number;
    if (!wanted) continue;
    if (each.strongroom == task.strongroom) return each;
    return fail(ErrorCode::kNotAuthentic, "this is a backup of another strongroom: " +
                                              shown_id(each.strongroom.hex(), each.demonstration));
  }
  return fail(ErrorCode::kNotFound,
              "there is no finished backup number " + std::to_string(task.number));
}

Result<Index> index_of(const BlobStore& from, const Manifest& manifest) {
  const std::string name = folder_of(manifest.number) + "/" + std::string(kIndexName);
  const Result<Bytes> bytes = from.get(name, kIndexBytesMax);
  if (!bytes) return fail(bytes.error(), name);
  if (crypto::sha256(*bytes) != manifest.index)
    return fail(ErrorCode::kNotAuthentic, name + " is not what the backup's manifest says");
  ASSIGN_OR_RETURN(Index index, decode_index(as_text(*bytes)));
  std::int64_t total = 0;
  for (const auto& [file, row] : index) total += row.bytes;
  const bool keys = index.contains(folder_of(manifest.number) + "/keys/deposit.key");
  if (static_cast<std::int64_t>(index.size()) != manifest.files || total != manifest.bytes ||
      keys != manifest.keys)
    return fail(ErrorCode::kNotAuthentic, "the backup's manifest does not fit its index");
  return index;
}

/// A directory beside the target, under a name of its own until everything in it is whole.
class WorkingDirectory {
 public:
  [[nodiscard]] static Result<WorkingDirectory> make(const std::string& target, io::Files& files);
  [[nodiscard]] const std::string& path() const { return path_; }
  /// It takes the target's name.
  [[nodiscard]] Result<void> finish();

 private:
  WorkingDirectory(io::Directory parent, std::string name, std::string path, io::Descriptor lock)
      : parent_(std::move(parent)),
        name_(std::move(name)),
        path_(std::move(path)),
        lock_(std::move(lock)) {}
  io::Directory parent_;
  std::string name_;
  std::string path_;
  io::Descriptor lock_;
};

Result<void> must_be_free(const std::string& target) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::symlink_status(target, error);
  if (status.type() == std::filesystem::file_type::not_found) return {};
  if (std::filesystem::is_directory(status) && std::filesystem::is_empty(target, error) && !error)
    return {};
  return fail(ErrorCode::kRefused, printable(target) +
                                       " is there already and not empty: a restore "
                                       "writes over nothing; name a new directory");
}

// What an earlier try left is removed; anything else there is somebody's.
Result<void> empty(const std::string& path, io::Files& files) {
  ASSIGN_OR_RETURN(const io::Directory directory, io::Directory::open(path, files));
  RETURN_IF_ERROR(directory.remove_partial_files());
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    const std::string name = entry.path().filename();
    if (std::find(kOwnNames.begin(), kOwnNames.end(), name) == kOwnNames.end()) {
      return fail(ErrorCode::kRefused, printable(entry.path().string()) +
                                           " was not left by a restore: move it away first");
    }
  }
  for (const char* name : kOwnNames) {
    std::filesystem::remove_all(path + "/" + name, error);
    if (error) return fail(ErrorCode::kDisk, "cannot remove what an earlier try left in " + path);
  }
  return {};
}

Result<WorkingDirectory> WorkingDirectory::make(const std::string& target, io::Files& files) {
  std::string path = target;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  RETURN_IF_ERROR(must_be_free(path));
  const auto [above, name] = io::parent_and_name(path);
  ASSIGN_OR_RETURN(io::Directory parent, io::Directory::open(above, files));
  const std::string working = path + ".restoring";
  RETURN_IF_ERROR(parent.make_subdirectory(name + ".restoring", kDirectoryMode));
  ASSIGN_OR_RETURN(io::Descriptor lock, io::lock_directory(working));
  RETURN_IF_ERROR(empty(working, files));
  return WorkingDirectory(std::move(parent), name, working, std::move(lock));
}

Result<void> WorkingDirectory::finish() {
  io::Files& files = parent_.files();
  // An empty directory may stand there: a rename that refuses would refuse that too.
  const Result<void> removed = files.remove(parent_.descriptor(), name_);
  if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;
  RETURN_IF_ERROR(
      files.rename(parent_.descriptor(), name_ + ".restoring", name_, io::OnExisting::kRefuse));
  return parent_.sync();
}

class Restore {
 public:
  Restore(const RestoreTask& task, const BlobStore& from, std::string working)
      : task_(task), from_(from), working_(std::move(working)) {}

  [[nodiscard]] Result<void> copy(const Manifest& manifest, const Index& index);
  [[nodiscard]] Result<std::int64_t> check(const Manifest& manifest);
  [[nodiscard]] Result<bool> place_keys(const protocol::Genesis& genesis);

 private:
  [[nodiscard]] Result<std::int64_t> fill_database(const JudgedLog& log);

  const RestoreTask& task_;
  const BlobStore& from_;
  const std::string working_;
};

Result<void> Restore::copy(const Manifest& manifest, const Index& index) {
  ASSIGN_OR_RETURN(const auto to, store::open_directory_store(working_, *task_.files));
  Progress progress{"copying", 0, static_cast<std::uint64_t>(manifest.bytes)};
  for (const auto& [name, row] : index) {
    ASSIGN_OR_RETURN(const std::string place, place_in_site(manifest.number, name));
    const Result<std::unique_ptr<io::Reader>> reader = from_.open(name);
    if (!reader) return fail(reader.error(), "the backup's " + name);
    const Result<Row> copied = copy_blob(**reader, *to, place, [&](std::uint64_t bytes) {
      progress.bytes_done += bytes;
      return !task_.on_progress || task_.on_progress(progress);
    });
    if (!copied) return fail(copied.error(), name);
    if (*copied != row) {
      return fail(ErrorCode::kNotAuthentic,
                  "the backup's " + name +
                      " is not what was backed up: it has been altered or "
                      "damaged; restore from another copy");
    }
  }
  return {};
}

// The copied database is read, never used: a fresh one is filled with what can be judged.
Result<std::int64_t> Restore::fill_database(const JudgedLog& log) {
  const std::string copy_path = working_ + "/" + kCopyName;
  std::int64_t entries = 0;
  {
    ASSIGN_OR_RETURN(const auto copy, store::open_sqlite(copy_path));
    ASSIGN_OR_RETURN(const auto snapshot, copy->snapshot());
    ASSIGN_OR_RETURN(const auto fresh, store::open_sqlite(working_ + "/" + kDatabaseFile));
    ASSIGN_OR_RETURN(entries, sequencer::refill(*fresh, *snapshot));
    if (static_cast<std::uint64_t>(entries) < log.checkpoint.size) {
      return fail(ErrorCode::kNotAuthentic,
                  "the backup's database is older than the log beside it");
    }
    ASSIGN_OR_RETURN(const auto filled, fresh->snapshot());
    ASSIGN_OR_RETURN(const Digest root, ledger::root_at(*filled, log.checkpoint.size));
    if (root != log.checkpoint.root)
      return fail(ErrorCode::kNotAuthentic, "the backup's database holds another log");
  }
  ASSIGN_OR_RETURN(const io::Directory working, io::Directory::open(working_, *task_.files));
  for (const char* end : {"", "-journal", "-wal", "-shm"}) {
    const Result<void> removed = working.remove(kCopyName + std::string(end));
    if (!removed && removed.error().code != ErrorCode::kNotFound)
      return tl::unexpected<Error>(removed.error());
  }
  return entries;
}

Result<std::int64_t> Restore::check(const Manifest& manifest) {
  Progress progress{"checking", 0, static_cast<std::uint64_t>(manifest.bytes)};
  const auto goes_on = [&] { return !task_.on_progress || task_.on_progress(progress); };
  ASSIGN_OR_RETURN(const auto published, ledger::open_publication(working_ + "/public"));
  ASSIGN_OR_RETURN(const JudgedLog log, judge_log(*published, task_.strongroom));
  if (static_cast<std::int64_t>(log.checkpoint.size) != manifest.log_size ||
      log.checkpoint.root != manifest.log_root || log.world.time() != manifest.log_time ||
      log.world.genesis().demonstration() != manifest.demonstration) {
    return fail(ErrorCode::kNotAuthentic, "the backup's manifest is of another state of the log");
  }
  ASSIGN_OR_RETURN(const auto objects, store::open_directory_store(working_ + "/objects"));
  ASSIGN_OR_RETURN(const std::vector<vault::Object> deposited, log.world.rooms().vault.objects());
  if (static_cast<std::int64_t>(deposited.size()) != manifest.objects)
    return fail(ErrorCode::kNotAuthentic, "the backup's manifest counts other objects");
  for (const vault::Object& object : deposited) {
    RETURN_IF_ERROR(check_object(*objects, object, Depth::kEveryByte));
    progress.bytes_done += static_cast<std::uint64_t>(object.deposit.sealed_bytes);
    if (!goes_on()) return fail(ErrorCode::kInterrupted, "told to stop");
  }
  return fill_database(log);
}

Result<bool> Restore::place_keys(const protocol::Genesis& genesis) {
  ASSIGN_OR_RETURN(const io::Directory working, io::Directory::open(working_, *task_.files));
  const std::string wrapped = working_ + "/wrapped/";
  const std::string keys = working_ + "/keys/";
  if (task_.passphrase != nullptr) {
    RETURN_IF_ERROR(working.make_subdirectory("keys", kDirectoryMode));
    for (const std::string name : {"log.key", "deposit.key"}) {
      RETURN_IF_ERROR(
          keys::unwrap_service_key(wrapped + name, *task_.passphrase, keys + name, *task_.files));
    }
    ASSIGN_OR_RETURN(const auto log_key, keys::SigningKeyFile::open(keys + "log.key"));
    ASSIGN_OR_RETURN(const auto deposit_key, keys::OpeningKeyFile::open(keys + "deposit.key"));
    if (log_key.public_key() != genesis.log_key || deposit_key.id() != genesis.deposit_key.id)
      return fail(ErrorCode::kNotAuthentic, "the backup's keys are not this strongroom's");
  }
  std::error_code error;
  std::filesystem::remove_all(wrapped, error);
  if (error) return fail(ErrorCode::kDisk, "cannot remove " + wrapped);
  RETURN_IF_ERROR(working.sync());
  return task_.passphrase != nullptr;
}

}  // namespace

Result<Restored> restore_backup(const RestoreTask& task) {
  ASSIGN_OR_RETURN(const Manifest manifest, chosen(task));
  if (task.passphrase != nullptr && !manifest.keys)
    return fail(ErrorCode::kUsage, "this backup holds no keys: leave out --keys");
  ASSIGN_OR_RETURN(const auto from, store::open_directory_store(task.from));
  ASSIGN_OR_RETURN(const Index index, index_of(*from, manifest));
  ASSIGN_OR_RETURN(WorkingDirectory working, WorkingDirectory::make(task.to, *task.files));
  Restore restore(task, *from, working.path());
  RETURN_IF_ERROR(restore.copy(manifest, index));
  Restored restored;
  restored.manifest = manifest;
  ASSIGN_OR_RETURN(restored.entries, restore.check(manifest));
  ASSIGN_OR_RETURN(const auto published, ledger::open_publication(working.path() + "/public"));
  ASSIGN_OR_RETURN(const protocol::Genesis genesis, genesis_in(*published));
  ASSIGN_OR_RETURN(restored.keys, restore.place_keys(genesis));
  RETURN_IF_ERROR(working.finish());
  return restored;
}

}  // namespace strongroom::backup
