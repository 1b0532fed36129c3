// What the CPU back end measures against a plain count over the network's state.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "cpu/cpu_backend.h"
#include "cpu/some_cells.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

std::unique_ptr<Backend> backend_with(const NetworkState& network, unsigned threads) {
  tests::TinyDataSettings data;
  data.shape = {1, 1, network.layers[0].inputs};
  data.classes = network.layers.back().outputs;
  BackendOptions options;
  options.threads = threads;
  options.all_threads = true;
  options.batch_size = 4;
  auto backend = make_cpu_backend(options);
  backend->attach(tests::shared_tiny_dataset(data));
  backend->load(network);
  return backend;
}

/// Coarse values, so that there are zeros, and as many signs of them.
NetworkState network_of(std::uint64_t seed, const std::vector<std::uint32_t>& sizes,
                        double density) {
  NetworkState network = tests::tiny_network(seed, sizes, density);
  for (LayerState& layer : network.layers) {
    for (double& weight : layer.weights.values) weight = std::round(weight * 16) / 16;
  }
  return network;
}

std::uint64_t plain_magnitude(double weight) {
  return std::bit_cast<std::uint32_t>(static_cast<float>(weight)) % 0x80000000U;
}

LayerMeasures plain_measures(const LayerState& layer, const CellList& protected_cells,
                             const std::optional<MagnitudeDigit>& digit) {
  LayerMeasures measures;
  const bool is_sparse = layer.kind == LayerKind::kSparse;
  if (is_sparse && digit) measures.magnitudes.resize(std::size_t{1} << digit->width);
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    const double weight = layer.weights.values[i];
    const bool is_candidate =
        is_sparse &&
        !std::binary_search(protected_cells.begin(), protected_cells.end(), layer.cells[i]);
    for (WeightCounts* counts : {&measures.weights, &measures.candidates}) {
      if (counts == &measures.candidates && !is_candidate) continue;
      ++(weight < 0 ? counts->negatives : weight > 0 ? counts->positives : counts->zeros);
    }
    if (!is_candidate || !digit) continue;
    const std::uint64_t key = plain_magnitude(weight);
    const std::uint64_t values = std::uint64_t{1} << digit->width;
    if ((key >> digit->shift) / values == digit->prefix) {
      ++measures.magnitudes[(key >> digit->shift) % values];
    }
  }
  return measures;
}

RC_GTEST_PROP(CpuMeasure, IsAPlainCountOfSignsAndDigits, ()) {
  const auto any_width = [] { return *rc::gen::inRange<std::uint32_t>(1, 30); };
  const NetworkState network =
      network_of(*rc::gen::inRange<std::uint64_t>(0, 1000),
                 {any_width(), any_width(), any_width(), 2}, *rc::gen::element(0.0, 0.1, 0.5, 1.0));
  const auto backend = backend_with(network, *rc::gen::inRange(1U, 5U));
  MeasureRequest request;
  if (*rc::gen::arbitrary<bool>()) {
    const auto percent = *rc::gen::element(0U, 30U, 100U);
    for (const LayerState& layer : network.layers) {
      request.protected_cells.push_back(tests::some_of(layer.cells, percent));
    }
  }
  if (*rc::gen::arbitrary<bool>()) {
    MagnitudeDigit digit;
    digit.width = *rc::gen::inRange(0U, 12U);
    digit.shift = *rc::gen::inRange(0U, 32U - digit.width);
    // Of a weight that is there, most often.
    const std::vector<double>& weights = network.layers.back().weights.values;
    const double weight = *rc::gen::elementOf(weights);
    digit.prefix = plain_magnitude(weight) >> (digit.shift + digit.width);
    request.digit = digit;
  }
  const std::vector<LayerMeasures> measures = backend->measure(request);
  RC_ASSERT(measures.size() == network.layers.size());
  for (std::size_t l = 0; l < measures.size(); ++l) {
    const CellList protects =
        request.protected_cells.empty() ? CellList() : request.protected_cells[l];
    RC_ASSERT(measures[l] == plain_measures(network.layers[l], protects, request.digit));
  }
  RC_ASSERT(backend->snapshot() == network);
}

TEST(CpuMeasure, OfADenseNetworkHasNoCandidates) {
  const NetworkState network = tests::tiny_network(1, {6, 5, 2}, 1, LayerKind::kDense);
  const auto backend = backend_with(network, 2);
  for (const LayerMeasures& measures : backend->measure({{}, MagnitudeDigit()})) {
    EXPECT_GT(measures.weights.positives, 0U);
    EXPECT_EQ(measures.candidates, WeightCounts());
    EXPECT_TRUE(measures.magnitudes.empty());
  }
}

TEST(CpuMeasure, CountWeightsIsItsFirstHalf) {
  const auto backend = backend_with(network_of(1, {9, 8, 2}, 0.5), 2);
  const std::vector<LayerMeasures> measures = backend->measure({});
  const std::vector<WeightCounts> counts = backend->count_weights();
  ASSERT_EQ(counts.size(), measures.size());
  for (std::size_t l = 0; l < counts.size(); ++l) EXPECT_EQ(counts[l], measures[l].weights);
}

TEST(CpuMeasure, RefusesWhatItCannotCount) {
  NetworkState network = network_of(1, {4, 2, 2}, 0);
  network.layers[0].cells = {1, 3, 6};
  network.layers[0].weights = Parameter({1, 2, 3}, 1);
  const auto backend = backend_with(network, 2);
  EXPECT_NO_THROW(backend->measure({{{1, 6}, {}}, {}}));
  for (const CellList& cells : {CellList{0}, CellList{1, 1}, CellList{6, 3}, CellList{7},
                                CellList{8}, CellList{std::uint64_t{1} << 40}}) {
    EXPECT_THROW(backend->measure({{cells, {}}, {}}), std::logic_error) << cells[0];
  }
  EXPECT_THROW(backend->measure({{{}}, {}}), std::logic_error) << "one list of two layers";
  EXPECT_NO_THROW(backend->measure({{}, MagnitudeDigit{31, 20, 11, 0}}));
  for (const MagnitudeDigit& digit :
       {MagnitudeDigit{63, 52, 11, 0}, MagnitudeDigit{31, 21, 11, 0}, MagnitudeDigit{31, 0, 12, 0},
        MagnitudeDigit{31, 0xFFFFFFFF, 11, 0}}) {
    EXPECT_THROW(backend->measure({{}, digit}), std::logic_error) << digit.shift;
  }
}

}  // namespace
}  // namespace regrow
