// The forward pass and its epilogue, against plain loops in double.
#include "step/forward.h"

#include <limits>

#include "cuda/step/step_support.h"
#include "reference/forward.h"
#include "regrow/philox.h"
#include "regrow/step/dropout.h"
#include "support/edge_values.h"

namespace regrow::cuda {
namespace {

using namespace testing;

constexpr double kDropout = 0.3;
constexpr std::uint64_t kSeed = 0x123456789ABCDEFULL;
constexpr std::uint32_t kLayer = 2;
constexpr StepState kState = {1000, 0, 7, {}};

Activation activation_of(bool drops, float slope = 0.3F) {
  Activation activation;
  activation.slope = slope;
  activation.seed = kSeed;
  activation.layer = kLayer;
  if (drops) {
    activation.drops = true;
    activation.threshold = step::dropout_threshold(kDropout);
    activation.scale = static_cast<float>(1 / (1 - kDropout));
  }
  return activation;
}

std::vector<double> dropout_of(std::uint32_t features, std::uint32_t batch) {
  return reference::dropout_factors(kDropout, kSeed, kLayer, 1007, features, batch);
}

struct ForwardShape {
  std::uint32_t inputs, outputs, batch;
  bool empty = false;
};
void PrintTo(const ForwardShape& shape, std::ostream* out) {
  *out << shape.inputs << "x" << shape.outputs << "_batch_" << shape.batch;
}

class Forward : public ::testing::TestWithParam<ForwardShape> {
 protected:
  Stream stream_;
};

template <typename Value>
void check_forward(const ForwardShape& shape, bool drops, const Stream& stream) {
  Random random(shape.inputs + shape.outputs + shape.batch);
  const TestLayer layer = random_layer(shape.inputs, shape.outputs, random, shape.empty);
  const std::uint32_t ld = padded(shape.batch);
  const auto input = random_matrix<Value>(random, shape.inputs, shape.batch, 1000);
  const Activation activation = activation_of(drops);

  const Results results = in_every_order([&] {
    DeviceLayer device(layer, stream);
    DeviceMatrix<Value> x(input, stream), y(shape.outputs, ld, stream);
    const auto state = on_device(std::vector{kState}, stream);
    forward<Value>(device.row_view(), activation, drops ? state.data() : nullptr, ld, x.data(),
                   y.data(), nullptr, stream);
    return Results{y.download()};
  });

  const std::vector<double> factors = dropout_of(shape.outputs, shape.batch);
  for (std::uint32_t row = 0; row < shape.outputs; ++row) {
    for (std::uint32_t s = 0; s < shape.batch; ++s) {
      Expected z;
      z.add(layer.biases[row]);
      for (std::uint32_t k = layer.row_begin[row]; k < layer.row_begin[row + 1]; ++k) {
        z.add(double{layer.weights[k]} * input[std::size_t{layer.columns[k]} * ld + s]);
      }
      const float actual = results[0][std::size_t{row} * ld + s];
      const double factor = drops ? factors[std::size_t{row} * shape.batch + s] : 1;
      ASSERT_EQ(drops && factor == 0, std::bit_cast<std::uint32_t>(actual) == 0x80000000U)
          << "only a dropped activation is −0: " << place(row, s);
      const double slope = z.value > 0 ? 1.0 : double{activation.slope};
      expect_close<Value>(actual, {z.value * slope * factor, z.magnitude * factor}, place(row, s));
    }
    for (std::uint32_t s = shape.batch; s < ld; ++s) {
      ASSERT_TRUE(std::isfinite(results[0][std::size_t{row} * ld + s])) << place(row, s);
    }
  }
}

TEST_P(Forward, MatchesPlainLoops) {
  for (const bool drops : {false, true}) {
    check_forward<float>(GetParam(), drops, stream_);
    check_forward<BFloat16>(GetParam(), drops, stream_);
  }
}

INSTANTIATE_TEST_SUITE_P(Small, Forward,
                         ::testing::Values(ForwardShape{1, 1, 1}, ForwardShape{5, 3, 7},
                                           ForwardShape{40, 6, 10}));
INSTANTIATE_TEST_SUITE_P(All, Forward,
                         ::testing::Values(ForwardShape{150, 30, 1}, ForwardShape{150, 30, 7},
                                           ForwardShape{150, 30, 100}, ForwardShape{150, 30, 128},
                                           ForwardShape{150, 30, 130}, ForwardShape{200, 12, 300},
                                           ForwardShape{150, 20, 100, true},
                                           ForwardShape{1, 40, 100}, ForwardShape{700, 1, 9},
                                           // One, two and four warps a row.
                                           ForwardShape{40, 2100, 5}, ForwardShape{40, 1030, 5},
                                           ForwardShape{40, 520, 5}));

class Activate : public ::testing::Test {
 protected:
  template <typename Value>
  std::vector<float> run(const std::vector<float>& values, const std::vector<float>& biases,
                         std::uint32_t ld, const Activation& activation) {
    return in_every_order([&] {
      DeviceMatrix<Value> matrix(values, stream_);
      const auto device_biases = on_device(biases, stream_);
      const auto state = on_device(std::vector{kState}, stream_);
      activate<Value>(static_cast<std::uint32_t>(biases.size()), device_biases.data(), activation,
                      state.data(), ld, matrix.data(), nullptr, stream_);
      return Results{matrix.download()};
    })[0];
  }
  Stream stream_;
};
using SmallActivate = Activate;

TEST_F(SmallActivate, AddsBiasActivatesAndDrops) {
  for (const std::uint32_t batch : {5U, 130U}) {
    Random random(batch);
    constexpr std::uint32_t kRows = 19;
    const std::uint32_t ld = padded(batch);
    const auto values = random_matrix<float>(random, kRows, batch, 0);
    const auto biases = random.values(kRows);
    const auto result = run<float>(values, biases, ld, activation_of(true));
    const auto factors = dropout_of(kRows, batch);
    for (std::size_t row = 0; row < kRows; ++row) {
      for (std::size_t s = 0; s < batch; ++s) {
        const double z = double{values[row * ld + s]} + biases[row];
        const double factor = factors[row * batch + s] * (z > 0 ? 1.0 : double{0.3F});
        expect_close<float>(result[row * ld + s], {z * factor, (1 + std::abs(z)) * factor},
                            place(row, s));
      }
    }
  }
}

// Of a bias and no input: a layer whose rows are empty, or whose pre-activations are zero.
TEST_F(SmallActivate, KeptActivationsAreNeverMinusZero) {
  constexpr std::uint32_t kLd = 96;
  const std::vector<float> biases = tests::pre_activations_of_zero();
  const std::vector<float> values(biases.size() * kLd, -0.0F);
  const auto factors = dropout_of(static_cast<std::uint32_t>(biases.size()), kLd);
  for (const float slope : {0.3F, 0.0F}) {
    const auto check = [&](const std::vector<float>& result) {
      for (std::size_t i = 0; i < result.size(); ++i) {
        ASSERT_EQ(std::bit_cast<std::uint32_t>(result[i]), factors[i] == 0 ? 0x80000000U : 0U) << i;
      }
    };
    check(run<float>(values, biases, kLd, activation_of(true, slope)));
    check(run<BFloat16>(values, biases, kLd, activation_of(true, slope)));
  }
}

TEST_F(SmallActivate, RoundsBrainFloatsToNearestEven) {
  const Activation identity = activation_of(false, 1);
  std::vector<float> values;  // every brain float that is a normal number, infinite or zero
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = widened(BFloat16{static_cast<std::uint16_t>(bits)});
    values.push_back(std::isnormal(value) || std::isinf(value) ? value : 0);
  }
  const auto ld = static_cast<std::uint32_t>(values.size());
  EXPECT_EQ(run<BFloat16>(values, {0}, ld, identity), values);

