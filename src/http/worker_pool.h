#ifndef STRONGROOM_HTTP_WORKER_POOL_H_
#define STRONGROOM_HTTP_WORKER_POOL_H_

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace strongroom::http {

/// Inside this room only: threads that run tasks from one bounded queue. Thread-safe.
class WorkerPool {
 public:
  /// At most `threads` tasks run and `queue_max` more wait. Throws std::system_error when the
  /// machine gives no thread.
  WorkerPool(std::size_t threads, std::size_t queue_max);
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  /// Runs `work`, gives its place back, then runs `deliver`: whoever hears of the end finds the
  /// place free. False, and nothing done, when all is full or after stop(). Neither throws.
  [[nodiscard]] bool submit(std::function<void()> work, std::function<void()> deliver);
  /// Runs what waits, then joins. Never from a task. A second call does nothing.
  void stop();

 private:
  struct Task {
    std::function<void()> work;
    std::function<void()> deliver;
  };
  void run();

  const std::size_t pending_max_;
  Mutex mutex_;
  Condition changed_;
  std::deque<Task> queue_ GUARDED_BY(mutex_);
  std::size_t pending_ GUARDED_BY(mutex_) = 0;  // waiting and running
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace strongroom::http

#endif  // STRONGROOM_HTTP_WORKER_POOL_H_
