// Which thread of a block runs next, barriers, and what is said of a block that cannot go on.
#include "common/emulation/block.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>
#include <utility>

#include "common/emulation/sanitizers.h"

namespace regrow::emulation {
namespace {

// What unwinds a thread that cannot go on. No std::exception, so that no kernel holds it up.
struct Cancelled {};

}  // namespace

REGROW_UNWATCHED void Block::prepare(const Grid& grid, unsigned seed) {
  const Unwatched unwatched;
  grid_ = grid;
  options_ = grid.options;
  random_.seed(seed);
  current_block = this;
  origin_.adopt_current();
  thread_locals_ = thread_local_base();
  // ASan builds have plain static shared variables, with red zones instead of poison.
  if (!kAddressSanitizer && options_.poison) shared_ = shared_variables(grid.kernel);
  if (dynamic_shared_bytes_ != grid.shared_bytes) {  // of the exact size, for ASan's sake
    dynamic_shared_bytes_ = grid.shared_bytes;
    dynamic_shared_.reset(grid.shared_bytes == 0 ? nullptr : new unsigned char[grid.shared_bytes]);
  }

  const dim3 size = grid.threads;
  const unsigned count = size.x * size.y * size.z;
  threads_.resize(count);
  for (unsigned i = 0; i < count; ++i) {
    threads_[i].index = {i % size.x, i / size.x % size.y, i / size.x / size.y};
    threads_[i].number = i;
    threads_[i].lane = i % 32;
    threads_[i].warp = i / 32;
  }
  // To TSan, making a fiber orders its maker before it: all are made before any runs.
  while (kThreadSanitizer && free_fibers_.size() < count) add_fiber();
}

REGROW_UNWATCHED void Block::reset() {
  const auto count = static_cast<unsigned>(threads_.size());
  start_order_.resize(count);
  for (unsigned i = 0; i < count; ++i) {
    threads_[i].state = Thread::State::kUnstarted;
    threads_[i].fiber = nullptr;
    start_order_[i] = options_.order == Order::kReverse ? count - 1 - i : i;
  }
  if (options_.order == Order::kRandom) {
    std::shuffle(start_order_.begin(), start_order_.end(), random_);
  }
  ready_.clear();
  next_start_ = next_ready_ = 0;
  running_ = count;
  at_barrier_ = 0;
  barrier_count_ = 0;
  active_.assign((count + 31) / 32, ~0U);
  if (count % 32 != 0) active_.back() = (1U << count % 32) - 1;
  waiting_.assign(active_.size(), 0);
  fault_.clear();
  free_fibers_.clear();
  for (const auto& fiber : fibers_) free_fibers_.push_back(fiber.get());
}

REGROW_UNWATCHED void Block::poison_shared() {
  if (!options_.poison) return;
  if (dynamic_shared_bytes_ > 0) std::memset(dynamic_shared_.get(), 0xFF, dynamic_shared_bytes_);
  for (const auto& [offset, bytes] : shared_) std::memset(thread_locals_ + offset, 0xFF, bytes);
}

REGROW_UNWATCHED void Block::run(uint3 block_index) {
  const Unwatched unwatched;
  index_ = block_index;
  reset();
  poison_shared();
  release(&start_token_);
  resume(*next_thread());  // comes back when nothing can run
  if (fault_.empty() && running_ > 0) fault_ = deadlock();
  if (!fault_.empty()) cancel();
  acquire(&end_token_);
  if (fault_.empty()) return;
  throw KernelFault(fmt::format("{}, block ({}, {}, {}): {}", kernel_name(grid_.kernel), index_.x,
                                index_.y, index_.z, fault_));
}

REGROW_UNWATCHED void Block::resume(Thread& thread) {
  if (thread.fiber == nullptr) thread.fiber = &take_fiber();
  current_thread = &thread;
  thread.fiber->switch_from(origin_);
  current_thread = nullptr;
}

// Unwinds the threads that a fault left half-way, so that their stacks can be used again.
REGROW_UNWATCHED void Block::cancel() {
  cancelling_ = true;
  for (Thread& thread : threads_) {
    if (thread.state != Thread::State::kReturned && thread.fiber != nullptr) resume(thread);
  }
  cancelling_ = false;
}

// Every fiber: runs threads until there is none left to start.
REGROW_UNWATCHED void Block::run_fiber() {
  Block& block = *current_block;
  Fiber::arrive(block.origin_);
  while (true) {
    Fiber& mine = *current_thread->fiber;
    block.run_current();
    Thread* next = nullptr;
    if (!block.cancelling_) {
      const Unwatched unwatched;
      next = block.next_thread();
      // To TSan every thread of a block is a fiber of its own; elsewhere the next may use this one.
      if (!kThreadSanitizer) {
        if (next != nullptr && next->fiber == nullptr) {
          next->fiber = &mine;
          current_thread = next;
          continue;
        }
        block.free_fibers_.push_back(&mine);
      }
      if (next != nullptr && next->fiber == nullptr) next->fiber = &block.take_fiber();
      current_thread = next;
    }
    (next != nullptr ? *next->fiber : block.origin_).switch_for_good_from(mine);
  }
}

// The whole life of a thread. No fiber is left while an exception is being handled.
REGROW_UNWATCHED void Block::run_current() {
  acquire(&start_token_);
  Thread& thread = *current_thread;
  thread.state = Thread::State::kReady;
  try {
    std::string thrown;
    try {
      grid_.run_thread(grid_.call);
    } catch (const std::exception& error) {
      thrown = error.what();
    }
    if (!thrown.empty()) fail(thrown);
    const Unwatched unwatched;
    leave();
  } catch (const Cancelled&) {
    thread.state = Thread::State::kReturned;
  }
  release(&end_token_);
}

REGROW_UNWATCHED void Block::add_fiber() {
  fibers_.push_back(std::make_unique<Fiber>(static_cast<unsigned>(fibers_.size())));
  free_fibers_.push_back(fibers_.back().get());
}

REGROW_UNWATCHED Fiber& Block::take_fiber() {
  if (free_fibers_.empty()) add_fiber();
  Fiber& fiber = *free_fibers_.back();
  free_fibers_.pop_back();
  fiber.start(&run_fiber);
  return fiber;
}

// The next thread to run, or null when none can: the block is done, stuck or given up.
REGROW_UNWATCHED Thread* Block::next_thread() {
  if (!fault_.empty()) return nullptr;
  const std::size_t ready = ready_.size() - next_ready_;
  const std::size_t unstarted = start_order_.size() - next_start_;
  if (ready + unstarted == 0) return nullptr;
  const bool last_first =
      options_.order == Order::kRandom && ready > 0 && random_() % (ready + unstarted) < ready;
  if (last_first) std::swap(ready_[next_ready_ + random_() % ready], ready_.back());
  if (unstarted > 0 && !last_first) return &threads_[start_order_[next_start_++]];
  unsigned number;
  if (last_first || options_.order == Order::kReverse) {
    number = ready_.back();
    ready_.pop_back();
  } else {
    number = ready_[next_ready_++];
  }
  if (next_ready_ == ready_.size()) {
    ready_.clear();
    next_ready_ = 0;
  }
  return &threads_[number];
}

// Leaves the current thread for the next that can run; returns when it is this one's turn again.
REGROW_UNWATCHED void Block::yield() {
  Thread* const mine = current_thread;
  Thread* const next = next_thread();
  if (next == mine) return;
  if (next != nullptr && next->fiber == nullptr) next->fiber = &take_fiber();
  current_thread = next;
  (next != nullptr ? *next->fiber : origin_).switch_from(*mine->fiber);
  current_thread = mine;
  if (cancelling_) throw Cancelled();
}

REGROW_UNWATCHED void Block::make_ready(Thread& thread) {
  thread.state = Thread::State::kReady;
  if (&thread != current_thread) ready_.push_back(thread.number);  // that one just goes on
}

REGROW_UNWATCHED void Block::fail(const std::string& reason) {
  const Unwatched unwatched;
  if (fault_.empty()) fault_ = reason;
  yield();  // for good: no thread runs after a fault
}

REGROW_UNWATCHED int Block::barrier(bool predicate) {
  const Unwatched unwatched;
  if (options_.strict_exit && running_ < threads_.size()) {
    fail("__syncthreads() after a thread of the block has returned");
  }
  // Two tokens that take turns: who comes early to the next barrier orders nothing here.
  char& token = barrier_tokens_[barrier_phase_ & 1];
  current_thread->state = Thread::State::kAtBarrier;
  ++at_barrier_;
  barrier_count_ += predicate ? 1 : 0;
  release(&token);
  if (!finish_barrier()) yield();
  acquire(&token);
  return barrier_result_;  // no barrier completes before this thread comes to it
}

REGROW_UNWATCHED bool Block::finish_barrier() {
  if (running_ == 0 || at_barrier_ < running_) return false;
  barrier_result_ = barrier_count_;
  at_barrier_ = 0;
  barrier_count_ = 0;
  ++barrier_phase_;
  for (Thread& thread : threads_) {
    if (thread.state == Thread::State::kAtBarrier) make_ready(thread);
  }
  return true;
}

// The current thread has returned: others may have waited for it alone.
REGROW_UNWATCHED void Block::leave() {
  if (options_.strict_exit && at_barrier_ > 0) {
    fail("a thread returned while others wait at __syncthreads()");
  }
  Thread& thread = *current_thread;
  thread.state = Thread::State::kReturned;
  --running_;
  active_[thread.warp] &= ~(1U << thread.lane);
  // Every group of lanes with a mask of its own may be complete now.
  const std::size_t first = std::size_t{thread.warp} * 32;
  for (unsigned waiting = waiting_[thread.warp]; waiting != 0; waiting &= waiting - 1) {
    const Thread& other = threads_[first + static_cast<unsigned>(std::countr_zero(waiting))];
    if (other.state == Thread::State::kInCollective) finish_collective(other);
  }
  finish_barrier();
}

unsigned Block::active_lanes() const { return active_[current_thread->warp]; }

}  // namespace regrow::emulation
