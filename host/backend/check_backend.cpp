// The lockstep: what runs when, and what is compared. How it is compared is in compare_*.h.
#include "backend/check_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/compare_networks.h"
#include "backend/compare_outputs.h"
#include "backend/compare_reports.h"
#include "backend/compare_scores.h"
#include "regrow/error.h"

namespace regrow {

namespace {

std::string split_name(Split split) {
  switch (split) {
    case Split::kTrain:
      return "training";
    case Split::kValidation:
      return "validation";
    case Split::kTest:
      return "test";
  }
  return "";
}

std::string describe(const EvolutionTime& time) {
  return time.is_within_epoch ? fmt::format("evolution after step {}", time.number)
                              : fmt::format("evolution at time {}", time.number);
}

class CheckBackend final : public Backend {
 public:
  CheckBackend(std::unique_ptr<Backend> a, std::unique_ptr<Backend> b,
               const OptimiserSettings& optimiser)
      : optimiser_(optimiser),
        a_(std::move(a)),
        b_(std::move(b)),
        a_name_(a_->capabilities().device),
        b_name_(b_->capabilities().device),
        bfloat16_(stores_bfloat16(*a_) || stores_bfloat16(*b_)) {}

  Capabilities capabilities() const override {
    Capabilities result = a_->capabilities();
    result.device = "check:" + a_name_ + "," + b_name_;
    result.description += "; checked in lockstep by " + b_->capabilities().description;
    return result;
  }

  void attach(std::shared_ptr<const Dataset> dataset) override {
    dataset_ = dataset;
    a_->attach(dataset);
    b_->attach(std::move(dataset));
  }

  void load(const NetworkState& network) override {
    a_->load(network);
    b_->load(a_->snapshot());
  }

  NetworkState snapshot() const override { return a_->snapshot(); }

  void profile(bool on) override { a_->profile(on); }

  std::vector<LossSums> train(const StepRange& range,
                              std::span<const float> learning_rates) override {
    REGROW_CHECK(learning_rates.size() == range.count, "one learning rate is needed per step");
    std::vector<LossSums> sums;
    NetworkState before = a_->snapshot();
    for (std::uint32_t k = 0; k < range.count; ++k) {
      const StepRange one{range.first + k, 1, range.steps_per_epoch};
      const Comparison comparison = at(fmt::format("step {}", one.first));
      const LossSums a = a_->train(one, learning_rates.subspan(k, 1)).at(0);
      const LossSums b = b_->train(one, learning_rates.subspan(k, 1)).at(0);
      compare_sums(comparison, a, b);
      NetworkState network = a_->snapshot();
      const TrainedStep trained{
          optimiser_, double{learning_rates[k]},
          step::steps_since_reset(optimiser_, range.first + k, range.steps_per_epoch)};
      compare_trained(comparison, trained, before, network, b_->snapshot());
      b_->load(network);
      before = std::move(network);
      sums.push_back(a);
    }
    return sums;
  }

  LossSums differentiate(const StepRange& range) override {
    const LossSums a = a_->differentiate(range);
    compare_sums(at(fmt::format("step {}", range.first)), a, b_->differentiate(range));
    has_finite_loss_ = std::isfinite(a.loss);
    return a;
  }

  std::vector<double> cell_gradients(std::uint32_t layer, const CellList& cells) override {
    std::vector<double> gradients = a_->cell_gradients(layer, cells);
    const ScoredLayer of = {layer, a_->snapshot().layers[layer].inputs};
    compare_gradients(at("gradients"), of, cells, gradients, b_->cell_gradients(layer, cells));
    return gradients;
  }

  LossSums evaluate(Split split, std::span<float> logits) override {
    const std::size_t classes = dataset_->classes();
    std::vector<float> a_logits(view(*dataset_, split).size() * classes);
    std::vector<float> b_logits(a_logits.size());
    const std::span<float> a_target = logits.empty() ? std::span<float>(a_logits) : logits;
    const LossSums a = a_->evaluate(split, a_target);
    const LossSums b = b_->evaluate(split, b_logits);
    compare_evaluations(at("evaluation of the " + split_name(split) + " samples"), a, b, a_target,
                        b_logits, classes);
    return a;
  }

