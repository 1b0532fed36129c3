// The two presets against the table of their values, and which layer of settings wins.

#include <gtest/gtest.h>

#include "config/every_choice.h"
#include "config/settings.h"
#include "regrow/config.h"
#include "regrow/error.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

using Hidden = std::vector<std::int64_t>;

const std::vector<DatasetName> kDatasets = every_choice("dataset", &Config::dataset);

TEST(Presets, PaperValidatesOnTheTestSetWithTheThesisInitialisation) {
  for (const DatasetName dataset : kDatasets) {
    const Config config = preset_config(PresetName::kPaper, dataset);
    EXPECT_EQ(config.preset, PresetName::kPaper);
    EXPECT_EQ(config.dataset, dataset);
    EXPECT_EQ(config.weight_init, WeightInit::kGlorotDense);
    EXPECT_EQ(config.sparse_init, SparseInit::kBernoulli);
    EXPECT_TRUE(config.validation.is_test());
    EXPECT_EQ(config.momentum_reset, MomentumReset::kEpoch);
  }
}

TEST(Presets, DefaultHoldsOutAndKeepsMomentum) {
  for (const DatasetName dataset : kDatasets) {
    const Config config = preset_config(PresetName::kDefault, dataset);
    EXPECT_EQ(config.preset, PresetName::kDefault);
    EXPECT_EQ(config.dataset, dataset);
    EXPECT_EQ(config.weight_init, WeightInit::kLecunSparse);
    EXPECT_EQ(config.sparse_init, SparseInit::kExact);
    Validation held_out;
    if (dataset == DatasetName::kSynthetic) held_out = Validation{200, 0};
    if (dataset == DatasetName::kCustom) held_out = Validation{0, 0.1};
    EXPECT_EQ(config.validation, held_out);
    EXPECT_EQ(config.momentum_reset, MomentumReset::kGrown);
  }
}

TEST(Presets, AgreeOnAllOtherTraining) {
  for (const PresetName preset : {PresetName::kDefault, PresetName::kPaper}) {
    for (const DatasetName dataset : kDatasets) {
      const Config config = preset_config(preset, dataset);
      EXPECT_EQ(config.drop, DropRule::kPerSign);
      EXPECT_EQ(config.grow_value, GrowValue::kZero);
      EXPECT_EQ(config.input_order, InputOrder::kHwc);
      EXPECT_EQ(config.leaky_slope, 0.3);
      EXPECT_EQ(config.momentum, 0.9);
      EXPECT_EQ(config.weight_decay, 0);
      EXPECT_EQ(config.epsilon, 20);
      EXPECT_EQ(config.zeta_millionths, 300000);
      EXPECT_EQ(config.k, 0);
      EXPECT_EQ(config.theta_scale, 1);
      EXPECT_EQ(config.theta_max, 1);
      EXPECT_EQ(config.delta, GrowDelta::kInitial);
      EXPECT_EQ(config.initial_loss, InitialLoss());
      EXPECT_EQ(to_text(config.grow), "random");
      EXPECT_EQ(config.grow_tie, TieRule::kRandom);
      const bool is_own = preset == PresetName::kDefault && dataset == DatasetName::kCustom;
      EXPECT_EQ(config.batch, is_own ? 32 : 100);
      EXPECT_EQ(config.neighbourhood, Neighbourhood::kMoore8);
      EXPECT_EQ(config.pause_gap, 3);
      EXPECT_EQ(config.pause_min_history, 5);
      EXPECT_TRUE(config.connections.empty());
      EXPECT_EQ(config.rotate_degrees, 10);
      EXPECT_EQ(config.shift_fraction, 0.1);
      EXPECT_EQ(config.interpolation, Interpolation::kBilinear);
    }
  }
}

/// The thesis'; also of `default` for synthetic data.
void expect_plain_training(const Config& config) {
  EXPECT_EQ(config.dropout, 0.3);
  EXPECT_EQ(config.learning_rate, 0.01);
  EXPECT_EQ(config.schedule, Schedule::kConstant);
  EXPECT_EQ(config.warmup_epochs, 0);
}

TEST(Presets, PaperTrainsAsTheThesisDoes) {
  for (const DatasetName dataset : kDatasets) {
    expect_plain_training(preset_config(PresetName::kPaper, dataset));
  }
  expect_plain_training(preset_config(PresetName::kDefault, DatasetName::kSynthetic));
}

