#include "host.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>

#include "agent/service.h"
#include "agent/sweeper.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/program.h"
#include "base/secret.h"
#include "client/config.h"
#include "crypto/random.h"
#include "format/json.h"
#include "http/server.h"
#include "http/told_requests.h"
#include "io/directory.h"
#include "protocol/host_introduction.h"
#include "protocol/introduction.h"
#include "reach.h"
#include "sweep_scan.h"

namespace strongroom::host {

namespace {

constexpr std::uint32_t kDirectoryMode = 0700;

std::string key_path(const std::string& directory) { return directory + "/host.key"; }

}  // namespace

Result<void> make_key(const std::string& directory, const Introduced& introduced) {
  std::optional<StrongroomId> strongroom;
  if (!introduced.strongroom.empty() || !introduced.name.empty()) {
    strongroom = StrongroomId::from_hex_text(plain_id(introduced.strongroom));
    if (!strongroom || introduced.name.empty()) {
      return fail(
          ErrorCode::kUsage,
          "for a strongroom that stands: --strongroom, its id in full, and --name, what the "
          "host is to be called");
    }
    RETURN_IF_ERROR(protocol::check_person_name(introduced.name));
  }
  RETURN_IF_ERROR(io::Directory::open_or_make(directory, kDirectoryMode));
  Result<keys::SigningKeyFile> key = keys::SigningKeyFile::open(key_path(directory));
  if (!key && key.error().code == ErrorCode::kNotFound)
    key = keys::SigningKeyFile::create(key_path(directory));
  if (!key) return tl::unexpected<Error>(key.error());
  std::string line = format::encode(format::Json::Object{{"key", key->public_key()}});
  if (strongroom) {
    const protocol::Host host{.host = crypto::random_id<HostId>(),
                              .name = {},
                              .key = key->public_key(),
                              .evidence = std::string(protocol::kEvidenceNone)};
    const protocol::Signer signer{
        key->id(),
        [&key](ByteView bytes) -> Result<crypto::Ed25519Signature> { return key->sign(bytes); }};
    ASSIGN_OR_RETURN(const protocol::HostIntroduction introduction,
                     protocol::introduce_host(*strongroom, host, introduced.name, signer));
    line = encode(introduction);
  }
  write_out(line + "\n");
  return {};
}

namespace {

// In every thread that is begun from here on. Gives those that end the program.
sigset_t block_signals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  sigset_t blocked = ending;
  sigaddset(&blocked, SIGUSR1);  // tells that the wait for the server is over
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  return ending;
}

// None where nothing is planned.
Result<std::unique_ptr<agent::Sweeper>> sweeper(const std::string& directory,
                                                const std::optional<client::SweepPlan>& plan,
                                                bool now, agent::Sweeper::Parts parts) {
  if (!plan) return std::unique_ptr<agent::Sweeper>();
  ASSIGN_OR_RETURN(io::Directory home, io::Directory::open(directory));
  return std::make_unique<agent::Sweeper>(std::move(parts), std::move(home), *plan, now);
}

}  // namespace

Result<void> serve(const std::string& directory, const SweepAsked& asked) {
  const sigset_t ending = block_signals();
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
    return fail(ErrorCode::kUsage,
                "config.json names no host: this is a person's home; name an agent's directory "
                "with --data");
  ASSIGN_OR_RETURN(const auto plan, take_sweep_plan(directory, asked));
  ASSIGN_OR_RETURN(const auto key, keys::SigningKeyFile::open(key_path(directory)));
  ASSIGN_OR_RETURN(const std::string place, client::store_of(config));
  ASSIGN_OR_RETURN(const auto store, store::open_existing_directory_store(place));
  const Journal journal("strongroom-agent");
  const agent::OwnHost host{*config.host, key};
  ASSIGN_OR_RETURN(const std::unique_ptr<Reached> reached,
                   reach({directory, config, host, clock, journal}));
  ASSIGN_OR_RETURN(agent::HeldStops stops, agent::HeldStops::open(directory));
  const std::size_t entries = reached->follower->world().size();
  agent::LogWatch watch(std::move(*reached->follower), std::move(stops), *reached->poll);
  agent::Leases leases({host, watch, *reached->connection, *store, clock});
  http::ServerOptions options;
  options.unix_mode = 0660;
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
  ASSIGN_OR_RETURN(std::unique_ptr<agent::Sweeper> sweeping,
                   sweeper(directory, plan, asked.now, {host, watch, clock, journal, scan_beside}));
  notify_supervisor("READY=1");
  int signal = 0;
  sigwait(&ending, &signal);
  notify_supervisor("STOPPING=1");
  leases.end_all();
  server->stop();
  sweeping.reset();
  watch.stop();
  journal.tell(Priority::kNotice, "stopped",
               {{"signal", std::to_string(signal)}, {"leases", "all ended"}});
  return {};
}

}  // namespace strongroom::host
