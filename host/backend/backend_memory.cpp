// A pair of back ends, of check:A,B, takes what both take.
#include "backend/backend_memory.h"

#include <algorithm>

#include "device/device_names.h"
#include "reference/reference_memory.h"

namespace regrow {
namespace {

/// In lockstep each back end gives a copy of its network to be compared, beside the one before the
/// step.
cpu::CpuMemory both(cpu::CpuMemory a, const cpu::CpuMemory& b, std::span<const LayerPlan> layers,
                    std::size_t slots) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    a.layers[l] += b.layers[l] + 3 * state_bytes(layers[l], slots);
  }
  a.batch += b.batch;
  a.samples += b.samples;
  a.evolution += b.evolution;
  a.snapshot = std::max(a.snapshot, b.snapshot);
  return a;
}

}  // namespace

cpu::CpuMemory backend_memory(const std::string& device, std::span<const LayerPlan> layers,
                              const cpu::InputSize& input, const BackendOptions& options,
                              const cpu::EvolutionSize& evolution) {
  const auto of = [&](const std::string& name) {
    return backend_memory(name, layers, input, options, evolution);
  };
  if (const auto pair = parse_pair(device)) {
    return both(of((*pair)[0]), of((*pair)[1]), layers, slot_count(options.optimiser.kind));
  }
  const auto single = parse_single(device);
  cpu::CpuMemory memory;
  memory.layers.resize(layers.size());
  if (!single || single->entry->plugin_file != nullptr) return memory;
  // The emulated GPU's memory is the host's, and of about that size.
  if (single->entry->name != kReference) {
    return cpu::memory_of(layers, input, options, evolution);
  }
  const ReferenceMemory reference = reference_memory(layers, options, evolution.needs_gradients());
  memory.layers = reference.layers;
  memory.batch = reference.batch;
  memory.evolution = reference.largest_step;
  return memory;
}

}  // namespace regrow
