// The output layer's product, the losses and their gradients, and the sums of a batch.
#include "step/output.h"

#include <algorithm>
#include <cmath>

#include "cuda/step/step_support.h"
#include "reference/output.h"
#include "support/edge_values.h"

namespace regrow::cuda {
namespace {

using namespace testing;

struct OutputShape {
  std::uint32_t inputs, classes, batch;
};
void PrintTo(const OutputShape& shape, std::ostream* out) {
  *out << shape.inputs << "x" << shape.classes << "_batch_" << shape.batch;
}

class Output : public ::testing::TestWithParam<OutputShape> {
 protected:
  Stream stream_;
};

std::vector<float> as_floats(const std::vector<std::uint32_t>& values) {
  return {values.begin(), values.end()};
}

/// What output_loss() writes, of partial sums made elsewhere.
struct Judged {
  std::vector<float> losses, hits, logits, gradient;
  float learning_rate = 0;
};

template <typename Value>
Judged judge(OutputView view, std::uint32_t slices, const float* partial,
             const std::vector<std::uint16_t>& labels, const Stream& stream,
             const Loss& loss = {}) {
  const auto count = static_cast<std::uint32_t>(labels.size());
  const std::uint32_t ld = padded(count);
  std::vector<std::uint16_t> padded_labels = labels;
  padded_labels.resize(ld);
  const auto device_labels = on_device(padded_labels, stream);
  DeviceArray<float> losses(ld, "losses", stream);
  DeviceArray<std::uint32_t> hits(ld, "hits", stream);
  DeviceArray<float> logits(std::size_t{count} * view.classes, "logits", stream);
  DeviceMatrix<Value> gradient(view.classes, ld, stream);
  auto state = on_device(std::vector{StepState{0, 0, 1, {}}}, stream);
  const auto rates = on_device(std::vector<step::StepRates>{{1.0F}, {0.25F, 2, 3}, {4.0F}}, stream);
  output_loss<Value>(view, loss, slices, partial, device_labels.data(), count, ld,
                     {losses.data(), hits.data(), logits.data(), gradient.data()}, state.data(),
                     rates.data(), stream);
  return {losses.download(count), as_floats(hits.download(count)), logits.download(),
          gradient.download(), state.download()[0].rates.learning_rate};
}

template <typename Value>
void check_output(const OutputShape& shape, const Stream& stream) {
  Random random(shape.inputs + shape.classes + shape.batch);
  const TestOutput layer = random_output(shape.inputs, shape.classes, random);
  const std::uint32_t ld = padded(shape.batch);
  const auto input = random_matrix<Value>(random, shape.inputs, shape.batch, 1000);
  std::vector<std::uint16_t> labels(shape.batch);
  for (auto& label : labels) label = static_cast<std::uint16_t>(random.below(shape.classes));
  const std::uint32_t slices = output_slices(shape.inputs);

  const Results results = in_every_order([&] {
    DeviceOutput device(layer, stream);
    DeviceMatrix<Value> x(input, stream);
    DeviceArray<float> partial(std::size_t{slices} * shape.classes * ld, "partial sums", stream);
    multiply_output<Value>(device.view(), ld, x.data(), partial.data(), stream);
    const Judged judged = judge<Value>(device.view(), slices, partial.data(), labels, stream);
    return Results{
        judged.losses, judged.hits, judged.logits, judged.gradient, {judged.learning_rate}};
  });
  EXPECT_EQ(results[4][0], 0.25F);

  const std::size_t batch = shape.batch;
  std::vector<double> z(shape.classes * batch);
  for (std::size_t c = 0; c < shape.classes; ++c) {
    for (std::size_t s = 0; s < batch; ++s) {
      Expected logit;
      logit.add(layer.biases[c]);
      for (std::size_t i = 0; i < shape.inputs; ++i) {
        logit.add(double{layer.weights[c * shape.inputs + i]} * input[i * ld + s]);
      }
      expect_close<float>(results[2][s * shape.classes + c], logit, "logit " + place(c, s));
      z[c * batch + s] = results[2][s * shape.classes + c];  // judge the rest by these bits
    }
  }
  std::vector<double> gradient(z.size());
  reference::cross_entropy_gradient(z, labels, gradient);
  for (std::size_t s = 0; s < batch; ++s) {
    std::vector<double> sample;
    for (std::size_t c = 0; c < shape.classes; ++c) sample.push_back(z[c * batch + s]);
    const auto [least, most] = std::minmax_element(sample.begin(), sample.end());
    const LossSums sums = reference::cross_entropy(sample, std::span(labels).subspan(s, 1));
    expect_close<float>(results[0][s], {sums.loss, 1 + *most - *least},
                        "loss of sample " + std::to_string(s));
    EXPECT_EQ(results[1][s], static_cast<float>(sums.hits)) << s;
    for (std::size_t c = 0; c < shape.classes; ++c) {
      const double expected = gradient[c * batch + s];
      expect_close<Value>(results[3][c * ld + s],
                          {expected, (std::abs(expected) + 1.0 / shape.classes) / double(batch) *
                                         (1 + *most - *least)},
                          "gradient " + place(c, s));
    }
  }
  for (std::size_t c = 0; c < shape.classes; ++c) {
    for (std::size_t s = batch; s < ld; ++s) {
      EXPECT_EQ(std::bit_cast<std::uint32_t>(results[3][c * ld + s]), 0U) << "pad " << place(c, s);
    }
  }
}

TEST_P(Output, MatchesTheReference) {
  check_output<float>(GetParam(), stream_);
  check_output<BFloat16>(GetParam(), stream_);
}

INSTANTIATE_TEST_SUITE_P(Small, Output,
                         ::testing::Values(OutputShape{1, 2, 1}, OutputShape{5, 3, 7},
                                           OutputShape{40, 11, 10}));
INSTANTIATE_TEST_SUITE_P(All, Output,
                         ::testing::Values(OutputShape{70, 10, 1}, OutputShape{70, 10, 100},
                                           OutputShape{33, 3, 128}, OutputShape{32, 10, 130},
                                           OutputShape{31, 2, 300}, OutputShape{65, 100, 20},
                                           OutputShape{20, 1000, 9},
                                           // Two turns of a slice; one sample a block.
                                           OutputShape{8200, 4, 3}, OutputShape{3, 2049, 3}));

TEST(SmallOutputSlices, CoverTheInputs) {
  EXPECT_EQ(output_slices(1), 1U);
  EXPECT_EQ(output_slices(32), 1U);
  EXPECT_EQ(output_slices(33), 2U);
  EXPECT_EQ(output_slices(4000), 125U);
  EXPECT_LE(output_slices(1U << 20), 256U);
}

struct LossCase {
  const char* name;
  LossKind kind = LossKind::kCrossEntropy;
  double label_smoothing = 0;
  bool weighted = false;
  bool has_targets = false;
};
constexpr LossCase kLosses[] = {
    {"smoothed", LossKind::kCrossEntropy, 0.2},
    {"weighted", LossKind::kCrossEntropy, 0, true},
    {"smoothed and weighted", LossKind::kCrossEntropy, 0.1, true},
    {"squares of labels", LossKind::kMse},
    {"squares of targets", LossKind::kMse, 0, false, true},
};

/// Of logits given as one slice, without weights.
template <typename Value>
void check_loss(const LossCase& of, const OutputShape& shape, const Stream& stream) {
  Random random(shape.classes + shape.batch);
  const std::size_t batch = shape.batch, classes = shape.classes;
  const std::size_t ld = padded(shape.batch);
  TestOutput layer;
  layer.classes = shape.classes;
  layer.inputs = 1;
  layer.biases = random.values(classes);
  std::vector<float> partial(classes * ld, 1000), weights = random.values(classes);
  std::vector<float> targets(ld * classes);
  for (float& weight : weights) weight = 1 + weight / 2;
  std::vector<std::uint16_t> labels(batch);
  for (std::size_t s = 0; s < batch; ++s) {
    labels[s] = static_cast<std::uint16_t>(random.below(shape.classes));
    for (std::size_t c = 0; c < classes; ++c) {
      partial[c * ld + s] = 3 * random.value();
      targets[s * classes + c] = 2 * random.value();
    }
  }
  const Results results = in_every_order([&] {
    DeviceOutput device(layer, stream);
    const auto device_partial = on_device(partial, stream);
    const auto device_weights = on_device(weights, stream);
    const auto device_targets = on_device(targets, stream);
    Loss loss;
    loss.kind = of.kind;
    loss.label_smoothing = static_cast<float>(of.label_smoothing);
    if (of.weighted) loss.class_weights = device_weights.data();
    if (of.has_targets) loss.targets = device_targets.data();
    const Judged judged =
        judge<Value>(device.view(), 1, device_partial.data(), labels, stream, loss);
    return Results{judged.losses, judged.hits, judged.logits, judged.gradient};
  });
  for (std::size_t s = 0; s < batch; ++s) {
    const float* const z = &results[2][s * classes];
    double sum = 0, loss = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += std::exp(double{z[c]});
    const double weight = of.weighted ? double{weights[labels[s]]} : 1;
    for (std::size_t c = 0; c < classes; ++c) {
      const double one_hot = c == labels[s] ? 1 : 0;
      double gradient = 0;
      if (of.kind == LossKind::kMse) {
        const double off = z[c] - (of.has_targets ? double{targets[s * classes + c]} : one_hot);
        loss += off * off / static_cast<double>(classes);
        gradient = 2 * off / static_cast<double>(classes);
      } else {
        const double target =
            (1 - of.label_smoothing) * one_hot + of.label_smoothing / static_cast<double>(classes);
        loss += weight * target * (std::log(sum) - z[c]);
        gradient = weight * (std::exp(double{z[c]}) / sum - target);
      }
      // Of numbers of some units: a target and what is off it.
      expect_close<Value>(results[3][c * ld + s],
                          {gradient / static_cast<double>(batch), 8.0 / static_cast<double>(batch)},
                          of.name + (" gradient " + place(c, s)));
    }
    expect_close<float>(results[0][s], {loss, 10 + loss}, of.name + std::to_string(s));
    const auto best = static_cast<std::size_t>(std::max_element(z, z + classes) - z);
    EXPECT_EQ(results[1][s], !of.has_targets && best == labels[s] ? 1 : 0) << of.name << s;
  }
  for (std::size_t c = 0; c < classes; ++c) {
    for (std::size_t s = batch; s < ld; ++s) {
      EXPECT_EQ(std::bit_cast<std::uint32_t>(results[3][c * ld + s]), 0U) << "pad " << place(c, s);
    }
  }
}

TEST(SmallLoss, IsTheFormulaAndItsGradient) {
  const Stream stream;
  for (const LossCase& of : kLosses) {
    for (const OutputShape& shape : {OutputShape{1, 2, 1}, {1, 11, 10}, {1, 70, 21}}) {
      check_loss<float>(of, shape, stream);
      check_loss<BFloat16>(of, shape, stream);
    }
  }
}

// One sample a block.
TEST(Loss, OfManyClasses) {
  const Stream stream;
  for (const LossCase& of : kLosses) check_loss<float>(of, {1, 2049, 3}, stream);
}

// Logits given as one slice: equal ones, huge ones, far apart ones, and one that is not a number.
class SmallSoftmax : public ::testing::Test {
 protected:
  Judged run(const std::vector<std::vector<float>>& logits_of_samples,
             const std::vector<std::uint16_t>& labels) {
    const std::size_t classes = logits_of_samples[0].size();
    const std::size_t ld = padded(static_cast<std::uint32_t>(labels.size()));
    std::vector<float> partial(classes * ld);
    for (std::size_t s = 0; s < labels.size(); ++s) {
      for (std::size_t c = 0; c < classes; ++c) partial[c * ld + s] = logits_of_samples[s][c];
    }
    TestOutput layer;
    layer.classes = static_cast<std::uint32_t>(classes);
    layer.inputs = 1;
    layer.biases.assign(classes, 0);
    DeviceOutput device(layer, stream_);
    const auto device_partial = on_device(partial, stream_);
    return judge<float>(device.view(), 1, device_partial.data(), labels, stream_);
  }
  Stream stream_;
};

TEST_F(SmallSoftmax, LowestOfEqualLogitsCounts) {
  std::vector<float> tie(70, 0);
  tie[3] = tie[40] = tie[66] = 5;
  const Judged judged = run({tie, tie, tie, {std::vector<float>(70, 1)}}, {3, 40, 66, 0});
  EXPECT_EQ(judged.hits, (std::vector<float>{1, 0, 0, 1}));
}

TEST_F(SmallSoftmax, StaysFiniteAndExact) {
  std::vector<std::vector<float>> logits;
  std::vector<std::uint16_t> labels;
  const auto samples = tests::extreme_logits();
  for (const tests::LogitCase& sample : samples) {
    logits.push_back(sample.logits);
    labels.push_back(sample.label);
  }
  const Judged judged = run(logits, labels);
  for (std::size_t s = 0; s < samples.size(); ++s) {
    EXPECT_NEAR(judged.losses[s], samples[s].loss, loss_tolerance(samples[s])) << s;
  }
  for (const float gradient : judged.gradient) EXPECT_TRUE(std::isfinite(gradient));
}

TEST_F(SmallSoftmax, NotANumberShows) {
  EXPECT_TRUE(std::isnan(run({{0, std::nanf(""), 1}}, {0}).losses[0]));
}

TEST_F(SmallSoftmax, TooManyClasses) {
  TestOutput layer;
  layer.classes = kMostClasses + 1;
  DeviceOutput device(layer, stream_);
  EXPECT_ANY_THROW(output_loss<float>(device.view(), {}, 1, nullptr, nullptr, 1, 8, {}, nullptr,
                                      nullptr, stream_));
}

// Evaluation: no state, no gradient, no logits.
TEST_F(SmallSoftmax, WithoutStateOrGradient) {
  TestOutput layer;
  layer.classes = 2;
  layer.biases = {1, 0};
  DeviceOutput device(layer, stream_);
  const auto partial = on_device(std::vector<float>(2 * 8, 0), stream_);
  const auto labels = on_device(std::vector<std::uint16_t>(8, 0), stream_);
  DeviceArray<float> losses(8, "losses", stream_);
  DeviceArray<std::uint32_t> hits(8, "hits", stream_);
  output_loss<BFloat16>(device.view(), {}, 1, partial.data(), labels.data(), 5, 8,
                        {losses.data(), hits.data(), nullptr, nullptr}, nullptr, nullptr, stream_);
  EXPECT_FLOAT_EQ(losses.download()[4], std::log1p(std::exp(-1.0F)));
  EXPECT_EQ(hits.download(5), std::vector<std::uint32_t>(5, 1));
}

TEST(SmallAddSums, AddsInDouble) {
  const Stream stream;
  for (const std::uint32_t count : {0U, 1U, 31U, 33U, 300U}) {
    Random random(count);
    std::vector<float> losses = random.values(count);
    std::vector<std::uint32_t> hits(count);
    double loss = 1000;
    std::uint64_t hit_count = (1ULL << 33) + 1;
    for (std::uint32_t s = 0; s < count; ++s) {
      hits[s] = random.below(2);
      loss += losses[s];
      hit_count += hits[s];
    }
    losses.push_back(1e9F);  // not to be counted
    hits.push_back(1);
    const Results results = in_every_order([&] {
      const auto device_losses = on_device(losses, stream);
      const auto device_hits = on_device(hits, stream);
      auto sums = on_device(std::vector{StepSums{1000, (1ULL << 33) + 1}}, stream);
      add_sums(count, device_losses.data(), device_hits.data(), sums.data(), stream);
      const StepSums got = sums.download()[0];
      EXPECT_NEAR(got.loss, loss, 1e-11);
      EXPECT_EQ(got.hits, hit_count);
      return Results{};
    });
  }
}

}  // namespace
}  // namespace regrow::cuda
