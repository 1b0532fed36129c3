// regrow table over seeds: of runs made by hand, so that all its numbers are known.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "cli/program.h"
#include "study/study_support.h"

namespace regrow::tests {
namespace {

using Accuracies = std::vector<double>;

class TableOverSeeds : public Program {
 protected:
  /// A run of 3 epochs, of which it has as many as there are accuracies.
  void run(const std::string& name, const Accuracies& accuracies, int seed, const char* method,
           const char* preset = "paper", const char* grow = "random") const {
    std::filesystem::create_directories(at(name).parent_path());
    const std::string seed_text = std::to_string(seed);
    write_run(at(name),
              config_with({{"preset", preset},
                           {"epochs", "3"},
                           {"method", method},
                           {"grow", grow},
                           {"seed", seed_text.c_str()}}),
              accuracies);
  }

  void sweep_of_two_methods() const {
    run("sweep/lset-1", {0.2, 0.3, 0.52}, 1, "lset");
    run("sweep/lset-2", {0.2, 0.3, 0.63}, 2, "lset");
    run("sweep/lset-3", {0.2, 0.3, 0.71}, 3, "lset");
    run("sweep/set-1", {0.2, 0.3, 0.5}, 1, "set");
    run("sweep/set-2", {0.2, 0.3, 0.6}, 2, "set");
    run("sweep/set-3", {0.2, 0.3, 0.7}, 3, "set");
    std::filesystem::create_directory(at("sweep/logs"));
  }

  /// Without regard to how far the columns stand apart.
  static void expect_parts(std::string text, const std::vector<std::string>& parts) {
    const auto both_blank = [](char a, char b) { return a == ' ' && b == ' '; };
    text.erase(std::unique(text.begin(), text.end(), both_blank), text.end());
    for (const std::string& part : parts) {
      EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' in\n" << text;
    }
  }

