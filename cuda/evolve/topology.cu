// Both views of a layer from its sorted cells: offsets by binary search, the transposed view by one
// stable sort.
#include <limits>
#include <utility>

#include "common/algorithms.h"
#include "evolve/per_element.h"
#include "evolve/topology.h"
#include "regrow/error.h"

namespace regrow::cuda {
namespace {

// Divisions of cells by inputs are 64 bits wide; the compiler itself takes the short way where the
// upper halves are zero.

__global__ void columns_kernel(const std::uint64_t* cells, std::size_t count, std::uint32_t inputs,
                               std::uint32_t* columns, std::uint32_t* sort_keys,
                               std::uint32_t* positions) {
  const std::size_t i = element_index();
  if (i >= count) return;
  const auto column = static_cast<std::uint32_t>(cells[i] % inputs);
  columns[i] = column;
  sort_keys[i] = column;
  positions[i] = static_cast<std::uint32_t>(i);
}

__global__ void column_begin_kernel(const std::uint32_t* sorted_columns, std::size_t count,
                                    std::size_t entries, std::uint32_t* column_begin) {
  const std::size_t column = element_index();
  if (column >= entries) return;
  column_begin[column] = static_cast<std::uint32_t>(
      first_where(count, [=](std::size_t i) { return sorted_columns[i] >= column; }));
}

__global__ void rows_kernel(const std::uint64_t* cells, const std::uint32_t* positions,
                            std::size_t count, std::uint32_t inputs, std::uint32_t* rows) {
  const std::size_t i = element_index();
  if (i < count) rows[i] = static_cast<std::uint32_t>(cells[positions[i]] / inputs);
}

__global__ void cells_kernel(const std::uint32_t* row_begin, const std::uint32_t* columns,
                             std::size_t count, std::uint32_t outputs, std::uint32_t inputs,
                             std::uint64_t* cells) {
  const std::size_t i = element_index();
  if (i >= count) return;
  const std::size_t row = count_up_to(row_begin + 1, outputs, static_cast<std::uint32_t>(i));
  cells[i] = cell_index(row, columns[i], inputs);
}

}  // namespace

Topology::Topology(const LayerShape& shape, std::size_t capacity, std::size_t slots,
                   const Stream& stream)
    : shape_(shape),
      stream_(&stream),
      row_begin_(std::size_t{shape.outputs} + 1, "row offsets of a layer", stream),
      column_begin_(std::size_t{shape.inputs} + 1, "column offsets of a layer", stream) {
  row_begin_.zero();
  column_begin_.zero();
  weights_.slots.resize(slots);
  allocate(capacity);
}

void Topology::allocate(std::size_t capacity) {
  REGROW_CHECK(capacity <= std::numeric_limits<std::uint32_t>::max(),
               "a layer's connections are counted in 32 bits");
  // The old arrays go first: both at once might not fit.
  for (DeviceArray<std::uint32_t>* array : {&columns_, &rows_, &positions_}) {
    { const DeviceArray<std::uint32_t> old = std::move(*array); }
    *array = {capacity, "connections of a layer", *stream_};
  }
  const std::size_t slots = weights_.slots.size();
  { const DeviceParameter old = std::move(weights_); }
  weights_ = DeviceParameter(capacity, slots, "weights and slots of a layer", *stream_);
  capacity_ = capacity;
}

bool Topology::assign(const Connections& connections) {
  const std::size_t count = connections.count;
  const bool exceeded = count > capacity_;
  if (exceeded) allocate(count + count / 8);
  count_ = count;

  const std::uint64_t* cells = connections.cells.data();
  DeviceArray<std::uint32_t> sorted_columns(count, "columns to sort", *stream_);
  row_offsets({cells, count}, shape_.inputs, row_begin_.size(), row_begin_.data(), *stream_);
  launch_per_element(count, *stream_, columns_kernel, cells, count, shape_.inputs, columns_.data(),
                     sorted_columns.data(), positions_.data());
  // Stable: within a column the positions, and so the rows, ascend.
  sort_by_key(sorted_columns.data(), positions_.data(), count, *stream_);
  launch_per_element(column_begin_.size(), *stream_, column_begin_kernel, sorted_columns.data(),
                     count, column_begin_.size(), column_begin_.data());
  launch_per_element(count, *stream_, rows_kernel, cells, positions_.data(), count, shape_.inputs,
                     rows_.data());
  copy_parameter(connections.weights, count, weights_, *stream_);
  return exceeded;
}

Connections Topology::connections() const {
  Connections copy;
  copy.count = count_;
  copy.cells = cells();
  copy.weights = DeviceParameter(count_, weights_.slots.size(), "weights of a layer", *stream_);
  copy_parameter(weights_, count_, copy.weights, *stream_);
  return copy;
}

Cells Topology::cells() const {
  Cells copy(count_, "cells of a layer", *stream_);
  launch_per_element(count_, *stream_, cells_kernel, row_begin_.data(), columns_.data(), count_,
                     shape_.outputs, shape_.inputs, copy.data());
  return copy;
}

RowView Topology::rows() {
  RowView view;
  view.outputs = shape_.outputs;
  view.inputs = shape_.inputs;
  view.row_begin = row_begin_.data();
  view.columns = columns_.data();
  view.weights = weights_.view();
  return view;
}

ColumnView Topology::columns() {
  ColumnView view;
  view.inputs = shape_.inputs;
  view.column_begin = column_begin_.data();
  view.rows = rows_.data();
  view.positions = positions_.data();
  view.weights = weights_.values.data();
  return view;
}

void Topology::zero_slots() {
  for (DeviceArray<float>& slot : weights_.slots) {
    if (count_ > 0) zero_bytes(slot.data(), count_ * sizeof(float), *stream_);
  }
}

std::size_t Topology::bytes(const LayerShape& shape, std::size_t capacity, std::size_t slots) {
  const std::size_t arrays = 4 + slots;  // columns, rows, positions, weights
  const std::size_t offsets = std::size_t{shape.outputs} + 1 + std::size_t{shape.inputs} + 1;
  return sizeof(std::uint32_t) * (offsets + arrays * capacity);
}

}  // namespace regrow::cuda
