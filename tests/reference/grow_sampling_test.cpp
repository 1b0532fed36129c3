// Are grown cells uniform? Chi-square over many epochs, below and above the size where the
// bijection changes from a sorted table to a Feistel network.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "hand_made.h"
#include "reference/grow.h"
#include "support/evolutions.h"

namespace regrow::reference {
namespace {

struct Sampling {
  std::uint32_t outputs;
  std::uint32_t inputs;
  std::uint64_t count;
  std::uint32_t epochs;
};

// Σ (O − E)² / (E·(1 − K/M)) · (M − 1)/M over M cells, each grown in K of M draws without
// replacement, is chi-square with M − 1 degrees of freedom. In units of its standard deviation.
double deviation_from_uniform(const Sampling& sampling, const std::string& rule,
                              const std::vector<std::string>& rows,
                              const std::vector<std::uint64_t>& eligible) {
  const ReferenceLayer empty = tests::layer_of(rows);
  std::vector<double> grown(empty.cell_count());
  EvolutionPlan plan;
  plan.seed = 2;
  plan.growth.rule = tests::rule_of(rule);
  plan.layers = {{{}, {}, sampling.count}};
  for (plan.time.number = 0; plan.time.number < sampling.epochs; ++plan.time.number) {
    ReferenceLayer layer = empty;
    grow(plan, 0, {}, layer);
    for (const std::uint64_t cell : eligible) grown[cell] += layer.mask[cell];
  }
  const auto cells = static_cast<double>(eligible.size());
  const double share = static_cast<double>(sampling.count) / cells;
  const double expected = sampling.epochs * share;
  double chi_square = 0;
  for (const std::uint64_t cell : eligible) {
    chi_square += (grown[cell] - expected) * (grown[cell] - expected) / expected;
  }
  chi_square *= (cells - 1) / cells / (1 - share);
  return (chi_square - (cells - 1)) / std::sqrt(2 * (cells - 1));
}

std::vector<std::uint64_t> all_cells(const Sampling& sampling) {
  std::vector<std::uint64_t> cells;
  for (std::uint64_t cell = 0; cell < std::uint64_t{sampling.outputs} * sampling.inputs; ++cell) {
    cells.push_back(cell);
  }
  return cells;
}

TEST(RandomGrowth, IsUniformOverInactiveCells) {
  for (const Sampling sampling : {Sampling{8, 8, 8, 4000}, Sampling{30, 40, 60, 1000}}) {
    const std::vector<std::string> rows(sampling.outputs, std::string(sampling.inputs, '.'));
    const double deviation = deviation_from_uniform(sampling, "random", rows, all_cells(sampling));
    EXPECT_LT(std::abs(deviation), 4) << sampling.outputs;  // too even is as wrong as too uneven
  }
}

TEST(OneNeighbourGrowth, IsUniformOverCellsWithANeighbour) {
  const std::vector<std::string> rows = {".........", ".#...#...", ".........", ".........",
                                         "........."};
  const std::vector<std::uint64_t> eligible = {0,  1,  2,  4,  5,  6,  9,  11,
                                               13, 15, 18, 19, 20, 22, 23, 24};
  const Sampling sampling{5, 9, 5, 4000};
  EXPECT_LT(std::abs(deviation_from_uniform(sampling, "one_neighbour", rows, eligible)), 4);
}

}  // namespace
}  // namespace regrow::reference
