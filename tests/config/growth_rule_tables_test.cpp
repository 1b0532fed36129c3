// Growth rules that a TOML file defines: named there, understood everywhere.
#include "config/growth_rule_tables.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "regrow/config.h"
#include "regrow/error.h"

namespace regrow {
namespace {

constexpr const char* kFew = "[[growth_rule]]\nname = 'few'\nranks = [0, 1, 1, 0, 0, 0, 0, 0, 0]\n";
const GrowthRule kFewRule = {"few", {0, 1, 1, 0, 0, 0, 0, 0, 0}};

std::string refusal_of_file(const std::string& toml) {
  Config config;
  try {
    apply_toml(config, toml, "run.toml");
  } catch (const UsageError& error) {
    EXPECT_EQ(config, Config{}) << "half applied";
    return error.what();
  }
  return "accepted";
}

TEST(GrowthRuleTables, AreNamedByTheSameFile) {
  Config config;
  // A table may stand behind what names it.
  apply_toml(config, std::string("[evolution]\ngrow = 'few'\n") + kFew, "run.toml");
  EXPECT_EQ(config.grow, kFewRule);
  EXPECT_EQ(find_setting("grow")->to_string(config), "few=ranks:0,1,1,0,0,0,0,0,0");
}

TEST(GrowthRuleTables, TakeNeverAndNeighboursInTheImage) {
  const TomlSettings read = read_toml(
      {"[[growth_rule]]\nname = 'far'\nranks = ['never', 127, 0, 0, 0, 0, 0, 0, 'never']\n"
       "in_image = true\n[[growth_rule]]\nname = 'b-2_X'\nranks = [0, 0, 0, 0, 0, 0, 0, 0, 1]\n"
       "in_image = false\n",
       "run.toml"});
  EXPECT_EQ(read.growth_rules,
            (std::vector<GrowthRule>{{"far", {-1, 127, 0, 0, 0, 0, 0, 0, -1}, true},
                                     {"b-2_X", {0, 0, 0, 0, 0, 0, 0, 0, 1}, false}}));
  EXPECT_TRUE(read.given.empty());
}

TEST(GrowthRuleTables, AreNamedByFlagsToo) {
  const Setting* grow = find_setting("grow");
  const std::vector<GivenFlag> few = {{grow, "few"}}, random = {{grow, "random"}};
  EXPECT_EQ(layered_config(TomlSource{kFew, "run.toml"}, few).grow, kFewRule);
  const std::string both = std::string(kFew) + "[evolution]\ngrow = 'few'\n";
  EXPECT_EQ(layered_config(TomlSource{both, "run.toml"}, {}).grow, kFewRule);
  EXPECT_EQ(to_text(layered_config(TomlSource{both, "run.toml"}, random).grow), "random");
  EXPECT_THROW(layered_config({}, few), UsageError);
}

TEST(GrowthRuleTables, SayAllOfTheRuleWhereAConfigurationIsWritten) {
  const Config config =
      layered_config(TomlSource{std::string(kFew) + "[evolution]\ngrow = 'few'\n", "a"}, {});
  for (const bool meaning_only : {false, true}) {
    const std::string toml = to_toml(config, meaning_only);
    EXPECT_NE(toml.find("\ngrow = \"few=ranks:0,1,1,0,0,0,0,0,0\"\n"), std::string::npos) << toml;
    Config read;
    apply_toml(read, toml, "run.toml");
    EXPECT_EQ(read.grow, kFewRule);
  }
}

TEST(GrowthRuleTables, OnlyGrowNamesARule) {
  EXPECT_EQ(spelt_out(*find_setting("out"), "few", std::span(&kFewRule, 1)), "few");
  EXPECT_EQ(spelt_out(*find_setting("grow"), "few", std::span(&kFewRule, 1)),
            "few=ranks:0,1,1,0,0,0,0,0,0");
  EXPECT_EQ(spelt_out(*find_setting("grow"), "fewer", std::span(&kFewRule, 1)), "fewer");
}

TEST(GrowthRuleTables, RefuseEveryBadFormWithItsPlace) {
  const std::string head = "[[growth_rule]]\nname = 'few'\n";
  const std::string nine = "ranks = [0, 1, 1, 0, 0, 0, 0, 0, 0]\n";
  const std::string example = "such as name = \"few\", ranks = [0, 1, 1, 0, 0, 0, 0, 0, 0]";
  EXPECT_EQ(refusal_of_file(head + "ranks = [0, 1, 1, 0, 0, 0, 0, 0]\n"),
            "run.toml:3: growth rule few: has 8 ranks, but there are 9: of cells with 0, 1, … 8 "
            "active neighbours");
  EXPECT_EQ(refusal_of_file(head + "ranks = []\n"),
            "run.toml:3: growth rule few: has 0 ranks, but there are 9: of cells with 0, 1, … 8 "
            "active neighbours");
  EXPECT_EQ(refusal_of_file(head + "ranks = [0, 1, 1, 0, 0, 0, 0, 0, 128]\n"),
            "run.toml:3: growth rule few: rank '128' is neither a whole number from 0 to 127 nor "
            "never");
  EXPECT_EQ(refusal_of_file(head + "ranks = [0, 1, 1, 0, 0, 0, 0, 0, -1]\n"),
            "run.toml:3: growth rule few: rank '-1' is neither a whole number from 0 to 127 nor "
            "never");
  for (const char* rank : {"1.0", "'1'", "true", "'never,0'"}) {
    EXPECT_EQ(refusal_of_file(head + "ranks = [0, 1, 1, 0, 0, 0, 0, 0, " + rank + "]\n"),
              "run.toml:3: growth rule few: a rank is an integer or \"never\"");
  }
  EXPECT_EQ(refusal_of_file(
                head + "ranks = ['never', 'never', 'never', 'never', 'never', 'never', 'never',"
                       " 'never', 'never']\n"),
            "run.toml:3: growth rule few: no cell could ever grow: every rank is never");
  EXPECT_EQ(refusal_of_file(head + "ranks = 3\n"),
            "run.toml:3: growth rule few needs ranks, " + example);
  EXPECT_EQ(refusal_of_file(head), "run.toml:1: growth rule few needs ranks, " + example);
  EXPECT_EQ(refusal_of_file("[[growth_rule]]\n" + nine),
            "run.toml:1: a growth rule needs a name, " + example);
  EXPECT_EQ(refusal_of_file("[[growth_rule]]\n" + nine + "name = 7\n"),
            "run.toml:3: a growth rule needs a name, " + example);
  EXPECT_EQ(refusal_of_file("[[growth_rule]]\n" + nine + "name = 'one_neighbour'\n"),
            "run.toml:3: growth rule: 'one_neighbour' is a rule that there is already; give it "
            "another name");
  for (const char* name : {"", "a b", "1st", "-x", "ä", "a=b", "a:b", "a,b", "..",
                           "a1234567890123456789012345678901234567890"}) {
    const std::string said =
        refusal_of_file("[[growth_rule]]\n" + nine + "name = '" + name + "'\n");
    EXPECT_EQ(said, "run.toml:3: growth rule: name '" + std::string(name) +
                        "' is not a letter and up to 39 more letters, digits, underscores and "
                        "hyphens");
  }
  EXPECT_EQ(refusal_of_file(head + nine + head + nine),
            "run.toml:5: two growth rules are called few; rename one");
  EXPECT_EQ(refusal_of_file(head + nine + "rank = 1\n"),
            "run.toml:4: unknown key 'rank' of a growth rule (did you mean ranks?); keys: name, "
            "ranks, in_image");
  EXPECT_EQ(refusal_of_file(head + nine + "in_image = 'true'\n"),
            "run.toml:4: growth rule few: in_image is true or false, without quotes");
  for (const char* none : {"growth_rule = 3\n", "growth_rule = []\n", "growth_rule = [1]\n",
                           "[growth_rule]\nname = 'few'\n"}) {
    EXPECT_EQ(refusal_of_file(none),
              "run.toml:1: growth rules are tables, each under a line [[growth_rule]]");
  }
  EXPECT_EQ(refusal_of_file(head + nine + "[evolution]\ngrow = 'fewer'\n"),
            "run.toml:5: grow: 'fewer' is not allowed; allowed: " + find_setting("grow")->allowed);
}

}  // namespace
}  // namespace regrow
