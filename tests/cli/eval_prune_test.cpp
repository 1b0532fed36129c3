// regrow eval --prune: the weakest connections deleted, against networks whose weights are deleted
// here by plain code.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/program.h"
#include "cli/pruned_evaluation.h"
#include "regrow/checkpoint.h"

namespace regrow::tests {
namespace {

using Json = nlohmann::json;

/// The places of what per_sign drops of these weights at a share of `tenths`/10: of N negatives
/// N − ⌊(1 − share)·N⌋, of P > 0 positives min(P, ⌊share·P⌋ + 1), of equal ones the first, and
/// zeros.
std::set<std::size_t> weakest(const std::vector<double>& weights, std::uint64_t tenths) {
  std::vector<std::pair<double, std::size_t>> negatives, positives;
  std::set<std::size_t> places;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] < 0) negatives.emplace_back(-weights[i], i);
    if (weights[i] > 0) positives.emplace_back(weights[i], i);
    if (weights[i] == 0) places.insert(i);
  }
  const std::size_t of_negatives = negatives.size() - negatives.size() * (10 - tenths) / 10;
  const std::size_t of_positives = std::min(positives.size(), positives.size() * tenths / 10 + 1);
  for (auto& [group, count] : {std::pair{&negatives, of_negatives}, {&positives, of_positives}}) {
    std::sort(group->begin(), group->end());
    for (std::size_t i = 0; i < count; ++i) places.insert((*group)[i].second);
  }
  return places;
}

class EvalPrune : public Program {
 protected:
  /// In place of the method that kTrain ends with, the one that `more` names.
  void train(const std::string& more) const {
    std::string command = kTrain;
    command.erase(command.rfind("--method"));
    const CommandResult result = regrow(command + "--epochs 2 --out r " + more);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  Json evaluated(const std::string& arguments) const {
    const CommandResult result = regrow("eval --format json " + arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments << ": " << result.err;
    return Json::parse(result.out, nullptr, false);
  }

  /// Writes r/last.safetensors without the weakest weights: deleted from sparse layers, 0 in dense
  /// ones. How many connections of hidden layers are left.
  std::uint64_t write_pruned(const std::string& name, std::uint64_t tenths) const {
    // Whose records are none, so that they fit any network.
    Checkpoint checkpoint = read_checkpoint(at("r/initial.safetensors"));
    checkpoint.network = read_checkpoint(at("r/last.safetensors")).network;
    std::vector<LayerState>& layers = checkpoint.network.layers;
    std::uint64_t left = 0;
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
      LayerState& layer = layers[l];
      std::vector<double>& weights = layer.weights.values;
      const std::set<std::size_t> gone = weakest(weights, tenths);
      left += weights.size() - gone.size();
      // From the last one on, so that the others stay where they are.
      const std::vector<std::size_t> falling(gone.rbegin(), gone.rend());
      for (const std::size_t place : falling) {
        if (layer.kind == LayerKind::kDense) {
          weights[place] = 0;
          continue;
        }
        const auto at = static_cast<std::ptrdiff_t>(place);
        weights.erase(weights.begin() + at);
        layer.cells.erase(layer.cells.begin() + at);
        for (auto& slot : layer.weights.slots) slot.erase(slot.begin() + at);
      }
    }
    write_checkpoint(at(name), checkpoint);
    return left;
  }

  /// Each row is the network pruned here. `tolerance`: of the loss.
  void expect_as_pruned_here(double tolerance) const {
    const Json whole = evaluated("r/last.safetensors --prune 0.3,0.9,0.1");
    const Json& rows = whole.at("pruned");
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].at("share"), 0);
    EXPECT_EQ(rows[0].at("accuracy"), whole.at("accuracy"));
    EXPECT_EQ(rows[0].at("loss"), whole.at("loss"));
    EXPECT_EQ(rows[0].at("loss_change"), 0);
    EXPECT_EQ(rows[0].at("connections"),
              hidden_connections(read_checkpoint(at("r/last.safetensors")).network));
    const std::vector<std::uint64_t> tenths = {3, 9, 1};
    for (std::size_t i = 0; i < tenths.size(); ++i) {
      const Json& row = rows[i + 1];
      SCOPED_TRACE(row.dump());
      const std::uint64_t left = write_pruned("pruned.safetensors", tenths[i]);
      const Json here = evaluated("pruned.safetensors");
      EXPECT_EQ(row.at("share"), static_cast<double>(tenths[i]) / 10);
      EXPECT_EQ(row.at("connections"), left);
      EXPECT_EQ(row.at("accuracy"), here.at("accuracy"));
      EXPECT_NEAR(row.at("loss"), here.at("loss"), tolerance);
      EXPECT_DOUBLE_EQ(row.at("loss_change"),
                       row.at("loss").get<double>() - whole.at("loss").get<double>());
      EXPECT_NE(row.at("loss"), whole.at("loss"));
    }
  }
};

