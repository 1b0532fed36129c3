// CUDA's functions of single threads: bits, conversions, rounding, caching hints.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): CUDA's names
template <typename T>
T __ldg(const T* place) {
  return *place;
}
template <typename T>
T __ldca(const T* place) {
  return *place;
}
template <typename T>
T __ldcg(const T* place) {
  return *place;
}
template <typename T>
T __ldcs(const T* place) {
  return *place;
}
template <typename T>
void __stcg(T* place, std::type_identity_t<T> value) {
  *place = value;
}
template <typename T>
void __stcs(T* place, std::type_identity_t<T> value) {
  *place = value;
}

inline int __popc(unsigned value) { return std::popcount(value); }
inline int __popcll(unsigned long long value) { return std::popcount(value); }
inline int __clz(int value) { return std::countl_zero(static_cast<unsigned>(value)); }
inline int __clzll(long long value) {
  return std::countl_zero(static_cast<unsigned long long>(value));
}
inline int __ffs(int value) {
  return value == 0 ? 0 : std::countr_zero(static_cast<unsigned>(value)) + 1;
}
inline int __ffsll(long long value) {
  return value == 0 ? 0 : std::countr_zero(static_cast<unsigned long long>(value)) + 1;
}
constexpr unsigned __brev(unsigned value) {
  unsigned reversed = 0;
  for (int bit = 0; bit < 32; ++bit) reversed |= (value >> bit & 1U) << (31 - bit);
  return reversed;
}
constexpr unsigned long long __brevll(unsigned long long value) {
  return static_cast<unsigned long long>(__brev(static_cast<unsigned>(value))) << 32 |
         __brev(static_cast<unsigned>(value >> 32));
}
constexpr unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(std::uint64_t{a} * b >> 32);
}
constexpr unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>(Wide{a} * b >> 64);
}
constexpr unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
  return static_cast<unsigned>((std::uint64_t{high} << 32 | low) << (shift & 31) >> 32);
}
constexpr unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  return static_cast<unsigned>((std::uint64_t{high} << 32 | low) >> (shift & 31));
}

constexpr float __int_as_float(int value) { return std::bit_cast<float>(value); }
constexpr float __uint_as_float(unsigned value) { return std::bit_cast<float>(value); }
constexpr int __float_as_int(float value) { return std::bit_cast<int>(value); }
constexpr unsigned __float_as_uint(float value) { return std::bit_cast<unsigned>(value); }
constexpr double __longlong_as_double(long long value) { return std::bit_cast<double>(value); }
constexpr long long __double_as_longlong(double value) { return std::bit_cast<long long>(value); }

inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
constexpr float __fadd_rn(float a, float b) { return a + b; }
constexpr float __fsub_rn(float a, float b) { return a - b; }
constexpr float __fmul_rn(float a, float b) { return a * b; }
constexpr float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float value) { return std::sqrt(value); }
constexpr double __dadd_rn(double a, double b) { return a + b; }
constexpr double __dmul_rn(double a, double b) { return a * b; }
constexpr float __double2float_rn(double value) { return static_cast<float>(value); }
inline int __float2int_rn(float value) { return static_cast<int>(std::nearbyint(value)); }
inline int __float2int_rd(float value) { return static_cast<int>(std::floor(value)); }
constexpr int __float2int_rz(float value) { return static_cast<int>(value); }
constexpr float __int2float_rn(int value) { return static_cast<float>(value); }
constexpr float __uint2float_rn(unsigned value) { return static_cast<float>(value); }

// On the GPU these four are less exact than here.
inline float __expf(float value) { return std::exp(value); }
inline float __logf(float value) { return std::log(value); }
constexpr float __fdividef(float a, float b) { return a / b; }
inline float rsqrtf(float value) { return 1.0F / std::sqrt(value); }

// As CUDA's overloads: of mixed types the common one; of a number and NaN the number.
template <typename A, typename B>
constexpr std::common_type_t<A, B> min(A a, B b) {
  using T = std::common_type_t<A, B>;
  if constexpr (std::is_floating_point_v<T>) return std::fmin(static_cast<T>(a), static_cast<T>(b));
  return static_cast<T>(b) < static_cast<T>(a) ? static_cast<T>(b) : static_cast<T>(a);
}
template <typename A, typename B>
constexpr std::common_type_t<A, B> max(A a, B b) {
  using T = std::common_type_t<A, B>;
  if constexpr (std::is_floating_point_v<T>) return std::fmax(static_cast<T>(a), static_cast<T>(b));
  return static_cast<T>(a) < static_cast<T>(b) ? static_cast<T>(b) : static_cast<T>(a);
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
