#include "cpu/cpu_backend.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "cpu/aligned_array.h"
#include "cpu/load_batch.h"
#include "cpu/blas.h"
#include "cpu/dense_layer.h"
#include "cpu/evolve.h"
#include "cpu/kernels.h"
#include "cpu/output.h"
#include "cpu/sparse_layer.h"
#include "cpu/thread_pool.h"
#include "regrow/error.h"
#include "regrow/philox.h"
#include "system/memory_purpose.h"

namespace regrow::cpu {
namespace {

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(const BackendOptions& options)
      : options_(options),
        kernels_(select_kernels(options.simd)),
        pool_(options.threads),
        ld_(padded_batch(options.batch_size)) {}

  Capabilities capabilities() const override {
    const std::string threads = std::to_string(pool_.size());
    return {"cpu", threads + (pool_.size() == 1 ? " thread, " : " threads, ") + kernels_.name,
            kernels_.name, pool_.size(), Precision::kFloat32};
  }

  void attach(std::shared_ptr<const Dataset> dataset) override {
    dataset_ = std::move(dataset);
    const MemoryPurpose purpose("a batch of images");
    loader_.emplace(dataset_, kernels_, pool_.size(), ld_);
    order_epoch_.reset();
  }

  void load(const NetworkState& network) override;
  NetworkState snapshot() const override;
  std::vector<LossSums> train(const StepRange& range,
                              std::span<const float> learning_rates) override;
  LossSums evaluate(Split split, std::span<float> logits) override;
  void reset_momentum() override;
  std::vector<LayerMeasures> measure(const MeasureRequest& request) override;
  std::vector<EvolutionReport> evolve(const EvolutionPlan& plan) override;

 private:
  LayerBuffers buffers(std::size_t layer) {
    return {activations_[layer].data(), activations_[layer + 1].data(), gradient(layer + 1),
            layer > 0 ? gradient(layer) : nullptr, ld_};
  }
  // Of the inputs of `layer`. Where each of them is read for the last time when its gradient is
  // written, the gradient takes its place: less to move through the caches.
  float* gradient(std::size_t layer) {
    return (gradients_[layer].size() > 0 ? gradients_ : activations_)[layer].data();
  }
  // Of the output of hidden layer `layer`.
  Activation activation(std::size_t layer, bool training, std::uint64_t step) const;
  // One thread's share of loading and of the forward pass up to the losses, with all its barriers.
  void forward(std::span<const std::uint8_t* const> images, std::span<const std::uint16_t> labels,
               bool training, std::uint64_t step, std::uint32_t epoch, std::uint64_t position,
               unsigned thread);
  void backward(std::uint64_t step, float learning_rate, unsigned thread);
  // Pointers to the images and labels of samples [0, count) of a split.
  template <typename SampleOf>
  void gather(const LabelledImages& images, std::size_t count, const SampleOf& sample_of);

  BackendOptions options_;
  const Kernels& kernels_;
  ThreadPool pool_;
  std::uint32_t ld_;
  std::shared_ptr<const Dataset> dataset_;
  std::optional<BatchLoader> loader_;

  NetworkState shape_;                          // dimensions, kinds and budgets; no values
  std::vector<std::unique_ptr<Layer>> layers_;  // hidden
  std::vector<SparseLayer*> sparse_;            // [layers_], null where dense
  std::optional<OutputLayer> output_;
  std::vector<AlignedArray<float>> activations_;  // [layer]: [inputs of layer][ld]
  std::vector<AlignedArray<float>> gradients_;    // [layer]: as activations_, or empty: gradient()

