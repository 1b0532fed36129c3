// How many threads are worth starting.
#pragma once

#include <filesystem>

namespace regrow {

/// Processors that this process may run on: those of its affinity mask, which Slurm and taskset
/// narrow, and no more than the time that its control groups give it amounts to, rounded up; at
/// least 1. `root`: what stands for "/".
unsigned available_processors(const std::filesystem::path& root = "/");

/// Of `threads` wanted (0: one for each processor) as many as there are processors for: more only
/// wait for each other, and no number depends on how many there are.
unsigned useful_threads(unsigned threads);

}  // namespace regrow
