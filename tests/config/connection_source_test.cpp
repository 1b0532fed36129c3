// Which of epsilon, density and connections says how many connections there are at first: what is
// given beats what was there, and two at once are refused.

#include "config/connection_source.h"

#include <gtest/gtest.h>

#include "regrow/error.h"

namespace regrow {
namespace {

using Given = std::vector<std::pair<std::string, std::string>>;

/// epsilon, density and connections, of what the file (or "") and the flags make.
std::string decided(const std::string& file, const Given& given) {
  std::vector<GivenFlag> flags;
  for (const auto& [key, value] : given) flags.push_back({find_setting(key), value});
  std::optional<TomlSource> source;
  if (!file.empty()) source = TomlSource{"[network]\nhidden = [8, 8]\n" + file, "run.toml"};
  try {
    Config config = layered_config(source, flags);
    Config resolved = config;
    if (source) resolve(resolved);
    EXPECT_EQ(find_setting("epsilon")->to_string(resolved),
              find_setting("epsilon")->to_string(config));
    return find_setting("epsilon")->to_string(config) + " " +
           find_setting("density")->to_string(config) + " " +
           find_setting("connections")->to_string(config);
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(ConnectionSource, IsEpsilonWhereNothingElseIsGiven) {
  EXPECT_EQ(decided("", {}), "20 0 ");
  EXPECT_EQ(decided("", {{"epsilon", "0"}}), "0 0 ");
  EXPECT_EQ(decided("", {{"density", "0"}}), "20 0 ");
  EXPECT_EQ(decided("", {{"density", "0"}, {"epsilon", "7"}}), "7 0 ");
}

TEST(ConnectionSource, WhatIsGivenBeatsWhatWasThere) {
  EXPECT_EQ(decided("", {{"density", "0.5"}}), "0 0.5 ");
  EXPECT_EQ(decided("", {{"connections", "3,4"}}), "0 0 3,4");
  EXPECT_EQ(decided("density = 0.25\n", {}), "0 0.25 ");
  EXPECT_EQ(decided("density = 0.25\n", {{"epsilon", "7"}}), "7 0 ");
  EXPECT_EQ(decided("density = 0.25\n", {{"epsilon", "0"}}), "0 0 ");
  EXPECT_EQ(decided("density = 0.25\n", {{"connections", "3,4"}}), "0 0 3,4");
  EXPECT_EQ(decided("connections = [3, 4]\n", {{"density", "0.5"}}), "0 0.5 ");
  EXPECT_EQ(decided("connections = [3, 4]\n", {{"epsilon", "7"}}), "7 0 ");
  EXPECT_EQ(decided("epsilon = 7\n", {{"density", "0.5"}}), "0 0.5 ");
}

TEST(ConnectionSource, TakenBackIsAsIfItHadNeverBeenGiven) {
  EXPECT_EQ(decided("density = 0.25\n", {{"density", "0"}}), "20 0 ");
  EXPECT_EQ(decided("connections = [3, 4]\n", {{"connections", ""}}), "20 0 ");
  EXPECT_EQ(decided("connections = [3, 4]\n", {{"density", "0"}}), "0 0 3,4");
  EXPECT_EQ(decided("epsilon = 7\n", {{"density", "0"}}), "7 0 ");
}

TEST(ConnectionSource, TwoAtOnceAreRefusedByName) {
  EXPECT_EQ(decided("", {{"epsilon", "7"}, {"density", "0.5"}}),
            "--density: '0.5' does not go with --epsilon 7: both say how many connections there "
            "are at first; give one of them");
  EXPECT_EQ(decided("", {{"connections", "3,4"}, {"density", "0.5"}}).rfind("--density: '0.5'", 0),
            0U);
  EXPECT_EQ(decided("", {{"connections", "3,4"}, {"epsilon", "7"}}).rfind("--connections:", 0), 0U);
  EXPECT_EQ(decided("epsilon = 7\ndensity = 0.5\n", {})
                .rfind("run.toml:4: density: '0.5' does not go with epsilon 7", 0),
            0U);
}

// As `regrow config` and the runs of a sweep give it.
TEST(ConnectionSource, ASettledConfigurationMayBeGivenWhole) {
  EXPECT_EQ(decided("epsilon = 0\ndensity = 0.5\nconnections = []\n", {}), "0 0.5 ");
  EXPECT_EQ(decided("", {{"epsilon", "0"}, {"density", "0.5"}}), "0 0.5 ");
  EXPECT_EQ(decided("", {{"epsilon", "0"}, {"density", "0"}, {"connections", "3,4"}}), "0 0 3,4");
  EXPECT_EQ(decided("epsilon = 7\ndensity = 0\nconnections = []\n", {}), "7 0 ");
}

TEST(ConnectionSource, FilesOfOlderProgramsHoldTwo) {
  EXPECT_EQ(decided("epsilon = 20\nconnections = [3, 4]\n", {}), "0 0 3,4");
}

TEST(ConnectionSource, IsSettledByResolving) {
  Config config;
  config.density = 0.5;
  resolve(config);
  EXPECT_EQ(config.epsilon, 0);
  config.connections = {1, 2, 3};
  resolve(config);
  EXPECT_EQ(config.density, 0);
}

}  // namespace
}  // namespace regrow
