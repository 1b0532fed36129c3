// The emulation's functions of single threads, and how it rounds.
#include <gtest/gtest.h>

#include <limits>

#include "common/kernel.h"

namespace regrow::cuda {
namespace {

__global__ void denormal_kernel(const float* in, float* out) { out[0] = in[0] * 0.5F + in[1]; }

TEST(Math, DenormalsAreFlushedInKernelsAlone) {
#if defined(__SSE2__)
  const float tiny = std::numeric_limits<float>::min();
  const float in[] = {tiny, 0};
  float out = 1;
  emulation::run_now(denormal_kernel, 1, 1, 0, in, &out);
  EXPECT_EQ(out, 0.0F);
  volatile float here = tiny;
  here = here * 0.5F;
  EXPECT_GT(here, 0.0F);
#endif
}

TEST(Math, BitFunctions) {
  EXPECT_EQ(__popc(0xF0F00001U), 9);
  EXPECT_EQ(__popcll(0xF000000000000001ULL), 5);
  EXPECT_EQ(__clz(0), 32);
  EXPECT_EQ(__clz(1), 31);
  EXPECT_EQ(__clz(-1), 0);
  EXPECT_EQ(__clzll(1), 63);
  EXPECT_EQ(__ffs(0), 0);
  EXPECT_EQ(__ffs(8), 4);
  EXPECT_EQ(__ffsll(1LL << 40), 41);
  EXPECT_EQ(__brev(0x00000003U), 0xC0000000U);
  EXPECT_EQ(__brevll(1), 1ULL << 63);
  EXPECT_EQ(__umulhi(0x80000000U, 6), 3U);
  EXPECT_EQ(__umul64hi(1ULL << 63, 6), 3ULL);
  EXPECT_EQ(__funnelshift_l(0x80000001U, 0x00000002U, 1), 0x00000005U);
  EXPECT_EQ(__funnelshift_r(0x80000001U, 0x00000003U, 1), 0xC0000000U);
  EXPECT_EQ(__uint_as_float(0x3F800000U), 1.0F);
  EXPECT_EQ(__float_as_uint(-0.0F), 0x80000000U);
  EXPECT_EQ(__longlong_as_double(__double_as_longlong(2.5)), 2.5);
  EXPECT_EQ(__float2int_rn(2.5F), 2);
  EXPECT_EQ(__float2int_rz(-2.5F), -2);
  EXPECT_EQ(__fmaf_rn(0x1p-12F + 1, 0x1p-12F + 1, -1), 0x1p-11F + 0x1p-24F);
}

TEST(Math, MinAndMaxAreAsCuda) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(::min(nan, 2.0F), 2.0F);
  EXPECT_EQ(::max(2.0F, nan), 2.0F);
  EXPECT_EQ(::min(3, 2), 2);
  EXPECT_EQ(::max(3U, 2), 3U);
}

}  // namespace
}  // namespace regrow::cuda
