// What each command prints.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/program.h"

namespace regrow::tests {
namespace {

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' in " << text;
  }
}

class Commands : public Program {
 protected:
  CommandResult train(const std::string& more) const {
    CommandResult result = regrow(std::string(kTrain) + more);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }
};

TEST_F(Commands, TrainPrintsOneLineAnEpochWhenPiped) {
  const CommandResult result = train("--epochs 3 --out r");
  EXPECT_EQ(lines_in(result.out), 4 + 3 + 5U) << result.out;
  expect_parts(
      result.out,
      {"using:  cpu: 1 thread", "\ndata:   synthetic: 350 training, 50 validation, 50 test",
       "\nlayers: 12-20-15-4 neurons; connections: 96 + 105 of 540 cells (37.2 %), 60 of "
       "the dense output layer\n",
       "\nfolder: r\nepoch 1/3  loss ", "theta 1.0000", "connections ", "  density 0.",
       "\nepoch 3/3  loss ", "\nfinished 3 epochs in ", "\nlast:   epoch 3: test accuracy ",
       "\nbest:   epoch ", "\nhidden: ", " of 540 cells, ",
       "; the dense output layer has 60 more\nfolder: r\n"});
  EXPECT_EQ(result.err, "");
}

TEST_F(Commands, QuietTrainPrintsTheFinalLineOnly) {
  const CommandResult result = train("--epochs 2 --out r --quiet");
  EXPECT_EQ(lines_in(result.out), 1U);
  EXPECT_EQ(result.out.rfind("finished 2 epochs", 0), 0U);
}

TEST_F(Commands, TrainWarnsOfFullLayers) {
  const CommandResult result = train("--epochs 1 --out r --epsilon 100");
  expect_parts(result.err, {"warning: ", "layer 1"});
}

TEST_F(Commands, TrainNamesItsFolderByDefault) {
  train("--epochs 1 --seed 7");
  EXPECT_TRUE(std::filesystem::exists(at("runs/synthetic-lset-s7/summary.json")));
}

TEST_F(Commands, ConfigLayersPresetFileAndFlags) {
  std::ofstream(at("c.toml")) << "dataset = 1\n";
  expect_parts(regrow("config --config c.toml").err, {"c.toml"});
  std::ofstream(at("c.toml")) << "preset = \"paper\"\n[training]\nepochs = 7\nbatch = 50\n";
  const CommandResult result = regrow("config --config c.toml --batch 30");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_parts(result.out, {"momentum_reset = \"epoch\"", "epochs = 7", "batch = 30"});
  std::ofstream(at("printed.toml")) << result.out;
  EXPECT_EQ(regrow("config --config printed.toml").out, result.out);
}

TEST_F(Commands, TheLastOfAFlagGivenTwiceCounts) {
  expect_parts(regrow("config --epochs 3 --epochs 4").out, {"epochs = 4\n"});
}

TEST_F(Commands, EvalAgreesWithTheRunAndWritesPredictions) {
  train("--epochs 2 --out r");
  const EpochRecord last = RunFolder::open(at("r")).read_metrics().back();
  const CommandResult result = regrow("eval r/last.safetensors --out p.csv");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  char expected[80];
  std::snprintf(expected, sizeof expected, "accuracy %.4f, loss %.4f, 50 samples",
                last.test_accuracy, last.test_loss);
  expect_parts(result.out, {expected, "class  samples  accuracy  precision      F1\n0 "});
  const std::string csv = content("p.csv");
  EXPECT_EQ(lines_in(csv), 51U);
  EXPECT_EQ(csv.rfind("index,label,prediction,probability 0,", 0), 0U) << csv.substr(0, 80);

  std::snprintf(expected, sizeof expected, "accuracy %.4f, loss %.4f, 50 samples",
                last.val_accuracy, last.val_loss);
  expect_parts(regrow("eval r/last.safetensors --split validation --device reference").out,
               {expected});
  expect_parts(regrow("eval r/last.safetensors --split train").out, {"350 samples"});
}

