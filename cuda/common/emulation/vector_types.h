// CUDA's vector types and launch dimensions, so that the emulation needs no toolkit.
#pragma once

// NOLINTBEGIN(readability-identifier-naming): CUDA's names
struct uint3 {
  unsigned x, y, z;
};

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_value = 1, unsigned y_value = 1, unsigned z_value = 1)
      : x(x_value), y(y_value), z(z_value) {}
};

#define REGROW_VECTOR_TYPES(name, scalar)                                     \
  struct alignas(2 * sizeof(scalar)) name##2 {                                \
    scalar x, y;                                                              \
  };                                                                          \
  struct alignas(4 * sizeof(scalar) < 16 ? 4 * sizeof(scalar) : 16) name##4 { \
    scalar x, y, z, w;                                                        \
  };                                                                          \
  constexpr name##2 make_##name##2(scalar x, scalar y) { return {x, y}; }     \
  constexpr name##4 make_##name##4(scalar x, scalar y, scalar z, scalar w) { return {x, y, z, w}; }

REGROW_VECTOR_TYPES(char, signed char)
REGROW_VECTOR_TYPES(uchar, unsigned char)
REGROW_VECTOR_TYPES(short, short)
REGROW_VECTOR_TYPES(ushort, unsigned short)
REGROW_VECTOR_TYPES(int, int)
REGROW_VECTOR_TYPES(uint, unsigned)
REGROW_VECTOR_TYPES(longlong, long long)
REGROW_VECTOR_TYPES(ulonglong, unsigned long long)
REGROW_VECTOR_TYPES(float, float)
REGROW_VECTOR_TYPES(double, double)

#undef REGROW_VECTOR_TYPES

using cudaStream_t = void*;
// NOLINTEND(readability-identifier-naming)
