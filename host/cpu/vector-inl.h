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

struct PhiloxVectors {
  Uints word[4];
};

// Philox4x32-10 as in philox.h, one block a lane; the lanes differ in counter word 1 only, so the
// first round is scalar but for one exclusive or. The others treat even and odd lanes apart, each
// word in the low half of 64 bits: a product's halves are then where the next round wants them.
HWY_INLINE PhiloxVectors philox_vectors(std::uint32_t counter0, Uints counter1,
                                        std::uint32_t counter2, std::uint32_t counter3,
                                        std::uint64_t key) {
  constexpr std::uint32_t kMultiplier0 = 0xD2511F53U, kMultiplier1 = 0xCD9E8D57U;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9U, kWeyl1 = 0xBB67AE85U;
  const WideTag wide;
  const auto high_half = [&](auto v) {
    return hn::BitCast(kUint, hn::ShiftRight<32>(hn::BitCast(wide, v)));
  };
  const auto key0 = static_cast<std::uint32_t>(key), key1 = static_cast<std::uint32_t>(key >> 32);
  const std::uint64_t product0 = std::uint64_t{kMultiplier0} * counter0;
  const std::uint64_t product1 = std::uint64_t{kMultiplier1} * counter2;
  // Of the words that it takes and returns, the low halves count.
  const auto rounds = [&](Uints counter1_half) {
    PhiloxVectors words;
    auto& [c0, c1, c2, c3] = words.word;
    c0 = hn::Xor(counter1_half, hn::Set(kUint, static_cast<std::uint32_t>(product1 >> 32) ^ key0));
    c1 = hn::Set(kUint, static_cast<std::uint32_t>(product1));
    c2 = hn::Set(kUint, static_cast<std::uint32_t>(product0 >> 32) ^ counter3 ^ key1);
    c3 = hn::Set(kUint, static_cast<std::uint32_t>(product0));
    for (std::uint32_t round = 1; round < 10; ++round) {
      const auto from_c0 = hn::MulEven(c0, hn::Set(kUint, kMultiplier0));
      const auto from_c2 = hn::MulEven(c2, hn::Set(kUint, kMultiplier1));
      c0 = hn::Xor(hn::Xor(high_half(from_c2), c1), hn::Set(kUint, key0 + round * kWeyl0));
      c1 = hn::BitCast(kUint, from_c2);
      c2 = hn::Xor(hn::Xor(high_half(from_c0), c3), hn::Set(kUint, key1 + round * kWeyl1));
      c3 = hn::BitCast(kUint, from_c0);
    }
    return words;
  };
  PhiloxVectors words = rounds(counter1);
  const PhiloxVectors odd = rounds(high_half(counter1));
  for (int i = 0; i < 4; ++i) {
    const auto raised = hn::ShiftLeft<32>(hn::BitCast(wide, odd.word[i]));
    words.word[i] = hn::OddEven(hn::BitCast(kUint, raised), words.word[i]);
  }
  return words;
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

// 4x4 transposition inside every 128-bit block: afterwards block j of v[i] is [v0 v1 v2 v3][i] of
// block j before.
HWY_INLINE void transpose_blocks(Uints (&v)[4]) {
  const WideTag wide;
  const Uints ab_low = hn::InterleaveLower(kUint, v[0], v[1]);
  const Uints ab_high = hn::InterleaveUpper(kUint, v[0], v[1]);
  const Uints cd_low = hn::InterleaveLower(kUint, v[2], v[3]);
  const Uints cd_high = hn::InterleaveUpper(kUint, v[2], v[3]);
  const auto w = [&](Uints x) { return hn::BitCast(wide, x); };
  v[0] = hn::BitCast(kUint, hn::InterleaveLower(wide, w(ab_low), w(cd_low)));
  v[1] = hn::BitCast(kUint, hn::InterleaveUpper(wide, w(ab_low), w(cd_low)));
  v[2] = hn::BitCast(kUint, hn::InterleaveLower(wide, w(ab_high), w(cd_high)));
  v[3] = hn::BitCast(kUint, hn::InterleaveUpper(wide, w(ab_high), w(cd_high)));
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
