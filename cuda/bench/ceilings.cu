// Random row gathers: one warp or half a warp takes a row, 16 bytes a lane, many rows in flight.
#include "bench/ceilings.h"
#include "common/kernel.h"
#include "regrow/error.h"
#include "step/vector.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kLanes = 32;
constexpr std::uint32_t kThreads = 256;
constexpr std::uint32_t kAllLanes = 0xFFFFFFFFU;

/// lanes_per_row: 32 or 16. words, stride: of 16 bytes.
template <std::uint32_t lanes_per_row>
__global__ void gather_rows_kernel(std::uint32_t words, std::uint32_t stride, const float4* rows,
                                   const std::uint32_t* indices, std::uint32_t warps, float* sums) {
  constexpr std::uint32_t kRowsAtOnce = kLanes / lanes_per_row;
  const std::uint32_t warp = (blockIdx.x * kThreads + threadIdx.x) / kLanes;
  if (warp >= warps) return;
  const std::uint32_t lane = threadIdx.x % kLanes;
  const std::uint32_t part = lane / lanes_per_row;
  const std::uint32_t word = lane % lanes_per_row;
  float sum = 0;
  for (std::uint32_t base = 0; base < kGatheredPerWarp; base += kLanes) {
    const std::uint32_t index = indices[warp * kGatheredPerWarp + base + lane];
    REGROW_UNROLL
    for (std::uint32_t i = 0; i < kLanes; i += kRowsAtOnce) {
      const std::uint32_t row = __shfl_sync(kAllLanes, index, static_cast<int>(i + part));
      if (word >= words) continue;
      const float4 value = rows[std::size_t{row} * stride + word];
      sum += (value.x + value.y) + (value.z + value.w);
    }
  }
  sums[warp * kLanes + lane] = sum;
}

}  // namespace

void gather_rows(std::uint32_t row_bytes, std::uint32_t stride_bytes, const float* rows,
                 const std::uint32_t* indices, std::uint32_t count, float* sums,
                 const Stream& stream) {
  REGROW_CHECK(row_bytes % 16 == 0 && row_bytes <= 512 && stride_bytes % 16 == 0 &&
                   count % kGatheredPerWarp == 0,
               "rows that the gather benchmark cannot read");
  const std::uint32_t warps = count / kGatheredPerWarp;
  const std::uint32_t words = row_bytes / 16;
  const auto kernel = words > 16 ? gather_rows_kernel<32> : gather_rows_kernel<16>;
  launch(kernel, dim3((warps * kLanes + kThreads - 1) / kThreads), dim3(kThreads), 0,
         static_cast<cudaStream_t>(stream.get()), words, stride_bytes / 16,
         reinterpret_cast<const float4*>(rows), indices, warps, sums);
}

}  // namespace regrow::cuda
