// The lockstep: what runs when, and what is compared. How it is compared is in compare_*.h.
#include "backend/check_backend.h"

#include <fmt/format.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/compare_networks.h"
#include "backend/compare_outputs.h"
#include "backend/compare_reports.h"
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
    const Comparison comparison = at(describe(plan.time));
    std::vector<EvolutionReport> reports = a_->evolve(plan);
    compare_reports(comparison, reports, b_->evolve(plan));
    compare_evolved(comparison, a_->snapshot(), b_->snapshot());
    return reports;
  }

 private:
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
