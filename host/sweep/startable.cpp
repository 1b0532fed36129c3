// Runs that have the same data and the same device start, or fail to, alike.
#include "sweep/startable.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/check_training.h"
#include "io/checkpoint_header.h"
#include "regrow/backend.h"
#include "regrow/devices.h"
#include "regrow/error.h"
#include "regrow/evolution/method.h"
#include "regrow/load_dataset.h"
#include "regrow/trainer.h"

namespace regrow {
namespace {

/// Equal of runs that start alike.
std::string what_it_takes(const Config& config) {
  std::string values;
  for (const Setting& setting : settings()) {
    const bool counts = setting.section == "data" || setting.key == "batch" ||
                        setting.key == "init_from" ||
                        (setting.section == "run" && setting.key != "out");
    if (counts) values += setting.to_string(config) + '\0';
  }
  return values;
}

/// A GPU's context would stay in this process, so it is only asked for.
void require_device(const Config& config) {
  const std::string device = resolve_device(config.device);
  if (device == "cpu" || device == "reference") {
    make_backend(device, backend_options(config));
    return;
  }
  for (const DeviceStatus& status : list_devices()) {
    if (status.name == device && !status.available) {
      throw Error(fmt::format("device {}: {}", device, status.detail));
    }
  }
}

/// The network that the run starts from, where it is given one.
std::optional<GivenNetwork> given_network(Config config, const Dataset& dataset) {
  if (config.init_from.empty()) return std::nullopt;
  GivenNetwork given = adopt_network(config);
  require_fit(given, dataset.shape, dataset.classes(), dataset.name);
  return given;
}

/// What a finished run recorded of its data and its first network.
std::optional<Checkpoint> record_of(const SweepRun& run) {
  return checkpoint_header(std::filesystem::path(run.config.out) / "last.safetensors");
}

bool has_same_data_settings(const Config& a, const Config& b) {
  const auto is_equal = [&](const Setting& setting) {
    return setting.is_local || setting.section != "data" ||
           setting.to_string(a) == setting.to_string(b);
  };
  return std::all_of(settings().begin(), settings().end(), is_equal);
}

void require_same_data_as(std::span<const SweepRun* const> finished, const Config& config,
                          const Dataset& dataset) {
  const DatasetDigest digest = digest_of(dataset);
  for (const SweepRun* const run : finished) {
    if (!has_same_data_settings(run->config, config)) continue;
    const std::optional<Checkpoint> record = record_of(*run);
    if (!record || record->data == DatasetDigest()) continue;
    const std::vector<std::string> parts = differing_parts(record->data, digest);
    if (parts.empty()) continue;
    throw Error(
        fmt::format("{}: was trained on other data than there is now ({}), and runs of one sweep "
                    "compare; put the "
                    "former data back, or give another --out",
                    run->config.out, fmt::join(parts, ", ")));
  }
}

void require_same_network_as(std::span<const SweepRun* const> finished, const Config& config,
                             const NetworkState& given) {
  std::map<std::pair<bool, Precision>, std::string> digests;  // of what methods make of it
  for (const SweepRun* const run : finished) {
    if (run->config.init_from != config.init_from) continue;
    const std::optional<Checkpoint> record = record_of(*run);
    if (!record || record->initial_digest.empty()) continue;
    const Method method = record->config.method;
    std::string& digest = digests[{method_row(method).is_dense, record->network.precision}];
    if (digest.empty()) digest = digest_of(as_initial(given, method, 0, record->network.precision));
    if (digest == record->initial_digest) continue;
    throw Error(fmt::format(
        "{}: started from another network than {} holds now, and runs of one sweep compare; put "
        "the former one back, or give another --out",
        run->config.out, config.init_from));
  }
}

}  // namespace

void require_one_that_starts(std::span<const SweepRun* const> runs,
                             std::span<const SweepRun* const> finished) {
  std::string problem;
  std::set<std::string> tried;
  for (const SweepRun* const run : runs) {
    if (!tried.insert(what_it_takes(run->config)).second) continue;
    Dataset dataset;
    std::optional<GivenNetwork> given;
    try {
      require_device(run->config);
      dataset = load_dataset(run->config, predicts_numbers(run->config));
      steps_per_epoch(run->config, dataset);
      given = given_network(run->config, dataset);
    } catch (const Error& error) {
      if (problem.empty()) problem = error.what();
      continue;
    }
    require_same_data_as(finished, run->config, dataset);
    if (given) require_same_network_as(finished, run->config, given->network);
    return;
  }
  if (!problem.empty()) throw Error(fmt::format("no run of the sweep can start: {}", problem));
}

}  // namespace regrow
