// From the values of one sample to standardised, perhaps resampled, network inputs.
#if defined(REGROW_CPU_LOAD_BATCH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_LOAD_BATCH_INL_H_
#undef REGROW_CPU_LOAD_BATCH_INL_H_
#else
#define REGROW_CPU_LOAD_BATCH_INL_H_
#endif

#include <cmath>
#include <type_traits>

#include "cpu/number-inl.h"

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {

HWY_INLINE Floats load_values(const std::uint8_t* from) {
  const hn::Rebind<std::uint8_t, FloatTag> bytes;
  return hn::ConvertTo(kFloat, hn::PromoteTo(kInt, hn::LoadU(bytes, from)));
}
HWY_INLINE Floats load_values(const float* from) { return hn::LoadU(kFloat, from); }

// `get`: what an array of laws has for the value's features.
template <typename Value, typename Get>
HWY_INLINE Floats standardised(Floats value, const FeatureLaws& laws, const Get& get) {
  if constexpr (std::is_same_v<Value, std::uint8_t>) {
    return hn::MulAdd(value, get(laws.scale), get(laws.shift));
  } else {
    return formulas::standardised(Number(value), Number(get(laws.unit)), Number(get(laws.offset)),
                                  Number(get(laws.scale)), Number(get(laws.shift)))
        .lanes;
  }
}

// The laws of the features from `first` on, of values of this type.
template <typename Value>
HWY_INLINE FeatureLaws laws_from(const FeatureLaws& all, std::size_t first) {
  if constexpr (std::is_same_v<Value, std::uint8_t>) {
    return {all.scale + first, all.shift + first, nullptr, nullptr};
  } else {
    return {all.scale + first, all.shift + first, all.unit + first, all.offset + first};
  }
}

// to[i], of the values and laws first + i
template <typename Value>
HWY_INLINE void standardise_values(const Value* values, const FeatureLaws& all, std::size_t first,
                                   std::size_t count, float* to) {
  const Value* const from = values + first;
  const FeatureLaws laws = laws_from<Value>(all, first);
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const auto get = [&](const float* law) { return hn::LoadU(kFloat, law + i); };
    hn::StoreU(standardised<Value>(load_values(from + i), laws, get), kFloat, to + i);
  }
  for (; i < count; ++i) {
    const auto get = [&](const float* law) { return hn::Set(kFloat, law[i]); };
    const Floats value = hn::Set(kFloat, static_cast<float>(from[i]));
    to[i] = hn::GetLane(standardised<Value>(value, laws, get));
  }
}

inline void standardise_stored(const FeatureLaws& laws, const float* values,
                               const std::uint32_t* features, std::size_t count, float* to) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto get = [&](const float* law) { return hn::Set(kFloat, law[features[i]]); };
    to[i] = hn::GetLane(standardised<float>(hn::Set(kFloat, values[i]), laws, get));
  }
}

// a·b + c rounded once on every target, as augmentation.h promises of source coordinates: Highway's
// MulAdd rounds twice where there is no FMA, and the nearest pixel would be another one.
HWY_INLINE Floats fused(Floats a, Floats b, Floats c) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  return hn::MulAdd(a, b, c);
#else
  HWY_ALIGN float x[kLanes], y[kLanes], z[kLanes];
  hn::Store(a, kFloat, x);
  hn::Store(b, kFloat, y);
  hn::Store(c, kFloat, z);
  for (std::size_t lane = 0; lane < kLanes; ++lane) z[lane] = std::fma(x[lane], y[lane], z[lane]);
  return hn::Load(kFloat, z);
#endif
}

struct FloatPairs {
  Floats first, second;
};

// from[index] and from[index + 1], both by one load: a gather costs by the element.
HWY_INLINE FloatPairs gather_pairs(const float* from, hn::Vec<IntTag> index) {
  const hn::Repartition<double, FloatTag> pair;
  const hn::Repartition<std::int64_t, FloatTag> offset;
  const auto* base = reinterpret_cast<const double*>(from);
  const auto bytes = hn::ShiftLeft<2>(index);
  const auto gather = [&](auto half) {
    return hn::BitCast(kFloat, hn::GatherOffset(pair, base, hn::PromoteTo(offset, half)));
  };
  const Floats lower = gather(hn::LowerHalf(bytes));
  const Floats upper = gather(hn::UpperHalf(hn::Half<IntTag>(), bytes));
  return {hn::ConcatEven(kFloat, upper, lower), hn::ConcatOdd(kFloat, upper, lower)};
}

