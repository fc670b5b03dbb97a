#include "site.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <system_error>

#include "api/api.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/program.h"
#include "base/secret.h"
#include "http/server.h"
#include "http/told_requests.h"
#include "io/directory.h"
#include "keeper/keeper.h"
#include "keys/key_file.h"
#include "ledger/tile.h"
#include "protocol/genesis.h"
#include "sequencer/sequencer.h"
#include "store/blob_store.h"
#include "store/database.h"

namespace strongroom::site {

using format::Json;

namespace {

constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::uint32_t kFileMode = 0600;
constexpr const char* kServerFile = "server.json";

std::string log_key_path(const std::string& directory) { return directory + "/keys/log.key"; }
std::string deposit_key_path(const std::string& directory) {
  return directory + "/keys/deposit.key";
}

// Everything that stands on disk, opened. The order of members is the order of their lives.
struct Opened {
  io::Descriptor lock;
  SystemClock clock;
  keys::SigningKeyFile log_key;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::BlobStore> publication;
  std::unique_ptr<store::BlobStore> objects;
  std::unique_ptr<sequencer::Sequencer> sequencer;
};

// Two sequencers on one database would each sign a log of their own.
Result<io::Descriptor> locked(const std::string& directory) {
  ASSIGN_OR_RETURN(const io::Directory site, io::Directory::open(directory));
  Result<io::Descriptor> lock = site.lock("server.lock");
  if (lock || lock.error().code != ErrorCode::kConflict) return lock;
  return fail(ErrorCode::kConflict, "another strongroom-server works on " + printable(directory) +
                                        ": stop that one, or name another --data");
}

// No new log may begin where one was published.
tl::unexpected<Error> lost_database(const std::string& directory) {
  return fail(ErrorCode::kConflict,
              "a log was published from " + printable(directory) +
                  ", but its database strongroom.db is missing or empty: restore it from a backup");
}

enum class Objects { kMayBeMade, kMustBeThere };

Result<std::unique_ptr<Opened>> open(const std::string& directory, Objects objects) {
  Result<keys::SigningKeyFile> log_key = keys::SigningKeyFile::open(log_key_path(directory));
  if (!log_key && log_key.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kNotFound,
                printable(log_key_path(directory)) +
                    " is missing: is this a server's directory? After a restore, put log.key and "
                    "deposit.key there (mode 0600)");
  }
  if (!log_key) return tl::unexpected<Error>(log_key.error());
  auto opened = std::unique_ptr<Opened>(
      new Opened{{}, {}, std::move(*log_key), nullptr, nullptr, nullptr, nullptr});
  ASSIGN_OR_RETURN(opened->lock, locked(directory));
  ASSIGN_OR_RETURN(opened->publication, store::open_directory_store(directory + "/public"));
  ASSIGN_OR_RETURN(const bool published, opened->publication->exists(ledger::kCheckpointPath));
  const std::string database = directory + "/strongroom.db";
  std::error_code trouble;
  const bool gone = !std::filesystem::exists(database, trouble) && !trouble;
  if (published && gone) return lost_database(directory);
  ASSIGN_OR_RETURN(opened->database, store::open_sqlite(database));
  const std::string store = directory + "/objects";
  ASSIGN_OR_RETURN(opened->objects, objects == Objects::kMayBeMade
                                        ? store::open_directory_store(store)
                                        : store::open_existing_directory_store(store));
  RETURN_IF_ERROR(opened->publication->remove_abandoned());
  sequencer::Options options;
  options.database = opened->database.get();
  options.publication = opened->publication.get();
  options.log_key = opened->log_key.public_key();
  options.log_signer = [&key = opened->log_key](ByteView bytes) { return key.sign(bytes); };
  options.clock = &opened->clock;
  ASSIGN_OR_RETURN(opened->sequencer, sequencer::Sequencer::open(options));
  if (published && opened->sequencer->size() == 0) return lost_database(directory);
  return opened;
}

Result<protocol::Genesis> genesis_of(const sequencer::Sequencer& sequencer) {
  ASSIGN_OR_RETURN(const std::vector<std::string> first, sequencer.entries(0, 1));
  if (first.empty()) {
    return fail(ErrorCode::kNotYet,
                "nothing is founded here yet: strongroom init, or strongroom-server found");
  }
  ASSIGN_OR_RETURN(const protocol::Entry entry, protocol::decode_entry(first.front()));
  if (!entry.statement) return fail(ErrorCode::kMalformed, "the log does not begin with a genesis");
  return protocol::genesis_from(*entry.statement);
}

Result<http::Address> listen_address(const std::string& listen) {
  ASSIGN_OR_RETURN(http::Address address, http::Address::parse("http://" + listen));
  if (address.host != "127.0.0.1" && address.host != "::1") {
    return fail(ErrorCode::kUsage,
                "this version listens on loopback only: --listen 127.0.0.1:PORT");
  }
  return address;
}

}  // namespace

