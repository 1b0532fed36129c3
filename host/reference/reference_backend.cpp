// The back end made of the reference's primitives: it only strings them together.
#include "reference/reference_backend.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "reference/augment.h"
#include "reference/backward.h"
#include "reference/evolve.h"
#include "reference/forward.h"
#include "reference/measure.h"
#include "reference/reference_layer.h"
#include "reference/softmax.h"
#include "reference/update.h"
#include "regrow/error.h"

namespace regrow {

namespace {

using reference::ReferenceLayer;
using Matrix = std::vector<double>;  // [feature][batch]

struct Batch {
  Matrix inputs;                      // [features][batch]
  std::vector<std::uint16_t> labels;  // [batch]

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

  void attach(std::shared_ptr<const Dataset> dataset) override { dataset_ = std::move(dataset); }

  void load(const NetworkState& network) override {
    REGROW_CHECK(dataset_ != nullptr, "attach a data set before loading a network");
    check_invariants(network);
    REGROW_CHECK(network.layers.front().inputs == dataset_->shape.features(),
                 "the network's inputs are not the data set's features");
    REGROW_CHECK(network.layers.back().outputs == dataset_->classes(),
                 "the network's outputs are not the data set's classes");
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
      sums += reference::softmax_cross_entropy(outputs, batch.labels);
      if (logits.empty()) continue;
      for (std::size_t s = 0; s < batch.size(); ++s) {
        for (std::size_t c = 0; c < classes; ++c) {
          logits[(first + s) * classes + c] = static_cast<float>(outputs[c * batch.size() + s]);
        }
      }
    }
    return sums;
  }

  void reset_momentum() override {
    for (ReferenceLayer& layer : layers_) {
      std::fill(layer.momentum.begin(), layer.momentum.end(), 0.0);
      std::fill(layer.bias_momentum.begin(), layer.bias_momentum.end(), 0.0);
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
  // One column of X.
  static void put_sample(std::span<const double> sample, std::size_t position, Batch& batch) {
    for (std::size_t f = 0; f < sample.size(); ++f) {
      batch.inputs[f * batch.size() + position] = sample[f];
    }
  }

  Batch empty_batch(std::size_t size) const {
    return {Matrix(dataset_->shape.features() * size), std::vector<std::uint16_t>(size)};
  }

  // The samples at positions [first, first + batch_size) of the epoch's order, augmented.
  Batch training_batch(std::span<const std::uint32_t> order, std::uint32_t epoch,
                       std::size_t first) const {
    const SplitView split = view(*dataset_, Split::kTrain);
    Batch batch = empty_batch(options_.batch_size);
    for (std::size_t s = 0; s < batch.size(); ++s) {
      const std::size_t position = first + s;
      const std::size_t index = order[position];
      Matrix sample = reference::standardised_inputs(*dataset_, *split.images, split.sample(index));
      if (options_.augmentation.enabled) {
        const AffineMatrix matrix = augmentation_matrix(options_.augmentation, dataset_->shape,
                                                        options_.seed, epoch, position);
        sample = reference::resampled(dataset_->shape, dataset_->order, sample, matrix,
                                      options_.augmentation.interpolation);
      }
      put_sample(sample, s, batch);
      batch.labels[s] = split.label(index);
    }
    return batch;
  }

  Batch evaluation_batch(Split split, std::size_t first, std::size_t last) const {
    const SplitView samples = view(*dataset_, split);
    Batch batch = empty_batch(last - first);
    for (std::size_t s = 0; s < batch.size(); ++s) {
      const std::size_t sample = samples.sample(first + s);
      put_sample(reference::standardised_inputs(*dataset_, *samples.images, sample), s, batch);
      batch.labels[s] = samples.label(first + s);
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
        reference::leaky_relu(options_.leaky_slope, z, a);
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

  // From the output layer down; each layer is updated once its weights have been read.
  void backward_and_update(const Batch& batch, const Activations& activations,
                           double learning_rate) {
    const reference::UpdateRates rates{learning_rate, options_.momentum, options_.weight_decay};
    Matrix dz(activations.outputs.back().size());
    reference::softmax_cross_entropy_gradient(activations.outputs.back(), batch.labels, dz);
    for (std::size_t l = layers_.size(); l-- > 0;) {
      ReferenceLayer& layer = layers_[l];
      Matrix dw(layer.cell_count());
      std::vector<double> db(layer.outputs);
      reference::weight_gradient(layer, activations.inputs[l], dz, batch.size(), dw);
      reference::bias_gradient(dz, batch.size(), db);
      if (l > 0) {
        Matrix dx(activations.inputs[l].size());
        reference::input_gradient(layer, dz, batch.size(), dx);
        if (!activations.factors.empty()) reference::multiply(activations.factors[l - 1], dx);
        reference::leaky_relu_gradient(options_.leaky_slope, activations.outputs[l - 1], dx);
        dz = std::move(dx);
      }
      reference::update(rates, dw, db, layer);
    }
  }

  LossSums train_step(std::uint64_t step, const StepRange& range,
                      std::span<const std::uint32_t> order, double learning_rate) {
    const std::size_t first = (step % range.steps_per_epoch) * options_.batch_size;
    REGROW_CHECK(first + options_.batch_size <= order.size(), "a step beyond the epoch's samples");
    const Batch batch = training_batch(order, range.epoch(), first);
    const Activations activations = forward(batch, step);
    const LossSums sums =
        reference::softmax_cross_entropy(activations.outputs.back(), batch.labels);
    backward_and_update(batch, activations, learning_rate);
    return sums;
  }

  BackendOptions options_;
  std::shared_ptr<const Dataset> dataset_;
  std::vector<ReferenceLayer> layers_;
};

}  // namespace

ReferenceMemory reference_memory(std::span<const LayerPlan> layers, std::uint32_t batch) {
  ReferenceMemory memory;
  for (const LayerPlan& layer : layers) {
    const std::uint64_t cells = layer.cell_count();
    memory.layers.push_back(cells * (1 + 2 * sizeof(double)) +
                            2 * sizeof(double) * std::uint64_t{layer.outputs});
    // Inputs twice, values before and after the activation, factors of dropout, and gradients.
    memory.batch += 2 * sizeof(double) * batch * std::uint64_t{layer.inputs} +
                    4 * sizeof(double) * batch * std::uint64_t{layer.outputs};
    memory.largest_step = std::max(memory.largest_step, 3 * cells * sizeof(std::uint64_t));
  }
  return memory;
}

std::unique_ptr<Backend> make_reference_backend(const BackendOptions& options) {
  return std::make_unique<ReferenceBackend>(options);
}

}  // namespace regrow
