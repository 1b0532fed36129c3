// What becomes of connections that have grown: how long a grace keeps them safe, and when they face
// a drop for the first time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "regrow/evolution/evolution_state.h"
#include "regrow/evolution/report.h"

namespace regrow {

/// The cells of every layer's young connections, as a MeasureRequest and a plan want them.
std::vector<CellList> protected_cells(std::span<const YoungConnections> young);

/// How many of `newborns` are not among `dropped`; both ascending.
std::uint64_t surviving(const CellList& newborns, const CellList& dropped);

/// Takes over what evolution number state.performed (from 0) has grown, and lets go what has been
/// safe for `grace` evolutions: with what a grace of 0 never keeps safe, the newborns that the next
/// drop may take. Reports: one per layer, with their cells.
void grow_older(EvolutionState& state, std::span<const EvolutionReport> reports,
                std::uint64_t grace);

}  // namespace regrow
