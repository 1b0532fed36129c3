// Whether the settings of a configuration make sense together.
#pragma once

#include "regrow/config.h"
#include "regrow/error.h"

namespace regrow {

inline bool resolves(Config config) {
  try {
    resolve(config);
    return true;
  } catch (const UsageError&) {
    return false;
  }
}

}  // namespace regrow
