// What the library engines hold: the connections they are given, changed by steps alone, and what
// they say of them. Their products and updates are checked end to end in library_backend_test.cpp.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "cuda/library/engine_kinds.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kInputs = 5, kOutputs = 4, kLd = 8;

struct HostConnections {
  std::vector<std::uint64_t> cells;
  std::vector<float> weights;
  std::vector<float> momentum;
  std::vector<float> second;  // slot, as Adam has one

  bool operator==(const HostConnections&) const = default;
};

HostConnections every_nth_cell(std::uint64_t step) {
  HostConnections result;
  for (std::uint64_t cell = 0; cell < kInputs * kOutputs; cell += step) {
    result.cells.push_back(cell);
    result.weights.push_back(0.25F * static_cast<float>(cell) - 2);
    result.momentum.push_back(static_cast<float>(cell) + 1);
    result.second.push_back(-static_cast<float>(cell) - 3);
  }
  return result;
}

class LibraryEngine : public testing::TestWithParam<const char*> {
 protected:
  // Two equal layers; the second reads the first one's output.
  std::unique_ptr<StepEngine<float>> make_engine(LayerKind kind, std::size_t capacity) {
    EngineSetup<float> setup;
    setup.stream = &stream_;
    values_ = {std::size_t{6} * 8 * kLd, "activations", stream_};
    values_.zero();
    const auto part = [&](std::size_t i) { return values_.data() + i * 8 * kLd; };
    for (std::uint32_t i = 0; i < 2; ++i) {
      setup.layers.push_back({{i, kInputs, kOutputs},
                              kind,
                              capacity,
                              2,
                              {part(5), {part(5) + kLd, part(5) + 2 * kLd}},
                              part(5) + 3 * kLd});
      setup.training.push_back({kLd, part(0), part(1), part(2), i > 0 ? part(3) : nullptr});
      setup.evaluation.push_back({2 * kLd, part(0), part(4), nullptr, nullptr});
    }
    return make_engine_kind(GetParam())->make(setup);
  }

  Connections upload(const HostConnections& host) {
    Connections connections;
    connections.count = host.cells.size();
    connections.cells = {std::span<const std::uint64_t>(host.cells), "cells", stream_};
    connections.weights.values = {std::span<const float>(host.weights), "weights", stream_};
    for (const auto* slot : {&host.momentum, &host.second}) {
      connections.weights.slots.emplace_back(std::span<const float>(*slot), "a slot", stream_);
    }
    return connections;
  }

  static HostConnections download(const StepEngine<float>& engine, std::size_t layer) {
    const Connections connections = engine.connections(layer);
    const std::size_t count = connections.count;
    return {connections.cells.download(count), connections.weights.values.download(count),
            connections.weights.slots[0].download(count),
            connections.weights.slots[1].download(count)};
  }

  std::vector<float> weights_of(const StepEngine<float>& engine, std::size_t layer) {
    const CanonicalWeights weights = engine.weights(layer);
    std::vector<float> values(weights.count);
    if (!values.empty()) {
      copy_bytes_to_host(values.data(), weights.values, values.size() * sizeof(float), stream_);
    }
    return values;
  }

  WeightCounts count(StepEngine<float>& engine, std::size_t layer) {
    DeviceArray<WeightCounts> counts(1, "counts", stream_);
    counts.zero();
    engine.count_weights(layer, counts.data());
    return counts.download()[0];
  }

  Stream stream_;
  DeviceArray<float> values_;
};

TEST_P(LibraryEngine, GivesBackWhatItWasGiven) {
  const auto engine = make_engine(LayerKind::kSparse, 3);
  // More than the capacity, fewer again, none, all: nothing of the last ones may be left.
  for (const std::uint64_t step : {7, 2, 5, 100, 1, 3}) {
    HostConnections first = every_nth_cell(step);
    if (step == 100) first = {};
    const HostConnections second = every_nth_cell(4);
    engine->assign(0, upload(first));
    engine->assign(1, upload(second));
    EXPECT_EQ(download(*engine, 0), first) << step;
    EXPECT_EQ(download(*engine, 1), second) << step;
    EXPECT_EQ(engine->connection_count(0), first.cells.size());
    EXPECT_EQ(engine->cells(0).download(), first.cells);
    EXPECT_EQ(weights_of(*engine, 0), first.weights);
  }
}

