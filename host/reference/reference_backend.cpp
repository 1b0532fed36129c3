// The back end made of the reference's primitives: it only strings them together.
#include "reference/reference_backend.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "backend_interface/class_weights.h"
#include "reference/activation.h"
#include "reference/backward.h"
#include "reference/batch.h"
#include "reference/evolve.h"
#include "reference/forward.h"
#include "reference/measure.h"
#include "reference/optimiser.h"
#include "reference/output.h"
#include "reference/score.h"
#include "reference/topology.h"
#include "reference/weight_gradient.h"
#include "regrow/error.h"

namespace regrow {

namespace {

using reference::Batch;
using reference::LayerBatch;
using reference::Matrix;
using reference::ReferenceLayer;

// What the backward pass needs of the forward pass.
struct Activations {
  std::vector<Matrix> inputs;   // of every layer: [in][batch]
  std::vector<Matrix> outputs;  // of every layer, before the activation: [out][batch]
  std::vector<Matrix> factors;  // of dropout, of every hidden layer: [out][batch]; none: no dropout
};

// What both passes of a step leave.
struct StepPasses {
  LossSums sums;
  std::vector<LayerBatch> layers;  // the output layer included
  // Of every layer's activation, as LayerGradients has them.
  std::vector<std::vector<Matrix>> activation_parameters;
};

class ReferenceBackend final : public Backend {
 public:
  explicit ReferenceBackend(const BackendOptions& options) : options_(options) {}

  Capabilities capabilities() const override {
    return {"reference", "reference: float64, masked dense, one thread", "portable", 1,
            Precision::kFloat64};
  }

  void attach(std::shared_ptr<const Dataset> dataset) override {
    REGROW_CHECK(!dataset->has_targets() || is_squared_error(), "float targets need the loss mse");
    dataset_ = std::move(dataset);
    smoothed_and_weighted_ = {options_.loss.label_smoothing,
                              class_weights(options_.loss.class_weights, *dataset_)};
  }

  void load(const NetworkState& network) override {
    REGROW_CHECK(dataset_ != nullptr, "attach a data set before loading a network");
    check_invariants(network);
    REGROW_CHECK(network.layers.front().inputs == dataset_->shape.features(),
                 "the network's inputs are not the data set's features");
    REGROW_CHECK(network.layers.back().outputs == dataset_->classes(),
                 "the network's outputs are not the data set's classes");
    REGROW_CHECK(network.layers.front().weights.slots.size() == slot_count(options_.optimiser.kind),
                 "the network's slots are not the optimiser's");
    differentiated_.reset();
    layers_.clear();
    for (const LayerState& state : network.layers) layers_.push_back(reference::from_state(state));
  }

  NetworkState snapshot() const override {
    NetworkState network{Precision::kFloat64, {}};
    for (const ReferenceLayer& layer : layers_) {
      network.layers.push_back(reference::to_state(layer));
    }
    return network;
  }

  std::vector<LossSums> train(const StepRange& range,
                              std::span<const float> learning_rates) override {
    REGROW_CHECK(learning_rates.size() == range.count, "one learning rate is needed per step");
    differentiated_.reset();
    const std::vector<std::uint32_t> order = training_order(range.epoch());
    std::vector<LossSums> sums;
    for (std::uint32_t k = 0; k < range.count; ++k) {
      sums.push_back(train_step(range.first + k, range, order, double{learning_rates[k]}));
    }
    return sums;
  }

  LossSums differentiate(const StepRange& range) override {
    REGROW_CHECK(range.count == 1, "one step is differentiated at a time");
    differentiated_ = passes_of(range.first, range, training_order(range.epoch()));
    return differentiated_->sums;
  }

  std::vector<double> cell_gradients(std::uint32_t layer, const CellList& cells) override {
    REGROW_CHECK(layer + 1 < layers_.size(), "gradients of cells are a hidden layer's");
    return reference::cell_gradients(layers_[layer], *batch_of(layer), cells);
  }

