// The back end made of the reference's primitives: it only strings them together.
#include "reference/reference_backend.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "backend_interface/class_weights.h"
#include "reference/activation.h"
#include "reference/backward.h"
#include "reference/evolve.h"
#include "reference/forward.h"
#include "reference/load_batch.h"
#include "reference/measure.h"
#include "reference/optimiser.h"
#include "reference/output.h"
#include "reference/topology.h"
#include "reference/weight_gradient.h"
#include "regrow/error.h"

namespace regrow {

namespace {

using reference::ReferenceLayer;
using Matrix = std::vector<double>;  // [feature][batch]

struct Batch {
  Matrix inputs;                      // [features][batch]
  std::vector<std::uint16_t> labels;  // [batch]
  Matrix targets;                     // [outputs][batch]: of the data, or none

  std::size_t size() const { return labels.size(); }
};

// What the backward pass needs of the forward pass.
struct Activations {
  std::vector<Matrix> inputs;   // of every layer: [in][batch]
  std::vector<Matrix> outputs;  // of every layer, before the activation: [out][batch]
  std::vector<Matrix> factors;  // of dropout, of every hidden layer: [out][batch]; none: no dropout
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
    const auto count = static_cast<std::uint32_t>(view(*dataset_, Split::kTrain).size());
    const std::vector<std::uint32_t> order = sample_order(options_.seed, range.epoch(), count);
    std::vector<LossSums> sums;
    for (std::uint32_t k = 0; k < range.count; ++k) {
      sums.push_back(train_step(range.first + k, range, order, double{learning_rates[k]}));
    }
    return sums;
  }

  LossSums evaluate(Split split, std::span<float> logits) override {
    const std::size_t samples = view(*dataset_, split).size();
    const std::size_t classes = dataset_->classes();
    REGROW_CHECK(logits.empty() || logits.size() == samples * classes,
                 "logits must be [samples][classes]");
    LossSums sums;
    for (std::size_t first = 0; first < samples; first += options_.batch_size) {
      const std::size_t last = std::min(samples, first + options_.batch_size);
      const Batch batch = evaluation_batch(split, first, last);
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
    }
    return measures;
  }

  std::vector<EvolutionReport> evolve(const EvolutionPlan& plan) override {
    REGROW_CHECK(plan.layers.size() == layers_.size(), "a plan has one entry per layer");
    std::vector<EvolutionReport> reports;
    for (std::uint32_t l = 0; l < layers_.size(); ++l) {
      reports.push_back(reference::evolve(plan, l, layers_[l]));
    }
    return reports;
  }

 private:
  bool is_squared_error() const { return options_.loss.kind == LossKind::kMse; }

  Batch empty_batch(std::size_t size) const {
    const std::size_t targets = dataset_->has_targets() ? dataset_->classes() : 0;
    return {Matrix(dataset_->shape.features() * size), std::vector<std::uint16_t>(size),
            Matrix(targets * size)};
  }

  // One column of X, and what the sample is to come to.
  void put_sample(std::span<const double> inputs, const LabelledImages& images, std::size_t sample,
                  std::size_t position, Batch& batch) const {
    for (std::size_t f = 0; f < inputs.size(); ++f) {
      batch.inputs[f * batch.size() + position] = inputs[f];
    }
    batch.labels[position] = images.labels[sample];
    const std::size_t outputs = dataset_->classes();
    for (std::size_t k = 0; k < outputs && !batch.targets.empty(); ++k) {
      batch.targets[k * batch.size() + position] = double{images.targets[sample * outputs + k]};
    }
  }

  // The samples at positions [first, first + batch_size) of the epoch's order, augmented.
  Batch training_batch(std::span<const std::uint32_t> order, std::uint32_t epoch,
                       std::size_t first) const {
    const SplitView split = view(*dataset_, Split::kTrain);
    Batch batch = empty_batch(options_.batch_size);
    for (std::size_t s = 0; s < batch.size(); ++s) {
      const std::size_t position = first + s;
      const std::size_t sample = split.sample(order[position]);
      Matrix inputs = reference::standardised_inputs(*dataset_, *split.images, sample);
      if (options_.augmentation.enabled) {
        const AffineMatrix matrix = augmentation_matrix(options_.augmentation, dataset_->shape,
                                                        options_.seed, epoch, position);
        inputs = reference::resampled(dataset_->shape, dataset_->order, inputs, matrix,
                                      options_.augmentation.interpolation);
      }
      put_sample(inputs, *split.images, sample, s, batch);
    }
    return batch;
  }

