#include "http/worker_pool.h"

namespace strongroom::http {

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue_max)
    : pending_max_(threads + queue_max) {
  threads_.reserve(threads);
  try {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  } catch (...) {
    stop();
    throw;
  }
}

bool WorkerPool::submit(std::function<void()> work, std::function<void()> deliver) {
  const Lock lock(mutex_);
  if (stopping_ || pending_ == pending_max_) return false;
  ++pending_;
  queue_.push_back({std::move(work), std::move(deliver)});
  changed_.notify_one();
  return true;
}

void WorkerPool::stop() {
  {
    const Lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WorkerPool::run() {
  while (true) {
    Task task;
    {
      const Lock lock(mutex_);
      while (queue_.empty() && !stopping_) changed_.wait(mutex_);
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task.work();
    {
      const Lock lock(mutex_);
      --pending_;
    }
    task.deliver();
  }
}

}  // namespace strongroom::http
