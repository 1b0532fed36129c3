// Backward pass: one walk over a layer's columns makes dX, dW and, where it is fused, sgd's update
// together, so each row of dY is loaded once. A fused pass has no dW in memory, except between the
// tiles of a batch that is too wide for the cache.
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

// kInput: also dX. begins/ends: this tile is the first/last of the batch. `rest`: of X, where its
// derivative takes more than the activation that args has; then dX is multiplied by it row by row,
// while it is in the cache.
template <std::size_t kWidth, bool kInput, typename Index>
HWY_INLINE void backward_tile(const BackwardArgs& args, const Index* all_rows,
                              std::size_t first_column, std::size_t last_column, std::size_t first,
                              bool begins, bool ends, const Activation* rest) {
  const bool updates = ends && args.sgd != nullptr;
  const std::size_t offset = first * kLanes;
  const float* output_gradient = args.output_gradient + offset;
  for (std::size_t column = first_column; column < last_column; ++column) {
    const bool dense = args.column_begin == nullptr;
    const std::size_t begin = dense ? column * args.outputs : args.column_begin[column];
    const std::size_t count = dense ? args.outputs : args.column_begin[column + 1] - begin;
    const Index* rows = all_rows + (dense ? 0 : begin);

    Floats x[kWidth], dx[kWidth];
    const float* input = args.input + column * args.ld + offset;
    for (std::size_t i = 0; i < kWidth; ++i) {
      x[i] = hn::Load(kFloat, input + i * kLanes);
      if constexpr (kInput) dx[i] = hn::Zero(kFloat);
    }
    for (std::size_t k = 0; k < count; k += kLanes) {
      const std::size_t chunk = std::min(kLanes, count - k);
      Floats fours[kLanes / 4];
      for (std::size_t four = 0; four < kLanes / 4; ++four) {
        if (4 * four >= chunk) {
          fours[four] = hn::Zero(kFloat);
          continue;
        }
        Floats dots[4];
        for (std::size_t h = 0; h < 4; ++h) {
          // Beyond the column's end an index of the next column or of the padding is read: a valid
          // row, whose dot is not stored and whose weight counts as 0.
          const std::size_t entry = k + 4 * four + h;
          const float* dy = output_gradient + std::size_t{rows[entry]} * args.ld;
          Floats weight;
          if constexpr (kInput) {
            weight = hn::Set(kFloat, entry < count ? args.weights[begin + entry] : 0.0F);
          }
          Floats value = hn::Load(kFloat, dy);
          Floats dot = hn::Mul(value, x[0]);
          if constexpr (kInput) dx[0] = hn::MulAdd(weight, value, dx[0]);
          for (std::size_t i = 1; i < kWidth; ++i) {
            value = hn::Load(kFloat, dy + i * kLanes);
            dot = hn::MulAdd(value, x[i], dot);
            if constexpr (kInput) dx[i] = hn::MulAdd(weight, value, dx[i]);
          }
          dots[h] = dot;
        }
        fours[four] = sum_four(dots[0], dots[1], dots[2], dots[3]);
      }
      Floats gradient = sum_each(fours);
      float* partial = args.gradient + begin + k;
      if (!begins) gradient = hn::Add(load_first(chunk, partial), gradient);
      if (updates) {
        update_first(*args.sgd, gradient, chunk, args.weights + begin + k,
                     args.momentum + begin + k);
      } else {
        store_first(gradient, chunk, partial);
      }
    }
    if constexpr (kInput) {
      float* to = args.input_gradient + column * args.ld + offset;
      for (std::size_t i = 0; i < kWidth; ++i) {
        hn::Store(times_derivative(args.activation, dx[i], x[i]), kFloat, to + i * kLanes);
      }
      if (ends && rest != nullptr) {
        multiply_row(*rest, column, args.input_gradient + column * args.ld,
                     args.input + column * args.ld, args.ld);
      }
    }
  }
}

inline void backward_columns(const BackwardArgs& args, std::size_t first_column,
                             std::size_t last_column, const Activation* rest) {
  const std::size_t vectors = args.ld / kLanes;
  with_indices(args.rows, [&](const auto* rows) {
    for_each_tile(args.outputs, args.ld, [&](std::size_t first, auto width) {
      const bool begins = first == 0;
      const bool ends = first + width == vectors;
      if (args.input_gradient != nullptr) {
        backward_tile<width, true>(args, rows, first_column, last_column, first, begins, ends,
                                   rest);
      } else {
        backward_tile<width, false>(args, rows, first_column, last_column, first, begins, ends,
                                    rest);
      }
    });
  });
}

inline void backward(const BackwardArgs& args, std::size_t first_column, std::size_t last_column) {
  if (args.activation.pre_activations == nullptr) {
    backward_columns(args, first_column, last_column, nullptr);
    return;
  }
  BackwardArgs plain = args;
  plain.activation = {};
  plain.activation.slope = 1;  // dX as it is
  backward_columns(plain, first_column, last_column, &args.activation);
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
