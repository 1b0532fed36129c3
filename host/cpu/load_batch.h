// From the uint8 images of a batch to the network's input [feature][ld]: standardised, in training
// augmented, and transposed. Memory: one batch of floats beside the input itself.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cpu/aligned_array.h"
#include "cpu/kernels.h"
#include "cpu/thread_pool.h"
#include "regrow/augmentation.h"
#include "regrow/dataset.h"

namespace regrow::cpu {

class BatchLoader {
 public:
  BatchLoader(std::shared_ptr<const Dataset> dataset, const Kernels& kernels, unsigned threads,
              std::uint32_t ld);

  /// What one takes in memory.
  static std::uint64_t bytes_of(const ImageShape& shape, unsigned threads, std::uint32_t ld);

  // Called by every thread of the pool, with a barrier after each.
  /// Reads images[i], i < images.size(), into the staging rows. With `augmented`, resampled by the
  /// matrix of position first_position + i of `epoch`.
  void read(std::span<const std::uint8_t* const> images, const AugmentationSettings& augmentation,
            bool augmented, std::uint64_t seed, std::uint32_t epoch, std::uint64_t first_position,
            unsigned thread);
  /// Writes `samples` staging rows as input: [features][ld], zero beyond the samples.
  void transpose(std::size_t samples, float* input, unsigned thread) const;

 private:
  std::shared_ptr<const Dataset> dataset_;
  const Kernels& kernels_;
  unsigned threads_;
  std::uint32_t ld_;
  // Floats from one staged sample, [channel][padded_pixels], to the next: a cache line more than it
  // needs, lest the samples of a block all fall into one set of the cache.
  std::size_t row_;
  std::vector<float> scale_;                  // [channel][pixel]
  std::vector<float> shift_;                  // [channel][pixel]
  AlignedArray<float> pixel_cols_;            // [padded_pixels]
  AlignedArray<float> pixel_rows_;            // [padded_pixels]
  AlignedArray<float> staging_;               // [ld][row_]
  std::vector<AlignedArray<float>> scratch_;  // one per thread
};

}  // namespace regrow::cpu
