#include "cpu/cpu_backend.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "backend_interface/class_weights.h"
#include "cpu/blas.h"
#include "cpu/dense_layer.h"
#include "cpu/evolve.h"
#include "cpu/hidden_activation.h"
#include "cpu/kernels.h"
#include "cpu/load_batch.h"
#include "cpu/loss.h"
#include "cpu/optimiser.h"
#include "cpu/output.h"
#include "cpu/samples.h"
#include "cpu/score.h"
#include "cpu/sparse_layer.h"
#include "cpu/step_buffers.h"
#include "cpu/strengths.h"
#include "cpu/thread_pool.h"
#include "cpu/worthwhile_threads.h"
#include "network/network_plan.h"
#include "regrow/error.h"
#include "system/memory_purpose.h"

namespace regrow::cpu {
namespace {

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(const BackendOptions& options)
      : options_(options),
        kernels_(select_kernels(options.simd)),
        pool_(options.threads),
        ld_(padded_batch(options.batch_size)),
        optimiser_(options, kernels_) {}

  Capabilities capabilities() const override {
    const std::string threads = std::to_string(pool_.size());
    const bool is_bfloat16 = options_.activations == ActivationStorage::kBFloat16;
    return {"cpu",
            threads + (pool_.size() == 1 ? " thread, " : " threads, ") + kernels_.name +
                (is_bfloat16 ? ", bf16 activations" : ""),
            kernels_.name,
            pool_.size(),
            Precision::kFloat32,
            options_.activations};
  }

  void attach(std::shared_ptr<const Dataset> dataset) override {
    dataset_ = std::move(dataset);
    const MemoryPurpose purpose("a batch of samples");
    const BatchLoader::Augmentation augmentation = {options_.augmentation, options_.seed};
    loader_.emplace(dataset_, augmentation, kernels_, pool_.size(), ld_,
                    StepBuffers::format_of(options_));
    loss_.emplace(options_.loss, class_weights(options_.loss.class_weights, *dataset_));
    samples_.emplace(dataset_);
  }

  void load(const NetworkState& network) override;
  NetworkState snapshot() const override;
  std::vector<LossSums> train(const StepRange& range,
                              std::span<const float> learning_rates) override;
  LossSums differentiate(const StepRange& range) override;
  std::vector<double> cell_gradients(std::uint32_t layer, const CellList& cells) override;
  LossSums evaluate(Split split, std::span<float> logits) override;
  void reset_slots() override;
  std::vector<LayerMeasures> measure(const MeasureRequest& request) override;
  std::vector<EvolutionReport> evolve(const EvolutionPlan& plan) override;

 private:
  // When a batch is trained on; nothing else of a step decides its forward pass.
  struct TrainingTime {
    std::uint64_t step = 0;
    std::uint32_t epoch = 0;
    std::uint64_t position = 0;  // of the first sample in the epoch's order
  };
  enum class Role : std::uint8_t { kWeights, kBiases, kActivation };
  // Throws Error where rows are packed and a hidden layer is dense.
  void require_sparse_rows(const NetworkState& network) const;
  // Fills a layer of the network that has no values yet.
  void load_layer(const NetworkState& network, std::size_t layer);
  // Calls body(array, role) of every trained array of the network.
  template <typename Body>
  void for_each_array(const Body& body);
  // One thread's share of loading and of the forward pass up to the losses, with all its barriers.
  // `training`: null in evaluation.
  void forward(const SampleBatch& batch, const TrainingTime* training, Member& member);
  // Of the samples of `range`, which become those chosen: the first one's position in the epoch.
  std::uint64_t choose_samples(const StepRange& range);
  // `sgd`: updates by it where the mode does within the pass; else leaves all gradients that the
  // mode keeps, and the inputs and output gradients of every layer in buffers_. `keeps_all`: leaves
  // these whatever the mode, and `sgd` is null. No barrier at the end: the next phase touches
  // nothing that this one uses.
  void backward(std::uint64_t step, const Sgd* sgd, bool keeps_all, Member& member);
  std::vector<LayerBatch> differentiated();
  // How many threads take part in a step, in the evaluation of a batch, and in a measure.
  unsigned participants();
  // What is not updated within the backward pass.
  void apply(const step::StepRates& rates, Member& member);

  BackendOptions options_;
  const Kernels& kernels_;
  ThreadPool pool_;
  std::uint32_t ld_;
  std::shared_ptr<const Dataset> dataset_;
  std::optional<Samples> samples_;
  std::optional<BatchLoader> loader_;
  std::optional<Loss> loss_;
  Optimiser optimiser_;

