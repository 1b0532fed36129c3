// A stack of its own and a place to go on from: what a CUDA thread is made of.
#pragma once

#include <cstddef>

namespace regrow::emulation {

/// Fibers of one OS thread hand over to each other by name.
class Fiber {
 public:
  /// The OS thread's own stack: where the first switch leaves from.
  Fiber();
  /// `number` staggers the stacks, which would otherwise compete for the same cache sets.
  explicit Fiber(unsigned number);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// The next switch to this fiber calls `entry`, which must call arrive() first and never return.
  void start(void (*entry)());
  /// Leaves `from`, the running fiber, for this one; returns when somebody switches back.
  void switch_from(Fiber& from) { switch_from(from, false); }
  /// The same, when nobody will switch back to `from` until it is started again.
  void switch_for_good_from(Fiber& from) { switch_from(from, true); }
  /// First thing on a new stack. `origin`: the OS thread's own fiber.
  static void arrive(Fiber& origin);

  /// For the OS thread's own fiber, before the first switch: which TSan thread it is.
  void adopt_current();

 private:
  void switch_from(Fiber& from, bool for_good);

  char* stack_ = nullptr;
  std::size_t stack_bytes_ = 0;
  unsigned stagger_bytes_ = 0;
  bool owns_stack_ = false;
  void* place_ = nullptr;  // the saved stack pointer, or a ucontext_t
  void* tsan_fiber_ = nullptr;
  void* asan_frames_ = nullptr;
};

}  // namespace regrow::emulation
