#include "cpu/topology.h"

#include <algorithm>
#include <bit>
#include <utility>

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

// So many blocks of columns at most that the ends of all of them stay in the second cache.
int block_shift(std::uint32_t columns) {
  constexpr int kBlockBits = 10;
  return std::max(0, static_cast<int>(std::bit_width(columns - 1)) - kBlockBits);
}

}  // namespace

Topology::Topology(std::uint32_t inputs, std::uint32_t outputs, unsigned threads)
    : inputs_(inputs), outputs_(outputs), threads_(threads) {}

std::uint64_t Topology::bytes_of(std::uint32_t inputs, std::uint32_t outputs,
                                 std::size_t capacity) {
  const std::size_t begins = std::size_t{inputs} + outputs + 2;
  const std::size_t padded = capacity + kIndexPadding;
  return AlignedArray<std::uint32_t>::bytes_of(padded) + IndexArray::bytes_of(padded, outputs) +
         IndexArray::bytes_of(padded, inputs) + begins * sizeof(std::uint32_t);
}

void Topology::reserve(std::size_t capacity) {
  const std::size_t padded = capacity + kIndexPadding;
  rows_ = IndexArray(padded, outputs_);
  columns_ = IndexArray(padded, inputs_);
  position_ = AlignedArray<std::uint32_t>(padded);
}

// A connection on its way from row to column order.
template <std::size_t kValues>
struct Topology::Dealt {
  std::uint32_t column_or_position;  // until it has been sorted, and then
  std::uint32_t row;
  std::array<float, kValues> values;
};

void Topology::assign(const ConnectionList& old, const ConnectionList& grown,
                      const ColumnValues& values, Workers& workers) {
  static_assert(kMostValues == 3);
  switch (values.count) {
    case 1:
      return assign_with<1>(old, grown, values, workers);
    case 2:
      return assign_with<2>(old, grown, values, workers);
    case 3:
      return assign_with<3>(old, grown, values, workers);
    default:
      REGROW_CHECK(false, "a connection has a weight, and at most so many slots");
  }
}

