// A sweep whose runs were given more epochs: what that means for those that are not, or not yet.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sweep/sweep_file.h"

namespace regrow {

/// A cosine that was extended has restarts which a run started with so many epochs has not. Throws
/// UsageError, with the remedy, where a run is still to start while others, which are wanted of the
/// same length, have or will have other restarts than it. Returns a line for those already trained
/// that differ.
std::vector<std::string> check_restarts(std::span<const SweepRun> runs,
                                        const std::string& sweep_name);

/// The same of the epochs over which connections evolve, which stay those that a run had before it
/// was given more.
std::vector<std::string> check_evolution_spans(std::span<const SweepRun> runs,
                                               const std::string& sweep_name);

/// A line for the runs that have more epochs than are asked for, and so are finished.
std::vector<std::string> notes_of_longer_runs(std::span<const SweepRun> runs);

}  // namespace regrow