  /// The field of a CSV's row, from 1, in the column of that name.
  static std::string field(const std::string& csv, std::size_t row, const std::string& column) {
    std::istringstream lines(csv);
    std::string header;
    std::string line;
    std::getline(lines, header);
    for (std::size_t i = 0; i < row; ++i) std::getline(lines, line);
    const auto fields = [](const std::string& text) {
      std::vector<std::string> parts(1);
      bool quoted = false;
      for (const char c : text) {
        if (c == '"') {
          quoted = !quoted;
        } else if (c == ',' && !quoted) {
          parts.emplace_back();
        } else {
          parts.back() += c;
        }
      }
      return parts;
    };
    const auto names = fields(header);
    const auto place = std::find(names.begin(), names.end(), column) - names.begin();
    const auto values = fields(line);
    EXPECT_EQ(values.size(), names.size());
    return values.at(static_cast<std::size_t>(place));
  }
};

TEST_F(TableOverSeeds, OfASweepIsMeansAndDeviations) {
  sweep_of_two_methods();
  const CommandResult result = regrow("table sweep");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  expect_parts(
      result.out,
      {"after 3 epochs", "0.6000 ± 0.1000", "0.6200 ± 0.0954", "set - 3 0.6000",
       "In all rows: pause none, grow random.", "100 ± 0", "0.600 ± 0.000", "Compared with set: ",
       // 0.02 ± 0.0058 of differences 0.02, 0.03, 0.01; t = 3.4641, ν = 2
       " accuracy 3 +0.0200 ± 0.0058 -0.0048 to +0.0448 1.00 0.074 0.148 "
       "+0.0200 ± 0.0798 0.814 1.000",
       " loss 3 -0.0200 ± 0.0058 -0.0448 to +0.0048 ",
       "for all comparisons of this table that have one: of 2, 2 by the paired "
       "test and 2 by Welch's"});
  EXPECT_EQ(result.out.find("compared with"), std::string::npos) << "there is one baseline";
}

TEST_F(TableOverSeeds, OfRowsWithBaselinesOfTheirOwnNamesThem) {
  sweep_of_two_methods();
  run("sweep/other", {0.2, 0.3, 0.6}, 1, "set", "paper", "one_neighbour");
  run("sweep/another", {0.2, 0.3, 0.6}, 1, "lset", "paper", "one_neighbour");
  expect_parts(regrow("table sweep").out,
               {"Compared with baselines: ", "compared with", " set, random growth accuracy 3 ",
                " set, one_neighbour growth accuracy 1 "});
}

TEST_F(TableOverSeeds, AsCsvIsExact) {
  sweep_of_two_methods();
  const std::string csv = regrow("table sweep --format csv").out;
  EXPECT_EQ(field(csv, 1, "method"), "set");
  EXPECT_EQ(field(csv, 2, "method"), "lset");
  EXPECT_EQ(field(csv, 2, "seeds"), "1 2 3");
  EXPECT_EQ(field(csv, 2, "after_epochs"), "3");
  EXPECT_NEAR(std::stod(field(csv, 2, "accuracy_mean")), 0.62, 1e-15);
  EXPECT_NEAR(std::stod(field(csv, 2, "accuracy_sd")), 0.09539392014169457, 1e-15);
  EXPECT_NEAR(std::stod(field(csv, 2, "alpha_mean")), 0.0062, 1e-17);
  EXPECT_EQ(field(csv, 2, "connections_sd"), "0");
  EXPECT_EQ(field(csv, 2, "seconds_per_epoch_mean"), "");
  EXPECT_EQ(field(csv, 2, "best_accuracy_mean"), "0.2");
  EXPECT_NEAR(std::stod(field(csv, 2, "off_fixed_point_mean")), 0.2, 1e-15);  // 100 / (60 / 0.72)
  EXPECT_EQ(field(csv, 2, "baseline"), "set, random growth");
  EXPECT_NEAR(std::stod(field(csv, 2, "accuracy_difference_se")), 0.005773502691896258, 1e-14);
  // scipy.stats.ttest_1samp([0.02, 0.03, 0.01], 0)
  EXPECT_NEAR(std::stod(field(csv, 2, "accuracy_p")), 0.07417990022744853, 1e-10);
  EXPECT_NEAR(std::stod(field(csv, 2, "accuracy_p_holm")), 2 * 0.07417990022744853, 1e-10);
  // scipy.stats.ttest_ind([.52, .63, .71], [.5, .6, .7], equal_var=False)
  EXPECT_NEAR(std::stod(field(csv, 2, "accuracy_welch_p")), 0.8144565616022936, 1e-12);
  EXPECT_EQ(field(csv, 2, "paired_tests"), "2");
  EXPECT_EQ(field(csv, 2, "peak_connections_mean"), "100");
  EXPECT_EQ(csv.find("margin"), std::string::npos);
  EXPECT_EQ(field(csv, 1, "baseline"), "");
}

TEST_F(TableOverSeeds, NeedsThreePairsForATest) {
  run("sweep/lset-1", {0.2, 0.3, 0.52}, 1, "lset");
  run("sweep/lset-2", {0.2, 0.3, 0.63}, 2, "lset");
  run("sweep/set-1", {0.2, 0.3, 0.5}, 1, "set");
  run("sweep/set-2", {0.2, 0.3, 0.6}, 2, "set");
  run("sweep/set-3", {0.2, 0.3, 0.7}, 3, "set");
  expect_parts(regrow("table sweep").out, {" accuracy 2 +0.0250 ± 0.0050 - - - - -0.0250 ± "});
  EXPECT_EQ(field(regrow("table sweep --format csv").out, 2, "accuracy_p"), "");
}

TEST_F(TableOverSeeds, OfOneSeedHasNoDeviation) {
  run("sweep/a", {0.2, 0.3, 0.5}, 1, "set");
  const std::string text = regrow("table sweep").out;
  expect_parts(text, {"set 1 0.5000 0.5000"});
  EXPECT_EQ(text.find("Compared"), std::string::npos);
  EXPECT_EQ(field(regrow("table sweep --format csv").out, 1, "accuracy_sd"), "");
}

TEST_F(TableOverSeeds, LeavesOutTheUnfinishedAndSaysWhich) {
  run("sweep/a", {0.2, 0.3, 0.5}, 1, "set");
  run("sweep/b", {0.2, 0.4}, 2, "set");
  const CommandResult result = regrow("table sweep");
  EXPECT_EQ(result.err, "warning: sweep/b: 2 of 3 epochs; left out\n");
  expect_parts(result.out, {"set 1 0.5000"});
  const CommandResult begun = regrow("table sweep --epochs 2");
  EXPECT_EQ(begun.err, "");
  expect_parts(begun.out, {"after 2 epochs", "set 2 0.3500 ± 0.0707"});
  expect_error(regrow("table sweep --epochs 4"), 1, {"no run has all its epochs", "longest 3"});
}

TEST_F(TableOverSeeds, SetsThePapersValuesBesideRowsThatRepeatIt) {
  run("sweep/set", {0.2, 0.3, 0.6}, 1, "set");
  run("sweep/static", {0.2, 0.3, 0.6}, 1, "static");
  run("sweep/other", {0.2, 0.3, 0.6}, 1, "set", "paper", "one_neighbour");
  const CommandResult result = regrow("table sweep --paper");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_parts(result.out,
               {"0.6000 0.6682 -0.0682", "342493 -100.0 %", "1.95 ",
                "static, random growth: the paper has no such method in its Table 2.",
                "set, one_neighbour growth: differs from the paper's experiment in grow.",
                "The paper's are after 1000 epochs, ours after 3 epochs."});
  const std::string csv = regrow("table sweep --paper --format csv").out;
  EXPECT_EQ(field(csv, 1, "accuracy_paper"), "");
  EXPECT_EQ(field(csv, 2, "grow"), "random");
  EXPECT_EQ(field(csv, 2, "accuracy_paper"), "0.6682");
  EXPECT_NEAR(std::stod(field(csv, 2, "accuracy_minus_paper")), -0.0682, 1e-15);
  EXPECT_EQ(field(csv, 3, "accuracy_paper"), "");
}

TEST_F(TableOverSeeds, ComparesWithRandomGrowth) {
  for (int seed = 1; seed <= 3; ++seed) {
    run(fmt::format("sweep/r{}", seed), {0.2, 0.3, 0.5 + 0.1 * seed}, seed, "lset");
    run(fmt::format("sweep/n{}", seed), {0.2, 0.3, 0.6 + 0.1 * seed}, seed, "lset", "paper",
        "one_neighbour");
  }
  expect_parts(regrow("table sweep --baseline random").out,
               {"Compared with lset, random growth: ",
                " accuracy 3 +0.1000 ± 0.0000 - 1.00 - - +0.1000 ± 0.0816 0.288 ",
                " loss 3 -0.1000 ± 0.0000 - 1.00 - - -0.1000 ± ",
                "of 2, 0 by the paired test and 2 by Welch's"});
}

// The accuracies of lset are 2, 3 and 1 points better.
TEST_F(TableOverSeeds, TestsNonInferiorityWithAMargin) {
  sweep_of_two_methods();
  const std::string text = regrow("table sweep --margin 1.5").out;
  // scipy.stats.ttest_1samp([.02, .03, .01], -.015, alternative="greater")
  expect_parts(text, {"Accuracy not inferior by 1.5 points to set: ",
                      " 3 +0.0200 ± 0.0058 0.013 0.013", "that have one: 1."});
  expect_parts(regrow("table sweep --margin 0 --format latex").out,
               {"% Accuracy superior to set, random growth: ", " & 0.037 & 0.037"});
  const std::string csv = regrow("table sweep --margin 1.5 --format csv").out;
  EXPECT_EQ(field(csv, 2, "margin_points"), "1.5");
  EXPECT_NEAR(std::stod(field(csv, 2, "noninferior_p")), 0.013074159451823312, 1e-12);
  EXPECT_EQ(field(csv, 2, "noninferior_tests"), "1");
  EXPECT_EQ(field(csv, 1, "noninferior_p"), "");
  for (const char* margin : {"-0.1", "nan", "inf", "101"}) {
    expect_error(regrow(std::string("table sweep --margin ") + margin), 2,
                 {"--margin takes points of accuracy, 0 to 100", margin});
  }
}

TEST_F(TableOverSeeds, SaysThatNothingIsCompared) {
  run("sweep/a", {0.2, 0.3, 0.5}, 1, "set");
  EXPECT_EQ(regrow("table sweep").err, "");
  for (const std::string arguments :
       {"--margin 0.3", "--baseline random", "--margin 0 --format csv"}) {
    const CommandResult result = regrow("table sweep " + arguments);
    EXPECT_EQ(result.exit_code, 0);
    expect_parts(result.err, {"warning: nothing is compared", "--baseline"});
  }
}

TEST_F(TableOverSeeds, TakesNumbersAsDecimal) {
  run("sweep/a", Accuracies(10, 0.5), 1, "set", "paper", "random");
  expect_parts(regrow("table sweep --epochs 010").out, {"after 10 epochs"});
  for (const char* wrong : {"0x2", "2.5", "1e1", "-1", "4294967297"}) {
    expect_error(regrow(std::string("table sweep --last ") + wrong), 2, {"--last", wrong});
  }
}

TEST_F(TableOverSeeds, RefusesAnEmptyValue) {
  run("sweep/a", {0.2, 0.3, 0.5}, 1, "set");
  using Words = std::vector<std::string>;
  for (const Words& given : {Words{"table", "sweep", "--margin"}, Words{"sweep", "x", "--max-time"},
                             Words{"sweep", "x", "--shard"}}) {
    expect_error(
        run_command({REGROW_PROGRAM, given[0], given[1], given[2], ""}, {.folder = dir_.path()}), 2,
        {given[2], "needs a value"});
  }
}

TEST_F(TableOverSeeds, OfARunWhoseNameHasALineEndIsALineARun) {
  run("a\nb", {0.2, 0.3, 0.5}, 1, "set");
  run("c", {0.2, 0.3, 0.5}, 2, "set");
  const std::string text =
      run_command({REGROW_PROGRAM, "table", at("a\nb").string(), "c"}, {.folder = dir_.path()}).out;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6) << text;
}

TEST_F(TableOverSeeds, OfTheLastEpochsAreTheirMeans) {
  sweep_of_two_methods();
  const std::string text = regrow("table sweep --last 2").out;
  expect_parts(text, {"Test set, means of the last 2 of 3 epochs: ", "0.4500 ± 0.0500",
                      "means over its last epochs"});
  EXPECT_EQ(field(regrow("table sweep --last 2 --format csv").out, 1, "last_epochs"), "2");
  for (const std::string format : {"text", "csv"}) {
    EXPECT_EQ(regrow("table sweep --last 1 --format " + format).out,
              regrow("table sweep --format " + format).out);
  }
  expect_error(regrow("table sweep --last 4"), 1, {"sweep/lset-1", "the run has 3"});
  expect_error(regrow("table sweep --last 0"), 2, {"--last"});
}

TEST_F(TableOverSeeds, IsChosenByTheArguments) {
  sweep_of_two_methods();
  expect_parts(regrow("table sweep/set-1 sweep/lset-1").out, {"run ", "status", "finished"});
  expect_parts(regrow("table sweep --seeds each").out, {"run ", "sweep/lset-2", "finished"});
  expect_parts(regrow("table sweep/set-1 sweep/set-2 --seeds mean").out, {"0.5500 ± 0.0707"});
  expect_error(regrow("table sweep --seeds each --paper"), 2, {"--seeds mean"});
}

TEST_F(TableOverSeeds, SaysWhereColumnsOfSingleRunsAre) {
  sweep_of_two_methods();
  for (const std::string format : {"text", "csv", "json"}) {
    expect_error(regrow("table sweep --columns run,accuracy --format " + format), 2,
                 {"no column 'run'", "come with --seeds each"});
  }
  expect_parts(regrow("table sweep --columns run,accuracy --seeds each").out, {"sweep/lset-2"});
  // The help's own example, which holds for sweeps and for runs.
  const std::string example = " --columns method,accuracy,density";
  expect_parts(regrow("table --help").out, {"method,accuracy,density"});
  EXPECT_EQ(regrow("table sweep" + example).exit_code, 0);
  EXPECT_EQ(regrow("table sweep/set-1" + example).exit_code, 0);
}

TEST_F(TableOverSeeds, IsLatexAndMarkdown) {
  sweep_of_two_methods();
  const std::string latex = regrow("table sweep --paper --format latex").out;
  expect_parts(latex, {"% Test set", "\\begin{tabular}{llllrrrrrrrrrr}", "0.6000 $\\pm$ 0.1000",
                       "\\bottomrule", "$-$0.0682"});
  const std::string markdown = regrow("table sweep --format markdown").out;
  expect_parts(markdown, {"|---|", "| 0.6000 ± 0.1000 |", "seeds\n\n| method"});
}

}  // namespace
}  // namespace regrow::tests
