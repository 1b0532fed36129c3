// What each command prints.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "cli/program.h"
#include "config/settings.h"
#include "regrow/version.h"

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

TEST_F(Commands, HelpShowsEverySettingWithItsDefaultAndRange) {
  const CommandResult help = regrow("train --help");
  EXPECT_EQ(help.exit_code, 0);
  const Config standard;
  for (const Setting& setting : settings()) {
    const std::string value = setting.to_string(standard);
    expect_parts(help.out, {setting.flag(), setting.help,
                            "[" + (value.empty() ? "none" : value) + "] " + setting.allowed});
  }
  expect_parts(regrow("--help").out, {"train", "eval", "inspect", "config", "table"});
}

TEST_F(Commands, VersionIsTheProjects) {
  EXPECT_EQ(regrow("--version").out, std::string("regrow ") + kVersion + "\n");
}

TEST_F(Commands, TrainPrintsOneLineAnEpochWhenPiped) {
  const CommandResult result = train("--epochs 3 --out r");
  EXPECT_EQ(lines_in(result.out), 1 + 3 + 1U) << result.out;
  expect_parts(result.out,
               {"synthetic: 350 training, 50 validation, 50 test", "12-20-15-4", "96+105+60",
                "\nepoch 0  loss ", "theta 1.0000", "connections ", "finished 3 epochs"});
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
  expect_parts(result.out, {expected, "class  samples  accuracy\n0 "});
  const std::string csv = content("p.csv");
  EXPECT_EQ(lines_in(csv), 51U);
  EXPECT_EQ(csv.rfind("index,label,prediction,probability 0,", 0), 0U) << csv.substr(0, 80);

  std::snprintf(expected, sizeof expected, "accuracy %.4f, loss %.4f, 50 samples",
                last.val_accuracy, last.val_loss);
  expect_parts(regrow("eval r/last.safetensors --split validation --device reference").out,
               {expected});
  expect_parts(regrow("eval r/last.safetensors --split train").out, {"350 samples"});
}

TEST_F(Commands, InspectShowsTheLayers) {
  train("--epochs 1 --out r --method set");
  const CommandResult result = regrow("inspect r/last.safetensors");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  // 2·(96 + 105 + 60) forward; training adds as many for gradients, and 2·(105 + 60) backwards.
  expect_parts(result.out, {"set on synthetic, seed 0, 1 of 1 epochs", "density", "0.4000",
                            "connections of the hidden layers: 201",
                            "522 forward, 1374 training (dense: 1200 forward, 3120 training)"});
}

TEST_F(Commands, TableComparesRunsAndMarksTheUnfinished) {
  train("--epochs 2 --out a");
  const CommandResult stopped =
      regrow(std::string(kTrain) + "--epochs 500 --checkpoint-every 500 --method set --out b",
             {.signal = SIGINT, .signal_after = "epoch 0 "});
  ASSERT_EQ(stopped.exit_code, 130);
  const CommandResult text = regrow("table a b");
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_EQ(lines_in(text.out), 3U);
  expect_parts(text.out, {"run  method  measure", "a    lset    loss", "b    set     -",
                          "of 500, unfinished"});
  const EpochRecord last = RunFolder::open(at("a")).read_metrics().back();
  expect_parts(regrow("table a --format csv").out,
               {"run,method,measure,seed,accuracy,loss,connections,alpha,beta,s/epoch,epochs\n",
                "\na,lset,loss,0,", "," + std::to_string(last.connections) + ","});
  expect_parts(regrow("table a --format markdown").out, {"| run |", "|---|", "---:|"});
}

}  // namespace
}  // namespace regrow::tests
