// The emulation: what each intrinsic gives, in every order of threads, and what it says of kernels
// that would hang or be undefined on a GPU.
#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "common/kernel.h"

namespace regrow::cuda {
namespace {

using emulation::Options;
using emulation::Order;
using emulation::run_now;
using emulation::ScopedOptions;

constexpr unsigned kAll = 0xFFFFFFFFU;

struct Way {
  Order order;
  unsigned workers;
};

class EmulationTest : public ::testing::TestWithParam<Way> {
 protected:
  EmulationTest() : scoped_(options()) {}
  static Options options() {
    Options options;
    options.order = GetParam().order;
    options.workers = GetParam().workers;
    return options;
  }

 private:
  ScopedOptions scoped_;
};

std::string name_of(const ::testing::TestParamInfo<Way>& info) {
  constexpr const char* kNames[] = {"Forward", "Reverse", "Random"};
  return kNames[static_cast<int>(info.param.order)] + std::to_string(info.param.workers);
}

INSTANTIATE_TEST_SUITE_P(Ways, EmulationTest,
                         ::testing::Values(Way{Order::kForward, 1}, Way{Order::kReverse, 1},
                                           Way{Order::kRandom, 1}, Way{Order::kForward, 2},
                                           Way{Order::kRandom, 2}),
                         name_of);

template <typename Kernel, typename... Arguments>
std::string fault_of(Kernel kernel, dim3 grid, dim3 block, Arguments... arguments) {
  try {
    run_now(kernel, grid, block, 0, arguments...);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// ------------------------------------------------------------------------------- grids and memory

__global__ void index_kernel(unsigned* out) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  out[block * blockDim.x * blockDim.y * blockDim.z + thread] += block * 1000 + thread;
}

TEST_P(EmulationTest, EveryThreadOfEveryBlockRunsOnce) {
  const dim3 grid{3, 2, 2}, block{4, 3, 2};
  std::vector<unsigned> out(std::size_t{12} * 24);
  run_now(index_kernel, grid, block, 0, out.data());
  for (unsigned i = 0; i < out.size(); ++i) EXPECT_EQ(out[i], i / 24 * 1000 + i % 24);
}

template <typename T>
__global__ void reversed_kernel(const T* in, T* out) {
  __shared__ T tile[64];
  REGROW_DYNAMIC_SHARED(T, copy);
  tile[threadIdx.x] = in[blockIdx.x * blockDim.x + threadIdx.x];
  copy[threadIdx.x] = tile[threadIdx.x];
  __syncthreads();
  const unsigned other = blockDim.x - 1 - threadIdx.x;
  out[blockIdx.x * blockDim.x + threadIdx.x] = tile[other] + copy[other];
}

TEST_P(EmulationTest, SharedMemoryIsOfTheBlock) {
  std::vector<float> in(5 * 64), out(in.size());
  std::iota(in.begin(), in.end(), 0.0F);
  run_now(reversed_kernel<float>, 5, 64, 64 * sizeof(float), in.data(), out.data());
  for (std::size_t i = 0; i < in.size(); ++i) {
    EXPECT_EQ(out[i], 2 * in[i / 64 * 64 + 63 - i % 64]);
  }
}

__global__ void fresh_shared_kernel(unsigned* out) {
  __shared__ unsigned words[32];
  REGROW_DYNAMIC_SHARED(unsigned, more);
  out[(blockIdx.x * 32 + threadIdx.x) * 2] = words[threadIdx.x];
  out[(blockIdx.x * 32 + threadIdx.x) * 2 + 1] = more[threadIdx.x];
  words[threadIdx.x] = more[threadIdx.x] = 7;
}

TEST_P(EmulationTest, SharedMemoryIsPoisonedBeforeEachBlock) {
  std::vector<unsigned> out(4 * 64, 1);
  run_now(fresh_shared_kernel, 4, 32, 32 * sizeof(unsigned), out.data());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % 2 == 0 && emulation::kAddressSanitizer) continue;  // red zones instead
    EXPECT_EQ(out[i], kAll) << i;
  }
}

__global__ void histogram_kernel(const unsigned* in, unsigned count, unsigned* bins) {
  __shared__ unsigned mine[8];
  if (threadIdx.x < 8) mine[threadIdx.x] = 0;
  __syncthreads();
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) {
    atomicAdd(&mine[in[i] % 8], 1U);
  }
  __syncthreads();
  if (threadIdx.x < 8) atomicAdd(&bins[threadIdx.x], mine[threadIdx.x]);
}

