// A warp makes 32 neighbouring pixels of one sample, so that what it reads lies together; the block
// then writes them as rows of eight neighbouring samples, whole 32-byte sectors.
#include "regrow/error.h"
#include "step/load_batch.h"
#include "step/vector.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kPixels = kWarpSize;  // of a block
constexpr std::uint32_t kSamples = 8;         // of a block
constexpr std::uint32_t kThreads = kPixels * kSamples;
constexpr std::uint32_t kChannels = 4;  // made at once
static_assert(kMostBatch == 65535 * kSamples);

__device__ inline std::uint32_t feature_of(const BatchSource& source, std::uint32_t channel,
                                           std::uint32_t pixel) {
  return source.order == InputOrder::kHwc
             ? pixel * source.shape.channels + channel
             : channel * source.shape.height * source.shape.width + pixel;
}

/// Where one output pixel comes from: of four taps, the offsets in a channel's plane.
struct Taps {
  std::uint32_t at[4];  // upper left, upper right, lower left, lower right
  float x, y;           // how far towards the right and the lower ones
  bool single;          // only the first counts
};

// In float, fused and clamped as regrow/augmentation.h says: every device reads the same pixels.
__device__ inline float source_coordinate(const float* m, float col, float row,
                                          std::uint32_t size) {
  const float at = fmaf(m[0], col, fmaf(m[1], row, m[2]));
  return fminf(fmaxf(at, 0.0F), static_cast<float>(size - 1));
}

__device__ inline Taps taps_of(const BatchSource& source, std::uint32_t position,
                               std::uint32_t pixel) {
  Taps taps = {{pixel, pixel, pixel, pixel}, 0, 0, true};
  if (source.matrices == nullptr) return taps;
  const std::uint32_t width = source.shape.width, height = source.shape.height;
  const float* const m = source.matrices[position].data();
  const std::uint32_t row_of_pixel = pixel / width;
  const auto col = static_cast<float>(pixel % width), row = static_cast<float>(row_of_pixel);
  const float source_col = source_coordinate(m, col, row, width);
  const float source_row = source_coordinate(m + 3, col, row, height);
  taps.single = source.interpolation == Interpolation::kNearest;
  const float half = taps.single ? 0.5F : 0.0F;
  const auto left = static_cast<std::uint32_t>(source_col + half);
  const auto top = static_cast<std::uint32_t>(source_row + half);
  const std::uint32_t right = min(left + 1, width - 1), bottom = min(top + 1, height - 1);
  taps.at[0] = top * width + left;
  taps.at[1] = top * width + right;
  taps.at[2] = bottom * width + left;
  taps.at[3] = bottom * width + right;
  taps.x = source_col - static_cast<float>(left);
  taps.y = source_row - static_cast<float>(top);
  return taps;
}

/// pixels, laws: of one channel, [pixel].
__device__ inline float resampled(const Taps& taps, const std::uint8_t* pixels,
                                  const PixelLaw* laws) {
  const auto tap = [&](int i) {
    const PixelLaw law = laws[taps.at[i]];
    return fmaf(static_cast<float>(pixels[taps.at[i]]), law.scale, law.shift);
  };
  const float first = tap(0);
  if (taps.single) return first;
  const float second = tap(1), third = tap(2), fourth = tap(3);
  const float upper = fmaf(taps.x, second - first, first);
  const float lower = fmaf(taps.x, fourth - third, third);
  return fmaf(taps.y, lower - upper, upper);
}

/// The position of the batch's first sample.
__device__ inline std::uint32_t first_of(const StepState* state, std::uint32_t first_position,
                                         std::uint32_t count) {
  return state != nullptr ? state->first_position + state->index * count : first_position;
}
__device__ inline std::uint32_t sample_at(const BatchSource& source, std::uint32_t position) {
  return source.samples != nullptr ? source.samples[position] : position;
}

