#ifndef STRONGROOM_BASE_MUTEX_H_
#define STRONGROOM_BASE_MUTEX_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#if defined(__clang__)
#define STRONGROOM_THREAD(x) __attribute__((x))
#else
#define STRONGROOM_THREAD(x)
#endif
/// Members that a mutex guards say so: `int size_ GUARDED_BY(mutex_);`. clang checks it.
#define GUARDED_BY(mutex) STRONGROOM_THREAD(guarded_by(mutex))
#define REQUIRES_LOCK(mutex) STRONGROOM_THREAD(requires_capability(mutex))

namespace strongroom {

/// std::mutex with the annotations that libstdc++ lacks.
class STRONGROOM_THREAD(capability("mutex")) Mutex {
 public:
  void lock() STRONGROOM_THREAD(acquire_capability()) { mutex_.lock(); }
  void unlock() STRONGROOM_THREAD(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds a Mutex for a scope.
class STRONGROOM_THREAD(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& mutex) STRONGROOM_THREAD(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~Lock() STRONGROOM_THREAD(release_capability()) { mutex_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits on a Mutex that the caller holds. Wake-ups may be spurious: wait in a loop.
class Condition {
 public:
  void wait(Mutex& mutex) REQUIRES_LOCK(mutex) { condition_.wait(mutex); }
  /// At most so long.
  void wait_for(Mutex& mutex, std::chrono::milliseconds bound) REQUIRES_LOCK(mutex) {
    condition_.wait_for(mutex, bound);
  }
  /// At most `wait_ms` milliseconds. Says nothing about why it returned.
  void wait_for(Mutex& mutex, std::int64_t wait_ms) REQUIRES_LOCK(mutex) {
    condition_.wait_for(mutex, std::chrono::milliseconds(wait_ms));
  }
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable_any condition_;
};

}  // namespace strongroom

#endif  // STRONGROOM_BASE_MUTEX_H_
