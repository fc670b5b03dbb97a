#include "backups.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <optional>

#include "backup/restore.h"
#include "base/shown.h"
#include "format/json.h"
#include "keys/passphrase.h"

namespace strongroom::site {

using format::Json;

namespace {

// Redrawn in place on a terminal, silent elsewhere.
class ProgressLine {
 public:
  explicit ProgressLine(bool json) : on_(!json && isatty(STDERR_FILENO) == 1) {}
  bool operator()(const backup::Progress& progress) {
    using std::chrono::steady_clock;
    const auto now = steady_clock::now();
    if (!on_ || now - drawn_ < std::chrono::milliseconds(100)) return true;
    drawn_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double rate = static_cast<double>(progress.bytes_done) / std::max(seconds, 1e-3);
    const double left = progress.bytes_total > progress.bytes_done && rate > 0
                            ? static_cast<double>(progress.bytes_total - progress.bytes_done) / rate
                            : 0;
    fmt::print(stderr, "\r  {} {} of {}, {}/s, {} left\x1b[K", progress.doing,
               shown_bytes(progress.bytes_done), shown_bytes(progress.bytes_total),
               shown_bytes(static_cast<std::uint64_t>(rate)),
               shown_duration(static_cast<std::int64_t>(left)));
    std::fflush(stderr);
    return true;
  }
  ~ProgressLine() {
    if (on_) fmt::print(stderr, "\r\x1b[K");
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  const bool on_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point drawn_;
};

Result<std::optional<SecretBytes>> passphrase_for(const BackupTyped& typed, bool is_new) {
  std::optional<SecretBytes> passphrase;
  if (!typed.keys) return passphrase;
  if (typed.passphrase_descriptor >= 0) {
    ASSIGN_OR_RETURN(passphrase, keys::read_passphrase(typed.passphrase_descriptor));
    return passphrase;
  }
  constexpr std::string_view kPrompt = "Passphrase of the backup's keys: ";
  ASSIGN_OR_RETURN(passphrase,
                   is_new ? keys::ask_new_passphrase(kPrompt) : keys::ask_passphrase(kPrompt));
  return passphrase;
}

void say(const BackupTyped& typed, std::string_view words) {
  if (!typed.json) fmt::print("{}\n", words);
}

Json::Object as_json(const backup::Manifest& manifest) {
  return {{"ok", true},
          {"id", shown_id(manifest.strongroom.hex(), manifest.demonstration)},
          {"number", manifest.number},
          {"made", manifest.made.value},
          {"log_entries", manifest.log_size},
          {"log_time", manifest.log_time.value},
          {"objects", manifest.objects},
          {"files", manifest.files},
          {"bytes", manifest.bytes}};
}

void tell(const BackupTyped& typed, const Json::Object& object) {
  if (typed.json) fmt::print("{}\n", format::encode(Json(object)));
  std::fflush(stdout);
}

}  // namespace

Result<void> backup(const BackupTyped& typed) {
  const SystemClock clock;
  ASSIGN_OR_RETURN(const std::optional<SecretBytes> passphrase, passphrase_for(typed, true));
  std::optional<ProgressLine> progress(typed.json);
  backup::BackupTask task;
  task.site = typed.site;
  task.to = typed.directory;
  task.passphrase = passphrase ? &*passphrase : nullptr;
  task.reread = typed.reread;
  task.clock = &clock;
  task.on_progress = std::ref(*progress);
  const Result<backup::Made> made = backup::make_backup(task);
  progress.reset();
  if (!made) return tl::unexpected<Error>(made.error());
  const backup::Manifest& manifest = made->manifest;
  say(typed,
      fmt::format("Backup {} of {}: {} log entries, {} objects, {} in {} files; {} copied now",
                  manifest.number, shown_id(manifest.strongroom.hex(), manifest.demonstration),
                  manifest.log_size, manifest.objects,
                  shown_bytes(static_cast<std::uint64_t>(manifest.bytes)), manifest.files,
                  shown_bytes(static_cast<std::uint64_t>(made->bytes_copied))));
  say(typed, "  the log was judged, and what was copied audited, before it counted");
  say(typed, manifest.keys
                 ? "  the log key and the deposit key are in it, under the passphrase you gave: "
                   "who has both can act as this site"
                 : "  WITHOUT the site's keys: keep keys/log.key and keys/deposit.key elsewhere, "
                   "for without the deposit key nothing sealed is ever opened again");
  for (const std::int64_t swept : made->swept)
    say(typed, fmt::format("  backup {} was begun and never finished: removed", swept));
  if (made->undeposited > 0) {
    say(typed, fmt::format("  {} objects in the store are in no deposit and were left out",
                           made->undeposited));
  }
  Json::Object told = as_json(manifest);
  told.emplace("keys", manifest.keys);
  told.emplace("files_copied", made->files_copied);
  told.emplace("bytes_copied", made->bytes_copied);
  told.emplace("undeposited", made->undeposited);
  tell(typed, told);
  return {};
}

Result<void> restore(const BackupTyped& typed) {
  const std::optional<StrongroomId> id = StrongroomId::from_hex_text(plain_id(typed.id));
  if (!id) {
    return fail(ErrorCode::kUsage,
                "--id takes the strongroom's id, from somewhere other than the backup: 64 "
                "hexadecimal digits, after \"demo-\" in a demonstration");
  }
  ASSIGN_OR_RETURN(const std::optional<SecretBytes> passphrase, passphrase_for(typed, false));
  std::optional<ProgressLine> progress(typed.json);
  backup::RestoreTask task;
  task.from = typed.directory;
  task.number = typed.number;
  task.to = typed.site;
  task.strongroom = *id;
  task.passphrase = passphrase ? &*passphrase : nullptr;
  task.on_progress = std::ref(*progress);
  const Result<backup::Restored> restored = backup::restore_backup(task);
  progress.reset();
  if (!restored) return tl::unexpected<Error>(restored.error());
  const backup::Manifest& manifest = restored->manifest;
  say(typed,
      fmt::format("Restored {} into {} from backup {}: {} log entries, {} objects; every "
                  "file checked, the log judged, every object audited",
                  shown_id(manifest.strongroom.hex(), manifest.demonstration),
                  printable(typed.site), manifest.number, restored->entries, manifest.objects));
  say(typed,
      fmt::format("  it is as it was at {} (its last entry: {}); what came after is not here",
                  shown_time(manifest.made), shown_time(manifest.log_time)));
  say(typed,
      "  clients that saw a later log will refuse this one, and are right to: it is rolled "
      "back. docs/operating/backup.md says what to do");
  say(typed,
      "  recipients' keys of open leases were in agents' memory: what was open must be asked "
      "for again");
  if (!restored->keys) {
    say(typed,
        "  missing: keys/log.key and keys/deposit.key, which this backup does not hold or "
        "--keys was not given. Put them there (mode 0600, directory 0700), then start the "
        "server");
  }
  Json::Object told = as_json(manifest);
  told.emplace("entries", restored->entries);
  told.emplace("keys", restored->keys);
  tell(typed, told);
  return {};
}

}  // namespace strongroom::site
