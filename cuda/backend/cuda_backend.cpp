#include "backend/cuda_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include "backend/device_network.h"
#include "backend/memory_plan.h"
#include "backend/network_memory.h"
#include "backend/run_data.h"
#include "common/device_info.h"
#include "common/graph.h"
#include "common/nvtx.h"
#include "common/profiler.h"
#include "common/runtime.h"
#include "evolve/evolve.h"
#include "evolve/score.h"
#include "regrow/error.h"
#include "regrow/step/dropout.h"
#include "step/backward.h"
#include "step/load_batch.h"
#include "step/optimiser.h"
#include "step/output.h"

namespace regrow::cuda {
namespace {

// A connection's position is a 32-bit number on the device.
constexpr std::uint64_t kMostConnections = std::numeric_limits<std::uint32_t>::max();

void require_room(std::size_t layer, std::uint64_t connections) {
  if (connections <= kMostConnections) return;
  throw Error(fmt::format(
      "layer {}: {} connections, but a GPU's back end holds at most {} in a layer; lower "
      "--epsilon or --density, or use --device cpu",
      layer, connections, kMostConnections));
}

template <typename Value>
class CudaBackend final : public Backend {
 public:
  CudaBackend(std::unique_ptr<EngineKind> kind, int ordinal, const BackendOptions& options)
      : options_(options),
        kind_(std::move(kind)),
        ordinal_(ordinal),
        gpu_(describe(ordinal)),
        stream_(make_stream(ordinal)),
        batch_(options.batch_size),
        ld_(padded_width(batch_)) {}

  ~CudaBackend() override {
    try {
      use_device(ordinal_);
    } catch (const std::exception&) {
      // The device is lost, and with it what would be freed.
    }
  }
  CudaBackend(const CudaBackend&) = delete;
  CudaBackend& operator=(const CudaBackend&) = delete;

  Capabilities capabilities() const override;