TEST_F(Commands, EvalOfNumbersToPredictHasALossAndNoAccuracy) {
  train("--epochs 2 --out r --synthetic-kind regression --loss mse");
  const EpochRecord last = RunFolder::open(at("r")).read_metrics().back();
  EXPECT_EQ(last.accuracy, 0);
  EXPECT_EQ(last.test_accuracy, 0);
  const CommandResult result = regrow("eval r/last.safetensors --out p.csv");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  char expected[80];
  std::snprintf(expected, sizeof expected, "test of synthetic: loss %.4f, 50 samples\n",
                last.test_loss);
  EXPECT_TRUE(result.out.starts_with(std::string(expected) + "target        RMSE       MAE "))
      << result.out;
  const std::string csv = content("p.csv");
  EXPECT_EQ(lines_in(csv), 51U);
  EXPECT_TRUE(csv.starts_with("index,target 0,target 1,target 2,target 3,prediction of target 0,"))
      << csv.substr(0, 80);
  // The mean squared difference of the file's numbers is the loss.
  double sum = 0;
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::vector<double> numbers;
    std::istringstream words(line);
    for (std::string word; std::getline(words, word, ',');) numbers.push_back(std::stod(word));
    ASSERT_EQ(numbers.size(), 9U);
    for (std::size_t i = 1; i <= 4; ++i) {
      sum += (numbers[i] - numbers[i + 4]) * (numbers[i] - numbers[i + 4]) / 4;
    }
  }
  // Floats on the way, of nine digits.
  EXPECT_NEAR(sum / 50, last.test_loss, 1e-6);
  const auto json = nlohmann::json::parse(regrow("eval r --format json").out);
  EXPECT_TRUE(json.at("accuracy").is_null());
  EXPECT_TRUE(json.at("classes").empty());
}

TEST_F(Commands, EvalOfANetworkTrainedForTheSquaredErrorHasOutputsForProbabilities) {
  train("--epochs 1 --out r --loss mse");
  EXPECT_EQ(regrow("eval r --out p.csv").exit_code, 0);
  EXPECT_TRUE(content("p.csv").starts_with("index,label,prediction,output 0,output 1,"));
}

TEST_F(Commands, InspectShowsWhatActivationsHaveLearned) {
  train("--epochs 1 --out r --activation relu,srelu");
  const std::string text = regrow("inspect r").out;
  EXPECT_NE(text.find("layer 1, srelu: t_left "), std::string::npos) << text;
  const auto json = nlohmann::json::parse(regrow("inspect r --format json").out);
  EXPECT_EQ(json.at("layers").at(0).at("activation"), "relu");
  EXPECT_FALSE(json.at("layers").at(0).contains("learned"));
  EXPECT_EQ(json.at("layers").at(1).at("learned").size(), 4U);
  EXPECT_FALSE(json.at("layers").at(2).contains("activation"));
}

TEST_F(Commands, InspectShowsTheLayers) {
  train("--epochs 1 --out r --method set");
  const CommandResult result = regrow("inspect r/last.safetensors");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  // 2·(96 + 105 + 60) forward; training adds as many for gradients, and 2·(105 + 60) backwards.
  expect_parts(result.out,
               {"set on synthetic, seed 0, 1 of 1 epochs", "density", "0.4000", "\n0      sparse",
                "\n2      dense", "connections (sparse layers): 201 + 60 of the dense output layer",
                "522 forward, 1374 training (dense: 1200 forward, 3120 training)"});
}

