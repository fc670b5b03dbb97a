#ifndef STRONGROOM_AGENT_LOG_WATCH_H_
#define STRONGROOM_AGENT_LOG_WATCH_H_

#include <functional>
#include <set>
#include <thread>

#include "base/mutex.h"
#include "client/follower.h"

namespace strongroom::agent {

/// Keeps one follower up to date in a thread of its own and shares it. When the server is away, or
/// this machine's disk is full, it tries again each second; when the log breaks its rules it stops
/// for good, and says so. Thread-safe.
class LogWatch {
 public:
  /// Takes the follower; `poll` is a connection of its own for the long polls. Borrows its
  /// connections.
  LogWatch(client::Follower follower, const client::Connection& poll);
  ~LogWatch();
  LogWatch(const LogWatch&) = delete;
  LogWatch& operator=(const LogWatch&) = delete;

  /// Lends the follower, alone, for the call. Errors: what `use` gives; why the watch has stopped.
  [[nodiscard]] Result<void> with(const std::function<Result<void>(client::Follower&)>& use);
  /// Has the log recalled it, or broken its rules, so that it can no longer say the lease stands?
  /// Never waits for the server: a lease must end in time whatever the server does.
  [[nodiscard]] bool is_void(const ProposalId& proposal);
  /// Waits until something new was followed since `version`, or the bound; gives the version now.
  std::uint64_t wait(std::uint64_t version, std::chrono::milliseconds bound);
  void stop();

 private:
  void run();
  void tell_news() REQUIRES_LOCK(mutex_);
  [[nodiscard]] bool is_stopping();

  const client::Connection& poll_;
  Mutex mutex_;
  client::Follower follower_ GUARDED_BY(mutex_);
  std::optional<Error> broken_ GUARDED_BY(mutex_);
  std::uint64_t size_ GUARDED_BY(mutex_) = 0;

  // What is read without waiting for the follower. Taken inside mutex_, never around it.
  Mutex news_mutex_;
  Condition changed_;
  std::uint64_t version_ GUARDED_BY(news_mutex_) = 0;
  std::set<ProposalId> recalled_ GUARDED_BY(news_mutex_);
  bool is_broken_ GUARDED_BY(news_mutex_) = false;
  bool stopping_ GUARDED_BY(news_mutex_) = false;
  std::thread thread_;
};

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_LOG_WATCH_H_
