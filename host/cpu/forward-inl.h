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

template <typename Rows, std::size_t kWidth, typename Index>
HWY_INLINE void forward_tile(const ForwardArgs& args, const Index* columns, std::size_t first_row,
                             std::size_t last_row, std::size_t first) {
  const std::size_t stride = row_words(Rows::kFormat, args.ld);
  const float* input = args.input + Rows::offset(first);
  for (std::size_t row = first_row; row < last_row; ++row) {
    Floats sum[kWidth];
    for (std::size_t i = 0; i < kWidth; ++i) sum[i] = hn::Set(kFloat, args.biases[row]);
    const std::uint32_t end = args.row_begin[row + 1];
    for (std::uint32_t k = args.row_begin[row]; k < end; ++k) {
      prefetch_lines<Rows::template lines<kWidth>()>(input +
                                                     std::size_t{columns[k + kAhead]} * stride);
      __builtin_prefetch(args.weights + args.position[k + kAhead]);
      const Floats weight = hn::Set(kFloat, args.weights[args.position[k]]);
      Rows::template for_each<kWidth>(input + std::size_t{columns[k]} * stride,
                                      [&](std::size_t i, Floats x) REGROW_INLINE_LAMBDA {
                                        sum[i] = hn::MulAdd(weight, x, sum[i]);
                                      });
    }
    finish_tile<Rows>(args.activation, row, first, sum, args.output, args.ld);
  }
}

inline void forward(const ForwardArgs& args, std::size_t first_row, std::size_t last_row) {
  with_rows(args.format, [&](auto rows) {
    with_indices(args.columns, [&](const auto* columns) {
      for_each_tile(args.ld, [&](std::size_t first, auto width) {
        forward_tile<decltype(rows), width>(args, columns, first_row, last_row, first);
      });
    });
  });
}

// The partial sums of kOutputs outputs for kVectors vectors of the batch.
template <typename Rows, std::size_t kVectors, std::size_t kOutputs>
HWY_INLINE void dense_forward_group(const DenseForwardArgs& args, std::size_t first_vector,
                                    std::size_t first, std::size_t last, std::size_t first_output) {
  const std::size_t stride = row_words(Rows::kFormat, args.ld);
  const float* const input = args.input + Rows::offset(first_vector);
  Floats sum[kOutputs][kVectors];
  for (auto& of_output : sum) {
    for (Floats& each : of_output) each = hn::Zero(kFloat);
  }
  for (std::size_t feature = first; feature < last; ++feature) {
    const float* weights = args.weights + feature * args.outputs + first_output;
    Rows::template for_each<kVectors>(
        input + feature * stride, [&](std::size_t i, Floats x) REGROW_INLINE_LAMBDA {
          for (std::size_t o = 0; o < kOutputs; ++o) {
            sum[o][i] = hn::MulAdd(hn::Set(kFloat, weights[o]), x, sum[o][i]);
          }
        });
  }
  for (std::size_t o = 0; o < kOutputs; ++o) {
    FloatRows::store(sum[o], args.partial + (first_output + o) * args.ld + first_vector * kLanes);
  }
}

template <typename Rows, std::size_t kVectors>
HWY_INLINE void dense_forward_vectors(const DenseForwardArgs& args, std::size_t first_vector,
                                      std::size_t first, std::size_t last) {
  // So many sums fit into registers beside what is multiplied.
  constexpr std::size_t kSums = kLanes == kBatchPadding ? 20 : 12;
  constexpr std::size_t kMany = std::min<std::size_t>(10, kSums / kVectors);
  constexpr std::size_t kFew = std::min<std::size_t>(4, kMany);
  std::size_t output = 0;
  for (; output + kMany <= args.outputs; output += kMany) {
    dense_forward_group<Rows, kVectors, kMany>(args, first_vector, first, last, output);
  }
  for (; output + kFew <= args.outputs; output += kFew) {
    dense_forward_group<Rows, kVectors, kFew>(args, first_vector, first, last, output);
  }
  for (; output < args.outputs; ++output) {
    dense_forward_group<Rows, kVectors, 1>(args, first_vector, first, last, output);
  }
}

inline void dense_forward(const DenseForwardArgs& args, std::size_t first, std::size_t last) {
  const std::size_t vectors = args.ld / kLanes;
  if (args.format == RowFormat::kFloats) {
    for (std::size_t at = 0; at < vectors; ++at) {
      dense_forward_vectors<FloatRows, 1>(args, at, first, last);
    }
    return;
  }
  std::size_t at = 0;
  for (; at + 2 * kLineVectors <= vectors; at += 2 * kLineVectors) {
    dense_forward_vectors<PackedRows, 2 * kLineVectors>(args, at, first, last);
  }
  if (at < vectors) dense_forward_vectors<PackedRows, kLineVectors>(args, at, first, last);
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
