// The table of settings: every row takes what it should, refuses what it should in one clear line,
// and reads back what it prints.

#include "config/settings.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <type_traits>

#include "config/setting_cases.h"
#include "regrow/error.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

const Setting& named_setting(const std::string& name) {
  const Setting* setting = find_setting(name);
  if (setting == nullptr) throw std::logic_error("no setting is called " + name);
  return *setting;
}

std::string refusal(const std::string& key, const std::string& value) {
  Config config;
  try {
    named_setting(key).set_from_string(config, value, named_setting(key).flag());
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Settings, TheCasesOfThisTestNameEverySettingOnce) {
  std::multiset<std::string> tested, known;
  for (const SettingCase& expected : setting_cases()) tested.insert(expected.key);
  for (const Setting& setting : settings()) known.insert(setting.key);
  EXPECT_EQ(tested, known);
}

TEST(Settings, TakeEveryValueOfTheirRangeAndPrintItBack) {
  for (const SettingCase& expected : setting_cases()) {
    const Setting& setting = named_setting(expected.key);
    EXPECT_NE(setting.to_string(Config{}), expected.accepted.front()) << expected.key;
    for (const std::string& value : expected.accepted) {
      Config config;
      ASSERT_NO_THROW(setting.set_from_string(config, value, "here")) << expected.key;
      EXPECT_EQ(setting.to_string(config), value) << expected.key;
      EXPECT_NO_THROW(setting.check(config)) << expected.key;
    }
  }
}

TEST(Settings, ChangeNothingButThemselves) {
  for (const SettingCase& expected : setting_cases()) {
    Config config;
    named_setting(expected.key).set_from_string(config, expected.accepted.front(), "here");
    for (const Setting& other : settings()) {
      if (other.key == expected.key) continue;
      EXPECT_EQ(other.to_string(config), other.to_string(Config{})) << expected.key;
    }
    EXPECT_FALSE(config == Config{}) << expected.key;
  }
}

TEST(Settings, RefuseWhatIsBeyondTheirRangeAndStayAsTheyWere) {
  for (const SettingCase& expected : setting_cases()) {
    for (const std::string& value : expected.refused) {
      Config config;
      try {
        named_setting(expected.key).set_from_string(config, value, "run.toml:7: it");
        ADD_FAILURE() << expected.key << " accepts '" << value << "'";
      } catch (const UsageError& error) {
        const std::string message = error.what();
        EXPECT_TRUE(message.starts_with("run.toml:7: it: '" + value + "' is not allowed"))
            << message;
        EXPECT_NE(message.find("; allowed: " + named_setting(expected.key).allowed),
                  std::string::npos)
            << message;
      }
      EXPECT_EQ(config, Config{}) << expected.key << " " << value;
    }
  }
}

TEST(Settings, SayWhatIsAllowedAndTheNearestChoice) {
  EXPECT_EQ(refusal("method", "acset"),
            "--method: 'acset' is not allowed; allowed: static, set, accset, lset, dynset, rigl, "
            "gse, dense "
            "(did you mean accset?)");
  EXPECT_EQ(refusal("k", "1"), "--k: '1' is not allowed; allowed: a number above -1 and below 1");
  EXPECT_EQ(refusal("dropout", "1"),
            "--dropout: '1' is not allowed; allowed: a number of at least 0 and below 1");
  EXPECT_EQ(refusal("step_factor", "0"),
            "--step-factor: '0' is not allowed; allowed: a number above 0 and at most 1");
  EXPECT_EQ(refusal("leaky_slope", "2"),
            "--leaky-slope: '2' is not allowed; allowed: a number from 0 to 1");
  EXPECT_EQ(refusal("epochs", "0"),
            "--epochs: '0' is not allowed; allowed: an integer from 1 to 1000000");
  EXPECT_EQ(refusal("seed", "9223372036854775808"),
            "--seed: '9223372036854775808' is not allowed; allowed: an integer from 0 to "
            "9223372036854775807");
  EXPECT_EQ(refusal("zeta", "0.1234567"),
            "--zeta: '0.1234567' is not allowed; allowed: a number from 0 to 1 of at most six "
            "digits after the point");
  EXPECT_EQ(refusal("grow", "one_neighbor"),
            "--grow: 'one_neighbor' is not allowed; allowed: " + named_setting("grow").allowed +
                " (did you mean one_neighbour?)");
}

TEST(Settings, AreFoundByKeyFlagAndAlias) {
  for (const Setting& setting : settings()) {
    EXPECT_EQ(find_setting(setting.key), &setting);
    EXPECT_EQ(find_setting(setting.flag()), &setting);
    EXPECT_FALSE(setting.help.empty()) << setting.key;
    EXPECT_FALSE(setting.allowed.empty()) << setting.key;
    EXPECT_EQ(setting.help.find('\n'), std::string::npos) << setting.key;
  }
  EXPECT_EQ(find_setting("--lr"), find_setting("learning_rate"));
  EXPECT_EQ(find_setting("--learning-rate"), find_setting("learning_rate"));
  EXPECT_EQ(find_setting(""), nullptr);
  EXPECT_EQ(find_setting("--learning"), nullptr);
}

TEST(Settings, LocalOnesAndThoseOfAResumeAreFew) {
  std::set<std::string> local, resumable;
  for (const Setting& setting : settings()) {
    if (setting.is_local) local.insert(setting.key);
    if (setting.may_change_on_resume) resumable.insert(setting.key);
  }
  EXPECT_EQ(local, (std::set<std::string>{"data", "test", "out", "threads", "checkpoint_every",
                                          "cuda_graph", "profile_epochs", "tensorboard"}));
  EXPECT_EQ(resumable, (std::set<std::string>{"data", "test", "epochs", "min_delta", "patience",
                                              "threads", "checkpoint_every", "cuda_graph",
                                              "profile_epochs", "tensorboard"}));
}

template <typename Rows, typename T>
void expect_choices(const Rows& rows, const std::string& key, T EvolutionConfig::*member) {
  std::vector<std::string> names;
  for (const auto& row : rows) {
    Config config;
    names.emplace_back(row.name);
    ASSERT_NO_THROW(named_setting(key).set_from_string(config, names.back(), key));
    if constexpr (std::is_same_v<T, GrowthRule>) {
      EXPECT_EQ(config.*member, row);
    }
    if constexpr (std::is_same_v<T, Method>) {
      EXPECT_EQ(config.*member, row.method);
    }
    if constexpr (std::is_same_v<T, DropRule>) {
      EXPECT_EQ(config.*member, row.rule);
    }
  }
  EXPECT_EQ(named_setting(key).choices, names);
}

TEST(Settings, EveryMethodAndEveryRuleIsAChoice) {
  expect_choices(method_rows(), "method", &Config::method);
  expect_choices(growth_rules(), "grow", &Config::grow);
  expect_choices(drop_rule_rows(), "drop", &Config::drop);
}

TEST(Settings, SayWhyAGrowthRuleIsNone) {
  const std::string allowed = "; allowed: " + named_setting("grow").allowed;
  EXPECT_EQ(refusal("grow", "ranks:0,1"),
            "--grow: 'ranks:0,1' is not allowed (has 2 ranks, but there are 9: of cells with 0, 1, "
            "… 8 active neighbours)" +
                allowed);
  EXPECT_EQ(refusal("grow", "ranks:0,1,1,0,0,0,0,0,128"),
            "--grow: 'ranks:0,1,1,0,0,0,0,0,128' is not allowed (rank '128' is neither a whole "
            "number from 0 to 127 nor never)" +
                allowed);
  EXPECT_EQ(refusal("grow", "random=ranks:0,1,1,0,0,0,0,0,0"),
            "--grow: 'random=ranks:0,1,1,0,0,0,0,0,0' is not allowed ('random' is a rule that "
            "there is already; give it another name)" +
                allowed);
}

TEST(Zeta, IsHeldInMillionthsExactly) {
  const std::vector<std::pair<std::string, std::int64_t>> cases = {
      {"0", 0},
      {"0.3", 300000},
      {"0.30", 300000},
      {"0.000001", 1},
      {"1", 1000000},
      {"1.000000", 1000000},
      {"0.123456", 123456},
      {"0.0", 0},
      {".3", 300000},
      {"3e-1", 300000},
      {"0.3000000", 300000},
      {"30E-2", 300000},
      {"0.03e+1", 300000},
      {"1e-6", 1},
      {"0.1e1", 1000000},
      {"0e-9", 0},
      {"00.3", 300000},
      {"0.", 0},
      {"0.000249", 249}};  // in doubles 10^6 times it is less than 249
  for (const auto& [text, millionths] : cases) {
    Config config;
    config.zeta_millionths = -1;
    named_setting("zeta").set_from_string(config, text, "--zeta");
    EXPECT_EQ(config.zeta_millionths, millionths) << text;
  }
}

RC_GTEST_PROP(Zeta, PrintsAndReadsBackForEveryMillionth, ()) {
  const auto millionths = *rc::gen::inRange<std::int64_t>(0, 1000001);
  Config config, read;
  config.zeta_millionths = millionths;
  named_setting("zeta").set_from_string(read, named_setting("zeta").to_string(config), "--zeta");
  RC_ASSERT(read.zeta_millionths == millionths);
  const std::string six = fmt::format("{}.{:06}", millionths / 1000000, millionths % 1000000);
  named_setting("zeta").set_from_string(read, six, "--zeta");
  RC_ASSERT(read.zeta_millionths == millionths);
  RC_ASSERT(!named_setting("zeta").parse(read, six + "1"));
}

RC_GTEST_PROP(RealSettings, ReadBackExactlyWhatTheyPrint, ()) {
  Config config;
  config.epsilon = *share_above_zero();
  Config read;
  named_setting("epsilon").set_from_string(read, named_setting("epsilon").to_string(config),
                                           "--epsilon");
  RC_ASSERT(read.epsilon == config.epsilon);
}

}  // namespace
}  // namespace regrow
