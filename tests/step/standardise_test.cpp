// How values become inputs, in floats, against doubles.
#include "regrow/step/standardise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "regrow/philox.h"

namespace regrow::step {
namespace {

double noise(std::uint32_t stream, std::uint64_t index) {
  return double{uniform_from_bits(random_block(2, Purpose::kSynthetic, stream, 0, index)[0])};
}

/// A deviation between 2^-120 and 2^120.
double deviation_of(std::uint64_t index) {
  return std::exp2(std::floor(240 * noise(0, index)) - 120) * (1 + noise(1, index));
}

TEST(FloatLaw, IsOffByItsBoundAtMost) {
  double worst = 0;
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    const double deviation = deviation_of(i);
    // From a deviation of many means to the least that floats can have about their mean.
    const double mean = deviation * (2 * noise(2, i) - 1) * std::exp2(24 * noise(3, i));
    // A third of the values beside the mean itself.
    const double offset = i % 3 == 0 ? 0 : 6 * noise(4, i) - 3;
    const auto value = static_cast<float>(mean + deviation * offset);
    if (!std::isfinite(value)) continue;
    const double expected = (double{value} - mean) / deviation;
    const float actual = standardised(float_law(mean, deviation), value);
    const double bound = 3 * std::ldexp(std::abs(expected), -24) +
                         std::ldexp(std::abs(mean) / deviation, -47) + 1e-37;
    worst = std::max(worst, std::abs(double{actual} - expected) / bound);
    ASSERT_LE(std::abs(double{actual} - expected), bound)
        << "value " << value << ", mean " << mean << ", deviation " << deviation;
  }
  EXPECT_GT(worst, 0.5) << "a bound so wide says nothing";
}

// Whoever computes may take subnormal numbers for 0.
TEST(FloatLaw, IsOfNormalNumbers) {
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const double deviation = deviation_of(i);
    const FloatLaw law = float_law(deviation * (2 * noise(2, i) - 1), deviation);
    EXPECT_TRUE(std::isnormal(law.unit));
    EXPECT_TRUE(std::isnormal(law.scale));
    EXPECT_TRUE(std::isnormal(law.offset)) << deviation;
    int exponent = 0;
    EXPECT_EQ(std::frexp(law.unit, &exponent), 0.5F) << "a power of 2";
  }
}

TEST(FloatLaw, HoldsAtTheEndsOfTheRangeOfFloats) {
  constexpr float kMost = std::numeric_limits<float>::max();
  constexpr float kLeast = std::numeric_limits<float>::min();
  const FloatLaw wide = float_law(0, double{kMost});
  EXPECT_EQ(standardised(wide, kMost), 1);
  EXPECT_EQ(standardised(wide, -kMost), -1);
  EXPECT_EQ(standardised(wide, 1), 1 / kMost);
  // Two samples in a hundred: the difference of the others from them is beyond a float.
  const double mean = 0.96 * double{kMost}, deviation = std::sqrt(1 - 0.96 * 0.96) * double{kMost};
  EXPECT_FLOAT_EQ(standardised(float_law(mean, deviation), -kMost), -7.0F);
  const FloatLaw narrow = float_law(double{kLeast}, double{kLeast});
  EXPECT_EQ(standardised(narrow, kLeast), 0);
  EXPECT_EQ(standardised(narrow, 5 * kLeast), 4);
}

TEST(FloatLaw, OfNothingToStandardiseIsTheIdentity) {
  for (const float value : {0.0F, 1.0F, -1e-30F, 3e38F, 16777217.0F, 0.1F}) {
    EXPECT_EQ(standardised(float_law(0, 1), value), value);
  }
  EXPECT_FALSE(std::signbit(standardised(float_law(0, 1), -0.0F)));
}

TEST(FloatLaw, OfAConstantIsPlusZeroWhateverComes) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double mean : {0.0, 5.0, -3e38}) {
    for (const double deviation : {kInfinity, 0.0, std::nan("")}) {
      for (const float value : {0.0F, -0.0F, 5.0F, -3e38F, 3.4e38F}) {
        const float actual = standardised(float_law(mean, deviation), value);
        EXPECT_EQ(actual, 0);
        EXPECT_FALSE(std::signbit(actual));
      }
    }
    const ByteLaw law = byte_law(mean, kInfinity);
    for (const float byte : {0.0F, 1.0F, 255.0F}) {
      const float actual = multiply_add(byte, law.scale, law.shift);
      EXPECT_EQ(actual, 0);
      EXPECT_FALSE(std::signbit(actual));
    }
  }
}

TEST(ByteLaw, IsScaleAndShift) {
  const ByteLaw law = byte_law(100, 50);
  EXPECT_EQ(law.scale, 0.02F);
  EXPECT_EQ(law.shift, -2.0F);
  EXPECT_NEAR(multiply_add(255.0F, law.scale, law.shift), 3.1, 1e-6);
}

}  // namespace
}  // namespace regrow::step
