// Ten training steps with everything switched on (sparse layers, sample order of three epochs,
// augmentation, dropout, momentum, weight decay), against golden_curve.py in this folder, which
// computes the same curve with numpy from nothing but the formulas. A change of these numbers is a
// change of what the program computes.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "reference/reference_backend.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

constexpr std::array<double, 10> kLossSums = {
    10.180553907182558, 9.053653104910982, 7.697491634582437, 8.946514489480517, 8.137343784142832,
    7.487744415268693,  7.506241599275365, 6.283077270290551, 5.712848596742017, 5.008548955984280};
// The two sum in different orders: sums of a hundred terms near 1 in double, ten steps.
constexpr double kTolerance = 1e-12;

TEST(GoldenCurve, EqualsTheIndependentComputation) {
  BackendOptions options;
  options.seed = 9;
  options.batch_size = 8;
  options.optimiser.momentum = 0.9;
  options.optimiser.weight_decay = 0.01;
  options.dropout = 0.3;
  options.augmentation.enabled = true;
  const auto backend = make_reference_backend(options);
  backend->attach(tests::shared_tiny_dataset());
  backend->load(tests::tiny_network(1, {48, 10, 8, 3}));
  std::uint32_t step = 0;
  for (const std::uint32_t count : {4U, 4U, 2U}) {  // an epoch is four steps
    const StepRange range{.first = step, .count = count, .steps_per_epoch = 4};
    for (const LossSums& sums : backend->train(range, std::vector<float>(count, 0.05F))) {
      EXPECT_NEAR(sums.loss, kLossSums.at(step), kTolerance) << "step " << step;
      ++step;
    }
  }
}

}  // namespace
}  // namespace regrow
