// The engine of cuda-dense: dense weights, their slots and a mask, three products and our
// epilogues.
#include <algorithm>
#include <utility>

#include "evolve/cells.h"
#include "evolve/measure.h"
#include "library/engines.h"
#include "library/values.h"
#include "step/backward.h"
#include "step/forward.h"

namespace regrow::cuda {
namespace {

std::size_t cell_count(const LayerShape& shape) {
  return std::size_t{shape.inputs} * shape.outputs;
}

bool is_masked(const HiddenLayer& layer) { return layer.kind == LayerKind::kSparse; }

struct DenseLayer {
  DeviceParameter weights;           // W: [outputs][inputs]; 0 where there is no connection
  DeviceArray<float> gradient;       // as W; empty where all layers share one
  DeviceArray<std::uint8_t> mask;    // as W; empty in a dense layer
  DeviceArray<std::uint64_t> cells;  // [count], the connections; empty in a dense layer
  std::size_t count = 0;             // connections

  DenseValues values() { return {weights.view(), mask.data()}; }
};

class DenseProductEngine : public StepEngine<float> {
 public:
  DenseProductEngine(const EngineSetup<float>& setup, std::unique_ptr<DenseProducts> products)
      : setup_(setup), stream_(*setup.stream), products_(std::move(products)) {
    std::size_t most_cells = 0;
    for (const HiddenLayer& layer : setup_.layers) {
      const std::size_t cells = cell_count(layer.shape);
      layers_.push_back({DeviceParameter(cells, layer.slots, "dense weights", stream_),
                         {keeps_gradients() ? cells : 0, "dense weight gradients", stream_},
                         {is_masked(layer) ? cells : 0, "the mask", stream_},
                         {},
                         0});
      most_cells = std::max(most_cells, cells);
    }
    if (!keeps_gradients()) gradient_ = {most_cells, "the dense weight gradient", stream_};
  }

  bool assign(std::size_t index, const Connections& connections) override {
    DenseLayer& layer = layers_[index];
    layer.count = connections.count;
    if (is_masked(setup_.layers[index])) {
      layer.weights.values.zero();
      layer.weights.zero_slots();
      layer.mask.zero();
      layer.cells = copy(connections.cells, layer.count, "cells");
    } else {
      REGROW_CHECK(layer.count == layer.weights.values.size(), "a dense layer has all its cells");
    }
    scatter_connections(connections, layer.values(), stream_);
    return false;
  }

  Connections connections(std::size_t index) const override {
    const DenseLayer& layer = layers_[index];
    Connections all;
    all.count = layer.count;
    if (is_masked(setup_.layers[index])) {
      all.cells = cells(index);
      all.weights.values = at_connections(layer, layer.weights.values);
      for (const DeviceArray<float>& slot : layer.weights.slots) {
        all.weights.slots.push_back(at_connections(layer, slot));
      }
    } else {
      all.cells = counted_up(layer.count, stream_);
      all.weights = DeviceParameter(layer.count, layer.weights.slots.size(), "weights", stream_);
      copy_parameter(layer.weights, layer.count, all.weights, stream_);
    }
    return all;
  }
  std::size_t connection_count(std::size_t index) const override { return layers_[index].count; }
  Cells cells(std::size_t index) const override {
    return copy(layers_[index].cells, layers_[index].count, "cells");
  }
  CanonicalWeights weights(std::size_t index) const override {
    const DenseLayer& layer = layers_[index];
    CanonicalWeights result = {at_connections(layer, layer.weights.values), nullptr, layer.count};
    result.values = result.copy.data();
    return result;
  }

  void count_weights(std::size_t index, WeightCounts* counts) override {
    const DenseLayer& layer = layers_[index];
    if (is_masked(setup_.layers[index])) {
      const DeviceArray<float> weights = at_connections(layer, layer.weights.values);
      cuda::count_weights(weights.data(), layer.count, false, counts, stream_);
    } else {
      cuda::count_weights(layer.weights.values.data(), layer.count, false, counts, stream_);
    }
    // Elsewhere they are 0, which is finite.
    for (const DeviceArray<float>& slot : layer.weights.slots) {
      cuda::count_weights(slot.data(), slot.size(), true, counts, stream_);
    }
  }

  void reset_slots() override {
    for (DenseLayer& layer : layers_) layer.weights.zero_slots();
  }

  // Row-major [rows][columns] is column-major with rows and columns exchanged. As BLAS sees them:
  // X and dX: [ld][inputs], Y and dY: [ld][outputs], W and dW: [inputs][outputs].

  // Y = X·W
  void forward(std::size_t index, const LayerBuffers<float>& buffers, const Activation& activation,
               const StepState* state) override {
    const HiddenLayer& layer = setup_.layers[index];
    const auto [inputs, outputs, ld] = sizes(layer, buffers);
    products_->multiply({.m = ld,
                         .n = outputs,
                         .k = inputs,
                         .a = buffers.input,
                         .a_ld = ld,
                         .b = layers_[index].weights.values.data(),
                         .b_ld = inputs,
                         .c = buffers.output,
                         .c_ld = ld});
    activate(layer.shape.outputs, layer.biases.values, activation, state, buffers.ld,
             buffers.output, buffers.pre_activation, stream_);
  }

