// Magnitude drop by selection, not sorting: O(connections), ties to the lower cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cpu/connections.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow::cpu {

/// What is asked for of the connections that go.
struct DropRecord {
  bool cells = false;
  bool weights = false;
  bool slots = false;
};

/// Of the connections that have gone, what was asked for; empty is what was not.
struct DroppedConnections {
  Cells cells;
  LargeVector<float> weights;
  std::vector<LargeVector<float>> slots;
};

/// Drops from `connections` as planned, in O(connections). `dropped` takes of what has gone what
/// `record` asks for. Throws std::logic_error where the plan drops more than may drop, or protects
/// what is no connection.
DropReport drop_connections(DropGroups groups, const LayerEvolution& plan, Connections& connections,
                            const DropRecord& record, DroppedConnections& dropped,
                            Workers& workers);

/// What a DroppedConnections of so many takes where all is asked for.
constexpr std::uint64_t bytes_of_dropped(std::uint64_t connections, std::size_t slots) {
  return connections * (sizeof(std::uint64_t) + (1 + slots) * sizeof(float));
}

}  // namespace regrow::cpu
