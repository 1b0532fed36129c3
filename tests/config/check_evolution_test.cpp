// Settings of an evolution that would say nothing, or what no network can do, are refused with what
// to do instead.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "config/resolves.h"
#include "regrow/config.h"
#include "regrow/error.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

std::string refusal_with(const std::function<void(Config&)>& change, Method method = Method::kSet) {
  Config config;
  config.method = method;
  change(config);
  const Config before = config;
  try {
    resolve(config);
  } catch (const UsageError& error) {
    EXPECT_EQ(config, before) << "half resolved";
    return error.what();
  }
  return "accepted";
}

void grow_by_gradient(Config& config) { config.grow = *parse_growth_rule("gradient"); }

TEST(CheckEvolution, TakesEverySwitchOfAMethodThatEvolves) {
  for (const MethodRow& row : method_rows()) {
    if (!row.evolves) continue;
    for (const Curve curve : {Curve::kLinear, Curve::kCosine, Curve::kExponential, Curve::kCubic}) {
      EXPECT_EQ(refusal_with(
                    [&](Config& c) {
                      c.evolve_every = {0, 100};
                      c.evolve_until = 0.75;
                      c.evolution_epochs = 7;
                      c.zeta_schedule = c.density_schedule = curve;
                      c.final_zeta_millionths = 1;
                      c.final_density = 0.01;
                      c.grace = 3;
                      c.regrow_dropped = false;
                      c.drop = DropRule::kGlobalMagnitude;
                    },
                    row.method),
                "accepted");
    }
  }
}

TEST(CheckEvolution, ASharePastTheEndAndAnIntervalLongerThanTrainingAreTaken) {
  EXPECT_EQ(refusal_with([](Config& c) { c.evolve_every = {1000, 0}; }), "accepted");
  EXPECT_EQ(refusal_with([](Config& c) { c.evolution_epochs = c.epochs + 1; }), "accepted");
}

TEST(CheckEvolution, RefusesWhatAMethodThatNeverEvolvesWouldIgnore) {
  for (const MethodRow& row : method_rows()) {
    if (row.evolves) continue;
    const std::string remedy =
        " does not go with --method " + std::string(row.name) + ", which never evolves; leave ";
    EXPECT_EQ(refusal_with([](Config& c) { c.grace = 3; }, row.method),
              "--grace: '3'" + remedy + "--grace out, or choose --method set");
    EXPECT_EQ(refusal_with([](Config& c) { c.zeta_schedule = Curve::kCosine; }, row.method),
              "--zeta-schedule: 'cosine'" + remedy + "--zeta-schedule out, or choose --method set");
    EXPECT_EQ(
        refusal_with(
            [](Config& c) {
              c.density_schedule = Curve::kCubic;
              c.final_density = 0.1;
            },
            row.method),
        "--density-schedule: 'cubic'" + remedy + "--density-schedule out, or choose --method set");
    EXPECT_EQ(refusal_with(
                  [](Config& c) {
                    grow_by_gradient(c);
                    c.candidates = CandidateLaw::kGraEst;
                  },
                  row.method),
              "--candidates: 'graest'" + remedy + "--candidates out, or choose --method set");
    // A sweep sets these for all of its methods.
    EXPECT_EQ(refusal_with(
                  [](Config& c) {
                    c.zeta_millionths = 1;
                    c.drop = DropRule::kMagnitude;
                    c.grow = *parse_growth_rule("one_neighbour");
                    c.evolve_every = {0, 100};
                    c.evolve_until = 0.5;
                    c.regrow_dropped = false;
                  },
                  row.method),
              "accepted");
  }
}

TEST(CheckEvolution, GrowthByGradientTakesEveryLawOfCandidatesAndEveryOtherPartOfGrowth) {
  for (const CandidateLaw law :
       {CandidateLaw::kAll, CandidateLaw::kUniform, CandidateLaw::kGraBo, CandidateLaw::kGraEst}) {
    EXPECT_EQ(refusal_with([&](Config& c) {
                grow_by_gradient(c);
                c.candidates = law;
                if (law != CandidateLaw::kAll) c.candidate_ratio = 2;
                c.grow_value = GrowValue::kFresh;
                c.regrow_dropped = false;
                c.grow_tie = TieRule::kByIndex;
                c.device = "check:cpu,reference";
              }),
              "accepted");
  }
}

TEST(CheckEvolution, RefusesCandidatesOfGrowthThatComputesNoGradients) {
  const std::string reason = " does not go with --grow random, which computes no gradients; leave ";
  EXPECT_EQ(refusal_with([](Config& c) { c.candidates = CandidateLaw::kUniform; }),
            "--candidates: 'uniform'" + reason + "--candidates out, or choose --grow gradient");
  EXPECT_EQ(
      refusal_with([](Config& c) { c.candidate_ratio = 0.5; }),
      "--candidate-ratio: '0.5'" + reason + "--candidate-ratio out, or choose --grow gradient");
}

