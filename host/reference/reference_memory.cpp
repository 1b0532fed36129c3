#include "reference/reference_memory.h"

#include <algorithm>

namespace regrow {

ReferenceMemory reference_memory(std::span<const LayerPlan> layers, const BackendOptions& options,
                                 bool grows_by_gradient) {
  ReferenceMemory memory;
  const std::uint64_t arrays = 1 + slot_count(options.optimiser.kind);  // of a parameter
  std::uint64_t gradients = 0;
  // Inactive and eligible cells, and those of a class; or weights as they were, eligible and scored
  // cells, and scores with their cells.
  const std::uint64_t lists = grows_by_gradient ? 5 : 3;
  std::uint64_t largest_lists = 0;
  for (const LayerPlan& layer : layers) {
    const std::uint64_t cells = layer.cell_count();
    const std::uint64_t of_neurons =
        std::uint64_t{layer.outputs} * (1 + parameter_names(layer.activation).size());
    memory.layers.push_back(cells + arrays * (cells + of_neurons) * sizeof(double));
    // Inputs twice, values before and after the activation, factors of dropout, and gradients. What
    // differentiate() keeps of them is less.
    memory.batch += sizeof(double) * options.batch_size *
                    (2 * std::uint64_t{layer.inputs} + 4 * std::uint64_t{layer.outputs});
    gradients += (cells + of_neurons) * sizeof(double);
    largest_lists = std::max(largest_lists, lists * cells * sizeof(std::uint64_t));
  }
  memory.largest_step = std::max(gradients, largest_lists);
  return memory;
}

}  // namespace regrow
