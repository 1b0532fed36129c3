// Every growth rule end to end, and that the same weights evolve alike on every device.
#include <gtest/gtest.h>

#include <string>

#include "regrow/policy.h"
#include "support/devices.h"
#include "support/temp_dir.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

std::vector<std::string> rule_names() {
  std::vector<std::string> names;
  for (const GrowthRule& rule : growth_rules()) names.emplace_back(rule.name);
  return names;
}

class GrowthRules : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  Config config(Method method = Method::kSet) const {
    Config config = small_config(std::get<0>(GetParam()), method);
    config.grow = std::get<1>(GetParam());
    config.epochs = 3;
    return config;
  }
};

TEST_P(GrowthRules, GrowAsManyAsPlanned) {
  const TempDir dir;
  for (const EpochRecord& record : whole_run(config(), dir.path() / "run")) {
    EXPECT_EQ(record.connections, 96U + 105U);
  }
  check_invariants(read_checkpoint(dir.path() / "run" / "last.safetensors").network);
}

TEST_P(GrowthRules, FreshWeightsAreNotZero) {
  const TempDir dir;
  Config fresh = config();
  fresh.grow_value = GrowValue::kFresh;
  fresh.epochs = 2;
  fresh.learning_rate = 1e-30;  // training changes nothing: what is zero was grown as zero
  const EpochRecord last = whole_run(fresh, dir.path() / "fresh").back();
  fresh.grow_value = GrowValue::kZero;
  // Grown with value zero, a weight has by now one step of 1e-30 and a sign, or none.
  const NetworkState fresh_network =
      read_checkpoint(dir.path() / "fresh" / "last.safetensors").network;
  for (const double weight : fresh_network.layers[0].weights) {
    EXPECT_GT(std::abs(weight), 1e-20);
  }
  whole_run(fresh, dir.path() / "zero");
  const NetworkState zero_network =
      read_checkpoint(dir.path() / "zero" / "last.safetensors").network;
  std::size_t tiny = 0;
  for (const double weight : zero_network.layers[0].weights) {
    tiny += std::abs(weight) < 1e-20 ? 1U : 0U;
  }
  EXPECT_EQ(tiny, 30U) << "as many as were grown";
  EXPECT_EQ(last.layers[0].connections, 96U);
}

INSTANTIATE_TEST_SUITE_P(All, GrowthRules,
                         testing::Combine(testing::ValuesIn(kTestDevices),
                                          testing::ValuesIn(rule_names())),
                         [](const auto& test) {
                           return test_name(std::get<0>(test.param)) + "_" +
                                  std::get<1>(test.param);
                         });

TEST(GrowthRulesDiffer, EachLeavesAnotherTopology) {
  const TempDir dir;
  std::vector<std::vector<std::uint64_t>> cells;
  for (const std::string& rule : rule_names()) {
    Config config = small_config("reference", Method::kSet);
    config.grow = rule;
    config.epochs = 2;
    whole_run(config, dir.path() / rule);
    cells.push_back(
        read_checkpoint(dir.path() / rule / "last.safetensors").network.layers[0].cells);
  }
  for (std::size_t a = 0; a < cells.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(cells[a], cells[b]);
  }
}

TEST(EveryDevice, GrowsTheSameCells) {
  // One epoch of training differs by rounding only, so with these margins the drop agrees, and then
  // the growth must.
  const TempDir dir;
  std::vector<std::vector<std::uint64_t>> cells;
  for (const std::string& device : kTestDevices) {
    Config config = small_config(device, Method::kSet);
    config.grow = "most_neighbours";
    config.epochs = 2;
    whole_run(config, dir.path() / device);
    cells.push_back(
        read_checkpoint(dir.path() / device / "last.safetensors").network.layers[1].cells);
  }
  for (const auto& other : cells) EXPECT_EQ(other, cells.front());
}

}  // namespace
}  // namespace regrow::tests
