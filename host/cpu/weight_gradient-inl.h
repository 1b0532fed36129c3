// The gradients of weights and biases, and what becomes of them where a step is fused: sums over
// the batch that the backward pass has in registers, updated by sgd or stored.
#if defined(REGROW_CPU_WEIGHT_GRADIENT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_WEIGHT_GRADIENT_INL_H_
#undef REGROW_CPU_WEIGHT_GRADIENT_INL_H_
#else
#define REGROW_CPU_WEIGHT_GRADIENT_INL_H_
#endif

#include "cpu/rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {

// Lane i of the result: the sum of lanes i mod 4 of all blocks of fours[i / 4], see sum_four().
HWY_INLINE Floats sum_each(const Floats (&fours)[kLanes / 4]) {
#if HWY_TARGET == HWY_AVX3
  const auto pair = [](Floats a, Floats b) {
    return _mm512_add_ps(_mm512_shuffle_f32x4(a.raw, b.raw, 0x88),
                         _mm512_shuffle_f32x4(a.raw, b.raw, 0xDD));
  };
  const Floats low{pair(fours[0], fours[1])};
  const Floats high{pair(fours[2], fours[3])};
  return Floats{pair(low, high)};
#elif HWY_TARGET == HWY_AVX2
  return hn::Add(hn::ConcatLowerLower(kFloat, fours[1], fours[0]),
                 hn::ConcatUpperUpper(kFloat, fours[1], fours[0]));
#else
  static_assert(kLanes == 4);
  return fours[0];
#endif
}

// Vectors whose lanes are to be added up, as many as there are lanes.
struct LaneSums {
  Floats of[kLanes];

  // Lane i: the sum of those of vector i.
  HWY_INLINE Floats sums() const {
    Floats fours[kLanes / 4];
    for (std::size_t four = 0; four < kLanes / 4; ++four) {
      const Floats* const v = of + 4 * four;
      fours[four] = sum_four(v[0], v[1], v[2], v[3]);
    }
    return sum_each(fours);
  }
};

HWY_INLINE void update_first(const Sgd& sgd, Floats gradient_sum, std::size_t count, float* weights,
                             float* momentum) {
  const Floats weight = load_first(count, weights);
  const Floats decay = hn::Mul(hn::Set(kFloat, sgd.weight_decay), weight);
  const Floats gradient = hn::MulAdd(gradient_sum, hn::Set(kFloat, sgd.gradient_scale), decay);
  const Floats velocity =
      hn::NegMulAdd(hn::Set(kFloat, sgd.learning_rate), gradient,
                    hn::Mul(hn::Set(kFloat, sgd.momentum), load_first(count, momentum)));
  store_first(velocity, count, momentum);
  store_first(hn::Add(weight, velocity), count, weights);
}

// Calls body(row, the sum of its samples).
template <typename Body>
HWY_INLINE void for_each_row_sum(const float* rows, std::uint32_t ld, RowFormat format,
                                 std::size_t first_row, std::size_t last_row, const Body& body) {
  with_rows(format, [&](auto kind) {
    using Format = decltype(kind);
    const auto sum_of = [&](std::size_t row) {
      const float* const at = rows + row * row_words(format, ld);
      Floats sum = hn::Zero(kFloat);
      for_each_tile(ld, [&](std::size_t first, auto width) {
        Format::template for_each<width>(at + Format::offset(first),
                                         [&](std::size_t, Floats x)
                                             REGROW_INLINE_LAMBDA { sum = hn::Add(sum, x); });
      });
      return sum;
    };
    for (std::size_t row = first_row; row < last_row; row += kLanes) {
      const std::size_t count = std::min(kLanes, last_row - row);
      LaneSums lanes;
      for (std::size_t i = 0; i < kLanes; ++i) {
        lanes.of[i] = i < count ? sum_of(row + i) : hn::Zero(kFloat);
      }
      HWY_ALIGN float sums[kLanes];
      hn::Store(lanes.sums(), kFloat, sums);
      for (std::size_t i = 0; i < count; ++i) body(row + i, sums[i]);
    }
  });
}

inline void update_biases(const BiasArgs& args, std::size_t first_row, std::size_t last_row) {
  for_each_row_sum(args.output_gradient, args.ld, args.format, first_row, last_row,
                   [&](std::size_t row, float sum) {
                     const float gradient = sum * args.sgd.gradient_scale;
                     float& momentum = args.momentum[row];
                     momentum = args.sgd.momentum * momentum - args.sgd.learning_rate * gradient;
                     args.biases[row] += momentum;
                   });
}

inline void sum_rows(const float* rows, std::uint32_t ld, RowFormat format, float* sums,
                     std::size_t first_row, std::size_t last_row) {
  for_each_row_sum(rows, ld, format, first_row, last_row,
                   [&](std::size_t row, float sum) { sums[row] = sum; });
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
