// A step without its update, on every back end: its sums, the gradients of any cell, the strengths
// of neurons, and that nothing else comes of it.
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "score_cases.h"

namespace regrow::tests {
namespace {

// Of either way to update (see regrow/step/optimiser.h), and with all that a step has besides.
std::vector<BackendOptions> any_options(const StepCase& shape) {
  BackendOptions fused = options_of(shape);
  BackendOptions kept = options_of(shape);
  kept.optimiser.kind = OptimiserKind::kAdam;
  kept.clip_norm = 0.2;
  kept.loss.label_smoothing = 0.1;
  return {fused, kept};
}

NetworkState network_for(const StepCase& shape, const BackendOptions& options,
                         ActivationKind activation) {
  NetworkState network = network_of(shape, activation, options.optimiser.kind);
  fill_slots(network);
  return network;
}

TEST(Differentiate, HasTheSumsOfTheStepAndChangesNothing) {
  for_every_step_case([](const BackendCase& of, const StepCase& shape, ActivationKind activation,
                         const std::string& what) {
    for (const BackendOptions& options : any_options(shape)) {
      const NetworkState network = network_for(shape, options, activation);
      const auto backend = backend_with(of, options, shared(data_of(shape)), network);
      const NetworkState before = backend->snapshot();
      const LossSums trained = step_of(*backend, kScoredStep.first, 0.05F);
      const NetworkState after = backend->snapshot();
      backend->load(network);
      const LossSums sums = backend->differentiate(kScoredStep);
      EXPECT_EQ(backend->snapshot(), before) << what;
      EXPECT_EQ(sums.loss, trained.loss) << what;
      EXPECT_EQ(sums.hits, trained.hits) << what;
      EXPECT_EQ(sums.samples, trained.samples) << what;
      // Nor does anything of it stay for the steps that follow.
      step_of(*backend, kScoredStep.first, 0.05F);
      EXPECT_EQ(backend->snapshot(), after) << what;
    }
  });
}

TEST(Differentiate, GradientsOfConnectionsAndOfInactiveCells) {
  for_every_step_case([](const BackendCase& of, const StepCase& shape, ActivationKind activation,
                         const std::string& what) {
    const Dataset dataset = data_of(shape);
    for (const BackendOptions& options : any_options(shape)) {
      const NetworkState network = network_for(shape, options, activation);
      const PlainTrainedStep step = plain_scored_step(network, options, dataset);
      const auto backend = backend_with(of, options, shared(Dataset(dataset)), network);
      backend->differentiate(kScoredStep);
      for (std::uint32_t l = 0; l + 1 < network.layers.size(); ++l) {
        const LayerState& layer = network.layers[l];
        const std::string place = what + ", layer " + std::to_string(l);
        const Row expected = plain_cell_gradients(step, l, layer);
        expect_near(backend->cell_gradients(l, all_cells(layer)), expected, tolerance_of(of),
                    place);
        EXPECT_TRUE(backend->cell_gradients(l, {}).empty()) << place;
        const std::uint64_t last = layer.cell_count() - 1;
        expect_near(backend->cell_gradients(l, {last}), {expected[last]}, tolerance_of(of), place);
      }
    }
  });
}

// Two steps in a row, of which the second counts, after one that was trained.
TEST(Differentiate, GradientsAreThoseOfTheLastStep) {
  const StepCase& shape = step_cases().front();
  const Dataset dataset = data_of(shape);
  for (const BackendCase& of : backend_cases()) {
    for (const BackendOptions& options : any_options(shape)) {
      const NetworkState network = network_for(shape, options, ActivationKind::kRelu);
      const auto backend = backend_with(of, options, shared(Dataset(dataset)), network);
      step_of(*backend, 0, 0.05F);
      backend->differentiate({0, 1, kStepsPerEpoch});
      backend->differentiate(kScoredStep);
      const NetworkState trained = backend->snapshot();
      const PlainTrainedStep step = plain_scored_step(trained, options, dataset);
      for (std::uint32_t l = 0; l + 1 < trained.layers.size(); ++l) {
        expect_near(backend->cell_gradients(l, all_cells(trained.layers[l])),
                    plain_cell_gradients(step, l, trained.layers[l]), tolerance_of(of), of.name());
      }
    }
  }
}

Row plain_strengths(const StrengthRequest& request, std::uint32_t layer, const Rows& values) {
  Row strengths;
  for (std::size_t n = 0; n < values.front().size(); ++n) {
    double sum = 0;
    for (std::size_t s = 0; s < values.size(); ++s) {
      const std::uint32_t word =
          random_block(request.seed, Purpose::kProjection, layer, request.time, s)[0];
      const double sign = word % 2 == 1 ? -1 : 1;
      sum += request.law == CandidateLaw::kGraBo ? std::fabs(values[s][n]) : sign * values[s][n];
    }
    strengths.push_back(std::fabs(sum));
  }
  return strengths;
}

TEST(Differentiate, StrengthsOfNeuronsByEitherLaw) {
  for_every_shape([](const BackendCase& of, const StepCase& shape) {
    const Dataset dataset = data_of(shape);
    for (const BackendOptions& options : any_options(shape)) {
      const NetworkState network = network_for(shape, options, ActivationKind::kLeakyRelu);
      const PlainTrainedStep step = plain_scored_step(network, options, dataset);
      const auto backend = backend_with(of, options, shared(Dataset(dataset)), network);
      backend->differentiate(kScoredStep);
      for (const CandidateLaw law : {CandidateLaw::kGraBo, CandidateLaw::kGraEst}) {
        MeasureRequest request;
        request.strengths = {law, 21, 5};
        const std::vector<LayerMeasures> measures = backend->measure(request);
        for (std::uint32_t l = 0; l < network.layers.size(); ++l) {
          const std::string place = of.name() + ", " + shape.name + ", layer " + std::to_string(l);
          const NeuronStrengths& strengths = measures.at(l).strengths;
          if (!is_sparse(network.layers[l])) {
            EXPECT_EQ(strengths, NeuronStrengths{}) << place;
            continue;
          }
          expect_near(strengths.inputs, plain_strengths(*request.strengths, l, step.pass.inputs[l]),
                      tolerance_of(of), place + ", inputs");
          expect_near(strengths.outputs, plain_strengths(*request.strengths, l, step.dz[l]),
                      tolerance_of(of), place + ", outputs");
        }
      }
      EXPECT_EQ(backend->measure({}).at(0).strengths, NeuronStrengths{});
    }
  });
}

TEST(Differentiate, ScoresWithoutGradientsAreABrokenPromise) {
  const StepCase& shape = step_cases().front();
  const NetworkState network = network_of(shape, ActivationKind::kRelu);
  const EvolutionPlan plan = scored_plan(network, by_gradient(CandidateLaw::kUniform), {1, 0.5});
  MeasureRequest request;
  request.strengths = {CandidateLaw::kGraBo, 1, 1};
  for (const BackendCase& of : backend_cases()) {
    const auto backend = backend_with(of, options_of(shape), shared(data_of(shape)), network);
    const auto expect_refused = [&](const std::string& what) {
      EXPECT_THROW(backend->evolve(plan), std::logic_error) << of.name() << what;
      EXPECT_THROW(backend->measure(request), std::logic_error) << of.name() << what;
      EXPECT_THROW(backend->cell_gradients(0, {0}), std::logic_error) << of.name() << what;
    };
    const std::function<void()> others[] = {
        [&] { step_of(*backend, 0, 0.05F); }, [&] { backend->evaluate(Split::kTest); },
        [&] { backend->reset_slots(); }, [&] { backend->load(network); }};
    expect_refused(" at first");
    for (std::size_t k = 0; k < std::size(others); ++k) {
      backend->differentiate(kScoredStep);
      EXPECT_NO_THROW(backend->measure(request)) << of.name();
      others[k]();
      expect_refused(" after call " + std::to_string(k));
    }
  }
}

}  // namespace
}  // namespace regrow::tests
