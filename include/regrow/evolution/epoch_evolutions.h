// What the evolutions of one epoch add up to: within it, and the one at its end.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "regrow/epoch_record.h"
#include "regrow/evolution/evolution_record.h"

namespace regrow {

struct EpochEvolutions {
  struct Layer {
    std::uint64_t dropped = 0;
    std::uint64_t grown = 0;
    std::uint64_t newborns = 0;  // as in LayerRecord
    std::uint64_t survived = 0;

    bool operator==(const Layer&) const = default;
  };

  std::uint32_t due = 0;
  std::uint32_t paused = 0;     // of these
  std::optional<double> theta;  // of the last one
  std::vector<Layer> layers;    // hidden layers; empty where none took place

  bool operator==(const EpochEvolutions&) const = default;
};

/// Counts one more.
void add(EpochEvolutions& evolutions, const EvolutionRecord& record);

/// Those of an epoch that ended before, as far as describe() needs them: what its record says.
EpochEvolutions evolutions_in(const EpochRecord& record);

/// Sets what `record` says of evolutions, of which `after` took place since it was evaluated.
void describe(EpochRecord& record, const EpochEvolutions& evolutions, const EpochEvolutions& after);

}  // namespace regrow
