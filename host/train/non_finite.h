// What is said of a network whose loss or weights are not finite.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "regrow/evolution/measures.h"
#include "regrow/network_state.h"

namespace regrow {

/// "layer 1: 3 values are not finite", of the first such layer; nothing where there is none.
std::optional<std::string> describe_non_finite(std::span<const WeightCounts> layers);

/// Of a network of finite weights whose loss is not: where the largest one is.
std::string describe_overflow(const NetworkState& network);

}  // namespace regrow
