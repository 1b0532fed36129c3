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
      : layers_(setup.layers), stream_(*setup.stream) {
    for (const HiddenLayer& layer : layers_) {
      topologies_.emplace_back(layer.shape, layer.capacity, stream_);
    }
    updates_.resize(layers_.size());
  }

  bool assign(std::size_t layer, const Connections& connections) override {
    return topologies_[layer].assign(connections);
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
    cuda::count_weights(view.weights, count, false, counts, stream_);
    cuda::count_weights(view.momentum, count, true, counts, stream_);
  }

  void reset_momentum() override {
    for (Topology& topology : topologies_) {
      const std::size_t count = topology.count();
      if (count > 0) zero_bytes(topology.rows().momentum, count * sizeof(float), stream_);
    }
  }

  void forward(std::size_t layer, const LayerBuffers<Value>& buffers, const Activation& activation,
               const StepState* state) override {
    cuda::forward(rows(layer), activation, state, buffers.ld, buffers.input, buffers.output,
                  stream_);
  }

  void backward_input(std::size_t layer, const LayerBuffers<Value>& buffers,
                      const Activation& of_input) override {
    cuda::backward_input(topologies_[layer].columns(), of_input, buffers.ld,
                         static_cast<const Value*>(buffers.gradient), buffers.input,
                         buffers.input_gradient, stream_);
  }

  void update(std::span<const LayerBuffers<Value>> training, const OutputUpdate<Value>& output,
              const Sgd& sgd, const StepRecord& record) override {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      updates_[i] = {rows(i), training[i].input, training[i].gradient};
    }
    cuda::update<Value>(updates_, output, sgd, training[0].ld, record, stream_);
  }

 private:
  RowView rows(std::size_t layer) {
    RowView view = topologies_[layer].rows();
    view.biases = layers_[layer].biases;
    view.bias_momentum = layers_[layer].bias_momentum;
    return view;
  }

  std::vector<HiddenLayer> layers_;
  const Stream& stream_;
  std::vector<Topology> topologies_;         // [layers_]
  std::vector<LayerUpdate<Value>> updates_;  // [layers_]
};

class KernelEngineKind final : public EngineKind {
 public:
  explicit KernelEngineKind(std::string name) : name_(std::move(name)) {}

  std::string device() const override { return name_; }
  bool stores_bfloat16() const override { return true; }

  std::vector<MemoryPart> memory(std::span<const HiddenLayer> layers, std::uint32_t,
                                 std::uint32_t) const override {
    MemoryPart part{"connections (weights, momentum and both views)", 0, true};
    for (const HiddenLayer& layer : layers) {
      part.bytes += Topology::bytes(layer.shape, layer.capacity);
    }
    return {part};
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
