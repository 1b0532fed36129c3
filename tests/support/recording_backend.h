// A back end that hands everything on to another and keeps a list of what it was asked.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "regrow/backend.h"

namespace regrow::tests {

/// One call of evolve(), and the network around it.
struct Evolution {
  EvolutionPlan plan;
  NetworkState before;
  NetworkState after;
  std::vector<std::vector<double>> gradients;  // of all cells, by hidden layer; of growth by these
};

struct Requests {
  std::vector<std::uint64_t> steps;
  std::vector<std::uint64_t> differentiated;  // steps that were not trained
  std::vector<LossSums> sums;                 // of every step, trained or not
  std::vector<std::uint64_t> pieces;          // calls to train, by epoch
  std::set<std::uint32_t> steps_per_epoch;
  std::vector<float> rates;
  std::vector<Evolution> evolutions;
  std::vector<std::uint64_t> resets;  // at which step
  std::vector<std::pair<std::uint64_t, bool>> profiled;
};

class RecordingBackend : public Backend {
 public:
  RecordingBackend(std::unique_ptr<Backend> inner, Requests& requests)
      : inner_(std::move(inner)), requests_(requests) {}

  Capabilities capabilities() const override { return inner_->capabilities(); }
  void attach(std::shared_ptr<const Dataset> dataset) override {
    inner_->attach(std::move(dataset));
  }
  void load(const NetworkState& network) override { inner_->load(network); }
  NetworkState snapshot() const override { return inner_->snapshot(); }
  std::vector<LossSums> train(const StepRange& range,
                              std::span<const float> learning_rates) override {
    EXPECT_EQ(learning_rates.size(), range.count);
    EXPECT_EQ((range.first + range.count - 1) / range.steps_per_epoch, range.epoch())
        << "a piece of one epoch";
    requests_.steps_per_epoch.insert(range.steps_per_epoch);
    requests_.pieces.resize(range.epoch() + 1);
    ++requests_.pieces.back();
    for (std::uint32_t i = 0; i < range.count; ++i) {
      requests_.steps.push_back(range.first + i);
      requests_.rates.push_back(learning_rates[i]);
    }
    std::vector<LossSums> sums = inner_->train(range, learning_rates);
    requests_.sums.insert(requests_.sums.end(), sums.begin(), sums.end());
    return sums;
  }
  LossSums differentiate(const StepRange& range) override {
    requests_.differentiated.push_back(range.first);
    requests_.sums.push_back(inner_->differentiate(range));
    return requests_.sums.back();
  }
  std::vector<double> cell_gradients(std::uint32_t layer, const CellList& cells) override {
    return inner_->cell_gradients(layer, cells);
  }
  LossSums evaluate(Split split, std::span<float> logits) override {
    return inner_->evaluate(split, logits);
  }
  void reset_slots() override {
    requests_.resets.push_back(requests_.steps.size());
    inner_->reset_slots();
  }
  std::vector<LayerMeasures> measure(const MeasureRequest& request) override {
    return inner_->measure(request);
  }
  std::vector<EvolutionReport> evolve(const EvolutionPlan& plan) override {
    Evolution& evolution = requests_.evolutions.emplace_back();
    evolution.plan = plan;
    evolution.before = inner_->snapshot();
    if (plan.growth.rule.by_gradient) evolution.gradients = all_gradients(evolution.before);
    std::vector<EvolutionReport> reports = inner_->evolve(plan);
    evolution.after = inner_->snapshot();
    return reports;
  }
  void profile(bool on) override { requests_.profiled.emplace_back(requests_.steps.size(), on); }

 private:
  std::vector<std::vector<double>> all_gradients(const NetworkState& network) {
    std::vector<std::vector<double>> gradients;
    for (std::uint32_t l = 0; l + 1 < network.layers.size(); ++l) {
      CellList cells(network.layers[l].cell_count());
      std::iota(cells.begin(), cells.end(), std::uint64_t{0});
      gradients.push_back(inner_->cell_gradients(l, cells));
    }
    return gradients;
  }

  std::unique_ptr<Backend> inner_;
  Requests& requests_;
};

}  // namespace regrow::tests
