// What becomes of connections that have grown: how long they are safe, and when they face a drop.
#include "evolution/young_connections.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace regrow {
namespace {

std::vector<EvolutionReport> grown(CellList cells) {
  EvolutionReport report;
  report.grown.grown = cells.size();
  report.grown_cells = std::move(cells);
  return {report};
}

/// The state before an evolution, of which `performed` came before.
EvolutionState before(std::uint64_t performed) {
  EvolutionState state;
  state.performed = performed;
  return state;
}

void evolve(EvolutionState& state, CellList cells, std::uint64_t grace) {
  grow_older(state, grown(std::move(cells)), grace);
  ++state.performed;
}

TEST(YoungConnections, AreSafeForSoManyEvolutions) {
  EvolutionState state = before(0);
  evolve(state, {3, 9}, 2);
  EXPECT_EQ(protected_cells(state.young), (std::vector<CellList>{{3, 9}})) << "in evolution 1";
  evolve(state, {4}, 2);
  EXPECT_EQ(protected_cells(state.young), (std::vector<CellList>{{3, 4, 9}})) << "in evolution 2";
  evolve(state, {1, 20}, 2);
  EXPECT_EQ(protected_cells(state.young), (std::vector<CellList>{{1, 4, 20}})) << "in evolution 3";
  EXPECT_EQ(state.young[0].born_in, (std::vector<std::uint64_t>{2, 1, 2}));
}

TEST(YoungConnections, OfAGraceOfOneAreTheLastGrown) {
  EvolutionState state = before(5);
  evolve(state, {3, 9}, 1);
  evolve(state, {4}, 1);
  EXPECT_EQ(protected_cells(state.young), (std::vector<CellList>{{4}}));
}

TEST(YoungConnections, WithoutAGraceAreNotKept) {
  EvolutionState state = before(0);
  evolve(state, {3, 9}, 0);
  EXPECT_TRUE(state.young.empty());
}

TEST(YoungConnections, WantTheCellsThatAReportCounts) {
  EvolutionState state = before(0);
  std::vector<EvolutionReport> reports = grown({3, 9});
  reports[0].grown.grown = 3;
  EXPECT_THROW(grow_older(state, reports, 1), std::logic_error);
  EXPECT_THROW(grow_older(state, reports, 0), std::logic_error);
}

TEST(Newborns, WithoutAGraceAreTheLastGrown) {
  EvolutionState state = before(0);
  evolve(state, {3, 9}, 0);
  EXPECT_EQ(state.newborns, (std::vector<CellList>{{3, 9}}));
  evolve(state, {}, 0);
  EXPECT_EQ(state.newborns, (std::vector<CellList>{{}}));
}

TEST(Newborns, FaceADropWhenTheirGraceIsOver) {
  EvolutionState state = before(0);
  evolve(state, {3, 9}, 2);
  EXPECT_EQ(state.newborns, (std::vector<CellList>{{}})) << "in evolution 1";
  evolve(state, {4}, 2);
  EXPECT_EQ(state.newborns, (std::vector<CellList>{{}})) << "in evolution 2";
  evolve(state, {1}, 2);
  EXPECT_EQ(state.newborns, (std::vector<CellList>{{3, 9}})) << "in evolution 3";
  evolve(state, {}, 2);
  EXPECT_EQ(state.newborns, (std::vector<CellList>{{4}})) << "in evolution 4, once each";
}

TEST(Newborns, SurviveWhereTheyHaveNotDropped) {
  EXPECT_EQ(surviving({}, {1, 2}), 0U);
  EXPECT_EQ(surviving({1, 2}, {}), 2U);
  EXPECT_EQ(surviving({2, 5, 9}, {0, 2, 3, 8, 9}), 1U);
  EXPECT_EQ(surviving({2, 5, 9}, {1, 3, 10}), 3U);
  EXPECT_EQ(surviving({2, 5, 9}, {2, 5, 9}), 0U);
}

}  // namespace
}  // namespace regrow
