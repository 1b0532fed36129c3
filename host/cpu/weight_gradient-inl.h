// The gradients of weights and biases, and what becomes of them where a step is fused: sums over
// the batch that the backward pass has in registers, updated by sgd or stored.
#if defined(REGROW_CPU_WEIGHT_GRADIENT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_WEIGHT_GRADIENT_INL_H_
#undef REGROW_CPU_WEIGHT_GRADIENT_INL_H_
#else
#define REGROW_CPU_WEIGHT_GRADIENT_INL_H_
#endif

#include "cpu/vector-inl.h"

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

HWY_INLINE float sum_of_row(const float* row, std::uint32_t ld) {
  Floats sum = hn::Load(kFloat, row);
  for (std::size_t lane = kLanes; lane < ld; lane += kLanes) {
    sum = hn::Add(sum, hn::Load(kFloat, row + lane));
  }
  return hn::GetLane(hn::SumOfLanes(kFloat, sum));
}

inline void update_biases(const BiasArgs& args, std::size_t first_row, std::size_t last_row) {
  for (std::size_t row = first_row; row < last_row; ++row) {
    const float sum = sum_of_row(args.output_gradient + row * args.ld, args.ld);
    const float gradient = sum * args.sgd.gradient_scale;
    args.momentum[row] = args.sgd.momentum * args.momentum[row] - args.sgd.learning_rate * gradient;
    args.biases[row] += args.momentum[row];
  }
}

inline void sum_rows(const float* rows, std::uint32_t ld, float* sums, std::size_t first_row,
                     std::size_t last_row) {
  for (std::size_t row = first_row; row < last_row; ++row) {
    sums[row] = sum_of_row(rows + row * ld, ld);
  }
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
