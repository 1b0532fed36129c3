// Every switch of an evolution, alone and with others, on every device: each evolution of a run is
// held against a model in float64, and a run that is stopped and resumed ends with the same bytes.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "regrow/load_dataset.h"
#include "regrow/run_length.h"
#include "support/devices.h"
#include "support/evolutions.h"
#include "support/recording_backend.h"
#include "support/temp_dir.h"
#include "train/evolution_model.h"
#include "train/run_content.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

struct Switch {
  std::string name;
  void (*set)(Config&);
};

void density_schedule(Config& config, Curve curve) {
  config.density_schedule = curve;
  config.final_density = 0.1;  // from 0.37
}
void zeta_schedule(Config& config, Curve curve) {
  config.zeta_schedule = curve;
  config.final_zeta_millionths = 50'000;
}

void by_gradient(Config& config, CandidateLaw law) {
  config.grow = rule_of("gradient");
  config.candidates = law;
  config.drop = DropRule::kMagnitude;
  config.evolve_every = {0, 3};
}

const std::vector<Switch>& switches() {
  static const std::vector<Switch> all = {
      {"EverySevenSteps",
       [](Config& c) {
         c.evolve_every = {0, 7};
       }},
      {"EveryTenSteps",
       [](Config& c) {
         c.evolve_every = {0, 10};
       }},
      {"EveryTwoEpochs",
       [](Config& c) {
         c.evolve_every = {2, 0};
       }},
      {"UntilHalf",
       [](Config& c) {
         c.evolve_every = {0, 3};
         c.evolve_until = 0.5;
       }},
      {"LinearZeta", [](Config& c) { zeta_schedule(c, Curve::kLinear); }},
      {"CosineZeta", [](Config& c) { zeta_schedule(c, Curve::kCosine); }},
      {"ExponentialZeta", [](Config& c) { zeta_schedule(c, Curve::kExponential); }},
      {"CubicZeta", [](Config& c) { zeta_schedule(c, Curve::kCubic); }},
      {"LinearDensity", [](Config& c) { density_schedule(c, Curve::kLinear); }},
      {"CosineDensity", [](Config& c) { density_schedule(c, Curve::kCosine); }},
      {"ExponentialDensity", [](Config& c) { density_schedule(c, Curve::kExponential); }},
      {"CubicDensity", [](Config& c) { density_schedule(c, Curve::kCubic); }},
      {"CubicDensityByMagnitude",
       [](Config& c) {
         density_schedule(c, Curve::kCubic);
         c.drop = DropRule::kMagnitude;
       }},
      {"RisingDensity",
       [](Config& c) {
         c.density_schedule = Curve::kLinear;
         c.final_density = 0.8;
       }},
      {"Global", [](Config& c) { c.drop = DropRule::kGlobalMagnitude; }},
      {"GlobalDownToADensity",
       [](Config& c) {
         c.drop = DropRule::kGlobalMagnitude;
         density_schedule(c, Curve::kCubic);
         c.zeta_millionths = 10'000;
       }},
      {"GraceOfOne", [](Config& c) { c.grace = 1; }},
      {"GraceOfTwoByMagnitude",
       [](Config& c) {
         c.grace = 2;
         c.drop = DropRule::kMagnitude;
       }},
      {"GlobalWithGrace",
       [](Config& c) {
         c.grace = 1;
         c.drop = DropRule::kGlobalMagnitude;
       }},
      {"GraceOfMoreThanThereIs",
       [](Config& c) {
         c.grace = 9;
         c.zeta_millionths = 600'000;
       }},
      {"DroppedMayNotRegrow", [](Config& c) { c.regrow_dropped = false; }},
      {"DroppedMayNotRegrowBesideOthers",
       [](Config& c) {
         c.regrow_dropped = false;
         c.grow = rule_of("most_neighbours");
         c.zeta_millionths = 900'000;
       }},
      {"Ranks", [](Config& c) { c.grow = rule_of("ranks:0,2,3,1,never,5,4,4,4"); }},
      {"ByGradient", [](Config& c) { by_gradient(c, CandidateLaw::kAll); }},
      {"ByGradientEveryEpoch",
       [](Config& c) {
         by_gradient(c, CandidateLaw::kAll);
         c.evolve_every = {1, 0};
       }},
      {"ByGradientButWhatHasDropped",
       [](Config& c) {
         by_gradient(c, CandidateLaw::kAll);
         c.regrow_dropped = false;
         c.grace = 1;
       }},
      {"ByGradientOfAUniformSample", [](Config& c) { by_gradient(c, CandidateLaw::kUniform); }},
      {"ByGradientOfGraBo", [](Config& c) { by_gradient(c, CandidateLaw::kGraBo); }},
      {"ByGradientOfGraEst",
       [](Config& c) {
         by_gradient(c, CandidateLaw::kGraEst);
         density_schedule(c, Curve::kCubic);
         c.drop = DropRule::kGlobalMagnitude;
         c.candidate_ratio = 0.2;  // fewer than must grow
       }},
      {"All",
       [](Config& c) {
         c.evolve_every = {0, 4};
         c.evolve_until = 0.9;
         zeta_schedule(c, Curve::kCosine);
         density_schedule(c, Curve::kLinear);
         c.drop = DropRule::kGlobalMagnitude;
         c.grace = 2;
         c.regrow_dropped = false;
         c.grow = rule_of("ranks:0,2,3,1,never,5,4,4,4");
       }},
  };
  return all;
}

