// Networks in another precision, and what tells networks apart.
#include <gtest/gtest.h>

#include <limits>

#include "regrow/network_state.h"

namespace regrow {
namespace {

NetworkState small_network(Precision precision) {
  LayerState layer;
  layer.inputs = 2;
  layer.outputs = 2;
  layer.kind = LayerKind::kSparse;
  layer.cells = {0, 3};
  layer.weights = {{0.1, -1e-60}, {{1e-300, 0}}};
  layer.biases = {{1.0 / 3, -0.0}, {{2, -0.7}}};
  return {precision, {layer}};
}

TEST(Convert, RoundsToTheLowerPrecisionAndKeepsEverySign) {
  NetworkState network = small_network(Precision::kFloat64);
  convert(network, Precision::kFloat32);
  constexpr double kLeast = std::numeric_limits<float>::min();
  const LayerState& layer = network.layers[0];
  EXPECT_EQ(network.precision, Precision::kFloat32);
  EXPECT_EQ(layer.weights.values, (std::vector<double>{double{0.1F}, -kLeast}));
  EXPECT_EQ(layer.weights.slots[0], (std::vector<double>{kLeast, 0}));
  EXPECT_EQ(layer.biases.values[0], double{1.0F / 3});
  EXPECT_EQ(layer.biases.slots[0], (std::vector<double>{2, double{-0.7F}}));
}

TEST(Convert, ToTheHigherPrecisionOrTheSameChangesNoNumber) {
  for (const auto& [from, to] : {std::pair(Precision::kFloat32, Precision::kFloat64),
                                 std::pair(Precision::kFloat64, Precision::kFloat64)}) {
    NetworkState network = small_network(from);
    convert(network, to);
    EXPECT_EQ(network, small_network(to));
  }
}

TEST(NetworkDigest, TellsApartWhateverANetworkComputesWith) {
  const NetworkState network = small_network(Precision::kFloat64);
  const std::string digest = digest_of(network);
  EXPECT_EQ(digest.size(), 32U);
  EXPECT_EQ(digest_of(small_network(Precision::kFloat64)), digest);
  NetworkState other = network;
  other.layers[0].weights.values[1] = -2e-60;
  EXPECT_NE(digest_of(other), digest);
  other = network;
  other.layers[0].cells[1] = 2;
  EXPECT_NE(digest_of(other), digest);
  other = network;
  other.layers[0].biases.values[1] = 0.5;
  EXPECT_NE(digest_of(other), digest);
  other = network;
  other.layers[0].weights.slots[0][1] = 5;
  EXPECT_EQ(digest_of(other), digest) << "a run starts without momentum";
  other = network;
  other.layers[0].activation_parameters = {{{0.5}, {{0}}}};
  EXPECT_NE(digest_of(other), digest);
}

}  // namespace
}  // namespace regrow
