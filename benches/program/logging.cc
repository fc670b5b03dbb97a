#include <fmt/format.h>

#include <chrono>

#include "crypto/merkle.h"
#include "ledger/audit.h"
#include "ledger/writer.h"
#include "verbs.h"

namespace strongroom::bench {

namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

constexpr std::size_t kFillBatch = 16'384;

/// A log in `at`, under a key that everybody knows.
struct Log {
  crypto::Ed25519Seed seed = crypto::Ed25519Seed::filled(
      [](std::span<std::uint8_t, 32> out) { std::ranges::fill(out, std::uint8_t{1}); });
  ledger::NoteKey key{"bench.invalid/log", crypto::ed25519_public(seed)};
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::BlobStore> files;
  std::unique_ptr<ledger::LogWriter> writer;
};

std::string published(const std::string& at) { return at + "/public"; }

Result<std::unique_ptr<Log>> open_at(const std::string& at) {
  auto log = std::make_unique<Log>();
  ASSIGN_OR_RETURN(log->files, store::open_directory_store(published(at)));
  ASSIGN_OR_RETURN(log->database, store::open_sqlite(at + "/log.db"));
  ASSIGN_OR_RETURN(log->writer,
                   ledger::LogWriter::open(*log->database, *log->files,
                                           {log->key, [&seed = log->seed](ByteView bytes) {
                                              return crypto::ed25519_sign(seed, bytes);
                                            }}));
  return log;
}

// An entry's usual size: a vote's, with its signature.
constexpr std::uint64_t kEntryBytes = 1'024;

Result<void> append_batch(Log& log, std::uint64_t from, std::uint64_t count,
                          std::uint64_t entry_bytes = kEntryBytes) {
  ASSIGN_OR_RETURN(const auto transaction, log.database->begin());
  Bytes entry(static_cast<std::size_t>(entry_bytes), '.');
  for (std::uint64_t i = 0; i < count; ++i) {
    put_u64(from + i, std::span(entry).first<8>());
    RETURN_IF_ERROR(log.writer->append(*transaction, entry));
  }
  RETURN_IF_ERROR(transaction->commit());
  RETURN_IF_ERROR(log.writer->publish());
  return {};
}

}  // namespace

Result<void> fill_log(const Words& words) {
  ASSIGN_OR_RETURN(const std::string at, words.text("at"));
  ASSIGN_OR_RETURN(const std::uint64_t entries, words.number("entries", 0));
  ASSIGN_OR_RETURN(const std::uint64_t entry_bytes, words.number("entry-bytes", kEntryBytes));
  if (entry_bytes < 8) return fail(ErrorCode::kUsage, "an entry here has at least 8 bytes");
  ASSIGN_OR_RETURN(const auto log, open_at(at));
  std::uint64_t done = 0;
  {
    ASSIGN_OR_RETURN(const auto snapshot, log->database->snapshot());
    ASSIGN_OR_RETURN(done, ledger::count_entries(*snapshot));
  }
  for (; done < entries; done += kFillBatch) {
    RETURN_IF_ERROR(
        append_batch(*log, done, std::min<std::uint64_t>(kFillBatch, entries - done), entry_bytes));
  }
  return {};
}

// Batches as the sequencer makes them under load, each durable and published before the next.
Result<void> append_to_log(const Words& words) {
  ASSIGN_OR_RETURN(const std::string at, words.text("at"));
  ASSIGN_OR_RETURN(const std::uint64_t batches, words.number("batches", 100));
  ASSIGN_OR_RETURN(const std::uint64_t batch, words.number("batch", 128));
  ASSIGN_OR_RETURN(const auto log, open_at(at));
  const SteadyClock::time_point begin = SteadyClock::now();
  for (std::uint64_t i = 0; i < batches; ++i) RETURN_IF_ERROR(append_batch(*log, i * batch, batch));
  const double seconds = seconds_since(begin);
  ASSIGN_OR_RETURN(const ledger::LogProof proof, log->writer->receipt(0));
  fmt::print("{{\"per_second\":{}}}\n", static_cast<double>(batches * batch) / seconds);
  return {};
}

Result<void> open_log(const Words& words) {
  ASSIGN_OR_RETURN(const std::string at, words.text("at"));
  const SteadyClock::time_point begin = SteadyClock::now();
  ASSIGN_OR_RETURN(const auto log, open_at(at));
  fmt::print("{{\"seconds\":{}}}\n", seconds_since(begin));
  return {};
}

Result<void> audit_log(const Words& words) {
  ASSIGN_OR_RETURN(const std::string at, words.text("at"));
  const Log log;
  ASSIGN_OR_RETURN(const auto publication, ledger::open_publication(published(at)));
  const SteadyClock::time_point begin = SteadyClock::now();
  ASSIGN_OR_RETURN(const ledger::AuditReport report, ledger::audit(*publication, log.key));
  fmt::print("{{\"per_second\":{}}}\n",
             static_cast<double>(report.checkpoint.size) / seconds_since(begin));
  return {};
}

}  // namespace strongroom::bench
