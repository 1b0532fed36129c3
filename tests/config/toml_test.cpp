// Configurations as TOML: they read back exactly, and what a file gets wrong is named with its
// place.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "config/connection_source.h"
#include "config/setting_cases.h"
#include "config/settings.h"
#include "regrow/config.h"
#include "regrow/error.h"

namespace regrow {
namespace {

/// Differs from `Config` and both presets in every setting.
Config all_changed() {
  Config config;
  for (const SettingCase& changed : setting_cases()) {
    find_setting(changed.key)->set_from_string(config, changed.accepted.front(), "here");
  }
  settle_connections(config);
  return config;
}

std::string refusal(const std::string& toml) {
  Config config;
  try {
    apply_toml(config, toml, "run.toml");
  } catch (const UsageError& error) {
    EXPECT_EQ(config, Config{}) << "half applied";
    return error.what();
  }
  return "accepted";
}

TEST(Toml, EveryValueOfEverySettingReadsBack) {
  for (const SettingCase& changed : setting_cases()) {
    for (const std::string& value : changed.accepted) {
      Config config;
      find_setting(changed.key)->set_from_string(config, value, "here");
      settle_connections(config);
      Config read = all_changed();
      apply_toml(read, to_toml(config), "run.toml");
      EXPECT_EQ(read, config) << changed.key << " = " << value;
    }
  }
}

TEST(Toml, AllSettingsTogetherReadBack) {
  Config read;
  apply_toml(read, to_toml(all_changed()), "run.toml");
  EXPECT_EQ(read, all_changed());
}

TEST(Toml, OfTheMeaningLeavesLocalSettingsOut) {
  const std::string toml = to_toml(all_changed(), true);
  Config read;
  apply_toml(read, toml, "run.toml");
  for (const Setting& setting : settings()) {
    const Config expected = !setting.is_in_checkpoints ? Config{} : all_changed();
    EXPECT_EQ(setting.to_string(read), setting.to_string(expected)) << setting.key;
  }
}

TEST(Toml, IsWrittenInTheOrderOfTheTable) {
  const std::string toml = to_toml(Config{});
  std::size_t position = 0;
  for (const Setting& setting : settings()) {
    const std::string line = (position == 0 ? "" : "\n") + setting.key + " = ";
    const std::size_t found = toml.find(line, position);
    ASSERT_NE(found, std::string::npos) << setting.key;
    position = found + 1;
  }
  EXPECT_TRUE(toml.starts_with("preset = \"default\"\n\n[data]\ndataset = \"cifar10\"\n")) << toml;
  EXPECT_NE(toml.find("\nhidden = [4000,1000,4000]\n"), std::string::npos);
  EXPECT_NE(toml.find("\nzeta = 0.3\n"), std::string::npos);
  EXPECT_NE(toml.find("\naugment = true\n"), std::string::npos);
}

RC_GTEST_PROP(Toml, ReadsBackAnyNumbers, ()) {
  Config config;
  config.zeta_millionths = *rc::gen::inRange<std::int64_t>(0, 1000001);
  config.seed = *rc::gen::nonNegative<std::int64_t>();
  config.learning_rate = *share_above_zero();
  Config read;
  apply_toml(read, to_toml(config), "run.toml");
  RC_ASSERT(read == config);
}

TEST(Toml, WritesWhatATerminalActsOnAsEscapes) {
  for (const auto& [data, written] : std::initializer_list<std::pair<const char*, const char*>>{
           {"a\u009b31m", "a\\u009B31m"},
           {"\u202e\u2066\u200f\u061c", "\\u202E\\u2066\\u200F\\u061C"},
           {"\u2028\u2029\u200b\ufeff", "\\u2028\\u2029\\u200B\\uFEFF"},
           {"\U000e0041", "\\U000E0041"},
           {"donn\u00e9es/\u5199\u771f", "donn\u00e9es/\u5199\u771f"}}) {
    Config config;
    config.data = data;
    const std::string toml = to_toml(config);
    EXPECT_NE(toml.find(std::string("\ndata = \"") + written + "\"\n"), std::string::npos) << toml;
    Config read;
    apply_toml(read, toml, "run.toml");
    EXPECT_EQ(read, config);
  }
}

RC_GTEST_PROP(Toml, ReadsBackAnyAsciiPath, ()) {
  Config config;
  config.data = *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127));
  config.data += '\x7f';
  Config read;
  apply_toml(read, to_toml(config), "run.toml");
  RC_ASSERT(read == config);
}

TEST(Toml, TakesIntegersForNumbersAndNumbersForTheInitialLoss) {
  Config config;
  apply_toml(config, "[network]\nepsilon = 13\n[evolution]\ninitial_loss = 2.5\nzeta = 0.123456\n",
             "run.toml");
  EXPECT_EQ(config.epsilon, 13);
  EXPECT_EQ(config.initial_loss, (InitialLoss{InitialLoss::Kind::kValue, 2.5}));
  EXPECT_EQ(config.zeta_millionths, 123456);
  apply_toml(config, "[evolution]\nzeta = 1e-6\n", "run.toml");
  EXPECT_EQ(config.zeta_millionths, 1);
}

