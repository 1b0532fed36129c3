// The interface between the host, which decides, and a back end, which executes. Time runs in
// steps; nothing here assumes that evolution happens once an epoch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "regrow/augmentation.h"
#include "regrow/dataset.h"
#include "regrow/evolution/candidates.h"
#include "regrow/evolution/measures.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"
#include "regrow/network_state.h"
#include "regrow/sample_order.h"
#include "regrow/step/loss.h"
#include "regrow/step/optimiser.h"

namespace regrow {

/// How activations and their gradients are stored; everything is computed in float or better.
enum class ActivationStorage : std::uint8_t { kFloat32, kBFloat16 };

/// What a back end must know besides the network and the data.
struct BackendOptions {
  std::uint64_t seed = 0;
  std::uint32_t batch_size = 100;
  OptimiserSettings optimiser;
  double clip_norm = 0;  // of the gradients of all parameters together; 0: they are not clipped
  LossSettings loss;
  double dropout = 0.3;      // after each hidden activation, inverted
  double leaky_slope = 0.3;  // of leaky_relu and all_relu, see step::layer_activation(); in [0, 1]
  AugmentationSettings augmentation;
  unsigned threads = 0;       // at most; 0: as many as there are cores
  bool all_threads = false;   // CPU: even where a step is too small for them; changes no number
  std::string simd = "auto";  // CPU instruction set: auto, avx512, avx2, portable
  /// bf16: of the devices that store it; on a CPU of networks whose hidden layers are sparse.
  ActivationStorage activations = ActivationStorage::kFloat32;
  bool graph = true;  // GPUs: a training step is one captured graph; changes no number
  /// Where evolutions will grow by gradient: what that takes is planned for, and must be at hand.
  std::optional<ScoredCells> scored_cells = {};
};

struct Capabilities {
  std::string device;           // "cpu", "reference", "check:cpu,reference"
  std::string description;      // for a person: threads, instruction set, …
  std::string instruction_set;  // what bit-identity depends on besides `device`
  unsigned threads = 1;         // at most: a small step takes fewer
  Precision precision = Precision::kFloat32;
  ActivationStorage activations = ActivationStorage::kFloat32;
};

/// Steps [first, first + count) of a run; all of one epoch = first / steps_per_epoch. Step s trains
/// the batch at positions [(s mod steps_per_epoch)·batch_size, +batch_size) of sample_order(...).
struct StepRange {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t steps_per_epoch = 1;

  std::uint32_t epoch() const { return static_cast<std::uint32_t>(first / steps_per_epoch); }
};

/// Of one step or of one evaluation: sums, not means. Hits: samples whose largest output (of equal
/// ones the lowest index) is their label's; 0 where the data has float targets.
struct LossSums {
  double loss = 0;
  std::uint64_t hits = 0;
  std::uint64_t samples = 0;

  LossSums& operator+=(const LossSums& other) {
    loss += other.loss;
    hits += other.hits;
    samples += other.samples;
    return *this;
  }
};

/// One network and its data, in the order attach(), load(), then anything; load() again replaces
/// the network. Anything but capabilities() and attach() before load() is undefined. What does not
/// fit (load() without data, shapes, the number of rates, a plan's number of layers, more to drop
/// or to grow than there is, scores without gradients) throws std::logic_error, as a broken promise
/// of the caller.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual Capabilities capabilities() const = 0;

  /// The data to train on; once, before load().
  virtual void attach(std::shared_ptr<const Dataset> dataset) = 0;

  /// Takes over a network, exact to the bit where the back end's precision holds the values.
  virtual void load(const NetworkState& network) = 0;
  /// The network as it is, exact to the bit, in canonical order.
  virtual NetworkState snapshot() const = 0;

  /// Trains; learning_rates: [range.count]. Returns the sums of every step, [range.count], of the
  /// batches as trained (augmented, with dropout, before the step's update), by the loss that
  /// training minimises (regrow/step/loss.h). The update is regrow/step/optimiser.h's, in the mode
  /// that update_mode() says.
  virtual std::vector<LossSums> train(const StepRange& range,
                                      std::span<const float> learning_rates) = 0;

  /// Forward and backward pass of one step (range.count is 1) as train() has them, dropout and
  /// augmentation included, without its update. The inputs and output gradients of every layer stay
  /// for strengths, cell_gradients() and growth by gradient, until anything but measure() or
  /// evolve() is called; an evolve() whose plan grows by gradient needs them. Returns the step's
  /// sums.
  virtual LossSums differentiate(const StepRange& range) = 0;
  /// As long as these stay, after evolve(), too: ∂loss/∂weight of any cells of a hidden layer,
  /// connections or not, ascending; of the batch's mean loss, without weight decay. [cells]
  virtual std::vector<double> cell_gradients(std::uint32_t layer, const CellList& cells) = 0;

  /// All samples of `split`, without augmentation, dropout, label smoothing and class weights.
  /// `logits`, where not empty, takes
  /// the output layer's values: [samples][classes].
  virtual LossSums evaluate(Split split, std::span<float> logits = {}) = 0;

  /// All slots to zero.
  virtual void reset_slots() = 0;

  /// What an evolution is planned from. One entry per layer, the output layer included.
  virtual std::vector<LayerMeasures> measure(const MeasureRequest& request) = 0;
  /// The signs alone; one entry per layer, the output layer included.
  std::vector<WeightCounts> count_weights();

  /// Drops and grows as planned, in every layer. One report per layer.
  virtual std::vector<EvolutionReport> evolve(const EvolutionPlan& plan) = 0;

  /// Tells a profiler outside, where the device has one, to record from now on or no more.
  virtual void profile(bool /*on*/) {}
};

/// Makes the back end called `device` (see regrow/devices.h); throws Error where there is none of
/// that name, or it is not at hand, or lacks what `options` ask for.
std::unique_ptr<Backend> make_backend(const std::string& device, const BackendOptions& options);

}  // namespace regrow
