#include "reach.h"

#include <fmt/format.h>
#include <pthread.h>

#include <csignal>
#include <thread>

#include "agent/remains.h"
#include "base/mutex.h"
#include "base/program.h"
#include "http/server.h"
#include "http/told_requests.h"

namespace strongroom::host {

namespace {

constexpr std::chrono::milliseconds kFirstPause{250};
constexpr std::chrono::milliseconds kPauseMax{10'000};
// A request that was signed before the server started is refused like a forged one.
constexpr int kDoubtsMax = 3;

// The server's absence, not its word: a log that breaks the rules is never waited for.
bool may_pass(ErrorCode code) {
  return code == ErrorCode::kNetwork || code == ErrorCode::kUnavailable ||
         code == ErrorCode::kNotYet;
}

client::Identity identity_of(const agent::OwnHost& host) {
  return {host.key.id(), [&key = host.key](ByteView bytes) -> Result<crypto::Ed25519Signature> {
            return key.sign(bytes);
          }};
}

std::string waits_for(const Site& site) {
  return "this agent waits for its server, " + printable(site.config.server);
}

http::Router refusing(const Site& site) {
  const http::Handler refuse = [words = waits_for(site)](const http::Request&) {
    return http::error_response(
        {ErrorCode::kUnavailable, words + ", and serves nobody until it is there: try again then"});
  };
  http::Router router;
  router.add(http::Method::kGet, "/{path...}", refuse);
  router.add(http::Method::kPost, "/{path...}", refuse);
  http::tell_requests(router, site.journal);
  return router;
}

void tell_cleared(const agent::Remains& remains) {
  if (remains.leases.empty() && remains.mounts == 0) return;
  write_err(
      fmt::format("strongroom-agent: an earlier run ended without warning; {} lease{} ended "
                  "in the log, {} dead mount{} detached\n",
                  remains.leases.size(), remains.leases.size() == 1 ? "" : "s", remains.mounts,
                  remains.mounts == 1 ? "" : "s"));
}

/// One try after the other, each from where the last one got to.
class Attempts {
 public:
  explicit Attempts(const Site& site) : site_(site) {}

  Result<void> attempt() {
    const Result<http::Address> address = client::server_of(site_.config);
    if (!address && !may_pass(address.error().code)) return tl::unexpected<Error>(address.error());
    // Of a server that is away there is no address: nobody listens at this one.
    const http::Address server =
        address ? *address : http::Address::unix_socket(site_.directory + "/no-server");
    if (!reached_ || reached_->server != server) RETURN_IF_ERROR(open(server));
    if (!address) return tl::unexpected<Error>(address.error());
    client::Follower& follower = *reached_->follower;
    if (const Result<void> followed = follower.follow(); !followed) {
      if (followed.error().code == ErrorCode::kNotAuthentic) reached_.reset();
      return followed;
    }
    RETURN_IF_ERROR(clear());
    RETURN_IF_ERROR(agent::tell_remains(site_.host, remains_, follower));
    tell_cleared(remains_);
    return {};
  }
  std::unique_ptr<Reached> take() { return std::move(reached_); }

 private:
  Result<void> open(const http::Address& server) {
    auto reached = std::make_unique<Reached>();
    reached->server = server;
    const auto connect = [&] {
      return std::make_unique<client::Connection>(site_.config.strongroom, server,
                                                  identity_of(site_.host), site_.clock);
    };
    reached->connection = connect();
    reached->poll = connect();
    ASSIGN_OR_RETURN(
        client::Follower follower,
        client::Follower::open(site_.config.strongroom, site_.directory, *reached->connection));
    reached->follower.emplace(std::move(follower));
    reached_ = std::move(reached);
    return clear();  // consumers and mounts of a run that died do not wait for the server
  }
  Result<void> clear() {
    if (reached_->follower->world().size() == 0) return {};
    ASSIGN_OR_RETURN(agent::Remains remains,
                     agent::clear_remains(site_.host, reached_->follower->world()));
    remains.mounts += remains_.mounts;
    remains_ = std::move(remains);
    return {};
  }

  const Site& site_;
  std::unique_ptr<Reached> reached_;
  agent::Remains remains_;
};

/// The wait, in a thread of its own: an attempt may take as long as a peer that does not answer.
class Wait {
 public:
  Wait(Attempts& attempts, pthread_t waiter)
      : attempts_(attempts), waiter_(waiter), thread_([this] { run(); }) {}
  ~Wait() {
    if (thread_.joinable()) thread_.join();
  }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  /// After SIGUSR1.
  Result<void> result() {
    thread_.join();
    const Lock lock(mutex_);
    return result_;
  }

 private:
  void run() {
    int doubts = 0;
    for (std::chrono::milliseconds pause = kFirstPause;; pause = std::min(2 * pause, kPauseMax)) {
      std::this_thread::sleep_for(pause);
      const Result<void> attempted = attempts_.attempt();
      const bool doubtful =
          !attempted && attempted.error().code == ErrorCode::kNotAuthentic && ++doubts < kDoubtsMax;
      if (!attempted && (doubtful || may_pass(attempted.error().code))) continue;
      const Lock lock(mutex_);
      result_ = attempted;
      break;
    }
    pthread_kill(waiter_, SIGUSR1);
  }

  Attempts& attempts_;
  const pthread_t waiter_;
  Mutex mutex_;
  Result<void> result_ GUARDED_BY(mutex_);
  std::thread thread_;
};

int next_signal() {
  sigset_t awaited;
  sigemptyset(&awaited);
  for (const int each : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&awaited, each);
  int signal = 0;
  sigwait(&awaited, &signal);
  return signal;
}

Result<void> wait(const Site& site, Attempts& attempts, const Error& why) {
  http::ServerOptions options;
  options.unix_mode = 0660;
  ASSIGN_OR_RETURN(const auto refusing_server,
                   http::Server::start(http::Address::unix_socket(site.directory + "/agent.sock"),
                                       refusing(site), options));
  const BootSeconds since = site.clock.since_boot();
  site.journal.tell(Priority::kWarning, "waiting",
                    {{"server", site.config.server}, {"because", why.context}});
  // Up, as far as it can be: what is ordered after an agent need not wait for the server too.
  notify_supervisor("READY=1\nSTATUS=" + waits_for(site));
  Wait waiting(attempts, pthread_self());
  const int signal = next_signal();
  if (signal != SIGUSR1) {
    notify_supervisor("STOPPING=1");
    refusing_server->stop();
    site.journal.tell(Priority::kNotice, "stopped",
                      {{"signal", std::to_string(signal)}, {"leases", "none were begun"}});
    // An attempt may still wait for a peer that says nothing, and nothing is there to be put back.
    std::_Exit(0);
  }
  RETURN_IF_ERROR(waiting.result());
  refusing_server->stop();
  notify_supervisor("STATUS=serves");
  site.journal.tell(
      Priority::kNotice, "reached",
      {{"server", site.config.server},
       {"waited_seconds", std::to_string(site.clock.since_boot().value - since.value)}});
  return {};
}

}  // namespace

Result<std::unique_ptr<Reached>> reach(const Site& site) {
  Attempts attempts(site);
  const Result<void> first = attempts.attempt();
  if (!first && !may_pass(first.error().code)) return tl::unexpected<Error>(first.error());
  if (!first) RETURN_IF_ERROR(wait(site, attempts, first.error()));
  return attempts.take();
}

}  // namespace strongroom::host