  std::optional<std::uint32_t> order_epoch_;  // the epoch of order_
  std::vector<std::uint32_t> order_;
  std::vector<const std::uint8_t*> images_;  // of the samples at hand, in order
  std::vector<std::uint16_t> labels_;
};

void CpuBackend::load(const NetworkState& network) {
  check_invariants(network);
  REGROW_CHECK(dataset_ && network.layers.front().inputs == dataset_->shape.features() &&
                   network.layers.back().outputs == dataset_->classes(),
               "the network does not fit the data set");
  shape_ = {};
  layers_.clear();
  sparse_.clear();
  activations_.clear();
  gradients_.clear();
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const MemoryPurpose purpose("a batch and the weights of layer", static_cast<std::int64_t>(i));
    const LayerState& state = network.layers[i];
    LayerState& shape = shape_.layers.emplace_back();
    shape.inputs = state.inputs;
    shape.outputs = state.outputs;
    shape.kind = state.kind;
    shape.budget = state.budget;
    activations_.emplace_back(std::size_t{state.inputs} * ld_);
    gradients_.emplace_back();
    if (i + 1 == network.layers.size()) {
      output_.emplace(state, kernels_, pool_.size(), ld_);
    } else if (state.kind == LayerKind::kSparse) {
      auto layer = std::make_unique<SparseLayer>(state, kernels_, pool_.size());
      sparse_.push_back(layer.get());
      layers_.push_back(std::move(layer));
    } else {
      layers_.push_back(std::make_unique<DenseLayer>(state, kernels_, pool_.size()));
      // A product of whole matrices: dW reads the inputs after dX is written.
      if (i > 0) gradients_.back() = AlignedArray<float>(activations_.back().size());
      sparse_.push_back(nullptr);
    }
  }
  const bool has_dense = std::find(sparse_.begin(), sparse_.end(), nullptr) != sparse_.end();
  if (has_dense) Blas::require_room(pool_.size());
}

NetworkState CpuBackend::snapshot() const {
  REGROW_CHECK(output_, "there is no network to take a snapshot of");
  const MemoryPurpose purpose("a copy of the network");
  NetworkState network = shape_;
  for (std::size_t i = 0; i < layers_.size(); ++i) layers_[i]->save(network.layers[i]);
  output_->save(network.layers.back());
  return network;
}

Activation CpuBackend::activation(std::size_t layer, bool training, std::uint64_t step) const {
  const bool drops = training && options_.dropout > 0;
  return {static_cast<float>(options_.leaky_slope),
          drops,
          dropout_threshold(options_.dropout),
          static_cast<float>(1 / (1 - options_.dropout)),
          options_.seed,
          static_cast<std::uint32_t>(layer),
          static_cast<std::uint32_t>(step)};
}

template <typename SampleOf>
void CpuBackend::gather(const LabelledImages& images, std::size_t count,
                        const SampleOf& sample_of) {
  images_.resize(count);
  labels_.resize(count);
  const std::size_t features = dataset_->shape.features();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t sample = sample_of(i);
    images_[i] = images.pixels.data() + sample * features;
    labels_[i] = images.labels[sample];
  }
}

void CpuBackend::forward(std::span<const std::uint8_t* const> images,
                         std::span<const std::uint16_t> labels, bool training, std::uint64_t step,
                         std::uint32_t epoch, std::uint64_t position, unsigned thread) {
  loader_->read(images, options_.augmentation, training && options_.augmentation.enabled,
                options_.seed, epoch, position, thread);
  pool_.barrier();
  loader_->transpose(images.size(), activations_[0].data(), thread);
  pool_.barrier();
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    LayerBuffers at = buffers(layer);
    layers_[layer]->forward(at, activation(layer, training, step), thread);
    pool_.barrier();
  }
  output_->multiply(activations_.back().data(), thread);
  pool_.barrier();
  output_->softmax(labels, training, thread);
  pool_.barrier();
}

void CpuBackend::backward(std::uint64_t step, float learning_rate, unsigned thread) {
  const Sgd sgd = {learning_rate, static_cast<float>(options_.momentum),
                   static_cast<float>(options_.weight_decay),
                   1.0F / static_cast<float>(options_.batch_size)};
  const std::size_t hidden = layers_.size();
  output_->backward(activations_[hidden].data(), gradient(hidden),
                    activation(hidden - 1, true, step), sgd, thread);
  for (std::size_t layer = hidden; layer-- > 0;) {
    pool_.barrier();
    const Activation of_input = layer > 0 ? activation(layer - 1, true, step) : Activation();
    layers_[layer]->backward(buffers(layer), of_input, sgd, thread, pool_);
  }
  // No barrier: the next step's first phase touches nothing that this one uses.
}

