// Batches of images: gathered, standardised and resampled, against the reference.
#include "step/load_batch.h"

#include <algorithm>
#include <numeric>

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
};
void PrintTo(const LoadCase& c, std::ostream* out) {
  *out << c.shape.channels << "x" << c.shape.height << "x" << c.shape.width << "_batch_" << c.count
       << (c.order == InputOrder::kHwc ? "_hwc" : "_chw") << (c.augmented ? "_augmented" : "")
       << (c.interpolation == Interpolation::kNearest ? "_nearest" : "");
}

class LoadBatch : public ::testing::TestWithParam<LoadCase> {
 protected:
  Stream stream_;
};

constexpr std::uint32_t kImages = 40;

Dataset random_images(const LoadCase& c, Random& random) {
  Dataset dataset;
  dataset.shape = c.shape;
  dataset.order = c.order;
  dataset.train.bytes().resize(std::size_t{kImages} * c.shape.features());
  for (auto& pixel : dataset.train.bytes()) pixel = static_cast<std::uint8_t>(random.below(256));
  for (std::uint32_t i = 0; i < kImages; ++i) {
    dataset.train.labels.push_back(static_cast<std::uint16_t>(100 + i));
  }
  for (std::uint32_t f = 0; f < c.shape.features(); ++f) {
    dataset.standardisation.mean.push_back(128 + 20 * random.value());
    dataset.standardisation.deviation.push_back(60 + 30 * random.value());
  }
  return dataset;
}

std::vector<PixelLaw> laws_of(const Dataset& dataset) {
  std::vector<PixelLaw> laws;
  for (std::uint32_t channel = 0; channel < dataset.shape.channels; ++channel) {
    for (std::uint32_t pixel = 0; pixel < dataset.shape.pixels(); ++pixel) {
      const auto f = feature_index(dataset.shape, dataset.order, channel, pixel);
      const double deviation = dataset.standardisation.deviation[f];
      laws.push_back({static_cast<float>(1 / deviation),
                      static_cast<float>(-dataset.standardisation.mean[f] / deviation)});
    }
  }
  return laws;
}

template <typename Value>
void check_load(const LoadCase& c, bool by_state, const Stream& stream) {
  Random random(c.count);
  const Dataset dataset = random_images(c, random);
  const std::uint32_t features = c.shape.features(), ld = padded(c.count);
  constexpr std::uint32_t kFirst = 3, kIndex = 2;
  const std::uint32_t first = by_state ? kFirst + kIndex * c.count : kFirst;
  const std::uint32_t positions = first + c.count;  // nothing may be read beyond them
  std::vector<std::uint32_t> samples(positions);
  for (auto& sample : samples) sample = random.below(kImages);
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
    const auto pixels = on_device(dataset.train.bytes(), stream);
    const auto device_labels = on_device(dataset.train.labels, stream);
    const auto device_samples = on_device(samples, stream);
    const auto device_matrices = on_device(matrices, stream);
    const auto laws = on_device(laws_of(dataset), stream);
    const auto state = on_device(std::vector{StepState{0, kFirst, kIndex, {}}}, stream);
    DeviceMatrix<Value> input(features, ld, stream);
    DeviceArray<std::uint16_t> labels(ld, "labels", stream);
    const BatchSource source = {pixels.data(),
                                device_labels.data(),
                                device_samples.data(),
                                c.augmented ? device_matrices.data() : nullptr,
                                laws.data(),
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
    const auto plain = reference::standardised_inputs(dataset, dataset.train, sample);
    const auto expected = c.augmented ? reference::resampled(c.shape, c.order, plain,
                                                             matrices[first + s], c.interpolation)
                                      : plain;
    for (std::size_t f = 0; f < features; ++f) {
      expect_close<Value>(results[0][f * ld + s], {expected[f], 10}, place(f, s));
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
  const auto laws = on_device(std::vector<PixelLaw>(shape.features(), PixelLaw{1, 0}), stream);
  for (const auto interpolation : {Interpolation::kBilinear, Interpolation::kNearest}) {
    DeviceMatrix<float> input(shape.features(), kCount, stream);
    DeviceArray<std::uint16_t> labels(kCount, "labels", stream);
    load_batch<float>({device_pixels.data(), device_labels.data(), device_samples.data(),
                       device_matrices.data(), laws.data(), shape, InputOrder::kChw, interpolation},
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
  const auto laws = on_device(std::vector<PixelLaw>{{0.5F, 1}}, stream);
  DeviceMatrix<float> input(1, 8, stream);
  DeviceArray<std::uint16_t> labels(8, "labels", stream);
  load_batch<float>({pixels.data(), device_labels.data(), nullptr, nullptr, laws.data(), {1, 1, 1}},
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
