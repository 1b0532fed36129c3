#include <algorithm>
#include <cmath>

#include "regrow/error.h"
#include "step/activation.h"
#include "step/gather.h"
#include "step/output.h"
#include "step/sums.h"
#include "step/vector.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kWarps = 4;  // of a block of multiply_output
constexpr std::uint32_t kInputsPerWarp = 8;
constexpr std::uint32_t kInputsPerTurn = kWarps * kInputsPerWarp;  // of a block
static_assert(kInputsPerTurn == kWarpSize);
constexpr std::uint32_t kClassGroup = 10;  // common class counts are multiples of it

std::uint32_t inputs_per_slice(std::uint32_t inputs) {
  constexpr std::uint32_t kMostSlices = 256;
  return kInputsPerTurn * divide_up(inputs, kInputsPerTurn * kMostSlices);
}

// A block multiplies a slice of inputs by a group of classes: each warp its share of the inputs,
// read once into registers; the warps' sums are added in order.
template <typename Value>
__global__ __launch_bounds__(kWarps* kWarpSize) void multiply_output_kernel(
    OutputView layer, std::uint32_t slice_inputs, std::uint32_t ld, const Value* input,
    float* partial) {
  __shared__ float weights[kClassGroup][kInputsPerTurn];
  __shared__ Quad sums[kWarps][kClassGroup][kWarpSize];
  const std::uint32_t warp = threadIdx.x / kWarpSize, lane = threadIdx.x % kWarpSize;
  const std::uint32_t column = blockIdx.y * kTileColumns + 4 * lane;
  const std::uint32_t first_class = blockIdx.z * kClassGroup;
  const std::uint32_t first_input = blockIdx.x * slice_inputs;
  const std::uint32_t last_input = min(first_input + slice_inputs, layer.inputs);

  Quad sum[kClassGroup] = {};
  for (std::uint32_t turn = first_input; turn < last_input; turn += kInputsPerTurn) {
    Quad values[kInputsPerWarp];
#pragma unroll
    for (std::uint32_t i = 0; i < kInputsPerWarp; ++i) {
      const std::uint32_t from = turn + warp * kInputsPerWarp + i;
      values[i] = {};
      if (from < last_input && column < ld) {
        values[i] = load_quad(input + static_cast<std::size_t>(from) * ld + column);
      }
    }
    __syncthreads();  // the weights of the turn before have been read
    for (std::uint32_t c = warp; c < kClassGroup; c += kWarps) {
      const bool exists = first_class + c < layer.classes && turn + lane < last_input;
      weights[c][lane] =
          exists
              ? layer
                    .weights[static_cast<std::size_t>(first_class + c) * layer.inputs + turn + lane]
              : 0;
    }
    __syncthreads();
#pragma unroll
    for (std::uint32_t c = 0; c < kClassGroup; ++c) {
#pragma unroll
      for (std::uint32_t i = 0; i < kInputsPerWarp; ++i) {
        const float weight = weights[c][warp * kInputsPerWarp + i];
#pragma unroll
        for (int j = 0; j < 4; ++j) {
          sum[c].at[j] = fmaf(weight, values[i].at[j], sum[c].at[j]);
        }
      }
    }
  }
#pragma unroll
  for (std::uint32_t c = 0; c < kClassGroup; ++c) sums[warp][c][lane] = sum[c];
  __syncthreads();
  for (std::uint32_t c = warp; c < kClassGroup; c += kWarps) {
    if (first_class + c >= layer.classes || column >= ld) continue;
    Quad total = sums[0][c][lane];
    for (std::uint32_t other = 1; other < kWarps; ++other) {
#pragma unroll
      for (int j = 0; j < 4; ++j) total.at[j] += sums[other][c][lane].at[j];
    }
    const std::size_t row = static_cast<std::size_t>(blockIdx.x) * layer.classes + first_class + c;
    store_quad(total, partial + row * ld + column);
  }
}

constexpr std::uint32_t kSoftmaxWarps = 16;
constexpr std::uint32_t kMostSamples = 4;  // of a block of softmax

// Beyond this many classes a block's logits of four samples would not fit its shared memory.
constexpr std::uint32_t kMostClassesOfFour = 2048;

/// Of one sample: softmax(c) = exp(logit − largest)/sum.
struct SoftmaxScale {
  float largest;
  float sum;
};

