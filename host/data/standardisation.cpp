// Mean and deviation of each network input, over the samples trained on, in their order.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <variant>
#include <vector>

#include "regrow/dataset.h"
#include "regrow/error.h"

namespace regrow {
namespace {

// n·Σx² leaves 64 bits at 17 million samples.
__extension__ using Wide = unsigned __int128;

// Of features in the order of the file, [channel][row][col].
struct Moments {
  std::vector<double> mean;
  std::vector<double> deviation;  // infinite where nothing varies
};

constexpr double kConstant = std::numeric_limits<double>::infinity();

// The sums are integers, so they are exact and the same in every order; only the two last
// operations round.
Moments moments_of(const ByteFeatures& bytes, const SplitView& train, std::size_t features) {
  std::vector<std::uint64_t> sums(features);
  std::vector<std::uint64_t> squares(features);
  for (std::size_t i = 0; i < train.size(); ++i) {
    const auto image = std::span(bytes).subspan(train.sample(i) * features, features);
    for (std::size_t j = 0; j < features; ++j) {
      const std::uint64_t pixel = image[j];
      sums[j] += pixel;
      squares[j] += pixel * pixel;
    }
  }
  Moments moments{std::vector<double>(features), std::vector<double>(features)};
  const auto count = static_cast<double>(train.size());
  for (std::size_t j = 0; j < features; ++j) {
    // n²·variance = n·Σx² − (Σx)²
    const Wide scaled_variance = Wide{train.size()} * squares[j] - Wide{sums[j]} * sums[j];
    moments.mean[j] = static_cast<double>(sums[j]) / count;
    moments.deviation[j] =
        scaled_variance == 0 ? kConstant : std::sqrt(static_cast<double>(scaled_variance)) / count;
  }
  return moments;
}

// What the passes over floats know of a feature. Squares of the largest floats are far from the end
// of a double's range.
struct FloatSums {
  double sum = 0;
  double squares = 0;  // of differences from the mean
  float least = std::numeric_limits<float>::infinity();
  float greatest = -std::numeric_limits<float>::infinity();
  std::uint64_t stored = 0;  // values; of sparse rows the others are 0
};

// Calls use(feature, value) for what is stored of `sample`.
template <typename Use>
void visit_sample(const FloatFeatures& floats, std::size_t features, std::size_t sample,
                  const Use& use) {
  const float* const values = floats.data() + sample * features;
  for (std::size_t j = 0; j < features; ++j) use(j, values[j]);
}
template <typename Use>
void visit_sample(const SparseRows& rows, std::size_t /*features*/, std::size_t sample,
                  const Use& use) {
  for (std::uint64_t k = rows.row_begin[sample]; k < rows.row_begin[sample + 1]; ++k) {
    use(rows.columns[k], rows.values[k]);
  }
}

// Whether a feature varies is asked of its values: a variance is rounded. Nor does what a float can
// only have as a subnormal number, which back ends take for 0.
bool is_constant(const FloatSums& of, double deviation) {
  return of.least == of.greatest || deviation < double{std::numeric_limits<float>::min()};
}

// In two passes: a mean may be a million deviations. Then all values are of about one size, and a
// double holds the sum of 2^29 such floats exactly.
template <typename Kind>
Moments moments_of(const Kind& values, const SplitView& train, std::size_t features) {
  std::vector<FloatSums> sums(features);
  for (std::size_t i = 0; i < train.size(); ++i) {
    visit_sample(values, features, train.sample(i), [&](std::size_t j, float value) {
      FloatSums& of = sums[j];
      of.sum += double{value};
      of.least = std::min(of.least, value);
      of.greatest = std::max(of.greatest, value);
      ++of.stored;
    });
  }
  Moments moments{std::vector<double>(features), std::vector<double>(features)};
  const auto count = static_cast<double>(train.size());
  for (std::size_t j = 0; j < features; ++j) {
    FloatSums& of = sums[j];
    const double mean = of.sum / count;
    moments.mean[j] = mean;
    // The zeros that are not stored, all at once.
    const auto zeros = static_cast<double>(train.size() - of.stored);
    if (zeros > 0) {
      of.least = std::min(of.least, 0.0F);
      of.greatest = std::max(of.greatest, 0.0F);
    }
    of.squares = mean * mean * zeros;
  }
  for (std::size_t i = 0; i < train.size(); ++i) {
    visit_sample(values, features, train.sample(i), [&](std::size_t j, float value) {
      const double difference = double{value} - moments.mean[j];
      sums[j].squares += difference * difference;
    });
  }
  for (std::size_t j = 0; j < features; ++j) {
    const double deviation = std::sqrt(sums[j].squares / count);
    moments.deviation[j] = is_constant(sums[j], deviation) ? kConstant : deviation;
  }
  return moments;
}

}  // namespace

Standardisation compute_standardisation(const Dataset& dataset) {
  const ImageShape& shape = dataset.shape;
  const std::size_t features = shape.features();
  const SplitView train = view(dataset, Split::kTrain);
  REGROW_CHECK(train.size() > 0, "nothing to standardise");
  const Moments moments = std::visit(
      [&](const auto& kind) { return moments_of(kind, train, features); }, train.samples->features);
  Standardisation result{std::vector<double>(features), std::vector<double>(features)};
  for (std::uint32_t channel = 0; channel < shape.channels; ++channel) {
    for (std::uint32_t pixel = 0; pixel < shape.pixels(); ++pixel) {
      const std::size_t source = std::size_t{channel} * shape.pixels() + pixel;
      const std::uint32_t feature = feature_index(shape, dataset.order, channel, pixel);
      result.mean[feature] = moments.mean[source];
      result.deviation[feature] = moments.deviation[source];
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
