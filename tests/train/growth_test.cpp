// Every growth rule end to end, and that the same weights evolve alike on every device.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/devices.h"
#include "support/evolutions.h"
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
    config.grow = rule_of(std::get<1>(GetParam()));
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
  if (config().grow.by_gradient) GTEST_SKIP() << "what it brings back at once keeps its weight";
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
  for (const double weight : fresh_network.layers[0].weights.values) {
    EXPECT_GT(std::abs(weight), 1e-20);
  }
  const std::uint64_t grown = whole_run(fresh, dir.path() / "zero").front().layers[0].grown;
  const NetworkState zero_network =
      read_checkpoint(dir.path() / "zero" / "last.safetensors").network;
  std::size_t tiny = 0;
  for (const double weight : zero_network.layers[0].weights.values) {
    tiny += std::abs(weight) < 1e-20 ? 1U : 0U;
  }
  EXPECT_GT(grown, 0U);
  EXPECT_EQ(tiny, grown);
  EXPECT_EQ(last.layers[0].connections, 96U);
}

INSTANTIATE_TEST_SUITE_P(All, GrowthRules,
                         testing::Combine(testing::ValuesIn(kTestDevices),
                                          testing::ValuesIn(rule_names())),
                         [](const auto& test) {
                           return test_name(std::get<0>(test.param)) + "_" +
                                  std::get<1>(test.param);
                         });

/// Whether two rules rank the cells of a layer of small_config() alike: there the image is one line
/// of pixels, so that a cell has at most two neighbours in it.
bool rank_alike(const GrowthRule& a, const GrowthRule& b) {
  if (a.ignores_neighbours() && b.ignores_neighbours()) return true;
  if (a.in_image != b.in_image) return false;
  const auto sign_of = [](int difference) { return (difference > 0) - (difference < 0); };
  const std::size_t most = a.in_image ? 2 : 8;
  for (std::size_t i = 0; i <= most; ++i) {
    for (std::size_t j = 0; j <= most; ++j) {
      if (sign_of(a.rank_of_count[i] - a.rank_of_count[j]) !=
          sign_of(b.rank_of_count[i] - b.rank_of_count[j])) {
        return false;
      }
    }
    if ((a.rank_of_count[i] == GrowthRule::kNotEligible) !=
        (b.rank_of_count[i] == GrowthRule::kNotEligible)) {
      return false;
    }
  }
  return true;
}

TEST(GrowthRulesDiffer, EachLeavesAnotherTopology) {
  const TempDir dir;
  std::vector<std::vector<std::uint64_t>> cells;
  for (const std::string& rule : rule_names()) {
    Config config = small_config("reference", Method::kSet);
    config.grow = rule_of(rule);
    config.epochs = 2;
    whole_run(config, dir.path() / rule);
    cells.push_back(
        read_checkpoint(dir.path() / rule / "last.safetensors").network.layers[0].cells);
  }
  const auto rules = growth_rules();
  for (std::size_t a = 0; a < cells.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      if (!rank_alike(rules[a], rules[b])) {
        EXPECT_NE(cells[a], cells[b]) << rules[a].name << " and " << rules[b].name;
      }
    }
  }
}

TEST(EveryDevice, GrowsTheSameCells) {
  // One epoch of training differs by rounding only, so with these margins the drop agrees, and then
  // the growth must.
  const TempDir dir;
  for (const std::string& rule : rule_names()) {
    std::vector<NetworkState> networks;
    for (const std::string& device : kTestDevices) {
      Config config = small_config(device, Method::kSet);
      config.grow = rule_of(rule);
      config.epochs = 2;
      const std::filesystem::path run = dir.path() / (rule + test_name(device));
      whole_run(config, run);
      networks.push_back(read_checkpoint(run / "last.safetensors").network);
    }
    for (const NetworkState& other : networks) {
      for (std::size_t l = 0; l < other.layers.size(); ++l) {
        EXPECT_EQ(other.layers[l].cells, networks.front().layers[l].cells) << rule;
      }
    }
  }
}

}  // namespace
}  // namespace regrow::tests