TEST_P(EmulationTest, AtomicsAddUpAcrossThreadsAndBlocks) {
  std::vector<unsigned> in(1000), bins(8);
  std::iota(in.begin(), in.end(), 0U);
  run_now(histogram_kernel, 4, 50, 0, in.data(), 1000U, bins.data());
  EXPECT_EQ(bins, std::vector<unsigned>(8, 125));
}

__global__ void atomics_kernel(unsigned* out) {
  atomicAdd(&out[0], threadIdx.x);
  atomicSub(&out[1], 1U);
  atomicOr(&out[2], 1U << threadIdx.x);
  atomicAnd(&out[3], ~(1U << threadIdx.x));
  atomicXor(&out[4], 1U << threadIdx.x);
  atomicMax(&out[5], threadIdx.x);
  atomicMin(&out[6], threadIdx.x + 3);
  if (atomicCAS(&out[7], 0U, threadIdx.x + 1) == 0) atomicAdd(&out[8], 1U);
  if (atomicExch(&out[9], 1U) == 0) atomicAdd(&out[10], 1U);
}

TEST_P(EmulationTest, EveryAtomicWorksAndReturnsTheOldValue) {
  std::vector<unsigned> out = {0, 100, 0, kAll, 0, 0, 50, 0, 0, 0, 0};
  run_now(atomics_kernel, 1, 32, 0, out.data());
  EXPECT_GT(out[7], 0U);
  out[7] = 0;
  EXPECT_EQ(out, (std::vector<unsigned>{496, 68, kAll, 0, kAll, 31, 3, 0, 1, 1, 1}));
}

// --------------------------------------------------------------------------------- synchronisation

__global__ void barriers_kernel(int* out) {
  const int is_even = threadIdx.x % 2 == 0 ? 1 : 0;
  out[threadIdx.x * 5] = __syncthreads_count(is_even);
  out[threadIdx.x * 5 + 1] = __syncthreads_or(threadIdx.x == 17 ? 1 : 0);
  out[threadIdx.x * 5 + 2] = __syncthreads_or(0);
  out[threadIdx.x * 5 + 3] = __syncthreads_and(threadIdx.x == 17 ? 0 : 1);
  out[threadIdx.x * 5 + 4] = __syncthreads_and(1);
}

TEST_P(EmulationTest, BarriersCountPredicates) {
  std::vector<int> out(75 * 5);
  run_now(barriers_kernel, 1, 75, 0, out.data());
  for (std::size_t thread = 0; thread < 75; ++thread) {
    const std::vector<int> mine(out.begin() + static_cast<std::ptrdiff_t>(thread) * 5,
                                out.begin() + static_cast<std::ptrdiff_t>(thread) * 5 + 5);
    EXPECT_EQ(mine, (std::vector<int>{38, 1, 0, 0, 1}));
  }
}

__global__ void shuffles_kernel(unsigned* out) {
  const unsigned lane = threadIdx.x;
  unsigned* const mine = out + lane * 8;
  mine[0] = __shfl_sync(kAll, lane * 10, 5);
  mine[1] = __shfl_sync(kAll, lane * 10, 9, 8);
  mine[2] = __shfl_up_sync(kAll, lane * 10, 3);
  mine[3] = __shfl_down_sync(kAll, lane * 10, 3);
  mine[4] = __shfl_xor_sync(kAll, lane * 10, 5);
  mine[5] = __shfl_up_sync(kAll, lane * 10, 3, 8);
  mine[6] = __shfl_down_sync(kAll, lane * 10, 3, 8);
  mine[7] = __shfl_xor_sync(kAll, lane * 10, 8, 8);
}

TEST_P(EmulationTest, ShufflesReadTheLanesThatTheyName) {
  std::vector<unsigned> out(32 * 8);
  run_now(shuffles_kernel, 1, 32, 0, out.data());
  for (unsigned lane = 0; lane < 32; ++lane) {
    const unsigned segment = lane / 8 * 8;
    const std::vector<unsigned> expected = {
        5,
        segment + 1,
        lane < 3 ? lane : lane - 3,
        lane + 3 > 31 ? lane : lane + 3,
        lane ^ 5,
        lane % 8 < 3 ? lane : lane - 3,
        lane % 8 + 3 > 7 ? lane : lane + 3,
        (lane ^ 8) < segment + 8 ? lane ^ 8 : lane};  // may reach back, not ahead
    for (std::size_t i = 0; i < 8; ++i) {
      EXPECT_EQ(out[lane * 8 + i], expected[i] * 10) << "lane " << lane << ", shuffle " << i;
    }
  }
}

