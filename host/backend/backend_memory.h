// What a device's back end takes of the host's memory.
#pragma once

#include <span>
#include <string>

#include "cpu/cpu_memory.h"

namespace regrow {

/// As cpu::memory_of(). `device`: a name other than `auto`. Of a GPU's nothing: it has its own
/// memory, and says itself what is missing there.
cpu::CpuMemory backend_memory(const std::string& device, std::span<const LayerPlan> layers,
                              const cpu::InputSize& input, const BackendOptions& options,
                              const cpu::EvolutionSize& evolution);

}  // namespace regrow
