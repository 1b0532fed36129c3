// Every invariant of a network is checked: each test breaks one of a sound network.
#include "regrow/network_state.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "regrow/error.h"

namespace regrow {
namespace {

NetworkState sound_network() {
  LayerState hidden;
  hidden.inputs = 3;
  hidden.outputs = 2;
  hidden.kind = LayerKind::kSparse;
  hidden.budget = 3;
  hidden.cells = {0, 2, 5};
  hidden.weights = Parameter({0.5, -0.5, 0.25}, 1);
  hidden.biases = Parameter({0, 0}, 1);
  LayerState output;
  output.inputs = 2;
  output.outputs = 2;
  output.budget = 4;
  output.weights = Parameter({1, 2, 3, 4}, 1);
  output.biases = Parameter({0, 0}, 1);
  return {Precision::kFloat32, {hidden, output}};
}

TEST(NetworkState, CountsTheHiddenLayersOnly) {
  EXPECT_EQ(hidden_connections(sound_network()), 3U);
}

TEST(NetworkState, NumbersCellsRowByRow) { EXPECT_EQ(cell_index(1, 2, 3), 5U); }

TEST(NetworkState, SoundNetworkPasses) { EXPECT_NO_THROW(check_invariants(sound_network())); }

TEST(BrokenInvariant, SaysWhatIsWrongThenWhereInTheSource) {
  try {
    REGROW_CHECK(1 > 2, "layer 0 is odd");
    FAIL() << "passed";
  } catch (const BrokenInvariant& error) {
    EXPECT_EQ(error.message(), "layer 0 is odd");
    const std::string text = error.what();
    EXPECT_EQ(text.rfind("layer 0 is odd [1 > 2 at tests/network/network_state_test.cpp:", 0), 0U)
        << "no folder above the project's: " << text;
  }
}

TEST(NetworkState, MadeSparseHasEveryCellOfItsDenseHiddenLayers) {
  NetworkState network = sound_network();
  LayerState& dense = network.layers.front();
  dense.kind = LayerKind::kDense;
  dense.cells.clear();
  dense.weights = Parameter({1, 0, -3, 4, 5, -0.0}, 1);
  NetworkState expected = network;
  expected.layers.front().kind = LayerKind::kSparse;
  expected.layers.front().cells = {0, 1, 2, 3, 4, 5};
  make_hidden_layers_sparse(network);
  EXPECT_EQ(network, expected) << "the output layer stays dense";
  EXPECT_NO_THROW(check_invariants(network));
  NetworkState sparse = sound_network();
  make_hidden_layers_sparse(sparse);
  EXPECT_EQ(sparse, sound_network());
}

struct Defect {
  std::string names;  // what the message must name
  std::function<void(NetworkState&)> inflict;
};

TEST(NetworkState, EveryDefectIsFoundAndNamesItsLayer) {
  const std::vector<Defect> defects = {
      {"layer 0",
       [](NetworkState& n) {
         n.layers[0].cells = {2, 0, 5};
       }},
      {"layer 0",
       [](NetworkState& n) {
         n.layers[0].cells = {0, 2, 2};
       }},
      {"layer 0",
       [](NetworkState& n) {
         n.layers[0].cells = {0, 2, 6};
       }},
      {"layer 0",
       [](NetworkState& n) {
         n.layers[0].cells = {0, 2};
       }},
      {"layer 0", [](NetworkState& n) { n.layers[0].weights.values.pop_back(); }},
      {"layer 0", [](NetworkState& n) { n.layers[0].weights.slots[0].pop_back(); }},
      {"layer 0", [](NetworkState& n) { n.layers[0].biases.values.push_back(0); }},
      {"layer 0", [](NetworkState& n) { n.layers[0].biases.slots[0].clear(); }},
      {"layer 1", [](NetworkState& n) { n.layers[1].cells = {0}; }},
      {"layer 1",
       [](NetworkState& n) {
         n.layers[1].weights = Parameter({1, 2, 3}, 1);
       }},
      {"layer 1",
       [](NetworkState& n) {
         n.layers[0].outputs = 3, n.layers[0].biases = Parameter({0, 0, 0}, 1);
       }},
      {"layer 0", [](NetworkState& n) { n.layers[0].inputs = 0; }},
      {"layer 0", [](NetworkState& n) { n.layers[0].biases.slots.clear(); }},
      {"layer 1",
       [](NetworkState& n) {
         n.layers[1].weights.slots.push_back({0, 0, 0, 0});
       }},
      {"layer 0", [](NetworkState& n) { n.layers[0].activation = ActivationKind::kSRelu; }},
      {"layer 0", [](NetworkState& n) { n.layers[0].activation_parameters.emplace_back(); }},
      {"output layer", [](NetworkState& n) { n.layers.pop_back(); }},
      {"output layer", [](NetworkState& n) { n.layers.clear(); }},
  };
  for (std::size_t i = 0; i < defects.size(); ++i) {
    NetworkState network = sound_network();
    defects[i].inflict(network);
    try {
      check_invariants(network);
      ADD_FAILURE() << "defect " << i << " was not found";
    } catch (const std::logic_error& error) {
      EXPECT_NE(std::string(error.what()).find(defects[i].names), std::string::npos)
          << "defect " << i << ": " << error.what();
    }
  }
}

}  // namespace
}  // namespace regrow