TEST(Toml, EarlierNamesAreUnderstoodForEver) {
  const TomlSource file{"[run]\nactivations = 'bf16'\ngraph = false\n", "run.toml"};
  Config config;
  apply_toml(config, file);
  EXPECT_EQ(config.activation_dtype, ActivationStorage::kBFloat16);
  EXPECT_FALSE(config.cuda_graph);
  EXPECT_EQ(read_toml(file).notes,
            (std::vector<std::string>{"run.toml:2: activations is now activation_dtype",
                                      "run.toml:3: graph is now cuda_graph"}));
  EXPECT_TRUE(read_toml({to_toml(config), "run.toml"}).notes.empty());
  EXPECT_EQ(refusal("[run]\ngraph = false\ncuda_graph = true\n"),
            "run.toml:2: graph and run.toml:3: cuda_graph are the same setting, cuda_graph; leave "
            "one out");
  EXPECT_EQ(refusal("[data]\ngraph = false\n"), "run.toml:2: graph belongs in section [run]");
}

TEST(Toml, RefusesUnknownKeysWithTheNearestRightOne) {
  EXPECT_EQ(refusal("[training]\nseed = 1\nepoch = 3\n"),
            "run.toml:3: unknown key 'epoch' in section [training] (did you mean epochs?)");
  EXPECT_EQ(refusal("presets = 'paper'\n"),
            "run.toml:1: unknown key 'presets' above all sections (did you mean preset?)");
  EXPECT_EQ(refusal("[training]\nlr = 0.1\n"),
            "run.toml:2: unknown key 'lr' in section [training] (did you mean learning_rate?)");
  EXPECT_EQ(refusal("[network]\nbanana = 3\n"),
            "run.toml:2: unknown key 'banana' in section [network]");
}

TEST(Toml, QuotesLittleOfALongWord) {
  const std::string word(100000, 'k'), quoted = std::string(60, 'k') + "…";
  EXPECT_EQ(refusal(word + " = 1\n"),
            "run.toml:1: unknown key '" + quoted + "' above all sections");
  EXPECT_TRUE(
      refusal("[" + word + "]\n").starts_with("run.toml:1: unknown section [" + quoted + "]"));
  EXPECT_TRUE(refusal("[data]\ndataset = '" + word + "'\n")
                  .starts_with("run.toml:2: dataset: '" + quoted + "' is not allowed"));
}

TEST(Toml, RefusesUnknownSectionsWithTheNearestRightOne) {
  EXPECT_EQ(refusal("[trainig]\nepochs = 3\n"),
            "run.toml:1: unknown section [trainig] (did you mean training?); sections: data, "
            "network, training, evolution, run");
}

TEST(Toml, SaysWhereAMisplacedKeyBelongs) {
  EXPECT_EQ(refusal("[data]\nepochs = 3\n"), "run.toml:2: epochs belongs in section [training]");
  EXPECT_EQ(refusal("epochs = 3\n"), "run.toml:1: epochs belongs in section [training]");
  EXPECT_EQ(refusal("data = 'here'\n"), "run.toml:1: data belongs in section [data]");
  EXPECT_EQ(refusal("[run]\npreset = 'paper'\n"), "run.toml:2: preset belongs above all sections");
}

TEST(Toml, RefusesWrongTypes) {
  EXPECT_EQ(refusal("[training]\nepochs = '3'\n"),
            "run.toml:2: epochs: must be an integer; allowed: an integer from 1 to 1000000");
  EXPECT_EQ(refusal("[training]\nepochs = 3.0\n"),
            "run.toml:2: epochs: must be an integer; allowed: an integer from 1 to 1000000");
  EXPECT_EQ(refusal("[network]\ndropout = '0.3'\n"),
            "run.toml:2: dropout: must be a number; allowed: a number of at least 0 and below 1");
  EXPECT_EQ(refusal("[training]\naugment = 1\n"),
            "run.toml:2: augment: must be true or false, without quotes; allowed: true, false");
  EXPECT_TRUE(
      refusal("[network]\nhidden = 64\n").starts_with("run.toml:2: hidden: must be a list"));
  EXPECT_TRUE(
      refusal("[network]\nhidden = [64, 'x']\n").starts_with("run.toml:2: hidden: must be a list"));
  EXPECT_TRUE(refusal("[run]\nout = 5\n").starts_with("run.toml:2: out: must be a string"));
  EXPECT_TRUE(refusal("[preset]\nx = 1\n").starts_with("run.toml:1: preset: must be a string"));
  EXPECT_TRUE(refusal("[[training]]\nepochs = 3\n").starts_with("run.toml:1: unknown key"));
}

TEST(Toml, RefusesValuesOutOfRangeWithTheirPlace) {
  EXPECT_EQ(refusal("[training]\n\nepochs = 0\n"),
            "run.toml:3: epochs: '0' is not allowed; allowed: an integer from 1 to 1000000");
  EXPECT_EQ(refusal("[training]\nseed = 5\nlearning_rate = nan\n").substr(0, 37),
            "run.toml:3: learning_rate: 'nan' is n");
  EXPECT_TRUE(refusal("[evolution]\nzeta = 0.1234567\n")
                  .starts_with("run.toml:2: zeta: '0.1234567' is not allowed"));
  EXPECT_TRUE(refusal("[network]\nhidden = [64, 0]\n")
                  .starts_with("run.toml:2: hidden: '64,0' is not allowed"));
}

TEST(Toml, RefusesWhatIsNoTomlWithTheLine) {
  EXPECT_TRUE(refusal("[training]\nepochs = \n").starts_with("run.toml:2: ")) << "missing value";
  EXPECT_TRUE(refusal("[training]\nseed = 1\nseed = 2\n").starts_with("run.toml:3: ")) << "twice";
  EXPECT_TRUE(refusal("[training\n").starts_with("run.toml:1: ")) << "no bracket";
  EXPECT_EQ(refusal("[training]\nepochs = \n").find('\n'), std::string::npos);
}

}  // namespace
}  // namespace regrow
