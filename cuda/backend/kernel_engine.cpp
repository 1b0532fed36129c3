// The engine of our own kernels: every hidden layer is a Topology, a dense one with all cells.
#include <utility>

#include "backend/step_engine.h"
#include "evolve/measure.h"
#include "step/backward.h"
#include "step/forward.h"

namespace regrow::cuda {
namespace {

template <typename Value>
class KernelEngine final : public StepEngine<Value> {
 public:
  explicit KernelEngine(const EngineSetup<Value>& setup)
      : layers_(setup.layers), update_(setup.update), stream_(*setup.stream) {
    for (const HiddenLayer& layer : layers_) {
      topologies_.emplace_back(layer.shape, layer.capacity, layer.slots, stream_);
      gradients_.emplace_back();
      make_gradient(gradients_.size() - 1);
    }
    all_.resize(layers_.size());
  }

  bool assign(std::size_t layer, const Connections& connections) override {
    const bool moved = topologies_[layer].assign(connections);
    if (moved) make_gradient(layer);
    return moved;
  }

  Connections connections(std::size_t layer) const override {
    return topologies_[layer].connections();
  }
  std::size_t connection_count(std::size_t layer) const override {
    return topologies_[layer].count();
  }
  Cells cells(std::size_t layer) const override { return topologies_[layer].cells(); }
  CanonicalWeights weights(std::size_t layer) const override {
    return topologies_[layer].weights();
  }

  void count_weights(std::size_t layer, WeightCounts* counts) override {
    const RowView view = rows(layer);
    const std::size_t count = topologies_[layer].count();
    cuda::count_weights(view.weights.values, count, false, counts, stream_);
    for (std::size_t s = 0; s < layers_[layer].slots; ++s) {
      cuda::count_weights(view.weights.slots[s], count, true, counts, stream_);
    }
  }

  void reset_slots() override {
    for (Topology& topology : topologies_) topology.zero_slots();
  }

  void forward(std::size_t layer, const LayerBuffers<Value>& buffers, const Activation& activation,
               const StepState* state) override {
    cuda::forward(rows(layer), activation, state, buffers.ld, buffers.input, buffers.output,
                  buffers.pre_activation, stream_);
  }

  void backward_input(std::size_t layer, const LayerBuffers<Value>& buffers,
                      const Activation& of_input) override {
    cuda::backward_input(topologies_[layer].columns(), of_input, buffers.ld,
                         static_cast<const Value*>(buffers.gradient), buffers.input,
                         buffers.input_pre_activation, buffers.input_gradient, stream_);
  }

  void update(std::span<const LayerBuffers<Value>> training, const OutputGradient<Value>& output,
              const Sgd& sgd, const StepRecord& record) override {
    cuda::fused_update<Value>(all_layers(training), output, sgd, training[0].ld, record, stream_);
  }
  void weight_gradient(std::span<const LayerBuffers<Value>> training,
                       const OutputGradient<Value>& output) override {
    cuda::weight_gradient<Value>(all_layers(training), output, training[0].ld, stream_);
  }
  ParameterGradient weights_and_gradient(std::size_t layer) override {
    const RowView view = rows(layer);
    return {view.weights, gradients_[layer].data(), topologies_[layer].capacity(),
            view.row_begin + view.outputs, true};
  }

 private:
  RowView rows(std::size_t layer) {
    RowView view = topologies_[layer].rows();
    view.biases = layers_[layer].biases;
    return view;
  }
  /// Room for as many gradients as there is for connections.
  void make_gradient(std::size_t layer) {
    if (update_ == UpdateMode::kFused) return;
    { const DeviceArray<float> old = std::move(gradients_[layer]); }
    gradients_[layer] = {topologies_[layer].capacity(), "weight gradients", stream_};
  }
  std::span<const LayerGradient<Value>> all_layers(std::span<const LayerBuffers<Value>> training) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      all_[i] = {rows(i), training[i].input, training[i].gradient, gradients_[i].data(),
                 layers_[i].bias_gradient};
    }
    return all_;
  }

  std::vector<HiddenLayer> layers_;
  UpdateMode update_;
  const Stream& stream_;
  std::vector<Topology> topologies_;           // [layers_]
  std::vector<DeviceArray<float>> gradients_;  // [layers_], empty where updates are fused
  std::vector<LayerGradient<Value>> all_;      // [layers_]
};

class KernelEngineKind final : public EngineKind {
 public:
  explicit KernelEngineKind(std::string name) : name_(std::move(name)) {}

  std::string device() const override { return name_; }
  bool stores_bfloat16() const override { return true; }

  std::vector<MemoryPart> memory(std::span<const HiddenLayer> layers, UpdateMode update,
                                 std::uint32_t, std::uint32_t) const override {
    MemoryPart part{"connections (weights, their slots and both views)", 0, true};
    MemoryPart gradients{"weight gradients", 0, true};
    for (const HiddenLayer& layer : layers) {
      part.bytes += Topology::bytes(layer.shape, layer.capacity, layer.slots);
      if (update == UpdateMode::kGradients) gradients.bytes += layer.capacity * sizeof(float);
    }
    return {part, gradients};
  }

  std::unique_ptr<StepEngine<float>> make(const EngineSetup<float>& setup) const override {
    return std::make_unique<KernelEngine<float>>(setup);
  }
  std::unique_ptr<StepEngine<BFloat16>> make(const EngineSetup<BFloat16>& setup) const override {
    return std::make_unique<KernelEngine<BFloat16>>(setup);
  }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<EngineKind> make_kernel_engine(const std::string& name) {
  return std::make_unique<KernelEngineKind>(name);
}

}  // namespace regrow::cuda