  LossSums evaluate(Split split, std::span<float> logits) override {
    differentiated_.reset();
    const std::size_t samples = view(*dataset_, split).size();
    const std::size_t classes = dataset_->classes();
    REGROW_CHECK(logits.empty() || logits.size() == samples * classes,
                 "logits must be [samples][classes]");
    LossSums sums;
    for (std::size_t first = 0; first < samples; first += options_.batch_size) {
      const std::size_t last = std::min(samples, first + options_.batch_size);
      const Batch batch = reference::evaluation_batch(*dataset_, split, first, last);
      const Matrix outputs = forward(batch, std::nullopt).outputs.back();
      sums += loss_of(outputs, batch, {});
      if (logits.empty()) continue;
      for (std::size_t s = 0; s < batch.size(); ++s) {
        for (std::size_t c = 0; c < classes; ++c) {
          logits[(first + s) * classes + c] = static_cast<float>(outputs[c * batch.size() + s]);
        }
      }
    }
    return sums;
  }

  void reset_slots() override {
    differentiated_.reset();
    const auto reset = [](Parameter& parameter) {
      for (std::vector<double>& slot : parameter.slots) std::fill(slot.begin(), slot.end(), 0.0);
    };
    for (ReferenceLayer& layer : layers_) {
      reset(layer.weights);
      reset(layer.biases);
      for (Parameter& parameter : layer.activation_parameters) reset(parameter);
    }
  }

  std::vector<LayerMeasures> measure(const MeasureRequest& request) override {
    const std::vector<CellList>& protects = request.protected_cells;
    REGROW_CHECK(protects.empty() || protects.size() == layers_.size(),
                 "a list of protected cells per layer, or none");
    std::vector<LayerMeasures> measures;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      measures.push_back(reference::measure(layers_[l], protects.empty() ? CellList() : protects[l],
                                            request.digit));
      if (!request.strengths || layers_[l].kind == LayerKind::kDense) continue;
      measures.back().strengths = reference::strengths(layers_[l], static_cast<std::uint32_t>(l),
                                                       *batch_of(l), *request.strengths);
    }
    return measures;
  }

  std::vector<EvolutionReport> evolve(const EvolutionPlan& plan) override {
    REGROW_CHECK(plan.layers.size() == layers_.size(), "a plan has one entry per layer");
    std::vector<EvolutionReport> reports;
    for (std::uint32_t l = 0; l < layers_.size(); ++l) {
      const LayerBatch* const batch = plan.growth.rule.by_gradient ? batch_of(l) : nullptr;
      reports.push_back(reference::evolve(plan, l, batch, layers_[l]));
    }
    return reports;
  }

 private:
  bool is_squared_error() const { return options_.loss.kind == LossKind::kMse; }

  // Of the step that differentiate() has just had.
  const LayerBatch* batch_of(std::size_t layer) const {
    REGROW_CHECK(differentiated_.has_value(), "scores are asked for without gradients");
    return &differentiated_->layers[layer];
  }

  std::vector<std::uint32_t> training_order(std::uint32_t epoch) const {
    const auto count = static_cast<std::uint32_t>(view(*dataset_, Split::kTrain).size());
    return sample_order(options_.seed, epoch, count);
  }

  // With the step while training, for its dropout; without when evaluating.
  Activations forward(const Batch& batch, std::optional<std::uint64_t> step) const {
    const bool drops_out = step.has_value() && options_.dropout > 0;
    Activations result;
    result.inputs.push_back(batch.inputs);
    for (std::uint32_t l = 0; l < layers_.size(); ++l) {
      const ReferenceLayer& layer = layers_[l];
      Matrix z(layer.outputs * batch.size());
      reference::affine(layer, result.inputs[l], batch.size(), z);
      if (l + 1 < layers_.size()) {
        Matrix a(z.size());
        reference::activate(layer, {l, options_.leaky_slope}, z, a);
        if (drops_out) {
          result.factors.push_back(reference::dropout_factors(
              options_.dropout, options_.seed, l, static_cast<std::uint32_t>(*step), layer.outputs,
              static_cast<std::uint32_t>(batch.size())));
          reference::multiply(result.factors.back(), a);
        }
        result.inputs.push_back(std::move(a));
      }
      result.outputs.push_back(std::move(z));
    }
    return result;
  }

  // The targets of mse: the data's, or of its labels.
  Matrix targets_of(const Batch& batch) const {
    return batch.targets.empty() ? reference::one_hot(batch.labels, dataset_->classes())
                                 : batch.targets;
  }

