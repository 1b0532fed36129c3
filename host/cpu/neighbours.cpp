#include "cpu/neighbours.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "regrow/error.h"

namespace regrow::cpu {
namespace {

// Column offsets at which an active cell of the same row, or of the row above or below, is a
// neighbour.
struct Offsets {
  std::span<const int> same_row;
  std::span<const int> next_row;
};

Offsets offsets_of(Neighbourhood neighbourhood) {
  static constexpr int kSides[] = {-1, 1};
  static constexpr int kAll[] = {-1, 0, 1};
  static constexpr int kStraight[] = {0};
  switch (neighbourhood) {
    case Neighbourhood::kCross4:
      return {kSides, kStraight};
    case Neighbourhood::kDiagonal4:
      return {{}, kSides};
    case Neighbourhood::kMoore8:
      break;
  }
  return {kSides, kAll};
}

// Counts along one row of the mask at a time, in a row of counters. Only touched counters are
// visited and cleared, in ascending order: they are marked in a row of bits, whose touched words
// are few enough to sort.
class RowCounter {
 public:
  RowCounter(const MaskCells& mask, std::span<const std::size_t> row_begin,
             const NeighbourSpace& space)
      : active_(mask.active),
        taken_(mask.taken),
        row_begin_(row_begin),
        inputs_(mask.inputs),
        space_(space),
        offsets_(offsets_of(space.around)),
        counters_(inputs_),
        marks_(inputs_ / kWordBits + 1) {}

  /// The next row to be counted; all after it follow.
  void start_at(std::size_t row) { next_taken_ = first_of_row(taken_, row, inputs_); }

  /// For all that `rows` may give: lists that outgrow their room are there twice.
  void make_room(const Range& rows, NeighbourCounts& out) const {
    const std::size_t last = first_of_row(taken_, rows.last, inputs_);
    const std::uint64_t others = (rows.last - rows.first) * inputs_ - (last - next_taken_);
    const std::size_t first_row = rows.first > 0 ? rows.first - 1 : 0;
    const std::size_t last_row = std::min(rows.last + 1, row_begin_.size() - 1);
    const std::uint64_t channels = space_.in_image ? space_.image.shape.channels : 1;
    const std::uint64_t touched =
        channels * kMostCounted * (row_begin_[last_row] - row_begin_[first_row]);
    out.cells.reserve(std::min(others, touched));
    out.counts.reserve(std::min(others, touched));
  }

  void count(std::size_t row, NeighbourCounts& out) {
    touched_words_.clear();
    if (space_.in_image) {
      add_in_image(row);
    } else {
      add(row, offsets_.same_row);
      if (row > 0) add(row - 1, offsets_.next_row);
      if (row + 2 < row_begin_.size()) add(row + 1, offsets_.next_row);
    }
    for (; next_taken_ < taken_.size() && taken_[next_taken_] < (row + 1) * inputs_;
         ++next_taken_) {
      counters_[taken_[next_taken_] - row * inputs_] = 0;
    }
    std::sort(touched_words_.begin(), touched_words_.end());
    for (const std::size_t word : touched_words_) {
      for (std::uint64_t marks = std::exchange(marks_[word], 0); marks != 0; marks &= marks - 1) {
        const auto column = word * kWordBits + static_cast<std::size_t>(std::countr_zero(marks));
        const std::uint8_t count = std::exchange(counters_[column], std::uint8_t{0});
        if (count == 0) continue;
        out.cells.push_back(row * inputs_ + column);
        out.counts.push_back(count);
        ++out.sizes[count];
      }
    }
  }

 private:
  static constexpr std::size_t kWordBits = 64;
  static constexpr std::uint8_t kMostCounted = 8;

  void add(std::size_t from_row, std::span<const int> offsets) {
    for (std::size_t i = row_begin_[from_row]; i < row_begin_[from_row + 1]; ++i) {
      const auto column = static_cast<std::int64_t>(active_[i] - from_row * inputs_);
      for (const int offset : offsets) {
        const std::int64_t neighbour = column + offset;
        if (neighbour < 0 || neighbour >= static_cast<std::int64_t>(inputs_)) continue;
        touch(static_cast<std::size_t>(neighbour));
      }
    }
  }

  // The neighbours in the image of a row's active cells; all are in the same row of the mask.
  void add_in_image(std::size_t row) {
    const auto& [shape, order] = space_.image;
    for (std::size_t i = row_begin_[row]; i < row_begin_[row + 1]; ++i) {
      const auto feature = static_cast<std::uint32_t>(active_[i] - row * inputs_);
      const std::uint32_t pixel = pixel_of_feature(shape, order, feature);
      const auto y = static_cast<std::int64_t>(pixel / shape.width);
      const auto x = static_cast<std::int64_t>(pixel % shape.width);
      for (const int offset : offsets_.same_row) touch_pixel(y, x + offset);
      for (const int offset : offsets_.next_row) {
        touch_pixel(y - 1, x + offset);
        touch_pixel(y + 1, x + offset);
      }
    }
  }

  void touch_pixel(std::int64_t y, std::int64_t x) {
    const auto& [shape, order] = space_.image;
    if (y < 0 || y >= shape.height || x < 0 || x >= shape.width) return;
    const auto pixel = static_cast<std::uint32_t>(y * shape.width + x);
    for (std::uint32_t channel = 0; channel < shape.channels; ++channel) {
      touch(feature_index(shape, order, channel, pixel));
    }
  }

  void touch(std::size_t column) {
    if (counters_[column] < kMostCounted) ++counters_[column];
    std::uint64_t& marks = marks_[column / kWordBits];
    if (marks == 0) touched_words_.push_back(column / kWordBits);
    marks |= std::uint64_t{1} << column % kWordBits;
  }

  std::span<const std::uint64_t> active_;
  std::span<const std::uint64_t> taken_;
  std::span<const std::size_t> row_begin_;  // in active_
  std::size_t next_taken_ = 0;
  std::uint64_t inputs_;
  NeighbourSpace space_;
  Offsets offsets_;
  std::vector<std::uint8_t> counters_;  // [inputs], zero between rows
  std::vector<std::uint64_t> marks_;    // one bit a counter, zero between rows
  std::vector<std::size_t> touched_words_;
};

}  // namespace

std::vector<NeighbourCounts> count_neighbours(const MaskCells& mask, const NeighbourSpace& space,
                                              Workers& workers) {
  REGROW_CHECK(!space.in_image || space.image.shape.features() == mask.inputs,
               "a layer does not read the image");
  LargeVector<std::size_t> row_begin(std::size_t{mask.outputs} + 1);
  workers.share(row_begin.size(), [&](const Range& rows) {
    std::size_t next = first_of_row(mask.active, rows.first, mask.inputs);
    for (std::size_t row = rows.first; row < rows.last; ++row) {
      while (next < mask.active.size() && mask.active[next] < row * mask.inputs) ++next;
      row_begin[row] = next;
    }
  });
  std::vector<NeighbourCounts> parts(workers.size());
  workers.run([&](unsigned worker) {
    RowCounter counter(mask, row_begin, space);
    const Range rows = even_part(mask.outputs, worker, workers.size());
    counter.start_at(rows.first);
    counter.make_room(rows, parts[worker]);
    for (std::size_t row = rows.first; row < rows.last; ++row) counter.count(row, parts[worker]);
  });
  return parts;
}

}  // namespace regrow::cpu
