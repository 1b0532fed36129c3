// Moving the values of connections: to the order in which a transposed matrix holds them, and
// between connections and dense arrays of all cells of a layer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/runtime.h"
#include "evolve/topology.h"

namespace regrow::cuda {

/// gathered[k] = values[positions[k]].   positions, gathered: [count]
void gather_values(std::size_t count, const std::uint32_t* positions, const float* values,
                   float* gathered, const Stream& stream);

/// gathered[k] = values[cells[k]].   cells, gathered: [count]
void gather_values(std::size_t count, const std::uint64_t* cells, const float* values,
                   float* gathered, const Stream& stream);

/// Arrays of all cells of a layer.
struct DenseValues {
  ParameterView weights;
  std::uint8_t* mask = nullptr;  // 1 where there is a connection; or null
};

/// Values and mask of the connections; all other cells stay as they are.
void scatter_connections(const Connections& connections, const DenseValues& dense,
                         const Stream& stream);

/// values[i] = 0 where mask[i] is 0.   both: [count]
void clear_unmasked(std::size_t count, const std::uint8_t* mask, float* values,
                    const Stream& stream);

}  // namespace regrow::cuda
