// New runs that start from a checkpoint's network.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace regrow::tests {
namespace {

class InitFrom : public Program {
 protected:
  static constexpr const char* kData =
      "train --dataset synthetic --synthetic-features 12 --synthetic-train 400 --synthetic-test 50 "
      "--validation holdout:50 --batch 25 --threads 1 --device cpu ";

  void train(const std::string& line) const {
    const CommandResult result = regrow(line);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  double loss_of(const std::string& file) const {
    return nlohmann::json::parse(regrow("eval --format json " + file).out).at("loss");
  }
};

TEST_F(InitFrom, StartsWithTheNetworkOfTheCheckpointUnderOtherSettings) {
  train(std::string(kTrain) + "--leaky-slope 0.1 --input-order chw --epochs 2 --out first");
  train(std::string(kData) + "--method set --lr 0.5 --seed 9 --epochs 1 --init-from first --out b");
  const NetworkState source = read_checkpoint(at("first/best.safetensors")).network;
  const Checkpoint start = read_checkpoint(at("b/initial.safetensors"));
  ASSERT_EQ(start.network.layers.size(), source.layers.size());
  for (std::size_t l = 0; l < source.layers.size(); ++l) {
    const LayerState& layer = start.network.layers[l];
    EXPECT_EQ(layer.cells, source.layers[l].cells);
    EXPECT_EQ(layer.weights.values, source.layers[l].weights.values);
    EXPECT_EQ(layer.biases.values, source.layers[l].biases.values);
    EXPECT_EQ(layer.budget, source.layers[l].connections());
    EXPECT_EQ(layer.weights, Parameter(layer.weights.values, 1));
    EXPECT_EQ(layer.biases, Parameter(layer.biases.values, 1));
  }
  EXPECT_EQ(start.config.hidden, (std::vector<std::int64_t>{20, 15}));
  EXPECT_EQ(start.config.connections[1], std::int64_t(source.layers[1].connections()));
  EXPECT_EQ(start.config.leaky_slope, 0.1);
  EXPECT_EQ(start.config.input_order, InputOrder::kChw);
  EXPECT_EQ(start.config.learning_rate, 0.5);
  EXPECT_NE(read_checkpoint(at("b/last.safetensors")).network, start.network) << "it learns";
}

TEST_F(InitFrom, ExtendedOrMadeFromItsOwnConfigurationEndsTheSame) {
  train(std::string(kTrain) + "--epochs 2 --out first");
  const std::string line =
      std::string(kData) + "--method lset --lr 0.02 --init-from first/last.safetensors ";
  train(line + "--epochs 4 --out whole");
  train(line + "--epochs 2 --out run");
  train("train --resume run --epochs 4");
  train("train --config whole/config.toml --out again");
  write_file_atomically(at("printed.toml"), regrow("config" + line.substr(5) + "--epochs 4").out);
  train("train --config printed.toml --out printed");
  for (const std::string other : {"run", "again", "printed"}) {
    for (const char* file : {"/last.safetensors", "/best.safetensors", "/metrics.jsonl"}) {
      EXPECT_EQ(content(other + file), content(std::string("whole") + file)) << other << file;
    }
  }
  // The overlap is with the network given, not with a random one.
  const auto first = nlohmann::json::parse(
      content("whole/metrics.jsonl").substr(0, content("whole/metrics.jsonl").find('\n')));
  EXPECT_GT(first.at("layers").at(0).at("topology").at("overlap_first"), 0.5);
}

TEST_F(InitFrom, GoesOnWithoutTheCheckpointButNotWithoutItsInitialNetwork) {
  train(std::string(kTrain) + "--epochs 1 --out first");
  train(std::string(kData) + "--method lset --epochs 1 --init-from first --out run");
  std::filesystem::remove_all(at("first"));
  train("train --resume run --epochs 2");
  std::filesystem::remove(at("run/config.toml"));
  train("train --resume run --epochs 3 --init-from first");
  EXPECT_NE(content("run/config.toml").find("init_from = \"first\""), std::string::npos);
  const std::string before = content("run/last.safetensors");
  expect_error(regrow("train --resume run --epochs 4 --init-from aside.toml --hidden 5"), 2, {});
  const std::string settings = content("run/config.toml");
  std::filesystem::rename(at("run/initial.safetensors"), at("aside"));
  const CommandResult refused = regrow("train --resume run --epochs 4 --quiet");
  expect_error(refused, 1, {"run/initial.safetensors", "--init-from", "put the file back"});
  EXPECT_EQ(content("run/config.toml"), settings);
  EXPECT_EQ(content("run/last.safetensors"), before) << "not even its length";
  train(std::string(kTrain) + "--epochs 1 --out other");
  std::filesystem::copy(at("other/initial.safetensors"), at("run/initial.safetensors"));
  expect_error(regrow("train --resume run --epochs 4 --quiet"), 1, {"is of another run"});
  std::filesystem::rename(at("aside"), at("run/initial.safetensors"));
  train("train --resume run --epochs 4");
}

TEST_F(InitFrom, BetweenDenseAndSparseComputesTheSame) {
  train(std::string(kTrain) + "--epochs 2 --out sparse");
  train(std::string(kData) + "--method dense --hidden 20,15 --epochs 2 --out dense");
  train(std::string(kData) + "--method dense --epochs 1 --init-from sparse --out to_dense");
  train(std::string(kData) + "--method set --epochs 1 --init-from dense --out to_sparse");
  EXPECT_NEAR(loss_of("to_dense/initial.safetensors"), loss_of("sparse/best.safetensors"), 1e-6);
  EXPECT_NEAR(loss_of("to_sparse/initial.safetensors"), loss_of("dense/best.safetensors"), 1e-6);
  EXPECT_NE(loss_of("dense"), loss_of("sparse")) << "else the test says nothing";
  std::string toml = content("to_dense/config.toml");
  toml.replace(toml.find("init_from = \"sparse\""), 20, "init_from = \"\"");
  write_file_atomically(at("random.toml"), toml);
  train("train --config random.toml --method set --epochs 1 --out random");
  EXPECT_GT(hidden_connections(read_checkpoint(at("random/initial.safetensors")).network), 0U);
}

TEST_F(InitFrom, RefusesWhatSaysOtherwiseWhatNetworkItIs) {
  train(std::string(kTrain) + "--epochs 1 --out first");
  const std::string line = std::string(kData) + "--epochs 1 --init-from first --out x ";
  expect_error(regrow(line + "--hidden 30"), 2, {"--hidden: '30'", "20,15", "leave it out"});
  expect_error(regrow(line + "--density 0.5"), 2, {"--density: '0.5'"});
  expect_error(regrow(line + "--epsilon 7"), 2, {"--epsilon: '7'", "has its own connections"});
  expect_error(regrow(line + "--leaky-slope 0.7"), 2, {"--leaky-slope", "0.3"});
  write_file_atomically(at("c.toml"), "[network]\nhidden = [5]\n");
  expect_error(regrow(line + "--config c.toml"), 2, {"c.toml:2: hidden: '5'"});
  expect_error(regrow(line + "--synthetic-features 13"), 1, {"13 inputs", "12 inputs"});
  expect_error(regrow(line + "--synthetic-classes 3"), 1, {"first/best.safetensors", "3 classes"});
  expect_error(regrow(std::string(kData) + "--init-from nowhere --out x"), 1,
               {"init_from: nowhere", "there is no such checkpoint"});
  write_file_atomically(at("cut"), content("first/best.safetensors").substr(0, 500));
  expect_error(regrow(std::string(kData) + "--init-from cut --out x"), 1,
               {"init_from: cut", "give a checkpoint that is whole"});
  std::filesystem::create_directory(at("empty"));
  expect_error(regrow(std::string(kData) + "--init-from empty --out x"), 1,
               {"empty: holds no best.safetensors"});
  EXPECT_FALSE(std::filesystem::exists(at("x")));
  EXPECT_EQ(regrow(line + "--hidden 20,15").exit_code, 0) << "what it has";
}

TEST_F(InitFrom, ARunIsNotGivenAnotherNetworkLater) {
  train(std::string(kTrain) + "--epochs 1 --out first");
  train(std::string(kTrain) + "--epochs 1 --out run");
  expect_error(regrow("train --resume run --init-from first"), 2, {"--init-from first"});
  train(std::string(kData) + "--epochs 1 --init-from first --out given");
  expect_error(regrow("train --resume given --init-from run"), 2, {"--init-from run", "has first"});
}

TEST_F(InitFrom, InASweepIsASettingAsAnyOther) {
  train(std::string(kTrain) + "--epochs 1 --out a");
  train(std::string(kTrain) + "--epochs 1 --seed 4 --hidden 8 --out b");
  write_file_atomically(at("s.toml"),
                        "[data]\ndataset = \"synthetic\"\nsynthetic_features = 12\n"
                        "synthetic_train = 400\nsynthetic_test = 50\nvalidation = \"holdout:50\"\n"
                        "[training]\nbatch = 25\n[grid]\ninit_from = [\"a\", \"b\"]\n"
                        "learning_rate = [0.1, 0.2]\n");
  std::string toml = content("s.toml");
  const std::string call = "sweep s.toml --out s --device cpu --epochs ";
  const CommandResult dry = regrow(call + "1 --dry-run");
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  const CommandResult first = regrow(call + "1");
  EXPECT_EQ(first.exit_code, 0) << first.err << first.out;
  const CommandResult longer = regrow(call + "2");
  EXPECT_EQ(longer.exit_code, 0) << longer.err;
  const Checkpoint of_b = read_checkpoint(at("s/init_from=b,learning_rate=0.2/last.safetensors"));
  EXPECT_EQ(of_b.config.hidden, std::vector<std::int64_t>{8});
  EXPECT_EQ(of_b.progress.epoch, 2U);
  const CommandResult table = regrow("table --seeds each --format csv s");
  EXPECT_EQ(table.err, "") << "runs from different networks are different runs";
  EXPECT_EQ(std::count(table.out.begin(), table.out.end(), '\n'), 5) << table.out;
  toml.replace(toml.find("[0.1, 0.2]"), 10, "[0.1, 0.2, 0.3]");
  write_file_atomically(at("more.toml"), toml);
  std::filesystem::rename(at("a"), at("kept"));
  train(std::string(kTrain) + "--epochs 1 --seed 3 --out a");
  expect_error(regrow("sweep more.toml --out s --device cpu --epochs 2"), 1,
               {"started from another network than a holds now"});
  std::filesystem::remove_all(at("a"));
  std::filesystem::rename(at("kept"), at("a"));
  std::filesystem::rename(at("a"), at("gone"));
  std::filesystem::rename(at("b"), at("lost"));
  expect_error(regrow("sweep s.toml --out u --device cpu --epochs 1"), 1,
               {"no run of the sweep can start", "init_from: a"});
  std::filesystem::rename(at("gone"), at("a"));
  std::filesystem::rename(at("lost"), at("b"));
  toml.replace(toml.find("[training]"), 10, "[network]\nhidden = [9]\n[training]");
  write_file_atomically(at("t.toml"), toml);
  const CommandResult refused = regrow("sweep t.toml --out t --device cpu --epochs 1");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE((refused.out + refused.err).find("--hidden: '9'"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace regrow::tests