TEST_F(EvalPrune, IsTheNetworkWithoutItsWeakestConnections) {
  train("--method static");
  expect_as_pruned_here(0);
}

// The same numbers summed in another order: by rows of a matrix, or by connections.
TEST_F(EvalPrune, OfADenseNetworkToo) {
  train("--method dense");
  expect_as_pruned_here(1e-6);
}

TEST_F(EvalPrune, IsTheSameOnEveryDeviceAndOfEverySplit) {
  train("--method set");
  for (const std::string split : {"train", "validation", "test"}) {
    const std::string arguments = "r/last.safetensors --prune 0.5 --split " + split;
    const Json cpu = evaluated(arguments).at("pruned")[1];
    for (const char* device : {"reference", "check:cpu,reference"}) {
      const Json other = evaluated(arguments + " --device " + device).at("pruned")[1];
      EXPECT_EQ(other.at("connections"), cpu.at("connections"));
      // Of floats and of doubles.
      EXPECT_NEAR(other.at("loss"), cpu.at("loss"), 1e-5);
    }
  }
}

TEST_F(EvalPrune, IsATableForPeople) {
  train("--method set");
  const std::string plain = regrow("eval r").out;
  const CommandResult result = regrow("eval r --prune 0.1,0.55");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const Json rows = evaluated("r --prune 0.1,0.55").at("pruned");
  for (const std::string& part :
       {std::string("share  connections  accuracy    loss  accuracy change  loss change\n"),
        "\n0              " + rows[0].at("connections").dump(), std::string("+0.0000"),
        "\n0.1            " + rows[1].at("connections").dump(),
        "\n0.55            " + rows[2].at("connections").dump()}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << " in\n" << result.out;
  }
  // What is said without it is said with it.
  EXPECT_NE(result.out.find(plain.substr(plain.find("class"))), std::string::npos) << result.out;
  EXPECT_EQ(regrow("eval r --prune 0.1 --out p.csv").exit_code, 0);
  EXPECT_EQ(regrow("eval r --out q.csv").exit_code, 0);
  EXPECT_EQ(content("p.csv"), content("q.csv")) << "predictions are of the network as it is";
}

// What rounds to nothing has no sign of a fall, and what is left of a fall keeps its own.
TEST_F(EvalPrune, ShowsAChangeThatRoundsToNothingAsNone) {
  const auto of_loss = [](double loss) {
    return PrunedEvaluation{.sums = {.loss = loss, .hits = 1, .samples = 1}};
  };
  const std::vector<PrunedEvaluation> all = {of_loss(1), of_loss(1 - 4e-5), of_loss(1 - 6e-5)};
  const TextTable table = pruned_table(all, true);
  EXPECT_EQ(table.rows[1].back(), "+0.0000");
  EXPECT_EQ(table.rows[2].back(), "-0.0001");
}

TEST_F(EvalPrune, OfNumbersToPredictHasNoAccuracy) {
  train("--method set --synthetic-kind regression --loss mse --measure auto");
  const Json rows = evaluated("r --prune 0.5").at("pruned");
  EXPECT_TRUE(rows[1].at("accuracy").is_null());
  EXPECT_TRUE(rows[1].at("accuracy_change").is_null());
  EXPECT_NE(regrow("eval r --prune 0.5").out.find("share  connections    loss  loss change\n"),
            std::string::npos);
}

TEST_F(EvalPrune, RefusesWhatIsNoListOfShares) {
  for (const std::string list :
       {"0", "1", "1.5", "-0.1", "0.1,", ",0.1", "0.1,,0.2", "x", "0.1234567", "0.1;0.2", "nan"}) {
    expect_error(regrow("eval r --prune=" + list), 2, {"--prune", "above 0 and below 1"});
  }
  expect_error(regrow("eval r --prune 0.1,0.3,0.10"), 2, {"--prune", "0.10 is there twice"});
  expect_error(regrow("eval r --prune="), 2, {"--prune", "needs a value"});
}

}  // namespace
}  // namespace regrow::tests
