// The formulas that back ends compile, in doubles, against the C library and against differences.
#include "regrow/step/activation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

namespace regrow::step {
namespace {

double central_difference(const std::function<double(double)>& f, double x) {
  constexpr double kWidth = 1e-5;
  return (f(x + kWidth) - f(x - kWidth)) / (2 * kWidth);
}

TEST(NormalDistribution, IsThatOfTheErrorFunction) {
  for (double z = -12; z <= 12; z += 0.01) {
    // What Abramowitz & Stegun promise is 1.5e-7 of erf, half of it here; the coefficients are
    // floats.
    EXPECT_NEAR(normal_distribution(z), 0.5 * std::erfc(-z / std::sqrt(2.0)), 1e-7) << z;
  }
  EXPECT_EQ(normal_distribution(-40.0), 0);
  EXPECT_EQ(normal_distribution(40.0), 1);
}

TEST(Gelu, HasItsDerivative) {
  for (const double z : {-5.0, -1.3, -0.2, 0.3, 0.9, 4.0}) {
    EXPECT_NEAR(gelu_derivative(z), central_difference([](double x) { return gelu(x); }, z), 1e-6);
  }
}

// T = −0.5 + |−2| = 1.5
constexpr SRelu<double> kSRelu = {-0.5, 0.25, -2, 3};

TEST(Srelu, HasThreePieces) {
  EXPECT_DOUBLE_EQ(srelu(kSRelu, -2.5), -0.5 + 0.25 * (-2.5 + 0.5));
  EXPECT_DOUBLE_EQ(srelu(kSRelu, 0.75), 0.75);
  EXPECT_DOUBLE_EQ(srelu(kSRelu, 2.5), 1.5 + 3 * (2.5 - 1.5));
  for (const double z : {-2.5, 0.75, 2.5}) {
    EXPECT_NEAR(srelu_derivative(kSRelu, z),
                central_difference([](double x) { return srelu(kSRelu, x); }, z), 1e-9);
  }
}

TEST(Srelu, HasDerivativesByWhatItLearns) {
  const std::vector<double SRelu<double>::*> values = {
      &SRelu<double>::t_left, &SRelu<double>::a_left, &SRelu<double>::t_right,
      &SRelu<double>::a_right};
  for (const double t_right : {-2.0, 2.0}) {
    for (const double z : {-2.5, 0.75, 2.5}) {
      SRelu<double> of = kSRelu;
      of.t_right = t_right;
      const SRelu<double> derivatives = srelu_parameter_derivatives(of, z);
      for (const auto value : values) {
        const auto changed = [&](double x) {
          SRelu<double> other = of;
          other.*value = x;
          return srelu(other, z);
        };
        EXPECT_NEAR(derivatives.*value, central_difference(changed, of.*value), 1e-9) << z;
      }
    }
  }
}

TEST(Srelu, OfNoWidthDoesNotMoveItsRightThreshold) {
  SRelu<double> of = kSRelu;
  of.t_right = 0;
  EXPECT_EQ(srelu_parameter_derivatives(of, 2.0).t_right, 0) << "|t| has no slope at 0";
}

TEST(LayerActivation, AlternatesTheSlopesOfAllRelu) {
  EXPECT_EQ(layer_activation(ActivationKind::kAllRelu, 0, 0.75).slope, -0.75F);
  EXPECT_EQ(layer_activation(ActivationKind::kAllRelu, 1, 0.75).slope, 0.75F);
  EXPECT_EQ(layer_activation(ActivationKind::kAllRelu, 2, 0.75).slope, -0.75F);
  EXPECT_EQ(layer_activation(ActivationKind::kRelu, 0, 0.75).slope, 0);
  EXPECT_EQ(layer_activation(ActivationKind::kLeakyRelu, 0, 0.75).slope, 0.75F);
}

TEST(LayerActivation, KeepsPreActivationsOnlyWhereASignDoesNotTellTheDerivative) {
  const auto keeps = [](ActivationKind kind, std::size_t layer) {
    return layer_activation(kind, layer, 0.3).needs_pre_activation();
  };
  EXPECT_FALSE(keeps(ActivationKind::kLeakyRelu, 0));
  EXPECT_FALSE(keeps(ActivationKind::kRelu, 0));
  EXPECT_TRUE(keeps(ActivationKind::kAllRelu, 0));
  EXPECT_FALSE(keeps(ActivationKind::kAllRelu, 1));
  EXPECT_TRUE(keeps(ActivationKind::kSRelu, 1));
  EXPECT_TRUE(keeps(ActivationKind::kGelu, 1));
}

TEST(Sloped, HasItsSlopeAtZero) {
  EXPECT_EQ(sloped(0.3, -2.0), 0.3 * -2.0);
  EXPECT_EQ(sloped(0.3, 2.0), 2.0);
  EXPECT_EQ(sloped_derivative(0.3, 0.0), 0.3);
  EXPECT_EQ(sloped_derivative(0.3, 1e-9), 1.0);
}

}  // namespace
}  // namespace regrow::step
