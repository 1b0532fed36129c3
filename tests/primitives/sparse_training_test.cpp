// Runs of RigL (Evci, Gale, Menick, Castro, Elsen 2020) and of guided stochastic exploration
// (Heddes, Srinivasa, Givargis, Nicolau 2024) on every back end, planned as the trainer plans, with
// a masked dense model of doubles beside them that does what the papers say. At every evolution the
// cells must be those of the model, but for what rounding cannot tell apart; then the model goes on
// with the back end's cells, and its weights must follow.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <optional>
#include <string>
#include <vector>

#include "evolution/planner.h"
#include "masked_model.h"
#include "score_cases.h"

namespace regrow::tests {
namespace {

constexpr std::uint32_t kSteps = 30, kEpochSteps = 3, kInterval = 2;
constexpr double kEnd = 28;  // T_end, in steps
constexpr double kAlpha = 0.3;
constexpr float kLearningRate = 0.1F;
constexpr double kCandidateRatio = 1.5;

const StepCase kShape = {"run", {24, 30, 18, 3}, 0.25, 10};

// Over thirty steps the roundings of floats add up, and some ReLU may have been on the other side.
double tolerance_over_a_run(const BackendCase& of) {
  return of.precision == Precision::kFloat64 ? 1e-10 : 1e-4;
}

EvolutionConfig config_of(CandidateLaw law) {
  EvolutionConfig config;
  config.method = law == CandidateLaw::kAll ? Method::kRigl : Method::kGse;
  config.evolve_every = {0, kInterval};
  config.evolve_until = kEnd / kSteps;
  config.drop = DropRule::kMagnitude;
  config.zeta_millionths = std::lround(kAlpha * 1e6);
  config.zeta_schedule = Curve::kCosine;
  config.measure = Measure::kNone;
  config.pause = Measure::kNone;
  config.grow = rule_of("gradient");
  config.candidates = law;
  config.candidate_ratio = law == CandidateLaw::kAll ? 1 : kCandidateRatio;
  return config;
}

// Where the sums of a plan let a draw fall on neuron n: its probability.
Row probabilities(const std::vector<std::uint64_t>& sums) {
  Row result;
  std::uint64_t before = 0;
  for (const std::uint64_t sum : sums) {
    result.push_back(static_cast<double>(sum - before) / static_cast<double>(sums.back()));
    before = sum;
  }
  return result;
}

Row in_proportion(Row values) {
  double sum = 0;
  for (const double value : values) sum += value;
  for (double& value : values) value /= sum;
  return values;
}

class RunBesideTheModel {
 public:
  RunBesideTheModel(const BackendCase& of, CandidateLaw law)
      : of_(of), law_(law), dataset_(shared(data())), options_(options()), model_(network()) {
    backend_ = backend_with(of, options_, dataset_, network());
    PlannerSettings settings;
    settings.config = config_of(law);
    settings.seed = 17;
    settings.span = {kEpochSteps, kSteps / kEpochSteps};
    settings.image = {{1, 1, kShape.sizes.front()}, InputOrder::kHwc};
    settings.classes = kShape.sizes.back();
    settings.layers = planned_layers(network());
    planner_.emplace(settings);
  }

  void run() {
    for (std::uint64_t step = 0; step < kSteps; ++step) {
      const PlainBatch batch = plain_batch(*dataset_, options_, step, kEpochSteps);
      place_ = of_.name() + ", step " + std::to_string(step);
      if (planner_->is_due(step)) {
        evolve(step, batch);
      } else {
        const double loss = backend_->train({step, 1, kEpochSteps}, {{kLearningRate}}).at(0).loss;
        EXPECT_NEAR(loss, model_.train(batch, double{kLearningRate}, 0.9),
                    10 * tolerance_over_a_run(of_))
            << place_;
      }
      expect_weights();
      if (::testing::Test::HasFailure()) return;
    }
    // Steps 2, 4, …, 26.
    EXPECT_EQ(evolutions_, 13U);
    EXPECT_GT(grown_, 100U);
  }

 private:
  static NetworkState network() { return network_of(kShape, ActivationKind::kRelu); }
  static Dataset data() {
    return tiny_dataset({.shape = {1, 1, kShape.sizes.front()},
                         .classes = kShape.sizes.back(),
                         .train_samples = 50,
                         .test_samples = 5});
  }
  static BackendOptions options() {
    BackendOptions options = options_of(kShape);
    options.dropout = 0;
    options.optimiser.momentum = 0.9;
    return options;
  }

  void evolve(std::uint64_t step, const PlainBatch& batch) {
    ++evolutions_;
    const EvolutionPoint point = {static_cast<std::uint32_t>(step / kEpochSteps), step, true};
    backend_->differentiate({step, 1, kEpochSteps});
    const MeasureRequest request = planner_->request(point, {});
    const std::vector<LayerMeasures> measures = backend_->measure(request);
    const EvolutionPlan plan = planner_->plan(planner_->decide(point, {}), measures, {}, {});
    const NetworkState before = backend_->snapshot();
    const std::vector<EvolutionReport> reports = backend_->evolve(plan);
    const std::vector<Row> gradients = model_.dense_gradients(batch);
    const std::vector<MaskedModel::Magnitudes> magnitudes = model_.magnitudes(batch);
    for (std::uint32_t l = 0; l + 1 < model_.layers.size(); ++l) {
      const std::string kept = place_;
      place_ += ", layer " + std::to_string(l);
      MaskedLayer& layer = model_.layers[l];
      expect_count(layer, static_cast<double>(step), reports[l]);
      const CellSet candidates = expect_candidates(plan, l, before.layers[l], magnitudes[l]);
      const CellSet dropped(reports[l].dropped_cells.begin(), reports[l].dropped_cells.end());
      expect_smallest(layer, dropped);
      const CellSet grown(reports[l].grown_cells.begin(), reports[l].grown_cells.end());
      // All of a sample may be too few: then the rest is filled, which the papers leave open.
      if (reports[l].grown.filled == 0) {
        expect_best(candidates, gradients[l], grown, tolerance_over_a_run(of_), place_);
      }
      change_masks(layer, dropped, grown);
      grown_ += grown.size();
      place_ = kept;
    }
  }

