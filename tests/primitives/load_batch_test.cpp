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
#include "support/feature_kinds.h"

namespace regrow::tests {
namespace {

constexpr std::uint32_t kSamples = 41;
constexpr std::uint32_t kTrained = 36;  // the others are held out

Dataset telling_data(InputOrder order, FeatureKind kind) {
  Dataset dataset = tiny_dataset({.shape = {2, 5, 4}, .train_samples = kSamples, .order = order});
  // Rows of nothing, and sparse ones.
  std::fill_n(dataset.train.bytes().begin() + 3 * 40, 40, std::uint8_t{0});
  for (std::size_t at = 0; at < 400; at += 1 + at % 3) dataset.train.bytes()[at] = 0;
  change_kind(dataset.train, kind);
  change_kind(dataset.test, kind);
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
      for (const FeatureKind kind : kAllKinds) {
        SCOPED_TRACE(name_of_kind(kind));
        const Dataset dataset = telling_data(order, kind);
        for (const std::uint32_t batch : {1U, 5U, 17U}) {
          const BackendOptions options = telling_options(batch, {});
          for (const std::uint64_t step : {0U, 1U, 5U}) {
            expect_inputs(of, dataset, options, kTrained / batch, step);
          }
        }
      }
    }
  }
}

TEST(LoadBatch, AugmentedByEveryInterpolation) {
  for (const BackendCase& of : backend_cases()) {
    for (const InputOrder order : {InputOrder::kHwc, InputOrder::kChw}) {
      for (const FeatureKind kind : kAllKinds) {
        SCOPED_TRACE(name_of_kind(kind));
        const Dataset dataset = telling_data(order, kind);
        for (const Interpolation interpolation :
             {Interpolation::kBilinear, Interpolation::kNearest}) {
          expect_inputs(of, dataset, telling_options(17, {true, 20, 0.3, 0.5, interpolation}), 2,
                        3);
        }
      }
    }
  }
}

// What follows reads the inputs of an evaluation. Both layers are the identity, so that the outputs
// are the inputs: all other terms of the sums are 0.

constexpr std::uint32_t kUnseen = 13;

/// Values of one feature, by what is odd about it.
enum class Column : std::uint8_t { kUsual, kConstant, kOffset, kRare, kTiny, kHuge };
constexpr std::uint32_t kColumns = 6;

float value_in(Column column, std::uint32_t sample, std::uint32_t feature, bool is_test) {
  const std::uint64_t index = std::uint64_t{sample} << 32 | feature;
  const PhiloxBlock bits = random_block(8, Purpose::kSynthetic, is_test ? 1 : 0, 0, index);
  const auto u = static_cast<float>(1 + bits[0] % 255);
  switch (column) {
    case Column::kUsual:
      return u;
    case Column::kConstant:  // but in the test set
      return is_test ? u - 100 : 7.25F;
    case Column::kOffset:
      return 1e6F + static_cast<float>(bits[0] % 3) - 1;
    case Column::kRare:
      return bits[0] % 16 == 0 || sample % 7 == 3 ? -0.125F * u : 0;
    case Column::kTiny:
      return 1e-30F * (u - 64.5F);
    case Column::kHuge:
      break;
  }
  return bits[0] % 2 == 0 ? 3e38F : -3.3e38F;
}

/// Of bytes alone where `bytes`. Of floats every seventh sample is all zeros, but for what is
/// constant, and every seventh has none.
std::vector<float> odd_values(std::uint32_t samples, std::uint32_t features, bool is_test,
                              bool bytes) {
  std::vector<float> values;
  for (std::uint32_t s = 0; s < samples; ++s) {
    for (std::uint32_t f = 0; f < features; ++f) {
      Column column = static_cast<Column>(f % kColumns);
      if (bytes && column != Column::kConstant) column = Column::kUsual;
      const float value = value_in(column, s, f, is_test);
      const bool is_empty = s % 7 == 2 && column != Column::kConstant;
      values.push_back(bytes ? std::abs(std::floor(value)) : is_empty ? 0 : value);
    }
  }
  return values;
}

/// Mean and deviation over the samples that are trained on, by the textbook.
Standardisation plain_statistics(const Dataset& dataset, const std::vector<float>& values) {
  const std::size_t features = dataset.shape.features();
  const auto count = static_cast<double>(dataset.train_ids.size());
  Standardisation result;
  for (std::size_t f = 0; f < features; ++f) {
    double sum = 0, squares = 0;
    for (const std::size_t id : dataset.train_ids) sum += values[id * features + f];
    const double mean = sum / count;
    for (const std::size_t id : dataset.train_ids) {
      squares += std::pow(values[id * features + f] - mean, 2);
    }
    result.mean.push_back(mean);
    result.deviation.push_back(squares == 0 ? HUGE_VAL : std::sqrt(squares / count));
  }
  return result;
}