  // `settings`: none where evaluating.
  LossSums loss_of(const Matrix& outputs, const Batch& batch,
                   const reference::CrossEntropy& settings) const {
    if (!is_squared_error()) return reference::cross_entropy(outputs, batch.labels, settings);
    LossSums sums = reference::squared_error(outputs, targets_of(batch), batch.size());
    if (!dataset_->has_targets()) sums.hits = reference::count_hits(outputs, batch.labels);
    return sums;
  }

  Matrix loss_gradient(const Matrix& outputs, const Batch& batch) const {
    Matrix dz(outputs.size());
    if (is_squared_error()) {
      reference::squared_error_gradient(outputs, targets_of(batch), batch.size(), dz);
    } else {
      reference::cross_entropy_gradient(outputs, batch.labels, dz, smoothed_and_weighted_);
    }
    return dz;
  }

  // From the output layer down.
  StepPasses backward(const Batch& batch, Activations activations) const {
    StepPasses passes;
    passes.layers.resize(layers_.size());
    passes.activation_parameters.resize(layers_.size());
    Matrix dz = loss_gradient(activations.outputs.back(), batch);
    for (auto l = static_cast<std::uint32_t>(layers_.size()); l-- > 0;) {
      Matrix dx(activations.inputs[l].size());
      if (l > 0) {
        const ReferenceLayer& below = layers_[l - 1];
        const Matrix& z = activations.outputs[l - 1];
        reference::input_gradient(layers_[l], dz, batch.size(), dx);
        if (!activations.factors.empty()) reference::multiply(activations.factors[l - 1], dx);
        passes.activation_parameters[l - 1] =
            reference::activation_parameter_gradients(below, z, dx);
        reference::activation_gradient(below, {l - 1, options_.leaky_slope}, z, dx);
      }
      passes.layers[l] = {batch.size(), std::move(activations.inputs[l]), std::move(dz)};
      dz = std::move(dx);
    }
    return passes;
  }

  // A step without its update.
  StepPasses passes_of(std::uint64_t step, const StepRange& range,
                       std::span<const std::uint32_t> order) const {
    const std::size_t first = (step % range.steps_per_epoch) * options_.batch_size;
    REGROW_CHECK(first + options_.batch_size <= order.size(), "a step beyond the epoch's samples");
    const Batch batch = reference::training_batch(*dataset_, options_, order, range.epoch(), first);
    Activations activations = forward(batch, step);
    const LossSums sums = loss_of(activations.outputs.back(), batch, smoothed_and_weighted_);
    StepPasses passes = backward(batch, std::move(activations));
    passes.sums = sums;
    return passes;
  }

  std::vector<reference::LayerGradients> gradients_of(const StepPasses& passes) const {
    std::vector<reference::LayerGradients> gradients(layers_.size());
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const ReferenceLayer& layer = layers_[l];
      const LayerBatch& of = passes.layers[l];
      gradients[l] = {Matrix(layer.cell_count()), Matrix(layer.outputs),
                      passes.activation_parameters[l]};
      reference::weight_gradient(layer, of.x, of.dz, of.size, gradients[l].weights);
      reference::bias_gradient(of.dz, of.size, gradients[l].biases);
    }
    return gradients;
  }

  LossSums train_step(std::uint64_t step, const StepRange& range,
                      std::span<const std::uint32_t> order, double learning_rate) {
    const StepPasses passes = passes_of(step, range, order);
    std::vector<reference::LayerGradients> gradients = gradients_of(passes);
    if (options_.clip_norm > 0) reference::clip(options_.clip_norm, gradients);
    const std::uint64_t t =
        step::steps_since_reset(options_.optimiser, step, range.steps_per_epoch);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      reference::apply(options_.optimiser, {learning_rate, t}, gradients[l], layers_[l]);
    }
    return passes.sums;
  }

  BackendOptions options_;
  std::shared_ptr<const Dataset> dataset_;
  reference::CrossEntropy smoothed_and_weighted_;  // of training
  std::vector<ReferenceLayer> layers_;
  std::optional<StepPasses> differentiated_;  // until anything but measures and evolutions
};

}  // namespace

std::unique_ptr<Backend> make_reference_backend(const BackendOptions& options) {
  return std::make_unique<ReferenceBackend>(options);
}

}  // namespace regrow
