// A sparse layer: weights in the column order of its topology.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "cpu/biases.h"
#include "cpu/connections.h"
#include "cpu/layer.h"
#include "cpu/topology.h"
#include "network/network_plan.h"
#include "regrow/evolution/measures.h"

namespace regrow::cpu {

class SparseLayer : public Layer {
 public:
  SparseLayer(const LayerState& state, const Kernels& kernels, unsigned threads, UpdateMode mode);
  /// What one of so many connections takes in memory.
  static std::uint64_t bytes_of(const LayerPlan& layer, std::size_t slots, UpdateMode mode);

  void forward(const LayerBuffers& buffers, const Activation& activation, Member& member) override;
  void backward(const LayerBuffers& buffers, const Activation& input_activation, const Sgd* sgd,
                Member& member) override;
  TrainedArray& weights() override { return weights_; }
  TrainedArray& biases() override { return biases_.array(); }
  void save(LayerState& state) const override;
  WeightCounts count_weights(Workers& workers) const override;
  /// Throws std::logic_error where a protected cell is no connection, or they do not ascend.
  LayerMeasures measure(const CellList& protected_cells, const std::optional<MagnitudeDigit>& digit,
                        Workers& workers) const;

  /// The connections in canonical order, out and in. `assign` takes any number of them, old and
  /// grown ones, no two of one cell.
  Connections connections(Workers& workers) const;
  void assign(const Connections& old, const Connections& grown, Workers& workers);
  /// What `assign` takes in memory at its height, where it needs no more room than there is.
  static std::uint64_t bytes_of_assigning(std::uint64_t connections, std::size_t slots) {
    return Topology::bytes_of_assigning(connections, 1 + slots);
  }

  std::size_t size() const { return topology_.size(); }
  std::uint32_t inputs() const { return topology_.inputs(); }
  std::uint32_t outputs() const { return topology_.outputs(); }

 private:
  void assign(const ConnectionList& old, const ConnectionList& grown, Workers& workers);
  // Values of the connections of `part`, in row order.
  template <typename Values>
  void copy_in_rows(const float* values, const Range& part, Values& to) const;
  LargeVector<float> weights_of(const CellList& cells, Workers& workers) const;

  const Kernels& kernels_;
  unsigned threads_;
  std::size_t slots_;
  Topology topology_;
  // In column order, with room for more than there are: growth seldom allocates. Its gradient is of
  // a whole step, or between the tiles of a wide batch.
  TrainedArray weights_;
  Biases biases_;
};

}  // namespace regrow::cpu
