// The ceilings, then the step in both kinds of storage, then evolution, then the scores of cells.
#include "bench/primitives.h"

#include <span>

#include "bench/ceilings.h"
#include "bench/step_primitives.h"
#include "regrow/philox.h"

namespace regrow::cuda {
namespace {

struct CeilingSize {
  std::uint32_t rows;      // small enough for the L2 cache, too many for L1
  std::uint32_t gathered;  // rows read in a launch
  std::size_t copied;      // bytes; larger than any cache
};

void time_ceilings(const CeilingSize& size, const CallTimer& timer, const Stream& stream,
                   std::vector<PrimitiveTiming>& timings) {
  constexpr std::uint32_t kWidestStride = 416;
  const std::vector<float> noise = noise_values(std::size_t{size.rows} * kWidestStride / 4, 50);
  const DeviceArray<float> rows(std::span<const float>(noise), "rows", stream);
  std::vector<std::uint32_t> random(size.gathered);
  for (std::size_t i = 0; i < random.size(); ++i) {
    random[i] = random_block(0, Purpose::kSynthetic, 51, 0, i)[0] % size.rows;
  }
  const DeviceArray<std::uint32_t> indices(std::span<const std::uint32_t>(random), "indices",
                                           stream);
  DeviceArray<float> sums(std::size_t{size.gathered} / kGatheredPerWarp * 32, "sums", stream);
  const auto gather = [&](const char* name, std::uint32_t bytes, std::uint32_t stride) {
    timings.push_back(
        {name, "", static_cast<double>(bytes) * size.gathered, "", timer.time_captured([&] {
           gather_rows(bytes, stride, rows.data(), indices.data(), size.gathered, sums.data(),
                       stream);
         })});
  };
  // The rows of a batch of 100, as the step lays them out: in fp32 and in bf16.
  gather(kGather400, 400, kWidestStride);
  gather(kGather208, 208, 208);

  DeviceArray<std::uint8_t> from(size.copied, "copy", stream);
  DeviceArray<std::uint8_t> to(size.copied, "copy", stream);
  from.zero();
  timings.push_back(
      {kCopy, "", 2.0 * static_cast<double>(size.copied), "", timer.time_captured([&] {
         copy_bytes_on_device(to.data(), from.data(), size.copied, stream);
       })});
}

}  // namespace

std::vector<PrimitiveTiming> bench_primitives(const PrimitiveOptions& options) {
  const Stream stream;
  const CallTimer timer(options, stream);
  const BenchShape shape = bench_shape(options.tiny);
  const NetworkState network = bench_network(shape);
  std::vector<PrimitiveTiming> timings;
  const CeilingSize size = options.tiny ? CeilingSize{64, 4 * kGatheredPerWarp, 1 << 16}
                                        : CeilingSize{4000, 1 << 20, std::size_t{1} << 29};
  time_ceilings(size, timer, stream, timings);
  time_step<float>(shape, network, timer, stream, timings);
  time_step<BFloat16>(shape, network, timer, stream, timings);
  time_evolution(network, timer, stream, timings);
  time_scoring<float>(shape, network, timer, stream, timings);
  time_scoring<BFloat16>(shape, network, timer, stream, timings);
  return timings;
}

}  // namespace regrow::cuda
