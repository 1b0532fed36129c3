// Work beside the thread that asks for it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace regrow {

/// Runs tasks one after the other, in the order given, on a thread of its own. Its members are
/// called by one thread.
class Background {
 public:
  /// `most_waiting`: tasks given and not begun, at least 1. Throws Error where there is no thread
  /// to be had.
  explicit Background(std::size_t most_waiting);
  /// Runs what still waits, unless a task has thrown.
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Waits until fewer than `most_waiting` tasks wait. Throws what a task has thrown: none begins
  /// after it.
  void wait_for_room();
  /// wait_for_room(), then leaves the task to the thread.
  void run(std::function<void()> task);
  /// Waits until all tasks are done. Throws what a task has thrown.
  void wait();
  /// True where no task waits or runs.
  bool is_idle() const;
  /// Throws what a task has thrown.
  void check() const;

 private:
  void work();
  void wait_until(const std::function<bool()>& condition);

  const std::size_t most_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;  // the first one runs, or is the next to
  bool is_running_ = false;
  bool is_ending_ = false;
  std::exception_ptr thrown_;
  std::thread thread_;
};

}  // namespace regrow
