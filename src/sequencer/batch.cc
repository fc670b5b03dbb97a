#include "sequencer/batch.h"

namespace strongroom::sequencer {

using protocol::Entry;

namespace {

// Judges, applies, and gives the bytes for the log. The views see the entry from here on.
struct Applied {
  judge::Event event;
  std::string bytes;
};
Result<Applied> apply(const Entry& entry, UnixSeconds previous_time, WritableViews& views) {
  ASSIGN_OR_RETURN(judge::Event event, judge::judge(entry, views.rooms(), previous_time));
  ASSIGN_OR_RETURN(std::string bytes, protocol::encode_entry(entry));
  RETURN_IF_ERROR(judge::apply(event, entry, views.changes()));
  return Applied{std::move(event), std::move(bytes)};
}

}  // namespace

Result<Place> Batch::add(const protocol::Command& command, UnixSeconds now) {
  if (broken_) return tl::unexpected<Error>(*broken_);
  if (const auto begun = transaction_.execute("SAVEPOINT command"); !begun) {
    broken_ = begun.error();
    return tl::unexpected<Error>(begun.error());
  }
  const Head before = head_;
  Result<Place> place = add_inside(command, now);
  if (!place) {
    head_ = before;
    RETURN_IF_ERROR(take_back(place.error()));
    return place;
  }
  if (const auto kept = transaction_.execute("RELEASE SAVEPOINT command"); !kept) {
    broken_ = kept.error();
    return tl::unexpected<Error>(kept.error());
  }
  return place;
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

Result<Place> Batch::add_inside(const protocol::Command& command, UnixSeconds now) {
  Entry entry{.index = head_.size,
              .time = std::max(now, head_.time),
              .type = command.type,
              .statement = command.statement,
              .signatures = command.signatures,
              .body = command.body};
  const Digest digest = digest_of(entry);
  ASSIGN_OR_RETURN(const std::optional<Place> known, find_command(transaction_, digest));
  if (known) return *known;
  RETURN_IF_ERROR(check_texts(command.texts, command.statement));

  Place place{.index = head_.size, .follow_ups = 0};
  std::vector<std::string> lines;
  ASSIGN_OR_RETURN(Applied applied, apply(entry, head_.time, views_));
  lines.push_back(std::move(applied.bytes));
  for (;;) {
    ASSIGN_OR_RETURN(std::optional<Entry> next,
                     judge::follow_up(applied.event, entry, views_.rooms()));
    if (!next) break;
    // Whoever follows the log will judge it; so do we, first.
    ASSIGN_OR_RETURN(applied, apply(*next, entry.time, views_));
    lines.push_back(std::move(applied.bytes));
    entry = std::move(*next);
    ++place.follow_ups;
  }
  RETURN_IF_ERROR(write_command(transaction_, digest, place));
  for (const protocol::Text& text : command.texts) RETURN_IF_ERROR(write_text(transaction_, text));
  for (const protocol::Attachment& each : command.attachments)
    RETURN_IF_ERROR(write_attachment(transaction_, each));
  for (const std::string& line : lines) {
    ASSIGN_OR_RETURN(const std::uint64_t index, log_.append(transaction_, as_bytes(line)));
    if (index != static_cast<std::uint64_t>(head_.size)) {
      return fail(ErrorCode::kMalformed,
                  "the log and its views do not stand at the same place: rebuild the views");
    }
    ++head_.size;
  }
  head_.time = entry.time;
  RETURN_IF_ERROR(write_head(transaction_, head_));
  return place;
}

namespace {

// What the log alone says about commands: each signed entry, and how many unsigned ones follow it.
struct Retraced {
  Digest digest;
  Place place;
};

Result<void> derive_one(ByteView bytes, store::Transaction& transaction, Head& head,
                        std::optional<Retraced>& last) {
  ASSIGN_OR_RETURN(const Entry entry, protocol::decode_entry(as_text(bytes)));
  if (entry.index != head.size)
    return fail(ErrorCode::kMalformed, "it says it stands at " + std::to_string(entry.index));
  WritableViews views(transaction);
  RETURN_IF_ERROR(apply(entry, head.time, views));
  head = {.size = entry.index + 1, .time = entry.time};
  if (!entry.statement) {
    CHECK(last.has_value());  // the judge lets nothing but a signed genesis begin a log
    ++last->place.follow_ups;
    return {};
  }
  if (last) RETURN_IF_ERROR(write_command(transaction, last->digest, last->place));
  last = Retraced{digest_of(entry), {.index = entry.index, .follow_ups = 0}};
  return {};
}

}  // namespace

Result<void> derive_views(store::Transaction& transaction) {
  RETURN_IF_ERROR(drop_views(transaction));
  RETURN_IF_ERROR(create_views(transaction));
  RETURN_IF_ERROR(clear_derived(transaction));
  Head head;
  std::optional<Retraced> last;
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<Bytes> entries,
                     ledger::read_entries(transaction, static_cast<std::uint64_t>(head.size),
                                          ledger::kEntriesReadMax));
    if (entries.empty()) break;
    for (const Bytes& bytes : entries) {
      const std::string where = "log entry " + std::to_string(head.size);
      if (const Result<void> derived = derive_one(bytes, transaction, head, last); !derived)
        return fail(derived.error(), where);
    }
  }
  if (last) RETURN_IF_ERROR(write_command(transaction, last->digest, last->place));
  if (head.size > 0) RETURN_IF_ERROR(write_head(transaction, head));
  return {};
}

}  // namespace strongroom::sequencer
