#include "sequencer/refill.h"

#include "ledger/writer.h"
#include "ledger/writer_tables.h"
#include "sequencer/batch.h"
#include "sequencer/tables.h"

namespace strongroom::sequencer {

namespace {

Result<std::int64_t> copy_entries(store::Transaction& to, store::Queries& from) {
  std::uint64_t size = 0;
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<Bytes> entries,
                     ledger::read_entries(from, size, ledger::kEntriesReadMax));
    if (entries.empty()) return static_cast<std::int64_t>(size);
    for (const Bytes& entry : entries) {
      ASSIGN_OR_RETURN(const std::uint64_t index, ledger::append_entry(to, entry));
      CHECK(index == size);
      ++size;
    }
  }
}

Result<void> copy_texts(store::Transaction& to, store::Queries& from) {
  ASSIGN_OR_RETURN(store::Rows rows,
                   from.query("SELECT commitment, salt, text FROM sequencer_texts"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, rows.next());
    if (!found) return {};
    ASSIGN_OR_RETURN(const Digest commitment, rows.id<Digest>(0));
    ASSIGN_OR_RETURN(const Bytes salt, rows.blob(1));
    ASSIGN_OR_RETURN(const std::string text, rows.text(2));
    RETURN_IF_ERROR(
        to.execute("INSERT INTO sequencer_texts (commitment, salt, text) VALUES (?, ?, ?)",
                   {commitment, salt, text}));
  }
}

Result<void> copy_attachments(store::Transaction& to, store::Queries& from) {
  ASSIGN_OR_RETURN(store::Rows rows, from.query("SELECT name, bytes FROM sequencer_attachments"));
  for (;;) {
    ASSIGN_OR_RETURN(const bool found, rows.next());
    if (!found) return {};
    ASSIGN_OR_RETURN(std::string name, rows.text(0));
    ASSIGN_OR_RETURN(Bytes bytes, rows.blob(1));
    RETURN_IF_ERROR(write_attachment(to, {std::move(name), std::move(bytes)}));
  }
}

}  // namespace

Result<std::int64_t> refill(store::Database& fresh, store::Queries& copy) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, fresh.begin());
  RETURN_IF_ERROR(ledger::make_log_tables(*transaction));
  RETURN_IF_ERROR(create_tables(*transaction));
  ASSIGN_OR_RETURN(const std::uint64_t there, ledger::count_entries(*transaction));
  if (there != 0) return fail(ErrorCode::kConflict, "the database to fill is not empty");
  ASSIGN_OR_RETURN(const std::int64_t size, copy_entries(*transaction, copy));
  RETURN_IF_ERROR(derive_views(*transaction));
  RETURN_IF_ERROR(copy_texts(*transaction, copy));
  RETURN_IF_ERROR(copy_attachments(*transaction, copy));
  RETURN_IF_ERROR(transaction->commit());
  return size;
}

}  // namespace strongroom::sequencer