  // A bias of half a unit in the last place, of less and of more; a NaN stays one.
  for (const float bias : {0x1p-8F, 0x1.FFFFFEp-9F, 0x1.000002p-8F, 0x1p-9F, 0x1.8p-8F}) {
    std::vector<float> between(128);
    for (std::size_t i = 0; i < between.size(); ++i) between[i] = 1 + 0x1p-7F * float(i);
    std::vector<float> sums;
    for (const float value : between) sums.push_back(value + bias);
    EXPECT_EQ(run<BFloat16>(between, {bias}, 128, identity), as_stored<BFloat16>(sums));
  }
  // The GPU's own NaN, 0x7FFFFFFF, is what rounding as if it were a number would turn into −0.
  for (const std::uint32_t bits : {0x7FFFFFFFU, 0x7FC00000U, 0xFFFFFFFFU}) {
    const auto nan = std::bit_cast<float>(bits);
    EXPECT_TRUE(std::isnan(run<BFloat16>(std::vector<float>(8, 1), {nan}, 8, identity)[0]));
  }
  const float most = std::numeric_limits<float>::max();
  EXPECT_TRUE(std::isinf(run<BFloat16>(std::vector<float>(8, 0), {most}, 8, identity)[0]));
}

// dropout_factors() over several blocks, steps beyond 2^32 and another layer.
TEST_F(SmallActivate, DropsWhatTheReferenceDrops) {
  constexpr std::uint32_t kRows = 9, kBatch = 130, kLd = 136;
  Activation activation = activation_of(true, 1);
  activation.layer = 5;
  const StepState late = {(1ULL << 32) + 3, 0, 4, {}};
  DeviceMatrix<float> matrix(std::vector<float>(kRows * kLd, 1), stream_);
  const auto biases = on_device(std::vector<float>(kRows, 0), stream_);
  const auto state = on_device(std::vector{late}, stream_);
  activate<float>(kRows, biases.data(), activation, state.data(), kLd, matrix.data(), nullptr,
                  stream_);
  const auto result = matrix.download();
  const auto factors = reference::dropout_factors(kDropout, kSeed, 5, 7, kRows, kBatch);
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::size_t s = 0; s < kBatch; ++s) {
      ASSERT_EQ(result[row * kLd + s] == 0, factors[row * kBatch + s] == 0) << place(row, s);
    }
  }
}

TEST_F(SmallActivate, DropsBelowTheThresholdAlone) {
  const PhiloxBlock words =
      random_block(kSeed, Purpose::kDropout, kLayer, 1007, step::dropout_block_index(0, 4));
  Activation activation = activation_of(true);
  activation.threshold = words[2] >> 8;
  EXPECT_GT(run<float>(std::vector<float>(8, 1), {0}, 8, activation)[6], 0);
  ++activation.threshold;
  EXPECT_EQ(run<float>(std::vector<float>(8, 1), {0}, 8, activation)[6], 0);
}

}  // namespace
}  // namespace regrow::cuda
