// Which settings of section [evolution] go together.
#pragma once

#include "regrow/config.h"

namespace regrow {

/// Throws UsageError with the remedy where a setting of the schedule, the drop or the density would
/// say nothing, or what no network can do.
void check_evolution(const Config& config);

}  // namespace regrow
