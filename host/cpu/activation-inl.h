// Activations with inverted dropout, and their derivatives, on vectors.
#if defined(REGROW_CPU_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_ACTIVATION_INL_H_
#undef REGROW_CPU_ACTIVATION_INL_H_
#else
#define REGROW_CPU_ACTIVATION_INL_H_
#endif

#include "cpu/number-inl.h"
#include "cpu/rows-inl.h"
#include "regrow/step/dropout.h"

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {

// The dropout words of `feature` for the 4·kLanes samples from position 4·kLanes·group on, in the
// order of the batch: vector i holds positions kLanes·i + 0, 1, 2, …. Two vectors take one set of
// blocks, and where they are not used, nothing is computed for them: a block serves 4 neighbouring
// positions, which are a 128-bit block of the first vector for every block in an even place of the
// set, of the second for every other.
HWY_INLINE void dropout_words(const Activation& activation, std::uint32_t feature,
                              std::size_t group, Uints (&words)[4]) {
  const WideTag wide;
  constexpr auto kBlocks = static_cast<std::uint32_t>(kLanes / 4);  // of a vector
  const Uints lane = hn::Iota(kUint, 0);
  const Uints is_odd = hn::And(hn::ShiftRight<1>(lane), hn::Set(kUint, 1));
  const Uints in_pair = hn::Add(hn::ShiftRight<2>(lane), hn::Mul(is_odd, hn::Set(kUint, kBlocks)));
  const auto beside = [&](Uints first, Uints second) {  // a word in each half of 64 bits
    return hn::BitCast(wide, hn::OddEven(hn::DupEven(second), first));
  };
  for (std::size_t pair = 0; pair < 2; ++pair) {
    const auto first = static_cast<std::uint32_t>(group * kLanes + pair * kLanes / 2);
    const PhiloxBlocks random =
        philox_blocks(feature, hn::Add(in_pair, hn::Set(kUint, first)),
                      static_cast<std::uint32_t>(Purpose::kDropout) << 24 | activation.layer,
                      activation.step, activation.keys);
    const auto lower = beside(random.word[0], random.word[1]);
    const auto upper = beside(random.word[2], random.word[3]);
    words[2 * pair] = hn::BitCast(kUint, hn::InterleaveLower(wide, lower, upper));
    words[2 * pair + 1] = hn::BitCast(kUint, hn::InterleaveUpper(wide, lower, upper));
  }
}

HWY_INLINE Floats leaky(Floats value, Floats slope) {
  return hn::Max(value, hn::Mul(value, slope));
}

// What dropout does to a vector of activations, given its random words.
struct Dropout {
  Floats scale;
  hn::Vec<IntTag> threshold;

  HWY_INLINE explicit Dropout(const Activation& activation)
      : scale(hn::Set(kFloat, activation.scale)),
        threshold(hn::Set(kInt, static_cast<std::int32_t>(activation.threshold))) {}

  HWY_INLINE Floats operator()(Uints words, Floats activated) const {
    const auto bits = hn::BitCast(kInt, hn::ShiftRight<8>(words));
    const auto drop = hn::RebindMask(kFloat, hn::Lt(bits, threshold));
    // Adding +0 turns a kept −0 into +0: only dropped activations are −0.
    const Floats kept = hn::MulAdd(activated, scale, hn::Zero(kFloat));
    return hn::IfThenElse(drop, hn::Set(kFloat, -0.0F), kept);
  }
};

HWY_INLINE hn::Mask<FloatTag> is_dropped(Floats activated) {
  return hn::RebindMask(kFloat,
                        hn::Eq(hn::BitCast(kUint, activated), hn::Set(kUint, step::kDroppedBits)));
}

// Activates a tile of kWidth vectors of row `feature`, beginning at vector `first`, and stores it.
template <typename Rows, std::size_t kWidth>
HWY_INLINE void store_activated(const Activation& activation, std::uint32_t feature,
                                std::size_t first, const Floats (&values)[kWidth], float* at) {
  const Floats slope = hn::Set(kFloat, activation.slope);
  Floats activated[kWidth];
  for (std::size_t i = 0; i < kWidth; ++i) activated[i] = leaky(values[i], slope);
  if (activation.drops) {
    const Dropout dropout(activation);
    for (std::size_t i = 0; i < kWidth; i += kTileStep) {
      Uints words[kTileStep];
      dropout_words(activation, feature, (first + i) / kTileStep, words);
      for (std::size_t j = 0; j < kTileStep && i + j < kWidth; ++j) {
        activated[i + j] = dropout(words[j], activated[i + j]);
      }
    }
  }
  Rows::store(activated, at);
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
  return hn::IfThenZeroElse(is_dropped(activated), product);
}

inline step::SRelu<Number> srelu_of_row(const Activation& activation, std::size_t row) {
  const auto& of = activation.parameters;
  return {Number(of[0][row]), Number(of[1][row]), Number(of[2][row]), Number(of[3][row])};
}

// Calls body(f) with the formula of one row as a function of pre-activations.
template <typename Body>
HWY_INLINE void with_formula(const Activation& activation, std::size_t row, const Body& body) {
  switch (activation.form) {
    case step::ActivationForm::kSloped: {
      const Number slope(activation.slope);
      return body([slope](Number z) { return formulas::sloped(slope, z); });
    }
    case step::ActivationForm::kSRelu: {
      const step::SRelu<Number> of = srelu_of_row(activation, row);
      return body([of](Number z) { return formulas::srelu(of, z); });
    }
    case step::ActivationForm::kGelu:
      return body([](Number z) { return formulas::gelu(z); });
  }
}

// A tile's samples as floats in memory, for what is done to them out of line.
struct TileFloats {
  HWY_ALIGN float samples[kMaxTile * kLanes];
};

// Activates vectors [first, first + width) of a row's pre-activations; `first` is a multiple of
// kTileStep.
HWY_NOINLINE inline void activate_tile(const Activation& activation, std::size_t row,
                                       std::uint32_t ld, std::size_t first, std::size_t width,
                                       TileFloats& activated) {
  const float* const z = activation.pre_activations + row * ld + first * kLanes;
  const Dropout dropout(activation);
  with_formula(activation, row, [&](const auto& formula) {
    for (std::size_t i = 0; i < width; i += kTileStep) {
      Uints words[kTileStep];
      if (activation.drops) {
        dropout_words(activation, static_cast<std::uint32_t>(row), (first + i) / kTileStep, words);
      }
      for (std::size_t j = i; j < std::min(i + kTileStep, width); ++j) {
        Floats value = formula(Number(hn::Load(kFloat, z + j * kLanes))).lanes;
        if (activation.drops) value = dropout(words[j - i], value);
        hn::Store(value, kFloat, activated.samples + j * kLanes);
      }
    }
  });
}

// Ends a tile of a row's sums: activates them, by way of memory where the backward pass needs them.
// output: Y's rows.
template <typename Rows, std::size_t kWidth>
HWY_INLINE void finish_tile(const Activation& activation, std::size_t row, std::size_t first,
                            const Floats (&sums)[kWidth], float* output, std::uint32_t ld) {
  float* const at = output + row * row_words(Rows::kFormat, ld) + Rows::offset(first);
  if (activation.pre_activations == nullptr) {
    store_activated<Rows>(activation, static_cast<std::uint32_t>(row), first, sums, at);
    return;
  }
  FloatRows::store(sums, activation.pre_activations + row * ld + first * kLanes);
  TileFloats tile;
  activate_tile(activation, row, ld, first, kWidth, tile);
  Floats activated[kWidth];
  FloatRows::load(tile.samples, activated);
  Rows::store(activated, at);
}

// gradient[b] · f'(z[b]) and dropout's factor for a tile; `each` takes z and the gradient by f(z),
// and returns that by z.
template <typename Each>
HWY_INLINE void for_tile_gradient(const Activation& activation, const float* z, std::size_t width,
                                  const TileFloats& activated, TileFloats& gradient,
                                  const Each& each) {
  const Floats scale = hn::Set(kFloat, activation.scale);
  for (std::size_t i = 0; i < width * kLanes; i += kLanes) {
    Floats by_value = hn::Load(kFloat, gradient.samples + i);
    if (activation.drops) {
      by_value = hn::IfThenZeroElse(is_dropped(hn::Load(kFloat, activated.samples + i)),
                                    hn::Mul(by_value, scale));
    }
    hn::Store(each(Number(hn::Load(kFloat, z + i)), Number(by_value)).lanes, kFloat,
              gradient.samples + i);
  }
}

// From the gradient of a tile of row `row`'s activations to that of its pre-activations, in place;
// of an SReLU also the gradients of what the row has learned, added up over the tiles. Where the
// gradient is 0, as in the padding, nothing is added to them.
HWY_NOINLINE inline void multiply_tile(const Activation& activation, std::size_t row,
                                       std::uint32_t ld, std::size_t first, std::size_t width,
                                       const TileFloats& activated, TileFloats& gradient) {
  const float* const z = activation.pre_activations + row * ld + first * kLanes;
  const auto for_each = [&](const auto& each) {
    for_tile_gradient(activation, z, width, activated, gradient, each);
  };
  switch (activation.form) {
    case step::ActivationForm::kSloped: {
      const Number slope(activation.slope);
      for_each([&](Number at, Number by_value) {
        return by_value * formulas::sloped_derivative(slope, at);
      });
      return;
    }
    case step::ActivationForm::kGelu:
      for_each(
          [&](Number at, Number by_value) { return by_value * formulas::gelu_derivative(at); });
      return;
    case step::ActivationForm::kSRelu:
      break;
  }
  const step::SRelu<Number> of = srelu_of_row(activation, row);
  Number t_left(0.0F), a_left(0.0F), t_right(0.0F), a_right(0.0F);
  for_each([&](Number at, Number by_value) {
    const step::SRelu<Number> by = formulas::srelu_parameter_derivatives(of, at);
    t_left = multiply_add(by.t_left, by_value, t_left);
    a_left = multiply_add(by.a_left, by_value, a_left);
    t_right = multiply_add(by.t_right, by_value, t_right);
    a_right = multiply_add(by.a_right, by_value, a_right);
    return by_value * formulas::srelu_derivative(of, at);
  });
  const Number sums[] = {t_left, a_left, t_right, a_right};
  for (std::size_t i = 0; i < kSReluParameters; ++i) {
    float& total = activation.parameter_gradients[i][row];
    const float sum = hn::GetLane(hn::SumOfLanes(kFloat, sums[i].lanes));
    total = first == 0 ? sum : total + sum;
  }
}

// Stores a tile of dX: the gradient of row `row`'s activations times their derivative.
// activations: X, whose row may be where the result goes.
template <typename Rows, std::size_t kWidth>
HWY_INLINE void store_gradient(const Activation& activation, std::size_t row, std::size_t first,
                               const Floats (&gradient)[kWidth], const float* activations,
                               float* gradients, std::uint32_t ld) {
  const std::size_t offset = row * row_words(Rows::kFormat, ld) + Rows::offset(first);
  Floats activated[kWidth], product[kWidth];
  Rows::load(activations + offset, activated);
  if (activation.pre_activations == nullptr) {
    for (std::size_t i = 0; i < kWidth; ++i) {
      product[i] = times_derivative(activation, gradient[i], activated[i]);
    }
  } else {
    TileFloats activated_floats, gradient_floats;
    FloatRows::store(activated, activated_floats.samples);
    FloatRows::store(gradient, gradient_floats.samples);
    multiply_tile(activation, row, ld, first, kWidth, activated_floats, gradient_floats);
    FloatRows::load(gradient_floats.samples, product);
  }
  Rows::store(product, gradients + offset);
}

inline void activate(float* products, const float* biases, float* output, std::uint32_t ld,
                     const Activation& activation, std::size_t first_row, std::size_t last_row) {
  for (std::size_t row = first_row; row < last_row; ++row) {
    const Floats bias = hn::Set(kFloat, biases[row]);
    for_each_tile(ld, [&](std::size_t first, auto width) {
      Floats tile[width];
      FloatRows::load(products + row * ld + first * kLanes, tile);
      for (std::size_t i = 0; i < width; ++i) tile[i] = hn::Add(tile[i], bias);
      finish_tile<FloatRows>(activation, row, first, tile, output, ld);
    });
  }
}

inline void multiply_derivative(float* gradient, const float* activations, std::uint32_t ld,
                                const Activation& activation, std::size_t first_row,
                                std::size_t last_row) {
  for (std::size_t row = first_row; row < last_row; ++row) {
    for_each_tile(ld, [&](std::size_t first, auto width) {
      Floats tile[width];
      FloatRows::load(gradient + row * ld + first * kLanes, tile);
      store_gradient<FloatRows>(activation, row, first, tile, activations, gradient, ld);
    });
  }
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
