// The weight gradient, kept or fused with momentum and update, against plain loops in double.
#include "step/weight_gradient.h"

#include "cuda/step/step_support.h"
#include "step/optimiser.h"

namespace regrow::cuda {
namespace {

using namespace testing;

constexpr Sgd kSgd = {0.9F, 0.01F};
constexpr float kRate = 0.05F;

struct Net {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> layers;  // inputs, outputs
  std::uint32_t last_inputs, classes, batch;
  bool empty = false;
};
void PrintTo(const Net& net, std::ostream* out) {
  *out << net.layers.size() << "_layers_" << net.last_inputs << "x" << net.classes << "_batch_"
       << net.batch;
}

class Update : public ::testing::TestWithParam<Net> {
 protected:
  Stream stream_;
};

/// v ← μ·v − lr·(g + decay·w), w ← w + v of one value.
void expect_updated(float old_weight, float old_momentum, const Expected& gradient, float decay,
                    float weight, float momentum, const std::string& what) {
  Expected v = {0.9F * double{old_momentum} - kRate * (gradient.value + decay * old_weight),
                std::abs(old_momentum) + kRate * (gradient.magnitude + std::abs(old_weight))};
  expect_close<float>(momentum, v, "momentum of " + what);
  v.add(old_weight);
  expect_close<float>(weight, v, "weight of " + what);
}

Expected dot(const std::vector<float>& a, std::size_t a_row, const std::vector<float>& b,
             std::size_t b_row, std::size_t ld, std::size_t batch) {
  Expected sum;
  for (std::size_t s = 0; s < batch; ++s) sum.add(double{a[a_row * ld + s]} * b[b_row * ld + s]);
  return sum;
}
Expected row_sum(const std::vector<float>& a, std::size_t row, std::size_t ld, std::size_t batch) {
  Expected sum;
  for (std::size_t s = 0; s < batch; ++s) sum.add(a[row * ld + s]);
  return sum;
}

template <typename Value>
void check_update(const Net& net, const Stream& stream) {
  Random random(net.last_inputs + net.batch);
  const std::uint32_t ld = padded(net.batch);
  std::vector<TestLayer> layers;
  std::vector<std::vector<float>> inputs, gradients;
  for (const auto& [layer_inputs, layer_outputs] : net.layers) {
    layers.push_back(random_layer(layer_inputs, layer_outputs, random, net.empty));
    inputs.push_back(random_matrix<Value>(random, layer_inputs, net.batch, 1000));
    gradients.push_back(random_matrix<Value>(random, layer_outputs, net.batch, 0));
  }
  const TestOutput output = random_output(net.last_inputs, net.classes, random);
  const auto output_input = random_matrix<Value>(random, net.last_inputs, net.batch, 1000);
  const auto output_gradient = random_matrix<Value>(random, net.classes, net.batch, 0);
  const std::vector<float> losses(net.batch, 0.5F);
  const std::vector<std::uint32_t> hits(net.batch, 1);

  const Results results = in_every_order([&] {
    std::vector<DeviceLayer> devices;
    std::vector<DeviceMatrix<Value>> matrices;
    std::vector<LayerGradient<Value>> updates;
    devices.reserve(layers.size());
    matrices.reserve(2 * layers.size());
    for (std::size_t l = 0; l < layers.size(); ++l) {
      DeviceLayer& device = devices.emplace_back(layers[l], stream);
      Value* const x = matrices.emplace_back(inputs[l], stream).data();
      Value* const dz = matrices.emplace_back(gradients[l], stream).data();
      updates.push_back({device.row_view(), x, dz});
    }
    DeviceOutput last(output, stream);
    DeviceMatrix<Value> x(output_input, stream), dz(output_gradient, stream);
    const auto device_losses = on_device(losses, stream);
    const auto device_hits = on_device(hits, stream);
    auto sums = on_device(std::vector<StepSums>(3, StepSums{-1, 99}), stream);
    auto state = on_device(std::vector{StepState{10, 20, 1, {kRate}}}, stream);
    fused_update<Value>(
        updates, {last.view(), x.data(), dz.data()}, kSgd, ld,
        {device_losses.data(), device_hits.data(), net.batch, sums.data(), state.data()}, stream);

    const std::vector<StepSums> got = sums.download();
    EXPECT_EQ(got[0].loss, -1);
    EXPECT_EQ(got[1].loss, 0.5 * net.batch);
    EXPECT_EQ(got[1].hits, net.batch);
    EXPECT_EQ(got[2].hits, 99U);
    const StepState after = state.download()[0];
    EXPECT_EQ(after.index, 2U);
    EXPECT_EQ(after.first_step, 10U);
    EXPECT_EQ(after.first_position, 20U);
    EXPECT_EQ(after.rates.learning_rate, kRate);
    Results all = {last.weights.download(), last.momentum.download(), last.biases.download(),
                   last.bias_momentum.download()};
    for (DeviceLayer& device : devices) {
      all.push_back(device.weights.download());
      all.push_back(device.momentum.download());
      all.push_back(device.biases.download());
      all.push_back(device.bias_momentum.download());
    }
    return all;
  });

  for (std::size_t l = 0; l < layers.size(); ++l) {
    const TestLayer& layer = layers[l];
    const std::string name = "layer " + std::to_string(l);
    const auto* const got = &results[4 + 4 * l];
    for (std::uint32_t row = 0; row < layer.outputs; ++row) {
      for (std::uint32_t k = layer.row_begin[row]; k < layer.row_begin[row + 1]; ++k) {
        expect_updated(layer.weights[k], layer.momentum[k],
                       dot(gradients[l], row, inputs[l], layer.columns[k], ld, net.batch),
                       kSgd.weight_decay, got[0][k], got[1][k],
                       name + place(row, layer.columns[k]));
      }
      expect_updated(layer.biases[row], layer.bias_momentum[row],
                     row_sum(gradients[l], row, ld, net.batch), 0, got[2][row], got[3][row],
                     name + " bias " + std::to_string(row));
    }
  }
  for (std::uint32_t c = 0; c < net.classes; ++c) {
    for (std::uint32_t i = 0; i < net.last_inputs; ++i) {
      const std::size_t at = std::size_t{c} * net.last_inputs + i;
      expect_updated(output.weights[at], output.momentum[at],
                     dot(output_gradient, c, output_input, i, ld, net.batch), kSgd.weight_decay,
                     results[0][at], results[1][at], "output " + place(c, i));
    }
    expect_updated(output.biases[c], output.bias_momentum[c],
                   row_sum(output_gradient, c, ld, net.batch), 0, results[2][c], results[3][c],
                   "output bias " + std::to_string(c));
  }
}

/// What weight_gradient() keeps, and what apply_gradients() of sgd makes of it, which differs from
/// fused_update() by rounding alone.
template <typename Value>
void check_kept(const Net& net, const Stream& stream) {
  Random random(net.last_inputs + net.batch);
  const std::uint32_t ld = padded(net.batch);
  std::vector<TestLayer> layers;
  std::vector<std::vector<float>> inputs, gradients;
  for (const auto& [layer_inputs, layer_outputs] : net.layers) {
    layers.push_back(random_layer(layer_inputs, layer_outputs, random, net.empty));
    inputs.push_back(random_matrix<Value>(random, layer_inputs, net.batch, 1000));
    gradients.push_back(random_matrix<Value>(random, layer_outputs, net.batch, 0));
  }
  const TestOutput output = random_output(net.last_inputs, net.classes, random);
  const auto output_input = random_matrix<Value>(random, net.last_inputs, net.batch, 1000);
  const auto output_gradient = random_matrix<Value>(random, net.classes, net.batch, 0);
  OptimiserSettings sgd;
  sgd.momentum = kSgd.momentum;
  sgd.weight_decay = kSgd.weight_decay;

  const Results results = in_every_order([&] {
    std::vector<DeviceLayer> devices;
    std::vector<DeviceMatrix<Value>> matrices;
    std::vector<DeviceArray<float>> kept;  // of each layer weights, then biases; the output's last
    std::vector<LayerGradient<Value>> work;
    std::vector<ParameterGradient> parameters;
    devices.reserve(layers.size());
    matrices.reserve(2 * layers.size());
    const auto keep = [&](const ParameterView& parameter, std::size_t count, bool decays) {
      kept.emplace_back(count, "gradients", stream);
      parameters.push_back({parameter, kept.back().data(), count, nullptr, decays});
      return kept.back().data();
    };
    for (std::size_t l = 0; l < layers.size(); ++l) {
      DeviceLayer& device = devices.emplace_back(layers[l], stream);
      const RowView rows = device.row_view();
      Value* const x = matrices.emplace_back(inputs[l], stream).data();
      Value* const dz = matrices.emplace_back(gradients[l], stream).data();
      float* const of_weights = keep(rows.weights, layers[l].weights.size(), true);
      work.push_back({rows, x, dz, of_weights, keep(rows.biases, rows.outputs, false)});
    }
    DeviceOutput last(output, stream);
    DeviceMatrix<Value> x(output_input, stream), dz(output_gradient, stream);
    float* const of_weights = keep(last.view().weights, output.weights.size(), true);
    weight_gradient<Value>(work,
                           {last.view(), x.data(), dz.data(), of_weights,
                            keep(last.view().biases, output.biases.size(), false)},
                           ld, stream);
    const auto state = on_device(std::vector{StepState{0, 0, 0, {kRate}}}, stream);
    apply_gradients(parameters, sgd, state.data(), stream);
    Results all;
    for (const DeviceArray<float>& gradient : kept) all.push_back(gradient.download());
    for (const DeviceLayer& device : devices) {
      all.push_back(device.weights.download());
      all.push_back(device.momentum.download());
    }
    all.push_back(last.weights.download());
    all.push_back(last.momentum.download());
    return all;
  });

  const std::size_t applied = 2 * (layers.size() + 1);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const TestLayer& layer = layers[l];
    const std::string name = "layer " + std::to_string(l);
    for (std::uint32_t row = 0; row < layer.outputs; ++row) {
      for (std::uint32_t k = layer.row_begin[row]; k < layer.row_begin[row + 1]; ++k) {
        const Expected gradient =
            dot(gradients[l], row, inputs[l], layer.columns[k], ld, net.batch);
        expect_close<float>(results[2 * l][k], gradient, name + place(row, layer.columns[k]));
        expect_updated(layer.weights[k], layer.momentum[k], gradient, kSgd.weight_decay,
                       results[applied + 2 * l][k], results[applied + 2 * l + 1][k],
                       name + place(row, layer.columns[k]));
      }
      expect_close<float>(results[2 * l + 1][row], row_sum(gradients[l], row, ld, net.batch),
                          name + " bias " + std::to_string(row));
    }
  }
  for (std::uint32_t c = 0; c < net.classes; ++c) {
    for (std::uint32_t i = 0; i < net.last_inputs; ++i) {
      const std::size_t at = std::size_t{c} * net.last_inputs + i;
      const Expected gradient = dot(output_gradient, c, output_input, i, ld, net.batch);
      expect_close<float>(results[applied - 2][at], gradient, "output " + place(c, i));
      expect_updated(output.weights[at], output.momentum[at], gradient, kSgd.weight_decay,
                     results[results.size() - 2][at], results.back()[at], "output " + place(c, i));
    }
    expect_close<float>(results[applied - 1][c], row_sum(output_gradient, c, ld, net.batch),
                        "output bias " + std::to_string(c));
  }
}

TEST_P(Update, KeepsGradientsThatSgdAppliesAlike) {
  check_kept<float>(GetParam(), stream_);
  check_kept<BFloat16>(GetParam(), stream_);
}

TEST_P(Update, MatchesPlainLoops) {
  check_update<float>(GetParam(), stream_);
  check_update<BFloat16>(GetParam(), stream_);
}

INSTANTIATE_TEST_SUITE_P(Small, Update,
                         ::testing::Values(Net{{{1, 1}}, 1, 2, 1}, Net{{{5, 3}, {3, 4}}, 4, 3, 7},
                                           Net{{}, 6, 5, 10}));
INSTANTIATE_TEST_SUITE_P(
    All, Update,
    ::testing::Values(
        Net{{{150, 30}}, 30, 10, 1}, Net{{{150, 30}, {30, 13}}, 13, 10, 7},
        Net{{{150, 30}}, 30, 10, 100}, Net{{{110, 20}}, 20, 3, 128}, Net{{{150, 30}}, 30, 33, 130},
        Net{{{110, 12}}, 9, 100, 300}, Net{{{60, 20}}, 3, 1000, 20},
        Net{{{150, 20}}, 20, 2, 100, true},
        // Two launches; three; one and four warps a row; more inputs than warps.
        Net{{{9, 8}, {8, 7}, {7, 6}, {6, 7}, {7, 8}, {8, 9}, {9, 3}, {3, 4}, {4, 5}}, 5, 4, 12},
        Net{std::vector<std::pair<std::uint32_t, std::uint32_t>>(17, {6, 6}), 6, 2, 5},
        Net{std::vector<std::pair<std::uint32_t, std::uint32_t>>(8, {6, 6}), 6, 2, 5},
        Net{{{40, 2100}, {2100, 520}}, 2050, 35, 5}));

TEST(SmallUpdate, FromALibrarysGradient) {
  const Stream stream;
  Random random(3);
  for (const std::size_t count : {std::size_t{1}, std::size_t{300}}) {
    const auto weights = random.values(count), momentum = random.values(count);
    const auto gradient = random.values(count);
    std::vector<std::uint8_t> mask(count);
    for (auto& bit : mask) bit = random.below(3) != 0;
    const auto state = on_device(std::vector{StepState{0, 0, 0, {kRate}}}, stream);
    const auto device_gradient = on_device(gradient, stream);
    const auto device_mask = on_device(mask, stream);
    for (const bool masked : {false, true}) {
      auto w = on_device(weights, stream), v = on_device(momentum, stream);
      update_from_gradient(count, device_gradient.data(), masked ? device_mask.data() : nullptr,
                           kSgd, state.data(), parameter_of(w, v), stream);
      const auto new_weights = w.download(), new_momentum = v.download();
      for (std::size_t i = 0; i < count; ++i) {
        if (masked && mask[i] == 0) {
          EXPECT_EQ(new_weights[i], weights[i]);
          EXPECT_EQ(new_momentum[i], momentum[i]);
        } else {
          expect_updated(weights[i], momentum[i], {gradient[i], std::abs(gradient[i])},
                         kSgd.weight_decay, new_weights[i], new_momentum[i], std::to_string(i));
        }
      }
    }
  }
}

TEST(SmallUpdate, OfNothing) {
  const Stream stream;
  update_from_gradient(0, nullptr, nullptr, kSgd, nullptr, {}, stream);
}

template <typename Value>
void check_biases(std::uint32_t batch, const Stream& stream) {
  constexpr std::uint32_t kRows = 13;
  Random random(batch);
  const std::uint32_t ld = padded(batch);
  const auto gradient = random_matrix<Value>(random, kRows, batch, 0);
  const auto biases = random.values(kRows), momentum = random.values(kRows);
  DeviceMatrix<Value> dz(gradient, stream);
  auto b = on_device(biases, stream), v = on_device(momentum, stream);
  const auto state = on_device(std::vector{StepState{0, 0, 0, {kRate}}}, stream);
  update_biases<Value>(kRows, ld, dz.data(), kSgd, state.data(), parameter_of(b, v), stream);
  const auto new_biases = b.download(), new_momentum = v.download();
  DeviceArray<float> kept(kRows, "gradients", stream);
  bias_gradient<Value>(kRows, ld, dz.data(), kept.data(), stream);
  const auto sums = kept.download();
  for (std::size_t row = 0; row < kRows; ++row) {
    expect_close<float>(sums[row], row_sum(gradient, row, ld, batch), std::to_string(row));
    expect_updated(biases[row], momentum[row], row_sum(gradient, row, ld, batch), 0,
                   new_biases[row], new_momentum[row], std::to_string(row));
  }
}

TEST(SmallUpdate, OfBiasesAlone) {
  const Stream stream;
  for (const std::uint32_t batch : {1U, 7U, 128U, 130U}) {
    check_biases<float>(batch, stream);
    check_biases<BFloat16>(batch, stream);
  }
}

}  // namespace
}  // namespace regrow::cuda
