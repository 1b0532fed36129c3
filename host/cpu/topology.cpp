#include "cpu/topology.h"

#include <algorithm>

#include "regrow/error.h"

namespace regrow::cpu {
namespace {

std::vector<std::size_t> split_evenly(const std::vector<std::uint32_t>& begin, unsigned threads) {
  const std::size_t items = begin.size() - 1;
  std::vector<std::size_t> split(threads + 1, items);
  split[0] = 0;
  for (unsigned thread = 1; thread < threads; ++thread) {
    const std::size_t target = std::size_t{begin.back()} * thread / threads;
    const auto at = std::lower_bound(begin.begin(), begin.end() - 1, target);
    split[thread] = static_cast<std::size_t>(at - begin.begin());
  }
  return split;
}

}  // namespace

Topology::Topology(std::uint32_t inputs, std::uint32_t outputs, unsigned threads)
    : inputs_(inputs), outputs_(outputs), threads_(threads) {}

std::uint64_t Topology::bytes_of(std::uint32_t inputs, std::uint32_t outputs,
                                 std::size_t capacity) {
  const std::size_t begins = std::size_t{inputs} + outputs + 2;
  return AlignedArray<std::uint32_t>::bytes_of(capacity) +
         IndexArray::bytes_of(capacity + kIndexPadding, outputs) +
         IndexArray::bytes_of(capacity, inputs) + begins * sizeof(std::uint32_t);
}

void Topology::reserve(std::size_t capacity) {
  rows_ = IndexArray(capacity + kIndexPadding, outputs_);
  columns_ = IndexArray(capacity, inputs_);
  position_ = AlignedArray<std::uint32_t>(capacity);
}

void Topology::assign(std::span<const std::uint64_t> cells) {
  count_ = cells.size();
  row_begin_.assign(std::size_t{outputs_} + 1, 0);
  column_begin_.assign(std::size_t{inputs_} + 1, 0);
  std::size_t row = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    while (cells[i] >= (row + 1) * inputs_) row_begin_[++row] = static_cast<std::uint32_t>(i);
    const auto column = static_cast<std::uint32_t>(cells[i] - row * inputs_);
    columns_.set(i, column);
    ++column_begin_[column + 1];
  }
  while (row < outputs_) row_begin_[++row] = static_cast<std::uint32_t>(count_);
  for (std::size_t column = 0; column < inputs_; ++column) {
    column_begin_[column + 1] += column_begin_[column];
  }

  // A counting sort by column, stable, so that every column's rows ascend.
  std::vector<std::uint32_t> next(column_begin_.begin(), column_begin_.end() - 1);
  for (row = 0; row < outputs_; ++row) {
    for (std::size_t i = row_begin_[row]; i < row_begin_[row + 1]; ++i) {
      const std::uint32_t at = next[columns_[i]]++;
      rows_.set(at, static_cast<std::uint32_t>(row));
      position_[i] = at;
    }
  }
  row_split_ = split_evenly(row_begin_, threads_);
  column_split_ = split_evenly(column_begin_, threads_);
}

std::size_t Topology::position_of(std::uint64_t cell) const {
  const std::uint64_t row = cell / inputs_, column = cell % inputs_;
  REGROW_CHECK(row < outputs_, "a protected cell is beyond its layer");
  std::uint32_t first = row_begin_[row], last = row_begin_[row + 1];
  while (first < last) {
    const std::uint32_t middle = first + (last - first) / 2;
    (columns_[middle] < column ? first : last) = columns_[middle] < column ? middle + 1 : middle;
  }
  REGROW_CHECK(first < row_begin_[row + 1] && columns_[first] == column,
               "a protected cell is no connection");
  return position_[first];
}

}  // namespace regrow::cpu
