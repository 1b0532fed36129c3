#include "cpu/output.h"

#include <algorithm>

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

// From [rows][columns] to [columns][rows].
template <typename From, typename To>
void transpose(const From* from, std::size_t rows, std::size_t columns, To* to) {
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      to[column * rows + row] = static_cast<To>(from[row * columns + column]);
    }
  }
}

}  // namespace

OutputLayer::OutputLayer(const LayerState& state, const Kernels& kernels, std::uint32_t ld,
                         RowFormat input_format, UpdateMode mode)
    : kernels_(kernels),
      inputs_(state.inputs),
      outputs_(state.outputs),
      ld_(ld),
      input_format_(input_format),
      chunk_size_(chunk_size(inputs_, outputs_, ld)),
      chunks_(chunk_count(inputs_, outputs_, ld)),
      rows_(outputs_ + kIndexPadding, outputs_),
      weights_(state.weights.size(), state.weights.slots.size(), true),
      biases_(state, mode),
      partial_(chunks_ * outputs_ * ld),
      logits_(std::size_t{outputs_} * ld),
      gradient_(std::size_t{outputs_} * ld),
      losses_(ld),
      hits_(ld) {
  for (std::uint32_t out = 0; out < outputs_; ++out) rows_.set(out, out);
  transpose(state.weights.values.data(), outputs_, inputs_, weights_.values());
  for (std::size_t slot = 0; slot < weights_.slot_count(); ++slot) {
    transpose(state.weights.slots[slot].data(), outputs_, inputs_, weights_.slot(slot));
  }
}

std::uint64_t OutputLayer::bytes_of(const LayerPlan& layer, std::size_t slots, UpdateMode mode) {
  return TrainedArray::bytes_of(layer.cell_count(), slots, true) +
         Biases::bytes_of(layer.outputs, slots, mode);
}

std::uint64_t OutputLayer::batch_bytes_of(const LayerPlan& layer, std::uint32_t ld) {
  const std::uint64_t values = std::uint64_t{layer.outputs} * ld;
  return AlignedArray<float>::bytes_of(chunk_count(layer.inputs, layer.outputs, ld) * values) +
         2 * AlignedArray<float>::bytes_of(values) + ld * (sizeof(double) + sizeof(std::uint8_t));
}

void OutputLayer::multiply(const float* input, Member& member) {
  member.share(chunks_, [&](const Range& part) {
    for (std::size_t chunk = part.first; chunk < part.last; ++chunk) {
      const DenseForwardArgs args = {
          weights_.values(), input,        partial_.data() + chunk * outputs_ * ld_, ld_,
          outputs_,          input_format_};
      const std::size_t first = chunk * chunk_size_;
      kernels_.dense_forward(args, first, std::min<std::size_t>(first + chunk_size_, inputs_));
    }
  });
}

void OutputLayer::lose(const Loss& loss, const Expected& expected, bool training, Member& member) {
  const Range part = member.part(expected.size());
  for (std::size_t out = 0; out < outputs_; ++out) {
    float* logits = logits_.data() + out * ld_;
    std::fill(logits + part.first, logits + part.last, biases_[out]);
    for (std::size_t chunk = 0; chunk < chunks_; ++chunk) {
      const float* partial = partial_.data() + (chunk * outputs_ + out) * ld_;
      for (std::size_t b = part.first; b < part.last; ++b) logits[b] += partial[b];
    }
  }
  for (std::size_t b = part.first; b < part.last; ++b) {
    const Strided<float> gradient = {gradient_.data() + b, ld_};
    const SampleLoss sample =
        loss({logits_.data() + b, ld_}, outputs_, expected, b, training ? &gradient : nullptr);
    losses_[b] = sample.loss;
    hits_[b] = sample.hits ? 1 : 0;
  }
}

void OutputLayer::backward(const float* input, float* input_gradient,
                           const Activation& input_activation, const Sgd* sgd, Member& member) {
  const BackwardArgs args = {nullptr,          rows_.view(),        weights_.values(),
                             weights_.slot(0), weights_.gradient(), input,
                             gradient_.data(), input_gradient,      ld_,
                             outputs_,         input_activation,    sgd,
                             input_format_,    RowFormat::kFloats};
  member.share(inputs_,
               [&](const Range& columns) { kernels_.backward(args, columns.first, columns.last); });
  biases_.backward(kernels_, gradient_.data(), ld_, RowFormat::kFloats, sgd, member.part(outputs_));
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
  state.weights = Parameter(std::vector<double>(weights_.size()), weights_.slot_count());
  transpose(weights_.values(), inputs_, outputs_, state.weights.values.data());
  for (std::size_t slot = 0; slot < weights_.slot_count(); ++slot) {
    transpose(weights_.slot(slot), inputs_, outputs_, state.weights.slots[slot].data());
  }
  biases_.array().save(state.biases);
}

WeightCounts OutputLayer::count_weights() const {
  WeightCounts counts = weights_.count();
  counts.non_finite += biases_.array().count().non_finite;
  return counts;
}

}  // namespace regrow::cpu
