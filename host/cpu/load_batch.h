// From the samples of a batch, as the data set has them, to the network's input [feature][ld]:
// standardised, in training augmented, and transposed. Memory: one batch of floats beside the input
// itself, but for sparse rows, which stay sparse up to it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cpu/aligned_array.h"
#include "cpu/kernels.h"
#include "cpu/samples.h"
#include "cpu/thread_pool.h"
#include "regrow/augmentation.h"
#include "regrow/dataset.h"

namespace regrow::cpu {

class BatchLoader {
 public:
  /// How samples are augmented where they are, and the seed of it.
  struct Augmentation {
    AugmentationSettings settings;
    std::uint64_t seed = 0;
  };
  /// When: by the matrices of the positions `first`, first + 1, … of `epoch`.
  struct Time {
    std::uint32_t epoch = 0;
    std::uint64_t first = 0;
  };

  BatchLoader(std::shared_ptr<const Dataset> dataset, const Augmentation& augmentation,
              const Kernels& kernels, unsigned threads, std::uint32_t ld, RowFormat format);

  /// What one takes in memory.
  static std::uint64_t bytes_of(const ImageShape& shape, FeatureKind kind, bool augments,
                                unsigned threads, std::uint32_t ld, RowFormat format);

  // One after the other by every thread of a region, with a barrier after each. `augmented`: null
  // where the samples are to be as they are, as all are without augmentation. Together they write
  // input: [features][ld] in the loader's format, zero beyond the batch's samples.
  /// Reads the samples into staging rows, unless they stay sparse. Touches no input: another thread
  /// may still be at the step before.
  void stage(const SampleBatch& batch, const Time* augmented, Member& member);
  /// The staging rows become columns of the input; of sparse samples all of it becomes what a 0 is.
  void write(const SampleBatch& batch, const Time* augmented, float* input, Member& member);
  /// Of samples that stay sparse: what is stored, in its place.
  void put_stored(const SampleBatch& batch, float* input, const Member& member);
  /// Of those, where packs_stored(): only now the input is written.
  void pack_stored(float* input, const Member& member) const;

  /// Whether the rows are never written out as rows.
  bool stays_sparse(const Time* augmented) const {
    return kind_ == FeatureKind::kSparse &&
           (augmented == nullptr || !augmentation_.settings.enabled);
  }
  /// Whether samples that stay sparse are put into rows of floats first: half a word is not
  /// written.
  bool packs_stored() const { return format_ == RowFormat::kPacked; }

 private:
  FeatureLaws laws() const;
  std::uint32_t input_of(std::uint32_t feature) const {
    const std::uint32_t pixels = dataset_->shape.pixels();
    return feature_index(dataset_->shape, dataset_->order, feature / pixels, feature % pixels);
  }
  void stage_samples(const SampleBatch& batch, const Time* augmented, const Range& part,
                     unsigned thread);
  void point_at(const Features& features, std::uint32_t sample, unsigned thread, ImageArgs& args);
  void transpose(std::size_t samples, float* input, const Range& blocks) const;
  void fill_zeros(std::size_t samples, float* input, const Range& features) const;
  // Where sparse samples are put.
  float* floats_of(float* input) { return packs_stored() ? stored_.data() : input; }

  std::shared_ptr<const Dataset> dataset_;
  FeatureKind kind_;
  Augmentation augmentation_;
  const Kernels& kernels_;
  std::uint32_t ld_;
  RowFormat format_;
  // Floats from one staged sample, [channel][padded_pixels], to the next: a cache line more than it
  // needs, lest the samples of a block all fall into one set of the cache.
  std::size_t row_;
  std::vector<float> scale_;  // [channel][pixel], as those that follow
  std::vector<float> shift_;
  std::vector<float> unit_;         // of floats and sparse rows, else empty
  std::vector<float> offset_;       // likewise
  std::vector<float> zeros_;        // of sparse rows: what a 0 is, standardised; else empty
  AlignedArray<float> pixel_cols_;  // [padded_pixels], where samples are augmented
  AlignedArray<float> pixel_rows_;  // likewise
  AlignedArray<float> staging_;     // [ld][row_], where rows do not stay sparse
  AlignedArray<float> stored_;      // [features][ld], of sparse samples that are packed
  std::vector<AlignedArray<float>> scratch_;  // one per thread, where samples are augmented
  std::vector<AlignedArray<float>> dense_;    // likewise: [features] of a sparse row
};

}  // namespace regrow::cpu