class Switches : public testing::TestWithParam<std::tuple<std::string, Switch>> {
 protected:
  Config config() const {
    Config config = small_config(std::get<0>(GetParam()), Method::kSet);
    config.epochs = 4;
    config.synthetic_train = 140;  // 105 are trained on, in five steps an epoch
    std::get<1>(GetParam()).set(config);
    resolve(config);
    return config;
  }
  TempDir dir_;
};

TEST_P(Switches, EvolveAsAModelOfAllCellsDoes) {
  const Config config = this->config();
  Requests requests;
  auto dataset = std::make_shared<const Dataset>(load_dataset(config));
  auto backend = std::make_unique<RecordingBackend>(
      make_backend(config.device, backend_options(config)), requests);
  Checkpoint state = starting_state(config, *dataset, backend->capabilities());
  EvolutionModel model(config, state.network, steps_per_epoch(config, *dataset));
  const RunFolder folder = RunFolder::create(dir_.path() / "run", false);
  Trainer(std::move(state), dataset, std::move(backend), folder).run();

  const std::vector<std::uint64_t> due = model.due_steps();
  const std::vector<EvolutionRecord> records = folder.read_evolutions();
  ASSERT_GT(due.size(), 0U);
  ASSERT_EQ(records.size(), due.size());
  ASSERT_EQ(requests.evolutions.size(), due.size());
  for (std::size_t e = 0; e < due.size(); ++e) {
    SCOPED_TRACE("evolution after step " + std::to_string(due[e]));
    EXPECT_EQ(records[e].number, e);
    model.expect(due[e], requests.evolutions[e], records[e]);
    if (HasFatalFailure()) return;
  }
}

/// What an epoch's record says of its evolutions is what their own records add up to.
TEST_P(Switches, AddUpInTheRecordsOfEpochs) {
  const std::vector<EpochRecord> epochs = whole_run(config(), dir_.path() / "run");
  const RunFolder folder = RunFolder::open(dir_.path() / "run");
  const std::vector<EvolutionRecord> evolutions = folder.read_evolutions();
  for (const EpochRecord& epoch : epochs) {
    SCOPED_TRACE("epoch " + std::to_string(epoch.epoch));
    std::uint64_t dropped = 0, grown = 0, after_evaluation = 0;
    bool is_evolved = false;
    for (const EvolutionRecord& evolution : evolutions) {
      if (evolution.epoch != epoch.epoch) continue;
      is_evolved = true;
      dropped += evolution.layers[0].dropped.sum();
      grown += evolution.layers[0].grown;
      if (!evolution.is_within_epoch) {
        after_evaluation = evolution.layers[0].after();
        EXPECT_EQ(evolution.layers[0].present.sum(), epoch.layers[0].evaluated);
      }
    }
    EXPECT_EQ(epoch.theta.has_value(), is_evolved);
    EXPECT_EQ(epoch.layers[0].dropped, dropped);
    EXPECT_EQ(epoch.layers[0].grown, grown);
    EXPECT_EQ(epoch.layers[0].connections,
              after_evaluation > 0 ? after_evaluation : epoch.layers[0].evaluated);
  }
}

TEST_P(Switches, GoOnWhereARunWasStopped) {
  const Config config = this->config();
  whole_run(config, dir_.path() / "whole");
  for (const int pieces : {1, 3, 5}) {
    SCOPED_TRACE(pieces);
    const auto run = dir_.path() / std::to_string(pieces);
    ASSERT_EQ(start_run(config, run, stopping_after(pieces)).run(), TrainingOutcome::kInterrupted);
    resume_run(run).run();
    expect_same_run(run, dir_.path() / "whole", {"previous.safetensors"});
  }
}

/// Whatever was recorded of the last epoch before its evolution followed. Where T_end is a share of
/// the training, it stays where it was.
TEST_P(Switches, MadeLongerAreOneLongRun) {
  Config config = this->config();
  const std::int64_t epochs = config.epochs;
  config.epochs = 2;
  whole_run(config, dir_.path() / "run");
  resume_run(dir_.path() / "run", epochs).run();
  config.evolution_epochs = evolution_span(config);
  config.epochs = epochs;
  whole_run(config, dir_.path() / "whole");
  // Written before the run was made longer.
  expect_same_run(dir_.path() / "run", dir_.path() / "whole",
                  {"initial.safetensors", "previous.safetensors"});
}

INSTANTIATE_TEST_SUITE_P(
    All, Switches, testing::Combine(testing::ValuesIn(kTestDevices), testing::ValuesIn(switches())),
    [](const auto& test) {
      return test_name(std::get<0>(test.param)) + "_" + std::get<1>(test.param).name;
    });

}  // namespace
}  // namespace regrow::tests
