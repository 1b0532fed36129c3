// What is on the disk before a run trains: its configuration, its first state, its record files.
#pragma once

#include <memory>

#include "regrow/backend.h"
#include "regrow/checkpoint.h"
#include "regrow/dataset.h"
#include "regrow/run_folder.h"
#include "train/recorder.h"

namespace regrow {

/// Writes what a run killed in its first epoch needs to be resumed, and opens its record files. Of
/// `state`, which has no network and gets none, the recorder takes what only it needs.
/// completes_last: as Recorder's. Throws Error.
std::shared_ptr<Recorder> start_recorder(const RunFolder& folder, Checkpoint& state,
                                         const Backend& backend, const Dataset& dataset,
                                         bool completes_last);

}  // namespace regrow
