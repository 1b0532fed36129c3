// The engine of cuda-cusparse: plans made anew whenever the topology changes, three products and
// our epilogues.
#include <algorithm>
#include <utility>

#include "evolve/measure.h"
#include "library/engines.h"
#include "library/values.h"
#include "step/backward.h"
#include "step/forward.h"

namespace regrow::cuda {
namespace {

// The transposed values and the gradient of one connection.
constexpr std::size_t kExtraBytes = 2 * sizeof(float);

// Empty where there is no connection.
struct Plans {
  std::unique_ptr<SparseProduct> training, evaluation;  // apart, since their widths differ
  std::unique_ptr<SparseProduct> backward;              // null in the first layer
  std::unique_ptr<SampledProduct> weight_gradient;
};

struct SparseLayer {
  Topology topology;
  DeviceArray<float> transposed;  // [capacity]: the weights in ColumnView's order
  DeviceArray<float> gradient;    // [capacity]
  Plans plans;
};

class SparseProductEngine : public StepEngine<float> {
 public:
  SparseProductEngine(const EngineSetup<float>& setup, std::unique_ptr<SparseProducts> products)
      : setup_(setup), stream_(*setup.stream), products_(std::move(products)) {
    for (const HiddenLayer& layer : setup_.layers) {
      layers_.emplace_back();
      layers_.back().topology = Topology(layer.shape, layer.capacity, layer.slots, stream_);
    }
  }

  bool assign(std::size_t index, const Connections& connections) override {
    if (connections.count > kMostCsrConnections) {
      throw Error("a layer of " + std::to_string(connections.count) +
                  " connections: cuSPARSE's 32-bit indices reach 2147483647; lower --epsilon or "
                  "--density, or take another device");
    }
    SparseLayer& layer = layers_[index];
    layer.plans = {};
    layer.topology.assign(connections);
    if (layer.gradient.size() < layer.topology.capacity()) {
      layer.transposed = {layer.topology.capacity(), "transposed weights", stream_};
      layer.gradient = {layer.topology.capacity(), "weight gradients", stream_};
    }
    layer.gradient.zero();
    if (connections.count > 0) layer.plans = make_plans(index, layer);
    return true;  // a captured product has the old number of connections
  }

  Connections connections(std::size_t layer) const override {
    return layers_[layer].topology.connections();
  }
  std::size_t connection_count(std::size_t layer) const override {
    return layers_[layer].topology.count();
  }
  Cells cells(std::size_t layer) const override { return layers_[layer].topology.cells(); }
  CanonicalWeights weights(std::size_t layer) const override {
    return layers_[layer].topology.weights();
  }

  void count_weights(std::size_t layer, WeightCounts* counts) override {
    Topology& topology = layers_[layer].topology;
    const RowView rows = topology.rows();
    cuda::count_weights(rows.weights.values, topology.count(), false, counts, stream_);
    for (std::size_t s = 0; s < setup_.layers[layer].slots; ++s) {
      cuda::count_weights(rows.weights.slots[s], topology.count(), true, counts, stream_);
    }
  }

  void reset_slots() override {
    for (SparseLayer& layer : layers_) layer.topology.zero_slots();
  }

  void forward(std::size_t index, const LayerBuffers<float>& buffers, const Activation& activation,
               const StepState* state) override {
    const SparseLayer& layer = layers_[index];
    const HiddenLayer& hidden = setup_.layers[index];
    const auto& plan =
        buffers.ld == setup_.training[index].ld ? layer.plans.training : layer.plans.evaluation;
    if (plan) {
      plan->multiply(buffers.input, buffers.output);
    } else {
      zero(buffers.output, hidden.shape.outputs, buffers.ld);
    }
    activate(hidden.shape.outputs, hidden.biases.values, activation, state, buffers.ld,
             buffers.output, buffers.pre_activation, stream_);
  }

  void backward_input(std::size_t index, const LayerBuffers<float>& buffers,
                      const Activation& of_input) override {
    SparseLayer& layer = layers_[index];
    const std::uint32_t inputs = setup_.layers[index].shape.inputs;
    if (layer.plans.backward) {
      const ColumnView columns = layer.topology.columns();
      gather_values(layer.topology.count(), columns.positions, columns.weights,
                    layer.transposed.data(), stream_);
      layer.plans.backward->multiply(buffers.gradient, buffers.input_gradient);
    } else {
      zero(buffers.input_gradient, inputs, buffers.ld);
    }
    multiply_by_derivative(inputs, of_input, buffers.ld, buffers.input,
                           buffers.input_pre_activation, buffers.input_gradient, stream_);
  }

