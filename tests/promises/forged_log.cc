#include "forged_log.h"

#include "ledger/writer.h"

namespace strongroom::promises {

namespace {

/// A published log of its own.
struct Published {
  io::TemporaryDirectory directory;
  std::unique_ptr<store::BlobStore> files;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<ledger::LogWriter> writer;
};

std::shared_ptr<Published> publish(const Entries& entries, const ledger::NoteKey& name,
                                   const keys::SigningKeyFile& key) {
  auto published = std::make_shared<Published>();
  published->files = must(store::open_directory_store(published->directory / "public"));
  published->database = must(store::open_sqlite(published->directory / "log.db"));
  published->writer =
      must(ledger::LogWriter::open(*published->database, *published->files,
                                   {name, [&key](ByteView bytes) { return key.sign(bytes); }}));
  {
    const auto transaction = must(published->database->begin());
    for (const std::string& entry : entries)
      must(published->writer->append(*transaction, as_bytes(entry)));
    must(transaction->commit());
  }
  must(published->writer->publish());
  return published;
}

}  // namespace

std::string encoded(const protocol::Entry& entry) { return must(protocol::encode_entry(entry)); }

Entries with_next(Entries entries, const protocol::Command& command, UnixSeconds time) {
  protocol::Entry entry;
  entry.index = static_cast<std::int64_t>(entries.size());
  entry.time = time;
  entry.type = command.type;
  entry.statement = command.statement;
  entry.signatures = command.signatures;
  entry.body = command.body;
  entries.push_back(encoded(entry));
  return entries;
}

Lie forged_log(const Entries& entries, const ledger::NoteKey& name,
               const keys::SigningKeyFile& key) {
  const std::shared_ptr<Published> published = publish(entries, name, key);
  return [published](const http::Request& request,
                     const std::function<http::Response()>& truth) -> http::Response {
    constexpr std::string_view kLog = "/log/";
    if (!request.path.starts_with(kLog)) return truth();
    Result<Bytes> bytes =
        published->files->get(request.path.substr(kLog.size()), ledger::kBundleBytesMax);
    if (!bytes) return http::error_response(bytes.error());
    http::Response response;
    response.body = std::move(*bytes);
    return response;
  };
}

Lie forged_log(const WholeLab& lab, const Entries& entries) {
  return forged_log(entries, log_name(lab), lab.log_key());
}

ledger::NoteKey log_name(const WholeLab& lab) {
  return {lab.genesis().origin, lab.genesis().log_key};
}

protocol::Receipt forged_receipt(const Entries& entries, const ledger::NoteKey& name,
                                 const keys::SigningKeyFile& key) {
  const std::shared_ptr<Published> published = publish(entries, name, key);
  return {.index = static_cast<std::int64_t>(entries.size()) - 1,
          .entry = entries.back(),
          .proof = ledger::encode_log_proof(must(published->writer->receipt(entries.size() - 1)))};
}

Result<void> judged(const StrongroomId& pinned, const Entries& entries) {
  judge::World world(pinned);
  for (const std::string& entry : entries) RETURN_IF_ERROR(world.follow(entry));
  return {};
}

}  // namespace strongroom::promises
