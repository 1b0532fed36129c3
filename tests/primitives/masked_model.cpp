#include "masked_model.h"

#include <algorithm>
#include <cmath>

namespace regrow::tests {

std::size_t MaskedLayer::connections() const {
  return static_cast<std::size_t>(std::count(mask.begin(), mask.end(), true));
}

MaskedModel::MaskedModel(const NetworkState& network) {
  for (const LayerState& state : network.layers) {
    MaskedLayer& layer = layers.emplace_back();
    layer.inputs = state.inputs;
    layer.outputs = state.outputs;
    const std::size_t cells = layer.inputs * layer.outputs;
    layer.theta.assign(cells, 0);
    layer.velocity.assign(cells, 0);
    layer.mask.assign(cells, false);
    for (std::size_t k = 0; k < state.weights.size(); ++k) {
      const std::size_t cell = state.kind == LayerKind::kDense ? k : state.cells[k];
      layer.mask[cell] = true;
      layer.theta[cell] = state.weights.values[k];
    }
    layer.bias = state.biases.values;
    layer.bias_velocity.assign(layer.outputs, 0);
  }
}

MaskedModel::Pass MaskedModel::pass(const PlainBatch& batch) const {
  Pass result;
  result.x = {batch.inputs};
  std::vector<Rows> z;
  for (const MaskedLayer& layer : layers) {
    Rows& sums = z.emplace_back(batch.inputs.size(), layer.bias);
    Rows& next = result.x.emplace_back(batch.inputs.size(), Row(layer.outputs));
    for (std::size_t s = 0; s < sums.size(); ++s) {
      const Row& x = result.x[z.size() - 1][s];
      for (std::size_t o = 0; o < layer.outputs; ++o) {
        for (std::size_t i = 0; i < layer.inputs; ++i) {
          sums[s][o] += layer.theta[o * layer.inputs + i] * x[i];
        }
        next[s][o] = std::max(sums[s][o], 0.0);
      }
    }
  }
  const auto samples = static_cast<double>(batch.inputs.size());
  Rows dz = z.back();
  for (std::size_t s = 0; s < dz.size(); ++s) {
    double sum = 0;
    for (const double logit : z.back()[s]) sum += std::exp(logit);
    for (std::size_t c = 0; c < dz[s].size(); ++c) {
      const double p = std::exp(z.back()[s][c]) / sum;
      if (c == batch.labels[s]) result.loss -= std::log(p);
      dz[s][c] = (p - (c == batch.labels[s] ? 1 : 0)) / samples;
    }
  }
  result.dz.resize(layers.size());
  for (std::size_t l = layers.size(); l-- > 0;) {
    result.dz[l] = dz;
    if (l == 0) break;
    const MaskedLayer& layer = layers[l];
    for (std::size_t s = 0; s < dz.size(); ++s) {
      Row below(layer.inputs, 0);
      for (std::size_t i = 0; i < layer.inputs; ++i) {
        for (std::size_t o = 0; o < layer.outputs; ++o) {
          below[i] += layer.theta[o * layer.inputs + i] * dz[s][o];
        }
        if (z[l - 1][s][i] <= 0) below[i] = 0;
      }
      dz[s] = below;
    }
  }
  return result;
}

std::vector<Row> MaskedModel::dense_gradients(const PlainBatch& batch) const {
  const Pass of = pass(batch);
  std::vector<Row> gradients;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    Row& row = gradients.emplace_back(layers[l].theta.size(), 0);
    for (std::size_t cell = 0; cell < row.size(); ++cell) {
      for (std::size_t s = 0; s < of.dz[l].size(); ++s) {
        row[cell] += of.dz[l][s][cell / layers[l].inputs] * of.x[l][s][cell % layers[l].inputs];
      }
    }
  }
  return gradients;
}

std::vector<MaskedModel::Magnitudes> MaskedModel::magnitudes(const PlainBatch& batch) const {
  const Pass of = pass(batch);
  std::vector<Magnitudes> result;
  const auto sums = [](const Rows& values) {
    Row sum(values.front().size(), 0);
    for (const Row& row : values) {
      for (std::size_t n = 0; n < row.size(); ++n) sum[n] += std::fabs(row[n]);
    }
    return sum;
  };
  for (std::size_t l = 0; l < layers.size(); ++l) {
    result.push_back({sums(of.x[l]), sums(of.dz[l])});
  }
  return result;
}

double MaskedModel::train(const PlainBatch& batch, double learning_rate, double momentum) {
  const Pass of = pass(batch);
  const std::vector<Row> gradients = dense_gradients(batch);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    MaskedLayer& layer = layers[l];
    for (std::size_t cell = 0; cell < layer.theta.size(); ++cell) {
      if (!layer.mask[cell]) continue;
      layer.velocity[cell] = momentum * layer.velocity[cell] - learning_rate * gradients[l][cell];
      layer.theta[cell] += layer.velocity[cell];
    }
    for (std::size_t o = 0; o < layer.outputs; ++o) {
      double sum = 0;
      for (const Row& dz : of.dz[l]) sum += dz[o];
      layer.bias_velocity[o] = momentum * layer.bias_velocity[o] - learning_rate * sum;
      layer.bias[o] += layer.bias_velocity[o];
    }
  }
  return of.loss;
}

}  // namespace regrow::tests
