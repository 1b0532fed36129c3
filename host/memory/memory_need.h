// What something needs in memory, part by part, and what to say where there is not as much.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "system/available_memory.h"

namespace regrow {

struct MemoryPart {
  std::string what;  // "a batch of 100 samples"
  std::uint64_t bytes = 0;
  std::string remedy;  // "lower --batch"
};

struct MemoryNeed {
  std::vector<MemoryPart> parts;

  std::uint64_t bytes() const;
};

/// "12.3 GiB (10.1 GiB for layer 1: …, 2.1 GiB for a batch of …)".
std::string in_words(const MemoryNeed& need);
/// Throws Error where `need` has no parts.
const MemoryPart& largest_of(const MemoryNeed& need);

/// Throws Error "out of memory: WHO_NEEDS about …" naming all that is needed, its largest parts,
/// what there is and the remedy, where `need` is more than that. `held`: bytes of it that the
/// process has already. `who_needs`: "the run needs", "4 runs at once need".
void require_memory(const MemoryNeed& need, const std::string& who_needs, std::uint64_t held = 0,
                    const AvailableMemory& available = available_memory());

}  // namespace regrow
