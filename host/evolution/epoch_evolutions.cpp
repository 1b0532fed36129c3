#include "regrow/evolution/epoch_evolutions.h"

#include <algorithm>

namespace regrow {

void add(EpochEvolutions& evolutions, const EvolutionRecord& record) {
  ++evolutions.due;
  evolutions.paused += record.is_paused ? 1 : 0;
  evolutions.theta = record.theta;
  evolutions.layers.resize(std::max(evolutions.layers.size(), record.layers.size()));
  for (std::size_t l = 0; l < record.layers.size(); ++l) {
    evolutions.layers[l].dropped += record.layers[l].dropped.sum();
    evolutions.layers[l].grown += record.layers[l].grown;
    evolutions.layers[l].newborns += record.layers[l].newborns;
    evolutions.layers[l].survived += record.layers[l].survived;
  }
}

EpochEvolutions evolutions_in(const EpochRecord& record) {
  EpochEvolutions evolutions;
  if (!record.theta) return evolutions;
  evolutions.due = 1;  // they count as one, which was paused where each of them was
  evolutions.paused = record.paused ? 1 : 0;
  evolutions.theta = record.theta;
  for (const LayerRecord& layer : record.layers) {
    evolutions.layers.push_back({layer.dropped, layer.grown, layer.newborns, layer.survived});
  }
  return evolutions;
}

void describe(EpochRecord& record, const EpochEvolutions& evolutions,
              const EpochEvolutions& after) {
  record.theta = evolutions.theta;
  record.paused = evolutions.due > 0 && evolutions.paused == evolutions.due;
  record.connections = 0;
  for (std::size_t l = 0; l < record.layers.size(); ++l) {
    LayerRecord& layer = record.layers[l];
    if (l < evolutions.layers.size()) {
      layer.dropped = evolutions.layers[l].dropped;
      layer.grown = evolutions.layers[l].grown;
      layer.newborns = evolutions.layers[l].newborns;
      layer.survived = evolutions.layers[l].survived;
    }
    layer.connections = layer.evaluated;
    if (l < after.layers.size()) {
      layer.connections = layer.evaluated - after.layers[l].dropped + after.layers[l].grown;
    }
    record.connections += layer.connections;
  }
}

}  // namespace regrow
