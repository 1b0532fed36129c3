// How many connections a hidden sparse layer starts with: whoever wants to know asks here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regrow/initial_network.h"

namespace regrow {

struct LayerSize {
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
};

/// By the configuration's counts, density or epsilon, the first of them that is set. `warnings`, if
/// any, takes a line where epsilon asks for more connections than there are cells. Throws
/// UsageError where a count does.
std::uint64_t initial_connections(const NetworkConfig& config, std::uint64_t seed,
                                  std::uint32_t layer, LayerSize size,
                                  std::vector<std::string>* warnings = nullptr);

}  // namespace regrow
