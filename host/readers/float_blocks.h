// Rows of floats, of which it is not known beforehand how many there are: in blocks, so that they
// are never copied as a whole while they grow, and given up block by block when they are taken.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace regrow {

class FloatBlocks {
 public:
  explicit FloatBlocks(std::size_t columns) : columns_(columns) {}

  /// A row more, of zeros; valid until the next one is added.
  std::span<float> add_row();
  std::size_t rows() const { return rows_; }
  /// All of them, row after row; none are left.
  std::vector<float> take();
  /// The same, one row after the other: visit(std::span<const float>).
  template <typename Visit>
  void take_rows(const Visit& visit) {
    for (std::vector<float>& block : blocks_) {
      const std::vector<float> taken = std::exchange(block, {});
      for (std::size_t at = 0; at < taken.size(); at += columns_) {
        visit(std::span(taken).subspan(at, columns_));
      }
    }
    clear();
  }
  void clear();

 private:
  std::size_t columns_;
  std::size_t rows_ = 0;
  std::vector<std::vector<float>> blocks_;
};

}  // namespace regrow
