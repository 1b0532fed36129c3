// A run that goes on on another device, or with another instruction set.
#pragma once

#include "regrow/backend.h"
#include "regrow/checkpoint.h"

namespace regrow {

/// Makes `state` one of the back end with these capabilities, in its precision, and records from
/// which step on that is so. False, and nothing changed, where it is one already.
bool migrate(Checkpoint& state, const Capabilities& capabilities);

}  // namespace regrow
