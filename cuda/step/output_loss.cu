// The loss of the output layer: logits from the slices that multiply_output() left, then what
// training minimises, hits and the gradient.
#include <cmath>

#include "regrow/error.h"
#include "step/output.h"
#include "step/sums.h"
#include "step/vector.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kSoftmaxWarps = 16;
constexpr std::uint32_t kMostSamples = 4;  // of a block of output_loss

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
      if (lane == 0) logits[c * kSamples + i] = layer.biases.values[c] + sum;
    }
  }
}

/// What output `c` of a sample should be: of kMse, or as the distribution that kCrossEntropy has.
__device__ inline float target_of(const Loss& loss, std::uint32_t classes, std::uint32_t sample,
                                  std::uint32_t label, std::uint32_t c) {
  const float one_hot = c == label ? 1 : 0;
  if (loss.kind == LossKind::kCrossEntropy) {
    return (1 - loss.label_smoothing) * one_hot +
           loss.label_smoothing / static_cast<float>(classes);
  }
  return loss.targets == nullptr ? one_hot
                                 : loss.targets[static_cast<std::size_t>(sample) * classes + c];
}

__device__ inline float weight_of(const Loss& loss, std::uint32_t label) {
  return loss.class_weights == nullptr ? 1 : loss.class_weights[label];
}

// The loss of one sample, by one warp. ln softmax(c) = logit − largest − ln sum.
__device__ inline float any_loss(const Loss& loss, const float* logits, std::uint32_t stride,
                                 std::uint32_t classes, std::uint32_t label, std::uint32_t sample,
                                 const SoftmaxScale& scale) {
  const bool squared = loss.kind == LossKind::kMse;
  const float log_sum = squared ? 0 : logf(scale.sum);
  float sum = 0;
  for (std::uint32_t c = threadIdx.x % kWarpSize; c < classes; c += kWarpSize) {
    const float target = target_of(loss, classes, sample, label, c), logit = logits[c * stride];
    sum += squared ? (logit - target) * (logit - target)
                   : target * (log_sum + (scale.largest - logit));
  }
  sum = sum_over_warp(sum);
  return squared ? sum / static_cast<float>(classes) : weight_of(loss, label) * sum;
}

// The gradient of that loss by one logit.
__device__ inline float any_gradient(const Loss& loss, float logit, std::uint32_t classes,
                                     std::uint32_t label, std::uint32_t sample, std::uint32_t c,
                                     const SoftmaxScale& scale) {
  const float target = target_of(loss, classes, sample, label, c);
  if (loss.kind == LossKind::kMse) return 2 * (logit - target) / static_cast<float>(classes);
  return weight_of(loss, label) * (expf(logit - scale.largest) / scale.sum - target);
}

// One warp, one sample; logits[c·stride].
template <bool kAnyLoss>
__device__ inline SoftmaxScale judge_sample(const Loss& loss, const float* logits,
                                            std::uint32_t stride, std::uint32_t classes,
                                            std::uint32_t label, std::uint32_t sample,
                                            const LossTargets& targets) {
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
  if constexpr (kAnyLoss) {
    const float value =
        any_loss(loss, logits, stride, classes, label, sample, SoftmaxScale{largest, sum});
    if (lane == 0) {
      targets.losses[sample] = value;
      targets.hits[sample] = best == label && loss.targets == nullptr ? 1 : 0;
    }
  } else if (lane == 0) {
    targets.losses[sample] = logf(sum) + (largest - logits[label * stride]);
    targets.hits[sample] = best == label ? 1 : 0;
  }
  return {largest, sum};
}

// kAnyLoss: false of cross-entropy without label smoothing and class weights.
template <typename Value, std::uint32_t kSamples, bool kAnyLoss>
__global__ __launch_bounds__(kSoftmaxWarps* kWarpSize) void output_loss_kernel(
    OutputView layer, Loss loss, std::uint32_t slices, const float* partial,
    const std::uint16_t* labels, std::uint32_t count, std::uint32_t ld, LossTargets targets,
    StepState* state, const step::StepRates* rates) {
  REGROW_DYNAMIC_SHARED(float, logits);  // [classes][kSamples]
  __shared__ SoftmaxScale scales[kMostSamples];
  const std::uint32_t first = blockIdx.x * kSamples;
  const std::uint32_t warp = threadIdx.x / kWarpSize;
  if (state != nullptr && blockIdx.x == 0 && threadIdx.x == 0) {
    state->rates = rates[state->index];
  }
  add_slices<kSamples>(layer, slices, partial, ld, first, logits);
  __syncthreads();
  if (warp < kSamples && first + warp < count) {
    const SoftmaxScale scale = judge_sample<kAnyLoss>(loss, logits + warp, kSamples, layer.classes,
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
      if constexpr (kAnyLoss) {
        gradient = any_gradient(loss, logits[i], layer.classes, labels[sample], sample, c, scale) /
                   static_cast<float>(count);
      } else {
        const float probability = expf(logits[i] - scale.largest) / scale.sum;
        const float target = c == labels[sample] ? 1 : 0;
        gradient = (probability - target) / static_cast<float>(count);
      }
    }
    store_value(gradient,
                static_cast<Value*>(targets.gradient) + static_cast<std::size_t>(c) * ld + sample);
  }
}

__global__ void add_sums_kernel(std::uint32_t count, const float* losses, const std::uint32_t* hits,
                                StepSums* sums) {
  const StepSums more = warp_sums(count, losses, hits);
  if (threadIdx.x != 0) return;
  sums->loss += more.loss;
  sums->hits += more.hits;
}

}  // namespace

template <typename Value>
void output_loss(const OutputView& layer, const Loss& loss, std::uint32_t slices,
                 const float* partial, const std::uint16_t* labels, std::uint32_t count,
                 std::uint32_t ld, const LossTargets& targets, StepState* state,
                 const step::StepRates* rates, const Stream& stream) {
  REGROW_CHECK(layer.classes <= kMostClasses, "too many classes for the output layer's kernel");
  const bool any = loss.kind != LossKind::kCrossEntropy || loss.label_smoothing != 0 ||
                   loss.class_weights != nullptr;
  const bool of_four = layer.classes <= kMostClassesOfFour;
  const std::uint32_t samples = of_four ? kMostSamples : 1;
  const auto kernel =
      of_four ? (any ? output_loss_kernel<Value, kMostSamples, true>
                     : output_loss_kernel<Value, kMostSamples, false>)
              : (any ? output_loss_kernel<Value, 1, true> : output_loss_kernel<Value, 1, false>);
  launch(kernel, {ld / samples}, {kSoftmaxWarps * kWarpSize},
         samples * layer.classes * sizeof(float), stream.get(), layer, loss, slices, partial,
         labels, count, ld, targets, state, rates);
}

void add_sums(std::uint32_t count, const float* losses, const std::uint32_t* hits, StepSums* sums,
              const Stream& stream) {
  launch(add_sums_kernel, {1}, {kWarpSize}, 0, stream.get(), count, losses, hits, sums);
}

#define REGROW_INSTANTIATE(Value)                                                               \
  template void output_loss<Value>(const OutputView&, const Loss&, std::uint32_t, const float*, \
                                   const std::uint16_t*, std::uint32_t, std::uint32_t,          \
                                   const LossTargets&, StepState*, const step::StepRates*,      \
                                   const Stream&);
REGROW_INSTANTIATE(float)
REGROW_INSTANTIATE(BFloat16)
#undef REGROW_INSTANTIATE

}  // namespace regrow::cuda