std::vector<LossSums> CpuBackend::train(const StepRange& range,
                                        std::span<const float> learning_rates) {
  REGROW_CHECK(output_, "there is no network to train");
  REGROW_CHECK(learning_rates.size() == range.count, "one learning rate per step");
  REGROW_CHECK(
      range.first % range.steps_per_epoch + range.count <= range.steps_per_epoch &&
          std::size_t{range.steps_per_epoch} * options_.batch_size <= dataset_->train_ids.size(),
      "the steps of one epoch, of full batches");
  const std::uint32_t epoch = range.epoch();
  if (order_epoch_ != epoch) {
    order_ =
        sample_order(options_.seed, epoch, static_cast<std::uint32_t>(dataset_->train_ids.size()));
    order_epoch_ = epoch;
  }
  const std::size_t batch = options_.batch_size;
  const std::size_t first_position = range.first % range.steps_per_epoch * batch;
  gather(dataset_->train, range.count * batch,
         [&](std::size_t i) { return dataset_->train_ids[order_[first_position + i]]; });
  std::vector<LossSums> sums(range.count);
  pool_.run([&](unsigned thread) {
    for (std::uint32_t i = 0; i < range.count; ++i) {
      const std::uint64_t step = range.first + i;
      forward(std::span(images_).subspan(i * batch, batch),
              std::span(labels_).subspan(i * batch, batch), true, step, epoch,
              first_position + i * batch, thread);
      if (thread == 0) sums[i] = output_->sums(batch);
      backward(step, learning_rates[i], thread);
    }
  });
  return sums;
}

LossSums CpuBackend::evaluate(Split split, std::span<float> logits) {
  const SplitView samples = view(*dataset_, split);
  const std::size_t count = samples.size(), classes = dataset_->classes();
  REGROW_CHECK(output_, "there is no network to evaluate");
  REGROW_CHECK(logits.empty() || logits.size() == count * classes, "logits: [samples][classes]");
  gather(*samples.images, count, [&](std::size_t i) { return samples.sample(i); });
  LossSums sums;
  pool_.run([&](unsigned thread) {
    for (std::size_t first = 0; first < count; first += ld_) {
      const std::size_t batch = std::min<std::size_t>(ld_, count - first);
      forward(std::span(images_).subspan(first, batch), std::span(labels_).subspan(first, batch),
              false, 0, 0, 0, thread);
      if (thread != 0) continue;
      sums += output_->sums(batch);
      for (std::size_t i = 0; i < (logits.empty() ? 0 : batch * classes); ++i) {
        logits[first * classes + i] =
            output_->logit(static_cast<std::uint32_t>(i % classes), i / classes);
      }
    }
  });
  return sums;
}

void CpuBackend::reset_momentum() {
  for (const auto& layer : layers_) layer->reset_momentum();
  output_->reset_momentum();
}

std::vector<LayerMeasures> CpuBackend::measure(const MeasureRequest& request) {
  REGROW_CHECK(output_, "there is no network to measure");
  const std::vector<CellList>& protects = request.protected_cells;
  REGROW_CHECK(protects.empty() || protects.size() == shape_.layers.size(),
               "a list of protected cells per layer, or none");
  std::vector<LayerMeasures> measures(shape_.layers.size());
  measures.back().weights = output_->count_weights();
  const CellList nothing;
  pool_.run([&](unsigned thread) {
    for (std::size_t i = thread; i < layers_.size(); i += pool_.size()) {
      if (sparse_[i] == nullptr) {
        measures[i].weights = layers_[i]->count_weights();
      } else {
        measures[i] = sparse_[i]->measure(protects.empty() ? nothing : protects[i], request.digit);
      }
    }
  });
  return measures;
}

std::vector<EvolutionReport> CpuBackend::evolve(const EvolutionPlan& plan) {
  const MemoryPurpose purpose("dropping and growing connections");
  REGROW_CHECK(plan.layers.size() == shape_.layers.size(), "a plan has one entry per layer");
  std::vector<EvolutionReport> reports = evolve_layers(plan, sparse_, pool_);
  reports.emplace_back();  // of the output layer
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const LayerState& layer = shape_.layers[i];
    if (layer.kind == LayerKind::kDense) reports[i].dropped.remaining = layer.cell_count();
  }
  return reports;
}

}  // namespace
}  // namespace regrow::cpu

namespace regrow {

std::unique_ptr<Backend> make_cpu_backend(const BackendOptions& options) {
  return std::make_unique<cpu::CpuBackend>(options);
}

}  // namespace regrow
