// A trainable array on the device, with what its optimiser keeps beside it.
#pragma once

#include <cstddef>
#include <vector>

#include "common/runtime.h"
#include "step/layer_views.h"

namespace regrow::cuda {

/// What regrow/parameter.h has on the host. Whatever happens to a value, that it moves, drops or is
/// saved, happens to its slots as well.
struct DeviceParameter {
  DeviceArray<float> values;
  std::vector<DeviceArray<float>> slots;  // at most kMostSlots, each as long as `values`

  DeviceParameter() = default;
  /// Room for `size` values with so many slots, uninitialised.
  DeviceParameter(std::size_t size, std::size_t slot_count, const char* what, const Stream& stream)
      : values(size, what, stream) {
    for (std::size_t s = 0; s < slot_count; ++s) slots.emplace_back(size, what, stream);
  }

  ParameterView view() {
    ParameterView result;
    result.values = values.data();
    for (std::size_t s = 0; s < slots.size(); ++s) result.slots[s] = slots[s].data();
    return result;
  }
  /// For kernels that read alone.
  ParameterView view() const { return const_cast<DeviceParameter*>(this)->view(); }

  void zero_slots() {
    for (DeviceArray<float>& slot : slots) slot.zero();
  }
};

/// Copies the first `count` values and their slots, of which both have as many.
inline void copy_parameter(const DeviceParameter& from, std::size_t count, DeviceParameter& to,
                           const Stream& stream) {
  REGROW_CHECK(from.slots.size() == to.slots.size(), "parameters with other slots");
  if (count == 0) return;
  const std::size_t bytes = count * sizeof(float);
  copy_bytes_on_device(to.values.data(), from.values.data(), bytes, stream);
  for (std::size_t s = 0; s < to.slots.size(); ++s) {
    copy_bytes_on_device(to.slots[s].data(), from.slots[s].data(), bytes, stream);
  }
}

}  // namespace regrow::cuda
