// A run that goes on on another device, or with another instruction set.
#include "train/migration.h"

#include <vector>

namespace regrow {

bool migrate(Checkpoint& state, const Capabilities& capabilities) {
  if (state.device == capabilities.device &&
      state.instruction_set == capabilities.instruction_set &&
      state.network.precision == capabilities.precision) {
    return false;
  }
  const Progress& at = state.progress;
  std::vector<ComputedBy>& stretches = state.computed_by;
  if (stretches.empty()) stretches.push_back({0, 0, state.device, state.instruction_set});
  state.device = state.config.device = capabilities.device;
  state.instruction_set = capabilities.instruction_set;
  convert(state.network, capabilities.precision);
  // Even where it is left again before a step was computed: it may have rounded the network.
  stretches.push_back({at.epoch, at.step, state.device, state.instruction_set});
  return true;
}

}  // namespace regrow
