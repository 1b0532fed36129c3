// Mean and deviation of each network input. The sums are integers, so they are exact and the same
// in every order; only the two last operations round.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "regrow/dataset.h"
#include "regrow/error.h"

namespace regrow {
namespace {

// n·Σx² leaves 64 bits at 17 million samples.
__extension__ using Wide = unsigned __int128;

}  // namespace

Standardisation compute_standardisation(const Dataset& dataset) {
  const ImageShape& shape = dataset.shape;
  const std::size_t features = shape.features();
  const SplitView train = view(dataset, Split::kTrain);
  REGROW_CHECK(train.size() > 0, "nothing to standardise");

  std::vector<std::uint64_t> sums(features);     // [channel][row][col]
  std::vector<std::uint64_t> squares(features);  // [channel][row][col]
  for (std::size_t i = 0; i < train.size(); ++i) {
    const auto image =
        std::span(train.samples->bytes()).subspan(train.sample(i) * features, features);
    for (std::size_t j = 0; j < features; ++j) {
      const std::uint64_t pixel = image[j];
      sums[j] += pixel;
      squares[j] += pixel * pixel;
    }
  }

  Standardisation result{std::vector<double>(features), std::vector<double>(features)};
  const auto count = static_cast<double>(train.size());
  for (std::uint32_t channel = 0; channel < shape.channels; ++channel) {
    for (std::uint32_t pixel = 0; pixel < shape.pixels(); ++pixel) {
      const std::size_t source = std::size_t{channel} * shape.pixels() + pixel;
      const std::uint32_t feature = feature_index(shape, dataset.order, channel, pixel);
      // n²·variance = n·Σx² − (Σx)²
      const Wide scaled_variance =
          Wide{train.size()} * squares[source] - Wide{sums[source]} * sums[source];
      result.mean[feature] = static_cast<double>(sums[source]) / count;
      result.deviation[feature] =
          scaled_variance == 0 ? std::numeric_limits<double>::infinity()
                               : std::sqrt(static_cast<double>(scaled_variance)) / count;
    }
  }
  return result;
}

Standardisation no_standardisation(const Dataset& dataset) {
  const std::size_t features = dataset.shape.features();
  const bool has_bytes = std::holds_alternative<ByteFeatures>(dataset.train.features);
  return {std::vector<double>(features, 0), std::vector<double>(features, has_bytes ? 255 : 1)};
}

}  // namespace regrow
