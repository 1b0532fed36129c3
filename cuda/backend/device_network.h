// A network's arrays on the device: the engine with the hidden layers, the output layer, biases,
// activations and gradients of training and of evaluation.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backend/step_engine.h"
#include "common/runtime.h"
#include "regrow/evolution/measures.h"
#include "regrow/network_state.h"
#include "step/output.h"

namespace regrow::cuda {

/// How many samples side by side, rounded up so that rows are whole vectors of 16 bytes.
constexpr std::uint32_t padded_width(std::uint64_t samples) {
  return static_cast<std::uint32_t>((samples + 7) / 8 * 8);
}

template <typename Value>
class DeviceNetwork {
 public:
  /// evaluation_ld: samples evaluated at once; a multiple of 8, as training_ld.
  DeviceNetwork(const NetworkState& state, const EngineKind& kind, std::uint32_t training_ld,
                std::uint32_t evaluation_ld, const Stream& stream);

  NetworkState snapshot() const;
  void reset_momentum();
  /// Without anything protected and without a digit nothing is copied on the device, and the stream
  /// is waited for once.
  std::vector<LayerMeasures> measure(const MeasureRequest& request);

  std::size_t hidden() const { return shape_.layers.size() - 1; }
  /// Dimensions, kinds and budgets; no values.
  const NetworkState& shape() const { return shape_; }
  StepEngine<Value>& engine() { return *engine_; }
  OutputView output();

  const LayerBuffers<Value>& training(std::size_t layer) const { return setup_.training[layer]; }
  const std::vector<LayerBuffers<Value>>& training() const { return setup_.training; }
  const LayerBuffers<Value>& evaluation(std::size_t layer) const {
    return setup_.evaluation[layer];
  }
  /// Of the network's input: what load_batch() fills.
  Value* training_input() { return activations_[0].data(); }
  Value* evaluation_input() { return evaluated_[0].data(); }
  Value* output_gradient() { return gradients_.back().data(); }
  float* output_partial() { return output_partial_.data(); }
  std::uint32_t output_slice_count() const { return slices_; }

 private:
  struct Biases {
    DeviceArray<float> values;
    DeviceArray<float> momentum;
  };

  /// Enqueues the counts of all weights, to counts_.
  void count_weights();
  /// The candidates of the sparse layers, into measures that hold the counts of all weights.
  void measure_candidates(const MeasureRequest& request, std::vector<LayerMeasures>& measures);

  NetworkState shape_;
  const Stream& stream_;
  std::vector<Biases> biases_;                   // [layers], the output layer's last
  DeviceArray<float> output_weights_;            // [classes][inputs]
  DeviceArray<float> output_momentum_;           // the same
  std::vector<DeviceArray<Value>> activations_;  // [layers]: [inputs of layer][training ld]
  std::vector<DeviceArray<Value>> gradients_;    // [layers]: [outputs of layer][training ld]
  DeviceArray<Value> evaluated_[2];              // in turn input and output: [widest][ld]
  std::uint32_t slices_ = 0;
  DeviceArray<float> output_partial_;  // [slices][classes][larger ld]
  DeviceArray<WeightCounts> counts_;   // [layers]
  EngineSetup<Value> setup_;
  std::unique_ptr<StepEngine<Value>> engine_;
};

}  // namespace regrow::cuda
