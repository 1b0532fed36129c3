// Comparing what two back ends say of an evolution: counts and cells, which must be equal, save for
// what rounds.
#pragma once

#include <vector>

#include "backend/comparison.h"
#include "regrow/evolution/measures.h"
#include "regrow/evolution/report.h"

namespace regrow {

/// Both throw Error naming the place, the layer and what either back end says.

/// [layers], as Backend::measure() gives them.
void compare_measures(const Comparison& comparison, const std::vector<LayerMeasures>& a,
                      const std::vector<LayerMeasures>& b);
/// [layers], as Backend::evolve() gives them. by_gradient: which cells grew is another's to compare
/// (compare_scores.h).
void compare_reports(const Comparison& comparison, const std::vector<EvolutionReport>& a,
                     const std::vector<EvolutionReport>& b, bool by_gradient);

}  // namespace regrow
