// The grace of grown connections: which of them are safe in the next evolution.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "regrow/evolution/evolution_state.h"
#include "regrow/evolution/report.h"

namespace regrow {

/// The cells of every layer's young connections, as a MeasureRequest and a plan want them.
std::vector<CellList> protected_cells(std::span<const YoungConnections> young);

/// Takes over what evolution number `performed` (from 0) has grown, and lets go what has been safe
/// for `grace` evolutions. Reports: one per layer, with their grown cells.
void grow_older(std::vector<YoungConnections>& young, std::span<const EvolutionReport> reports,
                std::uint64_t performed, std::uint64_t grace);

}  // namespace regrow
