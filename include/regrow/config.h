// Every setting of a run, as plain data. One table (host/config/settings.cpp) gives each its flag,
// key, range, choices and help; presets, TOML and the command line all walk that table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regrow/augmentation.h"
#include "regrow/backend.h"
#include "regrow/dataset.h"
#include "regrow/evolution.h"

namespace regrow {

enum class DatasetName : std::uint8_t { kCifar10, kFashionMnist, kMnist, kSynthetic };
enum class PresetName : std::uint8_t { kDefault, kPaper };
enum class Method : std::uint8_t { kStatic, kSet, kAccSet, kLset, kDynSet, kDense };
/// What steers θ and the pause. kAuto: the method's own default.
enum class Measure : std::uint8_t { kAuto, kLoss, kValLoss, kAcc, kValAcc };
/// kAuto: the measure for dynset, none otherwise.
enum class PauseOn : std::uint8_t { kAuto, kNone, kLoss, kValLoss, kAcc, kValAcc };
enum class SparseInit : std::uint8_t { kBernoulli, kExact };
enum class MomentumReset : std::uint8_t { kEpoch, kGrown, kNever };
enum class GrowDelta : std::uint8_t { kInitial, kRemoved };
enum class GrowValue : std::uint8_t { kZero, kFresh };
enum class Schedule : std::uint8_t { kConstant, kCosine, kStep };

/// How often a run saves its state while it trains.
struct CheckpointInterval {
  std::int64_t epochs = 0;  // after each so many epochs; 0: not counted in epochs
  double seconds = 0;       // at the first end of an epoch after so many seconds; 0: not counted in
                            // seconds either, but as often as costs under 1 % of the time

  bool operator==(const CheckpointInterval&) const = default;
};

/// The initial values are what both presets start from (preset_config): the thesis' training, but
/// with weights initialised on the real fan-in, and validation on held-out images.
struct Config {
  PresetName preset = PresetName::kDefault;

  // [data]
  DatasetName dataset = DatasetName::kCifar10;
  std::string data;                         // folder with the files; local
  std::string validation = "holdout:5000";  // "test" or "holdout:N"
  std::int64_t data_seed = 0;
  InputOrder input_order = InputOrder::kHwc;
  std::int64_t synthetic_features = 64;
  std::int64_t synthetic_classes = 4;
  std::int64_t synthetic_train = 2000;
  std::int64_t synthetic_test = 500;
  std::string synthetic_kind = "clusters";

  // [network]
  std::vector<std::int64_t> hidden = {4000, 1000, 4000};
  // How many connections each hidden layer starts with. One of the three says it, the first of
  // connections, density, epsilon that is set; resolve() makes the others empty or 0.
  double epsilon = 20;                    // ε of Erdős–Rényi
  double density = 0;                     // share of a layer's cells; 0: not used
  std::vector<std::int64_t> connections;  // counts, one per hidden layer; empty: not used
  SparseInit sparse_init = SparseInit::kExact;
  WeightInit weight_init = WeightInit::kLecunSparse;
  // A checkpoint, or a run's folder, whose network a new run starts from. Empty: a random one.
  std::string init_from;
  double leaky_slope = 0.3;
  double dropout = 0.3;

  // [training]
  std::int64_t epochs = 100;
  std::int64_t seed = 0;
  std::int64_t batch = 100;
  double learning_rate = 0.01;
  Schedule schedule = Schedule::kConstant;
  std::int64_t warmup_epochs = 0;  // linear from 0 to the schedule's value
  std::int64_t decay_epochs = 0;   // cosine: length; 0 means `epochs`
  // Cosine: after so many epochs each it starts again.
  std::vector<std::int64_t> restart_epochs;
  std::int64_t step_epochs = 100;  // step: every so many epochs …
  double step_factor = 0.1;        // … the rate is multiplied by this
  double momentum = 0.9;
  MomentumReset momentum_reset = MomentumReset::kGrown;
  double weight_decay = 0;
  bool augment = true;
  double rotate_degrees = 10;
  double shift_fraction = 0.1;
  double flip_probability = 0.5;
  Interpolation interpolation = Interpolation::kBilinear;

  // [evolution]
  Method method = Method::kSet;
  Measure measure = Measure::kAuto;
  PauseOn pause = PauseOn::kAuto;
  std::int64_t pause_gap = 3;
  std::int64_t pause_min_history = 5;
  DropRule drop = DropRule::kPerSign;
  std::int64_t zeta_millionths = 300000;  // ζ, a decimal of at most six digits, exactly
  std::string grow = "random";            // a row of growth_rules()
  TieRule grow_tie = TieRule::kRandom;
  Neighbourhood neighbourhood = Neighbourhood::kMoore8;
  GrowValue grow_value = GrowValue::kZero;
  GrowDelta delta = GrowDelta::kInitial;
  double k = 0;  // shape of S(x, k), in (−1, 1)
  double theta_scale = 1;
  double theta_max = 1;
  std::string initial_loss = "first";  // L_0: "first", "ln_classes" or a number

  // [run]: where, how and what is told of it; but for the device and its activations, nothing that
  // changes a network
  std::string device = "auto";
  ActivationStorage activation_dtype = ActivationStorage::kFloat32;
  bool cuda_graph = true;
  bool topology = true;     // measure the masks after every epoch
  bool tensorboard = true;  // write an event file
  std::int64_t threads = 0;
  std::string simd = "auto";
  std::string out;  // run folder; empty: runs/DATASET-METHOD-sSEED
  CheckpointInterval checkpoint_every;
  std::string profile_epochs;  // "a:b", both included; empty: none

  bool operator==(const Config&) const = default;
};

/// Settings of a preset for one data set. `default` has other layers and another training for each,
/// and other learning rates for `dense`.
Config preset_config(PresetName preset, DatasetName dataset, Method method = Method::kSet);

/// Checks every range and combination and replaces `auto` measures and pauses by what they mean.
/// Throws UsageError naming the setting, its value and what is allowed.
void resolve(Config& config);

/// The whole configuration as TOML, in sections, each key once; reads back exactly.
/// `meaning_only`: as a checkpoint stores it, without the local settings, which say where and how
/// fast, not what (data, out, threads and the like), and without init_from, which is a path.
std::string to_toml(const Config& config, bool meaning_only = false);

/// Applies a TOML text over `config`. `source` names the file in errors. Unknown keys are refused
/// with the nearest right one.
void apply_toml(Config& config, const std::string& toml, const std::string& source);

/// Names of enumerators, as in flags and files.
std::string name_of(Method method);
std::string name_of(Measure measure);
std::string name_of(PauseOn pause);
std::string name_of(DatasetName dataset);

/// The epochs first … last that a profiler records; first > last: none.
struct EpochSpan {
  std::int64_t first = 1;
  std::int64_t last = 0;

  bool contains(std::int64_t epoch) const { return first <= epoch && epoch <= last; }
};
EpochSpan profiled_epochs(const Config& config);

/// What the back end needs of the configuration.
BackendOptions backend_options(const Config& config);

/// Loads, splits and standardises the data set that the (resolved) configuration names. Throws
/// Error naming file, place and remedy on missing or damaged files, and where the hold-out leaves
/// too few images.
Dataset load_dataset(const Config& config);

/// The two steps of it before the statistics: all images, of which none is held out yet, and the
/// hold-out that the configuration asks for.
Dataset load_images(const Config& config);
void split_dataset(Dataset& dataset, const Config& config);

}  // namespace regrow
