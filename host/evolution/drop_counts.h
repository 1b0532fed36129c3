// How many connections a layer drops.
#pragma once

#include <cstdint>

#include "regrow/evolution/evolution_config.h"
#include "regrow/evolution/measures.h"
#include "regrow/evolution/plan.h"

namespace regrow {

/// ⌊count·millionths/10⁶⌋, exactly.
std::uint64_t share_rounded_down(std::uint64_t count, std::uint64_t millionths);

/// How many weights `rule` drops of a layer by ζ. kPerSign: N − ⌊(1−ζ)N⌋ negatives and, if P > 0,
/// min(P, ⌊ζP⌋+1) positives (the indexing of SET's code), where every zero comes on top; kMagnitude
/// and kGlobalMagnitude: ⌊ζn⌋. In integers throughout.
LayerDrop drop_counts(DropRule rule, const WeightCounts& counts, std::uint32_t zeta_millionths);

}  // namespace regrow
