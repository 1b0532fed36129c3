// Whether this machine has what a run needs, asked before anything large is allocated.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "regrow/checkpoint.h"
#include "regrow/config.h"
#include "regrow/dataset.h"

namespace regrow {

/// Of a new run; config: resolved, with a device that is not `auto`. Before its data are read:
/// synthetic data are made in memory, and may be what does not fit. Throws Error.
void require_memory_of_synthetic_data(const Config& config);
void require_memory_of_synthetic_data(const Checkpoint& state);
/// Once the data are there, and the network, where one is given. Throws Error naming what the run
/// needs, by what most, and the remedy.
void require_memory_of_run(const Config& config, const Dataset& dataset,
                           const NetworkState* network = nullptr);
/// Of a run that goes on, whose network is there, too.
void require_memory_of_run(const Checkpoint& state, const Dataset& dataset);

/// Of an evaluation of the network, which is there; before its data are read (synthetic ones alone
/// count), and with them. `pruned`: as of evaluation_memory(). Throws Error.
void require_memory_of_evaluation(const Config& config, const NetworkState& network, bool pruned);
void require_memory_of_evaluation(const Config& config, const NetworkState& network, bool pruned,
                                  const SplitView& samples, const Dataset& dataset);

/// Of so many of the runs at once, the largest. Throws Error.
void require_memory_of_runs(std::span<const Config> runs, std::size_t at_once);

/// A line where more threads are wanted, by each of so many runs at once, than there are processors
/// for.
std::optional<std::string> too_many_threads(std::int64_t threads, std::size_t runs = 1);

}  // namespace regrow
