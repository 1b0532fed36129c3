// A fingerprint of a network.
#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "regrow/network_state.h"

namespace regrow {
namespace {

template <typename Number>
void add(XXH3_state_t& state, std::span<const Number> numbers) {
  XXH3_128bits_update(&state, numbers.data(), numbers.size_bytes());
}

}  // namespace

std::string digest_of(const NetworkState& network) {
  XXH3_state_t state;
  XXH3_INITSTATE(&state);
  XXH3_128bits_reset(&state);
  for (const LayerState& layer : network.layers) {
    const std::array<std::uint64_t, 3> sizes = {layer.inputs, layer.outputs, layer.connections()};
    add(state, std::span<const std::uint64_t>(sizes));
    add(state, std::span<const std::uint64_t>(layer.cells));
    add(state, std::span<const double>(layer.weights));
    add(state, std::span<const double>(layer.biases));
  }
  const XXH128_hash_t hash = XXH3_128bits_digest(&state);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace regrow
