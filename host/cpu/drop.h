// Magnitude drop by selection, not sorting: O(connections), ties to the lower cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cpu/connections.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow::cpu {

/// What growth must know of the connections that have gone.
struct DroppedConnections {
  std::vector<std::uint64_t> cells;  // sorted
  std::vector<std::vector<float>> slots;
};

/// Drops from `connections` as planned, in O(connections). `dropped`, where it is not null, takes
/// what has gone. Throws std::logic_error where the plan drops more than may drop, or protects what
/// is no connection.
DropReport drop_connections(DropGroups groups, const LayerEvolution& plan, Connections& connections,
                            DroppedConnections* dropped);

/// What a DroppedConnections of so many takes.
constexpr std::uint64_t bytes_of_dropped(std::uint64_t connections, std::size_t slots) {
  return connections * (sizeof(std::uint64_t) + slots * sizeof(float));
}

}  // namespace regrow::cpu
