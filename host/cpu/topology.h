// Which cells of a layer are connections, in two orders: columns (CSC), which the backward pass
// walks and in which weights lie, and rows (CSR), the canonical one, which the forward pass walks.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cpu/aligned_array.h"
#include "cpu/index_array.h"
#include "cpu/sorted_cells.h"
#include "regrow/evolution/measures.h"
#include "regrow/step/optimiser.h"

namespace regrow::cpu {

/// Values of each connection: the weight, then the optimiser's slots.
inline constexpr std::size_t kMostValues = 1 + kMostSlots;

/// Connections in row order.
struct ConnectionList {
  CellSpan cells;
  std::array<const float*, kMostValues> values = {};
};

/// Where their values go, in column order.
struct ColumnValues {
  std::size_t count = 0;  // of the arrays, at least 1
  std::array<float*, kMostValues> to = {};
};

class Topology {
 public:
  Topology(std::uint32_t inputs, std::uint32_t outputs, unsigned threads);
  /// What one of `capacity` connections takes in memory.
  static std::uint64_t bytes_of(std::uint32_t inputs, std::uint32_t outputs, std::size_t capacity);

  /// Takes the cells of both lists, which have none in common, as many as there is room for, and
  /// moves their values.
  void assign(const ConnectionList& old, const ConnectionList& grown, const ColumnValues& values,
              Workers& workers);
  /// What assign() takes in memory at its height, beside the topology.
  static std::uint64_t bytes_of_assigning(std::uint64_t connections, std::size_t values) {
    return connections * (2 * sizeof(std::uint32_t) + values * sizeof(float));
  }
  /// Makes room; what was there is lost.
  void reserve(std::size_t capacity);
  std::size_t size() const { return count_; }

  /// Calls body(i, cell) of connections [part.first, part.last) in row order.
  template <typename Body>
  void for_each(const Range& part, const Body& body) const {
    std::size_t row = row_of(part.first);
    for (std::size_t i = part.first; i < part.last; ++row) {
      const std::size_t last = std::min<std::size_t>(row_begin_[row + 1], part.last);
      for (; i < last; ++i) body(i, row * std::uint64_t{inputs_} + columns_[i]);
    }
  }
  /// Where the weight of connection `cell` lies. Throws std::logic_error where it is none.
  std::size_t position_of(std::uint64_t cell) const;

  std::uint32_t inputs() const { return inputs_; }
  std::uint32_t outputs() const { return outputs_; }

  // The views that kernels take.
  const std::uint32_t* column_begin() const { return column_begin_.data(); }
  Indices rows() const { return rows_.view(); }
  const std::uint32_t* row_begin() const { return row_begin_.data(); }
  Indices columns() const { return columns_.view(); }
  const std::uint32_t* positions() const { return position_.data(); }

  // First row and column of each thread, [threads + 1], so that connections are shared out evenly.
  const std::vector<std::size_t>& row_split() const { return row_split_; }
  const std::vector<std::size_t>& column_split() const { return column_split_; }

 private:
  template <std::size_t kValues>
  struct Dealt;
  template <std::size_t kValues>
  void assign_with(const ConnectionList& old, const ConnectionList& grown,
                   const ColumnValues& values, Workers& workers);
  template <std::size_t kValues>
  void sort_block(const Range& columns, const Range& connections,
                  LargeVector<Dealt<kValues>>& dealt, const ColumnValues& values);
  std::size_t row_of(std::size_t connection) const;

  std::uint32_t inputs_;
  std::uint32_t outputs_;
  unsigned threads_;
  std::size_t count_ = 0;

  // Kernels look ahead: all arrays of connections are [capacity + kIndexPadding], valid throughout.
  std::vector<std::uint32_t> column_begin_;  // [inputs + 1]
  IndexArray rows_;
  std::vector<std::uint32_t> row_begin_;  // [outputs + 1]
  IndexArray columns_;
  AlignedArray<std::uint32_t> position_;  // where the connection is in column order

  std::vector<std::size_t> row_split_;
  std::vector<std::size_t> column_split_;
};

}  // namespace regrow::cpu