  void update(std::span<const LayerBuffers<float>> training, const OutputGradient<float>& output,
              const Sgd& sgd, const StepRecord& record) override {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      SparseLayer& layer = layers_[i];
      const HiddenLayer& hidden = setup_.layers[i];
      if (layer.plans.weight_gradient) {
        layer.plans.weight_gradient->multiply(training[i].gradient, training[i].input);
        update_from_gradient(layer.topology.count(), layer.gradient.data(), nullptr, sgd,
                             record.state, layer.topology.rows().weights, stream_);
      }
      update_biases(hidden.shape.outputs, training[i].ld, training[i].gradient, sgd, record.state,
                    hidden.biases, stream_);
    }
    cuda::fused_update<float>({}, output, sgd, training[0].ld, record, stream_);
  }

  void weight_gradient(std::span<const LayerBuffers<float>> training,
                       const OutputGradient<float>& output) override {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const HiddenLayer& hidden = setup_.layers[i];
      if (const auto& plan = layers_[i].plans.weight_gradient) {
        plan->multiply(training[i].gradient, training[i].input);
      }
      bias_gradient(hidden.shape.outputs, training[i].ld, training[i].gradient,
                    hidden.bias_gradient, stream_);
    }
    cuda::weight_gradient<float>({}, output, training[0].ld, stream_);
  }
  ParameterGradient weights_and_gradient(std::size_t index) override {
    SparseLayer& layer = layers_[index];
    return {layer.topology.rows().weights, layer.gradient.data(), layer.topology.count(), nullptr,
            true};
  }

 private:
  void zero(float* values, std::size_t features, std::uint32_t ld) const {
    zero_bytes(values, features * ld * sizeof(float), stream_);
  }

  // Topology's arrays are what cuSPARSE's matrices are made of: its columns are the rows of Wᵀ.
  Plans make_plans(std::size_t index, SparseLayer& layer) {
    const LayerShape& shape = layer.topology.shape();
    const std::size_t count = layer.topology.count();
    const RowView rows = layer.topology.rows();
    const ColumnView columns = layer.topology.columns();
    const CsrMatrix weights = {shape.outputs,  shape.inputs, count,
                               rows.row_begin, rows.columns, rows.weights.values};
    const CsrMatrix transposed = {shape.inputs,         shape.outputs, count,
                                  columns.column_begin, columns.rows,  layer.transposed.data()};
    const CsrMatrix gradient = {shape.outputs,  shape.inputs, count,
                                rows.row_begin, rows.columns, layer.gradient.data()};
    const std::uint32_t ld = setup_.training[index].ld;
    Plans plans;
    plans.training = products_->plan_product(weights, ld);
    plans.evaluation = products_->plan_product(weights, setup_.evaluation[index].ld);
    if (index > 0) plans.backward = products_->plan_product(transposed, ld);
    plans.weight_gradient = products_->plan_sampled_product(gradient, ld);
    return plans;
  }

  EngineSetup<float> setup_;
  const Stream& stream_;
  std::unique_ptr<SparseProducts> products_;
  // After `products_`, which the plans in them need.
  std::vector<SparseLayer> layers_;
};

class SparseProductKind : public EngineKind {
 public:
  explicit SparseProductKind(ProductSource<SparseProducts> source) : source_(std::move(source)) {}

  std::string device() const override { return source_.device; }
  std::string description() const override { return source_.description; }

  std::vector<MemoryPart> memory(std::span<const HiddenLayer> layers, UpdateMode, std::uint32_t,
                                 std::uint32_t) const override {
    MemoryPart connections = {"connections (weights, their slots and both views)", 0, true};
    MemoryPart extra = {"transposed weights and weight gradients", 0, true};
    for (const HiddenLayer& layer : layers) {
      connections.bytes += Topology::bytes(layer.shape, layer.capacity, layer.slots);
      extra.bytes += layer.capacity * kExtraBytes;
    }
    return {connections, extra, {"the library's workspace", source_.workspace_bytes}};
  }

  using EngineKind::make;
  std::unique_ptr<StepEngine<float>> make(const EngineSetup<float>& setup) const override {
    return std::make_unique<SparseProductEngine>(setup, source_.make(*setup.stream));
  }

 private:
  ProductSource<SparseProducts> source_;
};

}  // namespace

std::unique_ptr<EngineKind> make_sparse_product_engine(ProductSource<SparseProducts> source) {
  return std::make_unique<SparseProductKind>(std::move(source));
}

}  // namespace regrow::cuda
