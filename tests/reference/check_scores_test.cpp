// The lockstep's check of growth by gradient: cells that are as good as each other pass, and a back
// end that is wrong in one place is caught with that place named.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "backend/check_backend.h"
#include "reference/reference_backend.h"
#include "regrow/error.h"
#include "support/evolutions.h"
#include "support/tiny_data.h"
#include "wrong_backend.h"

namespace regrow {
namespace {

using tests::WrongBackend;

constexpr std::uint32_t kInputs = 48;

// Every pixel twice, so that the cells of its two inputs have the same gradient.
std::shared_ptr<const Dataset> doubled_data() {
  Dataset dataset = tests::tiny_dataset({.shape = {1, 1, kInputs}});
  for (LabelledSamples* images : {&dataset.train, &dataset.test}) {
    for (std::size_t k = 1; k < images->bytes().size(); k += 2) {
      images->bytes()[k] = images->bytes()[k - 1];
    }
  }
  dataset.standardisation = tests::tiny_standardisation(dataset);
  return std::make_shared<const Dataset>(std::move(dataset));
}

class CheckScoresTest : public ::testing::Test {
 protected:
  CheckScoresTest() {
    BackendOptions options;
    options.batch_size = 8;
    auto wrong = std::make_unique<WrongBackend>(options);
    wrong_ = wrong.get();
    backend_ =
        make_check_backend(std::move(wrong), make_reference_backend(options), options.optimiser);
    alone_ = make_reference_backend(options);
    for (Backend* backend : {backend_.get(), alone_.get()}) {
      backend->attach(doubled_data());
      backend->load(tests::tiny_network(1, {kInputs, 20, 8, 3}, 0.4));
    }
  }

  // One training step, and the gradients of the next.
  static void prepare(Backend& backend) {
    backend.train({0, 1, 4}, {{0.05F}});
    backend.differentiate({1, 1, 4});
  }

