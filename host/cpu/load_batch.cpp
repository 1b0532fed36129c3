#include "cpu/load_batch.h"

#include <algorithm>
#include <utility>

namespace regrow::cpu {
namespace {

// Floats of a staged sample: see BatchLoader::row_.
std::size_t staged_floats(const ImageShape& shape) {
  return shape.channels * padded_pixels(shape) + kBatchPadding;
}

}  // namespace

BatchLoader::BatchLoader(std::shared_ptr<const Dataset> dataset, const Kernels& kernels,
                         unsigned threads, std::uint32_t ld)
    : dataset_(std::move(dataset)),
      kernels_(kernels),
      threads_(threads),
      ld_(ld),
      row_(staged_floats(dataset_->shape)),
      scale_(dataset_->shape.features()),
      shift_(dataset_->shape.features()),
      pixel_cols_(padded_pixels(dataset_->shape)),
      pixel_rows_(padded_pixels(dataset_->shape)),
      staging_(ld * row_) {
  const ImageShape& shape = dataset_->shape;
  for (std::uint32_t channel = 0; channel < shape.channels; ++channel) {
    for (std::uint32_t pixel = 0; pixel < shape.pixels(); ++pixel) {
      const std::uint32_t feature = feature_index(shape, dataset_->order, channel, pixel);
      const double deviation = dataset_->standardisation.deviation[feature];
      const std::size_t at = std::size_t{channel} * shape.pixels() + pixel;
      scale_[at] = static_cast<float>(1 / deviation);
      shift_[at] = static_cast<float>(-dataset_->standardisation.mean[feature] / deviation);
    }
  }
  for (std::size_t pixel = 0; pixel < pixel_cols_.size(); ++pixel) {
    pixel_cols_[pixel] = static_cast<float>(pixel % shape.width);
    const std::size_t row = pixel / shape.width;
    pixel_rows_[pixel] = static_cast<float>(row);
  }
  for (unsigned thread = 0; thread < threads; ++thread) {
    scratch_.emplace_back(image_scratch_size(shape));
  }
}

std::uint64_t BatchLoader::bytes_of(const ImageShape& shape, unsigned threads, std::uint32_t ld) {
  using Floats = AlignedArray<float>;
  return 2 * std::uint64_t{shape.features()} * sizeof(float) +
         2 * Floats::bytes_of(padded_pixels(shape)) + Floats::bytes_of(ld * staged_floats(shape)) +
         threads * Floats::bytes_of(image_scratch_size(shape));
}

void BatchLoader::read(std::span<const std::uint8_t* const> images,
                       const AugmentationSettings& augmentation, bool augmented, std::uint64_t seed,
                       std::uint32_t epoch, std::uint64_t first_position, unsigned thread) {
  ImageArgs args = {
      nullptr, scale_.data(),           shift_.data(),  pixel_cols_.data(), pixel_rows_.data(),
      nullptr, scratch_[thread].data(), dataset_->shape};
  const Range part = even_part(images.size(), thread, threads_);
  for (std::size_t i = part.first; i < part.last; ++i) {
    args.pixels = images[i];
    args.output = staging_.data() + i * row_;
    if (augmented) {
      kernels_.resample(
          args, augmentation_matrix(augmentation, dataset_->shape, seed, epoch, first_position + i),
          augmentation.interpolation);
    } else {
      kernels_.standardise(args);
    }
  }
}

void BatchLoader::transpose(std::size_t samples, float* input, unsigned thread) const {
  // Blocks of 16 pixels × 16 samples: 16 cache lines in, 16 out.
  constexpr std::size_t kBlock = kBatchPadding;
  const ImageShape& shape = dataset_->shape;
  const std::size_t padded = padded_pixels(shape);
  const Range part = even_part(shape.channels * padded / kBlock, thread, threads_);
  for (std::size_t block = part.first; block < part.last; ++block) {
    const auto channel = static_cast<std::uint32_t>(block * kBlock / padded);
    const std::size_t first_pixel = block * kBlock % padded;
    const std::size_t pixels = std::min<std::size_t>(kBlock, shape.pixels() - first_pixel);
    for (std::size_t first = 0; first < ld_; first += kBlock) {
      const std::size_t count = std::clamp(samples, first, first + kBlock) - first;
      for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
        const std::uint32_t feature = feature_index(
            shape, dataset_->order, channel, static_cast<std::uint32_t>(first_pixel + pixel));
        const float* from = staging_.data() + first * row_ + block * kBlock + pixel;
        float* to = input + std::size_t{feature} * ld_ + first;
        for (std::size_t sample = 0; sample < count; ++sample) to[sample] = from[sample * row_];
        std::fill(to + count, to + kBlock, 0.0F);
      }
    }
  }
}

}  // namespace regrow::cpu
