// The grace of grown connections: what is safe, evolution by evolution.
#include "evolution/young_connections.h"

#include <gtest/gtest.h>

namespace regrow {
namespace {

std::vector<EvolutionReport> grown(CellList cells) {
  EvolutionReport report;
  report.grown.grown = cells.size();
  report.grown_cells = std::move(cells);
  return {report};
}

TEST(YoungConnections, AreSafeForSoManyEvolutions) {
  std::vector<YoungConnections> young;
  grow_older(young, grown({3, 9}), 0, 2);
  EXPECT_EQ(protected_cells(young), (std::vector<CellList>{{3, 9}})) << "in evolution 1";
  grow_older(young, grown({4}), 1, 2);
  EXPECT_EQ(protected_cells(young), (std::vector<CellList>{{3, 4, 9}})) << "in evolution 2";
  grow_older(young, grown({1, 20}), 2, 2);
  EXPECT_EQ(protected_cells(young), (std::vector<CellList>{{1, 4, 20}})) << "in evolution 3";
  EXPECT_EQ(young[0].born_in, (std::vector<std::uint64_t>{2, 1, 2}));
}

TEST(YoungConnections, OfAGraceOfOneAreTheLastGrown) {
  std::vector<YoungConnections> young;
  grow_older(young, grown({3, 9}), 5, 1);
  grow_older(young, grown({4}), 6, 1);
  EXPECT_EQ(protected_cells(young), (std::vector<CellList>{{4}}));
}

TEST(YoungConnections, WithoutAGraceAreNotKept) {
  std::vector<YoungConnections> young;
  grow_older(young, grown({3, 9}), 0, 0);
  EXPECT_TRUE(young.empty());
}

TEST(YoungConnections, WantTheCellsThatAReportCounts) {
  std::vector<YoungConnections> young;
  std::vector<EvolutionReport> reports = grown({3, 9});
  reports[0].grown.grown = 3;
  EXPECT_THROW(grow_older(young, reports, 0, 1), std::logic_error);
}

}  // namespace
}  // namespace regrow
