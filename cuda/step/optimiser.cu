// Elementwise kernels over several arrays at once, since most of a network's are too small to fill
// a GPU.
#include <algorithm>

#include "step/optimiser.h"
#include "step/sgd.h"
#include "step/sums.h"
#include "step/vector.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kThreads = 256;
constexpr std::size_t kArraysPerLaunch = 24;
// Blocks of one array in a launch; a thread strides by all of them. Which elements a block adds up,
// and so the bits of a norm, depend on the first of the two.
constexpr std::uint32_t kNormBlocks = 256;
static_assert(kNormBlocks == kThreads);  // one block adds up the sums of an array's blocks
constexpr std::uint32_t kApplyBlocks = 1024;

/// What one launch does.
struct Work {
  ParameterGradient arrays[kArraysPerLaunch];
  std::uint32_t array_count = 0;
  std::uint32_t first_block[kArraysPerLaunch + 1] = {};
};

/// The elements of the calling thread: first, first + stride, … below `last`, of one array.
struct Share {
  std::uint32_t array;
  std::uint32_t block;  // of the array's
  std::size_t first;
  std::size_t last;
};

__device__ inline Share share_of(const Work& work) {
  std::uint32_t array = 0;
  while (array + 1 < work.array_count && blockIdx.x >= work.first_block[array + 1]) ++array;
  const ParameterGradient& of = work.arrays[array];
  const std::uint32_t block = blockIdx.x - work.first_block[array];
  return {array, block, static_cast<std::size_t>(block) * kThreads + threadIdx.x,
          of.count_now != nullptr ? *of.count_now : of.count};
}

/// The sum over the block's threads, in thread 0. All of them call.
__device__ inline double sum_over_block(double value) {
  __shared__ double sums[kThreads / kWarpSize];
  value = sum_over_warp(value);
  if (threadIdx.x % kWarpSize == 0) sums[threadIdx.x / kWarpSize] = value;
  __syncthreads();
  double sum = sums[0];
  for (std::uint32_t warp = 1; warp < kThreads / kWarpSize; ++warp) sum += sums[warp];
  return sum;
}

// sums: [arrays][kNormBlocks]. Blocks that an array does not have leave their 0.
__global__ __launch_bounds__(kThreads) void squares_kernel(const __grid_constant__ Work work,
                                                           double* sums) {
  const Share share = share_of(work);
  const float* const gradient = work.arrays[share.array].gradient;
  double sum = 0;
  for (std::size_t i = share.first; i < share.last; i += std::size_t{kNormBlocks} * kThreads) {
    const double value = gradient[i];
    sum += value * value;
  }
  sum = sum_over_block(sum);
  if (threadIdx.x == 0) sums[share.array * kNormBlocks + share.block] = sum;
}

__global__ __launch_bounds__(kThreads) void clip_kernel(std::uint32_t arrays, const double* sums,
                                                        double clip_norm, StepState* state) {
  double sum = 0;
  for (std::uint32_t array = 0; array < arrays; ++array) {
    sum += sums[array * kNormBlocks + threadIdx.x];
  }
  sum = sum_over_block(sum);
  if (threadIdx.x == 0) {
    state->gradient_factor = static_cast<float>(step::clip_factor(clip_norm, sum));
  }
}

__global__ __launch_bounds__(kThreads) void apply_kernel(const __grid_constant__ Work work,
                                                         step::Coefficients<float> coefficients,
                                                         const StepState* state) {
  const step::StepRates rates = state->rates;
  const float factor = state->gradient_factor;
  const Share share = share_of(work);
  const ParameterGradient& of = work.arrays[share.array];
  float* const values = of.parameter.values;
  float* const first_slot = of.parameter.slots[0];
  float* const second_slot = of.parameter.slots[1];  // null where the optimiser has none
  if (!of.decays) coefficients.weight_decay = 0;
  for (std::size_t i = share.first; i < share.last; i += std::size_t{kApplyBlocks} * kThreads) {
    const step::Trained<float> before = {
        values[i], {first_slot[i], second_slot != nullptr ? second_slot[i] : 0}};
    const step::Trained<float> after =
        step::after_step(coefficients, rates, factor * of.gradient[i], before);
    values[i] = after.value;
    first_slot[i] = after.slots[0];
    if (second_slot != nullptr) second_slot[i] = after.slots[1];
  }
}

