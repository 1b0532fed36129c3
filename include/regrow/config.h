// Every setting of a run, as plain data, a struct a section: what decides or computes takes the
// section that it needs. One table (host/config/settings.cpp) gives each setting its flag, key,
// range, choices and help; presets, TOML and the command line all walk that table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regrow/backend.h"
#include "regrow/data_config.h"
#include "regrow/early_stopping.h"
#include "regrow/evolution/evolution_config.h"
#include "regrow/initial_network.h"
#include "regrow/training_config.h"

namespace regrow {

enum class PresetName : std::uint8_t { kDefault, kPaper };

/// How often a run saves its state while it trains.
struct CheckpointInterval {
  std::int64_t epochs = 0;  // after each so many epochs; 0: not counted in epochs
  double seconds = 0;       // at the first end of an epoch after so many seconds; 0: not counted in
                            // seconds either, but as often as costs under 1 % of the time

  bool operator==(const CheckpointInterval&) const = default;
};

/// The epochs first … last that a profiler records; first > last: none.
struct EpochSpan {
  std::int64_t first = 1;
  std::int64_t last = 0;

  bool operator==(const EpochSpan&) const = default;
  bool contains(std::int64_t epoch) const { return first <= epoch && epoch <= last; }
};

/// Section [run]: where, how and what is told of it; but for the device and its activations,
/// nothing that changes a network.
struct RunConfig {
  std::string device = "auto";
  ActivationStorage activation_dtype = ActivationStorage::kFloat32;
  bool cuda_graph = true;
  bool topology = true;     // measure the masks after every epoch
  bool tensorboard = true;  // write an event file
  std::int64_t threads = 0;
  std::string simd = "auto";
  std::string out;  // run folder; empty: runs/DATASET-METHOD-sSEED
  CheckpointInterval checkpoint_every;
  EpochSpan profile_epochs;

  bool operator==(const RunConfig&) const = default;
};

/// All sections side by side. The initial values are what both presets start from (preset_config):
/// the thesis' training, but with weights initialised on the real fan-in, and validation on
/// held-out images.
struct Config : DataConfig,
                NetworkConfig,
                TrainingConfig,
                StoppingConfig,
                EvolutionConfig,
                RunConfig {
  PresetName preset = PresetName::kDefault;

  bool operator==(const Config&) const = default;
};

/// Where none is asked for: sgd, but of custom data adam, whose usual rate suits whatever they are.
OptimiserKind usual_optimiser(DatasetName dataset);

/// Settings of a preset for one data set. `default` has other layers and another training for each,
/// and other learning rates for `dense`; both have others for adam and adamw.
Config preset_config(PresetName preset, DatasetName dataset, Method method = Method::kSet,
                     OptimiserKind optimiser = OptimiserKind::kSgd);

/// Checks every range and combination and replaces `auto` measures, pauses and monitors by what
/// they mean.
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
std::string name_of(DatasetName dataset);

/// What the back end needs of the configuration.
BackendOptions backend_options(const Config& config);

/// What the network of a configuration is made of besides its section [network].
NetworkStart network_start(const Config& config, std::uint32_t features, std::uint32_t classes);
/// The untrained network of a configuration, as initial_network() of its sections.
NetworkState initial_network(const Config& config, std::uint32_t features, std::uint32_t classes,
                             std::vector<std::string>* warnings = nullptr);

}  // namespace regrow
