// A drop and a growth never need their memory at the same time.
#include "cpu/cpu_memory.h"

#include <algorithm>
#include <functional>

#include "cpu/aligned_array.h"
#include "cpu/batch_loader.h"
#include "cpu/connections.h"
#include "cpu/dense_layer.h"
#include "cpu/grow.h"
#include "cpu/kernels.h"
#include "cpu/output_layer.h"
#include "cpu/processors.h"
#include "cpu/sparse_layer.h"

namespace regrow::cpu {
namespace {

/// Layers are dropped from side by side, a thread each, and grow one after the other.
std::uint64_t evolution_bytes(std::span<const LayerPlan> layers, const EvolutionPlan& evolution,
                              std::uint32_t channels, unsigned threads) {
  if (evolution.rule == nullptr) return 0;
  std::vector<std::uint64_t> drops;
  std::uint64_t growth = 0, dropped_of_all = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const LayerPlan& layer = layers[l];
    if (layer.kind == LayerKind::kDense) continue;
    const auto dropped = static_cast<std::uint64_t>(static_cast<double>(layer.connections) *
                                                    std::clamp(evolution.zeta, 0.0, 1.0));
    drops.push_back(drop_bytes(layer.connections, dropped));
    growth = std::max(growth, grow_bytes(layer, dropped, *evolution.rule, l == 0 ? channels : 1));
    dropped_of_all += bytes_of_connections(dropped);
  }
  std::sort(drops.begin(), drops.end(), std::greater<>());
  std::uint64_t dropping = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(threads, drops.size()); ++i) {
    dropping += drops[i];
  }
  return std::max(dropping, growth) + dropped_of_all;
}

}  // namespace

CpuMemory memory_of(std::span<const LayerPlan> layers, const ImageShape& shape,
                    std::uint64_t samples, const BackendOptions& options,
                    const EvolutionPlan& evolution) {
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