  void attach(std::shared_ptr<const Dataset> dataset) override {
    dataset_ = std::move(dataset);
    use_device(ordinal_);
    data_.reset();
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
  void profile(bool on) override {
    use_device(ordinal_);
    set_profiler(on);
  }

 private:
  /// Asked for once: a GPU that is lost later says nothing any more.
  static DeviceInfo describe(int ordinal) {
    std::string why_none;
    const std::vector<DeviceInfo> gpus = devices(&why_none);
    if (static_cast<std::size_t>(ordinal) < gpus.size()) {
      return gpus[static_cast<std::size_t>(ordinal)];
    }
    throw Error(fmt::format("no GPU {}: {}; use --device cpu", ordinal,
                            why_none.empty() ? "there are fewer" : why_none));
  }
  static std::unique_ptr<Stream> make_stream(int ordinal) {
    use_device(ordinal);
    return std::make_unique<Stream>();
  }

  /// At the entry of whatever needs the network: CUDA's current device is the calling thread's.
  DeviceNetwork<Value>& network() const {
    REGROW_CHECK(network_ != nullptr, "there is no network: load() one first");
    use_device(ordinal_);
    return *network_;
  }
  /// Throws where differentiate() was not the last to use the layers' buffers.
  void require_batch() const {
    REGROW_CHECK(has_batch_, "cells are scored by the batch of differentiate(), which comes first");
  }
  /// What ends the step: its sums.
  StepRecord step_record() {
    return {data_->losses.data(), data_->hits.data(), batch_, data_->sums.data(),
            data_->state.data()};
  }
  void require_one_epoch(const StepRange& range) const {
    REGROW_CHECK(range.first % range.steps_per_epoch + range.count <= range.steps_per_epoch &&
                     std::size_t{range.steps_per_epoch} * batch_ <= dataset_->train_ids.size(),
                 "the steps of one epoch, of full batches");
  }
  /// Before anything evolves: throws where a layer would not fit the numbers of its connections.
  void require_room_for(const EvolutionPlan& plan) const;
  Activation activation(std::size_t layer, bool training) const;
  void upload_inputs(const StepRange& range, std::span<const float> learning_rates);
  void load_samples(const BatchSource& source, const StepState* state, std::uint32_t first,
                    std::uint32_t batch, std::uint32_t ld, Value* input);
  void launch_step();
  void launch_passes();
  void launch_backward();
  void launch_update();
  void run_step();
  /// Where arrays have moved that a captured step refers to. The next step is launched on its own:
  /// a library may have kernels of its own for another sparsity, which a capture must not load.
  void forget_step() {
    graph_.reset();
    is_warm_ = false;
  }

  BackendOptions options_;
  std::unique_ptr<EngineKind> kind_;
  int ordinal_;
  DeviceInfo gpu_;
  std::unique_ptr<Stream> stream_;  // before all arrays, which are freed on it
  std::uint32_t batch_;
  std::uint32_t ld_;
  std::uint32_t evaluated_ = 0;  // samples evaluated at once

  std::shared_ptr<const Dataset> dataset_;
  std::optional<RunData> data_;  // from the first load() on
  std::unique_ptr<DeviceNetwork<Value>> network_;
  CapturedGraph graph_;
  bool is_warm_ = false;    // every kernel of a step has been loaded
  bool has_batch_ = false;  // the layers' buffers hold that of differentiate()
};

template <typename Value>
Capabilities CudaBackend<Value>::capabilities() const {
  constexpr bool kIsBfloat16 = std::is_same_v<Value, BFloat16>;
  const std::string more = kind_->description();
  Capabilities result;
  result.device = kind_->device();
  result.description = fmt::format("{}{}, {} activations", gpu_.description(),
                                   more.empty() ? "" : ", " + more, kIsBfloat16 ? "bf16" : "fp32");
  result.instruction_set = gpu_.instruction_set();
  result.activations = kIsBfloat16 ? ActivationStorage::kBFloat16 : ActivationStorage::kFloat32;
  return result;
}

template <typename Value>
void CudaBackend<Value>::load(const NetworkState& network) {
  check_invariants(network);
  REGROW_CHECK(dataset_ && network.layers.front().inputs == dataset_->shape.features() &&
                   network.layers.back().outputs == dataset_->classes() &&
                   network.layers.size() > 1,
               "the network does not fit the data set");
  REGROW_CHECK(network.layers.front().weights.slots.size() == slot_count(options_.optimiser.kind),
               "the network has not the slots of the optimiser");
  if (dataset_->classes() > kMostClasses) {
    throw Error(
        fmt::format("{}: {} classes, but a GPU's back end takes at most {}; use --device cpu",
                    dataset_->name, dataset_->classes(), kMostClasses));
  }
  for (std::size_t i = 0; i + 1 < network.layers.size(); ++i) {
    require_room(i, std::max(network.layers[i].connections(), network.layers[i].budget));
  }
  const std::uint32_t widest = widest_layer(network);
  require_addressable(widest, sizeof(Value), batch_);
  use_device(ordinal_);
  forget_step();
  has_batch_ = false;
  network_.reset();
  const bool has_data = data_.has_value();
  const MemoryPlan plan = [&](std::uint32_t batch, std::uint32_t evaluated) {
    std::vector<MemoryPart> parts =
        network_memory(network, *kind_, options_, sizeof(Value), padded_width(batch), evaluated);
    if (!has_data) {
      parts.push_back({"the data set", RunData::bytes(*dataset_, options_, batch), false});
    }
    return parts;
  };
  // Of what every epoch evaluates; unused columns would be computed, too.
  std::size_t largest = 8;
  for (const Split split : {Split::kValidation, Split::kTest}) {
    largest = std::max(largest, view(*dataset_, split).size());
  }
  const std::uint32_t most = std::min(padded_width(std::min<std::size_t>(kMostEvaluated, largest)),
                                      most_columns(widest, sizeof(Value)));
  evaluated_ = fit_evaluation(plan, batch_, most, free_memory());
  if (!has_data) data_.emplace(dataset_, options_, *stream_);
  network_ =
      std::make_unique<DeviceNetwork<Value>>(network, *kind_, options_, ld_, evaluated_, *stream_);
}

template <typename Value>
NetworkState CudaBackend<Value>::snapshot() const {
  DeviceNetwork<Value>& net = network();
  const NvtxRange range("snapshot");
  return net.snapshot();
}

template <typename Value>
Activation CudaBackend<Value>::activation(std::size_t layer, bool training) const {
  Activation result = network_->activation(layer);
  result.drops = training && options_.dropout > 0;
  result.threshold = step::dropout_threshold(options_.dropout);
  if (result.drops) result.scale = step::dropout_scale(options_.dropout);
  result.seed = options_.seed;
  return result;
}

/// The batch, its labels and, where the data has them, its targets.
template <typename Value>
void CudaBackend<Value>::load_samples(const BatchSource& source, const StepState* state,
                                      std::uint32_t first, std::uint32_t batch, std::uint32_t ld,
                                      Value* input) {
  load_batch<Value>(source, state, first, batch, ld, input, data_->labels.data(), *stream_);
  if (source.targets == nullptr) return;
  load_targets(source, state, first, batch, ld, dataset_->classes(), data_->targets.data(),
               *stream_);
}

/// Launches one training step: nothing here allocates or waits, and all that changes from step to
/// step is read on the device, so that it can be captured.
template <typename Value>
void CudaBackend<Value>::launch_step() {
  launch_passes();
  launch_update();
}

/// The batch, and the step's two passes over it.
template <typename Value>
void CudaBackend<Value>::launch_passes() {
  DeviceNetwork<Value>& net = *network_;
  const OutputView output = net.output();
  const std::size_t last = net.hidden() - 1;

  load_samples(data_->training_batches(), data_->state.data(), 0, batch_, ld_,
               net.training_input());
  for (std::size_t i = 0; i <= last; ++i) {
    net.engine().forward(i, net.training(i), activation(i, true), data_->state.data());
  }
  multiply_output<Value>(output, ld_, net.training(last).output, net.output_partial(), *stream_);
  output_loss<Value>(output, data_->training_loss(), net.output_slice_count(), net.output_partial(),
                     data_->labels.data(), batch_, ld_,
                     {data_->losses.data(), data_->hits.data(), nullptr, net.output_gradient()},
                     data_->state.data(), data_->rates.data(), *stream_);
  launch_backward();
}

/// The gradients of all pre-activations, and of what activations learn.
template <typename Value>
void CudaBackend<Value>::launch_backward() {
  DeviceNetwork<Value>& net = *network_;
  const std::size_t last = net.hidden() - 1;
  const auto finish = [&](std::size_t i) {
    const Activation of = activation(i, true);
    if (of.form != step::ActivationForm::kSRelu) return;
    const LayerBuffers<Value>& buffers = net.training(i);
    srelu_backward<Value>(net.shape().layers[i].outputs, of, ld_, buffers.pre_activation,
                          buffers.gradient, net.srelu_gradients(i), *stream_);
  };
  const LayerBuffers<Value>& top = net.training(last);
  backward_output<Value>(net.output(), activation(last, true), ld_, net.output_gradient(),
                         top.output, top.pre_activation, top.gradient, *stream_);
  finish(last);
  for (std::size_t i = last; i > 0; --i) {
    net.engine().backward_input(i, net.training(i), activation(i - 1, true));
    finish(i - 1);
  }
}

/// The gradients of all parameters, and the optimiser's step, which ends the step. Until then the
/// inputs and gradients of all layers stand in buffers of their own.
template <typename Value>
void CudaBackend<Value>::launch_update() {
  DeviceNetwork<Value>& net = *network_;
  StepState* const state = data_->state.data();
  const OptimiserSettings& optimiser = options_.optimiser;
  const StepRecord record = step_record();
  if (update_mode(optimiser, options_.clip_norm) == UpdateMode::kFused) {
    apply_gradients(net.learned(), optimiser, state, *stream_);
    net.engine().update(
        net.training(), net.output_share(),
        {static_cast<float>(optimiser.momentum), static_cast<float>(optimiser.weight_decay)},
        record);
    return;
  }
  net.engine().weight_gradient(net.training(), net.output_share());
  const std::vector<ParameterGradient> parameters = net.parameters();
  if (options_.clip_norm > 0) {
    clip_gradients(parameters, options_.clip_norm, net.clip_scratch(), state, *stream_);
  }
  apply_gradients(parameters, optimiser, state, *stream_);
  cuda::record(record, *stream_);
}

template <typename Value>
void CudaBackend<Value>::run_step() {
  const NvtxRange range("step");
  // The first step loads the kernels, and a library what it needs, which a capture must not.
  if (!options_.graph || !is_warm_ || !network_->engine().can_be_captured()) {
    launch_step();
    is_warm_ = true;
    return;
  }
  if (!graph_.captured()) graph_.capture(*stream_, [this] { launch_step(); });
  graph_.launch(*stream_);
}

/// What the device reads during the steps of `range`.
template <typename Value>
void CudaBackend<Value>::upload_inputs(const StepRange& range,
                                       std::span<const float> learning_rates) {
  const NvtxRange upload("upload");
  data_->start_epoch(range.epoch());
  std::vector<step::StepRates> rates;
  for (std::uint32_t i = 0; i < range.count; ++i) {
    const std::uint64_t t =
        step::steps_since_reset(options_.optimiser, range.first + i, range.steps_per_epoch);
    rates.push_back(step::step_rates(options_.optimiser, learning_rates[i], t));
  }
  data_->rates.upload(rates);
  StepState state;
  state.first_step = range.first;
  state.first_position = static_cast<std::uint32_t>(range.first % range.steps_per_epoch * batch_);
  data_->state.upload(std::span<const StepState>(&state, 1));
}

template <typename Value>
std::vector<LossSums> CudaBackend<Value>::train(const StepRange& range,
                                                std::span<const float> learning_rates) {
  network();
  REGROW_CHECK(learning_rates.size() == range.count, "one learning rate per step");
  require_one_epoch(range);
  const NvtxRange piece("epoch");
  has_batch_ = false;
  upload_inputs(range, learning_rates);
  for (std::uint32_t i = 0; i < range.count; ++i) run_step();
  std::vector<LossSums> result;
  for (const StepSums& sums : data_->sums.download(range.count)) {
    result.push_back({sums.loss, sums.hits, batch_});
  }
  return result;
}

template <typename Value>
LossSums CudaBackend<Value>::differentiate(const StepRange& range) {
  network();
  REGROW_CHECK(range.count == 1, "one step at a time is differentiated");
  require_one_epoch(range);
  const NvtxRange piece("differentiate");
  // No update looks at the rate.
  const float rate = 0;
  upload_inputs(range, std::span<const float>(&rate, 1));
  launch_passes();
  cuda::record(step_record(), *stream_);
  const StepSums sums = data_->sums.download(1).front();
  has_batch_ = true;
  return {sums.loss, sums.hits, batch_};
}

template <typename Value>
std::vector<double> CudaBackend<Value>::cell_gradients(std::uint32_t layer, const CellList& cells) {
  DeviceNetwork<Value>& net = network();
  require_batch();
  REGROW_CHECK(layer < net.hidden(), "cells of a hidden layer have gradients");
  const LayerState& shape = net.shape().layers[layer];
  REGROW_CHECK(
      std::adjacent_find(cells.begin(), cells.end(), std::greater_equal<>()) == cells.end() &&
          (cells.empty() || cells.back() < shape.cell_count()),
      "gradients are asked for of ascending cells of the layer");
  const NvtxRange range("gradients");
  const Cells on_device(std::span<const std::uint64_t>(cells), "cells", *stream_);
  DeviceArray<float> gradients(cells.size(), "gradients of cells", *stream_);
  gradients_of_cells(net.batch_of(layer, batch_), shape.inputs, set_of(on_device), gradients.data(),
                     *stream_);
  const std::vector<float> values = gradients.download();
  return {values.begin(), values.end()};
}

template <typename Value>
LossSums CudaBackend<Value>::evaluate(Split split, std::span<float> logits) {
  DeviceNetwork<Value>& net = network();
  const std::size_t count = view(*dataset_, split).size(), classes = dataset_->classes();
  REGROW_CHECK(logits.empty() || logits.size() == count * classes, "logits: [samples][classes]");
  const NvtxRange range("evaluate");
  has_batch_ = false;
  const BatchSource source = data_->split(split);
  const OutputView output = net.output();
  const std::size_t last = net.hidden() - 1;
  DeviceArray<float> batch_logits(logits.empty() ? 0 : evaluated_ * classes, "logits", *stream_);
  for (std::size_t first = 0; first < count; first += evaluated_) {
    const auto batch = static_cast<std::uint32_t>(std::min<std::size_t>(evaluated_, count - first));
    load_samples(source, nullptr, static_cast<std::uint32_t>(first), batch, evaluated_,
                 net.evaluation_input());
    for (std::size_t i = 0; i <= last; ++i) {
      net.engine().forward(i, net.evaluation(i), activation(i, false), nullptr);
    }
    multiply_output<Value>(output, evaluated_, net.evaluation(last).output, net.output_partial(),
                           *stream_);
    output_loss<Value>(
        output, data_->evaluation_loss(), net.output_slice_count(), net.output_partial(),
        data_->labels.data(), batch, evaluated_,
        {data_->losses.data() + first, data_->hits.data() + first, batch_logits.data(), nullptr},
        nullptr, nullptr, *stream_);
    if (logits.empty()) continue;
    const std::vector<float> values = batch_logits.download(batch * classes);
    std::copy(values.begin(), values.end(),
              logits.begin() + static_cast<std::ptrdiff_t>(first * classes));
  }
  // At once, so that the sum does not depend on how many samples were evaluated together.
  DeviceArray<StepSums> total(1, "sums of an evaluation", *stream_);
  total.zero();
  add_sums(static_cast<std::uint32_t>(count), data_->losses.data(), data_->hits.data(),
           total.data(), *stream_);
  const StepSums sums = total.download().front();
  return {sums.loss, sums.hits, count};
}

template <typename Value>
void CudaBackend<Value>::reset_slots() {
  network().reset_slots();
  has_batch_ = false;
}

template <typename Value>
std::vector<LayerMeasures> CudaBackend<Value>::measure(const MeasureRequest& request) {
  DeviceNetwork<Value>& net = network();
  if (request.strengths) require_batch();
  return net.measure(request, batch_);
}

template <typename Value>
void CudaBackend<Value>::require_room_for(const EvolutionPlan& plan) const {
  for (std::uint32_t i = 0; i < network_->hidden(); ++i) {
    if (network_->shape().layers[i].kind == LayerKind::kDense) continue;
    const LayerDrop& drop = plan.layers[i].drop;
    const bool by_sign = plan.groups == DropGroups::kBySign;
    const std::uint64_t dropped = by_sign ? drop.negatives + drop.positives : drop.smallest;
    const std::uint64_t connections = network_->engine().connection_count(i);
    REGROW_CHECK(dropped <= connections, "a plan drops more weights than there are");
    std::uint64_t after = connections - dropped + plan.layers[i].grow;
    // Zeros, which drop besides, are worth a look only where they matter.
    if (by_sign && after > kMostConnections) {
      MeasureRequest request;
      for (const LayerEvolution& layer : plan.layers) {
        request.protected_cells.push_back(layer.protected_cells);
      }
      after -= network_->measure(request, batch_)[i].candidates.zeros;
    }
    require_room(i, after);
  }
}

template <typename Value>
std::vector<EvolutionReport> CudaBackend<Value>::evolve(const EvolutionPlan& plan) {
  DeviceNetwork<Value>& net = network();
  const std::vector<LayerState>& layers = net.shape().layers;
  REGROW_CHECK(plan.layers.size() == layers.size(), "one evolution per layer");
  require_room_for(plan);
  if (plan.growth.rule.by_gradient) require_batch();
  const NvtxRange range("evolve");
  std::vector<EvolutionReport> reports(layers.size());
  for (std::uint32_t i = 0; i < layers.size(); ++i) {
    if (layers[i].kind == LayerKind::kDense) {
      reports[i].dropped.remaining = layers[i].cell_count();
      continue;
    }
    const ScoredBatch scored = {net.batch_of(i, batch_)};
    EvolvedConnections evolved =
        cuda::evolve(net.engine().connections(i), plan, {i, layers[i].inputs, layers[i].outputs},
                     kMaskBudget, *stream_, &scored);
    if (net.engine().assign(i, evolved.connections)) forget_step();
    reports[i] = std::move(evolved.report);
  }
  return reports;
}

}  // namespace

std::unique_ptr<Backend> make_cuda_backend(std::unique_ptr<EngineKind> kind, int ordinal,
                                           const BackendOptions& options) {
  if (options.batch_size > kMostBatch) {
    throw Error(fmt::format(
        "--batch {}: a GPU's back end takes at most {} samples a step; use a smaller batch, or "
        "--device cpu",
        options.batch_size, kMostBatch));
  }
  if (options.activations == ActivationStorage::kFloat32) {
    return std::make_unique<CudaBackend<float>>(std::move(kind), ordinal, options);
  }
  if (!kind->stores_bfloat16()) {
    throw Error(fmt::format(
        "device '{}' stores activations in fp32 only: leave --activation-dtype bf16 out, or use "
        "--device cuda",
        kind->device()));
  }
  return std::make_unique<CudaBackend<BFloat16>>(std::move(kind), ordinal, options);
}

}  // namespace regrow::cuda
