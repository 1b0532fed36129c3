// Runs that have the same data and the same device start, or fail to, alike.
#include "sweep/startable.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "regrow/backend.h"
#include "regrow/devices.h"
#include "regrow/error.h"
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

void require_network(Config config, const Dataset& dataset) {
  if (config.init_from.empty()) return;
  require_fit(adopt_network(config), dataset.shape, dataset.classes(), dataset.name);
}

}  // namespace

void require_one_that_starts(std::span<const SweepRun* const> runs) {
  std::string problem;
  std::set<std::string> tried;
  for (const SweepRun* const run : runs) {
    if (!tried.insert(what_it_takes(run->config)).second) continue;
    try {
      require_device(run->config);
      const Dataset dataset = load_dataset(run->config);
      steps_per_epoch(run->config, dataset);
      require_network(run->config, dataset);
      return;
    } catch (const Error& error) {
      if (problem.empty()) problem = error.what();
    }
  }
  if (!problem.empty()) throw Error(fmt::format("no run of the sweep can start: {}", problem));
}

}  // namespace regrow