TEST(Presets, ChooseLayersAndAugmentationByDataSet) {
  const auto layers = [](PresetName preset, DatasetName dataset) {
    return preset_config(preset, dataset).hidden;
  };
  const auto flips = [](PresetName preset, DatasetName dataset) {
    return preset_config(preset, dataset).flip_probability;
  };
  for (const DatasetName dataset :
       {DatasetName::kCifar10, DatasetName::kFashionMnist, DatasetName::kMnist}) {
    EXPECT_EQ(layers(PresetName::kPaper, dataset), (Hidden{4000, 1000, 4000}));
    EXPECT_EQ(flips(PresetName::kPaper, dataset), 0.5);
    EXPECT_TRUE(preset_config(PresetName::kPaper, dataset).augment);
    EXPECT_EQ(preset_config(PresetName::kDefault, dataset).augment,
              dataset == DatasetName::kCifar10);
  }
  EXPECT_EQ(layers(PresetName::kDefault, DatasetName::kCifar10), (Hidden{4000, 1000, 4000}));
  EXPECT_EQ(flips(PresetName::kDefault, DatasetName::kCifar10), 0.5);
  for (const DatasetName dataset : {DatasetName::kFashionMnist, DatasetName::kMnist}) {
    EXPECT_EQ(layers(PresetName::kDefault, dataset), (Hidden{1000, 1000, 1000}));
    EXPECT_EQ(flips(PresetName::kDefault, dataset), 0);
  }
  for (const PresetName preset : {PresetName::kDefault, PresetName::kPaper}) {
    EXPECT_EQ(layers(preset, DatasetName::kSynthetic), (Hidden{64, 64}));
    EXPECT_FALSE(preset_config(preset, DatasetName::kSynthetic).augment);
  }
}

TEST(Presets, DefaultTrainsADenseNetworkAtALowerRate) {
  const auto rate = [](PresetName preset, DatasetName dataset, Method method) {
    return preset_config(preset, dataset, method).learning_rate;
  };
  for (const DatasetName dataset : kDatasets) {
    const double sparse = rate(PresetName::kDefault, dataset, Method::kDynSet);
    const double dense = rate(PresetName::kDefault, dataset, Method::kDense);
    EXPECT_EQ(dense < sparse,
              dataset != DatasetName::kSynthetic && dataset != DatasetName::kCustom);
    EXPECT_EQ(rate(PresetName::kPaper, dataset, Method::kDense), 0.01);
  }
}

TEST(Presets, Resolve) {
  for (const PresetName preset : {PresetName::kDefault, PresetName::kPaper}) {
    for (const DatasetName dataset : kDatasets) {
      Config config = preset_config(preset, dataset);
      EXPECT_NO_THROW(resolve(config));
    }
  }
}

TEST(Presets, TakeAMethodsPartsWhateverTheyAre) {
  for (const MethodRow& row : method_rows()) {
    const Config config = preset_config(PresetName::kPaper, DatasetName::kMnist, row.method);
    EXPECT_EQ(config.method, row.method);
    EXPECT_EQ(config.evolve_every, row.evolve_every);
    EXPECT_EQ(config.evolve_until, row.evolve_until);
    EXPECT_EQ(config.zeta_schedule, row.zeta_schedule);
    EXPECT_EQ(config.drop, row.drop);
    EXPECT_EQ(config.grow.name, row.grow);
    EXPECT_EQ(config.candidates, row.candidates);
    EXPECT_EQ(config.candidate_ratio, 1);
    EXPECT_EQ(config.zeta_millionths, 300000);
    EXPECT_EQ(config.final_zeta_millionths, 0);
  }
}

GivenFlag flag(const char* name, const char* value) { return {find_setting(name), value}; }

TEST(LayeredConfig, IsTheDefaultPresetWithoutFileAndFlags) {
  EXPECT_EQ(layered_config({}, {}), preset_config(PresetName::kDefault, DatasetName::kCifar10));
}

TEST(LayeredConfig, FileBeatsPresetAndFlagsBeatFile) {
  const TomlSource file{
      "preset = 'paper'\n[data]\ndataset = 'mnist'\n[training]\nseed = 7\nepochs = 8\nbatch = 9\n",
      "run.toml"};
  const std::vector<GivenFlag> flags = {flag("--seed", "70"), flag("--epochs", "80")};
  Config expected = preset_config(PresetName::kPaper, DatasetName::kMnist);
  expected.seed = 70;
  expected.epochs = 80;
  expected.batch = 9;
  EXPECT_EQ(layered_config(file, flags), expected);
}

TEST(LayeredConfig, TakesThePresetForTheDataSetOfTheFile) {
  const TomlSource file{"[data]\ndataset = 'mnist'\n", "run.toml"};
  EXPECT_EQ(layered_config(file, {}), preset_config(PresetName::kDefault, DatasetName::kMnist));
}

