// Batches of every kind of features: gathered, standardised and resampled, against plain doubles.
#include "step/load_batch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "cuda/step/step_support.h"
#include "reference/load_batch.h"

namespace regrow::cuda {
namespace {

using namespace testing;

struct LoadCase {
  ImageShape shape;
  InputOrder order;
  std::uint32_t count;
  bool augmented = true;
  Interpolation interpolation = Interpolation::kBilinear;
  FeatureKind kind = FeatureKind::kBytes;
};
void PrintTo(const LoadCase& c, std::ostream* out) {
  constexpr const char* kKinds[] = {"bytes", "floats", "sparse"};
  *out << kKinds[static_cast<int>(c.kind)] << "_" << c.shape.channels << "x" << c.shape.height
       << "x" << c.shape.width << "_batch_" << c.count
       << (c.order == InputOrder::kHwc ? "_hwc" : "_chw") << (c.augmented ? "_augmented" : "")
       << (c.interpolation == Interpolation::kNearest ? "_nearest" : "");
}

class LoadBatch : public ::testing::TestWithParam<LoadCase> {
 protected:
  Stream stream_;
};

constexpr std::uint32_t kSampleCount = 40;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Where the values of a feature lie; those of floats may be far from 0, and all but alike.
struct Spread {
  double mean, deviation;
};
Spread spread_of(FeatureKind kind, std::uint32_t feature, Random& random) {
  if (kind == FeatureKind::kBytes) {
    const double deviation = 60 + 30 * random.value();
    return {128 + 20 * random.value(), feature % 7 == 3 ? kInfinity : deviation};
  }
  constexpr Spread kSpreads[] = {
      {0.5, 2},       {1e6, 1},      {7, kInfinity},        {-3e-5, 1e-6}, {2e30, 1e30},
      {-123456.7, 3}, {1e-3, 40000}, {-1e9, 1e9 / 0x1p20F}, {0, 1},
  };
  return kSpreads[(feature + random.below(2)) % std::size(kSpreads)];
}

/// Within two deviations of the mean; of a constant feature anything.
float value_beside(const Spread& spread, Random& random) {
  const double deviation = std::isinf(spread.deviation) ? 5 : spread.deviation;
  return static_cast<float>(spread.mean + 2 * deviation * random.value());
}

SparseRows random_rows(const std::vector<Spread>& spreads, Random& random) {
  SparseRows rows;
  for (std::uint32_t sample = 0; sample < kSampleCount; ++sample) {
    // Empty, full, of the last one alone, and of any share.
    const std::uint32_t of_ten = sample % 5 == 0 ? 0 : sample % 5 == 1 ? 10 : sample % 10;
    for (std::uint32_t column = 0; column < spreads.size(); ++column) {
      const bool is_last = sample % 5 == 2 && column + 1 == spreads.size();
      const bool is_stored = sample % 5 == 2 ? is_last : random.below(10) < of_ten;
      if (!is_stored) continue;
      rows.columns.push_back(column);
      rows.values.push_back(random.below(9) == 0 ? 0 : value_beside(spreads[column], random));
    }
    rows.row_begin.push_back(rows.columns.size());
  }
  return rows;
}

Dataset random_samples(const LoadCase& c, Random& random) {
  Dataset dataset;
  dataset.shape = c.shape;
  dataset.order = c.order;
  const std::uint32_t features = c.shape.features();
  dataset.standardisation.mean.resize(features);
  dataset.standardisation.deviation.resize(features);
  std::vector<Spread> spreads;  // in the order of the file
  for (std::uint32_t channel = 0; channel < c.shape.channels; ++channel) {
    for (std::uint32_t pixel = 0; pixel < c.shape.pixels(); ++pixel) {
      const std::uint32_t f = feature_index(c.shape, c.order, channel, pixel);
      spreads.push_back(spread_of(c.kind, f, random));
      if (c.kind == FeatureKind::kSparse) {
        // The mean of a feature that is mostly 0 is no further away than that.
        Spread& spread = spreads.back();
        spread.mean = std::clamp(spread.mean, -3 * spread.deviation, 3 * spread.deviation);
      }
      dataset.standardisation.mean[f] = spreads.back().mean;
      dataset.standardisation.deviation[f] = spreads.back().deviation;
    }
  }
  if (c.kind == FeatureKind::kSparse) {
    dataset.train.features = random_rows(spreads, random);
  } else if (c.kind == FeatureKind::kFloats) {
    FloatFeatures floats;
    for (std::uint32_t i = 0; i < kSampleCount * features; ++i) {
      floats.push_back(value_beside(spreads[i % features], random));
    }
    dataset.train.features = std::move(floats);
  } else {
    for (std::uint32_t i = 0; i < kSampleCount * features; ++i) {
      dataset.train.bytes().push_back(static_cast<std::uint8_t>(random.below(256)));
    }
  }
  for (std::uint32_t i = 0; i < kSampleCount; ++i) {
    dataset.train.labels.push_back(static_cast<std::uint16_t>(100 + i));
  }
  return dataset;
}

std::vector<double> plain_inputs(const Dataset& dataset, std::uint32_t sample) {
  const ImageShape& shape = dataset.shape;
  std::vector<double> inputs(shape.features());
  for (std::uint32_t at = 0; at < shape.features(); ++at) {
    const std::uint32_t f =
        feature_index(shape, dataset.order, at / shape.pixels(), at % shape.pixels());
    const double value = feature_value(dataset.train.features, shape.features(), sample, at);
    inputs[f] = (value - dataset.standardisation.mean[f]) / dataset.standardisation.deviation[f];
  }
  return inputs;
}

template <typename Law>
std::vector<Law> laws_of(const Dataset& dataset, Law (*law)(double, double)) {
  std::vector<Law> laws;
  for (std::uint32_t channel = 0; channel < dataset.shape.channels; ++channel) {
    for (std::uint32_t pixel = 0; pixel < dataset.shape.pixels(); ++pixel) {
      const auto f = feature_index(dataset.shape, dataset.order, channel, pixel);
      laws.push_back(law(dataset.standardisation.mean[f], dataset.standardisation.deviation[f]));
    }
  }
  return laws;
}

/// Exactly as large as what they hold, so that what is read beyond them is seen.
class DeviceFeatures {
 public:
  DeviceFeatures(const Dataset& dataset, const Stream& stream) {
    if (const auto* bytes = std::get_if<ByteFeatures>(&dataset.train.features)) {
      bytes_ = on_device(*bytes, stream);
      byte_laws_ = on_device(laws_of(dataset, step::byte_law), stream);
      source_ = ByteSource{bytes_.data(), byte_laws_.data()};
      return;
    }
    float_laws_ = on_device(laws_of(dataset, step::float_law), stream);
    if (const auto* floats = std::get_if<FloatFeatures>(&dataset.train.features)) {
      floats_ = on_device(*floats, stream);
      source_ = FloatSource{floats_.data(), float_laws_.data()};
      return;
    }
    const auto& rows = std::get<SparseRows>(dataset.train.features);
    row_begin_ = on_device(rows.row_begin, stream);
    columns_ = on_device(rows.columns, stream);
    floats_ = on_device(rows.values, stream);
    source_ = SparseSource{row_begin_.data(), columns_.data(), floats_.data(), float_laws_.data()};
  }

