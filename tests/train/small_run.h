// A run of a few epochs on a small synthetic problem, in a folder of its own, and what it leaves.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "regrow/config.h"
#include "regrow/trainer.h"

namespace regrow::tests {

/// 12 inputs, two hidden layers, 4 classes; 10 steps an epoch, 5 epochs, each with its checkpoint.
/// Not yet resolved.
Config small_config(const std::string& device, Method method, Measure measure = Measure::kAuto);

/// A trainer that starts the run of `config` (which it resolves) in the new folder `path`.
Trainer start_run(Config config, const std::filesystem::path& path, TrainerEvents events = {});

/// A trainer that goes on with the run in `path`, for `epochs` in all where not 0.
Trainer resume_run(const std::filesystem::path& path, std::int64_t epochs = 0,
                   TrainerEvents events = {});

/// The records of a run to its end.
std::vector<EpochRecord> whole_run(const Config& config, const std::filesystem::path& path);

/// The deterministic files, byte by byte.
struct RunBytes {
  std::string last;
  std::string best;
  std::string metrics;
  std::string evolutions;  // or none

  bool operator==(const RunBytes&) const = default;
};
RunBytes bytes_of(const std::filesystem::path& path);

/// The text of summary.json.
std::string summary_of(const std::filesystem::path& path);

/// A stop request that comes once `pieces` pieces have been trained.
TrainerEvents stopping_after(int pieces);

}  // namespace regrow::tests
