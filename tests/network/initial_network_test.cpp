// The untrained network: counts, cells and weights as the configuration asks.
#include "regrow/initial_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "network/erdos_renyi.h"
#include "network/initial_connections.h"
#include "regrow/error.h"

namespace regrow {
namespace {

/// All that a network is made of, but for the data's size.
struct Given : NetworkConfig {
  std::uint64_t seed = 0;
  bool is_dense = false;
  std::size_t slots = 1;
};

NetworkState initial_network(const Given& given, std::uint32_t features, std::uint32_t classes,
                             std::vector<std::string>* warnings = nullptr) {
  const NetworkStart start = {.seed = given.seed,
                              .is_dense = given.is_dense,
                              .features = features,
                              .classes = classes,
                              .slots = given.slots};
  return regrow::initial_network(given, start, warnings);
}

Given small_config() {
  Given config;
  config.hidden = {60, 40};
  config.epsilon = 5;
  config.seed = 1;
  return config;
}

TEST(ErdosRenyi, ExactCountsAreThePapersExpectedOnes) {
  const auto count = [](std::uint32_t layer, std::uint32_t inputs, std::uint32_t outputs) {
    return erdos_renyi_count(SparseInit::kExact, 20, 0, layer, inputs, outputs);
  };
  EXPECT_EQ(count(0, 3072, 4000), 141440U);
  EXPECT_EQ(count(1, 4000, 1000), 100000U);
  EXPECT_EQ(count(2, 1000, 4000), 100000U);
}

TEST(ErdosRenyi, ExactCountsAreRoundedToTheNearest) {
  const auto count = [](double epsilon, std::uint32_t inputs, std::uint32_t outputs) {
    return erdos_renyi_count(SparseInit::kExact, epsilon, 0, 0, inputs, outputs);
  };
  EXPECT_EQ(count(2.46, 7, 8), 37U);  // 36.9
  EXPECT_EQ(count(2.41, 7, 8), 36U);  // 36.15
  EXPECT_EQ(count(0.1, 7, 8), 2U);    // 1.5
  EXPECT_EQ(count(1.75, 9, 9), 32U);  // 31.5
  EXPECT_EQ(count(0.03, 5, 6), 0U);   // 0.33
  EXPECT_EQ(count(0.05, 5, 6), 1U);   // 0.55
}

TEST(ErdosRenyi, BernoulliTotalsHaveThePapersMeanAndDeviation) {
  constexpr int kSeeds = 300;
  double sum = 0;
  double squares = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto count = [seed](std::uint32_t layer, std::uint32_t inputs, std::uint32_t outputs) {
      return static_cast<double>(
          erdos_renyi_count(SparseInit::kBernoulli, 20, seed, layer, inputs, outputs));
    };
    const double deviate =
        (count(0, 3072, 4000) + count(1, 4000, 1000) + count(2, 1000, 4000) - 341440) / 579;
    sum += deviate;
    squares += deviate * deviate;
  }
  EXPECT_NEAR(sum / kSeeds, 0, 3.3 / std::sqrt(kSeeds));
  EXPECT_NEAR(squares / kSeeds, 1, 3.3 * std::sqrt(2.0 / kSeeds));
}

TEST(ErdosRenyi, FullWhereTheFormulaReachesOne) {
  EXPECT_EQ(erdos_renyi_count(SparseInit::kBernoulli, 20, 0, 0, 10, 30), 300U);
  EXPECT_EQ(erdos_renyi_count(SparseInit::kExact, 20, 0, 0, 40, 40), 1600U);
  EXPECT_LT(erdos_renyi_count(SparseInit::kExact, 20, 0, 0, 41, 40), 1640U);
}

TEST(InitialNetwork, KeepsEveryInvariantSparseAndDenseUnderEveryInit) {
  for (const bool is_dense : {false, true}) {
    for (const SparseInit init : {SparseInit::kBernoulli, SparseInit::kExact}) {
      Given config = small_config();
      config.is_dense = is_dense;
      config.sparse_init = init;
      const NetworkState network = initial_network(config, 50, 7);
      EXPECT_NO_THROW(check_invariants(network));
      ASSERT_EQ(network.layers.size(), 3U);
      for (const LayerState& layer : network.layers) {
        EXPECT_EQ(layer.budget, layer.connections());
        for (const double bias : layer.biases.values) EXPECT_EQ(bias, 0);
        for (const double v : layer.weights.slots[0]) EXPECT_EQ(v, 0);
      }
      EXPECT_EQ(network.layers[0].kind, is_dense ? LayerKind::kDense : LayerKind::kSparse);
      EXPECT_EQ(network.layers[2].kind, LayerKind::kDense);
      EXPECT_EQ(network.layers[2].connections(), 40U * 7U);
      if (is_dense) {
        EXPECT_EQ(network.layers[0].budget, 50U * 60U);
      } else if (init == SparseInit::kExact) {
        EXPECT_EQ(network.layers[0].budget, 5U * (50U + 60U));
        EXPECT_EQ(network.layers[1].budget, 5U * (60U + 40U));
      }
    }
  }
}

TEST(InitialNetwork, SReluStartsAsTheKerasContributionDoes) {
  Given config = small_config();
  config.activation = {ActivationKind::kSRelu, ActivationKind::kRelu};
  config.slots = 2;
  config.hidden = {4000, 40};
  const NetworkState network = initial_network(config, 50, 7);
  check_invariants(network);
  const std::vector<Parameter>& learned = network.layers[0].activation_parameters;
  ASSERT_EQ(learned.size(), 4U);
  EXPECT_TRUE(network.layers[1].activation_parameters.empty());
  EXPECT_EQ(learned[0], Parameter(std::vector<double>(4000, 0.0), 2));  // t_left
  EXPECT_EQ(learned[3], Parameter(std::vector<double>(4000, 1.0), 2));  // a_right
  // Uniform in [0, limit): mean and extremes of 4,000 draws; the mean's deviation is
  // limit/√(12·4000).
  const auto expect_uniform = [](const std::vector<double>& values, double limit) {
    double sum = 0;
    for (const double value : values) sum += value;
    EXPECT_NEAR(sum / 4000, limit / 2, 3.3 * limit / std::sqrt(12.0 * 4000));
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    EXPECT_GE(*least, 0);
    EXPECT_LT(*least, 0.01 * limit);
    EXPECT_LT(*most, limit);
    EXPECT_GT(*most, 0.99 * limit);
  };
  expect_uniform(learned[1].values, 1);  // a_left
  expect_uniform(learned[2].values, 5);  // t_right
  EXPECT_EQ(network, initial_network(config, 50, 7));
  config.seed = 2;
  EXPECT_NE(initial_network(config, 50, 7).layers[0].activation_parameters, learned);
}

TEST(InitialNetwork, TakesOneActivationForAllOrOneForEach) {
  Given config = small_config();
  config.activation = {ActivationKind::kGelu, ActivationKind::kRelu, ActivationKind::kRelu};
  try {
    initial_network(config, 50, 7);
    ADD_FAILURE() << "three activations for two layers";
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string(error.what()),
              "activation: 3 for 2 hidden layers; give one for all, or one per layer");
  }
  config.activation = {ActivationKind::kGelu};
  EXPECT_EQ(initial_network(config, 50, 7).layers[1].activation, ActivationKind::kGelu);
}