  NetworkState shape_;                          // all but the values
  std::vector<std::unique_ptr<Layer>> layers_;  // hidden
  std::vector<SparseLayer*> sparse_;            // [layers_], null where dense
  std::vector<HiddenActivation> activations_;   // [layers_]
  std::optional<OutputLayer> output_;
  StepBuffers buffers_;
  bool is_differentiated_ = false;  // buffers_ has what the last differentiate() left
};

// Packed rows are for gathers; a BLAS takes floats.
void CpuBackend::require_sparse_rows(const NetworkState& network) const {
  if (StepBuffers::format_of(options_) == RowFormat::kFloats) return;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    if (network.layers[l].kind == LayerKind::kSparse) continue;
    throw Error("layer " + std::to_string(l) +
                " is dense, and the cpu device stores the activations of dense hidden layers in "
                "fp32 only; leave --activation-dtype bf16 out, or use --device cuda");
  }
}

void CpuBackend::load(const NetworkState& network) {
  check_invariants(network);
  REGROW_CHECK(dataset_ && network.layers.front().inputs == dataset_->shape.features() &&
                   network.layers.back().outputs == dataset_->classes(),
               "the network does not fit the data set");
  REGROW_CHECK(network.layers.front().weights.slots.size() == slot_count(options_.optimiser.kind),
               "the network does not have the optimiser's slots");
  require_sparse_rows(network);
  shape_ = {};
  layers_.clear();
  sparse_.clear();
  activations_.clear();
  is_differentiated_ = false;
  {
    const MemoryPurpose purpose("a batch's activations");
    buffers_ = StepBuffers(plan_of(network), options_, ld_);
  }
  for (std::size_t i = 0; i < network.layers.size(); ++i) load_layer(network, i);
  const bool has_dense = std::find(sparse_.begin(), sparse_.end(), nullptr) != sparse_.end();
  if (has_dense) Blas::require_room(pool_.size(), kDenseLayers);
  if (options_.scored_cells) require_scores(*options_.scored_cells, kernels_, pool_.size());
  // What is updated after the backward pass: all, or what a fused one does not update.
  const bool is_fused = optimiser_.mode() == UpdateMode::kFused;
  optimiser_.clear();
  for_each_array([&](TrainedArray& array, Role role) {
    if (!is_fused || role == Role::kActivation) optimiser_.add(array, role == Role::kWeights);
  });
}

void CpuBackend::load_layer(const NetworkState& network, std::size_t index) {
  const MemoryPurpose purpose("the weights of layer", static_cast<std::int64_t>(index));
  const LayerState& state = network.layers[index];
  shape_.layers.push_back(without_values(state));
  const UpdateMode mode = optimiser_.mode();
  if (index + 1 == network.layers.size()) {
    output_.emplace(state, kernels_, ld_, StepBuffers::format_of(options_), mode);
    return;
  }
  activations_.emplace_back(state, static_cast<std::uint32_t>(index), options_, ld_);
  if (state.kind == LayerKind::kSparse) {
    auto layer = std::make_unique<SparseLayer>(state, kernels_, pool_.size(), mode);
    sparse_.push_back(layer.get());
    layers_.push_back(std::move(layer));
  } else {
    sparse_.push_back(nullptr);
    layers_.push_back(std::make_unique<DenseLayer>(state, kernels_, mode));
  }
}

template <typename Body>
void CpuBackend::for_each_array(const Body& body) {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    body(layers_[i]->weights(), Role::kWeights);
    body(layers_[i]->biases(), Role::kBiases);
    for (TrainedArray& learned : activations_[i].parameters()) body(learned, Role::kActivation);
  }
  body(output_->weights(), Role::kWeights);
  body(output_->biases(), Role::kBiases);
}

NetworkState CpuBackend::snapshot() const {
  REGROW_CHECK(output_, "there is no network to take a snapshot of");
  const MemoryPurpose purpose("a copy of the network");
  NetworkState network = shape_;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    layers_[i]->save(network.layers[i]);
    activations_[i].save(network.layers[i]);
  }
  output_->save(network.layers.back());
  return network;
}