  // f_decay(t) = α/2·(1 + cos(tπ/T_end)) of the connections, rounded to whole ones.
  void expect_count(const MaskedLayer& layer, double t, const EvolutionReport& report) const {
    const double share = kAlpha / 2 * (1 + std::cos(t * std::numbers::pi / kEnd));
    const double count = share * static_cast<double>(layer.connections());
    EXPECT_NEAR(static_cast<double>(report.dropped_cells.size()), count, 1) << place_;
    EXPECT_EQ(report.grown_cells.size(), report.dropped_cells.size()) << place_;
  }

  // The k smallest |θ| of the active.
  void expect_smallest(const MaskedLayer& layer, const CellSet& dropped) const {
    double largest_dropped = 0, least_left = std::numeric_limits<double>::infinity();
    for (std::size_t cell = 0; cell < layer.theta.size(); ++cell) {
      const double magnitude = std::fabs(layer.theta[cell]);
      if (dropped.count(cell) > 0) {
        EXPECT_TRUE(layer.mask[cell]) << place_;
        largest_dropped = std::max(largest_dropped, magnitude);
      } else if (layer.mask[cell]) {
        least_left = std::min(least_left, magnitude);
      }
    }
    EXPECT_LE(largest_dropped, least_left + 2 * tolerance_over_a_run(of_)) << place_;
  }

  // RigL: all that is inactive once the drop has been. GSE: as many draws as there are connections,
  // times the ratio, with probabilities in proportion to the bound of the gradient.
  CellSet expect_candidates(const EvolutionPlan& plan, std::uint32_t l, const LayerState& before,
                            const MaskedModel::Magnitudes& magnitudes) const {
    const CandidateDraws& draws = plan.layers[l].candidates;
    EXPECT_EQ(plan.growth.candidates, law_);
    if (law_ == CandidateLaw::kGraBo) {
      const auto connections = static_cast<double>(before.cells.size());
      EXPECT_NEAR(static_cast<double>(draws.count), kCandidateRatio * connections, 0.5) << place_;
      expect_near(probabilities(draws.inputs), in_proportion(magnitudes.inputs),
                  tolerance_over_a_run(of_) + 1e-9, place_ + ", inputs");
      expect_near(probabilities(draws.outputs), in_proportion(magnitudes.outputs),
                  tolerance_over_a_run(of_) + 1e-9, place_ + ", outputs");
    }
    return plain_candidates(plan, l, before);
  }

  // What grows starts with 0, but for what has just dropped, which has never gone.
  static void change_masks(MaskedLayer& layer, const CellSet& dropped, const CellSet& grown) {
    for (const std::uint64_t cell : dropped) {
      if (grown.count(cell) > 0) continue;
      layer.mask[cell] = false;
      layer.theta[cell] = layer.velocity[cell] = 0;
    }
    for (const std::uint64_t cell : grown) layer.mask[cell] = true;
  }

  void expect_weights() const {
    const NetworkState network = backend_->snapshot();
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
      const LayerState& state = network.layers[l];
      const MaskedLayer& layer = model_.layers[l];
      const std::string what = place_ + ", weights of layer " + std::to_string(l);
      ASSERT_EQ(state.connections(), layer.connections()) << what;
      for (std::size_t k = 0; k < state.weights.size(); ++k) {
        const std::size_t cell = state.kind == LayerKind::kDense ? k : state.cells[k];
        ASSERT_TRUE(layer.mask[cell]) << what;
        EXPECT_NEAR(state.weights.values[k], layer.theta[cell], tolerance_over_a_run(of_)) << what;
      }
      expect_near(state.biases.values, layer.bias, tolerance_over_a_run(of_), what + ", biases");
    }
  }

  BackendCase of_;
  CandidateLaw law_;
  std::shared_ptr<const Dataset> dataset_;
  BackendOptions options_;
  MaskedModel model_;
  std::unique_ptr<Backend> backend_;
  std::optional<EvolutionPlanner> planner_;
  std::string place_;
  std::uint64_t evolutions_ = 0, grown_ = 0;
};

TEST(SparseTraining, RiglIsAsItsPaperSays) {
  for (const BackendCase& of : backend_cases()) {
    if (can_score(of, CandidateLaw::kAll)) RunBesideTheModel(of, CandidateLaw::kAll).run();
  }
}

TEST(SparseTraining, GuidedStochasticExplorationIsAsItsPaperSays) {
  for (const BackendCase& of : backend_cases()) RunBesideTheModel(of, CandidateLaw::kGraBo).run();
}

}  // namespace
}  // namespace regrow::tests