// The logits of the samples first … first + kSamples − 1: [classes][kSamples]. A warp takes a
// class, its lanes the slices.
template <std::uint32_t kSamples>
__device__ inline void add_slices(const OutputView& layer, std::uint32_t slices,
                                  const float* partial, std::uint32_t ld, std::uint32_t first,
                                  float* logits) {
  const std::uint32_t lane = threadIdx.x % kWarpSize;
  for (std::uint32_t c = threadIdx.x / kWarpSize; c < layer.classes; c += kSoftmaxWarps) {
    float sums[kSamples] = {};
    for (std::uint32_t slice = lane; slice < slices; slice += kWarpSize) {
      const float* const from =
          partial + (static_cast<std::size_t>(slice) * layer.classes + c) * ld + first;
      if constexpr (kSamples == 4) {
        const Quad quad = load_quad(from);
#pragma unroll
        for (std::uint32_t i = 0; i < kSamples; ++i) sums[i] += quad.at[i];
      } else {
#pragma unroll
        for (std::uint32_t i = 0; i < kSamples; ++i) sums[i] += from[i];
      }
    }
#pragma unroll
    for (std::uint32_t i = 0; i < kSamples; ++i) {
      const float sum = sum_over_warp(sums[i]);
      if (lane == 0) logits[c * kSamples + i] = layer.biases[c] + sum;
    }
  }
}

// One warp, one sample; logits[c·stride].
__device__ inline SoftmaxScale judge_sample(const float* logits, std::uint32_t stride,
                                            std::uint32_t classes, std::uint32_t label,
                                            std::uint32_t sample, const SoftmaxTargets& targets) {
  const std::uint32_t lane = threadIdx.x % kWarpSize;
  float largest = -INFINITY;
  std::uint32_t best = classes;
  for (std::uint32_t c = lane; c < classes; c += kWarpSize) {
    if (logits[c * stride] > largest || best == classes) {
      largest = logits[c * stride];
      best = c;
    }
  }
  for (int distance = 16; distance > 0; distance /= 2) {
    const float other = __shfl_xor_sync(kAllLanes, largest, distance);
    const std::uint32_t other_best = __shfl_xor_sync(kAllLanes, best, distance);
    if (other > largest || (other == largest && other_best < best)) {
      largest = other;
      best = other_best;
    }
  }
  float sum = 0;
  for (std::uint32_t c = lane; c < classes; c += kWarpSize) {
    sum += expf(logits[c * stride] - largest);
  }
  sum = sum_over_warp(sum);
  if (lane == 0) {
    targets.losses[sample] = logf(sum) + (largest - logits[label * stride]);
    targets.hits[sample] = best == label ? 1 : 0;
  }
  return {largest, sum};
}

template <typename Value, std::uint32_t kSamples>
__global__ __launch_bounds__(kSoftmaxWarps* kWarpSize) void softmax_kernel(
    OutputView layer, std::uint32_t slices, const float* partial, const std::uint16_t* labels,
    std::uint32_t count, std::uint32_t ld, SoftmaxTargets targets, StepState* state,
    const float* learning_rates) {
  REGROW_DYNAMIC_SHARED(float, logits);  // [classes][kSamples]
  __shared__ SoftmaxScale scales[kMostSamples];
  const std::uint32_t first = blockIdx.x * kSamples;
  const std::uint32_t warp = threadIdx.x / kWarpSize;
  if (state != nullptr && blockIdx.x == 0 && threadIdx.x == 0) {
    state->learning_rate = learning_rates[state->index];
  }
  add_slices<kSamples>(layer, slices, partial, ld, first, logits);
  __syncthreads();
  if (warp < kSamples && first + warp < count) {
    const SoftmaxScale scale = judge_sample(logits + warp, kSamples, layer.classes,
                                            labels[first + warp], first + warp, targets);
    if (threadIdx.x % kWarpSize == 0) scales[warp] = scale;
  }
  __syncthreads();
  for (std::uint32_t i = threadIdx.x; i < layer.classes * kSamples; i += blockDim.x) {
    const std::uint32_t c = i / kSamples, sample = first + i % kSamples;
    const bool real = sample < count;
    if (real && targets.logits != nullptr) {
      targets.logits[static_cast<std::size_t>(sample) * layer.classes + c] = logits[i];
    }
    if (targets.gradient == nullptr) continue;
    float gradient = 0;
    if (real) {
      const SoftmaxScale& scale = scales[i % kSamples];
      const float probability = expf(logits[i] - scale.largest) / scale.sum;
      const float target = c == labels[sample] ? 1 : 0;
      gradient = (probability - target) / static_cast<float>(count);
    }
    store_value(gradient,
                static_cast<Value*>(targets.gradient) + static_cast<std::size_t>(c) * ld + sample);
  }
}

