// From samples, a row of features each, to the network's input, a row of samples a feature.
#if defined(REGROW_CPU_TRANSPOSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_TRANSPOSE_INL_H_
#undef REGROW_CPU_TRANSPOSE_INL_H_
#else
#define REGROW_CPU_TRANSPOSE_INL_H_
#endif

#include "cpu/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {

// 4x4 transposition inside every 128-bit block: afterwards block j of v[i] is [v0 v1 v2 v3][i] of
// block j before.
HWY_INLINE void transpose_blocks(Uints (&v)[4]) {
  const WideTag wide;
  const Uints ab_low = hn::InterleaveLower(kUint, v[0], v[1]);
  const Uints ab_high = hn::InterleaveUpper(kUint, v[0], v[1]);
  const Uints cd_low = hn::InterleaveLower(kUint, v[2], v[3]);
  const Uints cd_high = hn::InterleaveUpper(kUint, v[2], v[3]);
  const auto w = [&](Uints x) { return hn::BitCast(wide, x); };
  v[0] = hn::BitCast(kUint, hn::InterleaveLower(wide, w(ab_low), w(cd_low)));
  v[1] = hn::BitCast(kUint, hn::InterleaveUpper(wide, w(ab_low), w(cd_low)));
  v[2] = hn::BitCast(kUint, hn::InterleaveLower(wide, w(ab_high), w(cd_high)));
  v[3] = hn::BitCast(kUint, hn::InterleaveUpper(wide, w(ab_high), w(cd_high)));
}

// Lane i of v[j] becomes lane j of v[i].
HWY_INLINE void transpose_square(Floats (&v)[kLanes]) {
  // Of every four vectors, the squares of four lanes.
  for (std::size_t four = 0; four < kLanes; four += 4) {
    Uints rows[4];
    for (std::size_t i = 0; i < 4; ++i) rows[i] = hn::BitCast(kUint, v[four + i]);
    transpose_blocks(rows);
    for (std::size_t i = 0; i < 4; ++i) v[four + i] = hn::BitCast(kFloat, rows[i]);
  }
  // Then those squares, which are 128-bit blocks of vectors i, i + 4, …
#if HWY_TARGET == HWY_AVX3
  for (std::size_t i = 0; i < 4; ++i) {
    const auto even = [](Floats a, Floats b) { return _mm512_shuffle_f32x4(a.raw, b.raw, 0x88); };
    const auto odd = [](Floats a, Floats b) { return _mm512_shuffle_f32x4(a.raw, b.raw, 0xDD); };
    const Floats even_low{even(v[i], v[i + 4])}, odd_low{odd(v[i], v[i + 4])};
    const Floats even_high{even(v[i + 8], v[i + 12])}, odd_high{odd(v[i + 8], v[i + 12])};
    v[i] = Floats{even(even_low, even_high)};
    v[i + 4] = Floats{even(odd_low, odd_high)};
    v[i + 8] = Floats{odd(even_low, even_high)};
    v[i + 12] = Floats{odd(odd_low, odd_high)};
  }
#elif HWY_TARGET == HWY_AVX2
  for (std::size_t i = 0; i < 4; ++i) {
    const Floats low = hn::ConcatLowerLower(kFloat, v[i + 4], v[i]);
    v[i + 4] = hn::ConcatUpperUpper(kFloat, v[i + 4], v[i]);
    v[i] = low;
  }
#else
  static_assert(kLanes == 4);
#endif
}

// kWidth vectors of samples from `first_sample` on.
template <typename Rows, std::size_t kWidth>
HWY_INLINE void transpose_tile(const TransposeArgs& args, std::size_t first_sample) {
  const std::size_t stride = row_words(Rows::kFormat, args.ld);
  for (std::size_t first = 0; first < args.count; first += kLanes) {
    Floats squares[kWidth][kLanes];
    for (std::size_t i = 0; i < kWidth; ++i) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        const std::size_t sample = first_sample + i * kLanes + lane;
        squares[i][lane] = sample < args.samples
                               ? hn::LoadU(kFloat, args.staged + sample * args.row + first)
                               : hn::Zero(kFloat);
      }
      transpose_square(squares[i]);
    }
    for (std::size_t j = 0; j < std::min(kLanes, args.count - first); ++j) {
      Floats values[kWidth];
      for (std::size_t i = 0; i < kWidth; ++i) values[i] = squares[i][j];
      Rows::store(values, args.input + args.features[first + j] * stride +
                              Rows::offset(first_sample / kLanes));
    }
  }
}

inline void transpose(const TransposeArgs& args) {
  constexpr std::size_t kTwoLines = std::size_t{2} * kBatchPadding;
  std::size_t sample = 0;
  if (args.format == RowFormat::kPacked) {
    for (; sample + kTwoLines <= args.ld; sample += kTwoLines) {
      transpose_tile<PackedRows, 2 * kLineVectors>(args, sample);
    }
    if (sample < args.ld) transpose_tile<PackedRows, kLineVectors>(args, sample);
    return;
  }
  for (; sample < args.ld; sample += kBatchPadding) {
    transpose_tile<FloatRows, kLineVectors>(args, sample);
  }
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
