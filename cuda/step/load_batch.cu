// A warp makes 32 neighbouring pixels of one sample, so that what it reads lies together; the block
// then writes them as rows of eight neighbouring samples, whole 32-byte sectors.
#include <variant>

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

/// A channel of one sample as network inputs, pixel by pixel.
struct ByteChannel {
  const std::uint8_t* values;
  const step::ByteLaw* laws;

  __device__ float at(std::uint32_t pixel) const {
    const step::ByteLaw law = laws[pixel];
    return fmaf(static_cast<float>(values[pixel]), law.scale, law.shift);
  }
};

struct FloatChannel {
  const float* values;
  const step::FloatLaw* laws;

  __device__ float at(std::uint32_t pixel) const {
    return step::standardised(laws[pixel], values[pixel]);
  }
};

/// A search for each pixel: neighbouring lanes take the same way through the row but for its end,
/// so that a warp reads few sectors. It writes every input once, as the other kinds do, and serves
/// resampling, too, which a scatter of what is stored could not.
struct SparseChannel {
  const std::uint32_t* columns;  // of the sample
  const float* values;           // of the sample
  std::uint32_t stored;
  std::uint32_t first_column;  // of the channel
  const step::FloatLaw* laws;

  __device__ float at(std::uint32_t pixel) const {
    const std::uint32_t column = first_column + pixel;
    std::uint32_t below = 0;  // of the stored ones, how many are known to lie below `column`
    for (std::uint32_t beyond = stored; below < beyond;) {
      const std::uint32_t middle = below + (beyond - below) / 2;
      if (columns[middle] < column) {
        below = middle + 1;
      } else {
        beyond = middle;
      }
    }
    const bool is_stored = below < stored && columns[below] == column;
    return step::standardised(laws[pixel], is_stored ? values[below] : 0);
  }
};

/// first: of the channel, in the sample and so in the laws. features: of a sample.
__device__ inline ByteChannel channel_of(const ByteSource& source, std::size_t sample,
                                         std::size_t features, std::size_t first) {
  return {source.values + sample * features + first, source.laws + first};
}
__device__ inline FloatChannel channel_of(const FloatSource& source, std::size_t sample,
                                          std::size_t features, std::size_t first) {
  return {source.values + sample * features + first, source.laws + first};
}
__device__ inline SparseChannel channel_of(const SparseSource& source, std::size_t sample,
                                           std::size_t /*features*/, std::size_t first) {
  const std::uint64_t begin = source.row_begin[sample];
  return {source.columns + begin, source.values + begin,
          static_cast<std::uint32_t>(source.row_begin[sample + 1] - begin),
          static_cast<std::uint32_t>(first), source.laws + first};
}

template <typename Channel>
__device__ inline float resampled(const Taps& taps, const Channel& channel) {
  const float first = channel.at(taps.at[0]);
  if (taps.single) return first;
  const float second = channel.at(taps.at[1]), third = channel.at(taps.at[2]),
              fourth = channel.at(taps.at[3]);
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

template <typename Value, typename Features>
__global__ __launch_bounds__(kThreads) void load_batch_kernel(Features features, BatchSource source,
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
      const std::size_t in_sample = static_cast<std::size_t>(channel_count) * pixel_count;
      tile[c][lane][warp] = real && made_pixel < pixel_count
                                ? resampled(taps, channel_of(features, sample, in_sample, plane))
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
  std::visit(
      [&]<typename Source>(const Source& features) {
        launch(load_batch_kernel<Value, Source>,
               {divide_up(source.shape.pixels(), kPixels), ld / kSamples}, {kThreads}, 0,
               stream.get(), features, source, state, first_position, count, ld, input, labels);
      },
      source.features);
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