  const FeatureSource& source() const { return source_; }

 private:
  DeviceArray<std::uint8_t> bytes_;
  DeviceArray<std::uint64_t> row_begin_;
  DeviceArray<std::uint32_t> columns_;
  DeviceArray<float> floats_;
  DeviceArray<step::ByteLaw> byte_laws_;
  DeviceArray<step::FloatLaw> float_laws_;
  FeatureSource source_;
};

template <typename Value>
void check_load(const LoadCase& c, bool by_state, const Stream& stream) {
  Random random(c.count);
  const Dataset dataset = random_samples(c, random);
  const std::uint32_t features = c.shape.features(), ld = padded(c.count);
  constexpr std::uint32_t kFirst = 3, kIndex = 2;
  const std::uint32_t first = by_state ? kFirst + kIndex * c.count : kFirst;
  const std::uint32_t positions = first + c.count;  // nothing may be read beyond them
  std::vector<std::uint32_t> samples(positions);
  for (auto& sample : samples) sample = random.below(kSampleCount);
  AugmentationSettings settings;
  settings.enabled = true;
  settings.rotate_degrees = 25;
  settings.shift_fraction = 0.3;
  std::vector<AffineMatrix> matrices;
  for (std::uint32_t p = 0; p < positions; ++p) {
    matrices.push_back(augmentation_matrix(settings, c.shape, 5, 1, p));
  }
  if (c.count > 1) matrices[first] = {1, 0, 0, 0, 1, 0};  // nothing moves
  // Far outside on every side.
  if (c.count > 2) matrices[first + 1] = {1, 0, -1000, 0, 1, 1000};

  const Results results = in_every_order([&] {
    const DeviceFeatures device_features(dataset, stream);
    const auto device_labels = on_device(dataset.train.labels, stream);
    const auto device_samples = on_device(samples, stream);
    const auto device_matrices = on_device(matrices, stream);
    const auto state = on_device(std::vector{StepState{0, kFirst, kIndex, {}}}, stream);
    DeviceMatrix<Value> input(features, ld, stream);
    DeviceArray<std::uint16_t> labels(ld, "labels", stream);
    const BatchSource source = {device_features.source(),
                                device_labels.data(),
                                device_samples.data(),
                                c.augmented ? device_matrices.data() : nullptr,
                                c.shape,
                                c.order,
                                c.interpolation};
    load_batch<Value>(source, by_state ? state.data() : nullptr, kFirst, c.count, ld, input.data(),
                      labels.data(), stream);
    const auto got = labels.download();
    return Results{input.download(), {got.begin(), got.end()}};
  });

  for (std::uint32_t s = 0; s < ld; ++s) {
    if (s >= c.count) {
      EXPECT_EQ(results[1][s], 0) << "label of pad " << s;
      for (std::size_t f = 0; f < features; ++f) {
        ASSERT_EQ(std::bit_cast<std::uint32_t>(results[0][f * ld + s]), 0U) << place(f, s);
      }
      continue;
    }
    const std::uint32_t sample = samples[first + s];
    EXPECT_EQ(results[1][s], static_cast<float>(dataset.train.labels[sample]));
    const auto plain = plain_inputs(dataset, sample);
    const auto expected = c.augmented ? reference::resampled(c.shape, c.order, plain,
                                                             matrices[first + s], c.interpolation)
                                      : plain;
    for (std::size_t f = 0; f < features; ++f) {
      const float actual = results[0][f * ld + s];
      // A byte's law is as exact as numbers of the size of 255/deviation are.
      const double magnitude = c.kind == FeatureKind::kBytes ? 10 : 2;
      expect_close<Value>(actual, {expected[f], magnitude}, place(f, s));
      if (!c.augmented && std::isinf(dataset.standardisation.deviation[f])) {
        ASSERT_EQ(std::bit_cast<std::uint32_t>(actual), 0U) << place(f, s);
      }
    }
  }
}

TEST_P(LoadBatch, MatchesTheReference) {
  for (const bool by_state : {false, true}) {
    check_load<float>(GetParam(), by_state, stream_);
    check_load<BFloat16>(GetParam(), by_state, stream_);
  }
}

constexpr auto kHwc = InputOrder::kHwc;
constexpr auto kChw = InputOrder::kChw;
constexpr auto kNearest = Interpolation::kNearest;
INSTANTIATE_TEST_SUITE_P(Small, LoadBatch,
                         ::testing::Values(LoadCase{{1, 1, 1}, kHwc, 1},
                                           LoadCase{{3, 4, 5}, kHwc, 7},
                                           LoadCase{{2, 7, 9}, kChw, 10},
                                           LoadCase{{3, 6, 6}, kHwc, 5, true, kNearest}));
INSTANTIATE_TEST_SUITE_P(
    All, LoadBatch,
    ::testing::Values(LoadCase{{3, 32, 32}, kHwc, 9},
                      LoadCase{{3, 32, 32}, kHwc, 9, true, kNearest},
                      LoadCase{{3, 32, 32}, kChw, 4, false}, LoadCase{{1, 28, 28}, kHwc, 100},
                      LoadCase{{6, 5, 40}, kHwc, 3}, LoadCase{{9, 4, 4}, kChw, 17},
                      LoadCase{{1, 1, 64}, kHwc, 130}, LoadCase{{1, 50, 1}, kHwc, 128}));

// Tables are rows of features, not augmented; images of floats and sparse images are augmented.
std::vector<LoadCase> cases_of(FeatureKind kind, bool small) {
  std::vector<LoadCase> cases;
  if (small) {
    cases = {{{1, 1, 1}, kHwc, 1, false},
             {{1, 1, 17}, kHwc, 9, false},
             {{3, 4, 5}, kHwc, 7},
             {{2, 7, 9}, kChw, 10, true, kNearest}};
  } else {
    cases = {{{1, 1, 3}, kHwc, 2, false},
             {{1, 1, 1000}, kHwc, 20, false},
             {{1, 1, 1025}, kChw, 8, false},
             {{3, 32, 32}, kHwc, 9},
             {{3, 32, 32}, kChw, 4, false},
             {{6, 5, 40}, kHwc, 3},
             {{9, 4, 4}, kChw, 17},
             {{1, 1, 64}, kHwc, 130},
             {{3, 6, 6}, kHwc, 5, true, kNearest}};
  }
  for (LoadCase& each : cases) each.kind = kind;
  return cases;
}
INSTANTIATE_TEST_SUITE_P(SmallFloats, LoadBatch,
                         ::testing::ValuesIn(cases_of(FeatureKind::kFloats, true)));
INSTANTIATE_TEST_SUITE_P(SmallSparse, LoadBatch,
                         ::testing::ValuesIn(cases_of(FeatureKind::kSparse, true)));
INSTANTIATE_TEST_SUITE_P(Floats, LoadBatch,
                         ::testing::ValuesIn(cases_of(FeatureKind::kFloats, false)));
INSTANTIATE_TEST_SUITE_P(Sparse, LoadBatch,
                         ::testing::ValuesIn(cases_of(FeatureKind::kSparse, false)));

// The nearest pixel and the weights of its neighbours hang on every bit of a coordinate: images
// whose pixels are their own coordinates give them back.
TEST(SmallLoadBatch, CoordinatesAreThoseOfTheHeader) {
  const Stream stream;
  constexpr std::uint32_t kSize = 16, kCount = 40;
  const ImageShape shape = {2, kSize, kSize};
  std::vector<std::uint8_t> pixels(shape.features());
  for (std::uint32_t i = 0; i < kSize * kSize; ++i) {
    pixels[i] = static_cast<std::uint8_t>(i % kSize);
    pixels[kSize * kSize + i] = static_cast<std::uint8_t>(i / kSize);
  }
  AugmentationSettings settings;
  settings.enabled = true;
  std::vector<AffineMatrix> matrices;
  for (std::uint32_t p = 0; p < kCount; ++p) {
    matrices.push_back(augmentation_matrix(settings, shape, 11, 0, p));
  }
  // Half a pixel, which rounding upwards or downwards tells apart.
  matrices[0] = {1, 0, 0.5F, 0, 1, -0.5F};
  matrices[1] = {1, 0, std::nextafter(0.5F, 0.0F), 0, 1, std::nextafter(-0.5F, -1.0F)};
  const auto device_pixels = on_device(pixels, stream);
  const auto device_labels = on_device(std::vector<std::uint16_t>(kCount, 0), stream);
  const auto device_samples = on_device(std::vector<std::uint32_t>(kCount, 0), stream);
  const auto device_matrices = on_device(matrices, stream);
  const auto laws =
      on_device(std::vector<step::ByteLaw>(shape.features(), step::ByteLaw{1, 0}), stream);
  for (const auto interpolation : {Interpolation::kBilinear, Interpolation::kNearest}) {
    DeviceMatrix<float> input(shape.features(), kCount, stream);
    DeviceArray<std::uint16_t> labels(kCount, "labels", stream);
    load_batch<float>(
        {ByteSource{device_pixels.data(), laws.data()}, device_labels.data(), device_samples.data(),
         device_matrices.data(), shape, InputOrder::kChw, interpolation},
        nullptr, 0, kCount, kCount, input.data(), labels.data(), stream);
    const auto got = input.download();
    for (std::uint32_t s = 0; s < kCount; ++s) {
      const AffineMatrix& m = matrices[s];
      for (std::uint32_t pixel = 0; pixel < kSize * kSize; ++pixel) {
        const std::uint32_t row_of_pixel = pixel / kSize;
        const auto col = static_cast<float>(pixel % kSize), row = float(row_of_pixel);
        const float last = kSize - 1;
        float expected[2] = {
            std::clamp(std::fma(m[0], col, std::fma(m[1], row, m[2])), 0.0F, last),
            std::clamp(std::fma(m[3], col, std::fma(m[4], row, m[5])), 0.0F, last)};
        if (interpolation == Interpolation::kNearest) {
          for (float& each : expected) each = std::floor(each + 0.5F);
        }
        for (std::size_t axis = 0; axis < 2; ++axis) {
          const float actual = got[(axis * kSize * kSize + pixel) * kCount + s];
          // Of the bilinear: left + x, where x = coordinate − left is exact and so is their sum.
          ASSERT_EQ(actual, expected[axis]) << place(pixel, s);
        }
      }
    }
  }
}

// Evaluation reads the samples of a split in their order.
TEST(SmallLoadBatch, WithoutSamplesPositionsAreSamples) {
  const Stream stream;
  const auto pixels = on_device(std::vector<std::uint8_t>{10, 20, 30, 40}, stream);
  const auto device_labels = on_device(std::vector<std::uint16_t>{1, 2, 3, 4}, stream);
  const auto laws = on_device(std::vector<step::ByteLaw>{{0.5F, 1}}, stream);
  DeviceMatrix<float> input(1, 8, stream);
  DeviceArray<std::uint16_t> labels(8, "labels", stream);
  load_batch<float>(
      {ByteSource{pixels.data(), laws.data()}, device_labels.data(), nullptr, nullptr, {1, 1, 1}},
      nullptr, 1, 3, 8, input.data(), labels.data(), stream);
  EXPECT_EQ(input.download(), (std::vector<float>{11, 16, 21, 0, 0, 0, 0, 0}));
  EXPECT_EQ(labels.download(), (std::vector<std::uint16_t>{2, 3, 4, 0, 0, 0, 0, 0}));
}

// Targets are those of the samples that the batch is of, by the same state.
TEST(SmallLoadTargets, AreThoseOfTheBatchsSamples) {
  const Stream stream;
  constexpr std::uint32_t kOutputs = 300, kCount = 5, kLd = 8, kFirst = 2;
  const auto target = [](std::size_t sample, std::size_t k) {
    return static_cast<float>(1000 * sample + k + 1);
  };
  std::vector<float> targets;
  for (std::size_t sample = 0; sample < 9; ++sample) {
    for (std::size_t k = 0; k < kOutputs; ++k) targets.push_back(target(sample, k));
  }
  const std::vector<std::uint32_t> samples = {0, 0, 8, 3, 1, 0, 7, 2, 4, 5, 6, 8};
  const auto device_targets = on_device(targets, stream);
  const auto device_samples = on_device(samples, stream);
  const auto state = on_device(std::vector{StepState{0, kFirst, 1, {}}}, stream);
  for (const bool by_state : {false, true}) {
    for (const bool in_order : {false, true}) {
      if (by_state && in_order) continue;  // positions beyond the samples
      BatchSource source;
      source.targets = device_targets.data();
      source.samples = in_order ? nullptr : device_samples.data();
      DeviceArray<float> got(std::size_t{kLd} * kOutputs, "targets", stream);
      load_targets(source, by_state ? state.data() : nullptr, kFirst, kCount, kLd, kOutputs,
                   got.data(), stream);
      const std::vector<float> values = got.download();
      for (std::uint32_t s = 0; s < kLd; ++s) {
        const std::uint32_t position = kFirst + (by_state ? kCount : 0) + s;
        for (std::uint32_t k = 0; k < kOutputs; ++k) {
          const float expected =
              s >= kCount ? 0 : target(in_order ? position : samples[position], k);
          ASSERT_EQ(values[s * kOutputs + k], expected) << place(s, k);
        }
      }
    }
  }
}

}  // namespace
}  // namespace regrow::cuda
