// The table itself. A new setting is a member of Config and a row here.

#include "config/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/nearest_name.h"
#include "base/numbers.h"
#include "config/setting_kinds.h"
#include "base/utf8.h"
#include "regrow/devices.h"
#include "regrow/error.h"
#include "regrow/policy.h"

namespace regrow {
namespace {

// Epochs index 32-bit random counters by step; a million of 500 steps leaves room.
constexpr std::int64_t kMostEpochs = 1000000;
constexpr double kMostSeconds = 1e9;
constexpr std::int64_t kMostSamples = 100000000;
constexpr std::int64_t kMostNeurons = std::int64_t{1} << 24;
constexpr std::int64_t kMostConnections = 1000000000000;
constexpr std::int64_t kMostSeeds = std::numeric_limits<std::int64_t>::max();
constexpr RealRange kShare{0, 1};
constexpr RealRange kBelowOne{.lowest = 0, .highest = 1, .without_highest = true};
constexpr RealRange kScale{0, 1000};

Setting local(Setting setting) {
  setting.is_local = true;
  setting.is_in_checkpoints = false;
  return setting;
}

Setting kept_beside_checkpoints(Setting setting) {
  setting.is_in_checkpoints = false;
  return setting;
}

Setting changes_on_resume(Setting setting) {
  setting.may_change_on_resume = true;
  return setting;
}

Setting with_alias(Setting setting, std::string alias) {
  setting.alias = std::move(alias);
  return setting;
}

Setting main_setting(Setting setting) {
  setting.is_main = true;
  return setting;
}

Setting formerly(std::string old_key, Setting setting) {
  setting.old_keys.push_back(std::move(old_key));
  return setting;
}

Setting of_kind(Setting setting, SettingKind kind) {
  setting.kind = kind;
  return setting;
}

bool is_validation(const std::string& value) {
  const std::string prefix = "holdout:";
  std::int64_t count = 0;
  return value == "test" ||
         (value.starts_with(prefix) && parse_integer(value.substr(prefix.size()), count) &&
          count >= 1 && count <= kMostSamples);
}

bool is_initial_loss(const std::string& value) {
  double number = 0;
  return value == "first" || value == "ln_classes" || (parse_real(value, number) && number > 0);
}

bool is_epoch_span(const std::string& value) {
  Config config;
  config.profile_epochs = value;
  const EpochSpan span = profiled_epochs(config);
  return value.empty() || (span.first >= 0 && span.first <= span.last && span.last <= kMostEpochs);
}

bool parse_interval(Config& config, const std::string& value) {
  CheckpointInterval interval;
  if (value.ends_with('s')) {
    if (!parse_real(value.substr(0, value.size() - 1), interval.seconds) || interval.seconds <= 0 ||
        interval.seconds > kMostSeconds) {
      return false;
    }
  } else if (value != "auto") {
    if (!parse_integer(value, interval.epochs) || interval.epochs < 1 ||
        interval.epochs > kMostEpochs) {
      return false;
    }
  }
  config.checkpoint_every = interval;
  return true;
}

std::string print_interval(const Config& config) {
  const CheckpointInterval& interval = config.checkpoint_every;
  if (interval.epochs > 0) return std::to_string(interval.epochs);
  return interval.seconds > 0 ? print_real(interval.seconds) + "s" : "auto";
}

Setting checkpoint_every() {
  Setting setting;
  setting.key = "checkpoint_every";
  setting.help =
      "how often the state is saved: after so many epochs, or seconds; auto: at most every 30 s "
      "and for less than 1 % of the time";
  setting.kind = SettingKind::kTextOrReal;
  setting.allowed = fmt::format("auto, epochs from 1 to {}, seconds as 30s", kMostEpochs);
  setting.parse = parse_interval;
  setting.to_string = print_interval;
  return setting;
}

Setting device() {
  Setting setting = checked_text("device", &Config::device, "", is_device_name,
                                 "what computes; auto: the first GPU that works, else the CPU; "
                                 "check: two in lockstep, compared");
  setting.choices = device_names();
  setting.allowed = joined(setting.choices) + ", check:A,B; cuda:N for the GPU of number N";
  return setting;
}

std::vector<std::string> growth_rule_names() {
  std::vector<std::string> names;
  for (const GrowthRule& rule : growth_rules()) names.emplace_back(rule.name);
  return names;
}

std::vector<Setting> preset_settings() {
  return {main_setting(choice(
      "preset", &Config::preset, {{PresetName::kDefault, "default"}, {PresetName::kPaper, "paper"}},
      "values that everything not given takes; the paper's validates on the test set"))};
}

std::vector<Setting> data_settings() {
  return {
      main_setting(choice("dataset", &Config::dataset,
                          {{DatasetName::kCifar10, "cifar10"},
                           {DatasetName::kFashionMnist, "fashion_mnist"},
                           {DatasetName::kMnist, "mnist"},
                           {DatasetName::kSynthetic, "synthetic"}},
                          "which data set to learn; synthetic is made up and needs no files")),
      changes_on_resume(local(
          main_setting(text("data", &Config::data, "a folder",
                            "folder with the files of --dataset; synthetic needs none, nor does "
                            "fashion_mnist where Debian's package of it is installed")))),
      checked_text("validation", &Config::validation, "test, holdout:N", is_validation,
                   "images whose accuracy and loss steer methods and choose the best epoch: N of "
                   "the training images, which are then not trained on, or the test set"),
      integer("data_seed", &Config::data_seed, 0, kMostSeeds,
              "seed of the hold-out and of synthetic data"),
      choice("input_order", &Config::input_order,
             {{InputOrder::kHwc, "hwc"}, {InputOrder::kChw, "chw"}},
             "order in which an image's values are numbered as inputs: hwc, the channels of a "
             "pixel side by side, or chw, one channel after the other; growth beside neighbours "
             "depends on it"),
      integer("synthetic_features", &Config::synthetic_features, 1, kMostNeurons,
              "synthetic data: inputs"),
      integer("synthetic_classes", &Config::synthetic_classes, 2, 65535, "synthetic data: classes"),
      integer("synthetic_train", &Config::synthetic_train, 1, kMostSamples,
              "synthetic data: training samples, the held out included"),
      integer("synthetic_test", &Config::synthetic_test, 1, kMostSamples,
              "synthetic data: test samples"),
      named("synthetic_kind", &Config::synthetic_kind, {"clusters", "teacher"},
            "synthetic data: a cluster a class, or labels of a random network"),
  };
}

std::vector<Setting> network_settings() {
  return {
      main_setting(integers("hidden", &Config::hidden, 1, kMostNeurons, false,
                            "neurons of each hidden layer, from the inputs on")),
      main_setting(real("epsilon", &Config::epsilon, {0, 1e9},
                        "ε: a hidden layer starts with about ε·(inputs + outputs) connections, so "
                        "that larger layers are sparser")),
      main_setting(real("density", &Config::density, kShare,
                        "a hidden layer starts with this share of all its inputs·outputs possible "
                        "connections, instead of epsilon; 0: epsilon decides")),
      integers(
          "connections", &Config::connections, 0, kMostConnections, true,
          "how many connections each hidden layer starts with, instead of epsilon and density"),
      choice("sparse_init", &Config::sparse_init,
             {{SparseInit::kBernoulli, "bernoulli"}, {SparseInit::kExact, "exact"}},
             "number of connections that epsilon makes: drawn at random, or exactly its expected "
             "value"),
      choice("weight_init", &Config::weight_init,
             {{WeightInit::kGlorotDense, "glorot_dense"},
              {WeightInit::kLecunSparse, "lecun_sparse"},
              {WeightInit::kHeSparse, "he_sparse"}},
             "law of the initial weights: on the dense fans, or variance 1/f or 2/f, f the fan-in"),
      kept_beside_checkpoints(main_setting(text(
          "init_from", &Config::init_from, "a checkpoint, or a run's folder",
          "start with the network of this checkpoint, or of a run's best.safetensors, instead of a "
          "random one: its layers, connections, weights and leaky_slope; empty: random"))),
      real("leaky_slope", &Config::leaky_slope, kShare, "slope of LeakyReLU below zero"),
      real("dropout", &Config::dropout, kBelowOne, "share of hidden activations dropped"),
  };
}

std::vector<Setting> training_settings() {
  return {
      changes_on_resume(main_setting(
          integer("epochs", &Config::epochs, 1, kMostEpochs, "passes over the training set"))),
      main_setting(integer("seed", &Config::seed, 0, kMostSeeds,
                           "of all randomness but the data's; the same seed makes the same run")),
      integer("batch", &Config::batch, 1, kMostSamples, "samples a step"),
      with_alias(main_setting(real("learning_rate", &Config::learning_rate,
                                   {.lowest = 0, .highest = 1000, .without_lowest = true},
                                   "step size of SGD, before any schedule")),
                 "--lr"),
      choice("schedule", &Config::schedule,
             {{Schedule::kConstant, "constant"},
              {Schedule::kCosine, "cosine"},
              {Schedule::kStep, "step"}},
             "how the learning rate falls"),
      integer("warmup_epochs", &Config::warmup_epochs, 0, kMostEpochs,
              "epochs in which the learning rate rises linearly from 0"),
      integer("decay_epochs", &Config::decay_epochs, 0, kMostEpochs,
              "cosine schedule: its length; 0: all epochs"),
      integers("restart_epochs", &Config::restart_epochs, 1, kMostEpochs, true,
               "cosine schedule: epochs after which it starts again at the full learning rate"),
      integer("step_epochs", &Config::step_epochs, 1, kMostEpochs,
              "step schedule: epochs between two steps"),
      real("step_factor", &Config::step_factor, {.lowest = 0, .highest = 1, .without_lowest = true},
           "step schedule: what the learning rate is multiplied by"),
      real("momentum", &Config::momentum, kBelowOne, "momentum of SGD"),
      choice("momentum_reset", &Config::momentum_reset,
             {{MomentumReset::kEpoch, "epoch"},
              {MomentumReset::kGrown, "grown"},
              {MomentumReset::kNever, "never"}},
             "momentum set to 0: all of it each epoch, of grown connections, or never"),
      real("weight_decay", &Config::weight_decay, kScale, "L2 decay of weights, not of biases"),
      on_off("augment", &Config::augment, "rotate, shift and flip the training images"),
      real("rotate_degrees", &Config::rotate_degrees, {0, 180}, "rotation, uniform in ± degrees"),
      real("shift_fraction", &Config::shift_fraction, kShare,
           "shift in each axis, uniform in ± this share of the image"),
      real("flip_probability", &Config::flip_probability, kShare,
           "probability of a horizontal flip"),
      choice("interpolation", &Config::interpolation,
             {{Interpolation::kBilinear, "bilinear"}, {Interpolation::kNearest, "nearest"}},
             "how a rotated or shifted image gets its pixels: mixed from the four around, or the "
             "nearest one"),
  };
}

std::vector<Setting> evolution_settings() {
  return {
      main_setting(choice(
          "method", &Config::method,
          {{Method::kStatic, "static"},
           {Method::kSet, "set"},
           {Method::kAccSet, "accset"},
           {Method::kLset, "lset"},
           {Method::kDynSet, "dynset"},
           {Method::kDense, "dense"}},
          "how connections evolve: never, as many grow as drop (set), as many as the measure "
          "asks for (accset, lset, dynset), or all there are (dense)")),
      choice("measure", &Config::measure,
             {{Measure::kAuto, "auto"},
              {Measure::kLoss, "loss"},
              {Measure::kValLoss, "val_loss"},
              {Measure::kAcc, "acc"},
              {Measure::kValAcc, "val_acc"}},
             "what steers θ, the share of the missing connections that grows back, in accset, lset "
             "and dynset: loss or accuracy, of the training or the validation images; auto: the "
             "method's own"),
      choice(
          "pause", &Config::pause,
          {{PauseOn::kAuto, "auto"},
           {PauseOn::kNone, "none"},
           {PauseOn::kLoss, "loss"},
           {PauseOn::kValLoss, "val_loss"},
           {PauseOn::kAcc, "acc"},
           {PauseOn::kValAcc, "val_acc"}},
          "connections stay as they are while this gets worse; auto: dynset's measure, else none"),
      integer("pause_gap", &Config::pause_gap, 1, kMostEpochs, "epochs that the pause looks back"),
      integer("pause_min_history", &Config::pause_min_history, 2, kMostEpochs,
              "epochs seen before the first pause; above pause_gap"),
      choice("drop", &Config::drop,
             {{DropRule::kPerSign, "per_sign"}, {DropRule::kMagnitude, "magnitude"}},
             "drop the weights closest to zero of each sign, or of both together"),
      main_setting(
          millionths("zeta", &Config::zeta_millionths,
                     "ζ: share of a layer's connections that is dropped after each epoch")),
      main_setting(named("grow", &Config::grow, growth_rule_names(),
                         "where new connections grow: anywhere, or beside those that there are")),
      choice("grow_tie", &Config::grow_tie,
             {{TieRule::kRandom, "random"}, {TieRule::kByIndex, "by_index"}},
             "which of equally good cells grow"),
      choice("neighbourhood", &Config::neighbourhood,
             {{Neighbourhood::kMoore8, "moore8"},
              {Neighbourhood::kCross4, "cross4"},
              {Neighbourhood::kDiagonal4, "diagonal4"}},
             "which cells of the mask are neighbours"),
      choice("grow_value", &Config::grow_value,
             {{GrowValue::kZero, "zero"}, {GrowValue::kFresh, "fresh"}},
             "weight of a grown connection: 0, or a draw of weight_init"),
      choice("delta", &Config::delta,
             {{GrowDelta::kInitial, "initial"}, {GrowDelta::kRemoved, "removed"}},
             "of what θ is the share that grows: of the connections missing to the initial number, "
             "or of those just dropped"),
      real("k", &Config::k,
           {.lowest = -1, .highest = 1, .without_lowest = true, .without_highest = true},
           "bend of the curve from the measure's progress x to θ = theta_scale·(1 − S(x, k)); 0: "
           "straight, above 0: θ falls late, below 0: early"),
      real("theta_scale", &Config::theta_scale, kScale, "factor of the regrowth ratio θ"),
      real("theta_max", &Config::theta_max, kScale, "upper bound of the regrowth ratio θ"),
      of_kind(
          checked_text(
              "initial_loss", &Config::initial_loss, "first, ln_classes, a number above 0",
              is_initial_loss,
              "loss that θ by a loss is relative to: the first epoch's, ln(classes) or a number"),
          SettingKind::kTextOrReal),
  };
}

std::vector<Setting> run_settings() {
  return {
      main_setting(device()),
      formerly(
          "activations",
          choice("activation_dtype", &Config::activation_dtype,
                 {{ActivationStorage::kFloat32, "fp32"}, {ActivationStorage::kBFloat16, "bf16"}},
                 "type in which a GPU stores activations; bf16 halves their memory traffic")),
      changes_on_resume(local(formerly(
          "graph",
          on_off("cuda_graph", &Config::cuda_graph,
                 "launch a GPU's training step as one CUDA graph; false: kernel by kernel")))),
      changes_on_resume(local(main_setting(integer(
          "threads", &Config::threads, 0, 1024,
          "CPU threads; 0: one for each processor; more than processors are not started")))),
      on_off("topology", &Config::topology,
             "record after every epoch how the masks changed: overlap, explored cells, degrees; "
             "changes no network"),
      changes_on_resume(local(
          on_off("tensorboard", &Config::tensorboard, "write an event file for TensorBoard"))),
      named("simd", &Config::simd, {"auto", "avx512", "avx2", "portable"}, "CPU instruction set"),
      local(main_setting(text("out", &Config::out, "a folder",
                              "folder of the run; empty: runs/DATASET-METHOD-sSEED"))),
      changes_on_resume(local(checkpoint_every())),
      changes_on_resume(local(checked_text(
          "profile_epochs", &Config::profile_epochs, "first:last", is_epoch_span,
          "epochs that a profiler of the GPU records, counted from 0, both included; empty: "
          "none"))),
  };
}

std::vector<Setting> make_table() {
  std::vector<Setting> table;
  const auto append = [&table](const std::string& section, std::vector<Setting> rows) {
    for (Setting& row : rows) {
      row.section = section;
      table.push_back(std::move(row));
    }
  };
  append("", preset_settings());
  append("data", data_settings());
  append("network", network_settings());
  append("training", training_settings());
  append("evolution", evolution_settings());
  append("run", run_settings());
  return table;
}

}  // namespace

std::string flag_of(const std::string& key) {
  std::string name = "--" + key;
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

bool says_what_computes(const Setting& setting) {
  return setting.key == "device" || setting.key == "simd" || setting.key == "activation_dtype";
}

std::string Setting::flag() const { return flag_of(key); }

void Setting::set_from_string(Config& config, const std::string& value,
                              const std::string& source) const {
  if (parse(config, value)) return;
  throw UsageError(fmt::format("{}: '{}' is not allowed; allowed: {}{}", source, excerpt(value),
                               allowed, did_you_mean(value, choices)));
}

void Setting::check(const Config& config) const {
  Config copy = config;
  set_from_string(copy, to_string(config), flag());
}

std::span<const Setting> settings() {
  static const std::vector<Setting> table = make_table();
  return table;
}

const Setting* find_setting(const std::string& name) {
  for (const Setting& setting : settings()) {
    if (name == setting.key || name == setting.flag()) return &setting;
    if (!name.empty() && name == setting.alias) return &setting;
  }
  return nullptr;
}

const Setting* find_setting_by_any_key(const std::string& key) {
  for (const Setting& setting : settings()) {
    const std::vector<std::string>& old = setting.old_keys;
    if (setting.key == key || std::find(old.begin(), old.end(), key) != old.end()) return &setting;
  }
  return nullptr;
}

const GivenFlag* find_given(std::span<const GivenFlag> given, std::string_view key) {
  const auto last = std::find_if(given.rbegin(), given.rend(),
                                 [&](const GivenFlag& flag) { return flag.setting->key == key; });
  return last == given.rend() ? nullptr : &*last;
}

std::vector<std::string> section_names() {
  std::vector<std::string> names;
  for (const Setting& setting : settings()) {
    if (!setting.section.empty() && (names.empty() || names.back() != setting.section)) {
      names.push_back(setting.section);
    }
  }
  return names;
}

}  // namespace regrow
