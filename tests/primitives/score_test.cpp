// Which cells grow by their gradients, on every back end: the candidates of each law, the best of
// them, ties, shortfalls, and what the regrown keep.
#include <gtest/gtest.h>

#include "score_cases.h"

namespace regrow::tests {
namespace {

std::string name_of_law(CandidateLaw law) { return "law " + std::to_string(static_cast<int>(law)); }

// From none to grow to more than there are candidates, and all that are eligible.
TEST(Score, TheBestOfTheCandidatesOfEveryLawGrow) {
  for (const StepCase& shape : step_cases()) {
    bool is_odd = false;
    for (const CandidateLaw law : kLaws) {
      for (const ScoredCounts& counts :
           {ScoredCounts{1, 0.2}, {1, 0}, {2, 0.7}, {0.3, 1}, {100, 0.4}, {0.02, 0.01}}) {
        is_odd = !is_odd;
        BackendOptions options = options_of(shape);
        options.optimiser.kind = is_odd ? OptimiserKind::kSgd : OptimiserKind::kAdam;
        NetworkState network =
            network_of(shape, is_odd ? ActivationKind::kLeakyRelu : ActivationKind::kSRelu,
                       options.optimiser.kind);
        fill_slots(network);
        EvolutionPlan plan = scored_plan(network, by_gradient(law, is_odd), counts, is_odd ? 3 : 0);
        plan.newborn.keep_slots_of_regrown = is_odd;
        plan.newborn.keep_weights_of_regrown = is_odd;
        expect_scored_evolutions(options, data_of(shape), network, plan,
                                 shape.name + ", " + name_of_law(law) + ", grown " +
                                     std::to_string(counts.grown) + ", drawn " +
                                     std::to_string(counts.drawn));
      }
    }
  }
}

// So few are drawn that all of them grow: then the cells say which they were, on every device.
TEST(Score, TheDrawsAreExact) {
  const StepCase shape = {"draws", {37, 41, 18, 3}, 0.1, 9};
  const NetworkState network = network_of(shape, ActivationKind::kRelu);
  for (const BackendCase& of : backend_cases()) {
    for (const CandidateLaw law :
         {CandidateLaw::kUniform, CandidateLaw::kGraBo, CandidateLaw::kGraEst}) {
      const auto backend = backend_with(of, options_of(shape), shared(data_of(shape)), network);
      for (const double drawn : {0.05, 0.6, 2.0}) {
        EvolutionPlan plan = scored_plan(network, by_gradient(law), {drawn, 0});
        std::vector<CellSet> candidates;
        for (std::uint32_t l = 0; l + 1 < network.layers.size(); ++l) {
          candidates.push_back(plain_candidates(plan, l, network.layers[l]));
          plan.layers[l].grow = candidates[l].size();
        }
        backend->load(network);
        backend->differentiate(kScoredStep);
        const std::vector<EvolutionReport> reports = backend->evolve(plan);
        for (std::uint32_t l = 0; l < candidates.size(); ++l) {
          EXPECT_EQ(reports[l].grown_cells, CellList(candidates[l].begin(), candidates[l].end()))
              << of.name() << ", " << name_of_law(law) << ", " << drawn;
          EXPECT_EQ(reports[l].grown.scored, candidates[l].size());
          EXPECT_EQ(reports[l].grown.filled, 0U);
        }
      }
    }
  }
}

// Inputs that are always the same are 0, and so are the gradients of their cells.
Dataset data_with_constant_inputs(const StepCase& shape, std::uint32_t every) {
  Dataset dataset = data_of(shape);
  for (LabelledSamples* images : {&dataset.train, &dataset.test}) {
    for (std::size_t k = 0; k < images->bytes().size(); k += every) images->bytes()[k] = 50;
  }
  dataset.standardisation = tiny_standardisation(dataset);
  return dataset;
}

// Of equal gradients, the lower cells. Equal on every device are those that are 0 alone.
TEST(Score, TiesGoToTheLowerCell) {
  const StepCase shape = {"ties", {24, 14, 3}, 0.2, 6};
  const NetworkState network = network_of(shape, ActivationKind::kLeakyRelu);
  for (const std::uint32_t every : {1U, 2U}) {
    const Dataset dataset = data_with_constant_inputs(shape, every);
    const Row gradients = plain_cell_gradients(
        plain_scored_step(network, options_of(shape), dataset), 0, network.layers[0]);
    const auto zeros = static_cast<std::size_t>(std::count(gradients.begin(), gradients.end(), 0));
    ASSERT_GE(zeros, gradients.size() / every);
    for (const CandidateLaw law : kLaws) {
      EvolutionPlan plan = scored_plan(network, by_gradient(law), {3, 0});
      const CellSet candidates = plain_candidates(plan, 0, network.layers[0]);
      std::uint64_t nonzero = 0;
      for (const std::uint64_t cell : candidates) nonzero += gradients[cell] != 0 ? 1 : 0;
      plan.layers[0].grow = nonzero + (candidates.size() - nonzero) / 2;
      expect_scored_evolutions(options_of(shape), dataset, network, plan, name_of_law(law), true);
    }
  }
}

// Devices search a layer in pieces, which they bring together: for a few cells of all, for some of
// those drawn, and for so many that most of them tie.
TEST(Score, InALayerOfSeveralPieces) {
  const StepCase shape = {"several pieces", {1100, 270, 3}, 0.01, 3};
  const NetworkState network = network_of(shape, ActivationKind::kLeakyRelu);
  const Dataset dataset = data_with_constant_inputs(shape, 2);
  const auto expect = [&](CandidateLaw law, std::uint64_t grown, bool ties_are_exact) {
    EvolutionPlan plan = scored_plan(network, by_gradient(law), {30, 0});
    plan.layers[0].grow = grown;
    expect_scored_evolutions(options_of(shape), dataset, network, plan, std::to_string(grown),
                             ties_are_exact);
  };
  expect(CandidateLaw::kAll, 37, false);
  expect(CandidateLaw::kGraBo, 3000, false);
  // Half of all are not 0.
  expect(CandidateLaw::kAll, 200'000, true);
}

// Where the output layer is not finite, nothing is that depends on it; what does not is 0.
TEST(Score, CellsWithoutAGradientDoNotGrowByIt) {
  const StepCase shape = {"not a number", {15, 18, 8, 3}, 0.12, 6};
  NetworkState network = network_of(shape, ActivationKind::kLeakyRelu);
  network.layers.back().biases.values[1] = std::numeric_limits<double>::infinity();
  const Row gradients = plain_cell_gradients(
      plain_scored_step(network, options_of(shape), data_of(shape)), 0, network.layers[0]);
  const auto zeros = std::count(gradients.begin(), gradients.end(), 0);
  ASSERT_GT(zeros, 0);
  ASSERT_LT(zeros, static_cast<std::ptrdiff_t>(gradients.size()));
  for (const CandidateLaw law : kLaws) {
    for (const double share : {0.05, 0.8}) {
      const EvolutionPlan plan = scored_plan(network, by_gradient(law), {2, share});
      expect_scored_evolutions(options_of(shape), data_of(shape), network, plan, name_of_law(law),
                               true);
    }
  }
}

TEST(Score, RegrownConnectionsKeepWhatThePlanSays) {
  const StepCase shape = {"regrown", {11, 9, 7, 3}, 0.7, 8};
  for (const OptimiserKind optimiser : {OptimiserKind::kSgd, OptimiserKind::kAdam}) {
    NetworkState network = network_of(shape, ActivationKind::kSRelu, optimiser);
    fill_slots(network);
    BackendOptions options = options_of(shape);
    options.optimiser.kind = optimiser;
    for (unsigned bits = 0; bits < 8; ++bits) {
      EvolutionPlan plan = scored_plan(network, by_gradient(CandidateLaw::kAll), {1, 0.6});
      plan.newborn = {(bits & 1) != 0, WeightInit::kLecunSparse, (bits & 2) != 0, (bits & 4) != 0};
      expect_scored_evolutions(options, data_of(shape), network, plan,
                               "bits " + std::to_string(bits));
    }
  }
}

// Dense layers have no evolution, whatever the plan says of them, but gradients.
TEST(Score, TheOutputLayerIsLeftAlone) {
  const StepCase& shape = step_cases().front();
  const NetworkState network = network_of(shape, ActivationKind::kRelu);
  EvolutionPlan plan = scored_plan(network, by_gradient(CandidateLaw::kAll), {1, 0.2});
  plan.layers.back().grow = 3;
  plan.layers.back().drop.smallest = 2;
  expect_scored_evolutions(options_of(shape), data_of(shape), network, plan, shape.name);
}

}  // namespace
}  // namespace regrow::tests
