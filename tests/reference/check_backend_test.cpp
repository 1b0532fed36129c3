// The lockstep check: equal back ends pass, and a back end that is wrong in one place is caught
// with that place named.
#include "backend/check_backend.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reference/reference_backend.h"
#include "regrow/error.h"
#include "support/evolutions.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

// The reference, except for what a test makes wrong.
class WrongBackend final : public Backend {
 public:
  explicit WrongBackend(const BackendOptions& options)
      : backend_(make_reference_backend(options)) {}

  std::function<void(std::uint64_t step, NetworkState&)> after_step = [](auto, auto&) {};
  std::function<void(LossSums&)> change_sums = [](auto&) {};
  std::function<void(std::span<float>)> change_logits = [](auto) {};
  std::function<void(LayerMeasures&)> change_measures = [](auto&) {};
  std::function<void(EvolutionReport&)> change_report = [](auto&) {};
  std::function<void(NetworkState&)> after_evolution = [](auto&) {};

  ActivationStorage activations = ActivationStorage::kFloat32;

  Capabilities capabilities() const override {
    Capabilities result = backend_->capabilities();
    result.device = "wrong";
    result.activations = activations;
    return result;
  }
  void attach(std::shared_ptr<const Dataset> dataset) override {
    backend_->attach(std::move(dataset));
  }
  void load(const NetworkState& network) override { backend_->load(network); }
  NetworkState snapshot() const override { return backend_->snapshot(); }
  std::vector<LossSums> train(const StepRange& range, std::span<const float> rates) override {
    std::vector<LossSums> sums = backend_->train(range, rates);
    change_sums(sums.back());
    change([&](NetworkState& network) { after_step(range.first, network); });
    return sums;
  }
  LossSums evaluate(Split split, std::span<float> logits) override {
    LossSums sums = backend_->evaluate(split, logits);
    change_sums(sums);
    change_logits(logits);
    return sums;
  }
  void reset_momentum() override { backend_->reset_momentum(); }
  std::vector<LayerMeasures> measure(const MeasureRequest& request) override {
    std::vector<LayerMeasures> measures = backend_->measure(request);
    change_measures(measures[1]);
    return measures;
  }
  std::vector<EvolutionReport> evolve(const EvolutionPlan& plan) override {
    std::vector<EvolutionReport> reports = backend_->evolve(plan);
    change_report(reports[1]);
    change(after_evolution);
    return reports;
  }

 private:
  void change(const std::function<void(NetworkState&)>& edit) {
    NetworkState network = backend_->snapshot();
    edit(network);
    backend_->load(network);
  }

  std::unique_ptr<Backend> backend_;
};

class CheckBackendTest : public ::testing::Test {
 protected:
  CheckBackendTest() {
    BackendOptions options;
    options.batch_size = 8;
    options.augmentation.enabled = true;
    auto wrong = std::make_unique<WrongBackend>(options);
    wrong_ = wrong.get();
    backend_ = make_check_backend(std::move(wrong), make_reference_backend(options));
    alone_ = make_reference_backend(options);
    for (Backend* backend : {backend_.get(), alone_.get()}) {
      backend->attach(tests::shared_tiny_dataset());
      backend->load(tests::tiny_network(1, {48, 10, 8, 3}, 0.4));
    }
  }

  static void train_epoch(Backend& backend, float learning_rate = 0.05F) {
    backend.train({0, 4, 4}, std::vector<float>(4, learning_rate));
  }

