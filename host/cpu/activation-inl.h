// LeakyReLU with inverted dropout, and its derivative, on vectors.
#if defined(REGROW_CPU_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_ACTIVATION_INL_H_
#undef REGROW_CPU_ACTIVATION_INL_H_
#else
#define REGROW_CPU_ACTIVATION_INL_H_
#endif

#include "cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {

// The dropout words of `feature` for the 4·kLanes samples from position 4·kLanes·group on, in the
// order of the batch: vector i holds positions kLanes·i + 0, 1, 2, …. A block serves 4 neighbouring
// positions, so block (kLanes/4)·i + j goes to lane i of 128-bit block j, and a transposition
// inside the blocks puts the words side by side.
HWY_INLINE void dropout_words(const Activation& activation, std::uint32_t feature,
                              std::size_t group, Uints (&words)[4]) {
  const Uints lane = hn::Iota(kUint, 0);
  const Uints block_of_lane =
      hn::Add(hn::Mul(hn::And(lane, hn::Set(kUint, 3)),
                      hn::Set(kUint, static_cast<std::uint32_t>(kLanes / 4))),
              hn::ShiftRight<2>(lane));
  const Uints block =
      hn::Add(block_of_lane, hn::Set(kUint, static_cast<std::uint32_t>(group * kLanes)));
  const PhiloxVectors random = philox_vectors(
      feature, block, static_cast<std::uint32_t>(Purpose::kDropout) << 24 | activation.layer,
      activation.step, activation.seed);
  for (int i = 0; i < 4; ++i) words[i] = random.word[i];
  transpose_blocks(words);
}

HWY_INLINE Floats leaky(Floats value, Floats slope) {
  return hn::Max(value, hn::Mul(value, slope));
}

// Activates and stores a tile of kWidth vectors of row `feature`, beginning at vector `first`.
template <std::size_t kWidth>
HWY_INLINE void store_activated(const Activation& activation, std::uint32_t feature,
                                std::size_t first, const Floats (&values)[kWidth], float* row) {
  const Floats slope = hn::Set(kFloat, activation.slope);
  if (!activation.drops) {
    for (std::size_t i = 0; i < kWidth; ++i) {
      hn::Store(leaky(values[i], slope), kFloat, row + (first + i) * kLanes);
    }
    return;
  }
  const Floats scale = hn::Set(kFloat, activation.scale);
  const auto threshold = hn::Set(kInt, static_cast<std::int32_t>(activation.threshold));
  const Floats dropped = hn::Set(kFloat, -0.0F);
  for (std::size_t i = 0; i < kWidth; i += kTileStep) {
    Uints words[4];
    dropout_words(activation, feature, (first + i) / kTileStep, words);
    for (std::size_t j = 0; j < kTileStep && i + j < kWidth; ++j) {
      const auto bits = hn::BitCast(kInt, hn::ShiftRight<8>(words[j]));
      const auto drop = hn::RebindMask(kFloat, hn::Lt(bits, threshold));
      // Adding +0 turns a kept −0 into +0: only dropped activations are −0.
      const Floats kept = hn::MulAdd(leaky(values[i + j], slope), scale, hn::Zero(kFloat));
      hn::Store(hn::IfThenElse(drop, dropped, kept), kFloat, row + (first + i + j) * kLanes);
    }
  }
}

// gradient · act'(the pre-activation that became `activated`).
HWY_INLINE Floats times_derivative(const Activation& activation, Floats gradient,
                                   Floats activated) {
  const auto positive = hn::Gt(activated, hn::Zero(kFloat));
  const Floats steep = hn::Set(kFloat, activation.drops ? activation.scale : 1.0F);
  const Floats flat =
      hn::Set(kFloat, activation.drops ? activation.scale * activation.slope : activation.slope);
  const Floats product = hn::Mul(gradient, hn::IfThenElse(positive, steep, flat));
  if (!activation.drops) return product;
  const auto dropped =
      hn::RebindMask(kFloat, hn::Eq(hn::BitCast(kUint, activated), hn::Set(kUint, 0x80000000U)));
  return hn::IfThenZeroElse(dropped, product);
}

inline void activate(float* values, const float* biases, std::uint32_t ld,
                     const Activation& activation, std::size_t first_row, std::size_t last_row) {
  for (std::size_t row = first_row; row < last_row; ++row) {
    float* y = values + row * ld;
    const Floats bias = hn::Set(kFloat, biases[row]);
    for_each_tile(1, ld, [&](std::size_t first, auto width) {
      Floats tile[width];
      for (std::size_t i = 0; i < width; ++i) {
        tile[i] = hn::Add(hn::Load(kFloat, y + (first + i) * kLanes), bias);
      }
      store_activated<width>(activation, static_cast<std::uint32_t>(row), first, tile, y);
    });
  }
}

inline void multiply_derivative(float* gradient, const float* activations, std::uint32_t ld,
                                const Activation& activation, std::size_t first_row,
                                std::size_t last_row) {
  for (std::size_t i = first_row * ld; i < last_row * ld; i += kLanes) {
    hn::Store(times_derivative(activation, hn::Load(kFloat, gradient + i),
                               hn::Load(kFloat, activations + i)),
              kFloat, gradient + i);
  }
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