TEST(CheckEvolution, RefusesASizeOfASampleThatIsNone) {
  EXPECT_EQ(refusal_with([](Config& c) {
              grow_by_gradient(c);
              c.candidate_ratio = 2;
            }),
            "--candidate-ratio: '2' does not go with --candidates all, which is every inactive "
            "cell; leave --candidate-ratio out, or choose --candidates uniform, grabo or graest");
}

TEST(CheckEvolution, RefusesAnEndOfZetaThatItNeverGoesTo) {
  EXPECT_EQ(
      refusal_with([](Config& c) { c.final_zeta_millionths = 50000; }),
      "--final-zeta: '0.05' does not go with --zeta-schedule constant, which stays at --zeta; "
      "leave --final-zeta out, or choose --zeta-schedule linear, cosine, exponential or cubic");
}

TEST(CheckEvolution, RefusesAnExponentialFromZeroOrToIt) {
  const auto zeta = [](std::int64_t first, std::int64_t last, Curve curve) {
    return refusal_with([&](Config& c) {
      c.zeta_schedule = curve;
      c.zeta_millionths = first;
      c.final_zeta_millionths = last;
    });
  };
  const std::string remedy =
      ": an exponential neither starts nor ends at 0; choose another number, or --zeta-schedule "
      "linear, cosine or cubic";
  EXPECT_EQ(zeta(300000, 0, Curve::kExponential),
            "--zeta-schedule: 'exponential' does not go with --final-zeta 0" + remedy);
  EXPECT_EQ(zeta(0, 300000, Curve::kExponential),
            "--zeta-schedule: 'exponential' does not go with --zeta 0" + remedy);
  EXPECT_EQ(zeta(1, 300000, Curve::kExponential), "accepted");
  for (const Curve curve : {Curve::kLinear, Curve::kCosine, Curve::kCubic}) {
    EXPECT_EQ(zeta(300000, 0, curve), "accepted");
    EXPECT_EQ(zeta(0, 300000, curve), "accepted");
  }
}

TEST(CheckEvolution, RefusesADensityThatStartsAtNothingAndMultiplies) {
  const auto from = [](const std::function<void(Config&)>& start, Curve curve) {
    return refusal_with([&](Config& c) {
      start(c);
      c.density_schedule = curve;
      c.final_density = 0.1;
    });
  };
  const auto no_epsilon = [](Config& c) { c.epsilon = 0; };
  const auto no_counts = [](Config& c) { c.connections = {0, 0, 0}; };
  const auto one_count = [](Config& c) { c.connections = {0, 1, 0}; };
  const auto given = [](Config& c) {
    c.epsilon = 0;
    c.init_from = "runs/first";
  };
  for (const auto& nothing : {std::function<void(Config&)>(no_epsilon), {no_counts}}) {
    EXPECT_EQ(from(nothing, Curve::kExponential),
              "--density-schedule: 'exponential' does not go with a network without connections: "
              "an exponential neither starts nor ends at 0; choose another number, or "
              "--density-schedule linear, cosine or cubic");
    EXPECT_EQ(from(nothing, Curve::kLinear), "accepted");
  }
  EXPECT_EQ(from(one_count, Curve::kExponential), "accepted");
  EXPECT_EQ(from(given, Curve::kExponential), "accepted");
}

TEST(CheckEvolution, RefusesAnEndOfTheDensityThatItNeverGoesToOrThatIsNothing) {
  EXPECT_EQ(refusal_with([](Config& c) { c.final_density = 0.1; }),
            "--final-density: '0.1' does not go with --density-schedule constant, which stays at "
            "the initial density; leave --final-density out, or choose --density-schedule linear, "
            "cosine, exponential or cubic");
  EXPECT_EQ(refusal_with([](Config& c) { c.density_schedule = Curve::kCubic; }),
            "--density-schedule: 'cubic' needs a --final-density above 0; give one, as "
            "--final-density 0.01, or leave --density-schedule out");
}

TEST(CheckEvolution, RefusesADensityThatGrowthDoesNotLookAt) {
  EXPECT_EQ(refusal_with([](Config& c) {
              c.density_schedule = Curve::kCubic;
              c.final_density = 0.1;
              c.delta = GrowDelta::kRemoved;
            }),
            "--density-schedule: 'cubic' does not go with --delta removed, which grows a share of "
            "what has dropped, whatever the density; leave one of them out");
}

}  // namespace
}  // namespace regrow
