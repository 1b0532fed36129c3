// What every back end makes of values, slots and gradients: each optimiser's step, clipping, and
// the count of steps.
#include <gtest/gtest.h>

#include <cmath>

#include "step_cases.h"

namespace regrow::tests {
namespace {

constexpr float kRate = 0.05F;
constexpr std::uint64_t kStep = 5;

double clip_factor(double clip_norm, const PlainGradients& gradients) {
  double squares = 0;
  for (const auto& layer : gradients) {
    for (const Row& values : layer) {
      for (const double g : values) squares += g * g;
    }
  }
  return clip_norm == 0 ? 1 : std::min(1.0, clip_norm / (std::sqrt(squares) + 1e-6));
}

// One value and its slots, by the papers' formulas.
struct Plain {
  double w, first, second;
};
Plain plain_step(const OptimiserSettings& of, double decay, double t, double g, Plain now) {
  const double rate = double{kRate};
  switch (of.kind) {
    case OptimiserKind::kSgd:
    case OptimiserKind::kNesterov: {
      g += decay * now.w;
      const double v = of.momentum * now.first - rate * g;
      const bool looks_ahead = of.kind == OptimiserKind::kNesterov;
      return {now.w + (looks_ahead ? of.momentum * v - rate * g : v), v, 0};
    }
    case OptimiserKind::kAdam:
      g += decay * now.w;
      break;
    case OptimiserKind::kAdamW:
      now.w *= 1 - rate * decay;
      break;
  }
  const double m = of.beta1 * now.first + (1 - of.beta1) * g;
  const double s = of.beta2 * now.second + (1 - of.beta2) * g * g;
  const double m_hat = m / (1 - std::pow(of.beta1, t));
  const double s_hat = s / (1 - std::pow(of.beta2, t));
  return {now.w - rate * m_hat / (std::sqrt(s_hat) + of.epsilon), m, s};
}

NetworkState plain_update(const BackendOptions& options, const PlainGradients& gradients, double t,
                          NetworkState network) {
  const double factor = clip_factor(options.clip_norm, gradients);
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const std::vector<Parameter*> parameters = parameters_of(network.layers[l]);
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      Parameter& of = *parameters[p];
      const bool has_two = of.slots.size() == 2;
      const double decay = p == 0 ? options.optimiser.weight_decay : 0;
      for (std::size_t k = 0; k < of.size(); ++k) {
        const Plain after =
            plain_step(options.optimiser, decay, t, factor * gradients[l][p][k],
                       {of.values[k], of.slots[0][k], has_two ? of.slots[1][k] : 0});
        of.values[k] = after.w;
        of.slots[0][k] = after.first;
        if (has_two) of.slots[1][k] = after.second;
      }
    }
  }
  return network;
}

void expect_networks_near(const NetworkState& network, const NetworkState& expected,
                          double tolerance, const std::string& what) {
  for (std::size_t l = 0; l < expected.layers.size(); ++l) {
    const auto found = parameters_of(network.layers[l]);
    const auto wanted = parameters_of(expected.layers[l]);
    for (std::size_t p = 0; p < wanted.size(); ++p) {
      const std::string place =
          what + ", layer " + std::to_string(l) + ", parameter " + std::to_string(p);
      expect_near(found[p]->values, wanted[p]->values, tolerance, place);
      for (std::size_t slot = 0; slot < wanted[p]->slots.size(); ++slot) {
        expect_near(found[p]->slots[slot], wanted[p]->slots[slot], tolerance, place + ", slot");
      }
    }
  }
}

void expect_step(const BackendCase& of, const StepCase& shape, ActivationKind activation,
                 const BackendOptions& options, double t, const std::string& what) {
  const Dataset dataset = data_of(shape);
  NetworkState network = network_of(shape, activation, options.optimiser.kind);
  fill_slots(network);
  const auto backend = backend_with(of, options, shared(dataset), network);
  step_of(*backend, kStep, kRate);
  const PlainGradients gradients =
      plain_gradients_of_step(network, options, dataset, kStep, kStepsPerEpoch);
  expect_networks_near(backend->snapshot(), plain_update(options, gradients, t, network),
                       tolerance_of(of), what);
}

