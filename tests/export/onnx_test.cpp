// The structure of ONNX models; tests/tools/export_test.py runs them by ONNX Runtime.
#include "export/onnx.h"

#include <gtest/gtest.h>

#include <protozero/pbf_reader.hpp>
#include <set>

#include "export/made_network.h"
#include "regrow/error.h"
#include "support/learned_activations.h"

namespace regrow::tests {
namespace {

/// What a model's graph holds, by the field numbers of onnx.proto.
struct Graph {
  std::vector<std::string> nodes, initializers, sparse_initializers, outputs;

  explicit Graph(const std::string& model) {
    protozero::pbf_reader graph = only_message(model, 7);
    while (graph.next()) {
      switch (graph.tag()) {
        case 1:
          nodes.push_back(text(graph.get_string(), 3));
          break;
        case 5:
          initializers.push_back(text(graph.get_string(), 8));
          break;
        case 12:
          outputs.push_back(text(graph.get_string(), 1));
          break;
        case 15:
          sparse_initializers.push_back(text(text(graph.get_string(), 1), 8));
          break;
        default:
          graph.skip();
      }
    }
  }

 private:
  static protozero::pbf_reader only_message(const std::string& bytes, protozero::pbf_tag_type tag) {
    protozero::pbf_reader message(bytes);
    EXPECT_TRUE(message.next(tag));
    return message.get_message();
  }
  static std::string text(const std::string& bytes, protozero::pbf_tag_type tag) {
    protozero::pbf_reader message(bytes);
    return message.next(tag) ? message.get_string() : "";
  }
};

std::string onnx_refusal(const ExportedNetwork& network, OnnxWeights weights) {
  try {
    onnx_model(network, weights);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(OnnxModel, HasItsLayersAndOutputs) {
  const ExportedNetwork network = made_network();
  const Graph dense(onnx_model(network, OnnxWeights::kDense));
  EXPECT_EQ(dense.outputs, (std::vector<std::string>{"logits", "probabilities"}));
  EXPECT_TRUE(dense.sparse_initializers.empty());
  const Graph sparse(onnx_model(network, OnnxWeights::kSparse));
  EXPECT_EQ(sparse.sparse_initializers, (std::vector<std::string>{"0.weight", "1.weight"}));
  EXPECT_EQ(sparse.initializers.size() + 2, dense.initializers.size());
  EXPECT_EQ(sparse.nodes, dense.nodes);
  ExportedNetwork numbers = network;
  numbers.prediction = Prediction::kNumbers;
  EXPECT_EQ(Graph(onnx_model(numbers, OnnxWeights::kDense)).outputs,
            std::vector<std::string>{"outputs"});
}

TEST(OnnxModel, NamesNothingTwice) {
  for (const ActivationKind kind : kAllActivations) {
    for (const bool folds : {true, false}) {
      const auto network = exported_network(made_checkpoint({kind, kind}), folds);
      const Graph graph(onnx_model(network, OnnxWeights::kSparse));
      std::set<std::string> names;
      std::size_t count = 0;
      for (const auto* list : {&graph.nodes, &graph.initializers, &graph.sparse_initializers}) {
        names.insert(list->begin(), list->end());
        count += list->size();
      }
      EXPECT_EQ(names.size(), count);
      EXPECT_GT(graph.nodes.size(), 5U);
    }
  }
}

TEST(OnnxModel, IsTheSameTwiceAndNotLargerThanItSays) {
  for (const OnnxWeights weights : {OnnxWeights::kDense, OnnxWeights::kSparse}) {
    for (const bool folds : {true, false}) {
      const ExportedNetwork network = made_network(folds);
      const std::string model = onnx_model(network, weights);
      EXPECT_EQ(model, onnx_model(made_network(folds), weights));
      EXPECT_LE(model.size(), onnx_bytes(network, weights));
    }
  }
}

TEST(OnnxModel, EndsBelowTwoGibibytes) {
  const ExportedNetwork wide = wide_network(32768, 16384, {0, 32767, 32768, 536870911});
  EXPECT_EQ(onnx_refusal(wide, OnnxWeights::kDense),
            "an ONNX model of this network would have 2.00 GiB, and cannot have 2 GiB; give "
            "--sparse, or --format npz");
  EXPECT_EQ(onnx_refusal(wide, OnnxWeights::kSparse), "");
}

TEST(OnnxModel, RefusesAStandardisationBeyondFloats) {
  ExportedNetwork network = made_network(false);
  network.standardisation->deviation[1] = 1e-90;
  EXPECT_EQ(onnx_refusal(network, OnnxWeights::kDense),
            "input 1 is standardised by the mean 1 and the deviation 1e-90, which is beyond 32-bit "
            "floats; give --fold true or --format npz");
}

}  // namespace
}  // namespace regrow::tests
