// Moving the values of connections: kernels of values.h.
#include "evolve/per_element.h"
#include "library/values.h"

namespace regrow::cuda {
namespace {

template <typename Index>
__global__ void gather_values_kernel(std::size_t count, const Index* from, const float* values,
                                     float* gathered) {
  for (std::size_t k = element_index(); k < count; k += thread_count()) {
    gathered[k] = values[from[k]];
  }
}

__global__ void scatter_connections_kernel(std::size_t count, const std::uint64_t* cells,
                                           ParameterView weights, DenseValues dense) {
  for (std::size_t k = element_index(); k < count; k += thread_count()) {
    const std::uint64_t cell = cells[k];
    dense.weights.values[cell] = weights.values[k];
    move_slots(weights, k, dense.weights, cell);
    if (dense.mask != nullptr) dense.mask[cell] = 1;
  }
}

__global__ void clear_unmasked_kernel(std::size_t count, const std::uint8_t* mask, float* values) {
  for (std::size_t i = element_index(); i < count; i += thread_count()) {
    if (mask[i] == 0) values[i] = 0;
  }
}

}  // namespace

void gather_values(std::size_t count, const std::uint32_t* positions, const float* values,
                   float* gathered, const Stream& stream) {
  launch_striding(count, stream, gather_values_kernel<std::uint32_t>, count, positions, values,
                  gathered);
}

void gather_values(std::size_t count, const std::uint64_t* cells, const float* values,
                   float* gathered, const Stream& stream) {
  launch_striding(count, stream, gather_values_kernel<std::uint64_t>, count, cells, values,
                  gathered);
}

void scatter_connections(const Connections& connections, const DenseValues& dense,
                         const Stream& stream) {
  launch_striding(connections.count, stream, scatter_connections_kernel, connections.count,
                  connections.cells.data(), connections.weights.view(), dense);
}

void clear_unmasked(std::size_t count, const std::uint8_t* mask, float* values,
                    const Stream& stream) {
  launch_striding(count, stream, clear_unmasked_kernel, count, mask, values);
}

}  // namespace regrow::cuda