__global__ void doubles_kernel(double* out) {
  double value = 1.5 * (threadIdx.x + 1);
  for (int distance = 16; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(kAll, value, distance);
  }
  out[threadIdx.x] = value;
}

TEST_P(EmulationTest, ShufflesCarryEightBytes) {
  std::vector<double> out(64);
  run_now(doubles_kernel, 1, 64, 0, out.data());
  EXPECT_EQ(out.front(), 1.5 * 528);
  EXPECT_EQ(out.back(), 1.5 * (2080 - 528));
}

__global__ void votes_kernel(unsigned* out) {
  const unsigned lane = threadIdx.x;
  unsigned* const mine = out + lane * 6;
  mine[0] = __ballot_sync(kAll, lane % 3 == 0);
  mine[1] = static_cast<unsigned>(__any_sync(kAll, lane == 9));
  mine[2] = static_cast<unsigned>(__all_sync(kAll, lane != 9));
  mine[3] = static_cast<unsigned>(__all_sync(kAll, 1)) + static_cast<unsigned>(__any_sync(kAll, 0));
  mine[4] = __match_any_sync(kAll, lane % 3);
  // Two halves that diverge and each have a collective of their own.
  if (lane < 16) {
    mine[5] = __ballot_sync(0x0000FFFFU, 1);
  } else {
    mine[5] = static_cast<unsigned>(__any_sync(0xFFFF0000U, lane == 20)) + 1;
  }
}

TEST_P(EmulationTest, VotesAndMatches) {
  std::vector<unsigned> out(32 * 6);
  run_now(votes_kernel, 1, 32, 0, out.data());
  constexpr unsigned kThirds[] = {0x49249249U, 0x92492492U, 0x24924924U};
  for (unsigned lane = 0; lane < 32; ++lane) {
    const std::vector<unsigned> mine(out.begin() + lane * 6, out.begin() + lane * 6 + 6);
    EXPECT_EQ(mine, (std::vector<unsigned>{kThirds[0], 1, 0, 1, kThirds[lane % 3],
                                           lane < 16 ? 0xFFFFU : 2U}));
  }
}

__global__ void returned_kernel(unsigned* out) {
  if (threadIdx.x >= 20) return;
  __syncthreads();
  out[threadIdx.x] = __ballot_sync(kAll, 1);
}

TEST_P(EmulationTest, ThreadsThatReturnedTakeNoPart) {
  std::vector<unsigned> out(32);
  run_now(returned_kernel, 1, 32, 0, out.data());
  EXPECT_EQ(out[0], (1U << 20) - 1);
  EXPECT_EQ(out[19], (1U << 20) - 1);
  EXPECT_EQ(out[20], 0U);
}

// The odd and the even lanes each wait for `returning`, too.
__global__ void late_return_kernel(unsigned returning, unsigned* out) {
  if (threadIdx.x == returning) return;
  const unsigned mine = threadIdx.x % 2 == 0 ? 0x55555555U : 0xAAAAAAAAU;
  out[threadIdx.x] = __ballot_sync(mine | 1U << returning, 1);
  __syncthreads();
}

TEST_P(EmulationTest, AReturnCompletesEveryCollectiveThatWaitsForIt) {
  for (unsigned returning = 0; returning < 32; ++returning) {
    std::vector<unsigned> out(32);
    run_now(late_return_kernel, 1, 32, 0, returning, out.data());
    for (unsigned lane = 0; lane < 32; ++lane) {
      const unsigned all = lane % 2 == 0 ? 0x55555555U : 0xAAAAAAAAU;
      EXPECT_EQ(out[lane], lane == returning ? 0 : all & ~(1U << returning));
    }
  }
}

__global__ void absent_lane_kernel(unsigned* out) {
  if (threadIdx.x < 16) out[threadIdx.x] = __shfl_down_sync(0x0000FFFFU, threadIdx.x, 8);
}

TEST_P(EmulationTest, ALaneThatTakesNoPartGivesPoison) {
  std::vector<unsigned> out(32);
  run_now(absent_lane_kernel, 1, 32, 0, out.data());
  EXPECT_EQ(out[7], 15U);
  EXPECT_EQ(out[8], kAll);
}

// ------------------------------------------------------------------------------------------ faults