  static EvolutionPlan plan_of(Backend& backend, CandidateLaw law = CandidateLaw::kAll) {
    EvolutionPlan plan = tests::scored_evolution_of(backend, law, 1, 300'000, 1);
    plan.reports_cells = true;
    return plan;
  }

  static std::string error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  // Of a plan that drops nothing and grows in layer `l` alone as many as `count` says of the
  // inactive cells in the order of their scores.
  using Ranked = std::vector<std::pair<double, std::uint64_t>>;
  Ranked ranked_cells(std::uint32_t l) const {
    const LayerState layer = alone_->snapshot().layers[l];
    CellList cells(layer.cell_count());
    std::iota(cells.begin(), cells.end(), 0U);
    const std::vector<double> gradients = alone_->cell_gradients(l, cells);
    Ranked ranked;
    for (const std::uint64_t cell : cells) {
      if (std::binary_search(layer.cells.begin(), layer.cells.end(), cell)) continue;
      ranked.emplace_back(-std::abs(gradients[cell]), cell);
    }
    std::sort(ranked.begin(), ranked.end());
    return ranked;
  }

  // Grows the `count` best cells of layer 0, and on the wrong one the candidate of rank `instead`,
  // from 0 on, in place of the last. Returns the error.
  std::string error_of_growing_another(const Ranked& ranked, std::size_t count,
                                       std::size_t instead) {
    EvolutionPlan plan = plan_of(*backend_);
    for (LayerEvolution& layer : plan.layers) layer = {};
    plan.layers[0].grow = count;
    const std::uint64_t last = ranked[count - 1].second, other = ranked[instead].second;
    wrong_->change_reports = [=](std::vector<EvolutionReport>& reports) {
      CellList& grown = reports[0].grown_cells;
      *std::find(grown.begin(), grown.end(), last) = other;
      std::sort(grown.begin(), grown.end());
    };
    wrong_->after_evolution = [=, this](NetworkState& network) {
      LayerState& layer = network.layers[0];
      const auto at = std::find(layer.cells.begin(), layer.cells.end(), last);
      const auto k = at - layer.cells.begin();
      Parameter& weights = layer.weights;
      layer.cells.erase(at);
      weights.values.erase(weights.values.begin() + k);
      weights.slots[0].erase(weights.slots[0].begin() + k);
      const auto place = std::lower_bound(layer.cells.begin(), layer.cells.end(), other);
      const auto p = place - layer.cells.begin();
      layer.cells.insert(place, other);
      weights.values.insert(weights.values.begin() + p, 0.0);
      weights.slots[0].insert(weights.slots[0].begin() + p, 0.0);
      change_besides(layer);
    };
    return error_of([&] { backend_->evolve(plan); });
  }

  std::function<void(LayerState&)> change_besides = [](LayerState&) {};
  WrongBackend* wrong_ = nullptr;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Backend> alone_;
};

TEST_F(CheckScoresTest, EqualBackendsPassAndGiveTheFirstOnesResults) {
  for (const CandidateLaw law :
       {CandidateLaw::kAll, CandidateLaw::kUniform, CandidateLaw::kGraBo, CandidateLaw::kGraEst}) {
    for (const bool reports_cells : {true, false}) {
      std::vector<std::vector<EvolutionReport>> reports;
      for (Backend* backend : {backend_.get(), alone_.get()}) {
        prepare(*backend);
        EvolutionPlan plan = plan_of(*backend, law);
        plan.reports_cells = reports_cells;
        reports.push_back(backend->evolve(plan));
        EXPECT_EQ(reports.back()[0].grown_cells.empty(), !reports_cells);
      }
      EXPECT_EQ(reports[0], reports[1]);
      EXPECT_EQ(backend_->snapshot(), alone_->snapshot());
    }
  }
}

TEST_F(CheckScoresTest, OfEqualScoresEitherMayGrowAndBothGoOnWithTheFirstOnes) {
  prepare(*backend_);
  prepare(*alone_);
  const Ranked ranked = ranked_cells(0);
  std::size_t count = 12;
  while (ranked[count - 1].first != ranked[count].first) ++count;
  EXPECT_EQ(error_of_growing_another(ranked, count, count), "no error");
  const CellList cells = backend_->snapshot().layers[0].cells;
  EXPECT_TRUE(std::binary_search(cells.begin(), cells.end(), ranked[count].second));
  EXPECT_FALSE(std::binary_search(cells.begin(), cells.end(), ranked[count - 1].second));
  wrong_->change_reports = [](auto&) {};
  wrong_->after_evolution = [](auto&) {};
  EXPECT_EQ(error_of([&] { prepare(*backend_); }), "no error");
}

TEST_F(CheckScoresTest, NamesACellThatIsWorseThanTheLastToGrow) {
  prepare(*backend_);
  prepare(*alone_);
  const Ranked ranked = ranked_cells(0);
  std::size_t instead = 12;
  while (ranked[instead].first == ranked[11].first) ++instead;
  const std::uint64_t cell = ranked[instead].second;
  const std::string error = error_of_growing_another(ranked, 12, instead);
  EXPECT_EQ(error.rfind("check: evolution after step 1: layer 0: cell ", 0), 0U) << error;
  EXPECT_NE(error.find("by reference its |gradient| is "), std::string::npos) << error;
  EXPECT_NE(
      error.find("cell " + std::to_string(cell) + " (out " + std::to_string(cell / kInputs) +
                 ", in " + std::to_string(cell % kInputs) + ") grew on wrong but not on reference"),
      std::string::npos)
      << error;
}

TEST_F(CheckScoresTest, CatchesWhatIsWrongBesidesCellsThatMayDiffer) {
  const auto error_with = [&](const std::function<void(LayerState&)>& edit) {
    prepare(*backend_);
    alone_->load(backend_->snapshot());
    alone_->differentiate({1, 1, 4});
    const Ranked ranked = ranked_cells(0);
    std::size_t count = 12;
    while (ranked[count - 1].first != ranked[count].first) ++count;
    change_besides = edit;
    return error_of_growing_another(ranked, count, count);
  };
  EXPECT_EQ(error_with([](LayerState&) {}), "no error");
  const std::string place = "check: evolution after step 1: layer 0, ";
  const std::string weight = error_with([](LayerState& layer) {
    for (double& value : layer.weights.values) value += 1e-12;
  });
  EXPECT_EQ(weight.rfind(place + "weight of cell ", 0), 0U) << weight;
  wrong_->change_reports = [](auto&) {};
}

// The best cells of all are none where only some are drawn.
TEST_F(CheckScoresTest, CatchesGrowthOfCellsThatAreNoCandidates) {
  prepare(*backend_);
  EvolutionPlan plan = plan_of(*backend_, CandidateLaw::kUniform);
  for (LayerEvolution& layer : plan.layers) layer.grow /= 2;
  std::uint64_t scored = 0;
  wrong_->change_plan = [](EvolutionPlan& changed) {
    changed.growth.candidates = CandidateLaw::kAll;
  };
  wrong_->change_reports = [&](std::vector<EvolutionReport>& reports) {
    scored = reports[0].grown.scored;
    for (std::size_t l = 0; l < reports.size(); ++l) {
      reports[l].grown.scored = plan.layers[l].candidates.count;
    }
  };
  const std::string error = error_of([&] { backend_->evolve(plan); });
  EXPECT_GT(scored, plan.layers[0].candidates.count);
  EXPECT_EQ(error.rfind("check: evolution after step 1: layer 0: cell ", 0), 0U) << error;
}

TEST_F(CheckScoresTest, CatchesAnotherCellWhereAllCandidatesGrow) {
  prepare(*backend_);
  EvolutionPlan plan = plan_of(*backend_, CandidateLaw::kUniform);
  for (LayerEvolution& layer : plan.layers) layer.candidates.count = layer.grow / 2;
  EXPECT_EQ(error_of([&] { backend_->evolve(plan); }), "no error");
  prepare(*backend_);
  wrong_->change_plan = [](EvolutionPlan& changed) { changed.seed += 1; };
  const std::string error = error_of([&] { backend_->evolve(plan); });
  EXPECT_NE(error.find("though all candidates grow"), std::string::npos) << error;
}

TEST_F(CheckScoresTest, CatchesCountsThatDifferAndCellsThatAreNotThere) {
  const auto error_with = [&](const std::function<void(EvolutionReport&)>& edit) {
    prepare(*backend_);
    wrong_->change_report = edit;
    return error_of([&] { backend_->evolve(plan_of(*backend_)); });
  };
  const std::string scored = error_with([](EvolutionReport& of) { of.grown.scored += 1; });
  EXPECT_NE(scored.find("layer 1: wrong reports "), std::string::npos) << scored;
  EXPECT_NE(scored.find(" scored, "), std::string::npos) << scored;
  EXPECT_NE(error_with([](EvolutionReport& of) { of.grown.filled += 1; }).find(" random fill"),
            std::string::npos);
  EXPECT_NE(error_with([](EvolutionReport& of) { of.dropped_cells[0] += 1; }).find("dropped cell"),
            std::string::npos);
  const std::string absent = error_with([](EvolutionReport& of) { of.grown_cells.back() = 160; });
  EXPECT_NE(absent.find("wrong reports that cell 160 has grown, but it is no connection of wrong"),
            std::string::npos)
      << absent;
  EXPECT_EQ(error_with([](EvolutionReport&) {}), "no error");
}

TEST_F(CheckScoresTest, CatchesGradientsAndStrengthsThatDiffer) {
  prepare(*backend_);
  const CellList cells = {3, 9, 77};
  const auto gradients_error = [&] {
    return error_of([&] { backend_->cell_gradients(1, cells); });
  };
  EXPECT_EQ(gradients_error(), "no error");
  wrong_->change_gradients = [](std::vector<double>& of) { of[1] *= 1.01; };
  EXPECT_EQ(
      gradients_error().rfind("check: gradients: layer 1, gradient of cell 9 (out 0, in 9)", 0), 0U)
      << gradients_error();
  wrong_->change_gradients = [](std::vector<double>& of) {
    for (double& g : of) g *= 1.01;
  };
  const std::string grown = error_of([&] { backend_->evolve(plan_of(*backend_)); });
  EXPECT_EQ(grown.rfind("check: evolution after step 1: layer 1, gradient of cell ", 0), 0U)
      << grown;
  for (const CandidateLaw law : {CandidateLaw::kGraBo, CandidateLaw::kGraEst}) {
    prepare(*backend_);
    MeasureRequest request;
    request.strengths = {law, 3, 1};
    const auto error = [&] { return error_of([&] { backend_->measure(request); }); };
    wrong_->change_measures = [](LayerMeasures&) {};
    EXPECT_EQ(error(), "no error");
    wrong_->change_measures = [](LayerMeasures& of) { of.strengths.inputs[4] += 0.1; };
    EXPECT_EQ(error().rfind("check: measures: layer 1, strength of input 4: wrong has ", 0), 0U)
        << error();
    wrong_->change_measures = [](LayerMeasures& of) { of.strengths.outputs[2] *= 1.5; };
    EXPECT_EQ(error().rfind("check: measures: layer 1, strength of output 2: wrong has ", 0), 0U)
        << error();
  }
}

TEST_F(CheckScoresTest, LeavesItToTheTrainerToReportALossThatIsNotFinite) {
  wrong_->change_sums = [](LossSums& sums) { sums = {std::nan(""), 0, sums.samples}; };
  prepare(*backend_);
  wrong_->change_plan = [](EvolutionPlan& changed) { changed.seed += 1; };
  EvolutionPlan plan = plan_of(*backend_, CandidateLaw::kUniform);
  EXPECT_EQ(error_of([&] { backend_->evolve(plan); }), "no error");
  wrong_->change_sums = [](auto&) {};
  EXPECT_EQ(error_of([&] { prepare(*backend_); }), "no error");
}

}  // namespace
}  // namespace regrow
