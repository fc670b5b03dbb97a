#include "sequencer/tables.h"

#include "base/limits.h"
#include "crypto/hash.h"

namespace strongroom::sequencer {

using format::Json;
using protocol::Opening;

Result<void> create_tables(store::Transaction& transaction) {
  for (const char* sql :
       {"CREATE TABLE IF NOT EXISTS sequencer_head (one INTEGER PRIMARY KEY CHECK (one = 1), size "
        "INTEGER NOT NULL, time INTEGER NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS sequencer_commands (digest BLOB PRIMARY KEY, position INTEGER "
        "NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS sequencer_views (one INTEGER PRIMARY KEY CHECK (one = 1), "
        "version INTEGER NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS sequencer_texts (commitment BLOB PRIMARY KEY, salt BLOB NOT "
        "NULL, text TEXT NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS sequencer_attachments (name TEXT PRIMARY KEY, bytes BLOB NOT "
        "NULL) STRICT"}) {
    RETURN_IF_ERROR(transaction.execute(sql));
  }
  return {};
}

Result<void> clear_derived(store::Transaction& transaction) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM sequencer_head"));
  // Whatever columns it had.
  RETURN_IF_ERROR(transaction.execute("DROP TABLE IF EXISTS sequencer_commands"));
  return create_tables(transaction);
}

Result<Head> read_head(store::Queries& queries) {
  Head head;
  ASSIGN_OR_RETURN(store::Rows rows, queries.query("SELECT size, time FROM sequencer_head"));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return head;
  ASSIGN_OR_RETURN(head.size, rows.integer(0));
  ASSIGN_OR_RETURN(head.time.value, rows.integer(1));
  return head;
}

Result<void> write_head(store::Transaction& transaction, const Head& head) {
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO sequencer_head (one, size, time) VALUES (1, ?, ?) ON CONFLICT (one) DO UPDATE "
      "SET size = excluded.size, time = excluded.time",
      {head.size, head.time.value}));
  return {};
}

Result<std::int64_t> read_views_version(store::Queries& queries) {
  ASSIGN_OR_RETURN(store::Rows rows, queries.query("SELECT version FROM sequencer_views"));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  return found ? rows.integer(0) : Result<std::int64_t>(0);
}

Result<void> write_views_version(store::Transaction& transaction, std::int64_t version) {
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO sequencer_views (one, version) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET "
      "version = excluded.version",
      {version}));
  return {};
}

Digest digest_of(const protocol::Entry& entry) {
  Json::Object object{{"type", std::string(name_of(entry.type))}};
  if (entry.statement) object.emplace("statement", *entry.statement);
  Json::Array signatures;
  for (const protocol::Signature& each : entry.signatures) signatures.push_back(to_json(each));
  object.emplace("signatures", std::move(signatures));
  if (entry.body) object.emplace("body", *entry.body);
  return crypto::labelled_digest("command", {as_bytes(format::encode(Json(std::move(object))))});
}

Result<std::optional<std::int64_t>> find_command(store::Queries& queries, const Digest& digest) {
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries.query("SELECT position FROM sequencer_commands WHERE digest = ?", {digest}));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(const std::int64_t index, rows.integer(0));
  return std::optional<std::int64_t>(index);
}

Result<void> write_command(store::Transaction& transaction, const Digest& digest,
                           std::int64_t index) {
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO sequencer_commands (digest, position) VALUES (?, ?)", {digest, index}));
  return {};
}

namespace {

// Does `json` hold a member called `field` whose value, or one of whose values, is the commitment?
bool commits_to(const Json& json, std::string_view field, const std::string& commitment) {
  if (const Json::Array* items = json.array()) {
    return std::any_of(items->begin(), items->end(),
                       [&](const Json& item) { return commits_to(item, field, commitment); });
  }
  const Json::Object* members = json.object();
  if (members == nullptr) return false;
  return std::any_of(members->begin(), members->end(), [&](const auto& member) {
    const std::string* text = member.second.text();
    if (text != nullptr) return member.first == field && *text == commitment;
    const Json::Array* list = member.second.array();
    if (list != nullptr && member.first == field)
      return std::any_of(list->begin(), list->end(), [&](const Json& each) {
        return each.text() != nullptr && *each.text() == commitment;
      });
    return commits_to(member.second, field, commitment);
  });
}

}  // namespace

