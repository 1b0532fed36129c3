#include "evolution/young_connections.h"

#include <algorithm>

#include "regrow/error.h"

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
  std::uint64_t gone = 0;
  auto from = dropped.begin();
  for (const std::uint64_t cell : newborns) {
    from = std::lower_bound(from, dropped.end(), cell);
    if (from == dropped.end()) break;
    gone += *from == cell ? 1 : 0;
  }
  return newborns.size() - gone;
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
