#ifndef STRONGROOM_AGENT_LOG_WATCH_H_
#define STRONGROOM_AGENT_LOG_WATCH_H_

#include <chrono>
#include <functional>
#include <set>
#include <thread>

#include "agent/held_stops.h"
#include "base/mutex.h"
#include "client/follower.h"

namespace strongroom::agent {

/// Keeps one follower up to date in a thread of its own and shares it. When the server is away, or
/// this machine's disk is full, it tries again each second; when the log breaks its rules it stops
/// for good, and says so. Holds what people stopped here directly, and sends it to the log.
/// Thread-safe.
class LogWatch {
 public:
  /// Takes both; `poll` is a connection of its own for the long polls. Borrows its
  /// connections.
  LogWatch(client::Follower follower, HeldStops stops, const client::Connection& poll);
  ~LogWatch();
  LogWatch(const LogWatch&) = delete;
  LogWatch& operator=(const LogWatch&) = delete;

  /// Lends the follower, alone, for the call. Errors: what `use` gives; why the watch has stopped.
  [[nodiscard]] Result<void> with(const std::function<Result<void>(client::Follower&)>& use);
  /// Takes a signed freeze or recall that was given to this host, without asking the server.
  /// Errors: those of HeldStops::take; why the watch has stopped.
  [[nodiscard]] Result<void> hold(const protocol::Command& stop, UnixSeconds now);
  /// Is the object frozen by what was given to this host and is not in the log yet? Never waits for
  /// the server.
  [[nodiscard]] bool is_held(const ObjectId& object);
  /// Has the log, or what was given to this host, recalled it; or has the log broken its rules, so
  /// that it can no longer say the lease stands?
  /// Never waits for the server: a lease must end in time whatever the server does.
  [[nodiscard]] bool is_void(const ProposalId& proposal);
  /// Waits until something new was followed since `version`, or the bound; gives the version now.
  std::uint64_t wait(std::uint64_t version, std::chrono::milliseconds bound);
  void stop();

 private:
  void run();
  void tell_news() REQUIRES_LOCK(mutex_);
  void compare_stops() REQUIRES_LOCK(mutex_);
  void deliver_stops() REQUIRES_LOCK(mutex_);
  [[nodiscard]] bool is_stopping();

  const client::Connection& poll_;
  Mutex mutex_;
  client::Follower follower_ GUARDED_BY(mutex_);
  HeldStops stops_ GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point deliver_from_ GUARDED_BY(mutex_);
  std::optional<Error> broken_ GUARDED_BY(mutex_);
  std::uint64_t size_ GUARDED_BY(mutex_) = 0;

  // What is read without waiting for the follower. Taken inside mutex_, never around it.
  Mutex news_mutex_;
  Condition changed_;
  std::uint64_t version_ GUARDED_BY(news_mutex_) = 0;
  std::set<ProposalId> recalled_ GUARDED_BY(news_mutex_);
  Stopped stopped_ GUARDED_BY(news_mutex_);
  bool is_broken_ GUARDED_BY(news_mutex_) = false;
  bool stopping_ GUARDED_BY(news_mutex_) = false;
  std::thread thread_;
};

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_LOG_WATCH_H_
