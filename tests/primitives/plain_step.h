// A training step in plain doubles, one sample and one connection at a time, from the formulas of
// the documents alone: what every back end's primitives are compared with. Neither the reference
// nor the shared formulas are read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "regrow/backend.h"

namespace regrow::tests {

using Row = std::vector<double>;
using Rows = std::vector<Row>;  // [sample][neuron]

/// What goes into a step, and what is to come out.
struct PlainBatch {
  Rows inputs;
  std::vector<std::uint16_t> labels;
  Rows targets;  // where the data has them
};

/// (value − mean) / deviation of one sample, in the network's order.
Row plain_inputs(const Dataset& dataset, const LabelledSamples& images, std::size_t sample);
/// All samples of a split.
PlainBatch plain_split(const Dataset& dataset, Split split);
/// The batch that `step` trains, without augmentation.
PlainBatch plain_batch(const Dataset& dataset, const BackendOptions& options, std::uint64_t step,
                       std::uint32_t steps_per_epoch);

struct PlainPass {
  std::vector<Rows> inputs;         // of every layer
  std::vector<Rows> pre_activated;  // of every layer; the last are the logits
  std::vector<Rows> kept;           // of every hidden layer: 0 where dropped, else 1/(1 − p)
};
/// `step`: of training, which drops out; none: evaluation.
PlainPass plain_forward(const NetworkState& network, const BackendOptions& options,
                        const Rows& inputs, std::optional<std::uint64_t> step);

struct PlainLoss {
  double sum = 0;
  std::uint64_t hits = 0;
  Rows gradient;  // of the mean over the batch, by the logits
};
/// `settings`: {kind} alone where evaluating. class_weights: [classes] or none.
PlainLoss plain_loss(const LossSettings& settings, const Row& class_weights, const Rows& logits,
                     const PlainBatch& batch);

/// N/(K·n_c) over the samples that are trained on, rounded to floats.
Row plain_balanced_weights(const Dataset& dataset);

/// [layer][parameter][value], as parameters_of() has them.
using PlainGradients = std::vector<std::vector<Row>>;
/// dz_of_layers: of every layer, the mean loss's by what is to be activated; where not none.
PlainGradients plain_gradients(const NetworkState& network, const BackendOptions& options,
                               const PlainPass& pass, const PlainLoss& loss,
                               std::vector<Rows>* dz_of_layers = nullptr);

/// All of a training step.
struct PlainTrainedStep {
  PlainPass pass;
  PlainLoss loss;
  PlainGradients gradients;
  std::vector<Rows> dz;  // of every layer
};
PlainTrainedStep plain_step(const NetworkState& network, const BackendOptions& options,
                            const Dataset& dataset, std::uint64_t step,
                            std::uint32_t steps_per_epoch);
/// Of it the gradients.
PlainGradients plain_gradients_of_step(const NetworkState& network, const BackendOptions& options,
                                       const Dataset& dataset, std::uint64_t step,
                                       std::uint32_t steps_per_epoch);

}  // namespace regrow::tests
