#include "cpu/dense_layer.h"

#include <algorithm>

namespace regrow::cpu {
namespace {

constexpr std::size_t kBlockRows = 128;

}  // namespace

DenseLayer::DenseLayer(const LayerState& state, const Kernels& kernels, UpdateMode mode)
    : kernels_(kernels),
      blas_(Blas::instance(kernels.name, kDenseLayers)),
      inputs_(state.inputs),
      outputs_(state.outputs),
      weights_(state.weights, mode == UpdateMode::kGradients),
      biases_(state, mode) {}

std::uint64_t DenseLayer::bytes_of(const LayerPlan& layer, std::size_t slots, UpdateMode mode) {
  return TrainedArray::bytes_of(layer.cell_count(), slots, mode == UpdateMode::kGradients) +
         Biases::bytes_of(layer.outputs, slots, mode);
}

template <typename Body>
void DenseLayer::for_each_block(std::uint32_t rows, Member& member, const Body& body) {
  member.share((rows + kBlockRows - 1) / kBlockRows, [&](const Range& blocks) {
    for (std::size_t block = blocks.first; block < blocks.last; ++block) {
      const std::size_t first = block * kBlockRows;
      body(first, std::min<std::size_t>(kBlockRows, rows - first));
    }
  });
}

void DenseLayer::forward(const LayerBuffers& buffers, const Activation& activation,
                         Member& member) {
  const int in = static_cast<int>(inputs_), ld = static_cast<int>(buffers.ld);
  float* const products =
      activation.pre_activations != nullptr ? activation.pre_activations : buffers.output;
  for_each_block(outputs_, member, [&](std::size_t first, std::size_t count) {
    blas_.multiply(false, false, static_cast<int>(count), ld, in, 1,
                   weights_.values() + first * inputs_, in, buffers.input, ld, 0,
                   products + first * buffers.ld, ld);
    kernels_.activate(products, biases_.data(), buffers.output, buffers.ld, activation, first,
                      first + count);
  });
}

void DenseLayer::backward(const LayerBuffers& buffers, const Activation& input_activation,
                          const Sgd* sgd, Member& member) {
  const int in = static_cast<int>(inputs_), out = static_cast<int>(outputs_);
  const int ld = static_cast<int>(buffers.ld);
  if (buffers.input_gradient != nullptr) {
    for_each_block(inputs_, member, [&](std::size_t first, std::size_t count) {
      blas_.multiply(true, false, static_cast<int>(count), ld, out, 1, weights_.values() + first,
                     in, buffers.output_gradient, ld, 0,
                     buffers.input_gradient + first * buffers.ld, ld);
      kernels_.multiply_derivative(buffers.input_gradient, buffers.input, buffers.ld,
                                   input_activation, first, first + count);
    });
    if (sgd != nullptr) member.barrier();  // dX reads all weights before any is updated
  }
  for_each_block(outputs_, member, [&](std::size_t first, std::size_t count) {
    if (sgd == nullptr) {
      keep_gradients(buffers, first, count);
    } else {
      update_rows(buffers, *sgd, first, count);
    }
  });
}

void DenseLayer::update_rows(const LayerBuffers& buffers, const Sgd& sgd, std::size_t first,
                             std::size_t count) {
  const int in = static_cast<int>(inputs_), ld = static_cast<int>(buffers.ld);
  float* momentum = weights_.slot(0) + first * inputs_;
  float* weights = weights_.values() + first * inputs_;
  // v ← μ·v − (lr·scale)·dY·Xᵀ: the product lands in the momentum itself, no dW in memory.
  blas_.multiply(false, true, static_cast<int>(count), in, ld,
                 -sgd.learning_rate * sgd.gradient_scale,
                 buffers.output_gradient + first * buffers.ld, ld, buffers.input, ld, sgd.momentum,
                 momentum, in);
  const float decay = sgd.learning_rate * sgd.weight_decay;
  for (std::size_t i = 0; i < count * inputs_; ++i) {
    momentum[i] -= decay * weights[i];
    weights[i] += momentum[i];
  }
  biases_.backward(kernels_, buffers.output_gradient, buffers.ld, buffers.format, &sgd,
                   {first, first + count});
}

void DenseLayer::keep_gradients(const LayerBuffers& buffers, std::size_t first, std::size_t count) {
  const int in = static_cast<int>(inputs_), ld = static_cast<int>(buffers.ld);
  if (weights_.gradient() == nullptr) return;  // then nobody asks for them
  blas_.multiply(false, true, static_cast<int>(count), in, ld, 1,
                 buffers.output_gradient + first * buffers.ld, ld, buffers.input, ld, 0,
                 weights_.gradient() + first * inputs_, in);
  biases_.backward(kernels_, buffers.output_gradient, buffers.ld, buffers.format, nullptr,
                   {first, first + count});
}

void DenseLayer::save(LayerState& state) const {
  state.cells.clear();
  weights_.save(state.weights);
  biases_.array().save(state.biases);
}

WeightCounts DenseLayer::count_weights() const {
  WeightCounts counts = weights_.count();
  counts.non_finite += biases_.array().count().non_finite;
  return counts;
}

}  // namespace regrow::cpu
