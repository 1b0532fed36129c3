#include "evolution/young_connections.h"

#include "network/shared_cells.h"
#include "regrow/error.h"
#include "system/workers.h"

namespace regrow {
namespace {

/// Lets go what was born before `oldest`, into `newborns`, and takes over what has grown. Old and
/// grown cells have none in common: what is safe has not dropped and cannot grow.
YoungConnections merged(const YoungConnections& old, const CellList& grown, std::uint64_t born_in,
                        std::uint64_t oldest, CellList& newborns) {
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
    } else {
      newborns.push_back(old.cells[o]);
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

std::uint64_t surviving(const CellList& newborns, const CellList& dropped) {
  StartedThreads workers(newborns.size());
  return newborns.size() - count_shared(newborns, dropped, workers);
}

void grow_older(EvolutionState& state, std::span<const EvolutionReport> reports,
                std::uint64_t grace) {
  state.newborns.assign(reports.size(), {});
  if (grace > 0) state.young.resize(reports.size());
  // The next evolution is number performed + 1, and spares what grew in its last `grace`.
  const std::uint64_t next = state.performed + 1;
  const std::uint64_t oldest = next > grace ? next - grace : 0;
  for (std::size_t l = 0; l < reports.size(); ++l) {
    const CellList& grown = reports[l].grown_cells;
    REGROW_CHECK(grown.size() == reports[l].grown.grown,
                 "a back end reports the cells that have grown");
    if (grace == 0) {
      state.newborns[l] = grown;
    } else {
      state.young[l] = merged(state.young[l], grown, state.performed, oldest, state.newborns[l]);
    }
  }
}

}  // namespace regrow