Result<void> check_texts(const std::vector<protocol::Text>& texts,
                         const std::optional<Json>& statement) {
  for (const protocol::Text& text : texts) {
    if (text.opening.text.size() > limits::kTextBytesMax) {
      return fail(ErrorCode::kTooLarge, "a text over 10,000 bytes");
    }
    if (!format::is_clean_text(text.opening.text)) {
      return fail(ErrorCode::kMalformed, "a text with control or invisible characters");
    }
    const Digest commitment = protocol::commitment_to(text.field, text.opening);
    if (!statement || !commits_to(*statement, text.field, commitment.hex())) {
      return fail(ErrorCode::kMalformed,
                  "a text that the statement does not commit to: " + printable(text.field));
    }
  }
  return {};
}

Result<void> write_text(store::Transaction& transaction, const protocol::Text& text) {
  // The commitment fixes the rest: a second one is the same.
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO sequencer_texts (commitment, salt, text) VALUES (?, ?, ?) ON "
      "CONFLICT (commitment) DO NOTHING",
      {protocol::commitment_to(text.field, text.opening), text.opening.salt, text.opening.text}));
  return {};
}

Result<std::optional<Opening>> read_text(store::Queries& queries, const Digest& commitment) {
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries.query("SELECT salt, text FROM sequencer_texts WHERE commitment = ?", {commitment}));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::nullopt;
  Opening opening;
  ASSIGN_OR_RETURN(opening.salt, rows.id<decltype(opening.salt)>(0));
  ASSIGN_OR_RETURN(opening.text, rows.text(1));
  return std::optional<Opening>(std::move(opening));
}

Result<void> erase_text(store::Transaction& transaction, const Digest& commitment) {
  RETURN_IF_ERROR(
      transaction.execute("DELETE FROM sequencer_texts WHERE commitment = ?", {commitment}));
  return {};
}

namespace {

Result<void> check_attachment(const protocol::Attachment& attachment) {
  if (attachment.bytes.size() > protocol::kAttachmentBytesMax) {
    return fail(ErrorCode::kTooLarge, "an attachment over 4 MiB");
  }
  const bool printable_name = std::all_of(attachment.name.begin(), attachment.name.end(),
                                          [](char each) { return each > ' ' && each <= '~'; });
  if (attachment.name.empty() || attachment.name.size() > kAttachmentNameBytesMax ||
      !printable_name) {
    return fail(ErrorCode::kMalformed, "an attachment without a proper name");
  }
  return {};
}

}  // namespace

Result<void> write_attachment(store::Transaction& transaction,
                              const protocol::Attachment& attachment) {
  RETURN_IF_ERROR(check_attachment(attachment));
  ASSIGN_OR_RETURN(const std::optional<Bytes> there, read_attachment(transaction, attachment.name));
  if (there && *there == attachment.bytes) return {};
  if (there) {
    return fail(ErrorCode::kConflict,
                "there is another attachment of this name already: " + printable(attachment.name));
  }
  RETURN_IF_ERROR(
      transaction.execute("INSERT INTO sequencer_attachments (name, bytes) VALUES (?, ?)",
                          {attachment.name, attachment.bytes}));
  return {};
}

Result<std::optional<Bytes>> read_attachment(store::Queries& queries, const std::string& name) {
  ASSIGN_OR_RETURN(store::Rows rows,
                   queries.query("SELECT bytes FROM sequencer_attachments WHERE name = ?", {name}));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(Bytes bytes, rows.blob(0));
  return std::optional<Bytes>(std::move(bytes));
}

}  // namespace strongroom::sequencer
