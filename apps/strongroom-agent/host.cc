#include "host.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>

#include "agent/remains.h"
#include "agent/service.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/program.h"
#include "base/secret.h"
#include "client/config.h"
#include "format/json.h"
#include "http/server.h"
#include "http/told_requests.h"
#include "io/directory.h"

namespace strongroom::host {

namespace {

constexpr std::uint32_t kDirectoryMode = 0700;

std::string key_path(const std::string& directory) { return directory + "/host.key"; }

client::Identity identity_of(const keys::SigningKeyFile& key) {
  return {key.id(),
          [&key](ByteView bytes) -> Result<crypto::Ed25519Signature> { return key.sign(bytes); }};
}

}  // namespace

Result<void> make_key(const std::string& directory) {
  RETURN_IF_ERROR(io::Directory::open_or_make(directory, kDirectoryMode));
  Result<keys::SigningKeyFile> key = keys::SigningKeyFile::open(key_path(directory));
  if (!key && key.error().code == ErrorCode::kNotFound)
    key = keys::SigningKeyFile::create(key_path(directory));
  if (!key) return tl::unexpected<Error>(key.error());
  write_out(fmt::format("{}\n", format::encode(format::Json::Object{{"key", key->public_key()}})));
  return {};
}

Result<void> serve(const std::string& directory) {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);

  ASSIGN_OR_RETURN(const io::Directory home, io::Directory::open(directory));
  const Result<io::Descriptor> lock = home.lock("agent.lock");
  if (!lock && lock.error().code == ErrorCode::kConflict) {
    return fail(ErrorCode::kConflict, "another strongroom-agent works on " + printable(directory) +
                                          ": stop that one, or name another --data");
  }
  if (!lock) return tl::unexpected<Error>(lock.error());
  const SystemClock clock;
  ASSIGN_OR_RETURN(const client::Config config, client::read_config(directory));
  if (!config.host)
    return fail(ErrorCode::kUsage, "config.json names no host: this is a person's home");
  ASSIGN_OR_RETURN(const auto key, keys::SigningKeyFile::open(key_path(directory)));
  ASSIGN_OR_RETURN(const http::Address address, client::server_of(config));
  const client::Connection connection(config.strongroom, address, identity_of(key), clock);
  const client::Connection poll(config.strongroom, address, identity_of(key), clock);
  ASSIGN_OR_RETURN(client::Follower follower,
                   client::Follower::open(config.strongroom, directory, connection));
  RETURN_IF_ERROR(follower.follow());
  ASSIGN_OR_RETURN(const agent::Remains remains,
                   agent::clear_remains({*config.host, key}, follower));
  if (remains.leases + remains.mounts > 0) {
    write_err(
        fmt::format("strongroom-agent: an earlier run ended without warning; {} lease{} ended "
                    "in the log, {} dead mount{} detached\n",
                    remains.leases, remains.leases == 1 ? "" : "s", remains.mounts,
                    remains.mounts == 1 ? "" : "s"));
  }
  const std::size_t entries = follower.world().size();
  ASSIGN_OR_RETURN(const std::string place, client::store_of(config));
  ASSIGN_OR_RETURN(const auto store, store::open_existing_directory_store(place));
  agent::LogWatch watch(std::move(follower), poll);
  agent::Leases leases({{*config.host, key}, watch, connection, *store, clock});
  http::ServerOptions options;
  options.unix_mode = 0660;
  const Journal journal("strongroom-agent");
  http::Router router = agent::service(leases);
  http::tell_requests(router, journal);
  ASSIGN_OR_RETURN(const auto server,
                   http::Server::start(http::Address::unix_socket(directory + "/agent.sock"),
                                       std::move(router), options));
  journal.tell(Priority::kNotice, "started",
               {{"host", config.host->hex()},
                {"entries", std::to_string(entries)},
                {"evidence", std::string(protocol::kEvidenceNone)},
                {"secrets_kept_by", std::string(LockedMemory::protection())},
                {"notice", "freshness unproved: no witness has cosigned this log"}});
  notify_supervisor("READY=1");
  int signal = 0;
  sigwait(&ending, &signal);
  notify_supervisor("STOPPING=1");
  leases.end_all();
  server->stop();
  watch.stop();
  journal.tell(Priority::kNotice, "stopped",
               {{"signal", std::to_string(signal)}, {"leases", "all ended"}});
  return {};
}

}  // namespace strongroom::host
