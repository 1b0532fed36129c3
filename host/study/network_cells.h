// The size of a run's network, as if it were dense.
#pragma once

#include <cstdint>
#include <optional>

#include "regrow/checkpoint.h"
#include "regrow/config.h"
#include "regrow/run_folder.h"

namespace regrow {

struct NetworkCells {
  std::uint64_t hidden = 0;  // cells of the hidden layers' weight matrices
  std::uint64_t output = 0;  // of the output layer's, which is dense: its connections
};

/// What one of the run's checkpoints says of itself, the newest that can be read.
std::optional<Checkpoint> newest_header(const RunFolder& folder);

/// By the configuration; where it does not tell what the inputs and classes are, as of images in
/// files of any size, by the header of a checkpoint of the run. Nothing where neither does.
std::optional<NetworkCells> network_cells(const Config& config,
                                          const std::optional<Checkpoint>& header);

}  // namespace regrow
