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
#include "support/learned_activations.h"
#include "support/tiny_data.h"
#include "wrong_backend.h"

namespace regrow {
namespace {

using tests::WrongBackend;

class CheckBackendTest : public ::testing::Test {
 protected:
  CheckBackendTest() { set_up(OptimiserKind::kSgd, ActivationKind::kLeakyRelu); }

  void set_up(OptimiserKind optimiser, ActivationKind activation) {
    BackendOptions options;
    options.batch_size = 8;
    options.augmentation.enabled = true;
    options.optimiser.kind = optimiser;
    auto wrong = std::make_unique<WrongBackend>(options);
    wrong_ = wrong.get();
    backend_ =
        make_check_backend(std::move(wrong), make_reference_backend(options), options.optimiser);
    alone_ = make_reference_backend(options);
    NetworkState network =
        tests::tiny_network(1, {48, 10, 8, 3}, 0.4, LayerKind::kSparse, slot_count(optimiser));
    tests::set_activation(activation, 1, network);
    for (Backend* backend : {backend_.get(), alone_.get()}) {
      backend->attach(tests::shared_tiny_dataset());
      backend->load(network);
    }
  }

  static void train_epoch(Backend& backend, float learning_rate = 0.05F) {
    backend.train({0, 4, 4}, std::vector<float>(4, learning_rate));
  }

