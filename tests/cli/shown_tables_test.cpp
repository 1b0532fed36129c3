// What table, eval, inspect and devices show: in a terminal's width, by chosen columns, for
// programs.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/program.h"
#include "cli/table/fitted_table.h"
#include "cli/terminal/text_layout.h"
#include "study/study_support.h"

namespace regrow::tests {
namespace {

using Json = nlohmann::json;

class ShownTables : public Program {
 protected:
  CommandResult shell(const std::string& line) const {
    return run_command({"/bin/sh", "-c", line}, {.folder = dir_.path()});
  }

  CommandResult in_columns(std::size_t columns, const std::string& arguments) const {
    return shell("COLUMNS=" + std::to_string(columns) + " " + REGROW_PROGRAM + " " + arguments);
  }

  Json json(const std::string& arguments) const {
    const CommandResult result = regrow(arguments + " --format json");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out);
  }

  static std::size_t widest_line(const std::string& text) {
    std::istringstream lines(text);
    std::size_t widest = 0;
    for (std::string line; std::getline(lines, line);) {
      widest = std::max(widest, display_width(line));
    }
    return widest;
  }

  static void expect_lines(const std::string& text, const std::vector<std::string>& beginnings) {
    for (const std::string& line : beginnings) {
      EXPECT_NE(("\n" + text).find("\n" + line), std::string::npos) << line << " in\n" << text;
    }
  }

  void write(const std::string& name, const char* method, const char* seed,
             const std::vector<double>& accuracies) const {
    std::filesystem::create_directories(at(name).parent_path());
    write_run(at(name),
              config_with({{"dataset", "synthetic"},
                           {"hidden", "20,15"},
                           {"epochs", "3"},
                           {"method", method},
                           {"seed", seed}}),
              accuracies);
  }

  /// Two variants, two seeds each; what is no letter in a variant's name is none in the folders'.
  void write_sweep() const {
    write("sweep/a-SET,seed=1", "set", "1", {0.2, 0.3, 0.5});
    write("sweep/a-SET,seed=2", "set", "2", {0.2, 0.3, 0.6});
    write("sweep/LSET,seed=1", "lset", "1", {0.2, 0.3, 0.7});
    write("sweep/LSET,seed=2", "lset", "2", {0.2, 0.3, 0.8});
    std::ofstream(at("sweep/sweep.toml"))
        << "[[variant]]\nname = \"a SET\"\n[[variant]]\nname = \"LSET\"\n"
           "[[variant]]\nname = \"LS\"\n";
  }

