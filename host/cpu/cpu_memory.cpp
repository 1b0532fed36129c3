#include "cpu/cpu_memory.h"

#include <algorithm>

#include "cpu/aligned_array.h"
#include "cpu/load_batch.h"
#include "cpu/connections.h"
#include "cpu/dense_layer.h"
#include "cpu/kernels.h"
#include "cpu/output.h"
#include "cpu/processors.h"
#include "cpu/sparse_layer.h"

namespace regrow::cpu {

CpuMemory memory_of(std::span<const LayerPlan> layers, const ImageShape& shape,
                    std::uint64_t samples, const BackendOptions& options,
                    const EvolutionSize& evolution) {
  const unsigned threads = useful_threads(options.threads);
  const std::uint32_t ld = padded_batch(options.batch_size);
  CpuMemory memory;
  memory.batch = BatchLoader::bytes_of(shape, threads, ld);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const LayerPlan& layer = layers[l];
    const bool is_output = l + 1 == layers.size(), is_dense = layer.kind == LayerKind::kDense;
    const std::uint64_t activations = AlignedArray<float>::bytes_of(std::size_t{layer.inputs} * ld);
    memory.batch += activations;
    if (is_output) {
      memory.layers.push_back(OutputLayer::bytes_of(layer));
      memory.batch += OutputLayer::batch_bytes_of(layer, ld);
    } else if (is_dense) {
      memory.layers.push_back(DenseLayer::bytes_of(layer));
      if (l > 0) memory.batch += activations;  // a gradient of its own
    } else {
      memory.layers.push_back(SparseLayer::bytes_of(layer));
      memory.snapshot = std::max(memory.snapshot, bytes_of_connections(layer.connections));
    }
  }
  // The order of an epoch, twice while a new one is drawn; pointers and labels, in vectors that
  // grow.
  memory.samples =
      samples * 2 * (sizeof(std::uint32_t) + sizeof(const std::uint8_t*) + sizeof(std::uint16_t));
  memory.evolution = evolution_bytes(layers, evolution, shape.channels, threads);
  return memory;
}

}  // namespace regrow::cpu
