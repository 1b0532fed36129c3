// Which runs a sweep's file makes, in which order, under which names; and what it refuses.
#include "sweep/sweep_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "regrow/error.h"
#include "regrow/run_folder.h"

namespace regrow {
namespace {

std::vector<SweepRun> runs_of(const std::string& text, std::span<const GivenFlag> flags = {}) {
  return read_sweep({text, "s.toml", {}}, flags, "out");
}

std::vector<std::string> names_of(const std::vector<SweepRun>& runs) {
  std::vector<std::string> names;
  for (const SweepRun& run : runs) names.push_back(run.name);
  return names;
}

std::string refusal_of(const std::string& text, std::span<const GivenFlag> flags = {}) {
  try {
    runs_of(text, flags);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

using Names = std::vector<std::string>;

TEST(SweepFile, CrossesTheGridInTheFilesOrderFirstFastest) {
  const auto runs = runs_of(
      "[training]\nepochs = 7\n[grid]\nmethod = ['set', 'accset']\nseed = [3, 1]\nepsilon = 2.5\n");
  EXPECT_EQ(names_of(runs),
            (Names{"method=set,seed=3,epsilon=2.5", "method=accset,seed=3,epsilon=2.5",
                   "method=set,seed=1,epsilon=2.5", "method=accset,seed=1,epsilon=2.5"}));
  EXPECT_EQ(runs[1].config.method, Method::kAccSet);
  EXPECT_EQ(runs[1].config.measure, Measure::kValAcc) << "resolved";
  EXPECT_EQ(runs[1].config.seed, 3);
  EXPECT_EQ(runs[2].config.seed, 1);
  EXPECT_EQ(runs[3].config.epsilon, 2.5);
  EXPECT_EQ(runs[3].config.epochs, 7);
  EXPECT_EQ(runs[3].config.out, "out/method=accset,seed=1,epsilon=2.5");
}

TEST(SweepFile, CrossesVariantsWithTheGrid) {
  const auto runs = runs_of(
      "preset = 'paper'\n[grid]\nseed = [0, 1]\n[[variant]]\nname = 'SET'\nmethod = 'set'\n"
      "[[variant]]\nname = 'DynSET 2'\nmethod = 'dynset'\nmeasure = 'val_loss'\n");
  EXPECT_EQ(names_of(runs),
            (Names{"SET,seed=0", "DynSET-2,seed=0", "SET,seed=1", "DynSET-2,seed=1"}));
  EXPECT_EQ(runs[3].config.pause, Measure::kValLoss);
  EXPECT_TRUE(runs[3].config.validation.is_test()) << "the base's preset holds for every run";
}

/// The study that chose them and the values that a run gets by default cannot part unnoticed.
TEST(SweepFile, TheDefaultsStudyHasThePresetAmongItsVariants) {
  for (const auto& [dataset, variant] :
       {std::pair{DatasetName::kFashionMnist, "dropout-0.1"}, {DatasetName::kCifar10, "base"}}) {
    const std::string file = REGROW_EXPERIMENTS "/defaults/" + name_of(dataset) + "/sweep.toml";
    const auto runs = read_sweep({read_file(file), file, {}}, {}, "out");
    const std::string name = variant + std::string(",seed=0");
    const auto run = std::find_if(runs.begin(), runs.end(),
                                  [&](const SweepRun& each) { return each.name == name; });
    ASSERT_NE(run, runs.end());
    Config preset = preset_config(PresetName::kDefault, dataset);
    resolve(preset);
    preset.epochs = run->config.epochs;
    preset.out = run->config.out;
    EXPECT_EQ(to_toml(run->config), to_toml(preset));
  }
}

TEST(SweepFile, AListOfIntegersIsOneValueOfASettingThatIsAList) {
  EXPECT_EQ(names_of(runs_of("[grid]\nhidden = [[20, 10], [30]]\n")),
            (Names{"hidden=20,10", "hidden=30"}));
  EXPECT_EQ(names_of(runs_of("[grid]\nhidden = [20, 10]\nseed = 4\n")),
            (Names{"hidden=20,10,seed=4"}));
}

TEST(SweepFile, ThePresetMayVaryAndChangesWhatItChooses) {
  const auto runs = runs_of("[training]\nbatch = 50\n[grid]\npreset = ['default', 'paper']\n");
  EXPECT_EQ(runs[0].config.validation, Validation{5000});
  EXPECT_TRUE(runs[1].config.validation.is_test());
  EXPECT_EQ(runs[1].config.batch, 50);
}

TEST(SweepFile, FlagsBeatTheBaseButNotWhatVaries) {
  const std::vector<GivenFlag> epochs = {{find_setting("epochs"), "3"}};
  EXPECT_EQ(runs_of("[training]\nepochs = 9\n[grid]\nseed = [1]\n", epochs)[0].config.epochs, 3);
  const std::vector<GivenFlag> seed = {{find_setting("seed"), "3"}};
  EXPECT_EQ(refusal_of("[grid]\nseed = [1]\n", seed),
            "--seed: the sweep varies it; edit the sweep's file instead");
}

TEST(SweepFile, NamesAreFoldersNames) {
  const auto runs = runs_of("[[variant]]\nname = '../a b/ü'\nseed = 1\n");
  EXPECT_EQ(runs[0].name, "-.-a-b-ü");
  const auto names = runs_of(
      "[[variant]]\nname = 'größe'\n[[variant]]\nname = '模型A'\n[[variant]]\nname = '模型B'\n"
      "[[variant]]\nname = \"e\\u0301\\u202e\\u3000\\u001b🙂\"\n[[variant]]\nname = '..'\n"
      "[[variant]]\nname = '-x'\n");
  EXPECT_EQ(names_of(names), (Names{"größe", "模型A", "模型B", "e\u0301---🙂", "-.", "-x"}));
}

TEST(SweepFile, RefusesTwoRunsOfOneFolder) {
  const auto refused = [](const std::string& a, const std::string& b) {
    return refusal_of("[[variant]]\nname = \"" + a + "\"\n[[variant]]\nname = \"" + b + "\"\n");
  };
  EXPECT_EQ(refused("a b", "a:b"),
            "s.toml: the runs 'a b' and 'a:b' would have one folder, a-b; rename a variant");
  const std::string otherwise = ", where case and dots at the end do not count; rename a variant";
  EXPECT_EQ(refused("Größe", "größe"),
            "s.toml: the runs 'Größe' and 'größe' would have one folder, größe" + otherwise);
  EXPECT_EQ(refused("a", "a.."),
            "s.toml: the runs 'a' and 'a..' would have one folder, a.." + otherwise);
  EXPECT_EQ(refused("\u00e9", "e\u0301"),
            "s.toml: the runs '\u00e9' and 'e\u0301' would have one folder, e\u0301" + otherwise);
  EXPECT_EQ(refused("a", "a"),
            "s.toml: two runs are called a; give each value and each variant once");
}

TEST(SweepFile, QuotesLittleOfALongName) {
  const std::string word(100000, 'k');
  EXPECT_LT(refusal_of("[[variant]]\nname = '" + word + "'\n").size(), 200U);
  EXPECT_LT(refusal_of("[grid]\n" + word + " = 1\n").size(), 200U);
}

TEST(SweepFile, RefusesWithFileLineAndRemedy) {
  const struct {
    const char* text;
    const char* expected;
  } cases[] = {
      {"[training]\nseed = 1\n", "s.toml: nothing varies; add a section [grid]"},
      {"[grid]\nsed = [1]\n", "s.toml:2: unknown setting 'sed' (did you mean seed?)"},
      {"[grid]\nseed = [1, 'x']\n", "s.toml:2: seed: must be an integer"},
      {"[grid]\n\nmethod = ['st']\n", "s.toml:3: method: 'st' is not allowed"},
      {"[grid]\nseed = []\n", "s.toml:2: seed: the list is empty"},
      {"[grid]\nseed = [1, 1]\n", "s.toml: two runs are called seed=1"},
      {"[grid]\nthreads = [1, 2]\n", "s.toml:2: threads says where and how fast"},
      {"[grid]\nseed = [1]\n[trainin]\nbatch = 2\n", "s.toml:3: unknown section [trainin]"},
      {"grid = 4\n", "s.toml:1: the grid is a table"},
      {"variant = 4\n", "s.toml:1: variants are tables"},
      {"[[variant]]\nmethod = 'set'\n", "s.toml:1: a variant needs a name"},
      {"[grid]\nseed = [1\n", "s.toml:"},
      {"[grid]\nseed = [1]\n[[variant]]\nname = 'a'\nseed = 2\n",
       "s.toml: seed is in a variant and in the grid"},
      {"[[variant]]\nname = ''\n", "s.toml:1: a variant needs a name"},
      {"[[variant]]\nname = 'logs'\n", "s.toml: a run cannot be called logs"},
      {"[[variant]]\nname = 'failures'\n", "s.toml: a run cannot be called failures"},
      {"[[variant]]\nname = 'sweep.toml'\n", "s.toml: a run cannot be called sweep.toml"},
      {"[grid]\nmethod = ['lset']\nmeasure = ['acc']\n", "s.toml: run method=lset,measure=acc: "}};
  for (const auto& [text, expected] : cases) {
    const std::string message = refusal_of(text);
    EXPECT_EQ(message.rfind(expected, 0), 0U) << "'" << expected << "' does not begin: " << message;
  }
}

TEST(SweepFile, RunsAreCalledByTheNamesThatTheFileUses) {
  const char* const text = "[run]\ngraph = false\n[grid]\nactivations = ['bf16', 'fp32']\n";
  std::vector<std::string> notes;
  const auto runs = read_sweep({text, "s.toml", {}}, {}, "sweep", &notes);
  EXPECT_EQ(names_of(runs), (Names{"activations=bf16", "activations=fp32"}));
  EXPECT_EQ(runs[0].config.activation_dtype, ActivationStorage::kBFloat16);
  EXPECT_FALSE(runs[0].config.cuda_graph);
  EXPECT_EQ(notes, (Names{"s.toml:2: graph is now cuda_graph",
                          "s.toml:4: activations is now activation_dtype"}));
}

TEST(SweepFile, GrowthRulesOfTheFileAreNamedInBaseGridAndVariantsAndByFlags) {
  const std::string rules =
      "[[growth_rule]]\nname = 'few'\nranks = [0, 1, 1, 0, 0, 0, 0, 0, 0]\n"
      "[[growth_rule]]\nname = 'far'\nranks = [1, 0, 0, 0, 0, 0, 0, 0, 'never']\n";
  const auto texts_of = [](const std::vector<SweepRun>& runs) {
    std::vector<std::string> texts;
    for (const SweepRun& run : runs) texts.push_back(to_text(run.config.grow));
    return texts;
  };
  const std::string few = "few=ranks:0,1,1,0,0,0,0,0,0", far = "far=ranks:1,0,0,0,0,0,0,0,never";
  const auto grid = runs_of(rules + "[grid]\ngrow = ['random', 'few', 'far']\n");
  EXPECT_EQ(names_of(grid), (Names{"grow=random", "grow=few", "grow=far"}));
  EXPECT_EQ(texts_of(grid), (Names{"random", few, far}));
  EXPECT_EQ(grid[1].config.out, "out/grow=few");

  const auto variants = runs_of(rules +
                                "[evolution]\ngrow = 'far'\n[[variant]]\nname = 'A'\n"
                                "grow = 'few'\n[[variant]]\nname = 'B'\nseed = 1\n");
  EXPECT_EQ(texts_of(variants), (Names{few, far}));

  const Setting* grow = find_setting("grow");
  const std::vector<GivenFlag> flags = {{grow, "far"}};
  EXPECT_EQ(texts_of(runs_of(rules + "[grid]\nseed = [0, 1]\n", flags)), (Names{far, far}));

  const auto written = runs_of("[grid]\ngrow = ['ranks:0,1,1,0,0,0,0,0,never', '" + few + "']\n");
  EXPECT_EQ(names_of(written), (Names{"grow=ranks-0-1-1-0-0-0-0-0-never", "grow=few"}));
  EXPECT_EQ(refusal_of(rules + "[grid]\ngrow = ['random', 'fewer']\n"),
            "s.toml:8: grow: 'fewer' is not allowed; allowed: " + grow->allowed);
  EXPECT_EQ(refusal_of(rules + "[[variant]]\nname = 'A'\ngrow = 'ranks:1'\n"),
            "s.toml:9: grow: 'ranks:1' is not allowed (has 1 rank, but there are 9: of cells with "
            "0, 1, … 8 active neighbours); allowed: " +
                grow->allowed);
}

TEST(SweepFile, WhatVariesBeatsHowTheBaseMakesConnections) {
  const auto runs = runs_of("[network]\nepsilon = 7\n[grid]\ndensity = [0, 0.5]\n");
  EXPECT_EQ(runs[0].config.epsilon, 7);
  EXPECT_EQ(runs[1].config.epsilon, 0);
  EXPECT_EQ(runs[1].config.density, 0.5);
  const std::string message = refusal_of("[grid]\nepsilon = 7\ndensity = 0.5\n");
  EXPECT_EQ(message.rfind("s.toml: run epsilon=7,density=0.5: s.toml:3: density: '0.5' does not "
                          "go with epsilon 7",
                          0),
            0U)
      << message;
}

TEST(SweepFile, RefusesNamesThatNoFileSystemTakes) {
  const auto named = [](std::size_t length) {
    return "[[variant]]\nname = '" + std::string(length, 'x') + "'\n";
  };
  EXPECT_EQ(runs_of(named(200)).size(), 1U);
  EXPECT_NE(refusal_of(named(201)).find("has 201 bytes, more than 200"), std::string::npos);
}

TEST(SweepFile, RefusesMoreRunsThanCanBeMeant) {
  std::string numbers = "1";
  for (int i = 2; i <= 101; ++i) numbers += "," + std::to_string(i);
  EXPECT_EQ(refusal_of("[grid]\nseed = [" + numbers + "]\nepochs = [" + numbers + "]\n"),
            "s.toml: more than 10000 runs; shorten the lists in [grid]");
}

}  // namespace
}  // namespace regrow