void CpuBackend::forward(const SampleBatch& batch, const TrainingTime* training, Member& member) {
  const bool trains = training != nullptr;
  const TrainingTime at = trains ? *training : TrainingTime();
  const BatchLoader::Time time = {at.epoch, at.position};
  const BatchLoader::Time* const augmented = trains ? &time : nullptr;
  loader_->stage(batch, augmented, member);
  member.barrier();
  loader_->write(batch, augmented, buffers_.inputs(0), member);
  member.barrier();
  if (loader_->stays_sparse(augmented)) {
    loader_->put_stored(batch, buffers_.inputs(0), member);
    member.barrier();
    if (loader_->packs_stored()) {
      loader_->pack_stored(buffers_.inputs(0), member);
      member.barrier();
    }
  }
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    layers_[layer]->forward(buffers_.of_hidden(layer), activations_[layer].view(trains, at.step),
                            member);
    member.barrier();
  }
  output_->multiply(buffers_.inputs(layers_.size()), member);
  member.barrier();
  output_->lose(*loss_, batch.expected, trains, member);
  member.barrier();
}

void CpuBackend::backward(std::uint64_t step, const Sgd* sgd, bool keeps_all, Member& member) {
  const std::size_t hidden = layers_.size();
  const auto activation_before = [&](std::size_t layer) {
    return layer > 0 ? activations_[layer - 1].view(true, step) : Activation();
  };
  output_->backward(buffers_.inputs(hidden), buffers_.gradient(hidden, keeps_all),
                    activation_before(hidden), sgd, member);
  for (std::size_t layer = hidden; layer-- > 0;) {
    member.barrier();
    layers_[layer]->backward(buffers_.of_hidden(layer, keeps_all), activation_before(layer), sgd,
                             member);
  }
}

void CpuBackend::apply(const step::StepRates& rates, Member& member) {
  if (!optimiser_.has_targets()) return;
  member.barrier();
  if (optimiser_.clips()) {
    optimiser_.sum_squares(member);
    member.barrier();
  }
  optimiser_.apply(rates, member);
}

unsigned CpuBackend::participants() {
  if (options_.all_threads) return pool_.size();
  std::uint64_t weights = output_->weights().size();
  for (const std::unique_ptr<Layer>& layer : layers_) weights += layer->weights().size();
  return worthwhile_threads(weights * ld_, pool_.size());
}

std::uint64_t CpuBackend::choose_samples(const StepRange& range) {
  REGROW_CHECK(output_, "there is no network to train");
  REGROW_CHECK(
      range.first % range.steps_per_epoch + range.count <= range.steps_per_epoch &&
          std::size_t{range.steps_per_epoch} * options_.batch_size <= dataset_->train_ids.size(),
      "the steps of one epoch, of full batches");
  const std::size_t batch = options_.batch_size;
  const std::size_t first_position = range.first % range.steps_per_epoch * batch;
  samples_->choose_for_training(options_.seed, range.epoch(), first_position, range.count * batch);
  is_differentiated_ = false;
  return first_position;
}

std::vector<LossSums> CpuBackend::train(const StepRange& range,
                                        std::span<const float> learning_rates) {
  REGROW_CHECK(learning_rates.size() == range.count, "one learning rate per step");
  const std::uint64_t first_position = choose_samples(range);
  const std::size_t batch = options_.batch_size;
  const bool is_fused = optimiser_.mode() == UpdateMode::kFused;
  std::vector<LossSums> sums(range.count);
  optimiser_.prepare();
  pool_.run(participants(), [&](Member& member) {
    for (std::uint32_t i = 0; i < range.count; ++i) {
      const TrainingTime at = {range.first + i, range.epoch(), first_position + i * batch};
      forward(samples_->batch(i * batch, batch), &at, member);
      if (member.thread() == 0) sums[i] = output_->sums(batch);
      const Sgd fused = optimiser_.fused(learning_rates[i]);
      backward(at.step, is_fused ? &fused : nullptr, false, member);
      const std::uint64_t t =
          step::steps_since_reset(options_.optimiser, at.step, range.steps_per_epoch);
      apply(step::step_rates(options_.optimiser, learning_rates[i], t), member);
    }
  });
  return sums;
}

LossSums CpuBackend::differentiate(const StepRange& range) {
  REGROW_CHECK(range.count == 1, "one step is differentiated");
  const TrainingTime at = {range.first, range.epoch(), choose_samples(range)};
  {
    const MemoryPurpose purpose("a batch's gradients");
    buffers_.keep_all();
  }
  LossSums sums;
  pool_.run(participants(), [&](Member& member) {
    forward(samples_->batch(0, options_.batch_size), &at, member);
    if (member.thread() == 0) sums = output_->sums(options_.batch_size);
    backward(at.step, nullptr, true, member);
    member.barrier();
    buffers_.unpack_kept(kernels_, member);
  });
  is_differentiated_ = true;
  return sums;
}

