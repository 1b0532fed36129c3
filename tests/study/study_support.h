// Runs as a table reads them, made by hand.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "regrow/run_folder.h"
#include "study/run_result.h"

namespace regrow::tests {

using Given = std::initializer_list<std::pair<const char*, const char*>>;

/// The preset's configuration with these settings, resolved.
inline Config config_with(Given given) {
  std::vector<GivenFlag> flags;
  for (const auto& [key, value] : given) flags.push_back({find_setting(key), value});
  Config config = layered_config({}, flags);
  resolve(config);
  return config;
}

/// A complete run with this accuracy; its loss is 1 − accuracy.
inline RunResult result_with(Given given, double accuracy = 0.5) {
  RunResult result;
  result.config = config_with(given);
  result.recorded = static_cast<std::uint32_t>(result.config.epochs);
  result.folder = "seed" + std::to_string(result.config.seed);
  result.values[static_cast<std::size_t>(Quantity::kAccuracy)] = accuracy;
  result.values[static_cast<std::size_t>(Quantity::kLoss)] = 1 - accuracy;
  return result;
}

/// A run's folder with such accuracies, an epoch each, of a layer that had 100 connections when it
/// was evaluated. Paused from epoch 2 on. θ is 0.5, 0.6 and so on, none after the last of `epochs`.
inline void write_run(const std::filesystem::path& path, const Config& config,
                      const std::vector<double>& test_accuracies) {
  const RunFolder folder = RunFolder::create(path, false);
  folder.write_config(config);
  std::uint32_t epoch = 0;
  std::string lines;
  for (const double accuracy : test_accuracies) {
    EpochRecord record;
    record.epoch = epoch++;
    record.test_accuracy = accuracy;
    record.test_loss = 1 - accuracy;
    record.val_accuracy = 1 - accuracy;  // so the best epoch is that of the lowest
    const bool is_last = record.epoch + 1 == config.epochs;
    if (!is_last) record.theta = 0.5 + 0.1 * record.epoch;
    record.paused = !is_last && record.epoch >= 2;
    record.layers = {{.connections = 100, .negatives = 40, .positives = 60, .evaluated = 100}};
    record.connections = 100;
    lines += to_json_line(record) + "\n";
  }
  folder.replace_metrics(lines);
}

}  // namespace regrow::tests
