// The hidden layers of a network on the device: their connections and the products of a step. One
// engine uses our kernels, others a library; everything else of the back end is shared.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/runtime.h"
#include "evolve/candidates.h"
#include "evolve/cells.h"
#include "evolve/topology.h"
#include "regrow/error.h"
#include "regrow/evolution/measures.h"
#include "regrow/network_state.h"
#include "step/layer_views.h"
#include "step/optimiser.h"
#include "step/weight_gradient.h"

namespace regrow::cuda {

/// One hidden layer as an engine is told of it. The biases are the back end's.
struct HiddenLayer {
  LayerShape shape;
  LayerKind kind = LayerKind::kSparse;  // kDense: all cells, which never evolve
  std::size_t capacity = 0;             // connections to make room for
  std::size_t slots = 1;                // that the optimiser keeps of each parameter
  ParameterView biases;                 // [outputs]
  float* bias_gradient = nullptr;       // [outputs], where gradients are kept
};

/// What one hidden layer's products read and write. There are two sets of buffers, of training and
/// of evaluation; the pointers stay as they are while the engine lives. In training each layer has
/// memory of its own, so that inputs and gradients of all stand until the next step.
template <typename Value>
struct LayerBuffers {
  std::uint32_t ld = 0;
  const Value* input = nullptr;     // [inputs][ld]
  Value* output = nullptr;          // [outputs][ld]
  Value* gradient = nullptr;        // [outputs][ld], of the pre-activation; null in evaluation
  Value* input_gradient = nullptr;  // [inputs][ld]; null in evaluation and in the first layer
  // What `output` and `input` are activated from, as they are shaped; null in evaluation, and where
  // the activation does not need it.
  Value* pre_activation = nullptr;
  const Value* input_pre_activation = nullptr;
};

/// What an engine is made of.
template <typename Value>
struct EngineSetup {
  std::vector<HiddenLayer> layers;
  std::vector<LayerBuffers<Value>> training;    // [layers]
  std::vector<LayerBuffers<Value>> evaluation;  // [layers]
  UpdateMode update = UpdateMode::kFused;
  const Stream* stream = nullptr;  // outlives the engine; all work goes there
};

/// `layer` counts the hidden layers from the input. forward(), backward_input(), update() and
/// weight_gradient() allocate nothing and do not wait; the others may.
template <typename Value>
class StepEngine {
 public:
  virtual ~StepEngine() = default;

  /// Takes over a layer's connections, weights and slots included, and makes ready for steps
  /// (descriptors, work space). Returns true where a graph captured before is no longer valid.
  virtual bool assign(std::size_t layer, const Connections& connections) = 0;
  /// A copy of a layer's connections, in canonical order, cells included (dense layers, too).
  virtual Connections connections(std::size_t layer) const = 0;
  virtual std::size_t connection_count(std::size_t layer) const = 0;
  /// A copy of a sparse layer's cells, ascending, and its weights in that order.
  virtual Cells cells(std::size_t layer) const = 0;
  virtual CanonicalWeights weights(std::size_t layer) const = 0;

  /// Adds the signs of a layer's weights to *counts (on the device), and to its `non_finite` what
  /// is not finite in the slots. A cell that is no connection is not counted.
  virtual void count_weights(std::size_t layer, WeightCounts* counts) = 0;
  /// All slots of the hidden weights to zero; not those of the biases.
  virtual void reset_slots() = 0;

  /// buffers.output = act(bias + W·buffers.input); `state` is null in evaluation.
  virtual void forward(std::size_t layer, const LayerBuffers<Value>& buffers,
                       const Activation& activation, const StepState* state) = 0;
  /// buffers.input_gradient = act'(buffers.input)·Wᵀ·buffers.gradient, as step/backward.h says.
  virtual void backward_input(std::size_t layer, const LayerBuffers<Value>& buffers,
                              const Activation& of_input) = 0;

  /// UpdateMode::kFused: updates all hidden layers (weights and biases) and the output layer, and
  /// records the step.
  virtual void update(std::span<const LayerBuffers<Value>> training,
                      const OutputGradient<Value>& output, const Sgd& sgd,
                      const StepRecord& record) = 0;
  /// UpdateMode::kGradients: stores the gradients of the hidden layers' weights and biases and of
  /// the output layer. They are applied by apply_gradients() (step/optimiser.h), so that others may
  /// read or change them before.
  virtual void weight_gradient(std::span<const LayerBuffers<Value>> training,
                               const OutputGradient<Value>& output) = 0;
  /// A layer's weights and the gradients that weight_gradient() stores. The pointers hold until
  /// assign() returns true.
  virtual ParameterGradient weights_and_gradient(std::size_t layer) = 0;

  /// False where a step cannot be captured in a CUDA graph.
  virtual bool can_be_captured() const { return true; }
};

inline constexpr MaskBudget kMaskBudget = {std::size_t{256} << 20};

/// A part of the device memory that a network takes.
struct MemoryPart {
  std::string what;  // "activations and gradients"
  std::uint64_t bytes = 0;
  bool of_connections = false;  // grows with their number
};

/// One kind of engine: what a device of the program is made of.
class EngineKind {
 public:
  virtual ~EngineKind() = default;

  /// The device's name: "cuda", "cuda-cusparse".
  virtual std::string device() const = 0;
  /// For a person, after the GPU's name: "cuSPARSE 12.6"; or "".
  virtual std::string description() const { return ""; }
  virtual bool stores_bfloat16() const { return false; }

  /// What the engine will hold for these layers at the two widths (ld), while training goes on.
  /// Asked before anything is allocated: the layers' pointers are null.
  virtual std::vector<MemoryPart> memory(std::span<const HiddenLayer> layers, UpdateMode update,
                                         std::uint32_t training_ld,
                                         std::uint32_t evaluation_ld) const = 0;

  virtual std::unique_ptr<StepEngine<float>> make(const EngineSetup<float>& setup) const = 0;
  /// Called only where stores_bfloat16().
  virtual std::unique_ptr<StepEngine<BFloat16>> make(const EngineSetup<BFloat16>&) const {
    REGROW_CHECK(false, "this engine has no bf16 activations");
    return nullptr;
  }
};

/// Our own kernels. name: "cuda", or "cuda-emulated".
std::unique_ptr<EngineKind> make_kernel_engine(const std::string& name);

}  // namespace regrow::cuda