  void train_run(const std::string& more = "") const {
    ASSERT_EQ(regrow(std::string(kTrain) + "--epochs 2 --out r " + more).exit_code, 0);
  }
};

TEST_F(ShownTables, FitTheTerminal) {
  write_sweep();
  train_run();
  for (const std::size_t columns : {60U, 100U, 200U}) {
    for (const std::string command :
         {"table sweep --paper --margin 0.5", "table sweep --seeds each", "table sweep --per-epoch",
          "table r sweep/LSET,seed=1", "inspect r", "eval r", "devices"}) {
      const CommandResult result = in_columns(columns, command);
      EXPECT_EQ(result.exit_code, 0) << result.err;
      EXPECT_LE(widest_line(result.out), columns) << command << "\n" << result.out;
    }
  }
  const std::string narrow = in_columns(60, "table sweep --seeds each").out;
  expect_lines(narrow, {"Runs in sweep/. In all rows: ", "LSET,seed=1 ", "No room for: "});
  EXPECT_EQ(regrow("table sweep --seeds each").out.find("No room"), std::string::npos);
}

TEST_F(ShownTables, NumberRowsWhoseNamesAreTooLong) {
  TextTable table;
  table.header = {"run", "of", "x"};
  table.rows = {{"a-very-long-name-1", "loss", "1"}, {"a-very-long-name-2", "-", "2"}};
  table.left_aligned = 2;
  table.ranks = {kKey, kKey, kNeeded};
  const FittedTable narrow = fitted(table, 24);
  EXPECT_EQ(narrow.text, "#  x\n1  1\n2  2\n");
  EXPECT_EQ(narrow.notes, (std::vector<std::string>{"# 1: run a-very-long-name-1, of loss",
                                                    "# 2: run a-very-long-name-2"}));
  EXPECT_EQ(fitted(table, 40).text, as_text(table));
}

TEST_F(ShownTables, LeaveColumnsOutByRankAndKeepATestTogether) {
  const TextTable table{.header = {"k", "aaaa", "bbbb", "cccc", "dddd"},
                        .rows = {{"k", "1", "2", "3", "4"}},
                        .ranks = {kKey, kNeeded, kWithLast, kExtra, kNeeded}};
  const FittedTable narrow = fitted(table, 15);
  EXPECT_EQ(narrow.text, "k  aaaa  bbbb\nk     1     2\n\nk  dddd\nk     4\n");
  EXPECT_EQ(narrow.left_out, std::vector<std::string>{"cccc"});
}

TEST_F(ShownTables, NameTheVariantsOfASweep) {
  write_sweep();
  const CommandResult means = regrow("table sweep");
  expect_lines(means.out, {"variant  method  measure  n ", "a SET    set     -        2 ",
                           "LSET     lset    loss     2 ", "Compared with a SET: "});
  const Json rows = json("table sweep --seeds each")["rows"];
  EXPECT_EQ(rows[0]["variant"], "LSET");
  EXPECT_EQ(rows[2]["variant"], "a SET");
  std::ofstream(at("sweep/sweep.toml")) << "[[variant";
  const CommandResult damaged = regrow("table sweep --seeds each --format json");
  EXPECT_EQ(Json::parse(damaged.out)["rows"][0]["variant"], nullptr);
  EXPECT_NE(damaged.err.find("sweep/sweep.toml:1: "), std::string::npos) << damaged.err;
  EXPECT_NE(damaged.err.find("the variants of its runs are not named\n"), std::string::npos);
  EXPECT_EQ(std::count(damaged.err.begin(), damaged.err.end(), '\n'), 1) << damaged.err;
}

TEST_F(ShownTables, HaveTheColumnsThatWereChosen) {
  write_sweep();
  const double density = 100.0 / (64 * 20 + 20 * 15);
  EXPECT_EQ(regrow("table sweep --seeds each --columns seed,density,zeta,run --format csv")
                .out.substr(0, 40),
            fmt::format("seed,density,zeta,run\n1,{},0.3,\"", density).substr(0, 40));
  expect_lines(regrow("table sweep --columns accuracy,variant,time").out,
               {"       accuracy  variant  time (s)\n0.5500 ± 0.0707  a SET           -\n"});
  EXPECT_EQ(regrow("table sweep --columns variant,accuracy,pairs --format csv").out,
            "variant,accuracy_mean,accuracy_sd,pairs\na SET,0.55,0.07071067811865474,\n"
            "LSET,0.75,0.07071067811865482,2\n");
  for (const std::string seeds : {"each", "mean"}) {
    expect_error(regrow("table sweep --columns run,acuracy --seeds " + seeds), 2,
                 {seeds == "each" ? "'acuracy' (did you mean accuracy?)" : "'run'", "there are "});
    expect_error(regrow("table sweep --sort acuracy --seeds " + seeds), 2, {"'acuracy'"});
  }
  expect_error(regrow("table sweep --columns n,n"), 2, {"'n' is chosen twice"});
}

TEST_F(ShownTables, AreSorted) {
  write_sweep();
  const auto accuracies = [&](const std::string& arguments) {
    std::vector<double> values;
    const Json document = json("table sweep " + arguments);
    for (const Json& row : document["rows"]) {
      values.push_back(row["accuracy"].is_object() ? row["accuracy"]["mean"].get<double>()
                                                   : row["accuracy"].get<double>());
    }
    return values;
  };
  EXPECT_EQ(accuracies("--seeds each --sort accuracy"), (std::vector{0.5, 0.6, 0.7, 0.8}));
  EXPECT_EQ(accuracies("--seeds each --sort seed,-accuracy"), (std::vector{0.7, 0.5, 0.8, 0.6}));
  EXPECT_EQ(accuracies("--seeds mean --sort -accuracy"), (std::vector{0.75, 0.55}));
  EXPECT_EQ(accuracies("--per-epoch --epochs 1 --sort -seed").size(), 4U);
  expect_lines(regrow("table sweep --sort -loss --format csv").out, {"set,", "lset,"});
  expect_lines(regrow("table sweep --sort -accuracy").out, {"LSET ", "a SET "});
}

TEST_F(ShownTables, OverSeedsAreADocumentForPrograms) {
  write_sweep();
  write("sweep/LSET,seed=3", "lset", "3", {0.2, 0.3, 0.75});
  write("sweep/a-SET,seed=3", "set", "3", {0.2, 0.3, 0.4});
  const Json document = json("table sweep --margin 1");
  EXPECT_EQ(document["table"], "mean");
  const Json& lset = document["rows"][1];
  EXPECT_EQ(lset["variant"], "LSET");
  EXPECT_EQ(lset["n"], 3);
  EXPECT_EQ(lset["seeds"], Json({1, 2, 3}));
  EXPECT_NEAR(lset["accuracy"]["mean"].get<double>(), 0.75, 1e-15);
  EXPECT_NEAR(lset["accuracy"]["standard_deviation"].get<double>(), 0.05, 1e-15);
  EXPECT_EQ(lset["seconds"]["mean"], nullptr);
  const Json& comparison = document["comparisons"][0];
  EXPECT_EQ(comparison["row"], 1);
  EXPECT_EQ(comparison["baseline"], 0);
  EXPECT_EQ(comparison["pairs"], 3);
  EXPECT_NEAR(comparison["difference"].get<double>(), 0.25, 1e-15);
  EXPECT_TRUE(comparison["p_holm"].is_number());
  EXPECT_TRUE(comparison["noninferior_p"].is_number());
}

TEST_F(ShownTables, OfEpochsHaveARowForEach) {
  write_sweep();
  const std::string run = "table sweep/LSET,seed=1 --per-epoch ";
  expect_lines(regrow(run).out, {"sweep/LSET,seed=1, epoch by epoch.", "epoch  accuracy ",
                                 "    1    0.2000 ", "    3    0.7000 ", "alpha (α): "});
  const Json document = json(run + "--epochs 2");
  ASSERT_EQ(document["rows"].size(), 2U);
  const Json& second = document["rows"][1];
  EXPECT_EQ(second["epoch"], 1);
  EXPECT_EQ(second["accuracy"], 0.3);
  EXPECT_NEAR(second["val_accuracy"].get<double>(), 0.7, 1e-15);
  EXPECT_EQ(second["layer0_negatives"], 40);
  EXPECT_EQ(second["layer0_explored"], nullptr);
  EXPECT_EQ(regrow(run + "--columns epoch,theta --sort -epoch --format csv").out,
            "epoch,theta\n2,\n1,0.6\n0,0.5\n");
  expect_error(regrow(run + "--seeds mean"), 2, {"--per-epoch"});
}

TEST_F(ShownTables, LeaveOutARunOfAnUnknownRule) {
  write_sweep();
  const std::string file = "sweep/LSET,seed=1/config.toml";
  std::string text = content(file);
  text.replace(text.find("\"random\""), 8, "\"by_moon\"");
  std::ofstream(at(file)) << text;
  const CommandResult means = regrow("table sweep");
  EXPECT_EQ(means.exit_code, 0);
  EXPECT_EQ(means.err.rfind("warning: sweep/LSET,seed=1/config.toml", 0), 0U) << means.err;
  EXPECT_NE(means.err.find("by_moon"), std::string::npos) << means.err;
  EXPECT_NE(means.err.find("; left out\n"), std::string::npos) << means.err;
  expect_lines(means.out, {"LSET     lset    loss     1 "});
  const CommandResult each = regrow("table sweep --seeds each");
  EXPECT_EQ(each.exit_code, 0);
  EXPECT_NE(each.out.find("damaged\n"), std::string::npos) << each.out;
}

TEST_F(ShownTables, OfARunAreOfItsBestAndItsLastState) {
  train_run();
  expect_lines(regrow("eval r").out, {"checkpoint: r/best.safetensors, after ", "test of "});
  expect_lines(regrow("inspect r").out, {"r/last.safetensors: lset on synthetic"});
  std::filesystem::remove(at("r/best.safetensors"));
  expect_error(regrow("eval r"), 1, {"r: the run has no best.safetensors", "last.safetensors"});
  std::filesystem::create_directory(at("none"));
  expect_error(regrow("inspect none"), 1, {"none: holds no last.safetensors"});
}

TEST_F(ShownTables, OfTheStandardInputAreThoseOfTheFile) {
  train_run();
  const std::string program = REGROW_PROGRAM;
  EXPECT_EQ(shell("cat r/last.safetensors | " + program + " eval -").out,
            regrow("eval r/last.safetensors").out);
  const std::string shown = regrow("inspect r/last.safetensors").out;
  EXPECT_EQ(shell(program + " inspect - < r/last.safetensors").out,
            "standard input" + shown.substr(shown.find(": lset")));
  expect_error(shell("echo short | " + program + " inspect -"), 1, {"standard input: "});
  expect_error(regrow("table -"), 2, {"'-' is no folder"});
}

TEST_F(ShownTables, PredictionsOnTheStandardOutputAreAloneThere) {
  train_run();
  const std::string summary = regrow("eval r --out p.csv").out;
  const CommandResult result = regrow("eval r --out -");
  EXPECT_EQ(result.out, content("p.csv"));
  EXPECT_EQ(result.err, summary);
}

TEST_F(ShownTables, OfACheckpointAreDocumentsForPrograms) {
  train_run();
  const EpochRecord last = RunFolder::open(at("r")).read_metrics().back();
  const Json evaluated = json("eval r/last.safetensors");
  EXPECT_EQ(evaluated["accuracy"], last.test_accuracy);
  EXPECT_EQ(evaluated["samples"], 50);
  EXPECT_EQ(evaluated["classes"].size(), 4U);
  const Json inspected = json("inspect r");
  EXPECT_EQ(inspected["checkpoint"], "r/last.safetensors");
  EXPECT_EQ(inspected["sparse_connections"], last.connections);
  EXPECT_EQ(inspected["output_connections"], 60);
  EXPECT_EQ(inspected["layers"][2]["dead"], nullptr);
  EXPECT_EQ(inspected["layers"][0]["in_degree"]["minimum"].is_number(), true);
}

// Of images in files no configuration tells the size.
TEST_F(ShownTables, HaveTheDensityOfImagesOfAnySize) {
  write_tiny_mnist("mnist", '\1');
  ASSERT_EQ(regrow("train --dataset mnist --data mnist --validation test --hidden 20 --epsilon 3 "
                   "--batch 5 --threads 1 --device cpu --epochs 1 --out m")
                .exit_code,
            0);
  const Json row = json("table m")["rows"][0];
  EXPECT_EQ(row["density"], row["connections"].get<double>() / (12 * 20));
}

}  // namespace
}  // namespace regrow::tests
