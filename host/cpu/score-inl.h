// Gradients of cells that need be no connections, and the search for large ones.
#if defined(REGROW_CPU_SCORE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_SCORE_INL_H_
#undef REGROW_CPU_SCORE_INL_H_
#else
#define REGROW_CPU_SCORE_INL_H_
#endif

#include "cpu/weight_gradient-inl.h"

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {

// begins: this tile is the first of the batch.
template <std::size_t kWidth>
HWY_INLINE void cell_gradients_tile(const CellGradientArgs& args, std::size_t first_cell,
                                    std::size_t last_cell, std::size_t first, bool begins) {
  const std::size_t offset = first * kLanes;
  for (std::size_t at = first_cell; at < last_cell;) {
    const std::uint64_t row = args.cells[at] / args.inputs;
    const std::uint64_t first_of_row = row * args.inputs;
    const float* output_gradient = args.output_gradient + row * args.ld + offset;
    Floats dy[kWidth];
    for (std::size_t i = 0; i < kWidth; ++i) {
      dy[i] = hn::Load(kFloat, output_gradient + i * kLanes);
    }
    std::size_t end = at;
    while (end < last_cell && args.cells[end] - first_of_row < args.inputs) ++end;
    for (; at < end; at += std::min(kLanes, end - at)) {
      const std::size_t chunk = std::min(kLanes, end - at);
      Floats fours[kLanes / 4];
      for (std::size_t four = 0; four < kLanes / 4; ++four) {
        if (4 * four >= chunk) {
          fours[four] = hn::Zero(kFloat);
          continue;
        }
        Floats dots[4];
        for (std::size_t h = 0; h < 4; ++h) {
          // Beyond the row's end its last cell is read again: its dot there is not stored.
          const std::uint64_t cell = args.cells[at + std::min(4 * four + h, chunk - 1)];
          const float* x = args.input + (cell - first_of_row) * args.ld + offset;
          Floats dot = hn::Mul(hn::Load(kFloat, x), dy[0]);
          for (std::size_t i = 1; i < kWidth; ++i) {
            dot = hn::MulAdd(hn::Load(kFloat, x + i * kLanes), dy[i], dot);
          }
          dots[h] = dot;
        }
        fours[four] = sum_four(dots[0], dots[1], dots[2], dots[3]);
      }
      Floats gradient = sum_each(fours);
      float* const to = args.gradients + at;
      if (!begins) gradient = hn::Add(load_first(chunk, to), gradient);
      store_first(gradient, chunk, to);
    }
  }
}

inline void cell_gradients(const CellGradientArgs& args, std::size_t first_cell,
                           std::size_t last_cell) {
  for_each_tile(args.ld, [&](std::size_t first, auto width) {
    cell_gradients_tile<width>(args, first_cell, last_cell, first, first == 0);
  });
}

inline std::size_t find_magnitudes(const float* values, std::size_t count, std::uint32_t least,
                                   std::uint32_t* positions) {
  constexpr std::int32_t kMagnitude = 0x7FFFFFFF, kInfinity = 0x7F800000;
  // Below 2^31, so that signed comparisons, which every set has, order them.
  const auto below_least = hn::Set(kInt, static_cast<std::int32_t>(least) - 1);
  const auto beyond_largest = hn::Set(kInt, kInfinity + 1);
  const auto is_large = [&](std::size_t i) {
    const auto bits = hn::BitCast(kInt, hn::LoadU(kFloat, values + i));
    const auto magnitude = hn::And(bits, hn::Set(kInt, kMagnitude));
    return hn::And(hn::Gt(magnitude, below_least), hn::Lt(magnitude, beyond_largest));
  };
  std::size_t found = 0;
  // In a register first: where it lies in memory is slow to compress.
  const auto lanes = hn::Iota(kUint, 0);
  const auto store = [&](std::size_t i, auto mask) {
    const auto position = hn::Add(lanes, hn::Set(kUint, static_cast<std::uint32_t>(i)));
    const auto in_mask = hn::RebindMask(kUint, mask);
    hn::StoreU(hn::Compress(position, in_mask), kUint, positions + found);
    found += hn::CountTrue(kUint, in_mask);
  };
  // Most often there is none in several vectors.
  std::size_t i = 0;
  for (; i + 4 * kLanes <= count; i += 4 * kLanes) {
    const auto a = is_large(i), b = is_large(i + kLanes);
    const auto c = is_large(i + 2 * kLanes), d = is_large(i + 3 * kLanes);
    if (hn::AllFalse(kInt, hn::Or(hn::Or(a, b), hn::Or(c, d)))) continue;
    store(i, a);
    store(i + kLanes, b);
    store(i + 2 * kLanes, c);
    store(i + 3 * kLanes, d);
  }
  for (; i < count; i += kLanes) {
    const std::size_t chunk = std::min(kLanes, count - i);
    store(i, hn::And(is_large(i), hn::FirstN(kInt, chunk)));
  }
  return found;
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