TEST(InitialNetwork, IsAFunctionOfTheSeed) {
  Given config = small_config();
  const NetworkState network = initial_network(config, 50, 7);
  EXPECT_EQ(network, initial_network(config, 50, 7));
  config.seed = 2;
  const NetworkState other = initial_network(config, 50, 7);
  EXPECT_NE(network.layers[0].cells, other.layers[0].cells);
  EXPECT_NE(network.layers[2].weights, other.layers[2].weights);
}

TEST(InitialNetwork, LayersOfOneShapeDiffer) {
  Given config = small_config();
  config.hidden = {50, 50};
  const NetworkState network = initial_network(config, 50, 7);
  EXPECT_NE(network.layers[0].cells, network.layers[1].cells);
}

// A weight belongs to its cell: the same seed gives it whatever other cells there are.
TEST(InitialNetwork, WeightsBelongToTheirCells) {
  Given config = small_config();
  config.weight_init = WeightInit::kGlorotDense;
  const LayerState sparse = initial_network(config, 50, 7).layers[0];
  config.is_dense = true;
  const LayerState dense = initial_network(config, 50, 7).layers[0];
  for (std::size_t i = 0; i < sparse.cells.size(); ++i) {
    EXPECT_EQ(sparse.weights.values[i], dense.weights.values[sparse.cells[i]]);
  }
}

// Weights of a row, scaled by √(fan-in), have variance 1 (lecun) or 2 (he).
TEST(InitialNetwork, WeightsFollowTheFanInOfTheirOwnRow) {
  for (const bool is_dense : {false, true}) {
    for (const WeightInit init : {WeightInit::kLecunSparse, WeightInit::kHeSparse}) {
      Given config = small_config();
      config.hidden = {400, 100};
      config.is_dense = is_dense;
      config.weight_init = init;
      const LayerState layer = initial_network(config, 300, 7).layers[0];
      std::vector<std::uint64_t> fan_in(layer.outputs, is_dense ? 300 : 0);
      for (const std::uint64_t cell : layer.cells) ++fan_in[cell / 300];
      double sum = 0;
      for (std::size_t i = 0; i < layer.weights.size(); ++i) {
        const std::uint64_t row = (layer.cells.empty() ? i : layer.cells[i]) / 300;
        const double limit = init_limit(init, 300, 400, fan_in[row]);
        ASSERT_LE(std::abs(layer.weights.values[i]), limit);
        sum += layer.weights.values[i] * layer.weights.values[i] * static_cast<double>(fan_in[row]);
      }
      const auto count = static_cast<double>(layer.weights.size());
      const double variance = init == WeightInit::kHeSparse ? 2 : 1;
      EXPECT_NEAR(sum / count / variance, 1, 3.3 * std::sqrt(0.8 / count));
    }
  }
}

