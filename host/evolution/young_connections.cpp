#include "evolution/young_connections.h"

#include "regrow/error.h"

namespace regrow {
namespace {

/// Both are ascending and have no cell in common: what is safe has not dropped and cannot grow.
YoungConnections merged(const YoungConnections& old, const CellList& grown, std::uint64_t born_in,
                        std::uint64_t oldest) {
  YoungConnections all;
  std::size_t o = 0, g = 0;
  while (o < old.cells.size() || g < grown.size()) {
    const bool is_old = g == grown.size() || (o < old.cells.size() && old.cells[o] < grown[g]);
    if (!is_old) {
      all.cells.push_back(grown[g++]);
      all.born_in.push_back(born_in);
      continue;
    }
    if (old.born_in[o] >= oldest) {
      all.cells.push_back(old.cells[o]);
      all.born_in.push_back(old.born_in[o]);
    }
    ++o;
  }
  return all;
}

}  // namespace

std::vector<CellList> protected_cells(std::span<const YoungConnections> young) {
  std::vector<CellList> cells;
  for (const YoungConnections& layer : young) cells.push_back(layer.cells);
  return cells;
}

void grow_older(std::vector<YoungConnections>& young, std::span<const EvolutionReport> reports,
                std::uint64_t performed, std::uint64_t grace) {
  if (grace == 0) return;
  young.resize(reports.size());
  // The next evolution is number performed + 1, and spares what grew in its last `grace`.
  const std::uint64_t next = performed + 1;
  const std::uint64_t oldest = next > grace ? next - grace : 0;
  for (std::size_t l = 0; l < reports.size(); ++l) {
    REGROW_CHECK(reports[l].grown_cells.size() == reports[l].grown.grown,
                 "a back end reports the cells that have grown");
    young[l] = merged(young[l], reports[l].grown_cells, performed, oldest);
  }
}

}  // namespace regrow
