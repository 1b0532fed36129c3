// What becomes of a run's learning rates when it is given more epochs, or fewer.
#include "regrow/run_length.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "config/resolves.h"
#include "regrow/error.h"
#include "regrow/learning_rate.h"

namespace regrow {
namespace {

Config cosine(std::int64_t epochs, std::vector<std::int64_t> restarts = {}) {
  Config config;
  config.schedule = Schedule::kCosine;
  set_length(config, {epochs, std::move(restarts)});
  return config;
}

std::string refusal_of(const Config& config, std::int64_t epochs) {
  try {
    length_with(config, epochs);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(RunLength, OfACosineOverAllEpochsHasARestartForThoseAdded) {
  EXPECT_EQ(length_with(cosine(10), 30), (RunLength{30, {10}}));
  EXPECT_EQ(length_with(cosine(30, {10}), 31), (RunLength{31, {10, 30}}));
  EXPECT_EQ(length_with(cosine(30, {10}), 30), (RunLength{30, {10}}));
}

TEST(RunLength, OfAnotherScheduleIsItsEpochs) {
  Config config;
  config.schedule = Schedule::kStep;
  EXPECT_EQ(length_with(config, 7), (RunLength{7, {}}));
  config = cosine(30, {10});
  config.decay_epochs = 20;
  for (const std::int64_t epochs : {3, 100}) {
    EXPECT_EQ(length_with(config, epochs), (RunLength{epochs, {10}}));
  }
}

TEST(RunLength, OfACosineEndsWhereOneOfItsCosinesDoesOnly) {
  const Config config = cosine(30, {10, 20});
  EXPECT_EQ(length_with(config, 20), (RunLength{20, {10}}));
  EXPECT_EQ(length_with(config, 10), (RunLength{10, {}}));
  EXPECT_EQ(refusal_of(config, 11),
            "--epochs 11: this run's learning rate falls along a cosine that ends after 10, 20, 30 "
            "epochs, and another end would make it another run; ask for 20 or more, or start a new "
            "run");
  EXPECT_EQ(refusal_of(cosine(10), 9),
            "--epochs 9: this run's learning rate falls along a cosine that ends after 10 epochs, "
            "and another end would make it another run; ask for 10 or more, or start a new run");
}

TEST(RunLength, IsReachedByMoreEpochsOnly) {
  const Config config = cosine(10, {4});
  for (const RunLength& longer :
       {RunLength{10, {4}}, RunLength{11, {4, 10}}, RunLength{40, {4, 10, 20, 30}}}) {
    EXPECT_TRUE(can_get(config, longer));
  }
  for (const RunLength& other :
       {RunLength{11, {4}}, RunLength{4, {}}, RunLength{30, {10}}, RunLength{30, {4, 11}},
        RunLength{30, {5, 10}}, RunLength{20, {4, 10, 20}}, RunLength{30, {4, 10, 9}},
        RunLength{30, {}}, RunLength{9, {4, 10}}}) {
    EXPECT_FALSE(can_get(config, other)) << other.epochs;
  }
  Config step = config;
  step.schedule = Schedule::kStep;
  EXPECT_TRUE(can_get(step, {3, {4}}));
  EXPECT_FALSE(can_get(step, {10, {}}));
}

/// What depends on the end of training, each with a value that makes it so.
std::vector<Config> evolving_by_length(std::int64_t epochs) {
  Config until, zeta, density;
  until.evolve_until = 0.75;
  zeta.zeta_schedule = Curve::kCosine;
  density.density_schedule = Curve::kCubic;
  density.final_density = 0.01;
  std::vector<Config> configs = {until, zeta, density};
  for (Config& config : configs) config.epochs = epochs;
  return configs;
}

TEST(RunLength, OfAnEvolutionThatEndsWithItsRunKeepsThatEnd) {
  for (const Config& config : evolving_by_length(10)) {
    EXPECT_EQ(length_with(config, 30), (RunLength{30, {}, 10}));
    EXPECT_EQ(length_with(config, 8), (RunLength{8, {}, 10}));
    EXPECT_EQ(length_with(config, 10), (RunLength{10, {}, 0}));
    Config longer = config;
    set_length(longer, length_with(config, 30));
    EXPECT_EQ(longer.evolution_epochs, 10);
    EXPECT_EQ(length_with(longer, 50), (RunLength{50, {}, 10}));
    EXPECT_EQ(length_with(longer, 10), (RunLength{10, {}, 0}));  // as it was
    EXPECT_EQ(evolution_span(longer), evolution_span(config));

    Config given = config;
    given.evolution_epochs = 7;
    EXPECT_EQ(length_with(given, 30), (RunLength{30, {}, 7}));
    EXPECT_EQ(length_with(given, 10), (RunLength{10, {}, 7}));
  }
}

TEST(RunLength, OfAnEvolutionWithoutAnEndHasNoneHoweverLong) {
  Config config;
  config.epochs = 10;
  EXPECT_EQ(length_with(config, 30), (RunLength{30, {}, 0}));
  EXPECT_EQ(evolution_span(config), 0);
  config.evolution_epochs = 5;  // given, and so the run's own
  EXPECT_EQ(length_with(config, 30), (RunLength{30, {}, 5}));
  EXPECT_EQ(length_with(config, 5), (RunLength{5, {}, 5}));
  for (Config still : evolving_by_length(10)) {
    still.method = Method::kStatic;
    EXPECT_EQ(length_with(still, 30), (RunLength{30, {}, 0}));
  }
}

TEST(RunLength, IsReachedWhereEvolutionKeepsItsEnd) {
  for (const Config& config : evolving_by_length(10)) {
    for (const RunLength& length :
         {RunLength{10, {}, 0}, RunLength{10, {}, 10}, RunLength{30, {}, 10}}) {
      EXPECT_TRUE(can_get(config, length)) << length.epochs;
    }
    for (const RunLength& other :
         {RunLength{30, {}, 0}, RunLength{30, {}, 20}, RunLength{10, {}, 5}}) {
      EXPECT_FALSE(can_get(config, other)) << other.epochs;
    }
  }
  const Config plain;
  EXPECT_TRUE(can_get(plain, {30, {}, 0}));
  EXPECT_FALSE(can_get(plain, {30, {}, plain.epochs}));
}

TEST(RunLength, OfACosineAndAnEvolutionKeepsBoth) {
  Config config = cosine(10);
  config.evolve_until = 0.5;
  EXPECT_EQ(length_with(config, 30), (RunLength{30, {10}, 10}));
  EXPECT_TRUE(can_get(config, {30, {10}, 10}));
  EXPECT_FALSE(can_get(config, {30, {10}, 0}));
  EXPECT_FALSE(can_get(config, {30, {}, 10}));
}

RC_GTEST_PROP(RunLength, LeavesTheLearningRatesUsedAsTheyWere, ()) {
  Config config = cosine(*rc::gen::inRange(1, 6));
  config.warmup_epochs = *rc::gen::inRange(0, 3);
  const auto added = *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 6));
  for (const int epochs : added) {
    Config longer = config;
    set_length(longer, length_with(config, config.epochs + epochs));
    RC_ASSERT(can_get(config, length_of(longer)));
    RC_ASSERT(resolves(longer));
    for (std::uint64_t step = 0; step < static_cast<std::uint64_t>(config.epochs) * 3; ++step) {
      RC_ASSERT(learning_rate(longer, step, 3) == learning_rate(config, step, 3));
    }
    Config shorter = longer;
    set_length(shorter, length_with(longer, config.epochs));
    RC_ASSERT(shorter == config);
    config = longer;
  }
}

TEST(RunLength, HoldsThePatienceWhichMayBeAnyOther) {
  Config config;
  config.patience = 3;
  config.min_delta = 0.5;
  RunLength length = length_of(config);
  EXPECT_EQ(length.patience, 3);
  EXPECT_EQ(length.min_delta, 0.5);
  EXPECT_EQ(length_with(config, 200).patience, 3);
  EXPECT_EQ(length_with(config, 200).min_delta, 0.5);
  length.patience = 0;
  length.min_delta = 0.25;
  EXPECT_TRUE(can_get(config, length));
  set_length(config, length);
  EXPECT_EQ(length_of(config), length);
}

}  // namespace
}  // namespace regrow
