// What the two views of a layer must hold, found by looping over its cells.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "cuda/evolve/evolve_layers.h"

namespace regrow::cuda {

template <typename T>
std::vector<T> read(const T* from, std::size_t count, const Stream& stream) {
  std::vector<T> values(count);
  if (count > 0) copy_bytes_to_host(values.data(), from, count * sizeof(T), stream);
  return values;
}

inline void expect_views_of(const HostLayer& layer, Topology& topology, const Stream& stream) {
  const std::uint32_t inputs = layer.shape.inputs, outputs = layer.shape.outputs;
  const std::size_t count = layer.cells.size();
  ASSERT_EQ(topology.count(), count);
  std::vector<std::uint32_t> row_begin(outputs + 1), columns;
  std::vector<std::vector<std::uint32_t>> positions_by_column(inputs);
  for (std::size_t i = 0; i < count; ++i) {
    const auto column = static_cast<std::uint32_t>(layer.cells[i] % inputs);
    ++row_begin[layer.cells[i] / inputs + 1];
    columns.push_back(column);
    positions_by_column[column].push_back(static_cast<std::uint32_t>(i));
  }
  for (std::size_t row = 0; row < outputs; ++row) row_begin[row + 1] += row_begin[row];
  std::vector<std::uint32_t> column_begin = {0}, rows, positions;
  for (const std::vector<std::uint32_t>& in_column : positions_by_column) {
    for (const std::uint32_t position : in_column) {
      positions.push_back(position);
      rows.push_back(static_cast<std::uint32_t>(layer.cells[position] / inputs));
    }
    column_begin.push_back(static_cast<std::uint32_t>(positions.size()));
  }

  const RowView by_row = topology.rows();
  EXPECT_EQ(by_row.inputs, inputs);
  EXPECT_EQ(by_row.outputs, outputs);
  EXPECT_EQ(read(by_row.row_begin, outputs + 1, stream), row_begin);
  EXPECT_EQ(read(by_row.columns, count, stream), columns);
  EXPECT_EQ(read<float>(by_row.weights.values, count, stream), layer.weights);
  for (std::size_t s = 0; s < layer.slots.size(); ++s) {
    EXPECT_EQ(read<float>(by_row.weights.slots[s], count, stream), layer.slots[s]);
  }
  const ColumnView by_column = topology.columns();
  EXPECT_EQ(by_column.inputs, inputs);
  EXPECT_EQ(by_column.weights, by_row.weights.values);
  EXPECT_EQ(read(by_column.column_begin, inputs + 1, stream), column_begin);
  EXPECT_EQ(read(by_column.rows, count, stream), rows);
  EXPECT_EQ(read(by_column.positions, count, stream), positions);
}

}  // namespace regrow::cuda
