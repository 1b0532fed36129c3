#include "cpu/load_batch.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "regrow/step/standardise.h"

namespace regrow::cpu {
namespace {

using FloatArray = AlignedArray<float>;

/// Sizes of the arrays that not every loader has, in floats.
struct LoaderSizes {
  std::size_t law = 0;  // of each of the arrays that bytes have no need of
  std::size_t zeros = 0;
  std::size_t places = 0;  // of the columns, and of the rows, of pixels
  std::size_t row = 0;     // of a staged sample, see BatchLoader::row_
  std::size_t staged = 0;  // of all
  std::size_t scratch = 0;
  std::size_t dense = 0;
  std::size_t stored = 0;

  LoaderSizes(const ImageShape& shape, FeatureKind kind, bool augments, std::uint32_t ld,
              RowFormat format) {
    const std::size_t features = shape.features();
    const bool is_sparse = kind == FeatureKind::kSparse;
    law = kind == FeatureKind::kBytes ? 0 : features;
    zeros = is_sparse ? features : 0;
    places = augments ? padded_pixels(shape) : 0;
    row = shape.channels * padded_pixels(shape) + kBatchPadding;
    staged = is_sparse && !augments ? 0 : ld * row;
    scratch = augments ? image_scratch_size(shape) : 0;
    dense = is_sparse && augments ? features : 0;
    stored = is_sparse && format == RowFormat::kPacked ? features * ld : 0;
  }
};

/// Of what is stored of a row, so many are standardised at once.
constexpr std::size_t kStoredAtOnce = 64;

}  // namespace

BatchLoader::BatchLoader(std::shared_ptr<const Dataset> dataset, const Augmentation& augmentation,
                         const Kernels& kernels, unsigned threads, std::uint32_t ld,
                         RowFormat format)
    : dataset_(std::move(dataset)),
      kind_(kind_of(*dataset_)),
      augmentation_(augmentation),
      kernels_(kernels),
      ld_(ld),
      format_(format),
      scale_(dataset_->shape.features()),
      shift_(dataset_->shape.features()) {
  const ImageShape& shape = dataset_->shape;
  const LoaderSizes sizes(shape, kind_, augmentation.settings.enabled, ld, format);
  row_ = sizes.row;
  unit_.resize(sizes.law);
  offset_.resize(sizes.law);
  pixel_cols_ = FloatArray(sizes.places);
  pixel_rows_ = FloatArray(sizes.places);
  staging_ = FloatArray(sizes.staged);
  stored_ = FloatArray(sizes.stored);
  for (unsigned thread = 0; thread < threads; ++thread) {
    scratch_.emplace_back(sizes.scratch);
    dense_.emplace_back(sizes.dense);
  }
  const Standardisation& statistics = dataset_->standardisation;
  for (std::uint32_t f = 0; f < shape.features(); ++f) {
    const double mean = statistics.mean[input_of(f)];
    const double deviation = statistics.deviation[input_of(f)];
    if (kind_ == FeatureKind::kBytes) {
      const step::ByteLaw law = step::byte_law(mean, deviation);
      scale_[f] = law.scale;
      shift_[f] = law.shift;
    } else {
      const step::FloatLaw law = step::float_law(mean, deviation);
      scale_[f] = law.scale;
      shift_[f] = law.shift;
      unit_[f] = law.unit;
      offset_[f] = law.offset;
    }
  }
  for (std::size_t pixel = 0; pixel < pixel_cols_.size(); ++pixel) {
    pixel_cols_[pixel] = static_cast<float>(pixel % shape.width);
    const std::size_t row = pixel / shape.width;
    pixel_rows_[pixel] = static_cast<float>(row);
  }
  zeros_.resize(sizes.zeros);
  for (std::uint32_t f = 0; f < zeros_.size(); ++f) {
    const float zero = 0;
    kernels_.standardise_stored(laws(), &zero, &f, 1, &zeros_[f]);
  }
}

std::uint64_t BatchLoader::bytes_of(const ImageShape& shape, FeatureKind kind, bool augments,
                                    unsigned threads, std::uint32_t ld, RowFormat format) {
  const LoaderSizes sizes(shape, kind, augments, ld, format);
  return (2 * std::uint64_t{shape.features()} + 2 * sizes.law + sizes.zeros) * sizeof(float) +
         2 * FloatArray::bytes_of(sizes.places) + FloatArray::bytes_of(sizes.staged) +
         FloatArray::bytes_of(sizes.stored) +
         threads * (FloatArray::bytes_of(sizes.scratch) + FloatArray::bytes_of(sizes.dense));
}

FeatureLaws BatchLoader::laws() const {
  const bool is_bytes = kind_ == FeatureKind::kBytes;
  return {scale_.data(), shift_.data(), is_bytes ? nullptr : unit_.data(),
          is_bytes ? nullptr : offset_.data()};
}

void BatchLoader::stage(const SampleBatch& batch, const Time* augmented, Member& member) {
  if (stays_sparse(augmented)) return;
  member.share(batch.ids.size(),
               [&](const Range& part) { stage_samples(batch, augmented, part, member.thread()); });
}

void BatchLoader::stage_samples(const SampleBatch& batch, const Time* augmented, const Range& part,
                                unsigned thread) {
  const bool augments = augmented != nullptr && augmentation_.settings.enabled;
  ImageArgs args = {nullptr,
                    nullptr,
                    laws(),
                    pixel_cols_.data(),
                    pixel_rows_.data(),
                    nullptr,
                    scratch_[thread].data(),
                    dataset_->shape};
  for (std::size_t i = part.first; i < part.last; ++i) {
    point_at(*batch.features, batch.ids[i], thread, args);
    args.output = staging_.data() + i * row_;
    if (augments) {
      kernels_.resample(
          args,
          augmentation_matrix(augmentation_.settings, dataset_->shape, augmentation_.seed,
                              augmented->epoch, augmented->first + i),
          augmentation_.settings.interpolation);
    } else {
      kernels_.standardise(args);
    }
  }
}

void BatchLoader::write(const SampleBatch& batch, const Time* augmented, float* input,
                        Member& member) {
  const std::size_t samples = batch.ids.size();
  if (stays_sparse(augmented)) {
    float* const floats = floats_of(input);
    member.share(zeros_.size(), [&](const Range& part) { fill_zeros(samples, floats, part); });
  } else {
    const ImageShape& shape = dataset_->shape;
    member.share(shape.channels * padded_pixels(shape) / kBatchPadding,
                 [&](const Range& part) { transpose(samples, input, part); });
  }
}

// A sparse row is written out as a dense one: to be resampled, as an image.
void BatchLoader::point_at(const Features& features, std::uint32_t sample, unsigned thread,
                           ImageArgs& args) {
  const std::size_t at = std::size_t{sample} * dataset_->shape.features();
  if (const auto* bytes = std::get_if<ByteFeatures>(&features)) {
    args.bytes = bytes->data() + at;
  } else if (const auto* floats = std::get_if<FloatFeatures>(&features)) {
    args.floats = floats->data() + at;
  } else {
    const auto& rows = std::get<SparseRows>(features);
    FloatArray& dense = dense_[thread];
    std::fill_n(dense.data(), dense.size(), 0.0F);
    for (std::uint64_t k = rows.row_begin[sample]; k < rows.row_begin[sample + 1]; ++k) {
      dense[rows.columns[k]] = rows.values[k];
    }
    args.floats = dense.data();
  }
}

void BatchLoader::fill_zeros(std::size_t samples, float* input, const Range& features) const {
  for (std::size_t f = features.first; f < features.last; ++f) {
    float* const to = input + std::size_t{input_of(static_cast<std::uint32_t>(f))} * ld_;
    std::fill_n(to, samples, zeros_[f]);
    std::fill(to + samples, to + ld_, 0.0F);
  }
}

void BatchLoader::put_stored(const SampleBatch& batch, float* input, const Member& member) {
  float* const floats = floats_of(input);
  const auto& rows = std::get<SparseRows>(*batch.features);
  const Range part = member.part(batch.ids.size());
  std::array<float, kStoredAtOnce> values;
  for (std::size_t i = part.first; i < part.last; ++i) {
    const std::uint64_t last = rows.row_begin[batch.ids[i] + 1];
    for (std::uint64_t k = rows.row_begin[batch.ids[i]]; k < last; k += kStoredAtOnce) {
      const std::size_t count = std::min<std::uint64_t>(kStoredAtOnce, last - k);
      const std::uint32_t* const columns = &rows.columns[k];
      kernels_.standardise_stored(laws(), &rows.values[k], columns, count, values.data());
      for (std::size_t j = 0; j < count; ++j) {
        floats[std::size_t{input_of(columns[j])} * ld_ + i] = values[j];
      }
    }
  }
}

void BatchLoader::pack_stored(float* input, const Member& member) const {
  const Range part = member.part(dataset_->shape.features());
  kernels_.pack(stored_.data(), ld_, input, part.first, part.last);
}

void BatchLoader::transpose(std::size_t samples, float* input, const Range& blocks) const {
  // A cache line of pixels of every sample becomes rows.
  constexpr std::size_t kBlock = kBatchPadding;
  const ImageShape& shape = dataset_->shape;
  const std::size_t padded = padded_pixels(shape);
  for (std::size_t block = blocks.first; block < blocks.last; ++block) {
    const auto channel = static_cast<std::uint32_t>(block * kBlock / padded);
    const std::size_t first_pixel = block * kBlock % padded;
    const std::size_t pixels = std::min<std::size_t>(kBlock, shape.pixels() - first_pixel);
    std::array<std::uint32_t, kBlock> features;
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
      features[pixel] = feature_index(shape, dataset_->order, channel,
                                      static_cast<std::uint32_t>(first_pixel + pixel));
    }
    kernels_.transpose({staging_.data() + block * kBlock, row_, features.data(), pixels, samples,
                        input, ld_, format_});
  }
}

}  // namespace regrow::cpu
