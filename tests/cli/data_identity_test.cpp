// A run goes on only with the data that it was trained on, whatever of them decides a number.
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/program.h"

namespace regrow::tests {
namespace {

class DataIdentity : public Program {
 protected:
  static constexpr const char* kTrainMnist =
      "train --dataset mnist --validation holdout:2 --hidden 6 --epsilon 2 --batch 4 --epochs 1 "
      "--threads 1 --device cpu --augment false ";

  void SetUp() override {
    write_tiny_mnist("d", '\3');
    const CommandResult result = regrow(std::string(kTrainMnist) + "--data d --out run");
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  /// Another last byte in one of the four files.
  void change(const std::string& file, char to) const {
    std::string bytes = content("d/" + file);
    bytes.back() = to;
    std::ofstream(at("d/" + file), std::ios::binary) << bytes;
  }
};

TEST_F(DataIdentity, WhateverDiffersIsRefusedByName) {
  struct Case {
    const char* file;
    char to;
    const char* name;
  };
  for (const auto& [file, to, name] :
       {Case{"train-images-idx3-ubyte", 'y', "other training features;"},
        Case{"train-labels-idx1-ubyte", '\4', "other training labels;"},
        Case{"t10k-images-idx3-ubyte", 'y', "other test features;"},
        Case{"t10k-labels-idx1-ubyte", '\4', "other test labels;"}}) {
    const std::string before = content(std::string("d/") + file);
    const std::string state = content("run/last.safetensors"), lines = content("run/metrics.jsonl");
    change(file, to);
    expect_error(regrow("train --resume run --epochs 2"), 1, {name, "--data", "/d: is not what"});
    EXPECT_EQ(content("run/last.safetensors"), state);
    EXPECT_EQ(content("run/metrics.jsonl"), lines);
    std::ofstream(at(std::string("d/") + file), std::ios::binary) << before;
  }
  EXPECT_EQ(regrow("train --resume run --epochs 2").exit_code, 0);
}

TEST_F(DataIdentity, AnEvaluationSaysThatTheTestSetIsAnother) {
  EXPECT_EQ(regrow("eval run").err, "");
  change("t10k-labels-idx1-ubyte", '\4');
  const CommandResult other = regrow("eval run");
  EXPECT_EQ(other.exit_code, 0);
  EXPECT_EQ(other.err, "note: mnist is not the data that the run had: other test labels\n");
  EXPECT_EQ(regrow("eval run --split train").err, "");
}

TEST_F(DataIdentity, ARunOfAnOlderVersionLearnsThemWhenItGoesOn) {
  Checkpoint state = read_checkpoint(at("run/last.safetensors"));
  state.data = {};
  write_checkpoint(at("run/last.safetensors"), state);
  EXPECT_EQ(regrow("train --resume run --epochs 2").exit_code, 0);
  EXPECT_NE(read_checkpoint(at("run/last.safetensors")).data, DatasetDigest());
}

TEST_F(DataIdentity, ASweepDoesNotMixDataNorDoesATable) {
  const auto study = [&](const std::string& seeds) {
    write_file_atomically(at("s.toml"),
                          "[data]\ndataset = \"mnist\"\ndata = \"d\"\nvalidation = \"holdout:2\"\n"
                          "[network]\nhidden = [6]\nepsilon = 2\n[training]\nbatch = 4\n"
                          "epochs = 1\naugment = false\n[grid]\nseed = [" +
                              seeds + "]\n");
    return regrow("sweep s.toml --out s --device cpu");
  };
  ASSERT_EQ(study("0, 1").exit_code, 0);
  change("train-labels-idx1-ubyte", '\4');
  expect_error(
      study("0, 1, 2"), 1,
      {"s/seed=0: was trained on other data than there is now (other training labels)", "--out"});
  EXPECT_FALSE(std::filesystem::exists(at("s/seed=2/last.safetensors")));
  const CommandResult other =
      regrow(std::string(kTrainMnist) + "--seed 2 --data d --quiet --out s/seed=2");
  ASSERT_EQ(other.exit_code, 0) << other.err;
  ASSERT_EQ(study("0, 1").exit_code, 0) << "nothing is left to train";
  const CommandResult table = regrow("table --seeds mean --format csv s/seed=0 s/seed=1 s/seed=2");
  EXPECT_NE(table.err.find("s/seed=2: was trained on other data"), std::string::npos) << table.err;
  EXPECT_EQ(std::count(table.out.begin(), table.out.end(), '\n'), 3) << table.out;
}

TEST_F(DataIdentity, ARelativeFolderOfDataIsFoundFromAnywhere) {
  std::filesystem::create_directory(at("elsewhere"));
  CommandOptions elsewhere;
  elsewhere.folder = at("elsewhere");
  const CommandResult resumed = run_command(words("train --resume ../run --epochs 2"), elsewhere);
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(run_command(words("eval ../run"), elsewhere).exit_code, 0);
  std::filesystem::rename(at("d"), at("e"));
  EXPECT_EQ(regrow("train --resume run --epochs 3 --data e").exit_code, 0);
  const CommandResult again = run_command(words("train --resume ../run --epochs 4"), elsewhere);
  EXPECT_EQ(again.exit_code, 0) << again.err;
}

}  // namespace
}  // namespace regrow::tests
