// The size of a run's network, as if it were dense.
#pragma once

#include <cstdint>
#include <optional>

#include "regrow/config.h"
#include "regrow/run_folder.h"

namespace regrow {

struct NetworkCells {
  std::uint64_t hidden = 0;  // cells of the hidden layers' weight matrices
  std::uint64_t output = 0;  // of the output layer's, which is dense: its connections
};

/// By the configuration; where it does not tell what the inputs and classes are, as of images in
/// files of any size, by a checkpoint of the run. Nothing where neither does.
std::optional<NetworkCells> network_cells(const RunFolder& folder, const Config& config);

}  // namespace regrow
