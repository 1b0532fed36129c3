// A block of CUDA threads, each a fiber that runs until it meets a barrier or a warp collective.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/emulation/fiber.h"
#include "common/emulation/options.h"
#include "common/emulation/symbols.h"
#include "common/emulation/vector_types.h"

namespace regrow::emulation {

enum class WarpOperation : std::uint8_t {
  kShuffle,
  kShuffleUp,
  kShuffleDown,
  kShuffleXor,
  kBallot,
  kAny,
  kAll,
  kSync,
  kMatchAny,
};

/// What a lane brings to a collective of its warp.
struct WarpCall {
  WarpOperation operation;
  unsigned mask;
  unsigned argument = 0;  // source lane, distance or lane mask of a shuffle
  unsigned width = 32;    // of a shuffle
  std::uint64_t value = 0;
};

/// A launch, without its types.
struct Grid {
  dim3 blocks;
  dim3 threads;
  std::size_t shared_bytes = 0;
  const void* kernel = nullptr;
  void (*run_thread)(void* call) = nullptr;
  void* call = nullptr;
  Options options = emulation::options;  // in force at the launch, whenever it runs
};

struct Thread {
  enum class State : std::uint8_t { kUnstarted, kReady, kAtBarrier, kInCollective, kReturned };

  uint3 index{};
  unsigned number = 0;  // in the block
  unsigned lane = 0;
  unsigned warp = 0;
  State state = State::kUnstarted;
  Fiber* fiber = nullptr;
  WarpCall call{};  // while in a collective
  std::uint64_t result = 0;
};

/// Runs one block after the other on one OS thread. Its fibers and arrays are kept between
/// launches.
class Block {
 public:
  /// Before the blocks of a launch, on the thread that will run them.
  void prepare(const Grid& grid, unsigned seed);
  /// Throws KernelFault.
  void run(uint3 block_index);

  // For the kernel that is running:
  uint3 index() const { return index_; }
  dim3 threads() const { return grid_.threads; }
  dim3 blocks() const { return grid_.blocks; }
  void* dynamic_shared() { return dynamic_shared_.get(); }
  /// Waits for the block; returns for how many threads `predicate` was true.
  int barrier(bool predicate);
  std::uint64_t collective(const WarpCall& call);
  unsigned active_lanes() const;
  /// Gives up the block with a fault.
  void fail(const std::string& reason);

 private:
  struct WarpToken {  // as of the barriers
    char places[2];
    unsigned phase = 0;
  };

  static void run_fiber();
  void run_current();
  void resume(Thread& thread);
  void cancel();
  void reset();
  void add_fiber();
  Fiber& take_fiber();
  Thread* next_thread();
  void yield();
  void make_ready(Thread& thread);
  bool finish_barrier();
  bool finish_collective(const Thread& arrived);
  void give_results(const Thread& arrived, unsigned lanes);
  void leave();
  void poison_shared();
  std::string deadlock() const;

  Grid grid_;
  uint3 index_{};
  Options options_;
  std::mt19937 random_;
  std::vector<Thread> threads_;
  std::vector<unsigned> start_order_, ready_;  // numbers of threads
  std::size_t next_start_ = 0, next_ready_ = 0;
  unsigned running_ = 0;     // threads that have not returned
  unsigned at_barrier_ = 0;  // of them
  unsigned barrier_phase_ = 0;
  int barrier_count_ = 0;  // of true predicates, so far
  int barrier_result_ = 0;
  std::vector<unsigned> active_,
      waiting_;  // [warps]: lanes that have not returned; in a collective
  std::string fault_;
  bool cancelling_ = false;

  Fiber origin_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> free_fibers_;

  std::unique_ptr<unsigned char[]> dynamic_shared_;
  std::size_t dynamic_shared_bytes_ = 0;
  std::vector<ThreadLocalVariable> shared_;  // of the kernel
  char* thread_locals_ = nullptr;

  // Places in memory that TSan orders by.
  char start_token_ = 0, end_token_ = 0, barrier_tokens_[2] = {};
  std::map<std::uint64_t, WarpToken> warp_tokens_;  // by warp and mask
};

// Fibers never leave their OS thread while they run.
constinit inline thread_local Block* current_block = nullptr;
constinit inline thread_local Thread* current_thread = nullptr;

}  // namespace regrow::emulation
