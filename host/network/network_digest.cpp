// A fingerprint of a network.
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "base/fingerprint.h"
#include "regrow/network_state.h"

namespace regrow {

std::string digest_of(const NetworkState& network) {
  std::deque<std::array<std::uint64_t, 3>> sizes;  // whose elements stay where they are
  std::vector<std::span<const std::byte>> parts;
  for (const LayerState& layer : network.layers) {
    sizes.push_back({layer.inputs, layer.outputs, layer.connections()});
    parts.push_back(std::as_bytes(std::span(sizes.back())));
    parts.push_back(std::as_bytes(std::span(layer.cells)));
    for (const Parameter* parameter : parameters_of(layer)) {
      parts.push_back(std::as_bytes(std::span(parameter->values)));
    }
  }
  return fingerprint(parts);
}

}  // namespace regrow
