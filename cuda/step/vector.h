// Activations in 16-byte vectors and in quads (four neighbouring samples), as floats. A float's
// upper half is a BFloat16, so both builds convert by the same integer operations.
#pragma once

#include <cstdint>

#include "common/kernel.h"
#include "step/layer_views.h"

namespace regrow::cuda {

constexpr std::uint32_t kWarpSize = 32;
constexpr unsigned kAllLanes = 0xFFFFFFFFU;

/// Columns (samples) that one block of a kernel covers; wider batches take gridDim.y tiles.
constexpr std::uint32_t kTileColumns = 128;

inline std::uint32_t column_tiles(std::uint32_t ld) {
  return (ld + kTileColumns - 1) / kTileColumns;
}

/// Values of 16 bytes.
template <typename Value>
constexpr std::uint32_t kVectorWidth = 16 / sizeof(Value);

/// Four neighbouring samples of one feature: they share a block of random numbers.
struct alignas(16) Quad {
  float at[4];
};

__device__ inline float float_from_bfloat16(std::uint32_t bits) {
  return __uint_as_float(bits << 16);
}

/// Rounds to nearest, ties to even; a NaN stays one.
__device__ inline std::uint32_t bfloat16_from_float(float value) {
  const std::uint32_t bits = __float_as_uint(value);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return bits >> 16 | 0x0040U;
  return (bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16;
}

/// 16 bytes as loaded: to be kept in flight and unpacked where they are needed.
template <typename Value>
struct Vector;

template <>
struct Vector<float> {
  float4 raw;
};
template <>
struct Vector<BFloat16> {
  uint4 raw;
};

/// What lies `offset` bytes into an array of at most kMostMatrixBytes: an offset of 32 bits takes
/// fewer registers and instructions than a pointer.
template <typename Value>
__device__ inline const Value* at_byte(const Value* array, std::uint32_t offset) {
  return reinterpret_cast<const Value*>(reinterpret_cast<const char*>(array) + offset);
}

/// `from` is aligned to 16 bytes and is not written by the same kernel.
__device__ inline Vector<float> load_vector(const float* from) {
  return {__ldg(reinterpret_cast<const float4*>(from))};
}
__device__ inline Vector<BFloat16> load_vector(const BFloat16* from) {
  return {__ldg(reinterpret_cast<const uint4*>(from))};
}

__device__ inline void unpack(const Vector<float>& vector, float (&values)[4]) {
  values[0] = vector.raw.x;
  values[1] = vector.raw.y;
  values[2] = vector.raw.z;
  values[3] = vector.raw.w;
}

__device__ inline void unpack_pair(std::uint32_t word, float& low, float& high) {
  low = float_from_bfloat16(word);
  high = __uint_as_float(word & 0xFFFF0000U);
}
__device__ inline void unpack(const Vector<BFloat16>& vector, float (&values)[8]) {
  unpack_pair(vector.raw.x, values[0], values[1]);
  unpack_pair(vector.raw.y, values[2], values[3]);
  unpack_pair(vector.raw.z, values[4], values[5]);
  unpack_pair(vector.raw.w, values[6], values[7]);
}

/// Aligned to four values; may be of an array that the same kernel writes.
__device__ inline Quad load_quad(const float* from) {
  const float4 raw = *reinterpret_cast<const float4*>(from);
  return {{raw.x, raw.y, raw.z, raw.w}};
}
__device__ inline Quad load_quad(const BFloat16* from) {
  const uint2 raw = *reinterpret_cast<const uint2*>(from);
  Quad quad;
  unpack_pair(raw.x, quad.at[0], quad.at[1]);
  unpack_pair(raw.y, quad.at[2], quad.at[3]);
  return quad;
}

__device__ inline void store_quad(const Quad& quad, float* to) {
  *reinterpret_cast<float4*>(to) = make_float4(quad.at[0], quad.at[1], quad.at[2], quad.at[3]);
}
__device__ inline void store_quad(const Quad& quad, BFloat16* to) {
  uint2 raw;
  raw.x = bfloat16_from_float(quad.at[0]) | bfloat16_from_float(quad.at[1]) << 16;
  raw.y = bfloat16_from_float(quad.at[2]) | bfloat16_from_float(quad.at[3]) << 16;
  *reinterpret_cast<uint2*>(to) = raw;
}

__device__ inline void store_value(float value, float* to) { *to = value; }
__device__ inline void store_value(float value, BFloat16* to) {
  to->bits = static_cast<std::uint16_t>(bfloat16_from_float(value));
}

/// The sum over the lanes of a warp, in every lane: pairs of ever wider halves, the same bits in
/// all of them, as a + b = b + a.
template <typename Number>
__device__ inline Number sum_over_warp(Number value) {
  for (int distance = 16; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(kAllLanes, value, distance);
  }
  return value;
}

inline std::uint32_t divide_up(std::uint32_t a, std::uint32_t b) { return a / b + (a % b != 0); }

}  // namespace regrow::cuda
