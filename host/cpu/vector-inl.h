// What the kernels share: vectors of floats, tiles of the batch, Philox in every lane.
#if defined(REGROW_CPU_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef REGROW_CPU_VECTOR_INL_H_
#undef REGROW_CPU_VECTOR_INL_H_
#else
#define REGROW_CPU_VECTOR_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "cpu/kernels.h"
#include "regrow/philox.h"

// What runs for every connection stays no call, whatever g++ thinks of its size.
#ifndef REGROW_INLINE_LAMBDA
#define REGROW_INLINE_LAMBDA __attribute__((always_inline))
#endif

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::CappedTag<float, kBatchPadding>;
using UintTag = hn::Repartition<std::uint32_t, FloatTag>;
using IntTag = hn::Repartition<std::int32_t, FloatTag>;
using WideTag = hn::Repartition<std::uint64_t, FloatTag>;
using Floats = hn::Vec<FloatTag>;
using Uints = hn::Vec<UintTag>;

inline constexpr FloatTag kFloat;
inline constexpr UintTag kUint;
inline constexpr IntTag kInt;
inline constexpr std::size_t kLanes = hn::MaxLanes(FloatTag());

// A tile of the batch lives in registers for a whole row: at most kMaxTile vectors wide.
inline constexpr std::size_t kMaxTile = 8;
// Dropout draws 4 vectors at a time, so tiles begin at multiples of 4 vectors.
inline constexpr std::size_t kTileStep = 4;
static_assert(kMaxTile % kTileStep == 0);
// Tiles, as batches, are of whole cache lines.
inline constexpr std::size_t kLineVectors = kBatchPadding / kLanes;

// Rows are gathered at random: so many connections ahead their lines are asked for.
inline constexpr std::size_t kAhead = 12;
static_assert(kAhead <= kIndexPadding);
template <std::size_t kLines>
HWY_INLINE void prefetch_lines(const float* at) {
  for (std::size_t line = 0; line < kLines; ++line) __builtin_prefetch(at + line * kBatchPadding);
}

// Calls body(first vector, std::integral_constant width) for every tile of the batch.
template <typename Body>
HWY_INLINE void for_each_tile(std::size_t ld, const Body& body) {
  const std::size_t vectors = ld / kLanes;
  const auto call_if = [&]<std::size_t kWidth>(std::integral_constant<std::size_t, kWidth> width,
                                               std::size_t first, std::size_t wanted) {
    if constexpr (kWidth % kLineVectors == 0) {
      if (wanted == kWidth) body(first, width);
    }
  };
  for (std::size_t first = 0; first < vectors; first += kMaxTile) {
    const std::size_t width = std::min(kMaxTile, vectors - first);
    [&]<std::size_t... kBefore>(std::index_sequence<kBefore...>) {
      (call_if(std::integral_constant<std::size_t, kBefore + 1>(), first, width), ...);
    }
    (std::make_index_sequence<kMaxTile>());
  }
}

// Calls body(pointer) with the indices in the width that they have.
template <typename Body>
HWY_INLINE void with_indices(const Indices& indices, const Body& body) {
  if (indices.wide != nullptr) {
    body(indices.wide);
  } else {
    body(indices.narrow);
  }
}

// The words of Philox4x32-10 (philox.h), one block in every 64 bits, whose low half has the word:
// the halves of a product are then where the next round wants them.
struct PhiloxBlocks {
  Uints word[4];
};