__global__ void divergent_kernel() {
  if (threadIdx.x < 7) {
    __syncthreads();
  } else if (threadIdx.x < 40) {
    __shfl_down_sync(kAll, 1, 1);
  }
}
__global__ void mixed_kernel() {
  if (threadIdx.x < 16) {
    __ballot_sync(kAll, 1);
  } else {
    __any_sync(kAll, 1);
  }
}
__global__ void wrong_mask_kernel() { __shfl_xor_sync(0x00FF0000U, 1, 1); }
__global__ void wrong_width_kernel() { __shfl_xor_sync(kAll, 1, 1, 24); }
struct Counted {
  explicit Counted(int* count) : count_(count) { atomicAdd(count_, 1); }
  ~Counted() { atomicSub(count_, 1); }
  int* count_;
};
__global__ void throwing_kernel(int* living) {
  const Counted counted(living);
  __syncthreads();
  if (threadIdx.x == 33) throw Error("thread 33 has had enough");
  __syncthreads();
}
__global__ void trap_kernel() { __trap(); }

TEST_P(EmulationTest, DeadlocksNameWhoWaitsWhere) {
  const std::string fault = fault_of(divergent_kernel, 2, 64);
  EXPECT_NE(fault.find("divergent_kernel, block ("), std::string::npos) << fault;
  EXPECT_NE(fault.find("deadlock; 32 threads have returned"), std::string::npos) << fault;
  EXPECT_NE(fault.find("7 wait at __syncthreads(), the first is thread 0"), std::string::npos);
  EXPECT_NE(fault.find("25 wait at __shfl_down_sync (mask ffffffff, width 32) of warp 0, the first "
                       "is thread 7"),
            std::string::npos);
}

TEST_P(EmulationTest, MixedCollectivesAreADeadlock) {
  const std::string fault = fault_of(mixed_kernel, 1, 32);
  EXPECT_NE(fault.find("16 wait at __ballot_sync"), std::string::npos) << fault;
  EXPECT_NE(fault.find("16 wait at __any_sync"), std::string::npos) << fault;
}

TEST_P(EmulationTest, MasksAndWidthsAreChecked) {
  EXPECT_NE(fault_of(wrong_mask_kernel, 1, 32).find("is not in its own mask 00ff0000"),
            std::string::npos);
  EXPECT_NE(fault_of(wrong_width_kernel, 1, 32).find("width 24 is no power of two"),
            std::string::npos);
}

TEST_P(EmulationTest, WhatAKernelThrowsIsItsFaultAndTheOthersAreUnwound) {
  Options one = options();
  one.workers = 1;
  const ScopedOptions scoped(one);
  int living = 0;
  EXPECT_NE(fault_of(throwing_kernel, 1, 64, &living).find("thread 33 has had enough"),
            std::string::npos);
  EXPECT_EQ(living, 0);
  EXPECT_NE(fault_of(trap_kernel, 1, 64).find("__trap()"), std::string::npos);
}

TEST_P(EmulationTest, ALaunchAfterAFaultWorks) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(fault_of(divergent_kernel, 3, 64).empty());
    std::vector<unsigned> out(32);
    run_now(returned_kernel, 1, 32, 0, out.data());
    EXPECT_EQ(out[0], (1U << 20) - 1);
  }
}

TEST_P(EmulationTest, StrictExitForbidsBarriersAfterAReturn) {
  Options strict = options();
  strict.strict_exit = true;
  const ScopedOptions scoped(strict);
  std::vector<unsigned> out(32);
  EXPECT_NE(fault_of(returned_kernel, 1, 32, out.data()).find("returned"), std::string::npos);
}

TEST(Launch, RefusesWhatAGpuRefuses) {
  const dim3 bad_grids[] = {{0}, {1, 65536}, {1, 1, 65536}, {1, 0}};
  for (const dim3 grid : bad_grids) {
    EXPECT_NE(fault_of(trap_kernel, grid, 32).find("invalid configuration"), std::string::npos);
  }
  const dim3 bad_blocks[] = {{0}, {1025}, {64, 32}, {1, 1, 65}};
  for (const dim3 block : bad_blocks) {
    EXPECT_NE(fault_of(trap_kernel, 1, block).find("invalid configuration"), std::string::npos);
  }
  EXPECT_THROW(run_now(trap_kernel, 1, 32, 228 * 1024), Error);
}

}  // namespace
}  // namespace regrow::cuda
