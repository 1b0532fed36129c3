// Shapes that kernels find awkward, and how near a back end's numbers are to plain doubles.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend_cases.h"
#include "plain_step.h"
#include "regrow/philox.h"
#include "support/learned_activations.h"
#include "support/tiny_data.h"

namespace regrow::tests {

struct StepCase {
  std::string name;
  std::vector<std::uint32_t> sizes;  // of layers: features first, classes last
  double density = 0.5;
  std::uint32_t batch = 1;
  LayerKind hidden = LayerKind::kSparse;
};

inline const std::vector<StepCase>& step_cases() {
  static const std::vector<StepCase> cases = {
      {"usual", {24, 20, 12, 3}, 0.3, 16},
      {"one sample", {7, 5, 4, 3}, 0.6, 1},
      {"17 samples", {13, 33, 9, 5}, 0.4, 17},
      {"130 samples", {6, 7, 10, 4}, 0.5, 130},
      {"one neuron a layer", {5, 1, 1, 2}, 1, 17},
      {"layers without connections", {12, 10, 6, 3}, 0, 17},
      {"full sparse layers", {9, 17, 8, 2}, 1, 5},
      {"dense layers", {11, 18, 7, 3}, 1, 17, LayerKind::kDense},
  };
  return cases;
}

/// Two steps an epoch, and one sample that none takes.
inline constexpr std::uint32_t kStepsPerEpoch = 2;

inline Dataset data_of(const StepCase& of) {
  return tiny_dataset({.shape = {1, 1, of.sizes.front()},
                       .classes = of.sizes.back(),
                       .train_samples = std::max(20U, kStepsPerEpoch * of.batch + 6),
                       .test_samples = 13});
}
inline std::shared_ptr<const Dataset> shared(Dataset dataset) {
  return std::make_shared<const Dataset>(std::move(dataset));
}

/// Numbers to predict, in place of labels.
inline Dataset with_targets(Dataset dataset) {
  for (LabelledSamples* images : {&dataset.train, &dataset.test}) {
    for (std::uint32_t k = 0; k < images->size() * dataset.classes(); ++k) {
      images->targets.push_back(static_cast<float>(k * k % 11) / 4 - 1);
    }
    std::fill(images->labels.begin(), images->labels.end(), std::uint16_t{0});
  }
  return dataset;
}

inline NetworkState network_of(const StepCase& of, ActivationKind activation,
                               OptimiserKind optimiser = OptimiserKind::kSgd) {
  NetworkState network = tiny_network(5, of.sizes, of.density, of.hidden, slot_count(optimiser));
  set_activation(activation, 3, network);
  return network;
}

/// As in the middle of a run: slots of the size that gradients have, so that no step of Adam hangs
/// on the sign of a rounding; squares that are not negative.
inline void fill_slots(NetworkState& network) {
  std::uint32_t index = 0;
  for (LayerState& layer : network.layers) {
    for (Parameter* parameter : parameters_of(layer)) {
      for (std::size_t slot = 0; slot < parameter->slots.size(); ++slot) {
        for (double& value : parameter->slots[slot]) {
          const PhiloxBlock block = random_block(1, Purpose::kSynthetic, 0, 0, index++);
          const float u = uniform_from_bits(block[0]);
          value = slot == 1 ? 1e-4F + 1e-2F * u : 0.2F * (u - 0.5F);
        }
      }
    }
  }
}

inline BackendOptions options_of(const StepCase& of) {
  BackendOptions options;
  options.seed = 4;
  options.batch_size = of.batch;
  return options;
}

/// How far a back end may be from plain doubles, in relation to the largest value. Of floats: a sum
/// of at most a hundred products is off by some roundings of 2^-24, and GELU's formula by 1e-7.
inline double tolerance_of(const BackendCase& of) {
  return of.precision == Precision::kFloat64 ? 1e-12 : 2e-6;
}

inline void expect_near(const std::vector<double>& values, const std::vector<double>& expected,
                        double tolerance, const std::string& what) {
  ASSERT_EQ(values.size(), expected.size()) << what;
  double largest = 0;
  for (const double value : expected) largest = std::max(largest, std::abs(value));
  for (std::size_t k = 0; k < values.size(); ++k) {
    // Where terms near 1 cancel, their roundings remain.
    EXPECT_NEAR(values[k], expected[k], tolerance * (largest + 0.01)) << what << ", value " << k;
  }
}

/// Trains one step.
inline LossSums step_of(Backend& backend, std::uint64_t step, float learning_rate) {
  return backend.train({step, 1, kStepsPerEpoch}, {{learning_rate}}).at(0);
}

/// The gradients that one step has: what sgd without momentum, of rate 1, subtracts. kGradients is
/// what updates by clipping at a norm that none reaches.
inline PlainGradients gradients_by(const BackendCase& of, BackendOptions options, UpdateMode mode,
                                   const Dataset& dataset, const NetworkState& network,
                                   std::uint64_t step) {
  options.optimiser = {};
  options.optimiser.momentum = 0;
  options.clip_norm = mode == UpdateMode::kGradients ? 1e9 : 0;
  const auto backend = backend_with(of, options, std::make_shared<const Dataset>(dataset), network);
  step_of(*backend, step, 1);
  PlainGradients gradients;
  for (const LayerState& layer : backend->snapshot().layers) {
    std::vector<Row>& of_layer = gradients.emplace_back();
    for (const Parameter* parameter : parameters_of(layer)) {
      Row& row = of_layer.emplace_back();
      for (const double velocity : parameter->slots[0]) row.push_back(-velocity);
    }
  }
  return gradients;
}

/// Every back end with every shape that it can have.
inline void for_every_shape(const std::function<void(const BackendCase&, const StepCase&)>& test) {
  for (const BackendCase& backend : backend_cases()) {
    for (const StepCase& of : step_cases()) {
      if (of.hidden == LayerKind::kSparse || backend.has_openblas) test(backend, of);
    }
  }
}

/// Calls `test` of every back end, shape and activation, with a name for messages.
using StepTest = std::function<void(const BackendCase&, const StepCase&, ActivationKind,
                                    const std::string& what)>;
inline void for_every_step_case(const StepTest& test) {
  for_every_shape([&](const BackendCase& backend, const StepCase& of) {
    for (const ActivationKind activation : kAllActivations) {
      test(backend, of, activation, backend.name() + ", " + of.name + ", " + name_of(activation));
    }
  });
}

}  // namespace regrow::tests
