// differentiate(): a step without its update leaves all else as it is, and what follows it to the
// bit; its gradients are those that an update takes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "regrow/backend.h"
#include "support/devices.h"
#include "support/evolutions.h"
#include "support/learned_activations.h"
#include "support/tiny_data.h"

namespace regrow::tests {
namespace {

const std::vector<std::uint32_t> kDifferentiated = {48, 40, 24, 3};

struct Setting {
  std::string name;
  OptimiserKind optimiser = OptimiserKind::kSgd;
  double clip_norm = 0;
  ActivationKind activation = ActivationKind::kLeakyRelu;
  LayerKind kind = LayerKind::kSparse;
  ActivationStorage storage = ActivationStorage::kFloat32;
};
const std::vector<Setting> kSettings = {
    {"sgd"},
    {"sgd, clipped", OptimiserKind::kSgd, 0.1},
    {"adam, srelu", OptimiserKind::kAdam, 0, ActivationKind::kSRelu},
    {"gelu, bf16", OptimiserKind::kSgd, 0, ActivationKind::kGelu, LayerKind::kSparse,
     ActivationStorage::kBFloat16},
    {"dense", OptimiserKind::kSgd, 0, ActivationKind::kLeakyRelu, LayerKind::kDense},
};

BackendOptions options_of_setting(const Setting& setting) {
  BackendOptions options;
  options.seed = 3;
  options.batch_size = 7;
  options.optimiser.kind = setting.optimiser;
  options.clip_norm = setting.clip_norm;
  options.augmentation.enabled = true;
  options.activations = setting.storage;
  return options;
}

std::unique_ptr<Backend> differentiable(const Setting& setting, const BackendOptions& options) {
  NetworkState network =
      tiny_network(2, kDifferentiated, setting.kind == LayerKind::kDense ? 1 : 0.2, setting.kind,
                   slot_count(setting.optimiser));
  set_activation(setting.activation, 3, network);
  std::unique_ptr<Backend> backend = make_backend(kTestDevice, options);
  backend->attach(shared_tiny_dataset());
  backend->load(network);
  return backend;
}

TEST(CudaDifferentiate, ChangesNothingAndHasTheSumsOfTheStep) {
  for (const Setting& setting : kSettings) {
    SCOPED_TRACE(setting.name);
    const auto backend = differentiable(setting, options_of_setting(setting));
    const auto plain = differentiable(setting, options_of_setting(setting));
    for (Backend* const each : {backend.get(), plain.get()}) {
      each->train({0, 2, 4}, std::vector<float>(2, 0.05F));
    }
    const NetworkState before = backend->snapshot();
    const LossSums sums = backend->differentiate({2, 1, 4});
    EXPECT_EQ(backend->snapshot(), before);
    backend->differentiate({5, 1, 4});  // of another epoch
    backend->cell_gradients(0, {0, 1, 2});
    EXPECT_EQ(backend->snapshot(), before);
    const std::vector<float> rates(2, 0.05F);
    const std::vector<LossSums> expected = plain->train({2, 2, 4}, rates);
    EXPECT_EQ(sums.loss, expected[0].loss);
    EXPECT_EQ(sums.hits, expected[0].hits);
    EXPECT_EQ(sums.samples, 7U);
    const std::vector<LossSums> after = backend->train({2, 2, 4}, rates);
    EXPECT_EQ(after[1].loss, expected[1].loss);
    EXPECT_EQ(backend->snapshot(), plain->snapshot());
  }
}

// Where nothing decays and a step is the first, sgd's momentum is −lr·gradient.
TEST(CudaDifferentiate, GradientsOfConnectionsAreThoseOfAnUpdate) {
  for (const Setting& setting : kSettings) {
    if (setting.optimiser != OptimiserKind::kSgd || setting.clip_norm > 0) continue;
    SCOPED_TRACE(setting.name);
    BackendOptions options = options_of_setting(setting);
    options.optimiser.weight_decay = 0;
    const auto backend = differentiable(setting, options);
    const NetworkState network = backend->snapshot();
    backend->differentiate({1, 1, 4});
    std::vector<std::vector<double>> gradients;
    for (std::uint32_t l = 0; l + 1 < network.layers.size(); ++l) {
      CellList cells = network.layers[l].cells;
      if (setting.kind == LayerKind::kDense) {
        for (std::uint64_t c = 0; c < network.layers[l].cell_count(); ++c) cells.push_back(c);
      }
      gradients.push_back(backend->cell_gradients(l, cells));
    }
    backend->train({1, 1, 4}, std::vector<float>(1, 1.0F));
    const NetworkState after = backend->snapshot();
    for (std::size_t l = 0; l < gradients.size(); ++l) {
      const std::vector<double>& momentum = after.layers[l].weights.slots[0];
      ASSERT_EQ(momentum.size(), gradients[l].size());
      for (std::size_t k = 0; k < momentum.size(); ++k) {
        ASSERT_EQ(-momentum[k], gradients[l][k]) << l << ", " << k;
      }
    }
  }
}

// By the back end's own gradients of all cells, which a list and a tile add up in other orders.
TEST(CudaDifferentiate, TheCellsOfTheLargestGradientsGrow) {
  for (const Setting& setting : kSettings) {
    if (setting.kind == LayerKind::kDense) continue;
    SCOPED_TRACE(setting.name);
    const auto backend = differentiable(setting, options_of_setting(setting));
    const NetworkState network = backend->snapshot();
    backend->differentiate({1, 1, 4});
    EvolutionPlan plan = scored_evolution_of(*backend, CandidateLaw::kAll, 1, 300'000, 1);
    plan.reports_cells = true;
    std::vector<std::vector<double>> gradients;
    for (std::uint32_t l = 0; l + 1 < network.layers.size(); ++l) {
      CellList all;
      for (std::uint64_t cell = 0; cell < network.layers[l].cell_count(); ++cell) {
        all.push_back(cell);
      }
      gradients.push_back(backend->cell_gradients(l, all));
    }
    const std::vector<EvolutionReport> reports = backend->evolve(plan);
    for (std::size_t l = 0; l < gradients.size(); ++l) {
      const EvolutionReport& report = reports[l];
      ASSERT_EQ(report.grown_cells.size(), plan.layers[l].grow);
      ASSERT_EQ(report.dropped_cells.size(), report.dropped.dropped());
      EXPECT_EQ(report.grown.scored, network.layers[l].cell_count() - report.dropped.remaining);
      double lowest_grown = 1e30, highest_left = 0, highest = 0;
      for (std::uint64_t cell = 0; cell < gradients[l].size(); ++cell) {
        const auto is_in = [&](const CellList& cells) {
          return std::binary_search(cells.begin(), cells.end(), cell);
        };
        const double score = std::abs(gradients[l][cell]);
        highest = std::max(highest, score);
        if (is_in(report.grown_cells)) {
          lowest_grown = std::min(lowest_grown, score);
        } else if (!is_in(network.layers[l].cells) || is_in(report.dropped_cells)) {
          highest_left = std::max(highest_left, score);
        }
      }
      EXPECT_GT(highest_left, 0);
      // Seven products, each rounded by 2^-24 of sums not far beyond the highest.
      EXPECT_GE(lowest_grown, highest_left - 32 * 0x1p-24 * highest) << l;
    }
  }
}

TEST(CudaDifferentiate, ScoresNeedItsBatch) {
  const Setting& setting = kSettings.front();
  const auto backend = differentiable(setting, options_of_setting(setting));
  MeasureRequest request;
  request.strengths = StrengthRequest{};
  EvolutionPlan plan = evolution_of(*backend, DropRule::kMagnitude, 300'000);
  plan.growth.rule = rule_of("gradient");
  const auto expect_refusals = [&](const char* after) {
    EXPECT_THROW(backend->cell_gradients(0, {1}), std::logic_error) << after;
    EXPECT_THROW(backend->measure(request), std::logic_error) << after;
    EXPECT_THROW(backend->evolve(plan), std::logic_error) << after;
  };
  expect_refusals("load");
  backend->differentiate({0, 1, 4});
  EXPECT_NO_THROW(backend->measure(request));
  EXPECT_NO_THROW(backend->evolve(plan));
  EXPECT_NO_THROW(backend->cell_gradients(0, {1}));
  backend->train({0, 1, 4}, std::vector<float>(1, 0.05F));
  expect_refusals("train");
  backend->differentiate({0, 1, 4});
  backend->evaluate(Split::kTest);
  expect_refusals("evaluate");
  backend->differentiate({0, 1, 4});
  backend->load(backend->snapshot());
  expect_refusals("load");
  backend->differentiate({0, 1, 4});
  EXPECT_THROW(backend->cell_gradients(0, {2, 1}), std::logic_error);
  EXPECT_THROW(backend->cell_gradients(0, {1, 1}), std::logic_error);
  EXPECT_THROW(backend->cell_gradients(0, {std::uint64_t{48} * 40}), std::logic_error);
  EXPECT_THROW(backend->cell_gradients(2, {1}), std::logic_error) << "the output layer";
  EXPECT_THROW(backend->differentiate({0, 2, 4}), std::logic_error);
}

}  // namespace
}  // namespace regrow::tests