BackendOptions options_with(const StepCase& shape, OptimiserKind kind, double clip_norm) {
  BackendOptions options = options_of(shape);
  options.optimiser.kind = kind;
  options.optimiser.momentum = 0.75;
  options.optimiser.beta1 = 0.8;
  options.optimiser.beta2 = 0.99;
  options.optimiser.epsilon = 1e-3;  // so large that it is seen
  options.optimiser.weight_decay = 0.1;
  options.clip_norm = clip_norm;
  return options;
}

TEST(Optimiser, EveryOneOnEveryShape) {
  for (const OptimiserKind kind : kAllOptimisers) {
    for_every_step_case([&](const BackendCase& of, const StepCase& shape, ActivationKind activation,
                            const std::string& what) {
      // Of the activations the one that learns, and one that does not.
      if (activation != ActivationKind::kLeakyRelu && activation != ActivationKind::kSRelu) return;
      for (const double clip_norm : {0.0, 0.05, 100.0}) {
        expect_step(of, shape, activation, options_with(shape, kind, clip_norm), kStep + 1,
                    what + ", " + name_of(kind) + ", clipped at " + std::to_string(clip_norm));
      }
    });
  }
}

// Step 5 of epochs of two steps is the second one of its epoch.
TEST(Optimiser, AdamCountsAnEpochsStepsWhereItRestarts) {
  for (const BackendCase& of : backend_cases()) {
    const StepCase& shape = step_cases().front();
    BackendOptions options = options_with(shape, OptimiserKind::kAdam, 0);
    options.optimiser.restarts_each_epoch = true;
    expect_step(of, shape, ActivationKind::kLeakyRelu, options, 2, of.name());
  }
}

// Two steps in one call: a captured step must not keep the corrections of the first one.
TEST(Optimiser, StepsOfOneCallAreStepsOfTwo) {
  for (const BackendCase& of : backend_cases()) {
    for (const OptimiserKind kind : kAllOptimisers) {
      const StepCase& shape = step_cases().front();
      const BackendOptions options = options_with(shape, kind, 0.05);
      const NetworkState network = network_of(shape, ActivationKind::kSRelu, kind);
      const auto together = backend_with(of, options, shared(data_of(shape)), network);
      const auto apart = backend_with(of, options, shared(data_of(shape)), network);
      together->train({4, 2, kStepsPerEpoch}, {{0.05F, 0.01F}});
      step_of(*apart, 4, 0.05F);
      step_of(*apart, 5, 0.01F);
      EXPECT_EQ(together->snapshot(), apart->snapshot()) << of.name() << ", " << name_of(kind);
    }
  }
}

// Of an input that is 0 in all samples: 0 / (√0 + ε) is no NaN.
TEST(Optimiser, AWeightWithoutAGradientStays) {
  const StepCase& shape = step_cases().front();
  Dataset dataset = data_of(shape);
  for (std::size_t s = 0; s < dataset.train.size(); ++s) {
    dataset.train.bytes()[s * dataset.shape.features()] = 7;
  }
  dataset.standardisation.mean[0] = 7;
  dataset.standardisation.deviation[0] = 1;
  for (const BackendCase& of : backend_cases()) {
    for (const OptimiserKind kind : kAllOptimisers) {
      BackendOptions options = options_of(shape);
      options.optimiser.kind = kind;
      const NetworkState network = network_of(shape, ActivationKind::kRelu, kind);
      const auto backend = backend_with(of, options, shared(dataset), network);
      step_of(*backend, 0, kRate);
      const LayerState& before = network.layers[0];
      const LayerState after = backend->snapshot().layers[0];
      std::size_t found = 0;
      for (std::size_t k = 0; k < before.cells.size(); ++k) {
        if (before.cells[k] % before.inputs != 0) continue;
        ++found;
        EXPECT_EQ(after.weights.values[k], before.weights.values[k]) << of.name();
        for (const Row& slot : after.weights.slots) EXPECT_EQ(slot[k], 0) << of.name();
      }
      EXPECT_GT(found, 0U);
    }
  }
}

}  // namespace
}  // namespace regrow::tests
