// The cells of a layer that may grow, in O(connections): those without an active neighbour are far
// too many to list, and are known as what remains beside all others.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/neighbours.h"
#include "cpu/sorted_cells.h"
#include "evolution/class_walk.h"
#include "network/network_plan.h"

namespace regrow::cpu {

class Candidates {
 public:
  /// `taken`: the cells of the layer's `cell_count` that may not grow; they and the workers must
  /// outlive the candidates. `with_neighbours`: of the others those that have active neighbours, in
  /// consecutive parts, or none where the rule ignores neighbours.
  Candidates(std::uint64_t cell_count, CellSpan taken, std::vector<NeighbourCounts> with_neighbours,
             Workers& workers);

  const ClassSizes& sizes() const { return sizes_; }
  /// The cells that `choice`, made of these sizes, names.
  Cells chosen(const GrowthChoice& choice) const;

 private:
  std::vector<std::uint64_t> firsts(const std::bitset<9>& counts) const;
  Cells listed(const std::bitset<9>& counts) const;
  Cells listed_at(const std::bitset<9>& counts, Cells ranks) const;
  Cells in_class(const ClassChoice& choice) const;

  CellSpan taken_;
  std::vector<NeighbourCounts> with_neighbours_;
  Workers& workers_;
  ClassSizes sizes_{};
};

/// What choosing takes in memory at its height, candidates included, where `grown` of a layer's
/// cells grow beside `kept`. `taken`: how many more cells may not grow.
std::uint64_t candidates_bytes(const LayerPlan& layer, std::uint64_t kept, std::uint64_t taken,
                               std::uint64_t grown, const GrowthRule& rule, std::uint32_t channels);

}  // namespace regrow::cpu