  static void evolve(Backend& backend, bool is_within_epoch = false) {
    EvolutionPlan plan = tests::evolution_of(backend, DropRule::kPerSign, 300'000);
    plan.time = {5, is_within_epoch};
    plan.growth.rule = tests::rule_of("one_neighbour");
    plan.reports_cells = true;
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
    backend->reset_slots();
    backend->train({6, 2, 4}, std::vector<float>(2, 0.05F));
  }
  EXPECT_EQ(backend_->snapshot(), alone_->snapshot());
  EXPECT_EQ(backend_->evaluate(Split::kTest).loss, alone_->evaluate(Split::kTest).loss);
}

TEST_F(CheckBackendTest, DifferencesWithinRoundingPassAndDoNotAddUp) {
  wrong_->after_step = [](auto, NetworkState& network) { convert(network, Precision::kFloat32); };
  EXPECT_EQ(training_error(), "no error");
  backend_->reset_slots();
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
    for (const double velocity : layer.weights.slots[0])
      largest = std::max(largest, std::abs(velocity));
    for (std::size_t k = 0; k < count; ++k) {
      layer.weights.slots[0][k] += by * largest;
      layer.weights.values[k] += by * largest;
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
    network.layers[1].weights.values[7] += 1e-5;
  };
  const std::string error = training_error();
  const std::string place = "check: step 2: layer 1, weight of cell " + std::to_string(cell) +
                            " (out " + std::to_string(cell / 10) + ", in " +
                            std::to_string(cell % 10) + "): wrong has ";
  EXPECT_EQ(error.substr(0, place.size()), place);
  EXPECT_NE(error.find(", but its slots make "), std::string::npos) << error;
}

// A velocity a percent too small is far below any absolute bound on weights.
TEST_F(CheckBackendTest, CatchesAGradientOnePercentOff) {
  wrong_->after_step = [](std::uint64_t step, NetworkState& network) {
    if (step != 0) return;
    LayerState& layer = network.layers[0];
    for (std::size_t k = 0; k < layer.weights.size(); ++k) {
      layer.weights.values[k] -= 0.01 * layer.weights.slots[0][k];
      layer.weights.slots[0][k] *= 0.99;
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
      layer.weights.values[k] -= by * layer.weights.slots[0][k];
      layer.weights.slots[0][k] *= 1 - by;
    }
  };
  backend_ =
      make_check_backend(std::move(wrong), make_reference_backend(options), options.optimiser);
  backend_->attach(tests::shared_tiny_dataset());
  backend_->load(tests::tiny_network(1, {48, 10, 8, 3}, 0.4));
  EXPECT_EQ(training_error(), "no error");
  by = 0.2;
  EXPECT_NE(training_error().find("step 0: layer 0, momentum"), std::string::npos);
}

TEST_F(CheckBackendTest, NamesTheNeuronOfAWrongBias) {
  wrong_->after_step = [](auto, NetworkState& network) {
    network.layers[2].biases.values[1] += 1e-3;
  };
  EXPECT_NE(training_error().find("step 0: layer 2, bias of neuron 1"), std::string::npos);
}

TEST_F(CheckBackendTest, CatchesALossThatBecameNaNInTheSecond) {
  BackendOptions options;
  options.batch_size = 8;
  auto wrong = std::make_unique<WrongBackend>(options);
  wrong->change_sums = [](LossSums& sums) { sums.loss = std::nan(""); };
  backend_ =
      make_check_backend(make_reference_backend(options), std::move(wrong), options.optimiser);
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
    if (step == 3) network.layers[1].weights.values[0] = std::numeric_limits<double>::infinity();
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
  wrong_->change_report = [](EvolutionReport& report) { report.dropped_cells.back() += 1; };
  EXPECT_NE(evolution_error().find(" as dropped cell "), std::string::npos);
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
      if (layer.weights.values[k] != 0 || !has_room) continue;
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

TEST_F(CheckBackendTest, EveryOptimiserAndActivationPassesButForRounding) {
  for (const OptimiserKind optimiser : tests::kAllOptimisers) {
    for (const ActivationKind activation : tests::kAllActivations) {
      set_up(optimiser, activation);
      wrong_->after_step = [](auto, NetworkState& network) {
        convert(network, Precision::kFloat32);
      };
      EXPECT_EQ(training_error(), "no error")
          << tests::name_of(optimiser) << ", " << tests::name_of(activation);
      EXPECT_EQ(evolution_error(), "no error");
    }
  }
}

// Adam's first step with another gradient, g + d, after which all else is as Adam does it.
void change_gradient(double d, std::size_t k, Parameter& of) {
  const OptimiserSettings adam;
  const auto change = [&] {
    const double mean = of.slots[0][k] / (1 - adam.beta1);
    return 0.05F * mean / (std::sqrt(of.slots[1][k] / (1 - adam.beta2)) + adam.epsilon);
  };
  const double before = of.values[k] + change();
  const double g = of.slots[0][k] / (1 - adam.beta1) + d;
  of.slots[0][k] = (1 - adam.beta1) * g;
  of.slots[1][k] = (1 - adam.beta2) * g * g;
  of.values[k] = before - change();
}

double largest_gradient(const Parameter& of) {
  double largest = 0;
  for (const double m : of.slots[0]) largest = std::max(largest, std::abs(m) / (1 - 0.9));
  return largest;
}

// What rounding does to gradients may turn the sign of a step, where one is near 0.
TEST_F(CheckBackendTest, AllowsOfAdamWhatTheGradientsRoundingExplains) {
  double by = 0.9e-4;
  double most = 0;
  const auto change_all = [&](std::uint64_t step, NetworkState& network) {
    if (step != 0) return;
    Parameter& weights = network.layers[0].weights;
    const double largest = largest_gradient(weights);
    const std::vector<double> kept = weights.values;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      change_gradient(weights.slots[0][k] > 0 ? -by * largest : by * largest, k, weights);
      most = std::max(most, std::abs(weights.values[k] - kept[k]));
    }
  };
  set_up(OptimiserKind::kAdam, ActivationKind::kRelu);
  wrong_->after_step = change_all;
  EXPECT_EQ(training_error(), "no error");
  EXPECT_GT(most, 0.04) << "a neuron without a gradient takes a whole step";
  by = 3e-4;
  set_up(OptimiserKind::kAdam, ActivationKind::kRelu);
  wrong_->after_step = change_all;
  EXPECT_NE(training_error().find("step 0: layer 0, first_moment of cell"), std::string::npos);
}

TEST_F(CheckBackendTest, CatchesWhatIsWrongInAdam) {
  const auto error_with = [&](const std::function<void(LayerState&)>& edit) {
    set_up(OptimiserKind::kAdamW, ActivationKind::kSRelu);
    wrong_->after_step = [&](std::uint64_t step, NetworkState& network) {
      if (step == 1) edit(network.layers[0]);
    };
    return training_error();
  };
  const auto expect = [&](const std::string& place, const std::function<void(LayerState&)>& edit) {
    const std::string error = error_with(edit);
    EXPECT_EQ(error.rfind("check: step 1: layer 0, " + place, 0), 0U) << error;
  };
  const auto index_of_largest = [](const std::vector<double>& m) {
    const auto is_smaller = [](double a, double b) { return std::abs(a) < std::abs(b); };
    return static_cast<std::size_t>(std::max_element(m.begin(), m.end(), is_smaller) - m.begin());
  };
  expect("first_moment of cell ", [](LayerState& layer) {
    for (double& m : layer.weights.slots[0]) m *= 1.01;
  });
  expect("second_moment of cell ", [](LayerState& layer) {
    for (double& s : layer.weights.slots[1]) s *= 1.001;
  });
  expect("bias second_moment of neuron ", [](LayerState& layer) {
    for (double& s : layer.biases.slots[1]) s *= 1.001;
  });
  // A hundredth of a step.
  expect("weight of cell ", [&](LayerState& layer) {
    layer.weights.values[index_of_largest(layer.weights.slots[0])] += 5e-4;
  });
  expect("bias of neuron 4", [](LayerState& layer) { layer.biases.values[4] += 5e-4; });
  expect("t_left of neuron 3",
         [](LayerState& layer) { layer.activation_parameters[0].values[3] += 5e-4; });
  expect("a_right of neuron 2",
         [](LayerState& layer) { layer.activation_parameters[3].values[2] *= 1.001; });
  expect("t_right first_moment of neuron ", [](LayerState& layer) {
    for (double& m : layer.activation_parameters[2].slots[0]) m = 0;
  });
  EXPECT_EQ(error_with([](LayerState&) {}), "no error");
}

// Other steps of Adam than the one that is due are found in what its moments make.
TEST_F(CheckBackendTest, CatchesABiasCorrectionThatStandsStill) {
  set_up(OptimiserKind::kAdam, ActivationKind::kLeakyRelu);
  const OptimiserSettings adam;
  NetworkState before = alone_->snapshot();
  wrong_->after_step = [&](std::uint64_t step, NetworkState& network) {
    std::vector<double>& values = network.layers[1].biases.values;
    for (std::size_t k = 0; step == 1 && k < values.size(); ++k) {
      const double w = before.layers[1].biases.values[k];
      values[k] = w + (values[k] - w) * (1 - std::pow(adam.beta1, 2)) / (1 - adam.beta1);
    }
    before = network;
  };
  EXPECT_NE(training_error().find("step 1: layer 1, bias of neuron 0: wrong has"),
            std::string::npos);
}

TEST_F(CheckBackendTest, CatchesAVelocityThatNesterovDidNotFollow) {
  set_up(OptimiserKind::kNesterov, ActivationKind::kGelu);
  EXPECT_EQ(training_error(), "no error");
  NetworkState before;
  wrong_->after_step = [&](std::uint64_t step, NetworkState& network) {
    Parameter& weights = network.layers[1].weights;
    for (std::size_t k = 0; step == 5 && k < weights.size(); ++k) {
      // As sgd does.
      weights.values[k] = before.layers[1].weights.values[k] + weights.slots[0][k];
    }
    before = network;
  };
  const std::string error = error_of([&] {
    backend_->train({4, 2, 4}, std::vector<float>(2, 0.05F));
  });
  EXPECT_EQ(error.rfind("check: step 5: layer 1, weight of cell ", 0), 0U) << error;
}

TEST_F(CheckBackendTest, ComparesEverythingAfterAnEvolution) {
  const auto error_with = [&](const std::function<void(LayerState&)>& edit) {
    set_up(OptimiserKind::kAdam, ActivationKind::kSRelu);
    train_epoch(*backend_);
    wrong_->after_evolution = [&](NetworkState& network) { edit(network.layers[0]); };
    return evolution_error();
  };
  EXPECT_EQ(error_with([](LayerState&) {}), "no error");
  const std::string place = "check: evolution at time 5: layer 0, ";
  EXPECT_EQ(error_with([](LayerState& layer) {
              layer.biases.slots[1][2] *= 1.5;
            }).rfind(place + "bias second_moment of neuron 2", 0),
            0U);
  EXPECT_EQ(error_with([](LayerState& layer) {
              layer.activation_parameters[0].values[1] += 1e-12;
            }).rfind(place + "t_left of neuron 1", 0),
            0U);
}

TEST_F(CheckBackendTest, CatchesMomentumInheritedByAGrownConnection) {
  wrong_->after_evolution = [](NetworkState& network) {
    LayerState& layer = network.layers[1];
    for (std::size_t k = 0; k < layer.cells.size(); ++k) {
      if (layer.weights.values[k] == 0) layer.weights.slots[0][k] = 1e-12;
    }
  };
  EXPECT_NE(evolution_error().find("evolution at time 5: layer 1, momentum of cell"),
            std::string::npos);
}

}  // namespace
}  // namespace regrow
