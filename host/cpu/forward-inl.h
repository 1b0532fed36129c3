// Forward pass: a CSR row times the activations, the sums in registers for the whole row, with
// bias, activation and dropout at its end; and the dense output layer in chunks of features.
#if defined(REGROW_CPU_FORWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_FORWARD_INL_H_
#undef REGROW_CPU_FORWARD_INL_H_
#else
#define REGROW_CPU_FORWARD_INL_H_
#endif

#include "cpu/activation-inl.h"

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {

template <std::size_t kWidth, typename Index>
HWY_INLINE void forward_tile(const ForwardArgs& args, const Index* columns, std::size_t first_row,
                             std::size_t last_row, std::size_t first) {
  const float* input = args.input + first * kLanes;
  for (std::size_t row = first_row; row < last_row; ++row) {
    Floats sum[kWidth];
    for (std::size_t i = 0; i < kWidth; ++i) sum[i] = hn::Set(kFloat, args.biases[row]);
    const std::uint32_t end = args.row_begin[row + 1];
    for (std::uint32_t k = args.row_begin[row]; k < end; ++k) {
      const Floats weight = hn::Set(kFloat, args.weights[args.position[k]]);
      const float* x = input + std::size_t{columns[k]} * args.ld;
      for (std::size_t i = 0; i < kWidth; ++i) {
        sum[i] = hn::MulAdd(weight, hn::Load(kFloat, x + i * kLanes), sum[i]);
      }
    }
    finish_tile<kWidth>(args.activation, row, first, sum, args.output, args.ld);
  }
}

inline void forward(const ForwardArgs& args, std::size_t first_row, std::size_t last_row) {
  with_indices(args.columns, [&](const auto* columns) {
    for_each_tile(args.inputs, args.ld, [&](std::size_t first, auto width) {
      forward_tile<width>(args, columns, first_row, last_row, first);
    });
  });
}

template <std::size_t kOutputs>
HWY_INLINE void dense_forward_group(const DenseForwardArgs& args, std::size_t first,
                                    std::size_t last, std::size_t first_output) {
  for (std::size_t lane = 0; lane < args.ld; lane += kLanes) {
    Floats sum[kOutputs];
    for (std::size_t o = 0; o < kOutputs; ++o) sum[o] = hn::Zero(kFloat);
    for (std::size_t feature = first; feature < last; ++feature) {
      const Floats x = hn::Load(kFloat, args.input + feature * args.ld + lane);
      const float* weights = args.weights + feature * args.outputs + first_output;
      for (std::size_t o = 0; o < kOutputs; ++o) {
        sum[o] = hn::MulAdd(hn::Set(kFloat, weights[o]), x, sum[o]);
      }
    }
    for (std::size_t o = 0; o < kOutputs; ++o) {
      hn::Store(sum[o], kFloat, args.partial + (first_output + o) * args.ld + lane);
    }
  }
}

inline void dense_forward(const DenseForwardArgs& args, std::size_t first, std::size_t last) {
  std::size_t output = 0;
  for (; output + 10 <= args.outputs; output += 10) {
    dense_forward_group<10>(args, first, last, output);
  }
  for (; output + 4 <= args.outputs; output += 4) {
    dense_forward_group<4>(args, first, last, output);
  }
  for (; output < args.outputs; ++output) dense_forward_group<1>(args, first, last, output);
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
