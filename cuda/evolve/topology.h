// The connections of a sparse layer as sorted arrays on the device: what evolution works on, and
// the two views that training works on, rebuilt from them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/runtime.h"
#include "evolve/cells.h"
#include "regrow/network_state.h"
#include "step/device_parameter.h"
#include "step/layer_views.h"

namespace regrow::cuda {

/// In canonical order: cells ascending.
struct Connections {
  Cells cells;              // [at least count]
  DeviceParameter weights;  // the same
  std::size_t count = 0;

  CellSet cell_set() const { return {cells.data(), count}; }
};

/// The weights of a layer's connections in canonical order, as they stand or as a copy.
struct CanonicalWeights {
  DeviceArray<float> copy;        // empty where they stand in that order
  const float* values = nullptr;  // [count]
  std::size_t count = 0;
};

/// Which layer of the network, and its size.
struct LayerShape {
  std::uint32_t index = 0;
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
};

/// The storage of a sparse layer: both views, with room to grow. Pointers stay as they are while
/// assign() fits the capacity, so that a captured graph stays valid.
class Topology {
 public:
  Topology() = default;
  /// Room for `capacity` connections, of whose weights the optimiser keeps so many slots.
  Topology(const LayerShape& shape, std::size_t capacity, std::size_t slots, const Stream& stream);

  /// Takes over the connections (weights and slots included) and rebuilds both views. Returns
  /// true where the capacity was exceeded and the arrays were allocated anew.
  bool assign(const Connections& connections);
  /// A copy of the connections, cells included.
  Connections connections() const;
  /// The cells alone, a copy.
  Cells cells() const;
  CanonicalWeights weights() const { return {{}, weights_.values.data(), count_}; }

  std::size_t count() const { return count_; }
  std::size_t capacity() const { return capacity_; }
  const LayerShape& shape() const { return shape_; }
  /// Without biases, which are the layer's own.
  RowView rows();
  ColumnView columns();
  void zero_slots();
  static std::size_t bytes(const LayerShape& shape, std::size_t capacity, std::size_t slots);

 private:
  /// Room for `capacity` connections, whatever the arrays held.
  void allocate(std::size_t capacity);

  LayerShape shape_;
  std::size_t count_ = 0;
  std::size_t capacity_ = 0;
  const Stream* stream_ = nullptr;
  DeviceArray<std::uint32_t> row_begin_, columns_, column_begin_, rows_, positions_;
  DeviceParameter weights_;
};

}  // namespace regrow::cuda
