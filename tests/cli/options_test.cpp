// How options are given: earlier names, the end of options, the standard input, and how many
// connections there are at first.
#include <gtest/gtest.h>

#include <fstream>

#include "cli/program.h"
#include "regrow/checkpoint.h"

namespace regrow::tests {
namespace {

class Options : public Program {
 protected:
  /// The program with `text` on its standard input.
  CommandResult piped(const std::string& text, const std::string& arguments) const {
    std::ofstream(at("piped")) << text;
    return shell(arguments + " < piped");
  }

  /// The program with arguments that a shell reads.
  CommandResult shell(const std::string& arguments) const {
    return run_command({"/bin/sh", "-c", "\"$0\" " + arguments, REGROW_PROGRAM},
                       {.folder = dir_.path()});
  }
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Options, EarlierFlagsAreUnderstoodWithANote) {
  const CommandResult config = regrow("config --activations bf16 --graph=false");
  EXPECT_EQ(config.exit_code, 0);
  EXPECT_TRUE(holds(config.out, "activation_dtype = \"bf16\"\ncuda_graph = false\n"));
  EXPECT_EQ(config.err,
            "note: --activations is now --activation-dtype\nnote: --graph is now --cuda-graph\n");
  EXPECT_EQ(regrow("config --activation-dtype bf16 --cuda-graph false").out, config.out);
  expect_error(regrow("config --graph true --cuda-graph false"), 2,
               {"--graph is now --cuda-graph", "leave one out"});
  EXPECT_TRUE(holds(regrow("config --graph maybe").err, "--graph: 'maybe' is not allowed"));

  const std::string train = std::string(kTrain) + "--epochs 1 --graph false";
  EXPECT_EQ(regrow(train + " --out a").err, "note: --graph is now --cuda-graph\n");
  EXPECT_EQ(regrow(train + " --out b --quiet").err, "");
  EXPECT_EQ(regrow("eval a/last.safetensors --activations fp32").err,
            "note: --activations is now --activation-dtype\n");
}

TEST_F(Options, EarlierKeysAreUnderstoodWithANoteButInStoredRuns) {
  std::ofstream(at("c.toml")) << "[run]\ngraph = false\n";
  EXPECT_EQ(regrow("config --config c.toml").err, "note: c.toml:2: graph is now cuda_graph\n");
  const std::string train = std::string(kTrain) + "--epochs 1 --config c.toml";
  EXPECT_EQ(regrow(train + " --out a").err, "note: c.toml:2: graph is now cuda_graph\n");
  EXPECT_EQ(regrow(train + " --out b --quiet").err, "");

  std::string stored = content("a/config.toml");
  const std::size_t key = stored.find("cuda_graph");
  ASSERT_NE(key, std::string::npos);
  stored.erase(key, std::string("cuda_").size());
  std::ofstream(at("a/config.toml")) << stored;
  const CommandResult more = regrow("train --resume a --epochs 2");
  EXPECT_EQ(more.exit_code, 0);
  EXPECT_EQ(more.err, "");
  EXPECT_TRUE(holds(content("a/config.toml"), "\ncuda_graph = false\n"));
  EXPECT_EQ(regrow("table a b").err, "");
}

TEST_F(Options, AnOldSweepGoesOnInItsFolders) {
  std::ofstream(at("s.toml"))
      << "[data]\ndataset = 'synthetic'\n[training]\nepochs = 1\n[run]\ndevice = 'cpu'\n"
         "[grid]\nactivations = ['fp32']\n";
  const CommandResult first = regrow("sweep s.toml --out s");
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_TRUE(holds(first.err, "note: s.toml:8: activations is now activation_dtype\n"));
  EXPECT_TRUE(std::filesystem::exists(at("s/activations=fp32/summary.json")));
  const CommandResult again = regrow("sweep s.toml --out s --quiet");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.err, "");
}

TEST_F(Options, AnEmptyValueIsNotTheNextArgument) {
  const CommandResult empty = regrow("config --dataset synthetic --data= --method=dense");
  EXPECT_EQ(empty.exit_code, 0) << empty.err;
  EXPECT_NE(empty.out.find("data = \"\""), std::string::npos) << empty.out;
  EXPECT_NE(empty.out.find("method = \"dense\""), std::string::npos) << empty.out;
  expect_error(regrow("config --data --method=dense"), 2, {"--data: needs a value"});
  expect_error(regrow("config --out --seed 3"), 2,
               {"--out: needs a value, and --seed is an option", "--out=--seed"});
  EXPECT_NE(regrow("config --out=--seed").out.find("out = \"--seed\""), std::string::npos);
}

TEST_F(Options, TwoDashesEndOptions) {
  EXPECT_EQ(regrow(std::string(kTrain) + "--epochs 1 --out -r --").exit_code, 0);
  const CommandResult table = regrow("table -- -r");
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_TRUE(holds(table.out, "-r"));
  EXPECT_EQ(regrow("eval -- -r/last.safetensors").exit_code, 0);
  expect_error(regrow("train -- more"), 2, {"does not know 'more'"});
}

TEST_F(Options, AnArgumentMayBeCalledAsACommandIs) {
  EXPECT_EQ(regrow(std::string(kTrain) + "--epochs 1 --out bench").exit_code, 0);
  EXPECT_TRUE(holds(regrow("table bench --format csv").out, "\nbench,lset,"));
}

TEST_F(Options, ADashIsTheStandardInput) {
  const CommandResult config = piped("[training]\nepochs = 7\n", "config --config -");
  EXPECT_EQ(config.exit_code, 0) << config.err;
  EXPECT_TRUE(holds(config.out, "\nepochs = 7\n"));
  expect_error(piped("[training]\nepoch = 7\n", "config --config -"), 2,
               {"standard input:2: unknown key 'epoch'"});
  const std::string sweep =
      "[data]\ndataset = 'synthetic'\n[training]\nepochs = 1\n[grid]\nseed = [3]\n";
  const CommandResult swept = piped(sweep, "sweep - --out s --device cpu");
  EXPECT_EQ(swept.exit_code, 0) << swept.err;
  EXPECT_EQ(content("s/sweep.toml"), sweep);
  EXPECT_TRUE(std::filesystem::exists(at("s/seed=3/summary.json")));
  expect_error(piped(sweep, "sweep -"), 2, {"standard input", "--out"});
}

TEST_F(Options, AWrongFlagIsNotTakenForADistantOne) {
  const CommandResult wrong = regrow("train --lesson 3");
  EXPECT_TRUE(holds(wrong.err, "does not know '--lesson'; see")) << wrong.err;
}

TEST_F(Options, DensityIsAShareOfTheCells) {
  const std::string train =
      "train --dataset synthetic --synthetic-features 12 --hidden 20,15 "
      "--device cpu --epochs 1 --method static ";
  EXPECT_TRUE(holds(regrow(train + "--density 0.25 --out a").out, " 60 + 75 of 540 cells"));
  const CommandResult full = regrow(train + "--density 1 --out b");
  EXPECT_TRUE(holds(full.out, " 240 + 300 of 540 cells"));
  EXPECT_EQ(full.err, "");
  // Given over a file that has the other.
  std::ofstream(at("c.toml")) << regrow("config --density 0.25").out;
  EXPECT_EQ(regrow("config --config c.toml").out, content("c.toml"));
  const std::string config = regrow("config --config c.toml --epsilon 20").out;
  EXPECT_EQ(config, regrow("config").out);
  EXPECT_TRUE(holds(config, "\nepsilon = 20\ndensity = 0\nconnections = []\n"));
  EXPECT_TRUE(holds(content("c.toml"), "\nepsilon = 0\ndensity = 0.25\nconnections = []\n"));
  expect_error(regrow("config --density 0.25 --epsilon 20"), 2, {"--density", "--epsilon 20"});
  expect_error(regrow("train --resume a --density 0.5 --epochs 2"), 2, {"--density", "0.25"});
  EXPECT_EQ(regrow("train --resume a --density 0.25 --epochs 2").exit_code, 0);
}

// The runs of a sweep are given every setting as a flag.
TEST_F(Options, EveryWayToMakeConnectionsGoesThroughASweep) {
  std::ofstream(at("s.toml"))
      << "[data]\ndataset = 'synthetic'\n[network]\nhidden = [20, 15]\nepsilon = 3\n"
         "[training]\nepochs = 1\n[run]\ndevice = 'cpu'\n"
         "[[variant]]\nname = 'epsilon'\n"
         "[[variant]]\nname = 'density'\ndensity = 0.5\n"
         "[[variant]]\nname = 'counts'\nconnections = [100, 50]\n";
  const CommandResult result = regrow("sweep s.toml --out s");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto budget = [&](const std::string& run, std::size_t layer) {
    return read_checkpoint(at("s/" + run + "/last.safetensors")).network.layers[layer].budget;
  };
  EXPECT_EQ(budget("epsilon", 1), 105U);
  EXPECT_EQ(budget("density", 1), 150U);
  EXPECT_EQ(budget("counts", 1), 50U);
  EXPECT_EQ(regrow("sweep s.toml --out s").exit_code, 0);
}

// As of a script's variable that is not set: a run of its own would begin instead.
TEST_F(Options, AnEmptyNameIsNone) {
  for (const char* command : {"train --dataset synthetic --epochs 1 --resume ''",
                              "config --config ''", "eval x --out ''"}) {
    expect_error(shell(command), 2, {"needs a value"});
  }
}

TEST_F(Options, AnInputThatCannotBeReadIsNotAnEmptyOne) {
  expect_error(shell("config --config - < ."), 1, {"standard input: cannot be read"});
}

TEST_F(Options, AListMayBeTakenBackByAWord) {
  const std::string config = regrow("config --restart-epochs none --connections none").out;
  EXPECT_TRUE(holds(config, "\nrestart_epochs = []\n"));
  EXPECT_TRUE(holds(config, "\nconnections = []\n"));
}

// A slip of --out must not cost a run.
TEST_F(Options, WritesOverNoFileOfARun) {
  ASSERT_EQ(regrow("train --dataset synthetic --epochs 1 --device cpu --out r").exit_code, 0);
  for (const char* file :
       {"last.safetensors", "best.safetensors", "metrics.jsonl", "config.toml", "summary.json"}) {
    const std::string path = std::string("r/") + file, before = content(path);
    expect_error(regrow("eval r --out " + path), 2, {"--out", path, "another name"});
    EXPECT_EQ(content(path), before);
  }
  expect_error(regrow("bench --size tiny --device cpu --json r/last.safetensors"), 2, {"--json"});
  expect_error(regrow("eval r --out r"), 2, {"--out", "r is a folder", "another name"});
  expect_error(regrow("bench --json /dev/null"), 2, {"--json", "a device", "another name"});
  EXPECT_EQ(regrow("eval r --out r/predictions.csv").exit_code, 0);
  EXPECT_EQ(regrow("eval r --out r/predictions.csv").exit_code, 0) << "its own, again";
}

}  // namespace
}  // namespace regrow::tests