// The output layer as the gather sees it: an input's connections are all classes.
struct Classes {
  OutputView layer;

  __device__ ConnectionRange range(std::uint32_t) const { return {0, layer.classes}; }
  __device__ Connection connection(std::uint32_t input, std::uint32_t c) const {
    return {c, __ldg(layer.weights + static_cast<std::size_t>(c) * layer.inputs + input)};
  }
};

template <typename Value>
__global__ __launch_bounds__(kMostGatherThreads) void backward_output_kernel(
    GatherShape shape, Classes classes, Activation of_input, const Value* gradient,
    const Value* input, Value* input_gradient) {
  gather(shape, classes, gradient, [&](std::uint32_t row, std::uint32_t column, const Quad& sum) {
    const std::size_t at = static_cast<std::size_t>(row) * shape.ld + column;
    store_quad(times_derivative(of_input, load_quad(input + at), sum), input_gradient + at);
  });
}

__global__ void add_sums_kernel(std::uint32_t count, const float* losses, const std::uint32_t* hits,
                                StepSums* sums) {
  const StepSums more = warp_sums(count, losses, hits);
  if (threadIdx.x != 0) return;
  sums->loss += more.loss;
  sums->hits += more.hits;
}

}  // namespace

std::uint32_t output_slices(std::uint32_t inputs) {
  return divide_up(inputs, inputs_per_slice(inputs));
}

template <typename Value>
void multiply_output(const OutputView& layer, std::uint32_t ld, const Value* input, float* partial,
                     const Stream& stream) {
  const dim3 grid(output_slices(layer.inputs), column_tiles(ld),
                  divide_up(layer.classes, kClassGroup));
  launch(multiply_output_kernel<Value>, grid, {kWarps * kWarpSize}, 0, stream.get(), layer,
         inputs_per_slice(layer.inputs), ld, input, partial);
}

template <typename Value>
void softmax(const OutputView& layer, std::uint32_t slices, const float* partial,
             const std::uint16_t* labels, std::uint32_t count, std::uint32_t ld,
             const SoftmaxTargets& targets, StepState* state, const float* learning_rates,
             const Stream& stream) {
  REGROW_CHECK(layer.classes <= kMostClasses, "too many classes for the output layer's kernel");
  const std::size_t bytes_of_sample = layer.classes * sizeof(float);
  if (layer.classes <= kMostClassesOfFour) {
    launch(softmax_kernel<Value, kMostSamples>, {ld / kMostSamples}, {kSoftmaxWarps * kWarpSize},
           kMostSamples * bytes_of_sample, stream.get(), layer, slices, partial, labels, count, ld,
           targets, state, learning_rates);
  } else {
    launch(softmax_kernel<Value, 1>, {ld}, {kSoftmaxWarps * kWarpSize}, bytes_of_sample,
           stream.get(), layer, slices, partial, labels, count, ld, targets, state, learning_rates);
  }
}

template <typename Value>
void backward_output(const OutputView& layer, const Activation& of_input, std::uint32_t ld,
                     const Value* gradient, const Value* input, Value* input_gradient,
                     const Stream& stream) {
  const GatherShape shape(layer.inputs, ld);
  launch(backward_output_kernel<Value>, shape.grid(), shape.block(), shape.shared_bytes(),
         stream.get(), shape, Classes{layer}, of_input, gradient, input, input_gradient);
}

void add_sums(std::uint32_t count, const float* losses, const std::uint32_t* hits, StepSums* sums,
              const Stream& stream) {
  launch(add_sums_kernel, {1}, {kWarpSize}, 0, stream.get(), count, losses, hits, sums);
}

#define REGROW_INSTANTIATE(Value)                                                                  \
  template void multiply_output(const OutputView&, std::uint32_t, const Value*, float*,            \
                                const Stream&);                                                    \
  template void softmax<Value>(const OutputView&, std::uint32_t, const float*,                     \
                               const std::uint16_t*, std::uint32_t, std::uint32_t,                 \
                               const SoftmaxTargets&, StepState*, const float*, const Stream&);    \
  template void backward_output(const OutputView&, const Activation&, std::uint32_t, const Value*, \
                                const Value*, Value*, const Stream&);
REGROW_INSTANTIATE(float)
REGROW_INSTANTIATE(BFloat16)
#undef REGROW_INSTANTIATE

}  // namespace regrow::cuda