// Calls body(values) with the values in the type that they have.
template <typename Body>
HWY_INLINE void with_values(const ImageArgs& args, const Body& body) {
  if (args.bytes != nullptr) {
    body(args.bytes);
  } else {
    body(args.floats);
  }
}

inline void standardise(const ImageArgs& args) {
  const std::size_t pixels = args.shape.pixels();
  with_values(args, [&](const auto* values) {
    for (std::size_t channel = 0; channel < args.shape.channels; ++channel) {
      standardise_values(values, args.laws, channel * pixels, pixels,
                         args.output + channel * padded_pixels(args.shape));
    }
  });
}

inline void resample(const ImageArgs& args, const AffineMatrix& matrix,
                     Interpolation interpolation) {
  const std::size_t height = args.shape.height, width = args.shape.width;
  const std::size_t pixels = height * width, stride = width + 1, plane = stride * (height + 1);
  // Source planes with one more column and row that repeat the edge: then the right and lower
  // neighbours of every source pixel are at +1 and +stride.
  with_values(args, [&](const auto* values) {
    for (std::size_t channel = 0; channel < args.shape.channels; ++channel) {
      float* to = args.scratch + channel * plane;
      for (std::size_t row = 0; row < height; ++row) {
        standardise_values(values, args.laws, channel * pixels + row * width, width,
                           to + row * stride);
        to[row * stride + width] = to[row * stride + width - 1];
      }
      std::copy_n(to + (height - 1) * stride, stride, to + height * stride);
    }
  });

  const Floats last_col = hn::Set(kFloat, static_cast<float>(width - 1));
  const Floats last_row = hn::Set(kFloat, static_cast<float>(height - 1));
  const auto int_stride = hn::Set(kInt, static_cast<std::int32_t>(stride));
  const Floats zero = hn::Zero(kFloat);
  for (std::size_t pixel = 0; pixel < pixels; pixel += kLanes) {
    // Lanes beyond the last pixel are pixels of rows below the image: computed, clamped, not used.
    const Floats col = hn::Load(kFloat, args.pixel_cols + pixel);
    const Floats row = hn::Load(kFloat, args.pixel_rows + pixel);
    const auto coordinate = [&](std::size_t m, Floats last) {
      const Floats value =
          fused(hn::Set(kFloat, matrix[m]), col,
                fused(hn::Set(kFloat, matrix[m + 1]), row, hn::Set(kFloat, matrix[m + 2])));
      return hn::Min(hn::Max(value, zero), last);
    };
    const Floats source_col = coordinate(0, last_col), source_row = coordinate(3, last_row);
    const Floats half = hn::Set(kFloat, interpolation == Interpolation::kNearest ? 0.5F : 0.0F);
    const Floats left = hn::Floor(hn::Add(source_col, half));
    const Floats top = hn::Floor(hn::Add(source_row, half));
    const auto index =
        hn::Add(hn::Mul(hn::ConvertTo(kInt, top), int_stride), hn::ConvertTo(kInt, left));
    const Floats x = hn::Sub(source_col, left), y = hn::Sub(source_row, top);
    for (std::size_t channel = 0; channel < args.shape.channels; ++channel) {
      const float* source = args.scratch + channel * plane;
      Floats value;
      if (interpolation == Interpolation::kBilinear) {
        const auto [left_above, right_above] = gather_pairs(source, index);
        const auto [left_below, right_below] = gather_pairs(source + stride, index);
        const Floats upper = hn::MulAdd(x, hn::Sub(right_above, left_above), left_above);
        const Floats lower = hn::MulAdd(x, hn::Sub(right_below, left_below), left_below);
        value = hn::MulAdd(y, hn::Sub(lower, upper), upper);
      } else {
        value = hn::GatherIndex(kFloat, source, index);
      }
      hn::StoreU(value, kFloat, args.output + channel * padded_pixels(args.shape) + pixel);
    }
  }
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
