// Backward pass: one walk over a layer's columns makes dX, dW and, where it is fused, sgd's update
// together, so each row of dY is loaded once. A fused pass has no dW in memory, except between the
// tiles of a batch that is too wide for the registers.
#if defined(REGROW_CPU_BACKWARD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_BACKWARD_INL_H_
#undef REGROW_CPU_BACKWARD_INL_H_
#else
#define REGROW_CPU_BACKWARD_INL_H_
#endif

#include "cpu/activation-inl.h"
#include "cpu/weight_gradient-inl.h"

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {

// kInput: also dX. begins/ends: this tile is the first/last of the batch. Rows, GradientRows: the
// formats of X and dX, and of dY.
template <typename Rows, typename GradientRows, std::size_t kWidth, bool kInput, typename Index>
HWY_INLINE void backward_tile(const BackwardArgs& args, const Index* rows, std::size_t first_column,
                              std::size_t last_column, std::size_t first, bool begins, bool ends) {
  const bool updates = ends && args.sgd != nullptr;
  const bool dense = args.column_begin == nullptr;
  const std::size_t stride = row_words(Rows::kFormat, args.ld);
  const std::size_t gradient_stride = row_words(GradientRows::kFormat, args.ld);
  const float* const output_gradient = args.output_gradient + GradientRows::offset(first);
  const auto begin_of = [&](std::size_t column) -> std::size_t {
    return dense ? column * args.outputs : args.column_begin[column];
  };
  // The dots of connections that follow each other, whatever columns they belong to: no column
  // leaves a rest.
  LaneSums ring;
  for (Floats& each : ring.of) each = hn::Zero(kFloat);
  std::size_t k = begin_of(first_column), ring_begin = k;
  const auto empty_ring = [&](std::size_t count) REGROW_INLINE_LAMBDA {
    Floats gradient = ring.sums();
    float* const partial = args.gradient + ring_begin;
    if (!begins) gradient = hn::Add(load_first(count, partial), gradient);
    if (updates) {
      update_first(*args.sgd, gradient, count, args.weights + ring_begin,
                   args.momentum + ring_begin);
    } else {
      store_first(gradient, count, partial);
    }
    ring_begin += count;
  };
  for (std::size_t column = first_column; column < last_column; ++column) {
    const std::size_t end = begin_of(column + 1);
    const std::size_t shift = dense ? k : 0;  // a dense layer's columns all have the same rows
    Floats x[kWidth], dx[kWidth];
    Rows::template for_each<kWidth>(args.input + column * stride + Rows::offset(first),
                                    [&](std::size_t i, Floats value)
                                        REGROW_INLINE_LAMBDA { x[i] = value; });
    for (std::size_t i = 0; i < kWidth; ++i) dx[i] = hn::Zero(kFloat);
    for (; k < end; ++k) {
      if (!dense) {
        prefetch_lines<GradientRows::template lines<kWidth>()>(
            output_gradient + std::size_t{rows[k + kAhead]} * gradient_stride);
      }
      const Floats weight = hn::Set(kFloat, kInput ? args.weights[k] : 0.0F);
      Floats dot;
      GradientRows::template for_each<kWidth>(
          output_gradient + std::size_t{rows[k - shift]} * gradient_stride,
          [&](std::size_t i, Floats loaded) REGROW_INLINE_LAMBDA {
            const Floats dy = loaded_once(loaded);
            dot = i == 0 ? hn::Mul(dy, x[0]) : hn::MulAdd(dy, x[i], dot);
            if constexpr (kInput) dx[i] = hn::MulAdd(weight, dy, dx[i]);
          });
      ring.of[k - ring_begin] = dot;
      if (k - ring_begin == kLanes - 1) empty_ring(kLanes);
    }
    if constexpr (kInput) {
      store_gradient<Rows>(args.activation, column, first, dx, args.input, args.input_gradient,
                           args.ld);
    }
  }
  if (k > ring_begin) empty_ring(k - ring_begin);
}

template <typename Rows, typename GradientRows, typename Index>
HWY_INLINE void backward_columns(const BackwardArgs& args, const Index* rows,
                                 std::size_t first_column, std::size_t last_column) {
  const std::size_t vectors = args.ld / kLanes;
  for_each_tile(args.ld, [&](std::size_t first, auto width) {
    const bool begins = first == 0;
    const bool ends = first + width == vectors;
    if (args.input_gradient != nullptr) {
      backward_tile<Rows, GradientRows, width, true>(args, rows, first_column, last_column, first,
                                                     begins, ends);
    } else {
      backward_tile<Rows, GradientRows, width, false>(args, rows, first_column, last_column, first,
                                                      begins, ends);
    }
  });
}

inline void backward(const BackwardArgs& args, std::size_t first_column, std::size_t last_column) {
  with_indices(args.rows, [&](const auto* rows) {
    if (args.format == RowFormat::kFloats) {
      backward_columns<FloatRows, FloatRows>(args, rows, first_column, last_column);
    } else if (args.gradient_format == RowFormat::kFloats) {
      backward_columns<PackedRows, FloatRows>(args, rows, first_column, last_column);
    } else {
      backward_columns<PackedRows, PackedRows>(args, rows, first_column, last_column);
    }
  });
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