// `block`: counter word 1 of each, the only one in which they differ. So the first round is scalar
// but for one exclusive or, and of the two that follow one half each.
HWY_INLINE PhiloxBlocks philox_blocks(std::uint32_t counter0, Uints block, std::uint32_t counter2,
                                      std::uint32_t counter3, const PhiloxKeys& keys) {
  constexpr std::uint32_t kMultiplier0 = 0xD2511F53U, kMultiplier1 = 0xCD9E8D57U;
  const WideTag wide;
  const auto high = [](std::uint64_t product) { return static_cast<std::uint32_t>(product >> 32); };
  const auto low = [](std::uint64_t product) { return static_cast<std::uint32_t>(product); };
  const auto high_half = [&](auto v) {
    return hn::BitCast(kUint, hn::ShiftRight<32>(hn::BitCast(wide, v)));
  };
  const Uints multiplier0 = hn::Set(kUint, kMultiplier0),
              multiplier1 = hn::Set(kUint, kMultiplier1);

  std::uint64_t product0 = std::uint64_t{kMultiplier0} * counter0;
  std::uint64_t product1 = std::uint64_t{kMultiplier1} * counter2;
  Uints c0 = hn::Xor(block, hn::Set(kUint, high(product1) ^ keys.word[0][0]));
  const std::uint32_t first_c1 = low(product1), first_c3 = low(product0);
  const std::uint32_t first_c2 = high(product0) ^ counter3 ^ keys.word[0][1];

  auto from_c0 = hn::MulEven(c0, multiplier0);
  product1 = std::uint64_t{kMultiplier1} * first_c2;
  Uints c2 = hn::Xor(high_half(from_c0), hn::Set(kUint, first_c3 ^ keys.word[1][1]));
  const std::uint32_t second_c0 = high(product1) ^ first_c1 ^ keys.word[1][0];
  const std::uint32_t second_c1 = low(product1);

  auto from_c2 = hn::MulEven(c2, multiplier1);
  product0 = std::uint64_t{kMultiplier0} * second_c0;
  c0 = hn::Xor(high_half(from_c2), hn::Set(kUint, second_c1 ^ keys.word[2][0]));
  c2 = hn::Xor(hn::BitCast(kUint, from_c0), hn::Set(kUint, high(product0) ^ keys.word[2][1]));
  Uints c1 = hn::BitCast(kUint, from_c2), c3 = hn::Set(kUint, low(product0));

  for (std::size_t round = 3; round < 10; ++round) {
    from_c0 = hn::MulEven(c0, multiplier0);
    from_c2 = hn::MulEven(c2, multiplier1);
    c0 = hn::Xor(hn::Xor(high_half(from_c2), c1), hn::Set(kUint, keys.word[round][0]));
    c1 = hn::BitCast(kUint, from_c2);
    c2 = hn::Xor(hn::Xor(high_half(from_c0), c3), hn::Set(kUint, keys.word[round][1]));
    c3 = hn::BitCast(kUint, from_c0);
  }
  return {c0, c1, c2, c3};
}

// Loads and stores of the first `count` ≤ kLanes floats that touch nothing beyond them: the next
// column may belong to another thread.
HWY_INLINE Floats load_first(std::size_t count, const float* from) {
  if (count == kLanes) return hn::LoadU(kFloat, from);
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  return hn::MaskedLoad(hn::FirstN(kFloat, count), kFloat, from);
#else
  HWY_ALIGN float lanes[kLanes] = {};
  std::copy_n(from, count, lanes);
  return hn::Load(kFloat, lanes);
#endif
}

HWY_INLINE void store_first(Floats value, std::size_t count, float* to) {
  if (count == kLanes) {
    hn::StoreU(value, kFloat, to);
    return;
  }
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  hn::BlendedStore(value, hn::FirstN(kFloat, count), kFloat, to);
#else
  HWY_ALIGN float lanes[kLanes];
  hn::Store(value, kFloat, lanes);
  std::copy_n(lanes, count, to);
#endif
}

// In every 128-bit block [a b c d], the sums of that block of the four vectors.
HWY_INLINE Floats sum_four(Floats a, Floats b, Floats c, Floats d) {
  const hn::Repartition<double, FloatTag> pairs;
  const Floats ab = hn::Add(hn::InterleaveLower(kFloat, a, b), hn::InterleaveUpper(kFloat, a, b));
  const Floats cd = hn::Add(hn::InterleaveLower(kFloat, c, d), hn::InterleaveUpper(kFloat, c, d));
  const auto lower = hn::InterleaveLower(pairs, hn::BitCast(pairs, ab), hn::BitCast(pairs, cd));
  const auto upper = hn::InterleaveUpper(pairs, hn::BitCast(pairs, ab), hn::BitCast(pairs, cd));
  return hn::Add(hn::BitCast(kFloat, lower), hn::BitCast(kFloat, upper));
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
