#include "cpu/output.h"

#include <algorithm>
#include <cmath>

namespace regrow::cpu {
namespace {

// Features that share a partial sum: enough chunks for many threads, few enough that the partial
// sums of many classes do not outgrow the weights. A function of shapes alone, as the bits are.
std::size_t chunk_size(std::size_t inputs, std::size_t outputs, std::size_t ld) {
  constexpr std::size_t kMinChunk = 128, kMaxChunks = 64, kMaxBytes = std::size_t{16} << 20;
  const std::size_t affordable = kMaxBytes / (outputs * ld * sizeof(float));
  const std::size_t chunks = std::clamp<std::size_t>(affordable, 1, kMaxChunks);
  return std::max(kMinChunk, (inputs + chunks - 1) / chunks);
}

std::size_t chunk_count(std::size_t inputs, std::size_t outputs, std::size_t ld) {
  const std::size_t size = chunk_size(inputs, outputs, ld);
  return (inputs + size - 1) / size;
}

}  // namespace

OutputLayer::OutputLayer(const LayerState& state, const Kernels& kernels, unsigned threads,
                         std::uint32_t ld)
    : kernels_(kernels),
      threads_(threads),
      inputs_(state.inputs),
      outputs_(state.outputs),
      ld_(ld),
      chunk_size_(chunk_size(inputs_, outputs_, ld)),
      chunks_(chunk_count(inputs_, outputs_, ld)),
      rows_(outputs_ + kIndexPadding, outputs_),
      weights_(state.weights.size()),
      momentum_(state.weights.size()),
      partial_gradient_(state.weights.size()),
      biases_(state),
      partial_(chunks_ * outputs_ * ld),
      logits_(std::size_t{outputs_} * ld),
      gradient_(std::size_t{outputs_} * ld),
      losses_(ld),
      hits_(ld) {
  for (std::uint32_t out = 0; out < outputs_; ++out) rows_.set(out, out);
  for (std::size_t out = 0; out < outputs_; ++out) {
    for (std::size_t in = 0; in < inputs_; ++in) {
      const std::size_t from = out * inputs_ + in, to = in * outputs_ + out;
      weights_[to] = static_cast<float>(state.weights[from]);
      momentum_[to] = static_cast<float>(state.momentum[from]);
    }
  }
}

std::uint64_t OutputLayer::bytes_of(const LayerPlan& layer) {
  return 3 * AlignedArray<float>::bytes_of(layer.cell_count()) + Biases::bytes_of(layer.outputs);
}

std::uint64_t OutputLayer::batch_bytes_of(const LayerPlan& layer, std::uint32_t ld) {
  const std::uint64_t values = std::uint64_t{layer.outputs} * ld;
  return AlignedArray<float>::bytes_of(chunk_count(layer.inputs, layer.outputs, ld) * values) +
         2 * AlignedArray<float>::bytes_of(values) + ld * (sizeof(double) + sizeof(std::uint8_t));
}

void OutputLayer::multiply(const float* input, unsigned thread) {
  const Range part = even_part(chunks_, thread, threads_);
  for (std::size_t chunk = part.first; chunk < part.last; ++chunk) {
    const DenseForwardArgs args = {weights_.data(), input, partial_.data() + chunk * outputs_ * ld_,
                                   ld_, outputs_};
    const std::size_t first = chunk * chunk_size_;
    kernels_.dense_forward(args, first, std::min<std::size_t>(first + chunk_size_, inputs_));
  }
}

void OutputLayer::softmax(std::span<const std::uint16_t> labels, bool training, unsigned thread) {
  const Range part = even_part(labels.size(), thread, threads_);
  for (std::size_t out = 0; out < outputs_; ++out) {
    float* logits = logits_.data() + out * ld_;
    std::fill(logits + part.first, logits + part.last, biases_[out]);
    for (std::size_t chunk = 0; chunk < chunks_; ++chunk) {
      const float* partial = partial_.data() + (chunk * outputs_ + out) * ld_;
      for (std::size_t b = part.first; b < part.last; ++b) logits[b] += partial[b];
    }
  }
  for (std::size_t b = part.first; b < part.last; ++b) softmax_of_sample(b, labels[b], training);
}

void OutputLayer::softmax_of_sample(std::size_t position, std::uint16_t label, bool training) {
  const float* logits = logits_.data() + position;
  std::size_t best = 0;
  for (std::size_t out = 1; out < outputs_; ++out) {
    if (logits[out * ld_] > logits[best * ld_]) best = out;
  }
  const double maximum = logits[best * ld_];
  double sum = 0;
  for (std::size_t out = 0; out < outputs_; ++out) sum += std::exp(logits[out * ld_] - maximum);
  losses_[position] = std::log(sum) + maximum - logits[std::size_t{label} * ld_];
  hits_[position] = best == label ? 1 : 0;
  if (!training) return;
  for (std::size_t out = 0; out < outputs_; ++out) {
    const double probability = std::exp(logits[out * ld_] - maximum) / sum;
    gradient_[out * ld_ + position] = static_cast<float>(probability - (out == label ? 1 : 0));
  }
}

void OutputLayer::backward(const float* input, float* input_gradient,
                           const Activation& input_activation, const Sgd& sgd, unsigned thread) {
  const BackwardArgs args = {nullptr,
                             rows_.view(),
                             weights_.data(),
                             momentum_.data(),
                             partial_gradient_.data(),
                             input,
                             gradient_.data(),
                             input_gradient,
                             ld_,
                             outputs_,
                             input_activation,
                             sgd};
  const Range columns = even_part(inputs_, thread, threads_);
  kernels_.backward(args, columns.first, columns.last);
  biases_.update(kernels_, gradient_.data(), ld_, sgd, even_part(outputs_, thread, threads_));
}

LossSums OutputLayer::sums(std::size_t samples) const {
  LossSums sums;
  sums.samples = samples;
  for (std::size_t b = 0; b < samples; ++b) {
    sums.loss += losses_[b];
    sums.hits += hits_[b];
  }
  return sums;
}

void OutputLayer::save(LayerState& state) const {
  state.weights.resize(weights_.size());
  state.momentum.resize(weights_.size());
  for (std::size_t out = 0; out < outputs_; ++out) {
    for (std::size_t in = 0; in < inputs_; ++in) {
      const std::size_t from = in * outputs_ + out, to = out * inputs_ + in;
      state.weights[to] = weights_[from];
      state.momentum[to] = momentum_[from];
    }
  }
  biases_.save(state);
}

void OutputLayer::reset_momentum() {
  std::fill_n(momentum_.data(), momentum_.size(), 0.0F);
  biases_.reset_momentum();
}

WeightCounts OutputLayer::count_weights() const {
  WeightCounts counts = count_signs(weights_.span());
  counts.non_finite += count_non_finite(momentum_.span()) + biases_.count_non_finite();
  return counts;
}

}  // namespace regrow::cpu
