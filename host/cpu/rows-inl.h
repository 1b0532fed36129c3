// How kernels read and write a row of a matrix [feature][batch], in each RowFormat: a tile of the
// batch at a time, as vectors of floats in the order of the samples.
#if defined(REGROW_CPU_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_ROWS_INL_H_
#undef REGROW_CPU_ROWS_INL_H_
#else
#define REGROW_CPU_ROWS_INL_H_
#endif

#include "cpu/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {

// Keeps a vector that is used more than once in its register: g++ would fold the load into every
// use, and load as often as it uses.
HWY_INLINE Floats loaded_once(Floats value) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  asm("" : "+v"(value.raw));
#endif
  return value;
}

// A format has
//   offset(first)             words of a row before vector `first`, which begins a tile
//   lines<kWidth>()           cache lines of a tile
//   for_each<kWidth>(at, body)  calls body(i, vector i) for the vectors of a tile that lies at `at`
//   load<kWidth>(at, values)    likewise, each sample being exactly what was stored
//   store<kWidth>(values, at)
struct FloatRows {
  static constexpr RowFormat kFormat = RowFormat::kFloats;

  static constexpr std::size_t offset(std::size_t first) { return first * kLanes; }
  template <std::size_t kWidth>
  static constexpr std::size_t lines() {
    return kWidth / kLineVectors;
  }
  template <std::size_t kWidth, typename Body>
  static HWY_INLINE void for_each(const float* at, const Body& body) {
    for (std::size_t i = 0; i < kWidth; ++i) body(i, hn::Load(kFloat, at + i * kLanes));
  }
  template <std::size_t kWidth>
  static HWY_INLINE void load(const float* at, Floats (&values)[kWidth]) {
    for (std::size_t i = 0; i < kWidth; ++i) values[i] = hn::Load(kFloat, at + i * kLanes);
  }
  template <std::size_t kWidth>
  static HWY_INLINE void store(const Floats (&values)[kWidth], float* at) {
    for (std::size_t i = 0; i < kWidth; ++i) hn::Store(values[i], kFloat, at + i * kLanes);
  }
};

struct PackedRows {
  static constexpr RowFormat kFormat = RowFormat::kPacked;

  static constexpr std::size_t offset(std::size_t first) { return first * kLanes / 2; }
  template <std::size_t kWidth>
  static constexpr std::size_t lines() {
    return (kWidth / kLineVectors + 1) / 2;
  }

  static HWY_INLINE Floats low(Floats words) {
    return hn::BitCast(kFloat, hn::ShiftLeft<16>(hn::BitCast(kUint, words)));
  }
  static HWY_INLINE Floats high(Floats words) {
    return hn::And(words, hn::BitCast(kFloat, hn::Set(kUint, 0xFFFF0000U)));
  }
  // The high half is the nearest one with this low half below it, so that the word is off by at
  // most half a unit of bf16; it keeps its own sign, so that zeros keep theirs. An infinity there
  // may become the largest float or a NaN.
  static HWY_INLINE Floats pack(Floats low, Floats high) {
    const auto half_unit = hn::Set(kUint, 0x8000U);
    const auto sign = hn::Set(kUint, 0x80000000U);
    const auto high_bits = hn::BitCast(kUint, high);
    const auto low_half = hn::ShiftRight<16>(hn::Add(hn::BitCast(kUint, low), half_unit));
    const auto magnitude = hn::Add(hn::AndNot(sign, high_bits), half_unit);
    // Not below 0: then the low half alone is nearer than any other word.
    const auto rounded = hn::Sub(hn::Max(magnitude, low_half), low_half);
    const auto upper = hn::And(rounded, hn::Set(kUint, 0x7FFF0000U));
    return hn::BitCast(kFloat, hn::Or(hn::Or(hn::And(high_bits, sign), upper), low_half));
  }

