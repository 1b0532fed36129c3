// The reference, except for what a test makes wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "reference/reference_backend.h"

namespace regrow::tests {

class WrongBackend final : public Backend {
 public:
  explicit WrongBackend(const BackendOptions& options)
      : backend_(make_reference_backend(options)), scores_(make_reference_backend(options)) {}

  std::function<void(std::uint64_t step, NetworkState&)> after_step = [](auto, auto&) {};
  std::function<void(LossSums&)> change_sums = [](auto&) {};
  std::function<void(std::span<float>)> change_logits = [](auto) {};
  std::function<void(LayerMeasures&)> change_measures = [](auto&) {};
  std::function<void(std::vector<double>&)> change_gradients = [](auto&) {};
  std::function<void(EvolutionPlan&)> change_plan = [](auto&) {};
  std::function<void(EvolutionReport&)> change_report = [](auto&) {};
  std::function<void(std::vector<EvolutionReport>&)> change_reports = [](auto&) {};
  std::function<void(NetworkState&)> after_evolution = [](auto&) {};

  ActivationStorage activations = ActivationStorage::kFloat32;

  Capabilities capabilities() const override {
    Capabilities result = backend_->capabilities();
    result.device = "wrong";
    result.activations = activations;
    return result;
  }
  void attach(std::shared_ptr<const Dataset> dataset) override {
    backend_->attach(dataset);
    scores_->attach(std::move(dataset));
  }
  void load(const NetworkState& network) override { backend_->load(network); }
  NetworkState snapshot() const override { return backend_->snapshot(); }
  LossSums differentiate(const StepRange& range) override {
    scores_->load(backend_->snapshot());
    scores_->differentiate(range);
    LossSums sums = backend_->differentiate(range);
    change_sums(sums);
    return sums;
  }
  std::vector<double> cell_gradients(std::uint32_t layer, const CellList& cells) override {
    std::vector<double> gradients = scores_->cell_gradients(layer, cells);
    if (layer == 1) change_gradients(gradients);
    return gradients;
  }
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
  void reset_slots() override { backend_->reset_slots(); }
  std::vector<LayerMeasures> measure(const MeasureRequest& request) override {
    std::vector<LayerMeasures> measures = backend_->measure(request);
    change_measures(measures[1]);
    return measures;
  }
  std::vector<EvolutionReport> evolve(const EvolutionPlan& plan) override {
    EvolutionPlan changed = plan;
    change_plan(changed);
    std::vector<EvolutionReport> reports = backend_->evolve(changed);
    change_report(reports[1]);
    change_reports(reports);
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
  std::unique_ptr<Backend> scores_;  // whose gradients last when a test has changed the network
};

}  // namespace regrow::tests
