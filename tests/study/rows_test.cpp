// Which runs are one row, and in what order the rows stand.
#include "study/rows.h"

#include <gtest/gtest.h>

#include "study/study_support.h"

namespace regrow::tests {
namespace {

TEST(Rows, AreOverSeedsAndWhateverSaysOnlyWhere) {
  const GroupedRuns grouped =
      group_by_settings({result_with({{"seed", "1"}}, 0.5),
                         result_with({{"seed", "2"}, {"data_seed", "2"}, {"out", "x"}}, 0.6),
                         result_with({{"seed", "3"}, {"threads", "2"}, {"data", "d"}}, 0.7),
                         result_with({{"seed", "4"}, {"topology", "false"}}, 0.8)});
  ASSERT_EQ(grouped.rows.size(), 1U);
  const Moments accuracy = grouped.rows[0].of(Quantity::kAccuracy);
  EXPECT_EQ(accuracy.n, 4U);
  EXPECT_DOUBLE_EQ(accuracy.mean, 0.65);
  EXPECT_EQ(grouped.rows[0].of(Quantity::kTheta).n, 0U);
  EXPECT_TRUE(grouped.warnings.empty());
}

// The preset is a name for values; the values tell.
TEST(Rows, AreOfTheSameValuesWhateverThePreset) {
  Config paper = preset_config(PresetName::kPaper, DatasetName::kCifar10);
  Config same = paper;
  same.preset = PresetName::kDefault;
  EXPECT_TRUE(differences(paper, same).empty());
  same.weight_init = WeightInit::kLecunSparse;
  ASSERT_EQ(differences(paper, same).size(), 1U);
  EXPECT_EQ(differences(paper, same)[0]->key, "weight_init");
}

// Each setting that is not where, how fast or a seed.
TEST(Rows, DifferInAnyOtherSetting) {
  for (const char* key :
       {"epochs", "zeta", "grow", "pause", "validation", "device", "activation_dtype"}) {
    EXPECT_TRUE(tells_rows_apart(*find_setting(key))) << key;
  }
  const GroupedRuns grouped = group_by_settings(
      {result_with({{"zeta", "0.2"}}), result_with({}), result_with({{"k", "0.5"}})});
  EXPECT_EQ(grouped.rows.size(), 3U);
  const auto varying = varying_settings(grouped.rows);
  ASSERT_EQ(varying.size(), 2U);
  EXPECT_EQ(varying[0]->key, "zeta");
  EXPECT_EQ(varying[1]->key, "k");
}

TEST(Rows, StandByMethodMeasurePauseAndGrowth) {
  const GroupedRuns grouped =
      group_by_settings({result_with({{"method", "dynset"}, {"measure", "val_acc"}}),
                         result_with({{"method", "set"}, {"grow", "most_neighbours"}}),
                         result_with({{"method", "dynset"}}), result_with({{"method", "set"}}),
                         result_with({{"method", "static"}})});
  std::string order;
  for (const Row& row : grouped.rows) {
    order += name_of(row.config.method) + ' ' + name_of(row.config.measure) + ' ' +
             short_text(row.config.grow) + '\n';
  }
  EXPECT_EQ(order,
            "static auto random\nset auto random\nset auto most_neighbours\n"
            "dynset loss random\ndynset val_acc random\n");
  EXPECT_TRUE(varying_settings(grouped.rows).empty());
}

TEST(Rows, CountASeedOnce) {
  RunResult again = result_with({{"seed", "1"}}, 0.9);
  again.folder = "copy";
  const GroupedRuns grouped =
      group_by_settings({result_with({{"seed", "1"}}, 0.5), std::move(again)});
  ASSERT_EQ(grouped.rows.size(), 1U);
  EXPECT_EQ(grouped.rows[0].of(Quantity::kAccuracy).n, 1U);
  EXPECT_EQ(grouped.warnings,
            std::vector<std::string>{"copy: has the settings and the seed of seed1; left out"});
}

}  // namespace
}  // namespace regrow::tests
