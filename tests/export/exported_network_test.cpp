// What other programs are given of a network: the numbers, before any format.
#include "export/exported_network.h"

#include <gtest/gtest.h>

#include <cmath>

#include "export/made_network.h"
#include "export/metadata.h"
#include "regrow/error.h"

namespace regrow::tests {
namespace {

using Floats = std::vector<float>;

std::string refusal_of(const Checkpoint& checkpoint, bool folds) {
  try {
    exported_network(checkpoint, folds);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ExportedNetwork, FoldsTheStandardisationIntoTheFirstLayer) {
  const ExportedNetwork network = made_network();
  EXPECT_FALSE(network.standardisation);
  EXPECT_EQ(network.layers[0].weights, (Floats{0.5F, 0, -0.5F, 8}));
  // 0.5 − 0.5·10,  1,  −1 + 0.5·1 − 8·0.5
  EXPECT_EQ(network.layers[0].biases, (Floats{-4.5F, 1, -4.5F}));
  EXPECT_EQ(network.layers[1].weights, (Floats{0.25F, -3})) << "the others stay";
  EXPECT_EQ(network.layers[1].biases, (Floats{0, 2}));
}

TEST(ExportedNetwork, FoldsInDouble) {
  Checkpoint checkpoint = made_checkpoint({ActivationKind::kRelu, ActivationKind::kRelu});
  checkpoint.standardisation.mean = {1e9, 1e9, 0, 0};
  checkpoint.standardisation.deviation = {1, 1, 3, 1};
  LayerState& layer = checkpoint.network.layers[0];
  layer.cells = {0, 1, 2, 8};
  layer.weights.values = {1, -1, 1, 1};
  const ExportedNetwork network = exported_network(checkpoint, true);
  EXPECT_EQ(network.layers[0].biases[0], 0.5F) << "floats would have lost it beside 1e9";
  EXPECT_EQ(network.layers[0].weights[2], static_cast<float>(1.0 / 3));
}

TEST(ExportedNetwork, FoldsIntoADenseLayer) {
  Checkpoint checkpoint = made_checkpoint({ActivationKind::kRelu, ActivationKind::kRelu});
  LayerState& layer = checkpoint.network.layers[0];
  layer.kind = LayerKind::kDense;
  layer.cells.clear();
  layer.weights.values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const ExportedNetwork network = exported_network(checkpoint, true);
  EXPECT_EQ(network.layers[0].weights,
            (Floats{0.5F, 0.5F, 0, 8, 2.5F, 1.5F, 0, 16, 4.5F, 2.5F, 0, 24}));
  EXPECT_EQ(network.layers[0].biases[2], -1 - 45 - 2.5F - 12);
}

TEST(ExportedNetwork, OutputsAreInTheUnitsOfTheTargets) {
  Checkpoint checkpoint = made_checkpoint({ActivationKind::kRelu, ActivationKind::kRelu});
  checkpoint.target_scale = {.mean = {100, -7}, .deviation = {10, 0.5}};
  for (const bool folds : {true, false}) {
    const ExportedNetwork network = exported_network(checkpoint, folds);
    EXPECT_EQ(network.layers[2].weights, (Floats{10, 20, 1.5F, 2}));
    EXPECT_EQ(network.layers[2].biases, (Floats{95, -6.75F}));
    EXPECT_EQ(network.layers[1].weights, (Floats{0.25F, -3})) << "of the last layer alone";
  }
}

TEST(ExportedNetwork, AConstantFeatureHasWeightsOfZeroAndChangesNoBias) {
  Checkpoint checkpoint = made_checkpoint({ActivationKind::kRelu, ActivationKind::kRelu});
  const Floats biases = exported_network(checkpoint, true).layers[0].biases;
  checkpoint.standardisation.mean[2] = 1e300;
  const ExportedNetwork network = exported_network(checkpoint, true);
  EXPECT_EQ(network.layers[0].weights[1], 0);
  EXPECT_EQ(network.layers[0].biases, biases);
  EXPECT_EQ(network.layers[0].cells[1], 2U) << "still a connection";
}

TEST(ExportedNetwork, KeepsTheStandardisationWhereItIsNotFolded) {
  const Checkpoint checkpoint = made_checkpoint({ActivationKind::kRelu, ActivationKind::kRelu});
  const ExportedNetwork network = exported_network(checkpoint, false);
  EXPECT_EQ(network.standardisation, checkpoint.standardisation);
  EXPECT_EQ(network.layers[0].weights, (Floats{1, 5, -2, 4}));
  EXPECT_EQ(network.layers[0].biases, (Floats{0.5F, 1, -1}));
}

TEST(ExportedNetwork, SlopesOfAllReluAlternate) {
  const auto kind = ActivationKind::kAllRelu;
  const ExportedNetwork network = exported_network(made_checkpoint({kind, kind}), true);
  EXPECT_EQ(network.layers[0].activation->formula.slope, -0.25F);
  EXPECT_EQ(network.layers[1].activation->formula.slope, 0.25F);
  EXPECT_FALSE(network.layers[2].activation) << "outputs have none";
}

TEST(ExportedNetwork, HasWhatActivationsLearn) {
  const ExportedNetwork network =
      exported_network(made_checkpoint({ActivationKind::kSRelu, ActivationKind::kLeakyRelu}), true);
  const std::vector<Floats> learned = {{0, -0.5F, -1}, {1, 0.5F, 0}, {2, 1.5F, 1}, {3, 2.5F, 2}};
  EXPECT_EQ(network.layers[0].activation->learned, learned);
  EXPECT_TRUE(network.layers[1].activation->learned.empty());
}

TEST(ExportedNetwork, RefusesWhatIsBeyondFloats) {
  Checkpoint checkpoint = made_checkpoint({ActivationKind::kSRelu, ActivationKind::kRelu});
  EXPECT_EQ(refusal_of(checkpoint, true), "");
  checkpoint.standardisation.deviation[1] = 1e-39;
  EXPECT_EQ(refusal_of(checkpoint, true),
            "layer 0 would have the weight -2e+39, which is beyond 32-bit floats; keep the "
            "standardisation apart with --fold false");
  EXPECT_EQ(refusal_of(checkpoint, false), "");
  checkpoint.network.layers[1].biases.values[0] = 1e300;
  EXPECT_EQ(refusal_of(checkpoint, false),
            "layer 1 would have the bias 1e+300, which is beyond 32-bit floats; give another "
            "checkpoint");
  checkpoint.network.layers[0].activation_parameters[2].values[1] = -1e39;
  EXPECT_EQ(refusal_of(checkpoint, false),
            "layer 0 would have the t_right -1e+39, which is beyond 32-bit floats; give another "
            "checkpoint");
}

TEST(ExportedNetwork, SaysWhatItsOutputsAre) {
  Checkpoint checkpoint = made_checkpoint({ActivationKind::kRelu, ActivationKind::kRelu});
  checkpoint.config.input_order = InputOrder::kChw;
  EXPECT_EQ(exported_network(checkpoint, true).prediction, Prediction::kProbabilities);
  const Metadata metadata = metadata_of(exported_network(checkpoint, true));
  EXPECT_EQ(metadata.at("predicts"), "probabilities");
  EXPECT_EQ(metadata.at("class_names"), R"(["first","second"])");
  EXPECT_EQ(metadata.at("image_shape"), R"({"height":2,"width":2,"channels":1})");
  EXPECT_EQ(metadata.at("input_order"), "chw");
  EXPECT_EQ(metadata.at("activations"), R"(["relu","relu"])");
  EXPECT_EQ(metadata.at("dataset"), "mine.csv");
  EXPECT_FALSE(metadata.contains("columns")) << "of an image";
  EXPECT_EQ(metadata.at("standardisation"), "folded");
  EXPECT_EQ(metadata_of(exported_network(checkpoint, false)).at("standardisation"), "kept");
  checkpoint.config.loss = LossKind::kMse;
  EXPECT_EQ(metadata_of(exported_network(checkpoint, true)).at("predicts"), "classes");
  checkpoint.config.synthetic_kind = SyntheticKind::kRegression;
  EXPECT_EQ(metadata_of(exported_network(checkpoint, true)).at("predicts"), "numbers");
}

TEST(ExportedNetwork, KnowsTheColumnsOfATable) {
  Checkpoint checkpoint = made_checkpoint({ActivationKind::kRelu, ActivationKind::kRelu});
  checkpoint.schema.columns = {{"age"}, {"colour", {"red", "blue"}}, {"3"}};
  EXPECT_EQ(metadata_of(exported_network(checkpoint, true)).at("columns"),
            R"([{"name":"age"},{"name":"colour","categories":["red","blue"]},{"name":"3"}])");
}

TEST(ExportedNetwork, NamesThatAreNoUtf8AreMended) {
  ExportedNetwork network = made_network();
  network.class_names = {"\xff", "Bäume"};
  EXPECT_EQ(metadata_of(network).at("class_names"), "[\"\uFFFD\",\"Bäume\"]");
}

TEST(ExportedNetwork, KnowsItsDenseWeightsAndTheirSize) {
  const ExportedNetwork network = made_network(false);
  EXPECT_EQ(dense_weights(network.layers[0]), (Floats{1, 0, 5, 0, 0, 0, 0, 0, 0, -2, 0, 4}));
  EXPECT_EQ(dense_weights(network.layers[2]), (Floats{1, 2, 3, 4}));
  EXPECT_EQ(network.connections(), 10U);
  const std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
  ExportedNetwork wide = wide_network(most, 1, {0});
  const std::uint64_t beside = dense_bytes(wide_network(1, 1, {0}));
  EXPECT_EQ(dense_bytes(wide), beside + 4 * (std::uint64_t{most} - 1));
  wide.layers[0].outputs = most;
  EXPECT_EQ(dense_bytes(wide), std::numeric_limits<std::uint64_t>::max()) << "and not less";
}

TEST(ExportedNetwork, TheLargestOffsetIsOfFeaturesThatVary) {
  const Checkpoint checkpoint = made_checkpoint({ActivationKind::kRelu, ActivationKind::kRelu});
  EXPECT_EQ(largest_offset(checkpoint.standardisation), 5);
  EXPECT_EQ(largest_offset({.mean = {1, -70, 1e9},
                            .deviation = {1, 10, std::numeric_limits<double>::infinity()}}),
            7);
}

}  // namespace
}  // namespace regrow::tests
