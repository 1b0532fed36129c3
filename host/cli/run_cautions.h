// What a person should know of a run before it starts, though it can.
#pragma once

#include <string>
#include <vector>

#include "regrow/config.h"
#include "regrow/dataset.h"

namespace regrow {

/// A line each, of settings that have no effect, or not the one that they seem to have.
std::vector<std::string> cautions_of(const Config& config, const Dataset& dataset);

}  // namespace regrow