__global__ void record_kernel(StepRecord record) { record_step(record); }

__global__ __launch_bounds__(kThreads) void update_from_gradient_kernel(
    std::size_t count, const float* gradient, const std::uint8_t* mask, Sgd sgd,
    const StepState* state, ParameterView weights) {
  const std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= count) return;
  if (mask != nullptr && mask[i] == 0) return;
  const SgdSink sink = {sgd, state->rates.learning_rate, weights.values, weights.slots[0]};
  sink.take(i, gradient[i], sink.hold(i));
}

/// Calls launch_one(blocks, work, arrays done before) for as many arrays at once as a launch takes,
/// each of at most so many blocks.
template <typename LaunchOne>
void for_each_launch(std::span<const ParameterGradient> arrays, std::uint32_t most_blocks,
                     const LaunchOne& launch_one) {
  for (std::size_t first = 0; first < arrays.size(); first += kArraysPerLaunch) {
    Work work;
    std::uint32_t blocks = 0;
    for (const ParameterGradient& array :
         arrays.subspan(first, std::min(arrays.size() - first, kArraysPerLaunch))) {
      work.arrays[work.array_count] = array;
      work.first_block[work.array_count] = blocks;
      const std::size_t wanted = (array.count + kThreads - 1) / kThreads;
      // An array without an element gets a block, which finds none: so each has one to be found by.
      blocks += static_cast<std::uint32_t>(std::clamp<std::size_t>(wanted, 1, most_blocks));
      ++work.array_count;
    }
    launch_one(blocks, work, first);
  }
}

}  // namespace

std::size_t clip_scratch(std::size_t parameters) { return parameters * kNormBlocks; }

void clip_gradients(std::span<const ParameterGradient> parameters, double clip_norm,
                    double* scratch, StepState* state, const Stream& stream) {
  const auto add_squares = [&](std::uint32_t blocks, const Work& work, std::size_t first) {
    launch(squares_kernel, {blocks}, {kThreads}, 0, stream.get(), work,
           scratch + first * kNormBlocks);
  };
  for_each_launch(parameters, kNormBlocks, add_squares);
  launch(clip_kernel, {1}, {kThreads}, 0, stream.get(),
         static_cast<std::uint32_t>(parameters.size()), scratch, clip_norm, state);
}

void apply_gradients(std::span<const ParameterGradient> parameters,
                     const OptimiserSettings& optimiser, const StepState* state,
                     const Stream& stream) {
  const auto coefficients = step::coefficients<float>(optimiser, true);
  const auto apply = [&](std::uint32_t blocks, const Work& work, std::size_t) {
    launch(apply_kernel, {blocks}, {kThreads}, 0, stream.get(), work, coefficients, state);
  };
  for_each_launch(parameters, kApplyBlocks, apply);
}

void record(const StepRecord& record, const Stream& stream) {
  launch(record_kernel, {1}, {kWarpSize}, 0, stream.get(), record);
}

void update_from_gradient(std::size_t count, const float* gradient, const std::uint8_t* mask,
                          const Sgd& sgd, const StepState* state, const ParameterView& weights,
                          const Stream& stream) {
  if (count == 0) return;
  launch(update_from_gradient_kernel, {static_cast<unsigned>((count + kThreads - 1) / kThreads)},
         {kThreads}, 0, stream.get(), count, gradient, mask, sgd, state, weights);
}

}  // namespace regrow::cuda
