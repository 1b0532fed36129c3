#include "readers/float_blocks.h"

#include <algorithm>

namespace regrow {
namespace {

// Floats. The allocator gives what is above 32 MiB back to the system as soon as it is freed, and
// keeps what is not.
constexpr std::size_t kFirstBlock = std::size_t{1} << 12;
constexpr std::size_t kMostOfSmallBlocks = std::size_t{1} << 18;  // together
constexpr std::size_t kBlock = std::size_t{9} << 20;              // 36 MiB

}  // namespace

std::span<float> FloatBlocks::add_row() {
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < columns_) {
    const std::size_t stored = rows_ * columns_;
    const std::size_t block = stored < kMostOfSmallBlocks ? std::max(stored, kFirstBlock) : kBlock;
    blocks_.emplace_back().reserve(std::max(columns_, block));
  }
  std::vector<float>& block = blocks_.back();
  block.resize(block.size() + columns_);
  ++rows_;
  return std::span(block).last(columns_);
}

std::vector<float> FloatBlocks::take() {
  std::vector<float> all;
  all.reserve(rows_ * columns_);
  for (std::vector<float>& block : blocks_) {
    const std::vector<float> taken = std::exchange(block, {});
    all.insert(all.end(), taken.begin(), taken.end());
  }
  clear();
  return all;
}

void FloatBlocks::clear() {
  blocks_.clear();
  rows_ = 0;
}

}  // namespace regrow
