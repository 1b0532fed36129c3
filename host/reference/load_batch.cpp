// Coordinates in float, as on every device; values in double.
#include "reference/load_batch.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace regrow::reference {

namespace {

struct Source {
  float col = 0;
  float row = 0;
};

// In float, fused as regrow/augmentation.h says: every device must read the same pixels.
Source source_of(const ImageShape& shape, const AffineMatrix& m, std::uint32_t col,
                 std::uint32_t row) {
  const auto c = static_cast<float>(col);
  const auto r = static_cast<float>(row);
  const float source_col = std::fma(m[0], c, std::fma(m[1], r, m[2]));
  const float source_row = std::fma(m[3], c, std::fma(m[4], r, m[5]));
  return {std::clamp(source_col, 0.0F, static_cast<float>(shape.width - 1)),
          std::clamp(source_row, 0.0F, static_cast<float>(shape.height - 1))};
}

class Channel {
 public:
  Channel(const ImageShape& shape, InputOrder order, std::span<const double> inputs,
          std::uint32_t channel)
      : shape_(shape), order_(order), inputs_(inputs), channel_(channel) {}

  double at(std::uint32_t col, std::uint32_t row) const {
    return inputs_[feature_index(shape_, order_, channel_, row * shape_.width + col)];
  }

  double nearest(const Source& source) const {
    return at(static_cast<std::uint32_t>(std::floor(source.col + 0.5F)),
              static_cast<std::uint32_t>(std::floor(source.row + 0.5F)));
  }

  double bilinear(const Source& source) const {
    const auto col = static_cast<std::uint32_t>(source.col);
    const auto row = static_cast<std::uint32_t>(source.row);
    const std::uint32_t next_col = std::min(col + 1, shape_.width - 1);
    const std::uint32_t next_row = std::min(row + 1, shape_.height - 1);
    const double x = double{source.col} - col;
    const double y = double{source.row} - row;
    const double upper = (1 - x) * at(col, row) + x * at(next_col, row);
    const double lower = (1 - x) * at(col, next_row) + x * at(next_col, next_row);
    return (1 - y) * upper + y * lower;
  }

 private:
  const ImageShape& shape_;
  InputOrder order_;
  std::span<const double> inputs_;  // [features]
  std::uint32_t channel_;
};

}  // namespace

std::vector<double> standardised_inputs(const Dataset& dataset, const LabelledSamples& images,
                                        std::size_t sample) {
  const ImageShape& shape = dataset.shape;
  const Standardisation& statistics = dataset.standardisation;
  std::vector<double> inputs(shape.features());
  for (std::uint32_t channel = 0; channel < shape.channels; ++channel) {
    for (std::uint32_t pixel = 0; pixel < shape.pixels(); ++pixel) {
      const std::uint32_t f = feature_index(shape, dataset.order, channel, pixel);
      const double value = feature_value(images.features, shape.features(), sample,
                                         std::size_t{channel} * shape.pixels() + pixel);
      inputs[f] = (value - statistics.mean[f]) / statistics.deviation[f];
    }
  }
  return inputs;
}

std::vector<double> resampled(const ImageShape& shape, InputOrder order,
                              std::span<const double> inputs, const AffineMatrix& matrix,
                              Interpolation interpolation) {
  std::vector<double> result(shape.features());
  for (std::uint32_t c = 0; c < shape.channels; ++c) {
    const Channel channel(shape, order, inputs, c);
    for (std::uint32_t row = 0; row < shape.height; ++row) {
      for (std::uint32_t col = 0; col < shape.width; ++col) {
        const Source source = source_of(shape, matrix, col, row);
        result[feature_index(shape, order, c, row * shape.width + col)] =
            interpolation == Interpolation::kNearest ? channel.nearest(source)
                                                     : channel.bilinear(source);
      }
    }
  }
  return result;
}

}  // namespace regrow::reference
