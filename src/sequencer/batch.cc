#include "sequencer/batch.h"

namespace strongroom::sequencer {

using protocol::Entry;

namespace {

// Judges and applies. The views see the entry from here on.
Result<judge::Event> apply(const Entry& entry, UnixSeconds previous_time, WritableViews& views) {
  ASSIGN_OR_RETURN(judge::Event event, judge::judge(entry, views.rooms(), previous_time));
  RETURN_IF_ERROR(judge::apply(event, entry, views.changes()));
  return event;
}

}  // namespace

Result<std::int64_t> Batch::add(const protocol::Command& command, UnixSeconds now) {
  if (broken_) return tl::unexpected<Error>(*broken_);
  if (const auto begun = transaction_.execute("SAVEPOINT command"); !begun) {
    broken_ = begun.error();
    return tl::unexpected<Error>(begun.error());
  }
  const Head before = head_;
  Result<std::int64_t> index = add_inside(command, now);
  if (!index) {
    head_ = before;
    RETURN_IF_ERROR(take_back(index.error()));
    return index;
  }
  if (const auto kept = transaction_.execute("RELEASE SAVEPOINT command"); !kept) {
    broken_ = kept.error();
    return tl::unexpected<Error>(kept.error());
  }
  return index;
}

// When the database has given up the whole transaction (a full disk), taking back fails too.
Result<void> Batch::take_back(const Error& why) {
  for (const char* sql : {"ROLLBACK TO SAVEPOINT command", "RELEASE SAVEPOINT command"}) {
    if (!transaction_.execute(sql)) {
      broken_ = why;
      return tl::unexpected<Error>(why);
    }
  }
  return {};
}

Result<judge::Event> Batch::append(const Entry& entry) {
  ASSIGN_OR_RETURN(judge::Event event, apply(entry, head_.time, views_));
  ASSIGN_OR_RETURN(const std::string bytes, protocol::encode_entry(entry));
  ASSIGN_OR_RETURN(const std::uint64_t index, log_.append(transaction_, as_bytes(bytes)));
  if (index != static_cast<std::uint64_t>(head_.size)) {
    return fail(ErrorCode::kMalformed,
                "the log and its views do not stand at the same place: rebuild the views");
  }
  head_ = {.size = head_.size + 1, .time = entry.time};
  return event;
}

Result<std::int64_t> Batch::add_inside(const protocol::Command& command, UnixSeconds now) {
  Entry entry{.index = head_.size,
              .time = std::max(now, head_.time),
              .type = command.type,
              .statement = command.statement,
              .signatures = command.signatures,
              .body = command.body};
  const Digest digest = digest_of(entry);
  ASSIGN_OR_RETURN(const std::optional<std::int64_t> known, find_command(transaction_, digest));
  if (known) return *known;
  RETURN_IF_ERROR(check_texts(command.texts, command.statement));

  const std::int64_t index = entry.index;
  ASSIGN_OR_RETURN(judge::Event event, append(entry));
  for (;;) {
    ASSIGN_OR_RETURN(std::optional<Entry> next, judge::follow_up(event, entry, views_.rooms()));
    if (!next) break;
    entry = std::move(*next);
    // Whoever follows the log will judge it; so do we, first.
    ASSIGN_OR_RETURN(event, append(entry));
  }
  RETURN_IF_ERROR(write_command(transaction_, digest, index));
  for (const protocol::Text& text : command.texts) RETURN_IF_ERROR(write_text(transaction_, text));
  for (const protocol::Attachment& each : command.attachments)
    RETURN_IF_ERROR(write_attachment(transaction_, each));
  RETURN_IF_ERROR(write_head(transaction_, head_));
  return index;
}

namespace {

Result<void> derive_one(ByteView bytes, store::Transaction& transaction, WritableViews& views,
                        Head& head) {
  ASSIGN_OR_RETURN(const Entry entry, protocol::decode_entry(as_text(bytes)));
  if (entry.index != head.size)
    return fail(ErrorCode::kMalformed, "it says it stands at " + std::to_string(entry.index));
  RETURN_IF_ERROR(apply(entry, head.time, views));
  head = {.size = entry.index + 1, .time = entry.time};
  // What the log alone says about commands: each signed entry was one.
  if (!entry.statement) return {};
  return write_command(transaction, digest_of(entry), entry.index);
}

}  // namespace

Result<void> derive_views(store::Transaction& transaction) {
  RETURN_IF_ERROR(drop_views(transaction));
  RETURN_IF_ERROR(create_views(transaction));
  RETURN_IF_ERROR(clear_derived(transaction));
  WritableViews views(transaction);
  Head head;
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<Bytes> entries,
                     ledger::read_entries(transaction, static_cast<std::uint64_t>(head.size),
                                          ledger::kEntriesReadMax));
    if (entries.empty()) break;
    for (const Bytes& bytes : entries) {
      const std::string where = "log entry " + std::to_string(head.size);
      if (const Result<void> derived = derive_one(bytes, transaction, views, head); !derived)
        return fail(derived.error(), where);
    }
  }
  if (head.size > 0) RETURN_IF_ERROR(write_head(transaction, head));
  return {};
}

}  // namespace strongroom::sequencer