  // A word as it is read for arithmetic: the high sample with the low one's bits below it.
  template <std::size_t kWidth, typename Body>
  static HWY_INLINE void for_each(const float* at, const Body& body) {
    for_each_words<kWidth>(at, [&](std::size_t lower, std::size_t upper, Floats words) {
      const Floats once = loaded_once(words);
      body(lower, low(once));
      body(upper, once);
    });
    for_each_float<kWidth>(
        [&](std::size_t i, std::size_t word) { body(i, hn::Load(kFloat, at + word)); });
  }
  template <std::size_t kWidth>
  static HWY_INLINE void load(const float* at, Floats (&values)[kWidth]) {
    for_each_words<kWidth>(at, [&](std::size_t lower, std::size_t upper, Floats words) {
      values[lower] = low(words);
      values[upper] = high(words);
    });
    for_each_float<kWidth>(
        [&](std::size_t i, std::size_t word) { values[i] = hn::Load(kFloat, at + word); });
  }
  template <std::size_t kWidth>
  static HWY_INLINE void store(const Floats (&values)[kWidth], float* at) {
    for (std::size_t pair = 0; pair < kPairs<kWidth>; ++pair) {
      hn::Store(pack(values[lower_of(pair)], values[lower_of(pair) + kLineVectors]), kFloat,
                at + pair * kLanes);
    }
    for_each_float<kWidth>(
        [&](std::size_t i, std::size_t word) { hn::Store(values[i], kFloat, at + word); });
  }

 private:
  // Vectors of words; vector `pair` of them holds two vectors of samples, kLineVectors apart.
  template <std::size_t kWidth>
  static constexpr std::size_t kPairs = kWidth / (2 * kLineVectors) * kLineVectors;
  static constexpr std::size_t lower_of(std::size_t pair) {
    return pair / kLineVectors * 2 * kLineVectors + pair % kLineVectors;
  }

  template <std::size_t kWidth, typename Body>
  static HWY_INLINE void for_each_words(const float* at, const Body& body) {
    for (std::size_t pair = 0; pair < kPairs<kWidth>; ++pair) {
      body(lower_of(pair), lower_of(pair) + kLineVectors, hn::Load(kFloat, at + pair * kLanes));
    }
  }
  // Calls body(vector, its first word) for those that stay floats.
  template <std::size_t kWidth, typename Body>
  static HWY_INLINE void for_each_float(const Body& body) {
    for (std::size_t i = 2 * kPairs<kWidth>; i < kWidth; ++i) {
      body(i, (i - kPairs<kWidth>)*kLanes);
    }
  }
};

// Calls body(FloatRows() or PackedRows()).
template <typename Body>
HWY_INLINE void with_rows(RowFormat format, const Body& body) {
  if (format == RowFormat::kPacked) {
    body(PackedRows());
  } else {
    body(FloatRows());
  }
}

inline void pack(const float* rows, std::uint32_t ld, float* packed, std::size_t first_row,
                 std::size_t last_row) {
  const std::size_t stride = row_words(RowFormat::kPacked, ld);
  for_each_tile(ld, [&](std::size_t first, auto width) {
    for (std::size_t row = first_row; row < last_row; ++row) {
      Floats values[width];
      FloatRows::load(rows + row * ld + FloatRows::offset(first), values);
      PackedRows::store(values, packed + row * stride + PackedRows::offset(first));
    }
  });
}

inline void unpack(const float* packed, std::uint32_t ld, float* rows, std::size_t first_row,
                   std::size_t last_row) {
  const std::size_t stride = row_words(RowFormat::kPacked, ld);
  for_each_tile(ld, [&](std::size_t first, auto width) {
    for (std::size_t row = first_row; row < last_row; ++row) {
      PackedRows::for_each<width>(
          packed + row * stride + PackedRows::offset(first), [&](std::size_t i, Floats value) {
            hn::Store(value, kFloat, rows + row * ld + FloatRows::offset(first + i));
          });
    }
  });
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