// Scattered over all columns at once, every connection would miss the caches, once for each array.
// So they are dealt out to blocks of columns first, whose connections stay in the second cache
// while they are sorted; where each has come to lie is read back block by block.
template <std::size_t kValues>
void Topology::assign_with(const ConnectionList& old, const ConnectionList& grown,
                           const ColumnValues& values, Workers& workers) {
  count_ = old.cells.size() + grown.cells.size();
  row_begin_.resize(std::size_t{outputs_} + 1);
  column_begin_.resize(std::size_t{inputs_} + 1);
  const int shift = block_shift(inputs_);
  const std::size_t blocks = (std::size_t{inputs_ - 1} >> shift) + 1;
  std::vector<std::vector<std::uint32_t>> begin(workers.size() + std::size_t{1},
                                                std::vector<std::uint32_t>(blocks));
  workers.run([&](unsigned worker) {
    const Range part = even_part(count_, worker, workers.size());
    std::uint32_t* const sizes = begin[worker].data();
    if (worker == 0) row_begin_[0] = 0;
    MergedCells cells(old.cells, grown.cells, part.first);
    std::uint64_t row = cells.last_before() / inputs_, row_end = (row + 1) * inputs_;
    for (std::size_t i = part.first; i < part.last; ++i) {
      const std::uint64_t cell = cells.next().cell;
      for (; cell >= row_end; row_end += inputs_) {
        row_begin_[++row] = static_cast<std::uint32_t>(i);
      }
      const auto column = static_cast<std::uint32_t>(cell + inputs_ - row_end);
      columns_.set(i, column);
      ++sizes[column >> shift];
    }
    const bool is_last = worker + 1 == workers.size();
    while (is_last && row < outputs_) row_begin_[++row] = static_cast<std::uint32_t>(count_);
  });
  // Of every block, where each worker's connections begin, and the last one's end.
  std::uint32_t at = 0;
  for (std::size_t block = 0; block < blocks; ++block) {
    for (unsigned worker = 0; worker < workers.size(); ++worker) {
      at += std::exchange(begin[worker][block], at);
    }
    begin.back()[block] = at;
  }

  LargeVector<Dealt<kValues>> dealt(count_);
  workers.run([&](unsigned worker) {
    const Range part = even_part(count_, worker, workers.size());
    std::vector<std::uint32_t> next = begin[worker];
    MergedCells cells(old.cells, grown.cells, part.first);
    std::array<std::array<const float*, 2>, kValues> values_of;
    for (std::size_t v = 0; v < kValues; ++v) values_of[v] = {old.values[v], grown.values[v]};
    std::size_t row = row_of(part.first);
    for (std::size_t i = part.first; i < part.last; ++i) {
      while (i >= row_begin_[row + 1]) ++row;
      const std::uint32_t column = columns_[i];
      const MergedCells::Cell from = cells.next();
      Dealt<kValues>& to = dealt[next[column >> shift]++];
      to.column_or_position = column;
      to.row = static_cast<std::uint32_t>(row);
      for (std::size_t v = 0; v < kValues; ++v) {
        to.values[v] = values_of[v][from.is_of_b][from.index];
      }
    }
  });

  const std::vector<std::uint32_t>& block_begin = begin.front();
  workers.run([&](unsigned worker) {
    const Range part = even_part(count_, worker, workers.size());
    const auto first_from = [&](std::size_t connection) {
      return static_cast<std::size_t>(
          std::lower_bound(block_begin.begin(), block_begin.end(), connection) -
          block_begin.begin());
    };
    const bool is_last = worker + 1 == workers.size();
    const std::size_t last = is_last ? blocks : first_from(part.last);
    for (std::size_t block = first_from(part.first); block < last; ++block) {
      sort_block<kValues>({block << shift, std::min<std::size_t>((block + 1) << shift, inputs_)},
                          {block_begin[block], begin.back()[block]}, dealt, values);
    }
  });
  column_begin_.back() = static_cast<std::uint32_t>(count_);
  workers.run([&](unsigned worker) {
    const Range part = even_part(count_, worker, workers.size());
    std::uint32_t* const next = begin[worker].data();
    for (std::size_t i = part.first; i < part.last; ++i) {
      position_[i] = dealt[next[columns_[i] >> shift]++].column_or_position;
    }
  });
  row_split_ = split_evenly(row_begin_, threads_);
  column_split_ = split_evenly(column_begin_, threads_);
}

// A counting sort by column, stable, so that every column's rows ascend.
template <std::size_t kValues>
void Topology::sort_block(const Range& columns, const Range& connections,
                          LargeVector<Dealt<kValues>>& dealt, const ColumnValues& values) {
  std::vector<std::uint32_t> next(columns.size());
  for (std::size_t c = connections.first; c < connections.last; ++c) {
    ++next[dealt[c].column_or_position - columns.first];
  }
  auto begin = static_cast<std::uint32_t>(connections.first);
  for (std::size_t column = columns.first; column < columns.last; ++column) {
    column_begin_[column] = begin;
    begin += std::exchange(next[column - columns.first], begin);
  }
  for (std::size_t c = connections.first; c < connections.last; ++c) {
    Dealt<kValues>& each = dealt[c];
    const std::uint32_t at = next[each.column_or_position - columns.first]++;
    rows_.set(at, each.row);
    each.column_or_position = at;
    for (std::size_t v = 0; v < kValues; ++v) values.to[v][at] = each.values[v];
  }
}

std::size_t Topology::row_of(std::size_t connection) const {
  const auto after = std::upper_bound(row_begin_.begin(), row_begin_.end(), connection);
  return static_cast<std::size_t>(after - row_begin_.begin()) - 1;
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
