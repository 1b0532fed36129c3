// One axis after the other: rows first, into floats, then columns.
#include "readers/image_scale.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "regrow/error.h"

namespace regrow {
namespace {

/// What one pixel of the new image takes: pixels of the old one from `first` on.
struct Taps {
  std::size_t first = 0;
  std::vector<float> weights;  // their sum is 1
};

std::vector<Taps> taps_of(std::uint32_t from, std::uint32_t to) {
  const double step = static_cast<double>(from) / to;  // old pixels a new one
  const double radius = std::max(step, 1.0);
  std::vector<Taps> taps(to);
  for (std::uint32_t i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * step;
    const double low = std::max(std::floor(centre - radius), 0.0);
    const double high = std::min(std::ceil(centre + radius), static_cast<double>(from));
    std::vector<double> weights;
    double sum = 0;
    const auto last = static_cast<std::size_t>(high);
    for (auto pixel = static_cast<std::size_t>(low); pixel < last; ++pixel) {
      const double distance = std::abs(static_cast<double>(pixel) + 0.5 - centre);
      weights.push_back(std::max(1 - distance / radius, 0.0));
      sum += weights.back();
    }
    taps[i].first = static_cast<std::size_t>(low);
    for (const double weight : weights) {
      taps[i].weights.push_back(static_cast<float>(weight / sum));
    }
  }
  return taps;
}

}  // namespace

void scale_image(const ImageShape& from, std::span<const std::uint8_t> pixels, const ImageShape& to,
                 std::span<std::uint8_t> scaled) {
  REGROW_CHECK(from.channels == to.channels && pixels.size() == from.features() &&
                   scaled.size() == to.features(),
               "an image of another shape");
  if (from == to) {
    std::copy(pixels.begin(), pixels.end(), scaled.begin());
    return;
  }
  const std::vector<Taps> columns = taps_of(from.width, to.width);
  const std::vector<Taps> rows = taps_of(from.height, to.height);
  std::vector<float> narrow(std::size_t{from.height} * to.width);
  std::vector<float> line(to.width);
  for (std::size_t channel = 0; channel < from.channels; ++channel) {
    const auto old = pixels.subspan(channel * from.pixels(), from.pixels());
    const auto out = scaled.subspan(channel * to.pixels(), to.pixels());
    for (std::size_t row = 0; row < from.height; ++row) {
      for (std::size_t col = 0; col < to.width; ++col) {
        const Taps& taps = columns[col];
        const std::uint8_t* at = &old[row * from.width + taps.first];
        float sum = 0;
        for (std::size_t i = 0; i < taps.weights.size(); ++i) {
          sum += taps.weights[i] * static_cast<float>(at[i]);
        }
        narrow[row * to.width + col] = sum;
      }
    }
    for (std::size_t row = 0; row < to.height; ++row) {
      std::fill(line.begin(), line.end(), 0.0F);
      for (std::size_t i = 0; i < rows[row].weights.size(); ++i) {
        const float weight = rows[row].weights[i];
        const float* at = &narrow[(rows[row].first + i) * to.width];
        for (std::size_t col = 0; col < to.width; ++col) line[col] += weight * at[col];
      }
      for (std::size_t col = 0; col < to.width; ++col) {
        out[row * to.width + col] =
            static_cast<std::uint8_t>(std::clamp(std::round(line[col]), 0.0F, 255.0F));
      }
    }
  }
}

}  // namespace regrow
