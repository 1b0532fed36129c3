// What starts the runs of a sweep.
#pragma once

#include <string>

#include "sweep/job.h"

namespace regrow {

/// isolation: "process", a child each, or "thread", a thread of this program each. Both do the same
/// with a task, files and log included.
StartJob job_starter(const std::string& isolation);

}  // namespace regrow
