// A small pool of std::thread with a barrier: one parallel region runs many steps, and its phases
// meet at the barrier. (g++'s OpenMP would give ThreadSanitizer false alarms.)
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "cpu/spin_barrier.h"
#include "system/workers.h"

namespace regrow::cpu {

class ThreadPool : public Workers {
 public:
  /// 0 threads: as many as the process may run on. The caller is thread 0 of every region.
  /// Throws Error where the system gives fewer.
  explicit ThreadPool(unsigned threads);
  ~ThreadPool() override;

  unsigned size() const override { return size_; }

  /// Runs body(thread) on every thread and returns when all are done. Denormals are flushed to
  /// zero inside. A body that calls barrier() must not throw; otherwise the first exception is
  /// rethrown here.
  void run(const std::function<void(unsigned thread)>& body) override;

  /// All threads of the running region wait for each other.
  void barrier() { barrier_.arrive_and_wait(); }

 private:
  void work(unsigned thread);
  void call(unsigned thread);
  void stop();

  unsigned size_;
  SpinBarrier barrier_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  const std::function<void(unsigned)>* body_ = nullptr;
  std::uint64_t generation_ = 0;
  unsigned running_ = 0;
  bool stopping_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

}  // namespace regrow::cpu
