// A network's arrays on the device: the engine with the hidden layers, the output layer, biases,
// activations and gradients of training and of evaluation.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backend/step_engine.h"
#include "common/runtime.h"
#include "evolve/layer_batch.h"
#include "regrow/backend.h"
#include "regrow/evolution/measures.h"
#include "regrow/network_state.h"
#include "step/backward.h"
#include "step/device_parameter.h"
#include "step/output.h"

namespace regrow::cuda {

/// How many samples side by side, rounded up so that rows are whole vectors of 16 bytes.
constexpr std::uint32_t padded_width(std::uint64_t samples) {
  return static_cast<std::uint32_t>((samples + 7) / 8 * 8);
}

template <typename Value>
class DeviceNetwork {
 public:
  /// Of `options` the optimiser, clip_norm and leaky_slope decide which arrays there are.
  /// evaluation_ld: samples evaluated at once; a multiple of 8, as training_ld.
  DeviceNetwork(const NetworkState& state, const EngineKind& kind, const BackendOptions& options,
                std::uint32_t training_ld, std::uint32_t evaluation_ld, const Stream& stream);

  NetworkState snapshot() const;
  void reset_slots();
  /// Without anything protected, without a digit and strengths nothing is copied on the device, and
  /// the stream is waited for once. batch: the samples of the step whose strengths are asked for.
  std::vector<LayerMeasures> measure(const MeasureRequest& request, std::uint32_t batch);

  /// What the last step's two passes left of a hidden layer.
  LayerBatch batch_of(std::size_t layer, std::uint32_t batch) const;

  std::size_t hidden() const { return shape_.layers.size() - 1; }
  /// Dimensions, kinds and budgets; no values.
  const NetworkState& shape() const { return shape_; }
  StepEngine<Value>& engine() { return *engine_; }
  OutputView output();
  /// The output layer's share of a weight gradient.
  OutputGradient<Value> output_share();

  /// The activation of a hidden layer, without dropout.
  Activation activation(std::size_t layer) const;
  /// Where srelu_backward() leaves the gradients of what the layer's SReLUs learn.
  SReluGradients srelu_gradients(std::size_t layer);

  /// All parameters and their gradients, where gradients are kept, in the order of parameters_of().
  std::vector<ParameterGradient> parameters();
  /// What activations learn, of all layers, whose gradients are always kept.
  std::vector<ParameterGradient> learned();
  /// For clip_gradients(); null where nothing is clipped.
  double* clip_scratch() { return clip_scratch_.data(); }

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
  /// A trainable array that is not the engine's, and its gradient, where that is kept.
  struct Trainable {
    DeviceParameter parameter;
    DeviceArray<float> gradient;

    ParameterGradient view(bool decays) {
      return {parameter.view(), gradient.data(), parameter.values.size(), nullptr, decays};
    }
  };
  Trainable upload_parameter(const Parameter& parameter, bool keeps_gradient, const char* what);
  /// Enqueues the count of what is not finite in the slots, and with `values` in the values, too.
  void count_non_finite(const DeviceParameter& parameter, bool values, WeightCounts* counts);

  /// Enqueues the counts of all weights, to counts_.
  void count_weights();
  /// The candidates of the sparse layers, into measures that hold the counts of all weights.
  void measure_candidates(const MeasureRequest& request, std::vector<LayerMeasures>& measures);
  /// Of the sparse layers.
  void measure_strengths(const StrengthRequest& request, std::uint32_t batch,
                         std::vector<LayerMeasures>& measures) const;

  NetworkState shape_;
  const Stream& stream_;
  double leaky_slope_;
  std::vector<Trainable> biases_;                // [layers], the output layer's last
  std::vector<std::vector<Trainable>> learned_;  // [hidden layers]: of parameter_names() each
  Trainable output_weights_;                     // [classes][inputs]
  DeviceArray<double> clip_scratch_;
  std::vector<DeviceArray<Value>> activations_;      // [layers]: [inputs of layer][training ld]
  std::vector<DeviceArray<Value>> pre_activations_;  // [hidden layers], empty where not needed
  std::vector<DeviceArray<Value>> gradients_;        // [layers]: [outputs of layer][training ld]
  DeviceArray<Value> evaluated_[2];                  // in turn input and output: [widest][ld]
  std::uint32_t slices_ = 0;
  DeviceArray<float> output_partial_;  // [slices][classes][larger ld]
  DeviceArray<WeightCounts> counts_;   // [layers]
  EngineSetup<Value> setup_;
  std::unique_ptr<StepEngine<Value>> engine_;
};

}  // namespace regrow::cuda