  static void evolve(Backend& backend, bool is_within_epoch = false) {
    EvolutionPlan plan = tests::evolution_of(backend, DropRule::kPerSign, 300'000);
    plan.time = {5, is_within_epoch};
    plan.growth.rule = tests::rule_of("one_neighbour");
    plan.reports_grown_cells = true;
    backend.evolve(plan);
  }

  static std::string error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
  std::string training_error() {
    return error_of([&] { train_epoch(*backend_); });
  }
  std::string evaluation_error() {
    return error_of([&] { backend_->evaluate(Split::kTest); });
  }
  std::string evolution_error() {
    return error_of([&] { evolve(*backend_); });
  }

  WrongBackend* wrong_ = nullptr;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Backend> alone_;
};

TEST_F(CheckBackendTest, EqualBackendsPassAndGiveTheFirstOnesResults) {
  EXPECT_EQ(backend_->capabilities().device, "check:wrong,reference");
  for (Backend* backend : {backend_.get(), alone_.get()}) {
    train_epoch(*backend);
    evolve(*backend);
    backend->train({4, 2, 4}, std::vector<float>(2, 0.05F));
    backend->reset_momentum();
    backend->train({6, 2, 4}, std::vector<float>(2, 0.05F));
  }
  EXPECT_EQ(backend_->snapshot(), alone_->snapshot());
  EXPECT_EQ(backend_->evaluate(Split::kTest).loss, alone_->evaluate(Split::kTest).loss);
}

TEST_F(CheckBackendTest, DifferencesWithinRoundingPassAndDoNotAddUp) {
  wrong_->after_step = [](auto, NetworkState& network) {
    for (LayerState& layer : network.layers) {
      for (double& weight : layer.weights) weight = static_cast<float>(weight);
      for (double& velocity : layer.momentum) velocity = static_cast<float>(velocity);
    }
  };
  EXPECT_EQ(training_error(), "no error");
  backend_->reset_momentum();
  // Steps so small that the rounding of the weights is all there is.
  EXPECT_EQ(error_of([&] { train_epoch(*backend_, 1e-6F); }), "no error");
  EXPECT_EQ(evolution_error(), "no error");
}

// LeakyReLU's other slope in one sample moves few gradients by little; an error moves many or much.
TEST_F(CheckBackendTest, AllowsOneKinkInAHundredConnections) {
  double by = 0.03;
  std::size_t count = 1;
  wrong_->after_step = [&](std::uint64_t, NetworkState& network) {
    LayerState& layer = network.layers[0];
    ASSERT_EQ(layer.weights.size() / 100, 1U);
    double largest = 0;
    for (const double velocity : layer.momentum) largest = std::max(largest, std::abs(velocity));
    for (std::size_t k = 0; k < count; ++k) {
      layer.momentum[k] += by * largest;
      layer.weights[k] += by * largest;
    }
  };
  EXPECT_EQ(training_error(), "no error");
  count = 2;
  EXPECT_NE(training_error(), "no error");
  count = 1;
  by = 0.1;
  EXPECT_NE(training_error(), "no error");
}

TEST_F(CheckBackendTest, NamesStepLayerAndCellOfAWrongWeight) {
  std::uint64_t cell = 0;
  wrong_->after_step = [&](std::uint64_t step, NetworkState& network) {
    if (step != 2) return;
    cell = network.layers[1].cells[7];
    network.layers[1].weights[7] += 1e-5;
  };
  const std::string error = training_error();
  const std::string place = "check: step 2: layer 1, weight of cell " + std::to_string(cell) +
                            " (out " + std::to_string(cell / 10) + ", in " +
                            std::to_string(cell % 10) + "): wrong has ";
  EXPECT_EQ(error.substr(0, place.size()), place);
  EXPECT_NE(error.find(", reference has "), std::string::npos);
}

// A velocity a percent too small is far below any absolute bound on weights.
TEST_F(CheckBackendTest, CatchesAGradientOnePercentOff) {
  wrong_->after_step = [](std::uint64_t step, NetworkState& network) {
    if (step != 0) return;
    LayerState& layer = network.layers[0];
    for (std::size_t k = 0; k < layer.weights.size(); ++k) {
      layer.weights[k] -= 0.01 * layer.momentum[k];
      layer.momentum[k] *= 0.99;
    }
  };
  EXPECT_NE(training_error().find("step 0: layer 0, momentum"), std::string::npos);
}

// Where one of the two stores activations in bf16, three percent are no error and ten are.
TEST_F(CheckBackendTest, TakesWiderBoundsForBfloat16) {
  BackendOptions options;
  options.batch_size = 8;
  auto wrong = std::make_unique<WrongBackend>(options);
  wrong->activations = ActivationStorage::kBFloat16;
  double by = 0.03;
  wrong->after_step = [&](auto, NetworkState& network) {
    LayerState& layer = network.layers[0];
    for (std::size_t k = 0; k < layer.weights.size(); ++k) {
      layer.weights[k] -= by * layer.momentum[k];
      layer.momentum[k] *= 1 - by;
    }
  };
  backend_ = make_check_backend(std::move(wrong), make_reference_backend(options));
  backend_->attach(tests::shared_tiny_dataset());
  backend_->load(tests::tiny_network(1, {48, 10, 8, 3}, 0.4));
  EXPECT_EQ(training_error(), "no error");
  by = 0.2;
  EXPECT_NE(training_error().find("step 0: layer 0, momentum"), std::string::npos);
}

TEST_F(CheckBackendTest, NamesTheNeuronOfAWrongBias) {
  wrong_->after_step = [](auto, NetworkState& network) { network.layers[2].biases[1] += 1e-3; };
  EXPECT_NE(training_error().find("step 0: layer 2, bias of neuron 1"), std::string::npos);
}

TEST_F(CheckBackendTest, CatchesALossThatBecameNaNInTheSecond) {
  BackendOptions options;
  options.batch_size = 8;
  auto wrong = std::make_unique<WrongBackend>(options);
  wrong->change_sums = [](LossSums& sums) { sums.loss = std::nan(""); };
  backend_ = make_check_backend(make_reference_backend(options), std::move(wrong));
  backend_->attach(tests::shared_tiny_dataset());
  backend_->load(tests::tiny_network(1, {48, 10, 8, 3}, 0.4));
  EXPECT_NE(training_error().find("step 0: sum of losses"), std::string::npos);
}

// A run that diverges overflows first in the smaller precision, which is no defect of either.
TEST_F(CheckBackendTest, LeavesItToTheTrainerToReportWhatIsNotFiniteInTheFirst) {
  wrong_->change_sums = [](LossSums& sums) { sums = {std::nan(""), 0, sums.samples}; };
  EXPECT_EQ(training_error(), "no error");
  EXPECT_EQ(evaluation_error(), "no error");
  wrong_->change_sums = [](auto&) {};
  wrong_->after_step = [](std::uint64_t step, NetworkState& network) {
    if (step == 3) network.layers[1].weights[0] = std::numeric_limits<double>::infinity();
  };
  EXPECT_EQ(training_error(), "no error");
}

TEST_F(CheckBackendTest, CatchesWrongHitsAndSamples) {
  wrong_->change_sums = [](LossSums& sums) { sums.hits = 8 - sums.hits; };
  EXPECT_NE(training_error().find("hits"), std::string::npos);
  wrong_->change_sums = [](LossSums& sums) { sums.hits += 1; };
  EXPECT_NE(evaluation_error().find("evaluation of the test samples: wrong has"),
            std::string::npos);
  wrong_->change_sums = [](LossSums& sums) { sums.samples += 1; };
  EXPECT_NE(evaluation_error().find("samples"), std::string::npos);
}

TEST_F(CheckBackendTest, NamesTheSampleOfAWrongLogit) {
  wrong_->change_logits = [](std::span<float> logits) { logits[3 * 4 + 2] += 0.01F; };
  EXPECT_NE(evaluation_error().find("logit of sample 4, class 2"), std::string::npos);
}

TEST_F(CheckBackendTest, CatchesMeasuresThatDiffer) {
  const MeasureRequest request = {{}, MagnitudeDigit{31, 20, 11, 0}};
  const auto error = [&] { return error_of([&] { backend_->measure(request); }); };
  EXPECT_EQ(error(), "no error");
  wrong_->change_measures = [](LayerMeasures& layer) { layer.weights.non_finite += 1; };
  EXPECT_EQ(error().rfind("check: measures: layer 1: wrong reports ", 0), 0U) << error();
  wrong_->change_measures = [](LayerMeasures& layer) { layer.candidates.positives -= 1; };
  EXPECT_EQ(error().rfind("check: measures: layer 1: wrong reports candidates: ", 0), 0U);
  wrong_->change_measures = [](LayerMeasures& layer) { layer.magnitudes[1013] += 3; };
  EXPECT_NE(error().find(" candidates with the digit 1013; reference reports "), std::string::npos)
      << error();
  wrong_->change_measures = [](LayerMeasures& layer) { layer.magnitudes.clear(); };
  EXPECT_NE(error().find("wrong reports only 0 entries; reference reports 0 candidates with the "
                         "digit 0"),
            std::string::npos)
      << error();
}

TEST_F(CheckBackendTest, CatchesReportsThatDifferByOne) {
  wrong_->change_report = [](EvolutionReport& report) { report.dropped.zeros += 1; };
  EXPECT_EQ(evolution_error().rfind("check: evolution at time 5: layer 1: wrong reports ", 0), 0U);
  wrong_->change_report = [](EvolutionReport& report) { report.grown.filled += 1; };
  EXPECT_NE(evolution_error().find(" of them by the random fill; reference reports "),
            std::string::npos);
  wrong_->change_report = [](EvolutionReport& report) { report.grown_cells.back() += 1; };
  EXPECT_NE(evolution_error().find(" as grown cell "), std::string::npos);
  wrong_->change_report = [](EvolutionReport& report) { report.grown_cells.pop_back(); };
  EXPECT_NE(evolution_error().find("wrong reports only "), std::string::npos);
}

TEST_F(CheckBackendTest, NamesTheStepOfAnEvolutionWithinAnEpoch) {
  wrong_->change_report = [](EvolutionReport& report) { report.dropped.zeros += 1; };
  const std::string error = error_of([&] { evolve(*backend_, true); });
  EXPECT_EQ(error.rfind("check: evolution after step 5: layer 1: ", 0), 0U) << error;
}

TEST_F(CheckBackendTest, NamesACellGrownElsewhere) {
  std::uint64_t moved = 0;
  wrong_->after_evolution = [&](NetworkState& network) {
    LayerState& layer = network.layers[0];
    for (std::size_t k = 0; k < layer.cells.size(); ++k) {
      const bool has_room =
          k + 1 == layer.cells.size() ? false : layer.cells[k + 1] > layer.cells[k] + 1;
      if (layer.weights[k] != 0 || !has_room) continue;
      moved = layer.cells[k];
      layer.cells[k] += 1;
      return;
    }
  };
  const std::string error = evolution_error();
  const std::string place = "check: evolution at time 5: layer 0: cell " + std::to_string(moved) +
                            " (out " + std::to_string(moved / 48) + ", in " +
                            std::to_string(moved % 48) +
                            ") is a connection of reference but not of wrong";
  EXPECT_EQ(error, place);
}

TEST_F(CheckBackendTest, CatchesMomentumInheritedByAGrownConnection) {
  wrong_->after_evolution = [](NetworkState& network) {
    LayerState& layer = network.layers[1];
    for (std::size_t k = 0; k < layer.cells.size(); ++k) {
      if (layer.weights[k] == 0) layer.momentum[k] = 1e-12;
    }
  };
  EXPECT_NE(evolution_error().find("evolution at time 5: layer 1, momentum of cell"),
            std::string::npos);
}

}  // namespace
}  // namespace regrow
