// What an epoch's record says of the evolutions within it and at its end.
#include "regrow/evolution/epoch_evolutions.h"

#include <gtest/gtest.h>

namespace regrow {
namespace {

EvolutionRecord evolution(double theta, std::uint64_t dropped, std::uint64_t grown) {
  EvolutionRecord record;
  record.theta = theta;
  record.layers.resize(2);
  record.layers[0].dropped.negatives = dropped;
  record.layers[0].grown = grown;
  record.layers[0].newborns = 10 * grown;
  record.layers[0].survived = grown + 1;
  record.layers[1].dropped = {0, 1, 2};
  record.layers[1].grown = 4;
  return record;
}

EvolutionRecord pause(double theta) {
  EvolutionRecord record;
  record.theta = theta;
  record.is_paused = true;
  return record;
}

EpochEvolutions sum_of(const std::vector<EvolutionRecord>& records) {
  EpochEvolutions evolutions;
  for (const EvolutionRecord& record : records) add(evolutions, record);
  return evolutions;
}

/// Of a network of 100 and 50 connections when it was evaluated.
EpochRecord described(const std::vector<EvolutionRecord>& all,
                      const std::vector<EvolutionRecord>& after) {
  EpochRecord record;
  record.layers.resize(2);
  record.layers[0].evaluated = 100;
  record.layers[1].evaluated = 50;
  describe(record, sum_of(all), sum_of(after));
  return record;
}

TEST(EpochEvolutions, AddUpByLayerAndKeepTheLastTheta) {
  const EpochEvolutions sum = sum_of({evolution(0.5, 10, 8), pause(0.4), evolution(0.3, 5, 9)});
  EXPECT_EQ(sum.due, 3U);
  EXPECT_EQ(sum.paused, 1U);
  EXPECT_EQ(sum.theta, 0.3);
  EXPECT_EQ(sum.layers, (std::vector<EpochEvolutions::Layer>{{15, 17, 170, 19}, {6, 8, 0, 0}}));
}

TEST(EpochEvolutions, ChangeTheConnectionsByThoseAfterItsEvaluationAlone) {
  const EvolutionRecord last = evolution(0.3, 5, 9);
  const EpochRecord record = described({evolution(0.5, 10, 8), last}, {last});
  EXPECT_EQ(record.theta, 0.3);
  EXPECT_EQ(record.layers[0].dropped, 15U);
  EXPECT_EQ(record.layers[0].grown, 17U);
  EXPECT_EQ(record.layers[0].newborns, 170U);
  EXPECT_EQ(record.layers[0].survived, 19U);
  EXPECT_EQ(record.layers[0].connections, 104U);
  EXPECT_EQ(record.layers[1].connections, 51U);
  EXPECT_EQ(record.connections, 155U);
  EXPECT_EQ(described({last}, {}).connections, 150U) << "one within the epoch was evaluated";
}

TEST(EpochEvolutions, PauseAnEpochWhereAllOfThemDo) {
  EXPECT_FALSE(described({}, {}).paused);
  EXPECT_FALSE(described({}, {}).theta.has_value());
  EXPECT_FALSE(described({pause(0.5), evolution(0.5, 3, 3)}, {}).paused);
  const EpochRecord paused = described({pause(0.5), pause(0.4)}, {pause(0.4)});
  EXPECT_TRUE(paused.paused);
  EXPECT_EQ(paused.theta, 0.4);
  EXPECT_EQ(paused.connections, 150U);
}

}  // namespace
}  // namespace regrow