TEST(LayeredConfig, TakesThePresetForTheMethodWhoeverNamesIt) {
  const TomlSource file{"[data]\ndataset = 'mnist'\n[evolution]\nmethod = 'dense'\n", "run.toml"};
  const Config dense = preset_config(PresetName::kDefault, DatasetName::kMnist, Method::kDense);
  EXPECT_EQ(layered_config(file, {}), dense);
  const std::vector<GivenFlag> flags = {flag("--dataset", "mnist"), flag("--method", "dense")};
  EXPECT_EQ(layered_config({}, flags), dense);
}

TEST(LayeredConfig, AMethodsPartsGiveWayToTheFileAndToFlags) {
  const TomlSource file{"[evolution]\nmethod = 'gse'\nevolve_every = '1e'\n", "run.toml"};
  const std::vector<GivenFlag> flags = {flag("--zeta-schedule", "constant")};
  Config expected = preset_config(PresetName::kDefault, DatasetName::kCifar10, Method::kGse);
  expected.evolve_every = EvolutionInterval();
  expected.zeta_schedule = Curve::kConstant;
  EXPECT_EQ(layered_config(file, flags), expected);
  // What a file of a method without these parts says is what it always was.
  const TomlSource of_set{"[evolution]\nmethod = 'set'\n", "run.toml"};
  const std::vector<GivenFlag> rigl = {flag("--method", "rigl")};
  EXPECT_EQ(layered_config(of_set, {}),
            preset_config(PresetName::kDefault, DatasetName::kCifar10, Method::kSet));
  EXPECT_EQ(layered_config(of_set, rigl),
            preset_config(PresetName::kDefault, DatasetName::kCifar10, Method::kRigl));
}

TEST(LayeredConfig, AMethodsOwnCandidatesGoWithItsOwnGrowthUnlessTheyAreGiven) {
  const std::vector<GivenFlag> other = {flag("--method", "gse"), flag("--grow", "one_neighbour")};
  EXPECT_EQ(layered_config({}, other).candidates, CandidateLaw::kAll);
  const std::vector<GivenFlag> own = {flag("--method", "gse"), flag("--grow", "gradient")};
  EXPECT_EQ(layered_config({}, own).candidates, CandidateLaw::kGraBo);
  const TomlSource file{"[evolution]\nmethod = 'gse'\ncandidates = 'grabo'\n", "run.toml"};
  const std::vector<GivenFlag> rule = {flag("--grow", "random")};
  Config refused = layered_config(file, rule);
  EXPECT_EQ(refused.candidates, CandidateLaw::kGraBo);
  EXPECT_THROW(resolve(refused), UsageError);
}

TEST(LayeredConfig, TakesAdamsLearningRateUnlessOneIsGiven) {
  for (const char* name : {"adam", "adamw"}) {
    for (const char* preset : {"default", "paper"}) {
      const std::vector<GivenFlag> flags = {flag("--dataset", "mnist"), flag("--preset", preset),
                                            flag("--optimiser", name)};
      EXPECT_EQ(layered_config({}, flags).learning_rate, 0.001) << name;
    }
    const TomlSource file{std::string("[training]\noptimiser = '") + name + "'\n", "run.toml"};
    EXPECT_EQ(layered_config(file, {}).learning_rate, 0.001) << name;
    const TomlSource with_rate{file.text + "learning_rate = 0.5\n", "run.toml"};
    EXPECT_EQ(layered_config(with_rate, {}).learning_rate, 0.5) << name;
    const std::vector<GivenFlag> rate = {flag("--lr", "0.25")};
    EXPECT_EQ(layered_config(with_rate, rate).learning_rate, 0.25) << name;
    // Another optimiser above the file takes its own preset again.
    const std::vector<GivenFlag> sgd = {flag("--optimiser", "sgd")};
    EXPECT_EQ(layered_config(file, sgd), layered_config({}, {})) << name;
  }
  const std::vector<GivenFlag> nesterov = {flag("--optimiser", "nesterov")};
  Config expected = layered_config({}, {});
  expected.optimiser = OptimiserKind::kNesterov;
  EXPECT_EQ(layered_config({}, nesterov), expected);
}

TEST(LayeredConfig, FlagsChooseThePresetAndTheDataSetUnderTheFile) {
  const TomlSource file{
      "preset = 'paper'\n[data]\ndataset = 'cifar10'\n[network]\ndropout = 0.125\n", "run.toml"};
  const std::vector<GivenFlag> flags = {flag("--preset", "default"), flag("--dataset", "mnist")};
  Config expected = preset_config(PresetName::kDefault, DatasetName::kMnist);
  expected.dropout = 0.125;
  EXPECT_EQ(layered_config(file, flags), expected);
}

TEST(LayeredConfig, NamesTheFlagThatIsWrong) {
  const std::vector<GivenFlag> flags = {flag("--lr", "0")};
  try {
    layered_config({}, flags);
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("--learning-rate: '0' is not allowed"))
        << error.what();
  }
}

}  // namespace
}  // namespace regrow