Result<void> make_keys(const std::string& directory) {
  ASSIGN_OR_RETURN(const io::Directory site,
                   io::Directory::open_or_make(directory, kDirectoryMode));
  RETURN_IF_ERROR(site.make_subdirectory("keys", kDirectoryMode));
  // Interrupted between the two, it goes on where it was; a key that is there is never replaced.
  Result<keys::SigningKeyFile> log_key = keys::SigningKeyFile::open(log_key_path(directory));
  if (!log_key && log_key.error().code == ErrorCode::kNotFound)
    log_key = keys::SigningKeyFile::create(log_key_path(directory));
  if (!log_key) return tl::unexpected<Error>(log_key.error());
  Result<keys::OpeningKeyFile> deposit_key =
      keys::OpeningKeyFile::open(deposit_key_path(directory));
  if (!deposit_key && deposit_key.error().code == ErrorCode::kNotFound) {
    deposit_key =
        keys::OpeningKeyFile::create(deposit_key_path(directory), crypto::KemKind::kX25519);
  }
  if (!deposit_key) return tl::unexpected<Error>(deposit_key.error());
  const protocol::DepositKey shown{deposit_key->id(), deposit_key->kem(),
                                   deposit_key->public_key()};
  write_out(fmt::format("{}\n", format::encode(Json::Object{{"deposit_key", to_json(shown)},
                                                            {"log_key", log_key->public_key()}})));
  return {};
}

Result<void> found(const std::string& directory, const std::string& genesis_file) {
  ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(genesis_file, protocol::kCommandBytesMax));
  ASSIGN_OR_RETURN(protocol::Command command, protocol::decode_command(as_text(bytes)));
  if (command.type != protocol::EntryType::kGenesis) {
    return fail(ErrorCode::kMalformed, printable(genesis_file) + " holds no genesis");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Opened> opened, open(directory, Objects::kMayBeMade));
  ASSIGN_OR_RETURN(const protocol::Receipt receipt, opened->sequencer->submit(std::move(command)));
  if (receipt.index != 0)
    return fail(ErrorCode::kConflict, "another strongroom is founded here already");
  ASSIGN_OR_RETURN(const protocol::Genesis genesis, genesis_of(*opened->sequencer));
  write_out(fmt::format(
      "{}\n",
      format::encode(Json::Object{{"id", shown_id(genesis.id().hex(), genesis.demonstration())}})));
  return {};
}

Result<void> serve(const std::string& directory, const std::string& listen) {
  ASSIGN_OR_RETURN(const http::Address address, listen_address(listen));
  // Before any thread starts, so that none takes the signal that this one waits for.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);

  ASSIGN_OR_RETURN(const std::unique_ptr<Opened> opened, open(directory, Objects::kMustBeThere));
  ASSIGN_OR_RETURN(const protocol::Genesis genesis, genesis_of(*opened->sequencer));
  ASSIGN_OR_RETURN(keys::OpeningKeyFile deposit_key,
                   keys::OpeningKeyFile::open(deposit_key_path(directory)));
  if (deposit_key.id() != genesis.deposit_key.id) {
    return fail(ErrorCode::kWrongKey,
                "keys/deposit.key is not the deposit key of this strongroom's genesis");
  }
  keeper::Keeper keeper(genesis.id(), std::move(deposit_key).take_secret(), opened->clock);
  api::Api api({*opened->sequencer, keeper, *opened->objects, *opened->publication, opened->clock},
               genesis.id());
  const Journal journal("strongroom-server");
  http::Router router = api.router();
  http::tell_requests(router, journal);
  ASSIGN_OR_RETURN(const auto server, http::Server::start(address, std::move(router), {}));

  ASSIGN_OR_RETURN(const io::Directory site, io::Directory::open(directory));
  RETURN_IF_ERROR(site.remove_partial_files());
  const std::string told = format::encode(Json::Object{{"pid", static_cast<std::int64_t>(getpid())},
                                                       {"url", server->address().text()}});
  RETURN_IF_ERROR(site.write_file_atomically(kServerFile, as_bytes(told), kFileMode));
  journal.tell(Priority::kNotice, "started",
               {{"strongroom", shown_id(genesis.id().hex(), genesis.demonstration())},
                {"address", server->address().text()},
                {"entries", std::to_string(opened->sequencer->size())},
                {"secrets_kept_by", std::string(LockedMemory::protection())},
                {"notice", "freshness unproved: no witness has cosigned this log"}});
  notify_supervisor("READY=1");
  int signal = 0;
  sigwait(&ending, &signal);
  notify_supervisor("STOPPING=1");
  RETURN_IF_ERROR(site.remove(kServerFile));
  server->stop();
  journal.tell(Priority::kNotice, "stopped", {{"signal", std::to_string(signal)}});
  return {};
}

}  // namespace strongroom::site