// Epochs count from 1 in lines and in messages alike.
TEST_F(Commands, TheInterruptionNamesItsEpochAsTheLinesDo) {
  const CommandResult result = regrow(std::string(kTrain) + "--epochs 500 --out r",
                                      {.signal = SIGINT, .signal_after = "epoch 2/"});
  const std::size_t finished = RunFolder::open(at("r")).read_metrics().size();
  expect_parts(result.out, {"\nepoch " + std::to_string(finished) + "/500  loss ",
                            "\ninterrupted in epoch " + std::to_string(finished + 1) + " after ",
                            "; the state is kept\ngo on with: regrow train --resume r\n"});
  expect_parts(regrow("train --resume r --epochs " + std::to_string(finished + 2)).out,
               {"\ngoes on in epoch " + std::to_string(finished + 1) + " at step ",
                "\nepoch " + std::to_string(finished + 1) + "/"});
}

TEST_F(Commands, TableComparesRunsAndMarksTheUnfinished) {
  train("--epochs 2 --out a");
  const CommandResult stopped =
      regrow(std::string(kTrain) + "--epochs 500 --checkpoint-every 500 --method set --out b",
             {.signal = SIGINT, .signal_after = "epoch 1/"});
  ASSERT_EQ(stopped.exit_code, 130);
  const CommandResult text = regrow("table a b");
  EXPECT_EQ(text.exit_code, 0) << text.err;
  // One more, of what survival is, where b had come to an evolution with newborns.
  const bool has_survival = text.out.find("survival: ") != std::string::npos;
  EXPECT_EQ(lines_in(text.out), has_survival ? 8U : 7U);
  expect_parts(text.out, {"In all rows: pause none, grow random, seed 0.\n",
                          "run  method  measure  accuracy    loss", "a    lset    loss     ",
                          "b    set     -        ", " of 500  unfinished", "         2  finished\n",
                          "alpha (α): accuracy per connection",
                          "connections: of the sparse layers; + 60 of the dense output layer."});
  expect_parts(regrow("table a --format markdown").out, {"| run |", "|---|", "---:|"});
}

TEST_F(Commands, TableLeavesOutTheTimeOfAnEpochThatDidNotEnd) {
  train("--epochs 2 --out a");
  std::ofstream timings(at("a/timings.jsonl"));
  for (const EpochTimings& epoch :
       {EpochTimings{.epoch = 0, .train = 1}, EpochTimings{.epoch = 1, .train = 3},
        EpochTimings{.epoch = 2, .train = 100}}) {
    timings << to_json_line(epoch) << '\n';
  }
  timings.close();
  expect_parts(regrow("table a --format csv").out, {",2,2,finished,,", ",4,0."});
}

TEST_F(Commands, TableShowsTheConnectionsOfTheNetworkEvaluated) {
  train("--epochs 3 --out a");
  const RunFolder folder = RunFolder::open(at("a"));
  const std::vector<EpochRecord> history = folder.read_metrics();
  // As of a run that was stopped: its last epoch has been followed by growth.
  const std::string lines = to_json_line(history[0]) + "\n" + to_json_line(history[1]) + "\n";
  write_file_atomically(folder.metrics(), lines);
  ASSERT_NE(history[1].connections, 96U + 105U);
  expect_parts(regrow("table a --format csv").out, {",201,"});
}

TEST_F(Commands, TableAsCsvIsExactAndSaysNothingByNothing) {
  train("--epochs 2 --out a --pause val_acc --grow one_neighbour");
  train("--epochs 3 --out b --method set");
  // As a run leaves it that is killed in its first epoch.
  std::ofstream(at("b/metrics.jsonl"), std::ios::trunc).flush();
  const EpochRecord last = RunFolder::open(at("a")).read_metrics().back();
  const CommandResult result = regrow("table a b --format csv");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_parts(
      result.out,
      {"run,method,measure,pause,grow,seed,accuracy,loss,connections,mean_connections,"
       "peak_connections,alpha,beta,s/epoch,epochs,status,variant,density,seconds,val_accuracy,"
       "val_loss,flops,survival\n",
       "\na,lset,loss,val_acc,one_neighbour,0,", ",2,finished,,0.",
       "\nb,set,,none,random,0,,,,,,,,,0,unfinished,,,,,,,\n"});
  // Digits enough to read back exactly.
  std::vector<std::string> fields;
  std::istringstream row(result.out.substr(result.out.find("\na,") + 1));
  for (std::string field; fields.size() < 15 && std::getline(row, field, ',');) {
    fields.push_back(field);
  }
  ASSERT_EQ(fields.size(), 15U);
  EXPECT_EQ(std::stod(fields[6]), last.test_accuracy);
  EXPECT_EQ(std::stod(fields[7]), last.test_loss);
  EXPECT_EQ(fields[8], std::to_string(evaluated_connections(last)));
  EXPECT_EQ(std::stod(fields[11]), alpha(last));
  EXPECT_EQ(std::stod(fields[12]), beta(last));
}

