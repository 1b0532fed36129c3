// A run that goes on on another device, or with another instruction set.
#include "train/migration.h"

#include <utility>
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
  // What has computed no step is not recorded.
  if (std::pair(stretches.back().epoch, stretches.back().step) == std::pair(at.epoch, at.step)) {
    stretches.pop_back();
  }
  state.device = state.config.device = capabilities.device;
  state.instruction_set = capabilities.instruction_set;
  convert(state.network, capabilities.precision);
  const bool is_back = !stretches.empty() && stretches.back().device == state.device &&
                       stretches.back().instruction_set == state.instruction_set;
  if (!is_back) stretches.push_back({at.epoch, at.step, state.device, state.instruction_set});
  if (stretches.size() == 1) stretches.clear();
  return true;
}

}  // namespace regrow
