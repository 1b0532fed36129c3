// Checks a launch's dimensions and runs its blocks.
#include "common/emulation/launch.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "common/emulation/sanitizers.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace regrow::emulation {
namespace {

// CUDA's limits for every architecture that we build for, except of shared memory: sm_90's.
constexpr unsigned kMostThreads = 1024, kMostThreadsInZ = 64, kMostBlocksInYZ = 65535;
constexpr std::size_t kMostSharedBytes = std::size_t{227} * 1024;

void check_dimensions(const Grid& grid) {
  if (has_valid_dimensions(grid)) return;
  const dim3 blocks = grid.blocks, threads = grid.threads;
  throw Error(
      fmt::format("{} cannot be launched with {}×{}×{} blocks of {}×{}×{} threads and {} "
                  "bytes of shared memory: invalid configuration",
                  kernel_name(grid.kernel), blocks.x, blocks.y, blocks.z, threads.x, threads.y,
                  threads.z, grid.shared_bytes));
}

// As -ftz=true does for the GPU (which leaves doubles alone; ours go with the floats).
class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040U); }
  ~FlushDenormals() { _mm_setcsr(saved_); }
#else
  FlushDenormals() = default;
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

#if defined(__SSE2__)
 private:
  unsigned saved_;
#endif
};

// Blocks that no launch uses: their fibers are worth keeping.
class IdleBlocks {
 public:
  std::unique_ptr<Block> take() {
    const std::lock_guard lock(mutex_);
    if (blocks_.empty()) return std::make_unique<Block>();
    std::unique_ptr<Block> block = std::move(blocks_.back());
    blocks_.pop_back();
    return block;
  }
  void give_back(std::unique_ptr<Block> block) {
    const std::lock_guard lock(mutex_);
    blocks_.push_back(std::move(block));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Block>> blocks_;
};

IdleBlocks& idle_blocks() {
  static auto* const once = new IdleBlocks;  // for streams of static objects, never destroyed
  return *once;
}

// The numbers of the blocks as they get to run; empty where that is forward.
std::vector<std::size_t> block_order(std::size_t count, const Options& chosen) {
  std::vector<std::size_t> order;
  if (chosen.order == Order::kForward) return order;
  order.resize(count);
  std::iota(order.rbegin(), order.rend(), std::size_t{0});
  if (chosen.order == Order::kRandom) {
    std::shuffle(order.begin(), order.end(), std::mt19937(chosen.seed));
  }
  return order;
}

}  // namespace

bool has_valid_dimensions(const Grid& grid) {
  const dim3 blocks = grid.blocks, threads = grid.threads;
  const std::size_t count = std::size_t{threads.x} * threads.y * threads.z;
  return count > 0 && count <= kMostThreads && threads.z <= kMostThreadsInZ && blocks.x > 0 &&
         blocks.x <= 0x7FFFFFFF && blocks.y > 0 && blocks.z > 0 && blocks.y <= kMostBlocksInYZ &&
         blocks.z <= kMostBlocksInYZ && grid.shared_bytes <= kMostSharedBytes;
}

void run(const Grid& grid) {
  check_dimensions(grid);
  const Options& chosen = grid.options;
  // ASan builds have one instance of every shared variable, so one launch at a time, too.
  static std::mutex only_one;
  std::unique_lock<std::mutex> alone;
  if (kAddressSanitizer) alone = std::unique_lock(only_one);
  const std::size_t count = std::size_t{grid.blocks.x} * grid.blocks.y * grid.blocks.z;
  const std::size_t asked = kAddressSanitizer ? 1 : std::max(1U, chosen.workers);
  const std::size_t workers = std::min(asked, count);
  const std::vector<std::size_t> order = block_order(count, chosen);
  std::atomic<bool> stop = false;
  std::vector<std::exception_ptr> faults(workers);

  const auto work = [&](std::size_t worker) {
    const FlushDenormals flush;
    std::unique_ptr<Block> block = idle_blocks().take();
    try {
      block->prepare(grid, chosen.seed + static_cast<unsigned>(worker));
      for (std::size_t i = worker; i < count && !stop; i += workers) {
        const std::size_t place = order.empty() ? i : order[i];
        block->run({static_cast<unsigned>(place % grid.blocks.x),
                    static_cast<unsigned>(place / grid.blocks.x % grid.blocks.y),
                    static_cast<unsigned>(place / grid.blocks.x / grid.blocks.y)});
      }
    } catch (...) {
      faults[worker] = std::current_exception();
      stop = true;
    }
    idle_blocks().give_back(std::move(block));
  };
  if (workers == 1) {
    work(0);
  } else {
    std::vector<std::jthread> threads;
    for (std::size_t worker = 0; worker < workers; ++worker) threads.emplace_back(work, worker);
  }
  for (const std::exception_ptr& fault : faults) {
    if (fault) std::rethrow_exception(fault);
  }
}

}  // namespace regrow::emulation