// A block takes a sample.
__global__ __launch_bounds__(kThreads) void load_targets_kernel(
    BatchSource source, const StepState* state, std::uint32_t first_position, std::uint32_t count,
    std::uint32_t outputs, float* targets) {
  const std::uint32_t made = blockIdx.x;
  const bool real = made < count;
  const std::size_t sample =
      real ? sample_at(source, first_of(state, first_position, count) + made) : 0;
  for (std::uint32_t k = threadIdx.x; k < outputs; k += kThreads) {
    targets[static_cast<std::size_t>(made) * outputs + k] =
        real ? source.targets[sample * outputs + k] : 0;
  }
}

template <typename Value>
__global__ __launch_bounds__(kThreads) void load_batch_kernel(BatchSource source,
                                                              const StepState* state,
                                                              std::uint32_t first_position,
                                                              std::uint32_t count, std::uint32_t ld,
                                                              Value* input, std::uint16_t* labels) {
  __shared__ float tile[kChannels][kPixels][kSamples + 1];  // one more: fewer bank conflicts
  const std::uint32_t pixel_count = source.shape.height * source.shape.width;
  const std::uint32_t channel_count = source.shape.channels;
  const std::uint32_t first_pixel = blockIdx.x * kPixels, first_sample = blockIdx.y * kSamples;
  const std::uint32_t first = first_of(state, first_position, count);

  // As maker of the pixel `made_pixel` of the sample `made`.
  const std::uint32_t lane = threadIdx.x % kWarpSize, warp = threadIdx.x / kWarpSize;
  const std::uint32_t made = first_sample + warp, made_pixel = first_pixel + lane;
  const bool real = made < count;
  std::uint32_t sample = 0;
  Taps taps = {};
  if (real) {
    const std::uint32_t position = first + made;
    sample = sample_at(source, position);
    if (made_pixel < pixel_count) taps = taps_of(source, position, made_pixel);
  }
  if (blockIdx.x == 0 && lane == 0) labels[made] = real ? source.labels[sample] : 0;

  // As writer.
  const std::uint32_t written = threadIdx.x % kSamples, written_pixel = threadIdx.x / kSamples;

  for (std::uint32_t channel = 0; channel < channel_count; channel += kChannels) {
    const std::uint32_t channels = min(channel_count - channel, kChannels);
    if (channel > 0) __syncthreads();  // the tile before has been written out
    for (std::uint32_t c = 0; c < channels; ++c) {
      const std::size_t plane = static_cast<std::size_t>(channel + c) * pixel_count;
      const std::size_t image = static_cast<std::size_t>(sample) * channel_count * pixel_count;
      tile[c][lane][warp] =
          real && made_pixel < pixel_count
              ? resampled(taps, source.pixels + image + plane, source.pixel_laws + plane)
              : 0;
    }
    __syncthreads();
    if (first_pixel + written_pixel >= pixel_count) continue;
    for (std::uint32_t c = 0; c < channels; ++c) {
      const std::size_t feature = feature_of(source, channel + c, first_pixel + written_pixel);
      store_value(tile[c][written_pixel][written], input + feature * ld + first_sample + written);
    }
  }
}

}  // namespace

template <typename Value>
void load_batch(const BatchSource& source, const StepState* state, std::uint32_t first_position,
                std::uint32_t count, std::uint32_t ld, Value* input, std::uint16_t* labels,
                const Stream& stream) {
  REGROW_CHECK(ld <= kMostBatch, "too many samples for the kernel that loads a batch");
  launch(load_batch_kernel<Value>, {divide_up(source.shape.pixels(), kPixels), ld / kSamples},
         {kThreads}, 0, stream.get(), source, state, first_position, count, ld, input, labels);
}

void load_targets(const BatchSource& source, const StepState* state, std::uint32_t first_position,
                  std::uint32_t count, std::uint32_t ld, std::uint32_t outputs, float* targets,
                  const Stream& stream) {
  launch(load_targets_kernel, {ld}, {kThreads}, 0, stream.get(), source, state, first_position,
         count, outputs, targets);
}

template void load_batch(const BatchSource&, const StepState*, std::uint32_t, std::uint32_t,
                         std::uint32_t, float*, std::uint16_t*, const Stream&);
template void load_batch(const BatchSource&, const StepState*, std::uint32_t, std::uint32_t,
                         std::uint32_t, BFloat16*, std::uint16_t*, const Stream&);

}  // namespace regrow::cuda
