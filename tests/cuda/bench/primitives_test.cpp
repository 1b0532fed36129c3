// The benchmarks' own kernels compute what they say, and every primitive is timed.
#include "bench/primitives.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

#include "bench/bench_network.h"
#include "bench/ceilings.h"
#include "bench/timer.h"
#include "step/output.h"

namespace regrow::cuda {
namespace {

void expect_sums(std::uint32_t row_bytes, std::uint32_t stride_bytes) {
  const Stream stream;
  constexpr std::uint32_t kRows = 37, kCount = 6 * kGatheredPerWarp;
  const std::uint32_t stride = stride_bytes / 4;
  std::vector<float> rows(std::size_t{kRows} * stride);
  // Whole numbers: their sums are exact in any order.
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i * 31 % 101);
  std::vector<std::uint32_t> indices(kCount);
  for (std::uint32_t i = 0; i < kCount; ++i) indices[i] = i * i % kRows;
  const DeviceArray<float> device_rows(std::span<const float>(rows), "rows", stream);
  const DeviceArray<std::uint32_t> device_indices(std::span<const std::uint32_t>(indices),
                                                  "indices", stream);
  DeviceArray<float> sums(std::size_t{6} * 32, "sums", stream);
  gather_rows(row_bytes, stride_bytes, device_rows.data(), device_indices.data(), kCount,
              sums.data(), stream);
  const std::vector<float> result = sums.download();
  for (std::uint32_t warp = 0; warp < 6; ++warp) {
    double expected = 0;
    for (std::uint32_t i = 0; i < kGatheredPerWarp; ++i) {
      const std::uint32_t row = indices[warp * kGatheredPerWarp + i];
      for (std::uint32_t f = 0; f < row_bytes / 4; ++f) expected += rows[row * stride + f];
    }
    const auto first = result.begin() + warp * 32;
    EXPECT_EQ(std::accumulate(first, first + 32, 0.0), expected) << row_bytes << " " << warp;
  }
}

TEST(GatherRows, ReadsEveryWordOfEveryRowOnce) {
  expect_sums(400, 416);
  expect_sums(208, 208);
  expect_sums(16, 32);
  expect_sums(256, 256);
  expect_sums(512, 512);
}

// What is timed is what runs on the device: counted there.
TEST(CallTimer, RunsAsManyCallsARoundAsItDividesBy) {
  const Stream stream;
  const PrimitiveOptions options = {.rounds = 2, .launches = 3};
  const CallTimer timer(options, stream);
  DeviceArray<float> losses(1, "losses", stream);
  const std::vector<std::uint32_t> one = {1};
  const DeviceArray<std::uint32_t> hits(std::span<const std::uint32_t>(one), "hits", stream);
  DeviceArray<StepSums> sums(1, "sums", stream);
  losses.zero();
  const auto body = [&] { add_sums(1, losses.data(), hits.data(), sums.data(), stream); };
  const auto calls = [&] { return sums.download().front().hits; };

  sums.zero();
  EXPECT_EQ(timer.time_captured(body).size(), 2U);
  EXPECT_EQ(calls(), 1U + 3U + 2U * 3U) << "one before the capture, a graph to warm up, two timed";
  EXPECT_EQ(timer.time_captured(body, [&] { sums.zero(); }).size(), 2U);
  EXPECT_EQ(calls(), 3U) << "the round begins anew";
  sums.zero();
  EXPECT_EQ(timer.time_called(body).size(), 2U);
  EXPECT_EQ(calls(), 3U + 2U * 3U) << "three to warm up, two rounds";
}

TEST(BenchPrimitives, TimesEveryPrimitiveInBothKindsOfStorage) {
  const std::vector<PrimitiveTiming> timings =
      bench_primitives({.rounds = 2, .launches = 2, .tiny = true});
  std::set<std::string> names;
  std::map<std::string, int> of_storage;
  for (const PrimitiveTiming& timing : timings) {
    EXPECT_TRUE(names.insert(timing.name + timing.storage).second) << timing.name << " is twice";
    ++of_storage[timing.storage];
    EXPECT_GT(timing.bytes, 0) << timing.name;
    ASSERT_EQ(timing.seconds.size(), 2U) << timing.name;
    for (const double seconds : timing.seconds) EXPECT_GT(seconds, 0) << timing.name;
    EXPECT_TRUE(timing.ceiling.empty() || names.count(timing.ceiling) == 1) << timing.name;
  }
  // Three hidden layers: 3 forward, 2 backward, and load, of three kinds, multiply, softmax,
  // backward, update; of optimisers that keep gradients besides these, their clipping and their
  // application; scores of all cells and of candidates.
  EXPECT_EQ(of_storage["fp32"], 17);
  EXPECT_EQ(of_storage["bf16"], 17);
  for (const char* name :
       {"gather 400 B", "gather 208 B", "device copy", "count weights", "count candidates",
        "count magnitudes", "drop", "evolve random", "evolve one_neighbour",
        "evolve most_neighbours", "rebuild", "draw_candidates"}) {
    EXPECT_EQ(names.count(name), 1U) << name;
  }
}

TEST(Bfloat16Noise, IsRoundedTowardsZero) { EXPECT_EQ(as_bfloat16({-1.5F, 1.0F})[0].bits, 0xBFC0); }

}  // namespace
}  // namespace regrow::cuda
