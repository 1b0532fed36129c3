// Follows the masks of a run.
#include "train/topology_monitor.h"

#include <bit>
#include <utility>

namespace regrow {
namespace {

/// Nothing where the layer keeps no account.
std::optional<double> explored_share(const LayerState& layer, const CellBitmap& explored) {
  if (explored.empty()) return std::nullopt;
  std::uint64_t cells = 0;
  for (const std::uint64_t word : explored) cells += static_cast<unsigned>(std::popcount(word));
  return static_cast<double>(cells) / static_cast<double>(layer.cell_count());
}

}  // namespace

TopologyMonitor::TopologyMonitor(const NetworkState& initial, Masks previous, unsigned threads)
    : initial_(masks_of(initial)), previous_(std::move(previous)), threads_(threads) {}

TopologyMonitor::Masks TopologyMonitor::masks_of(const NetworkState& network) {
  Masks masks;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    masks.push_back(network.layers[l].cells);
  }
  return masks;
}

std::vector<LayerTopology> TopologyMonitor::measure(const NetworkState& network,
                                                    std::vector<CellBitmap>& explored) {
  explore(explored, network);
  std::vector<Degrees> degrees;
  for (const LayerState& layer : network.layers) degrees.push_back(degrees_of(layer, threads_));
  std::vector<LayerTopology> measures;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    const LayerState& layer = network.layers[l];
    LayerTopology& measure = measures.emplace_back();
    measure.overlap_previous = overlap(layer.cells, previous_[l], threads_);
    measure.overlap_first = overlap(layer.cells, initial_[l], threads_);
    measure.explored = explored_share(layer, explored[l]);
    measure.dead = dead_neurons(degrees[l], degrees[l + 1]);
    measure.in_degree = five_numbers(degrees[l].in);
    measure.out_degree = five_numbers(degrees[l].out);
    for (const std::uint32_t degree : degrees[l].out) {
      if (degree == 0) ++measure.unconnected_inputs;
    }
  }
  // In the memory that there is, where there is enough.
  for (std::size_t l = 0; l < previous_.size(); ++l) previous_[l] = network.layers[l].cells;
  return measures;
}

}  // namespace regrow