TEST(InitialNetwork, TakesExplicitCountsUpToAllCells) {
  Given config = small_config();
  config.connections = {0, 60 * 40};
  const NetworkState network = initial_network(config, 50, 7);
  EXPECT_NO_THROW(check_invariants(network));
  EXPECT_EQ(network.layers[0].budget, 0U);
  EXPECT_EQ(network.layers[1].connections(), 60U * 40U);
  EXPECT_EQ(network.layers[1].kind, LayerKind::kSparse);
}

TEST(InitialNetwork, RefusesMoreConnectionsThanCellsByName) {
  Given config = small_config();
  config.connections = {100, 60 * 40 + 1};
  try {
    initial_network(config, 50, 7);
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string(error.what()),
              "connections: 2401 for layer 1, which has 2400 cells (60 inputs x 40 outputs); "
              "give a number from 0 to 2400");
  }
  config.connections = {100};
  EXPECT_THROW(initial_network(config, 50, 7), UsageError);
}

TEST(InitialNetwork, WarnsOfLayersThatEpsilonFills) {
  Given config = small_config();
  config.epsilon = 26;  // layer 0: 26·110 < 3000 cells; layer 1: 26·100 > 2400 cells
  std::vector<std::string> warnings;
  const NetworkState network = initial_network(config, 50, 7, &warnings);
  EXPECT_EQ(network.layers[1].connections(), 60U * 40U);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("layer 1"), std::string::npos);
  config.epsilon = 24;  // exactly full: as asked, no warning
  warnings.clear();
  EXPECT_EQ(initial_network(config, 50, 7, &warnings).layers[1].connections(), 60U * 40U);
  EXPECT_TRUE(warnings.empty());
}

// Each cell is a connection equally often, over many seeds.
TEST(InitialNetwork, EveryCellIsAConnectionEquallyOften) {
  Given config = small_config();
  config.hidden = {10};
  config.connections = {20};
  constexpr int kSeeds = 4000;
  std::vector<double> hits(100, 0.0);
  for (int seed = 0; seed < kSeeds; ++seed) {
    config.seed = seed;
    const NetworkState network = initial_network(config, 10, 2);
    for (const std::uint64_t cell : network.layers[0].cells) hits[cell] += 1;
  }
  const double mean = kSeeds * 0.2;
  double sum = 0;
  for (const double hit : hits) sum += (hit - mean) * (hit - mean) / (mean * 0.8) * 0.99;
  EXPECT_LT(sum, 148.23);  // chi-square, 99 degrees of freedom, level 0.001
}

TEST(InitialConnections, OfADensityAreThatShareOfTheCellsRounded) {
  Given config;
  const auto of = [&](double density, std::uint32_t inputs, std::uint32_t outputs) {
    config.density = density;
    return initial_connections(config, 0, 0, {inputs, outputs});
  };
  EXPECT_EQ(of(0.25, 50, 60), 750U);
  EXPECT_EQ(of(1, 50, 60), 3000U);
  EXPECT_EQ(of(0.0005, 50, 60), 2U);  // 1.5
  EXPECT_EQ(of(0.0001, 50, 60), 0U);  // 0.3
  EXPECT_EQ(of(0.1, 16777216, 16777216), 28147497671066U);
}

TEST(InitialConnections, OfADensityAreTheNetworksWithoutAWarning) {
  Given config;
  config.hidden = {60, 40};
  config.density = 1;
  config.sparse_init = SparseInit::kBernoulli;  // of no matter here
  std::vector<std::string> warnings;
  const NetworkState network = initial_network(config, 50, 7, &warnings);
  EXPECT_EQ(network.layers[0].connections(), 3000U);
  EXPECT_EQ(network.layers[1].connections(), 2400U);
  EXPECT_EQ(network.layers[1].budget, 2400U);
  EXPECT_TRUE(warnings.empty());
  config.connections = {5, 6};
  EXPECT_EQ(initial_network(config, 50, 7).layers[1].connections(), 6U);
}

}  // namespace
}  // namespace regrow
