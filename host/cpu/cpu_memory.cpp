#include "cpu/cpu_memory.h"

#include <algorithm>

#include "cpu/connections.h"
#include "cpu/dense_layer.h"
#include "cpu/hidden_activation.h"
#include "cpu/kernels.h"
#include "cpu/load_batch.h"
#include "cpu/output.h"
#include "cpu/processors.h"
#include "cpu/sparse_layer.h"
#include "cpu/step_buffers.h"

namespace regrow::cpu {

CpuMemory memory_of(std::span<const LayerPlan> layers, const InputSize& input,
                    const BackendOptions& options, const EvolutionSize& evolution) {
  const unsigned threads = useful_threads(options.threads);
  const std::uint32_t ld = padded_batch(options.batch_size);
  const UpdateMode mode = update_mode(options.optimiser, options.clip_norm);
  const std::size_t slots = slot_count(options.optimiser.kind);
  CpuMemory memory;
  memory.batch = BatchLoader::bytes_of(input.shape, input.kind, options.augmentation.enabled,
                                       threads, ld, StepBuffers::format_of(options)) +
                 StepBuffers::bytes_of(layers, options, ld, evolution.needs_gradients());
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const LayerPlan& layer = layers[l];
    if (l + 1 == layers.size()) {
      memory.layers.push_back(OutputLayer::bytes_of(layer, slots, mode));
      memory.batch += OutputLayer::batch_bytes_of(layer, ld);
      continue;
    }
    const auto index = static_cast<std::uint32_t>(l);
    if (layer.kind == LayerKind::kDense) {
      memory.layers.push_back(DenseLayer::bytes_of(layer, slots, mode));
    } else {
      memory.layers.push_back(SparseLayer::bytes_of(layer, slots, mode));
      memory.snapshot = std::max(memory.snapshot, bytes_of_connections(layer.connections, slots));
    }
    memory.layers.back() += HiddenActivation::parameter_bytes_of(layer, slots);
    memory.batch += HiddenActivation::batch_bytes_of(layer, index, options, ld);
  }
  // The order of an epoch, twice while a new one is drawn; numbers, labels and where targets are,
  // in vectors that grow.
  memory.samples = input.samples * 2 *
                   (2 * sizeof(std::uint32_t) + sizeof(std::uint16_t) +
                    (input.has_targets ? sizeof(const float*) : 0));
  memory.evolution = evolution_bytes(layers, evolution, input.shape.channels, slots, threads);
  return memory;
}

}  // namespace regrow::cpu