  // dX = dY·Wᵀ
  void backward_input(std::size_t index, const LayerBuffers<float>& buffers,
                      const Activation& of_input) override {
    const HiddenLayer& layer = setup_.layers[index];
    const auto [inputs, outputs, ld] = sizes(layer, buffers);
    products_->multiply({.transpose_b = true,
                         .m = ld,
                         .n = inputs,
                         .k = outputs,
                         .a = buffers.gradient,
                         .a_ld = ld,
                         .b = layers_[index].weights.values.data(),
                         .b_ld = inputs,
                         .c = buffers.input_gradient,
                         .c_ld = ld});
    multiply_by_derivative(layer.shape.inputs, of_input, buffers.ld, buffers.input,
                           buffers.input_pre_activation, buffers.input_gradient, stream_);
  }

  // Of one layer after the other, in the same memory.
  void update(std::span<const LayerBuffers<float>> training, const OutputGradient<float>& output,
              const Sgd& sgd, const StepRecord& record) override {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const HiddenLayer& layer = setup_.layers[i];
      multiply_gradient(layer, training[i], gradient_.data());
      const DenseValues values = layers_[i].values();
      update_from_gradient(cell_count(layer.shape), gradient_.data(), values.mask, sgd,
                           record.state, values.weights, stream_);
      update_biases(layer.shape.outputs, training[i].ld, training[i].gradient, sgd, record.state,
                    layer.biases, stream_);
    }
    cuda::fused_update<float>({}, output, sgd, training[0].ld, record, stream_);
  }

  void weight_gradient(std::span<const LayerBuffers<float>> training,
                       const OutputGradient<float>& output) override {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const HiddenLayer& layer = setup_.layers[i];
      DenseLayer& dense = layers_[i];
      multiply_gradient(layer, training[i], dense.gradient.data());
      if (is_masked(layer)) {
        clear_unmasked(dense.gradient.size(), dense.mask.data(), dense.gradient.data(), stream_);
      }
      bias_gradient(layer.shape.outputs, training[i].ld, training[i].gradient, layer.bias_gradient,
                    stream_);
    }
    cuda::weight_gradient<float>({}, output, training[0].ld, stream_);
  }
  /// Of all cells. Where there is no connection, weight, slots and gradient are 0, and a step of no
  /// optimiser changes that.
  ParameterGradient weights_and_gradient(std::size_t index) override {
    DenseLayer& layer = layers_[index];
    return {layer.weights.view(), layer.gradient.data(), layer.gradient.size(), nullptr, true};
  }

 private:
  struct Sizes {
    std::int64_t inputs, outputs, ld;
  };
  static Sizes sizes(const HiddenLayer& layer, const LayerBuffers<float>& buffers) {
    return {layer.shape.inputs, layer.shape.outputs, buffers.ld};
  }

  bool keeps_gradients() const { return setup_.update == UpdateMode::kGradients; }

  // dW = Xᵀ·dY
  void multiply_gradient(const HiddenLayer& layer, const LayerBuffers<float>& buffers,
                         float* gradient) {
    const auto [inputs, outputs, ld] = sizes(layer, buffers);
    products_->multiply({.transpose_a = true,
                         .m = inputs,
                         .n = outputs,
                         .k = ld,
                         .a = buffers.input,
                         .a_ld = ld,
                         .b = buffers.gradient,
                         .b_ld = ld,
                         .c = gradient,
                         .c_ld = inputs});
  }

  template <typename T>
  DeviceArray<T> copy(const DeviceArray<T>& values, std::size_t count, const char* what) const {
    DeviceArray<T> result(count, what, stream_);
    if (count > 0) copy_bytes_on_device(result.data(), values.data(), count * sizeof(T), stream_);
    return result;
  }

  DeviceArray<float> at_connections(const DenseLayer& layer,
                                    const DeviceArray<float>& values) const {
    DeviceArray<float> result(layer.count, "values of connections", stream_);
    gather_values(layer.count, layer.cells.data(), values.data(), result.data(), stream_);
    return result;
  }

  EngineSetup<float> setup_;
  const Stream& stream_;
  std::unique_ptr<DenseProducts> products_;
  std::vector<DenseLayer> layers_;
  DeviceArray<float> gradient_;  // [cells of the largest layer], where updates are fused
};

class DenseProductKind : public EngineKind {
 public:
  explicit DenseProductKind(ProductSource<DenseProducts> source) : source_(std::move(source)) {}

  std::string device() const override { return source_.device; }
  std::string description() const override { return source_.description; }

  std::vector<MemoryPart> memory(std::span<const HiddenLayer> layers, UpdateMode update,
                                 std::uint32_t, std::uint32_t) const override {
    MemoryPart values = {"dense weights and their slots", 0};
    MemoryPart mask = {"masks", 0};
    MemoryPart gradient = {"dense weight gradients", 0};
    MemoryPart cells = {"connections", 0, true};
    for (const HiddenLayer& layer : layers) {
      const std::uint64_t count = cell_count(layer.shape);
      values.bytes += (1 + layer.slots) * sizeof(float) * count;
      gradient.bytes = update == UpdateMode::kFused
                           ? std::max(gradient.bytes, sizeof(float) * count)
                           : gradient.bytes + sizeof(float) * count;
      if (!is_masked(layer)) continue;
      mask.bytes += count;
      cells.bytes += layer.capacity * sizeof(std::uint64_t);
    }
    return {values, mask, gradient, cells, {"the library's workspace", source_.workspace_bytes}};
  }

  using EngineKind::make;
  std::unique_ptr<StepEngine<float>> make(const EngineSetup<float>& setup) const override {
    return std::make_unique<DenseProductEngine>(setup, source_.make(*setup.stream));
  }

 private:
  ProductSource<DenseProducts> source_;
};

}  // namespace

std::unique_ptr<EngineKind> make_dense_product_engine(ProductSource<DenseProducts> source) {
  return std::make_unique<DenseProductKind>(std::move(source));
}

}  // namespace regrow::cuda
