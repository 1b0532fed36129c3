// What every back end puts into a step: a network that tells its inputs. Its first layer is 0 and
// its second one the identity, so the outputs are 0; the targets are a 1 at the sample's own
// output. So row n of the first layer's gradient is −2/(K·batch) times the inputs of sample n,
// where the batch has it, else 0.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>

#include "regrow/augmentation.h"
#include "regrow/sample_order.h"
#include "step_cases.h"

namespace regrow::tests {
namespace {

constexpr std::uint32_t kSamples = 41;
constexpr std::uint32_t kTrained = 36;  // the others are held out

Dataset telling_data(InputOrder order) {
  Dataset dataset = tiny_dataset({.shape = {2, 5, 4}, .train_samples = kSamples, .order = order});
  dataset.class_names.clear();
  for (std::uint32_t n = 0; n < kSamples; ++n) dataset.class_names.push_back(std::to_string(n));
  for (LabelledSamples* images : {&dataset.train, &dataset.test}) {
    std::fill(images->labels.begin(), images->labels.end(), std::uint16_t{0});
    images->targets.assign(images->size() * kSamples, 0);
    for (std::size_t s = 0; s < images->size(); ++s) images->targets[s * kSamples + s] = 1;
  }
  return dataset;
}

NetworkState telling_network(const Dataset& dataset) {
  NetworkState network =
      tiny_network(1, {dataset.shape.features(), kSamples, kSamples}, 1, LayerKind::kSparse);
  for (LayerState& layer : network.layers) {
    for (Parameter* parameter : parameters_of(layer)) {
      std::fill(parameter->values.begin(), parameter->values.end(), 0);
    }
  }
  for (std::size_t n = 0; n < kSamples; ++n) {
    network.layers[1].weights.values[n * kSamples + n] = 1;
  }
  return network;
}

BackendOptions telling_options(std::uint32_t batch, const AugmentationSettings& augmentation) {
  BackendOptions options;
  options.seed = 6;
  options.batch_size = batch;
  options.optimiser.momentum = 0;
  options.loss.kind = LossKind::kMse;
  options.dropout = 0;
  options.leaky_slope = 1;
  options.augmentation = augmentation;
  return options;
}

// The inputs of each sample that the step has trained, by its number.
std::map<std::uint32_t, Row> told_inputs(const NetworkState& after, std::uint32_t batch) {
  const LayerState& layer = after.layers[0];
  std::map<std::uint32_t, Row> told;
  for (std::uint32_t n = 0; n < kSamples; ++n) {
    if (layer.biases.slots[0][n] == 0) continue;
    for (std::uint32_t i = 0; i < layer.inputs; ++i) {
      const double velocity = layer.weights.slots[0][n * layer.inputs + i];
      told[n].push_back(velocity * kSamples * batch / 2);
    }
  }
  return told;
}

// A pixel between four, clamped to the image; coordinates in floats, as all devices must read the
// same pixels.
double resampled_pixel(const Row& inputs, const Dataset& dataset, std::uint32_t channel, float row,
                       float column, Interpolation interpolation) {
  const ImageShape& shape = dataset.shape;
  const auto at = [&](double r, double c) {
    const auto y = static_cast<std::uint32_t>(std::min<double>(r, shape.height - 1));
    const auto x = static_cast<std::uint32_t>(std::min<double>(c, shape.width - 1));
    const std::uint32_t pixel = y * shape.width + x;
    return inputs[dataset.order == InputOrder::kHwc ? pixel * shape.channels + channel
                                                    : channel * shape.height * shape.width + pixel];
  };
  row = std::min(std::max(row, 0.0F), static_cast<float>(shape.height - 1));
  column = std::min(std::max(column, 0.0F), static_cast<float>(shape.width - 1));
  if (interpolation == Interpolation::kNearest) {
    return at(std::floor(row + 0.5F), std::floor(column + 0.5F));
  }
  const double top = std::floor(row), left = std::floor(column);
  const double y = double{row} - top, x = double{column} - left;
  return (1 - y) * ((1 - x) * at(top, left) + x * at(top, left + 1)) +
         y * ((1 - x) * at(top + 1, left) + x * at(top + 1, left + 1));
}

Row plain_augmented(const Row& inputs, const Dataset& dataset, const AffineMatrix& m,
                    Interpolation interpolation) {
  const ImageShape& shape = dataset.shape;
  Row result(inputs.size());
  for (std::uint32_t channel = 0; channel < shape.channels; ++channel) {
    for (std::uint32_t pixel = 0; pixel < shape.height * shape.width; ++pixel) {
      const auto x = static_cast<float>(pixel % shape.width);
      const std::uint32_t line = pixel / shape.width;
      const auto y = static_cast<float>(line);
      const float column = std::fma(m[0], x, std::fma(m[1], y, m[2]));
      const float row = std::fma(m[3], x, std::fma(m[4], y, m[5]));
      result[feature_index(shape, dataset.order, channel, pixel)] =
          resampled_pixel(inputs, dataset, channel, row, column, interpolation);
    }
  }
  return result;
}

void expect_inputs(const BackendCase& of, const Dataset& dataset, const BackendOptions& options,
                   std::uint32_t steps_per_epoch, std::uint64_t step) {
  const auto backend = backend_with(of, options, shared(dataset), telling_network(dataset));
  backend->train({step, 1, steps_per_epoch}, {{1.0F}});
  const std::map<std::uint32_t, Row> told = told_inputs(backend->snapshot(), options.batch_size);
  const auto epoch = static_cast<std::uint32_t>(step / steps_per_epoch);
  const std::vector<std::uint32_t> order = sample_order(options.seed, epoch, kTrained);
  const std::string what = of.name() + ", step " + std::to_string(step);
  EXPECT_EQ(told.size(), options.batch_size) << what;
  for (std::uint32_t s = 0; s < options.batch_size; ++s) {
    const std::uint64_t position = step % steps_per_epoch * options.batch_size + s;
    const std::uint32_t sample = dataset.train_ids.at(order.at(position));
    Row inputs = plain_inputs(dataset, dataset.train, sample);
    if (options.augmentation.enabled) {
      inputs = plain_augmented(
          inputs, dataset,
          augmentation_matrix(options.augmentation, dataset.shape, options.seed, epoch, position),
          options.augmentation.interpolation);
    }
    ASSERT_EQ(told.count(sample), 1U) << what;
    expect_near(told.at(sample), inputs, tolerance_of(of), what);
  }
}

TEST(LoadBatch, TheRightSamplesStandardisedInTheNetworksOrder) {
  for (const BackendCase& of : backend_cases()) {
    for (const InputOrder order : {InputOrder::kHwc, InputOrder::kChw}) {
      const Dataset dataset = telling_data(order);
      for (const std::uint32_t batch : {1U, 5U, 17U}) {
        const BackendOptions options = telling_options(batch, {});
        for (const std::uint64_t step : {0U, 1U, 5U}) {
          expect_inputs(of, dataset, options, kTrained / batch, step);
        }
      }
    }
  }
}

TEST(LoadBatch, AugmentedByEveryInterpolation) {
  for (const BackendCase& of : backend_cases()) {
    for (const InputOrder order : {InputOrder::kHwc, InputOrder::kChw}) {
      const Dataset dataset = telling_data(order);
      for (const Interpolation interpolation :
           {Interpolation::kBilinear, Interpolation::kNearest}) {
        expect_inputs(of, dataset, telling_options(17, {true, 20, 0.3, 0.5, interpolation}), 2, 3);
      }
    }
  }
}

}  // namespace
}  // namespace regrow::tests
