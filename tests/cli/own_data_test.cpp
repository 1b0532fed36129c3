// The program on a user's own files: training, predictions, evaluation, and going on.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/program.h"

namespace regrow::tests {
namespace {

class OwnData : public Program {
 protected:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(at(name), std::ios::binary) << text;
  }

  /// Samples of three classes, told apart by x and city.
  static std::string table(int samples, bool has_labels = true) {
    std::string text = has_labels ? "x,city,kind\n" : "city,x\n";
    for (int i = 0; i < samples; ++i) {
      const int c = i % 3;
      const std::string x = std::to_string(c * 10 + i % 2), city = c == 1 ? "Oslo" : "Rome";
      text += has_labels ? x + ',' + city + ",kind " + static_cast<char>('a' + c) + '\n'
                         : city + ',' + x + '\n';
    }
    return text;
  }

  static constexpr const char* kTrain =
      "train --data t.csv --label kind --hidden 20 --epochs 30 --batch 6 --device cpu --threads 1 "
      "--quiet --out run ";

  void train() const {
    write("t.csv", table(60));
    const CommandResult result = regrow(kTrain);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
};

TEST_F(OwnData, AFileNeedsNoDatasetName) {
  train();
  EXPECT_NE(content("run/config.toml").find("dataset = \"custom\""), std::string::npos);
  const auto summary = nlohmann::json::parse(content("run/summary.json"));
  EXPECT_EQ(summary["dataset"], "t");
  EXPECT_EQ(summary["final"]["test_accuracy"], 1);
  EXPECT_EQ(
      regrow("train --data t.csv --label kind --epochs 1 --batch 6 --hidden 4 --quiet").exit_code,
      0);
  EXPECT_TRUE(std::filesystem::exists(at("runs/t-set-s0")));
}

TEST_F(OwnData, PredictsWithoutLabelsInTheOrderOfTheFile) {
  train();
  write("new.csv", table(4, false));
  const CommandResult result = regrow("predict run --data new.csv");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "index,prediction\n0,kind a\n1,kind b\n2,kind c\n3,kind a\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(OwnData, PredictsTheNextClassesAndAllProbabilities) {
  train();
  write("new.csv", table(2, false));
  const CommandResult top = regrow("predict run --data new.csv --top 2");
  EXPECT_EQ(top.out.substr(0, top.out.find('\n')),
            "index,prediction,probability,prediction 2,probability 2");
  const CommandResult all = regrow("predict run --data new.csv --probabilities --out p.csv");
  EXPECT_EQ(all.out, "");
  const std::string csv = content("p.csv");
  EXPECT_EQ(csv.substr(0, csv.find('\n')),
            "index,prediction,probability kind a,probability kind b,probability kind c");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
}

TEST_F(OwnData, PredictsArrays) {
  train();
  write("new.csv", table(5, false));
  EXPECT_EQ(regrow("predict run --data new.csv --out p.npy").exit_code, 0);
  const std::string file = content("p.npy");
  EXPECT_EQ(file.substr(0, 6), "\x93NUMPY");
  EXPECT_NE(file.find("{'descr': '<i8', 'fortran_order': False, 'shape': (5,), }"),
            std::string::npos);
  EXPECT_EQ(file.size() % 64, 5U * 8);
  EXPECT_EQ(file.substr(file.size() - 16, 8), std::string("\0\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(file.substr(file.size() - 8), std::string("\1\0\0\0\0\0\0\0", 8));
}

TEST_F(OwnData, PredictsWhatComesThroughAPipe) {
  train();
  write("new.csv", table(3, false));
  CommandOptions options;
  options.folder = at("");
  const std::string command =
      "cat new.csv | '" + std::string(REGROW_PROGRAM) + "' predict run --data -";
  const CommandResult result = run_command({"/bin/sh", "-c", command}, options);
  EXPECT_EQ(result.out, "index,prediction\n0,kind a\n1,kind b\n2,kind c\n");
}

TEST_F(OwnData, EvaluatesAnyLabelledFile) {
  train();
  write("other.csv", "kind,x,city\nkind a,0,Rome\nkind b,20,Rome\nkind c,21,Rome\n");
  const CommandResult result = regrow("eval run --data other.csv --format json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto document = nlohmann::json::parse(result.out);
  EXPECT_EQ(document["split"], "all");
  EXPECT_EQ(document["samples"], 3);
  EXPECT_NEAR(document["accuracy"].get<double>(), 2.0 / 3, 1e-12);
  EXPECT_EQ(document["confusion"].dump(), "[[1,0,0],[0,0,1],[0,0,1]]");
  EXPECT_EQ(document["classes"][2]["precision"], 0.5);
  // The run's own file, as the run split it.
  const CommandResult split = regrow("eval run --data t.csv --split train --format json");
  EXPECT_EQ(nlohmann::json::parse(split.out)["samples"], 42);  // of 60 without 12 and 6
}

TEST_F(OwnData, PredictsNumbersInTheirOwnUnits) {
  std::string text = "x,price\n";
  for (int i = 0; i < 60; ++i) {
    text += std::to_string(i % 20) + "," + std::to_string(1000 + 50 * (i % 20)) + "\n";
  }
  write("p.csv", text);
  ASSERT_EQ(regrow("train --data p.csv --label price --loss mse --hidden 20 --epochs 60 --batch 6 "
                   "--lr 0.01 --dropout 0 "
                   "--device cpu --quiet --out run")
                .exit_code,
            0);
  const CommandResult evaluated = regrow("eval run --format json");
  const auto target = nlohmann::json::parse(evaluated.out)["targets"][0];
  EXPECT_EQ(target["target"], "price");
  EXPECT_GT(target["r2"].get<double>(), 0.9);
  EXPECT_GT(target["rmse"].get<double>(), 1);  // of 1000 to 1950, not of −1.6 to 1.6
  write("new.csv", "x\n10\n");
  const CommandResult predicted = regrow("predict run --data new.csv");
  const double price = std::stod(predicted.out.substr(predicted.out.rfind(',') + 1));
  EXPECT_NEAR(price, 1500, 150);
  EXPECT_EQ(predicted.out.substr(0, 12), "index,price\n");
  const CommandResult own = regrow("eval run --data p.csv --format json");
  EXPECT_EQ(nlohmann::json::parse(own.out)["targets"][0]["target"], "price") << own.out;
  expect_error(regrow("predict run --data new.csv --top 2"), 2, {"--top", "--loss mse"});
  // Of a file, too, whose samples are all evaluated.
  const CommandResult all = regrow("eval run --data p.csv --format json");
  const auto document = nlohmann::json::parse(all.out);
  EXPECT_TRUE(document["accuracy"].is_null());
  EXPECT_EQ(document["samples"], 60);
  EXPECT_GT(document["targets"][0]["r2"].get<double>(), 0.9);
  EXPECT_GT(document["targets"][0]["rmse"].get<double>(), 1);
}

TEST_F(OwnData, NumbersThatDoNotVaryHaveNoR2) {
  std::string text = "x,price\n";
  for (int i = 0; i < 60; ++i) text += std::to_string(i % 20) + ",7.3\n";
  write("p.csv", text);
  ASSERT_EQ(regrow("train --data p.csv --label price --loss mse --hidden 20 --epochs 1 --batch 6 "
                   "--device cpu --quiet --out run")
                .exit_code,
            0);
  const CommandResult result = regrow("eval run --data p.csv --format json");
  EXPECT_TRUE(nlohmann::json::parse(result.out)["targets"][0]["r2"].is_null()) << result.out;
}

TEST_F(OwnData, WhatIsReadIsNotWrittenOver) {
  train();
  const std::string samples = content("t.csv");
  expect_error(regrow("predict run --data t.csv --out ./t.csv"), 2, {"--out", "would be lost"});
  expect_error(regrow("eval run --out t.csv"), 2, {"--out", "would be lost"});
  EXPECT_EQ(content("t.csv"), samples);
}

TEST_F(OwnData, ARunGoesOnOnlyWithItsData) {
  train();
  write("t.csv", table(61));
  expect_error(
      regrow("train --resume run --epochs 31"), 1,
      {"t.csv: is not what this run was trained on: 49 training samples instead of 48; give the "
       "former data with --data"});
  write("t.csv", "city,x,kind\nRome,0,kind a\n" + table(59).substr(12));
  expect_error(regrow("train --resume run --epochs 31"), 1, {"t.csv"});
  std::filesystem::remove(at("t.csv"));
  write("moved.csv", table(60));
  EXPECT_EQ(regrow("train --resume run --epochs 31 --data moved.csv --quiet").exit_code, 0);
  write("moved.csv", table(75));
  const CommandResult evaluated = regrow("eval run");
  EXPECT_EQ(evaluated.exit_code, 0) << evaluated.err;
  EXPECT_NE(evaluated.err.find("is not the data that the run had"), std::string::npos)
      << evaluated.err;
}

TEST_F(OwnData, SaysWhatDoesNotGoTogether) {
  train();
  expect_error(regrow("predict run"), 2, {"--data"});
  expect_error(regrow("predict run --data none.csv"), 1, {"none.csv"});
  expect_error(regrow("predict run --data t.csv --top 4"), 2, {"--top 4", "3 classes"});
  expect_error(regrow("predict run --data t.csv --top 2 --probabilities --out p.npy"), 2,
               {"--top"});
  expect_error(regrow("predict run --data t.csv --out run/best.safetensors"), 2, {"--out"});
  expect_error(regrow("predict - --data -"), 2, {"--data -"});
  expect_error(regrow("train --data t.csv --label kind --augment true --out other"), 2,
               {"--augment", "no images"});
  expect_error(regrow("train --data t.csv --label kind --grow pixel_neighbour --out other"), 2,
               {"--grow", "no images"});
  expect_error(regrow("train --dataset mnist --label kind --out other"), 2, {"--label", "custom"});
  expect_error(regrow("train --dataset custom --out other"), 1, {"--data"});
  expect_error(regrow("train --data t.csv --label kind --loss mse --out other"), 1, {"words"});
  EXPECT_FALSE(std::filesystem::exists(at("other")));
}

}  // namespace
}  // namespace regrow::tests
