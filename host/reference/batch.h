// The samples of one batch, as the network's inputs and what they are to come to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "regrow/backend.h"

namespace regrow::reference {

using Matrix = std::vector<double>;  // [feature][batch]

struct Batch {
  Matrix inputs;                      // [features][batch]
  std::vector<std::uint16_t> labels;  // [batch]
  Matrix targets;                     // [outputs][batch]: of the data, or none

  std::size_t size() const { return labels.size(); }
};

/// The samples at positions [first, first + batch_size) of the epoch's order, augmented.
Batch training_batch(const Dataset& dataset, const BackendOptions& options,
                     std::span<const std::uint32_t> order, std::uint32_t epoch, std::size_t first);

/// Samples [first, last) of a split as they are.
Batch evaluation_batch(const Dataset& dataset, Split split, std::size_t first, std::size_t last);

}  // namespace regrow::reference
