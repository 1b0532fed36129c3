#include "common/emulation/stream.h"

#include <utility>

namespace regrow::emulation {

void StreamState::add(Work work) {
  const std::lock_guard lock(mutex_);
  if (capture_ == Capture::kNone) {
    waiting_.push_back(std::move(work));
  } else {
    captured_.push_back(std::move(work));
  }
}

void StreamState::run() {
  const std::lock_guard lock(mutex_);
  std::deque<Work> all;
  all.swap(waiting_);
  if (fault_) std::rethrow_exception(std::exchange(fault_, nullptr));
  for (; !all.empty(); all.pop_front()) all.front()();
}

void StreamState::drop() {
  const std::lock_guard lock(mutex_);
  waiting_.clear();
}

void StreamState::fail(std::exception_ptr fault) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

void StreamState::begin_capture() { capture_ = Capture::kActive; }

void StreamState::invalidate_capture() {
  if (capture_ == Capture::kActive) capture_ = Capture::kInvalid;
}

std::unique_ptr<Graph> StreamState::end_capture() {
  auto graph =
      capture_ == Capture::kActive ? std::make_unique<Graph>(std::move(captured_)) : nullptr;
  capture_ = Capture::kNone;
  captured_.clear();
  return graph;
}

}  // namespace regrow::emulation
