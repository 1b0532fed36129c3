// resolve(): what `auto` means, which combinations make sense, and that a resolved configuration is
// its own resolution.

#include "regrow/config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "config/every_choice.h"
#include "config/resolves.h"
#include "config/settings.h"
#include "regrow/error.h"

namespace regrow {
namespace {

const std::vector<Method> kMethods = every_choice("method", &Config::method);
const std::vector<Measure> kMeasures = every_choice("measure", &Config::measure);
const std::vector<Measure> kPauses = every_choice("pause", &Config::pause);

Config configured(Method method, Measure measure = Measure::kAuto, Measure pause = Measure::kAuto) {
  Config config;
  config.method = method;
  config.measure = measure;
  config.pause = pause;
  return config;
}

std::string refusal(Config config) {
  const Config before = config;
  try {
    resolve(config);
  } catch (const UsageError& error) {
    EXPECT_EQ(config, before) << "half resolved";
    return error.what();
  }
  return "accepted";
}

bool takes(Method method, Measure measure) {
  if (measure == Measure::kAuto || method == Method::kDynSet) return true;
  if (method == Method::kAccSet) return measure == Measure::kValAcc || measure == Measure::kAcc;
  return method == Method::kLset && (measure == Measure::kLoss || measure == Measure::kValLoss);
}

TEST(Resolve, ReplacesAutoByTheMethodsOwn) {
  const auto check = [](Method method, Measure measure, Measure pause) {
    Config config = configured(method);
    resolve(config);
    EXPECT_EQ(config.measure, measure) << name_of(method);
    EXPECT_EQ(config.pause, pause) << name_of(method);
  };
  check(Method::kStatic, Measure::kAuto, Measure::kNone);
  check(Method::kSet, Measure::kAuto, Measure::kNone);
  check(Method::kAccSet, Measure::kValAcc, Measure::kNone);
  check(Method::kLset, Measure::kLoss, Measure::kNone);
  check(Method::kDynSet, Measure::kLoss, Measure::kLoss);
  check(Method::kDense, Measure::kAuto, Measure::kNone);
}

TEST(Resolve, TakesExactlyTheMeasuresOfEachMethod) {
  for (const Method method : kMethods) {
    for (const Measure measure : kMeasures) {
      EXPECT_EQ(resolves(configured(method, measure)), takes(method, measure))
          << name_of(method) << " " << name_of(measure);
    }
  }
  EXPECT_EQ(refusal(configured(Method::kAccSet, Measure::kLoss)),
            "--measure: 'loss' does not go with --method accset; allowed: val_acc or acc");
  EXPECT_EQ(refusal(configured(Method::kSet, Measure::kLoss)),
            "--measure: 'loss' does not go with --method set, whose regrowth no measure steers; "
            "leave --measure out, or choose --method accset, lset or dynset");
}

TEST(Resolve, DynSetPausesOnItsMeasureAndOnNothingElse) {
  const std::pair<Measure, Measure> pairs[] = {{Measure::kLoss, Measure::kLoss},
                                               {Measure::kValLoss, Measure::kValLoss},
                                               {Measure::kAcc, Measure::kAcc},
                                               {Measure::kValAcc, Measure::kValAcc}};
  for (const auto& [measure, own] : pairs) {
    for (const Measure pause : kPauses) {
      Config config = configured(Method::kDynSet, measure, pause);
      const bool fits = pause == Measure::kAuto || pause == own;
      ASSERT_EQ(resolves(config), fits) << name_of(measure) << " " << name_of(pause);
      if (!fits) continue;
      resolve(config);
      EXPECT_EQ(config.pause, own);
    }
  }
  EXPECT_EQ(refusal(configured(Method::kDynSet, Measure::kLoss, Measure::kNone)),
            "--pause: 'none' does not go with --method dynset, which pauses on its measure (loss); "
            "leave --pause out, or choose --method accset or lset, which pause on anything");
}

TEST(Resolve, PausesEvolvingMethodsOnAnythingAndOthersOnNothing) {
  for (const Measure pause : kPauses) {
    for (const Method method : {Method::kSet, Method::kAccSet, Method::kLset}) {
      EXPECT_TRUE(resolves(configured(method, Measure::kAuto, pause))) << name_of(pause);
    }
    const bool pauses = pause != Measure::kAuto && pause != Measure::kNone;
    for (const Method method : {Method::kStatic, Method::kDense}) {
      EXPECT_EQ(resolves(configured(method, Measure::kAuto, pause)), !pauses) << name_of(pause);
    }
  }
  EXPECT_EQ(refusal(configured(Method::kStatic, Measure::kAuto, Measure::kLoss)),
            "--pause: 'loss' does not go with --method static, which never evolves; leave --pause "
            "out");
}

TEST(Resolve, IsIdempotentAndSurvivesToml) {
  for (const Method method : kMethods) {
    for (const Measure measure : kMeasures) {
      for (const Measure pause : kPauses) {
        Config once = configured(method, measure, pause);
        if (!resolves(once)) continue;
        resolve(once);
        Config twice;
        apply_toml(twice, to_toml(once), "run.toml");
        resolve(twice);
        EXPECT_EQ(once, twice) << name_of(method);
      }
    }
  }
}

TEST(Resolve, ChecksTheRangeOfSettingsMadeInCode) {
  const auto refused = [](const std::function<void(Config&)>& change) {
    Config config;
    change(config);
    return refusal(config);
  };
  EXPECT_EQ(refused([](Config& c) { c.epochs = 0; }),
            "--epochs: '0' is not allowed; allowed: an integer from 1 to 1000000");
  EXPECT_EQ(refused([](Config& c) { c.k = 1; }),
            "--k: '1' is not allowed; allowed: a number above -1 and below 1");
  EXPECT_EQ(refused([](Config& c) { c.hidden = {}; }).substr(0, 27), "--hidden: '' is not allowed");
  EXPECT_EQ(refused([](Config& c) { c.zeta_millionths = 1000001; }).substr(0, 32),
            "--zeta: '1.000001' is not allowe");
  EXPECT_EQ(refused([](Config& c) { c.zeta_millionths = -1; }).substr(0, 8), "--zeta: ");
  EXPECT_EQ(refused([](Config& c) { c.validation = Validation{-1}; }).substr(0, 14),
            "--validation: ");
  EXPECT_EQ(refused([](Config& c) {
              c.grow = GrowthRule{"rigl", {-1, -1, -1, -1, -1, -1, -1, -1, -1}};
            }).substr(0, 8),
            "--grow: ");
  EXPECT_EQ(refused([](Config& c) { c.method = static_cast<Method>(9); }).substr(0, 10),
            "--method: ");
}

TEST(Resolve, WantsMoreHistoryThanThePauseLooksBack) {
  Config config = configured(Method::kDynSet);
  config.pause_gap = 5;
  config.pause_min_history = 6;
  EXPECT_TRUE(resolves(config));
  config.pause_min_history = 5;
  EXPECT_EQ(refusal(config), "--pause-min-history: 5 must be above --pause-gap, which is 5");
}

TEST(Resolve, WantsAConnectionCountForEachHiddenLayer) {
  Config config = configured(Method::kSet);
  config.hidden = {10, 20};
  config.connections = {5, 6};
  EXPECT_TRUE(resolves(config));
  config.connections = {5};
  EXPECT_EQ(refusal(config),
            "--connections: 5 has 1 counts, but --hidden 10,20 has 2 layers; give one for each");
  config.connections = {5, 6};
  config.method = Method::kDense;
  EXPECT_EQ(refusal(config),
            "--connections: --method dense has all of them; leave --connections out");
}

TEST(Resolve, RefusesToAugmentWhatIsNoImage) {
  Config config = preset_config(PresetName::kDefault, DatasetName::kSynthetic);
  EXPECT_TRUE(resolves(config));
  config.augment = true;
  EXPECT_EQ(refusal(config),
            "--augment: 'true' does not go with --dataset synthetic, whose samples are no images; "
            "use --augment false");
}

// Each rule of resolve() written a second time: a configuration is taken where it breaks none,
// whatever else it holds.
TEST(Resolve, TakesRestartsOfACosineThatAscendBelowItsEnd) {
  Config config;
  config.epochs = 40;
  config.restart_epochs = {10, 30};
  config.schedule = Schedule::kStep;
  EXPECT_EQ(refusal(config),
            "--restart-epochs: '10,30' does not go with --schedule step, which never starts again; "
            "leave --restart-epochs out, or choose --schedule cosine");
  config.schedule = Schedule::kCosine;
  EXPECT_EQ(refusal(config), "accepted");
  for (const auto& [restarts, printed] : {std::pair{std::vector<std::int64_t>{30, 10}, "30,10"},
                                          std::pair{std::vector<std::int64_t>{10, 10}, "10,10"}}) {
    config.restart_epochs = restarts;
    EXPECT_EQ(refusal(config), fmt::format("--restart-epochs: {} does not ascend; give each epoch "
                                           "once, the earliest first",
                                           printed));
  }
  config.restart_epochs = {39};
  EXPECT_EQ(refusal(config), "accepted");
  config.restart_epochs = {10, 40};
  EXPECT_EQ(refusal(config),
            "--restart-epochs: 40 is not below --epochs, which is 40; leave it out, or raise "
            "--epochs");
  config.decay_epochs = 41;
  EXPECT_EQ(refusal(config), "accepted");
  config.decay_epochs = 20;
  config.restart_epochs = {10, 20};
  EXPECT_EQ(refusal(config),
            "--restart-epochs: 20 is not below --decay-epochs, which is 20; leave it out, or raise "
            "--decay-epochs");
}

RC_GTEST_PROP(Resolve, TakesWhatBreaksNoRuleAndRefusesWhatBreaksOne, ()) {
  Config config;
  config.method = *rc::gen::elementOf(kMethods);
  config.measure = *rc::gen::elementOf(kMeasures);
  config.pause = *rc::gen::elementOf(kPauses);
  config.pause_gap = *rc::gen::inRange(1, 6);
  config.pause_min_history = *rc::gen::inRange(2, 12);
  config.hidden.assign(*rc::gen::inRange<std::size_t>(1, 4), 20);
  const std::size_t hidden = config.hidden.size();
  config.connections.assign(*rc::gen::element<std::size_t>(0, 0, hidden, hidden, hidden + 1), 5);
  config.dataset = *rc::gen::element(DatasetName::kMnist, DatasetName::kSynthetic);
  config.augment = *rc::gen::arbitrary<bool>();

  const bool evolves = config.method != Method::kStatic && config.method != Method::kDense;
  const bool has_pause = config.pause != Measure::kAuto && config.pause != Measure::kNone;
  bool pause_fits = evolves || !has_pause;
  if (config.method == Method::kDynSet && config.pause != Measure::kAuto) {
    const Measure measure = config.measure == Measure::kAuto ? Measure::kLoss : config.measure;
    pause_fits = name_of(config.pause) == name_of(measure);
  }
  const bool connections_fit = config.connections.empty() || (config.method != Method::kDense &&
                                                              config.connections.size() == hidden);
  const bool expected = takes(config.method, config.measure) && pause_fits &&
                        config.pause_min_history > config.pause_gap && connections_fit &&
                        !(config.augment && config.dataset == DatasetName::kSynthetic);
  RC_ASSERT(resolves(config) == expected);
}

TEST(NameOf, IsTheNameInFlagsAndFiles) {
  EXPECT_EQ(name_of(Method::kDynSet), "dynset");
  EXPECT_EQ(name_of(Method::kAccSet), "accset");
  EXPECT_EQ(name_of(Measure::kValLoss), "val_loss");
  EXPECT_EQ(name_of(Measure::kNone), "none");
  EXPECT_EQ(name_of(DatasetName::kFashionMnist), "fashion_mnist");
}

TEST(BackendOptions, CarryWhatABackEndNeeds) {
  Config config;
  config.seed = 11;
  config.batch = 12;
  config.optimiser = OptimiserKind::kAdamW;
  config.momentum = 0.5;
  config.beta1 = 0.75;
  config.beta2 = 0.875;
  config.adam_epsilon = 1e-3;
  config.momentum_reset = MomentumReset::kEpoch;
  config.clip_norm = 2;
  config.loss = LossKind::kMse;
  config.label_smoothing = 0.1;
  config.class_weight = {false, {1, 2}};
  config.weight_decay = 0.25;
  config.dropout = 0.125;
  config.leaky_slope = 0.0625;
  config.augment = false;
  config.rotate_degrees = 1;
  config.shift_fraction = 0.2;
  config.flip_probability = 0.75;
  config.interpolation = Interpolation::kNearest;
  config.threads = 3;
  config.simd = "avx2";
  config.activation_dtype = ActivationStorage::kBFloat16;
  config.cuda_graph = false;
  const BackendOptions options = backend_options(config);
  EXPECT_EQ(options.seed, 11U);
  EXPECT_EQ(options.batch_size, 12U);
  const OptimiserSettings optimiser = {.kind = OptimiserKind::kAdamW,
                                       .momentum = 0.5,
                                       .beta1 = 0.75,
                                       .beta2 = 0.875,
                                       .epsilon = 1e-3,
                                       .weight_decay = 0.25,
                                       .restarts_each_epoch = true};
  EXPECT_EQ(options.optimiser, optimiser);
  EXPECT_EQ(options.clip_norm, 2);
  EXPECT_EQ(options.loss, (LossSettings{LossKind::kMse, 0.1, {false, {1, 2}}}));
  EXPECT_EQ(options.dropout, 0.125);
  EXPECT_EQ(options.leaky_slope, 0.0625);
  EXPECT_FALSE(options.augmentation.enabled);
  EXPECT_EQ(options.augmentation.rotate_degrees, 1);
  EXPECT_EQ(options.augmentation.shift_fraction, 0.2);
  EXPECT_EQ(options.augmentation.flip_probability, 0.75);
  EXPECT_EQ(options.augmentation.interpolation, Interpolation::kNearest);
  EXPECT_EQ(options.threads, 3U);
  EXPECT_EQ(options.simd, "avx2");
  EXPECT_EQ(options.activations, ActivationStorage::kBFloat16);
  EXPECT_FALSE(options.graph);
  config.augment = true;
  EXPECT_TRUE(backend_options(config).augmentation.enabled);
  for (const MomentumReset reset : {MomentumReset::kGrown, MomentumReset::kNever}) {
    config.momentum_reset = reset;
    EXPECT_FALSE(backend_options(config).optimiser.restarts_each_epoch);
  }
}

TEST(BackendOptions, SayWhichCellsWillBeScored) {
  const auto scored_of = [](Method method, CandidateLaw law) {
    Config config = preset_config(PresetName::kDefault, DatasetName::kSynthetic, method);
    config.candidates = law;
    config.candidate_ratio = 0.5;
    return backend_options(config).scored_cells;
  };
  EXPECT_EQ(scored_of(Method::kSet, CandidateLaw::kAll), std::nullopt);
  EXPECT_EQ(scored_of(Method::kRigl, CandidateLaw::kGraEst),
            (ScoredCells{CandidateLaw::kGraEst, 0.5}));
}

TEST(NetworkStart, HasAsManySlotsAsTheOptimiserKeeps) {
  Config config;
  for (const auto& [optimiser, slots] :
       {std::pair{OptimiserKind::kSgd, 1U}, std::pair{OptimiserKind::kNesterov, 1U},
        std::pair{OptimiserKind::kAdam, 2U}, std::pair{OptimiserKind::kAdamW, 2U}}) {
    config.optimiser = optimiser;
    EXPECT_EQ(network_start(config, 3, 2).slots, slots);
  }
}

}  // namespace
}  // namespace regrow