  Batch evaluation_batch(Split split, std::size_t first, std::size_t last) const {
    const SplitView samples = view(*dataset_, split);
    Batch batch = empty_batch(last - first);
    for (std::size_t s = 0; s < batch.size(); ++s) {
      const std::size_t sample = samples.sample(first + s);
      put_sample(reference::standardised_inputs(*dataset_, *samples.images, sample),
                 *samples.images, sample, s, batch);
    }
    return batch;
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

  // From the output layer down: the gradients of every layer.
  std::vector<reference::LayerGradients> backward(const Batch& batch,
                                                  const Activations& activations) const {
    std::vector<reference::LayerGradients> gradients(layers_.size());
    Matrix dz = loss_gradient(activations.outputs.back(), batch);
    for (auto l = static_cast<std::uint32_t>(layers_.size()); l-- > 0;) {
      const ReferenceLayer& layer = layers_[l];
      gradients[l].weights.resize(layer.cell_count());
      gradients[l].biases.resize(layer.outputs);
      reference::weight_gradient(layer, activations.inputs[l], dz, batch.size(),
                                 gradients[l].weights);
      reference::bias_gradient(dz, batch.size(), gradients[l].biases);
      if (l == 0) break;
      const ReferenceLayer& below = layers_[l - 1];
      const Matrix& z = activations.outputs[l - 1];
      Matrix dx(activations.inputs[l].size());
      reference::input_gradient(layer, dz, batch.size(), dx);
      if (!activations.factors.empty()) reference::multiply(activations.factors[l - 1], dx);
      gradients[l - 1].activation_parameters =
          reference::activation_parameter_gradients(below, z, dx);
      reference::activation_gradient(below, {l - 1, options_.leaky_slope}, z, dx);
      dz = std::move(dx);
    }
    return gradients;
  }

  LossSums train_step(std::uint64_t step, const StepRange& range,
                      std::span<const std::uint32_t> order, double learning_rate) {
    const std::size_t first = (step % range.steps_per_epoch) * options_.batch_size;
    REGROW_CHECK(first + options_.batch_size <= order.size(), "a step beyond the epoch's samples");
    const Batch batch = training_batch(order, range.epoch(), first);
    const Activations activations = forward(batch, step);
    const LossSums sums = loss_of(activations.outputs.back(), batch, smoothed_and_weighted_);
    std::vector<reference::LayerGradients> gradients = backward(batch, activations);
    if (options_.clip_norm > 0) reference::clip(options_.clip_norm, gradients);
    const std::uint64_t t =
        step::steps_since_reset(options_.optimiser, step, range.steps_per_epoch);
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      reference::apply(options_.optimiser, {learning_rate, t}, gradients[l], layers_[l]);
    }
    return sums;
  }

  BackendOptions options_;
  std::shared_ptr<const Dataset> dataset_;
  reference::CrossEntropy smoothed_and_weighted_;  // of training
  std::vector<ReferenceLayer> layers_;
};

}  // namespace

ReferenceMemory reference_memory(std::span<const LayerPlan> layers, const BackendOptions& options) {
  ReferenceMemory memory;
  const std::uint64_t arrays = 1 + slot_count(options.optimiser.kind);  // of a parameter
  std::uint64_t gradients = 0;
  std::uint64_t largest_lists = 0;
  for (const LayerPlan& layer : layers) {
    const std::uint64_t cells = layer.cell_count();
    const std::uint64_t of_neurons =
        std::uint64_t{layer.outputs} * (1 + parameter_names(layer.activation).size());
    memory.layers.push_back(cells + arrays * (cells + of_neurons) * sizeof(double));
    // Inputs twice, values before and after the activation, factors of dropout, and gradients.
    memory.batch += sizeof(double) * options.batch_size *
                    (2 * std::uint64_t{layer.inputs} + 4 * std::uint64_t{layer.outputs});
    gradients += (cells + of_neurons) * sizeof(double);
    largest_lists = std::max(largest_lists, 3 * cells * sizeof(std::uint64_t));
  }
  memory.largest_step = std::max(gradients, largest_lists);
  return memory;
}

std::unique_ptr<Backend> make_reference_backend(const BackendOptions& options) {
  return std::make_unique<ReferenceBackend>(options);
}

}  // namespace regrow