std::vector<LayerBatch> CpuBackend::differentiated() {
  REGROW_CHECK(is_differentiated_, "no step has been differentiated just before");
  std::vector<LayerBatch> layers;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    layers.push_back(buffers_.kept_of_hidden(i, options_.batch_size));
  }
  return layers;
}

std::vector<double> CpuBackend::cell_gradients(std::uint32_t layer, const CellList& cells) {
  const std::vector<LayerBatch> batches = differentiated();
  REGROW_CHECK(layer < batches.size(), "gradients are those of a hidden layer's cells");
  const LayerState& shape = shape_.layers[layer];
  REGROW_CHECK(std::is_sorted(cells.begin(), cells.end()) &&
                   (cells.empty() || cells.back() < shape.cell_count()),
               "cells ascend, within their layer");
  const LargeVector<float> sums =
      cpu::cell_gradients(kernels_, batches[layer], shape.inputs, cells, pool_);
  std::vector<double> means(sums.begin(), sums.end());
  for (double& mean : means) mean /= options_.batch_size;
  return means;
}

LossSums CpuBackend::evaluate(Split split, std::span<float> logits) {
  const SplitView samples = view(*dataset_, split);
  const std::size_t count = samples.size(), classes = dataset_->classes();
  REGROW_CHECK(output_, "there is no network to evaluate");
  REGROW_CHECK(logits.empty() || logits.size() == count * classes, "logits: [samples][classes]");
  samples_->choose(samples);
  is_differentiated_ = false;
  LossSums sums;
  pool_.run(participants(), [&](Member& member) {
    for (std::size_t first = 0; first < count; first += ld_) {
      const std::size_t batch = std::min<std::size_t>(ld_, count - first);
      forward(samples_->batch(first, batch), nullptr, member);
      if (member.thread() != 0) continue;
      sums += output_->sums(batch);
      for (std::size_t i = 0; i < (logits.empty() ? 0 : batch * classes); ++i) {
        logits[first * classes + i] =
            output_->logit(static_cast<std::uint32_t>(i % classes), i / classes);
      }
    }
  });
  return sums;
}

void CpuBackend::reset_slots() {
  REGROW_CHECK(output_, "there is no network to reset");
  is_differentiated_ = false;
  for_each_array([](TrainedArray& array, Role) { array.reset_slots(); });
}

std::vector<LayerMeasures> CpuBackend::measure(const MeasureRequest& request) {
  REGROW_CHECK(output_, "there is no network to measure");
  const std::vector<CellList>& protects = request.protected_cells;
  REGROW_CHECK(protects.empty() || protects.size() == shape_.layers.size(),
               "a list of protected cells per layer, or none");
  std::vector<LayerMeasures> measures(shape_.layers.size());
  Alone alone;
  measures.back().weights = output_->count_weights(alone);
  const CellList nothing;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Workers& workers = workers_for(layers_[i]->weights().size(), pool_, alone);
    if (sparse_[i] == nullptr) {
      measures[i].weights = layers_[i]->count_weights(workers);
    } else {
      const CellList& safe = protects.empty() ? nothing : protects[i];
      measures[i] = sparse_[i]->measure(safe, request.digit, workers);
    }
    measures[i].weights.non_finite += activations_[i].count_non_finite();
  }
  if (!request.strengths) return measures;
  const std::vector<LayerBatch> batches = differentiated();
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (sparse_[i] == nullptr) continue;
    const LayerShape shape = {static_cast<std::uint32_t>(i), sparse_[i]->inputs(),
                              sparse_[i]->outputs()};
    measures[i].strengths = strengths_of(*request.strengths, batches[i], shape, pool_);
  }
  return measures;
}

std::vector<EvolutionReport> CpuBackend::evolve(const EvolutionPlan& plan) {
  const MemoryPurpose purpose("dropping and growing connections");
  REGROW_CHECK(plan.layers.size() == shape_.layers.size(), "a plan has one entry per layer");
  std::vector<LayerBatch> batches;
  if (plan.growth.rule.by_gradient) batches = differentiated();
  const ScoredBatch scored = {kernels_, batches};
  std::vector<EvolutionReport> reports = evolve_layers(plan, sparse_, pool_, &scored);
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