TEST_P(LibraryEngine, GivesBackDenseLayers) {
  const auto engine = make_engine(LayerKind::kDense, kInputs * kOutputs);
  const HostConnections all = every_nth_cell(1);
  engine->assign(0, upload(all));
  engine->assign(1, upload(all));
  EXPECT_EQ(download(*engine, 0), all);
  engine->reset_slots();
  const HostConnections later = download(*engine, 1);
  EXPECT_EQ(later.weights, all.weights);
  EXPECT_EQ(later.momentum, std::vector<float>(all.momentum.size(), 0));
  EXPECT_EQ(later.second, later.momentum);
  EXPECT_EQ(count(*engine, 0), (WeightCounts{8, 11, 1, 0}));
}

TEST_P(LibraryEngine, CountsConnectionsAndNotTheCellsWithoutOne) {
  const auto engine = make_engine(LayerKind::kSparse, 10);
  HostConnections some = every_nth_cell(4);  // −2 −1 0 1 2 of 20 cells
  engine->assign(0, upload(some));
  engine->assign(1, upload({}));
  EXPECT_EQ(count(*engine, 0), (WeightCounts{2, 2, 1, 0}));
  EXPECT_EQ(count(*engine, 1), (WeightCounts{0, 0, 0, 0}));
  some.weights[0] = std::numeric_limits<float>::infinity();
  some.momentum[3] = NAN;
  some.second[1] = NAN;
  engine->assign(0, upload(some));
  EXPECT_EQ(count(*engine, 0), (WeightCounts{1, 2, 1, 3}));
}

TEST_P(LibraryEngine, ForgetsItsSlotsAndNothingElse) {
  const auto engine = make_engine(LayerKind::kSparse, 10);
  HostConnections some = every_nth_cell(3);
  engine->assign(0, upload(some));
  engine->assign(1, upload({}));
  engine->reset_slots();
  some.momentum.assign(some.momentum.size(), 0);
  some.second = some.momentum;
  EXPECT_EQ(download(*engine, 0), some);
  EXPECT_EQ(download(*engine, 1), HostConnections{});
}

TEST_P(LibraryEngine, SaysWhatItTakes) {
  const auto kind = make_engine_kind(GetParam());
  const auto total = [&](LayerKind layer_kind, std::size_t capacity, std::size_t slots = 1,
                         UpdateMode update = UpdateMode::kFused) {
    const HiddenLayer layers[] = {{{0, 100, 50}, layer_kind, capacity, slots, {}, nullptr},
                                  {{1, 50, 40}, layer_kind, capacity, slots, {}, nullptr}};
    std::uint64_t bytes = 0;
    for (const MemoryPart& part : kind->memory(layers, update, 104, 512)) bytes += part.bytes;
    return bytes;
  };
  const std::uint64_t grown = total(LayerKind::kSparse, 200) - total(LayerKind::kSparse, 100);
  if (std::string(GetParam()) == "dense") {
    EXPECT_EQ(grown, 2 * 100 * 8U);  // cells alone
    // Weights and momentum of 5,000 and 2,000 cells, one gradient of 5,000, masks.
    const std::uint64_t dense = total(LayerKind::kDense, 0);
    EXPECT_EQ(total(LayerKind::kSparse, 0) - dense, 7000U);
    EXPECT_EQ(dense, 7000 * 8 + 5000 * 4 + cublas().workspace_bytes);
    // A slot more, and a gradient for each layer.
    EXPECT_EQ(total(LayerKind::kDense, 0, 2, UpdateMode::kGradients) - dense, 7000 * 4 + 2000 * 4U);
  } else {
    EXPECT_GE(grown, 2 * 100 * 28U);  // weight, momentum, two indices, position, and our two
    EXPECT_LT(total(LayerKind::kSparse, 100), 10000U);
    EXPECT_EQ(total(LayerKind::kSparse, 100, 2) - total(LayerKind::kSparse, 100), 2 * 100 * 4U);
  }
}

TEST_P(LibraryEngine, SaysWhenACapturedStepIsNoLongerValid) {
  const auto engine = make_engine(LayerKind::kSparse, 10);
  engine->assign(0, upload(every_nth_cell(3)));
  engine->assign(1, upload(every_nth_cell(3)));
  // cuSPARSE's launches are made for a number of connections; the dense arrays never move.
  EXPECT_EQ(engine->assign(0, upload(every_nth_cell(4))), std::string(GetParam()) == "cusparse");
}

INSTANTIATE_TEST_SUITE_P(Kinds, LibraryEngine, testing::ValuesIn(kEngineNames));

}  // namespace
}  // namespace regrow::cuda
