// One layer of the reference: a dense weight matrix and its mask. Nothing is sparse here, so that
// nothing of the fast back ends' bookkeeping can be wrong in the same way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "regrow/network_state.h"

namespace regrow::reference {

struct ReferenceLayer {
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
  LayerKind kind = LayerKind::kDense;
  std::uint64_t budget = 0;
  std::vector<std::uint8_t> mask;  // M: [out][in], 1 where there is a connection
  Parameter weights;               // W and its slots: [out][in], 0 where there is no connection
  Parameter biases;                // b: [out]
  ActivationKind activation = ActivationKind::kLeakyRelu;
  std::vector<Parameter> activation_parameters;  // as parameter_names() has them: each [out]

  std::size_t cell_count() const { return mask.size(); }
};

ReferenceLayer from_state(const LayerState& state);
LayerState to_state(const ReferenceLayer& layer);

}  // namespace regrow::reference
