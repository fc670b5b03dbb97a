#ifndef STRONGROOM_AGENT_MOUNT_GATE_H_
#define STRONGROOM_AGENT_MOUNT_GATE_H_

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace strongroom::agent {

/// Counts the reads being served and, once closed, lets no more in. Thread-safe.
class Gate {
 public:
  [[nodiscard]] bool enter() {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return false;
    ++inside_;
    return true;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    if (--inside_ == 0) emptied_.notify_all();
  }
  /// Closes, and waits for those inside as long as `bound`.
  void close(std::chrono::milliseconds bound) {
    std::unique_lock lock(mutex_);
    is_closed_ = true;
    emptied_.wait_for(lock, bound, [this] { return inside_ == 0; });
  }
  [[nodiscard]] bool is_closed() const {
    const std::lock_guard lock(mutex_);
    return is_closed_;
  }

 private:
  // std's own, since base's Condition has no bounded wait.
  mutable std::mutex mutex_;
  std::condition_variable emptied_;
  std::size_t inside_ = 0;
  bool is_closed_ = false;
};

/// A stay inside a Gate.
class Visit {
 public:
  explicit Visit(Gate& gate) : gate_(gate), is_in_(gate.enter()) {}
  ~Visit() {
    if (is_in_) gate_.leave();
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  [[nodiscard]] bool is_in() const { return is_in_; }

 private:
  Gate& gate_;
  const bool is_in_;
};

/// While it lives, threads that are started take no signals: those are for the program's own.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_MOUNT_GATE_H_