/// One class a feature.
Dataset odd_data(std::uint32_t features, FeatureKind kind, bool of_bytes) {
  Dataset dataset;
  dataset.shape = {1, 1, features};
  const std::vector<float> train = odd_values(kSamples, features, false, of_bytes);
  const std::vector<float> test = odd_values(kUnseen, features, true, of_bytes);
  dataset.train = {as_kind(kind, train, kSamples), std::vector<std::uint16_t>(kSamples)};
  dataset.test = {as_kind(kind, test, kUnseen), std::vector<std::uint16_t>(kUnseen)};
  dataset.train.targets.resize(std::size_t{kSamples} * features);
  dataset.test.targets.resize(std::size_t{kUnseen} * features);
  for (std::uint32_t f = 0; f < features; ++f) dataset.class_names.push_back(std::to_string(f));
  for (std::uint32_t id = 0; id < kSamples; ++id) {
    (id % 5 == 1 ? dataset.validation_ids : dataset.train_ids).push_back(id);
  }
  dataset.standardisation = plain_statistics(dataset, train);
  return dataset;
}

NetworkState identity(std::uint32_t features) {
  NetworkState network = tiny_network(1, {features, features, features}, 0, LayerKind::kSparse);
  LayerState& hidden = network.layers[0];
  for (std::uint64_t f = 0; f < features; ++f) hidden.cells.push_back(f * features + f);
  hidden.weights = Parameter(std::vector<double>(features, 1), 1);
  hidden.budget = features;
  Parameter& output = network.layers[1].weights;
  for (std::size_t cell = 0; cell < output.size(); ++cell) {
    output.values[cell] = cell % (features + 1) == 0 ? 1 : 0;
  }
  for (LayerState& layer : network.layers) {
    std::fill(layer.biases.values.begin(), layer.biases.values.end(), 0);
  }
  return network;
}

/// What a float back end may be off: regrow/step/standardise.h says it of floats. Of bytes, whose
/// mean is a few deviations, some roundings of that.
double input_tolerance(const BackendCase& of, FeatureKind kind, double input, double offset) {
  if (of.precision == Precision::kFloat64) return 1e-14 * std::abs(input);
  const double rounding = std::ldexp(1.0, -24);
  if (kind == FeatureKind::kBytes) return 4 * rounding * (std::abs(input) + offset);
  return 3 * rounding * std::abs(input) + 2 * rounding * rounding * offset + 1e-37;
}

std::vector<float> expect_evaluated_inputs(const BackendCase& of, const Dataset& dataset,
                                           Split split) {
  const std::uint32_t features = dataset.shape.features();
  BackendOptions options = telling_options(5, {});
  const auto backend = backend_with(of, options, shared(dataset), identity(features));
  const SplitView samples = view(dataset, split);
  std::vector<float> told(samples.size() * features);
  backend->evaluate(split, told);
  for (std::size_t s = 0; s < samples.size(); ++s) {
    const Row inputs = plain_inputs(dataset, *samples.samples, samples.sample(s));
    for (std::size_t f = 0; f < features; ++f) {
      const float input = told[s * features + f];
      const double mean = dataset.standardisation.mean[f];
      const double deviation = dataset.standardisation.deviation[f];
      const std::string what = of.name() + ", " + name_of_kind(kind_of(dataset)) + ", sample " +
                               std::to_string(s) + ", feature " + std::to_string(f) + " of " +
                               std::to_string(features);
      // Logits are floats of all back ends.
      EXPECT_NEAR(input, static_cast<float>(inputs[f]),
                  input_tolerance(of, kind_of(dataset), inputs[f], std::abs(mean) / deviation))
          << what;
      if (std::isinf(deviation)) {
        EXPECT_EQ(input, 0) << what;
      }
    }
  }
  return told;
}

TEST(LoadBatch, EveryKindOfFeaturesAtAnyWidth) {
  for (const BackendCase& of : backend_cases()) {
    for (const std::uint32_t features : {1U, 3U, 17U, 1000U}) {
      for (const FeatureKind kind : kAllKinds) {
        const Dataset dataset = odd_data(features, kind, kind == FeatureKind::kBytes);
        for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
          // The reference multiplies by all cells of a layer.
          if (features < 1000 || split == Split::kTest) expect_evaluated_inputs(of, dataset, split);
        }
      }
    }
  }
}

TEST(LoadBatch, SparseRowsAsTheFloatsThatTheyAre) {
  for (const BackendCase& of : backend_cases()) {
    for (const std::uint32_t features : {1U, 3U, 17U, 130U}) {
      const Dataset floats = odd_data(features, FeatureKind::kFloats, false);
      const Dataset rows = odd_data(features, FeatureKind::kSparse, false);
      EXPECT_EQ(expect_evaluated_inputs(of, floats, Split::kTest),
                expect_evaluated_inputs(of, rows, Split::kTest))
          << of.name() << ", " << features << " features";
    }
  }
}

TEST(LoadBatch, UnstandardisedFloatsAndRowsAreTheirValues) {
  for (const BackendCase& of : backend_cases()) {
    for (const FeatureKind kind : {FeatureKind::kFloats, FeatureKind::kSparse}) {
      Dataset dataset = odd_data(17, kind, false);
      dataset.standardisation = no_standardisation(dataset);
      const std::vector<float> told = expect_evaluated_inputs(of, dataset, Split::kTest);
      EXPECT_EQ(told, odd_values(kUnseen, 17, true, false)) << of.name();
    }
  }
}

}  // namespace
}  // namespace regrow::tests
