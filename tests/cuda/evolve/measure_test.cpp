// Counts of weights and of candidates on the device, by hand and by loops.
#include "evolve/measure.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "cuda/evolve/evolve_layers.h"
#include "support/edge_values.h"

namespace regrow::cuda {
namespace {

constexpr MagnitudeDigit kDigits[] = {
    {31, 20, 11, 0}, {31, 9, 11, 0}, {31, 0, 9, 0}, {31, 30, 1, 0}, {31, 31, 0, 0}};

WeightCounts counted(const std::vector<float>& values, bool only_finite, const Stream& stream) {
  DeviceArray<WeightCounts> counts(1, "counts", stream);
  counts.zero();
  const DeviceArray<float> device_values(std::span<const float>(values), "values", stream);
  count_weights(device_values.data(), values.size(), only_finite, counts.data(), stream);
  return counts.download()[0];
}

TEST(CudaCountWeights, TellsSignsZerosAndWhatIsNotFinite) {
  const Stream stream;
  const std::vector<float> values = tests::weights_of_every_sign();
  in_every_thread_order([&] {
    EXPECT_EQ(counted(values, false, stream),
              (WeightCounts{.negatives = 3, .positives = 4, .zeros = 2, .non_finite = 4}));
    EXPECT_EQ(counted(values, true, stream), (WeightCounts{.non_finite = 4}));
    EXPECT_EQ(counted({}, false, stream), WeightCounts{});
  });
}

TEST(CudaCountWeights, AddsOverManyBlocks) {
  const Stream stream;
  const std::vector<float> values(1000, -1.5F);
  DeviceArray<WeightCounts> counts(1, "counts", stream);
  counts.upload(std::vector<WeightCounts>{{1, 2, 3, 4}});
  const DeviceArray<float> device_values(std::span<const float>(values), "values", stream);
  count_weights(device_values.data(), values.size(), false, counts.data(), stream);
  EXPECT_EQ(counts.download()[0], (WeightCounts{1001, 2, 3, 4}));
}

CanonicalWeights weights_of(const Connections& connections) {
  return {{}, connections.weights.values.data(), connections.count};
}

std::vector<std::uint64_t> magnitudes_of(const HostLayer& layer, const CellList& protected_cells,
                                         const MagnitudeDigit& digit, const Stream& stream) {
  const Connections connections = upload(layer, stream);
  const Cells cells = upload_cells(protected_cells, stream);
  DeviceArray<std::uint64_t> totals(std::size_t{1} << digit.width, "totals", stream);
  totals.zero();
  count_magnitudes(weights_of(connections), connections.cells, set_of(cells), digit, totals.data(),
                   stream);
  return totals.download();
}

std::vector<std::uint64_t> plain_magnitudes(const HostLayer& candidates,
                                            const MagnitudeDigit& digit) {
  std::vector<std::uint64_t> totals(std::size_t{1} << digit.width);
  for (const float weight : candidates.weights) {
    const std::uint64_t magnitude = std::bit_cast<std::uint32_t>(weight) & 0x7FFFFFFFU;
    if (magnitude >> (digit.shift + digit.width) != digit.prefix) continue;
    ++totals[magnitude >> digit.shift & (totals.size() - 1)];
  }
  return totals;
}

// Signs and every digit of the candidates: with the prefixes of some weights, and with others.
void expect_measures(const HostLayer& layer, const CellList& protected_cells,
                     const Stream& stream) {
  const HostLayer candidates = without(layer, protected_cells);
  const Connections connections = upload(layer, stream);
  const Cells cells = upload_cells(protected_cells, stream);
  DeviceArray<CandidateTotals> totals(1, "totals", stream);
  totals.zero();
  count_candidates(weights_of(connections), connections.cells, set_of(cells), totals.data(),
                   stream);
  const CandidateTotals found = totals.download()[0];
  EXPECT_EQ((WeightCounts{found.negatives, found.positives, found.zeros, 0}), signs_of(candidates));
  EXPECT_EQ(found.protected_ones, protected_cells.size());

  for (MagnitudeDigit digit : kDigits) {
    std::vector<std::uint64_t> prefixes = {0, 1, (1U << 20) + 3};
    for (std::size_t i = 0; i < layer.weights.size(); i += 37) {
      const std::uint32_t bits = std::bit_cast<std::uint32_t>(std::abs(layer.weights[i]));
      prefixes.push_back(std::uint64_t{bits} >> (digit.shift + digit.width));
    }
    for (const std::uint64_t prefix : prefixes) {
      digit.prefix = prefix;
      EXPECT_EQ(magnitudes_of(layer, protected_cells, digit, stream),
                plain_magnitudes(candidates, digit))
          << "shift " << digit.shift << ", width " << digit.width << ", prefix " << prefix;
    }
  }
}

RC_GTEST_PROP(CudaMeasures, AreThoseOfALoopOverTheCandidates, ()) {
  const Stream stream;
  const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  const HostLayer layer =
      random_layer(seed, *rc::gen::inRange<std::uint32_t>(1, 60),
                   *rc::gen::inRange<std::uint32_t>(1, 40), *rc::gen::element(0.0, 0.02, 0.3, 1.0));
  const CellList protected_cells = some_cells(layer, *rc::gen::element(0.0, 0.1, 0.9, 1.0), seed);
  in_every_thread_order([&] { expect_measures(layer, protected_cells, stream); });
  RC_ASSERT(!testing::Test::HasFailure());
}

// Denormal numbers, both zeros and what is not finite have their magnitudes, too.
TEST(CudaMeasures, OfEdgeValuesAreByTheirBits) {
  const Stream stream;
  HostLayer layer;
  layer.weights = tests::weights_of_every_sign();
  layer.shape = {0, static_cast<std::uint32_t>(layer.weights.size()), 1};
  for (std::uint64_t cell = 0; cell < layer.weights.size(); ++cell) layer.cells.push_back(cell);
  for (const MagnitudeDigit& digit : kDigits) {
    EXPECT_EQ(magnitudes_of(layer, {1}, digit, stream),
              plain_magnitudes(without(layer, {1}), digit));
  }
  const Connections connections = upload(layer, stream);
  DeviceArray<CandidateTotals> totals(1, "totals", stream);
  totals.zero();
  count_candidates(weights_of(connections), connections.cells, {}, totals.data(), stream);
  const CandidateTotals found = totals.download()[0];
  EXPECT_EQ(found.negatives + found.positives + found.zeros, 9U) << "NaN has no sign";
}

TEST(CudaMeasures, OfCellsBeyond32BitsTellWhichAreProtected) {
  const Stream stream;
  const HostLayer layer = wide_layer();
  expect_measures(layer, some_cells(layer, 0.3, 1), stream);
}

TEST(CudaMeasures, RefuseDigitsThatFloatsDoNotHave) {
  EXPECT_NO_THROW(require_digit_of_floats({31, 20, 11, 0}));
  EXPECT_THROW(require_digit_of_floats({63, 20, 11, 0}), std::logic_error);
  EXPECT_THROW(require_digit_of_floats({30, 0, 9, 0}), std::logic_error);
  EXPECT_THROW(require_digit_of_floats({31, 21, 11, 0}), std::logic_error);
  EXPECT_THROW(require_digit_of_floats({31, 0, 12, 0}), std::logic_error);
  EXPECT_THROW(require_digit_of_floats({31, ~0U, 11, 0}), std::logic_error);
}

}  // namespace
}  // namespace regrow::cuda