TEST_F(Commands, TableLeavesOutWhatIsNoRun) {
  train("--epochs 1 --out a");
  std::filesystem::create_directory(at("empty"));
  std::ofstream(at("notes.txt")) << "x";
  const CommandResult result = regrow("table a empty notes.txt");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(lines_in(result.out), 6U) << result.out;
  EXPECT_EQ(result.err,
            "warning: empty: holds no run; left out\nwarning: notes.txt: holds no run; left out\n");
  expect_error(regrow("table empty"), 1, {"empty: holds no run"});
  expect_error(regrow("table a nowhere"), 1, {"nowhere"});
}

// Whatever the checkpoint's hold-out, of which other data may have too few images.
TEST_F(Commands, APartOfCifar10IsTakenWithAWarning) {
  std::filesystem::create_directory(at("part"));
  for (const std::string file : {"data_batch_1.bin", "test_batch.bin"}) {
    std::ofstream bytes(at("part/" + file), std::ios::binary);
    for (char label = 0; label < 4; ++label) bytes << label << std::string(3072, label);
  }
  const std::string warning =
      "/part: 4 training and 4 test images, where all of CIFAR-10 are 50,000 and 10,000\n";
  const auto says_it = [&](const std::string& command) {
    const CommandResult result = regrow(command);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err.rfind("warning: ", 0), 0U) << result.err;
    EXPECT_NE(result.err.find(warning), std::string::npos) << result.err;
  };
  says_it(
      "train --dataset cifar10 --data part --validation holdout:1 --batch 1 --hidden 4 --method "
      "dense --epochs 1 --device cpu --threads 1 --out run");
  says_it("train --resume run --epochs 2");
  says_it("eval run");
}

TEST_F(Commands, TakesAsManyClassesAsAnIdxFileHas) {
  write_tiny_mnist("letters", '\0');
  for (const std::string part : {"train", "t10k"}) {  // of ten images each
    std::ofstream(at("letters/" + part + "-labels-idx1-ubyte"), std::ios::binary)
        << std::string("\0\0\x08\x01\0\0\0\x0a", 8)
        << (part == "train" ? "\1\2\3\4\5\6\7\x08\x09\x0a" : "\x0b\x0c\1\2\3\4\5\6\7\x08");
  }
  const CommandResult trained = regrow(
      "train --dataset mnist --data letters --validation test --batch 5 --hidden 4 --method "
      "dense --epochs 1 --device cpu --threads 1 --out run");
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_NE(trained.out.find("12-4-12 neurons"), std::string::npos) << trained.out;
  const CommandResult evaluated = regrow("eval run");
  EXPECT_EQ(evaluated.exit_code, 0) << evaluated.err;
  EXPECT_NE(evaluated.out.find("\n12 "), std::string::npos) << evaluated.out;
}

TEST_F(Commands, EvalTakesOtherDataOfTheSameShape) {
  train("--epochs 1 --out r --synthetic-classes 10 --validation holdout:60");
  write_tiny_mnist("mnist", '\0');
  const CommandResult result = regrow("eval r/last.safetensors --dataset mnist --data mnist");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_parts(result.out, {"test of mnist: accuracy ", " 10 samples"});
}

}  // namespace
}  // namespace regrow::tests