  void reset_slots() override {
    a_->reset_slots();
    b_->reset_slots();
    compare_evolved(at("reset of the slots"), a_->snapshot(), b_->snapshot());
  }

  std::vector<LayerMeasures> measure(const MeasureRequest& request) override {
    std::vector<LayerMeasures> measures = a_->measure(request);
    compare_measures(at("measures"), measures, b_->measure(request));
    return measures;
  }

  std::vector<EvolutionReport> evolve(const EvolutionPlan& plan) override {
    if (plan.growth.rule.by_gradient) return evolve_by_gradient(plan);
    const Comparison comparison = at(describe(plan.time));
    std::vector<EvolutionReport> reports = a_->evolve(plan);
    compare_reports(comparison, reports, b_->evolve(plan), false);
    compare_evolved(comparison, a_->snapshot(), b_->snapshot());
    return reports;
  }

 private:
  // The scores round, so that the two may grow other cells: then B goes on with A's.
  std::vector<EvolutionReport> evolve_by_gradient(EvolutionPlan plan) {
    const bool reports_cells = std::exchange(plan.reports_cells, true);
    std::vector<EvolutionReport> reports = a_->evolve(plan);
    const bool are_alike = has_finite_loss_ && evolves_like(plan, reports);
    if (!are_alike) b_->load(a_->snapshot());
    for (EvolutionReport& report : reports) {
      if (reports_cells) break;
      report.dropped_cells.clear();
      report.grown_cells.clear();
    }
    return reports;
  }

  // Evolves B as A has evolved and compares the two. False: other cells grew, as they may.
  bool evolves_like(const EvolutionPlan& plan, const std::vector<EvolutionReport>& of_a) {
    const Comparison comparison = at(describe(plan.time));
    const std::vector<EvolutionReport> of_b = b_->evolve(plan);
    compare_reports(comparison, of_a, of_b, true);
    const EvolvedNetwork a = {a_->snapshot(), of_a};
    compare_scored_networks(comparison, plan.newborn, a, {b_->snapshot(), of_b});
    bool are_alike = true;
    for (std::uint32_t l = 0; l < of_a.size(); ++l) {
      CellList cells;
      std::set_union(of_a[l].grown_cells.begin(), of_a[l].grown_cells.end(),
                     of_b[l].grown_cells.begin(), of_b[l].grown_cells.end(),
                     std::back_inserter(cells));
      if (cells.empty()) continue;
      compare_scored_growth(comparison, {l, a.network.layers[l].inputs}, of_a[l], of_b[l], cells,
                            a_->cell_gradients(l, cells), b_->cell_gradients(l, cells));
      are_alike = are_alike && of_a[l].grown_cells == of_b[l].grown_cells;
    }
    return are_alike;
  }

  static bool stores_bfloat16(const Backend& backend) {
    return backend.capabilities().activations == ActivationStorage::kBFloat16;
  }

  Comparison at(std::string place) const { return {a_name_, b_name_, std::move(place), bfloat16_}; }

  OptimiserSettings optimiser_;
  std::unique_ptr<Backend> a_;
  std::unique_ptr<Backend> b_;
  std::string a_name_;
  std::string b_name_;
  bool bfloat16_;
  bool has_finite_loss_ = true;  // of A's last differentiate()
  std::shared_ptr<const Dataset> dataset_;
};

}  // namespace

std::unique_ptr<Backend> make_check_backend(std::unique_ptr<Backend> a, std::unique_ptr<Backend> b,
                                            const OptimiserSettings& optimiser) {
  const Capabilities first = a->capabilities();
  const Capabilities second = b->capabilities();
  if (first.precision == Precision::kFloat64 && second.precision == Precision::kFloat32) {
    throw Error(
        fmt::format("device 'check:{0},{1}': {1} cannot hold the float64 values of {0}; "
                    "use check:{1},{0}",
                    first.device, second.device));
  }
  return std::make_unique<CheckBackend>(std::move(a), std::move(b), optimiser);
}

}  // namespace regrow
