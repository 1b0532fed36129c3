// Which epoch was the best, and when training ends for want of a better one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "regrow/evolution/measure.h"

namespace regrow {

struct History;

/// Settings of section [training].
struct StoppingConfig {
  // Chooses the best network, and is what must improve. kAuto: val_acc, or val_loss where the loss
  // is mse.
  Measure monitor = Measure::kAuto;
  std::int64_t patience = 0;  // epochs without an improvement after which training ends; 0: never
  double min_delta = 0;       // by how much `monitor` must be better to be an improvement

  bool operator==(const StoppingConfig&) const = default;
};

/// The last improvement: a value of `monitor` that was better by more than min_delta than the one
/// of the improvement before. The first epoch is one.
struct Improvement {
  std::uint32_t epoch = 0;
  double value = 0;

  bool operator==(const Improvement&) const = default;
};

/// The last improvement once `record` has followed; `before`: the one until then, if there was an
/// epoch. `config` is resolved.
Improvement improvement_after(const StoppingConfig& config,
                              const std::optional<Improvement>& before, const EpochRecord& record);

/// True where the last `patience` epochs have brought no improvement. `config` is resolved.
bool stops_early(const StoppingConfig& config, const History& history);
/// The same of the records of all epochs.
bool stops_early(const StoppingConfig& config, std::span<const EpochRecord> records);

}  // namespace regrow
