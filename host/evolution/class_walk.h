// Growth by classes: which classes of cells are taken, wholly or in part, and how ties and a
// shortfall are settled. Back ends count the classes and find the cells; they decide nothing.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

#include "regrow/bijection.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow {

/// How many eligible cells have 0, 1, … 8 active neighbours. Where a rule ignores neighbours all
/// of them may stand under 0.
using ClassSizes = std::array<std::uint64_t, 9>;

/// Some of the cells of a set, by their ranks in ascending order of cells.
struct RankChoice {
  std::uint64_t size = 0;   // of the set
  std::uint64_t count = 0;  // chosen: the images of 0, 1, … count − 1 under `bijection`,
                            // or, without one, these numbers themselves
  std::optional<Bijection> bijection;
};

/// Cells whose number of active neighbours is one of `counts`.
struct ClassChoice {
  std::bitset<9> counts;
  RankChoice ranks;
};

/// All cells that grow in a layer.
struct GrowthChoice {
  std::vector<ClassChoice> classes;  // disjoint: those taken wholly, as one, then one in part
  std::optional<RankChoice> fill;    // among the eligible cells that no class has given
  GrowReport report;
};

/// The growth of plan.layers[layer], step by step as regrow/evolution/plan.h says. `sizes`: of the
/// layer's eligible cells. Throws std::logic_error where fewer cells are eligible than must grow.
GrowthChoice choose_growth(const EvolutionPlan& plan, std::uint32_t layer, const ClassSizes& sizes);

}  // namespace regrow
