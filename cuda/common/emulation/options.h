// How the emulation runs kernels. Tests set it; the defaults serve everybody else.
#pragma once

#include <cstddef>

#include "regrow/error.h"

namespace regrow::emulation {

/// In which order the threads of a block, and the blocks of a grid, get to run.
enum class Order { kForward, kReverse, kRandom };

struct Options {
  Order order = Order::kForward;
  unsigned seed = 1;         // of Order::kRandom
  unsigned workers = 1;      // OS threads that share out the blocks; always 1 under ASan
  bool poison = true;        // fills shared memory with 0xFF (NaN, −1) before each block
  bool strict_exit = false;  // a barrier that some thread of the block has left by returning fails
};

/// Of the whole process; read at each launch.
inline Options options;

/// Puts `temporary` in force for a scope.
class ScopedOptions {
 public:
  explicit ScopedOptions(const Options& temporary) : saved_(options) { options = temporary; }
  ~ScopedOptions() { options = saved_; }
  ScopedOptions(const ScopedOptions&) = delete;
  ScopedOptions& operator=(const ScopedOptions&) = delete;

 private:
  Options saved_;
};

/// A kernel broke a rule of CUDA or threw: deadlock, wrong mask, mixed collectives. what() names
/// the kernel, the block and the threads.
class KernelFault : public Error {
 public:
  using Error::Error;
};

}  // namespace regrow::emulation
