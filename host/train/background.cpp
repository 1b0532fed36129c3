// A thread and its tasks.
#include "train/background.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "regrow/error.h"

namespace regrow {

Background::Background(std::size_t most_waiting) : most_waiting_(most_waiting) {
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error& failure) {
    throw Error(
        fmt::format("no thread to write files with: {}; end other programs, or raise the "
                    "limit on threads",
                    failure.code().message()));
  }
}

Background::~Background() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Background::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_ending_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    is_running_ = true;
    lock.unlock();
    changed_.notify_all();  // there is room for another
    std::exception_ptr thrown;
    try {
      task();
    } catch (...) {
      thrown = std::current_exception();
    }
    task = nullptr;  // what it holds is released beside training, too
    lock.lock();
    is_running_ = false;
    if (thrown != nullptr) {
      thrown_ = thrown;
      tasks_.clear();
    }
    changed_.notify_all();
    if (thrown_ != nullptr) return;
  }
}

void Background::wait_until(const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return thrown_ != nullptr || condition(); });
  if (thrown_ != nullptr) std::rethrow_exception(thrown_);
}

void Background::wait_for_room() {
  wait_until([this] { return tasks_.size() < most_waiting_; });
}

void Background::run(std::function<void()> task) {
  wait_for_room();
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_all();
}

void Background::wait() {
  wait_until([this] { return tasks_.empty() && !is_running_; });
}

bool Background::is_idle() const {
  const std::lock_guard lock(mutex_);
  return tasks_.empty() && !is_running_;
}

void Background::check() const {
  const std::lock_guard lock(mutex_);
  if (thrown_ != nullptr) std::rethrow_exception(thrown_);
}

}  // namespace regrow
