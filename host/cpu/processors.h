// How many threads are worth starting.
#pragma once

namespace regrow {

/// Processors that this process may run on (its affinity mask, which Slurm and taskset narrow), at
/// least 1.
unsigned available_processors();

}  // namespace regrow
