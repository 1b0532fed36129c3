// Comparing what two back ends make of a batch for growth by gradient: sums over its samples, which
// rounding makes differ, and the cells that grow by them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backend/comparison.h"
#include "regrow/evolution/candidates.h"
#include "regrow/evolution/measures.h"
#include "regrow/evolution/report.h"

namespace regrow {

/// All throw Error naming the place, the layer, the cell or the neuron and what either back end
/// has, where the two differ by more than the arithmetic may. What is not finite in `a` is let
/// pass.

/// Which layer, and its inputs, by which a cell is named.
struct ScoredLayer {
  std::size_t index = 0;
  std::uint32_t inputs = 0;
};

/// Of each of `cells`: [cells].
void compare_gradients(const Comparison& comparison, const ScoredLayer& layer,
                       const CellList& cells, std::span<const double> a, std::span<const double> b);

void compare_strengths(const Comparison& comparison, std::size_t layer, const NeuronStrengths& a,
                       const NeuronStrengths& b);

/// The cells that grew in one of the two alone, ascending.
struct GrownApart {
  CellList in_a, in_b;

  bool empty() const { return in_a.empty() && in_b.empty(); }
};
GrownApart grown_apart(const EvolutionReport& a, const EvolutionReport& b);

/// What grew in one of the two alone must be, by the gradients of `b`, as good as the last cell
/// that grew in `b`, neither worse nor better, but for rounding. cells: those of either, ascending;
/// a, b: their gradients, [cells], which are compared as well.
void compare_scored_growth(const Comparison& comparison, const ScoredLayer& layer,
                           const EvolutionReport& in_a, const EvolutionReport& in_b,
                           const CellList& cells, std::span<const double> a,
                           std::span<const double> b);

}  // namespace regrow
