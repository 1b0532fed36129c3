// Every form of activation, forward and backward, by all kernels that have one as their epilogue,
// against the formulas in double; and the gradients of what SReLUs learn.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "cuda/step/step_support.h"
#include "reference/forward.h"
#include "regrow/step/dropout.h"
#include "step/backward.h"
#include "step/forward.h"
#include "step/output.h"

namespace regrow::cuda {
namespace {

using namespace testing;
using step::ActivationForm;

constexpr double kDropped = 0.4;
constexpr std::uint64_t kActivationSeed = 77;
constexpr std::uint32_t kActivationLayer = 1;
constexpr float kNegativeSlope = -0.6F;

/// What the SReLUs of a layer have learned, on both sides. Of every third the right threshold is
/// learned as a negative number; of neuron 4 it is 0, so that both thresholds are one.
struct Learned {
  Learned(std::uint32_t features, Random& random, const Stream& stream) {
    for (std::vector<float>& each : host) each = random.values(features);
    for (std::uint32_t f = 0; f < features; ++f) {
      host[0][f] *= 0.4F;
      host[2][f] = (f % 3 == 0 ? -0.4F : 0.4F) * std::abs(host[2][f]);
      if (f == 4) host[2][f] = 0;
    }
    for (const std::vector<float>& each : host) device.push_back(on_device(each, stream));
  }
  step::SRelu<const float*> view() const {
    return {device[0].data(), device[1].data(), device[2].data(), device[3].data()};
  }
  double t_left(std::size_t f) const { return host[0][f]; }
  double a_left(std::size_t f) const { return host[1][f]; }
  double t_right(std::size_t f) const { return host[0][f] + std::abs(double{host[2][f]}); }
  double a_right(std::size_t f) const { return host[3][f]; }

  std::vector<float> host[4];  // t_left, a_left, t_right, a_right
  std::vector<DeviceArray<float>> device;
};

Activation activation_with(ActivationForm form, const Learned& learned, bool drops) {
  Activation activation;
  activation.form = form;
  activation.slope = kNegativeSlope;
  activation.learned = learned.view();
  activation.seed = kActivationSeed;
  activation.layer = kActivationLayer;
  activation.drops = drops;
  activation.threshold = step::dropout_threshold(kDropped);
  if (drops) activation.scale = step::dropout_scale(kDropped);
  return activation;
}

double plain_value(ActivationForm form, const Learned& learned, std::size_t f, double z) {
  switch (form) {
    case ActivationForm::kSloped:
      return z > 0 ? z : kNegativeSlope * z;
    case ActivationForm::kGelu:
      return z * 0.5 * std::erfc(-z / std::sqrt(2.0));
    case ActivationForm::kSRelu:
      if (z <= learned.t_left(f)) {
        return learned.t_left(f) + learned.a_left(f) * (z - learned.t_left(f));
      }
      return z >= learned.t_right(f)
                 ? learned.t_right(f) + learned.a_right(f) * (z - learned.t_right(f))
                 : z;
  }
  return 0;
}

double plain_derivative(ActivationForm form, const Learned& learned, std::size_t f, double z) {
  switch (form) {
    case ActivationForm::kSloped:
      return z > 0 ? 1 : kNegativeSlope;
    case ActivationForm::kGelu:
      return 0.5 * std::erfc(-z / std::sqrt(2.0)) +
             z * std::exp(-z * z / 2) / std::sqrt(2 * std::acos(-1.0));
    case ActivationForm::kSRelu:
      return z <= learned.t_left(f) ? learned.a_left(f)
                                    : (z >= learned.t_right(f) ? learned.a_right(f) : 1);
  }
  return 0;
}

struct ActivationShape {
  std::uint32_t inputs, outputs, batch;
};
void PrintTo(const ActivationShape& c, std::ostream* out) {
  *out << c.inputs << "x" << c.outputs << "_batch_" << c.batch;
}

class Activations : public ::testing::TestWithParam<ActivationShape> {
 protected:
  template <typename Body>
  static void for_each_form(const Body& body) {
    for (const auto form :
         {ActivationForm::kSloped, ActivationForm::kSRelu, ActivationForm::kGelu}) {
      for (const bool drops : {false, true}) {
        body(float{}, form, drops);
        body(BFloat16{}, form, drops);
      }
    }
  }
  Stream stream_;
};

std::string name_of(ActivationForm form, bool drops) {
  return "form " + std::to_string(static_cast<int>(form)) + (drops ? " with dropout " : " ");
}

/// y, z: [outputs][ld] as a kernel made them, `sum` of the pre-activation z.
template <typename Value, typename Sum>
void expect_activated(const ActivationShape& c, ActivationForm form, bool drops,
                      const Learned& learned, const std::vector<float>& y,
                      const std::vector<float>& z, const Sum& sum) {
  const std::uint32_t ld = padded(c.batch);
  const auto factors = reference::dropout_factors(kDropped, kActivationSeed, kActivationLayer, 7,
                                                  c.outputs, c.batch);
  for (std::uint32_t row = 0; row < c.outputs; ++row) {
    for (std::uint32_t s = 0; s < c.batch; ++s) {
      const std::size_t at = std::size_t{row} * ld + s;
      const Expected plain = sum(row, s);
      const std::string what = name_of(form, drops) + place(row, s);
      expect_close<Value>(z[at], plain, "z of " + what);
      const double factor = drops ? factors[std::size_t{row} * c.batch + s] : 1;
      ASSERT_EQ(drops && factor == 0,
                drops && std::bit_cast<std::uint32_t>(y[at]) == step::kDroppedBits)
          << what;
      // No derivative is beyond 1.2.
      expect_close<Value>(y[at],
                          {plain_value(form, learned, row, plain.value) * factor,
                           (1 + 1.2 * plain.magnitude) * factor},
                          what);
    }
  }
}

template <typename Value>
void check_forward(const ActivationShape& c, ActivationForm form, bool drops,
                   const Stream& stream) {
  Random random(c.inputs + c.batch);
  const TestLayer layer = random_layer(c.inputs, c.outputs, random);
  const Learned learned(c.outputs, random, stream);
  const std::uint32_t ld = padded(c.batch);
  const auto input = random_matrix<Value>(random, c.inputs, c.batch, 1000);
  const Activation activation = activation_with(form, learned, drops);
  const auto state = on_device(std::vector{StepState{7, 0, 0, {}}}, stream);
  const Results results = in_every_order([&] {
    DeviceLayer device(layer, stream);
    DeviceMatrix<Value> x(input, stream), y(c.outputs, ld, stream), z(c.outputs, ld, stream);
    DeviceMatrix<Value> evaluated(c.outputs, ld, stream);
    forward<Value>(device.row_view(), activation, state.data(), ld, x.data(), y.data(), z.data(),
                   stream);
    forward<Value>(device.row_view(), activation, state.data(), ld, x.data(), evaluated.data(),
                   nullptr, stream);
    const std::vector<float> got = y.download();
    EXPECT_EQ(evaluated.download(), got) << "whether z is kept";
    return Results{got, z.download()};
  });
  expect_activated<Value>(
      c, form, drops, learned, results[0], results[1], [&](std::uint32_t row, std::uint32_t s) {
        Expected z;
        z.add(layer.biases[row]);
        for (auto k = layer.row_begin[row]; k < layer.row_begin[row + 1]; ++k) {
          z.add(double{layer.weights[k]} * input[std::size_t{layer.columns[k]} * ld + s]);
        }
        return z;
      });
}

TEST_P(Activations, OfASparseLayer) {
  for_each_form([&]<typename Value>(Value, ActivationForm form, bool drops) {
    check_forward<Value>(GetParam(), form, drops, stream_);
  });
}

template <typename Value>
void check_activate(const ActivationShape& c, ActivationForm form, bool drops,
                    const Stream& stream) {
  Random random(c.outputs + c.batch);
  const Learned learned(c.outputs, random, stream);
  const std::uint32_t ld = padded(c.batch);
  const auto sums = random_matrix<Value>(random, c.outputs, c.batch, 0);
  const auto biases = random.values(c.outputs);
  const Activation activation = activation_with(form, learned, drops);
  const auto state = on_device(std::vector{StepState{7, 0, 0, {}}}, stream);
  const Results results = in_every_order([&] {
    DeviceMatrix<Value> y(sums, stream), z(c.outputs, ld, stream);
    const auto device_biases = on_device(biases, stream);
    activate<Value>(c.outputs, device_biases.data(), activation, state.data(), ld, y.data(),
                    z.data(), stream);
    return Results{y.download(), z.download()};
  });
  expect_activated<Value>(c, form, drops, learned, results[0], results[1],
                          [&](std::uint32_t row, std::uint32_t s) {
                            Expected z;
                            z.add(biases[row]);
                            z.add(sums[std::size_t{row} * ld + s]);
                            return z;
                          });
}

TEST_P(Activations, OfALibrarysSums) {
  for_each_form([&]<typename Value>(Value, ActivationForm form, bool drops) {
    check_activate<Value>(GetParam(), form, drops, stream_);
  });
}

/// Pre-activations with some at 0 and at their neuron's thresholds, and activations of which some
/// have been dropped. What the others are is nobody's business.
template <typename Value>
struct Forwarded {
  Forwarded(const ActivationShape& c, const Learned& learned, Random& random)
      : z(random_matrix<Value>(random, c.inputs, c.batch, 1000)),
        a(random_matrix<Value>(random, c.inputs, c.batch, 1000)) {
    const std::size_t ld = padded(c.batch);
    for (std::size_t i = 0; i < z.size(); ++i) {
      if (random.below(8) == 0) a[i] = -0.0F;
      if (random.below(16) == 0) z[i] = 0;
      if constexpr (std::is_same_v<Value, float>) {
        if (random.below(16) == 0) z[i] = learned.host[0][i / ld];
      }
    }
  }
  std::vector<float> z, a;
};

/// dx: as a kernel made it of `sum`, the gradient of the layer's input as it is activated.
template <typename Value, typename Sum>
void expect_gradient(const ActivationShape& c, ActivationForm form, bool drops,
                     const Learned& learned, const Forwarded<Value>& forwarded,
                     const std::vector<float>& dx, const Sum& sum) {
  const std::uint32_t ld = padded(c.batch);
  const double scale = drops ? double{step::dropout_scale(kDropped)} : 1;
  for (std::uint32_t row = 0; row < c.inputs; ++row) {
    for (std::uint32_t s = 0; s < ld; ++s) {  // the pad, too: its gradient is 0
      const std::size_t at = std::size_t{row} * ld + s;
      // Of SReLUs srelu_backward() brings their own derivative.
      const double derivative = form == ActivationForm::kSRelu
                                    ? 1
                                    : plain_derivative(form, learned, row, forwarded.z[at]);
      const bool dropped =
          drops && std::bit_cast<std::uint32_t>(forwarded.a[at]) == step::kDroppedBits;
      const Expected plain = sum(row, s);
      expect_close<Value>(
          dx[at], {dropped ? 0 : plain.value * scale * derivative, plain.magnitude * scale * 1.2},
          name_of(form, drops) + place(row, s));
    }
  }
}

template <typename Value>
void check_backward_input(const ActivationShape& c, ActivationForm form, bool drops,
                          const Stream& stream) {
  Random random(c.inputs + c.outputs + c.batch);
  const TestLayer layer = random_layer(c.inputs, c.outputs, random);
  const Learned learned(c.inputs, random, stream);
  const Forwarded<Value> forwarded(c, learned, random);
  const std::uint32_t ld = padded(c.batch);
  const auto gradient = random_matrix<Value>(random, c.outputs, c.batch, 0);
  const Activation of_input = activation_with(form, learned, drops);
  const Results results = in_every_order([&] {
    DeviceLayer device(layer, stream);
    DeviceMatrix<Value> dz(gradient, stream), z(forwarded.z, stream), a(forwarded.a, stream);
    DeviceMatrix<Value> dx(c.inputs, ld, stream);
    backward_input<Value>(device.column_view(), of_input, ld, dz.data(), a.data(), z.data(),
                          dx.data(), stream);
    return Results{dx.download()};
  });
  std::vector<Expected> sums(std::size_t{c.inputs} * ld);
  for (std::uint32_t row = 0; row < c.outputs; ++row) {
    for (std::uint32_t k = layer.row_begin[row]; k < layer.row_begin[row + 1]; ++k) {
      for (std::uint32_t s = 0; s < ld; ++s) {
        sums[std::size_t{layer.columns[k]} * ld + s].add(double{layer.weights[k]} *
                                                         gradient[std::size_t{row} * ld + s]);
      }
    }
  }
  expect_gradient<Value>(
      c, form, drops, learned, forwarded, results[0],
      [&](std::uint32_t row, std::uint32_t s) { return sums[std::size_t{row} * ld + s]; });
}

TEST_P(Activations, DerivativesOfASparseLayersInput) {
  for_each_form([&]<typename Value>(Value, ActivationForm form, bool drops) {
    check_backward_input<Value>(GetParam(), form, drops, stream_);
  });
}

template <typename Value>
void check_backward_output(const ActivationShape& c, ActivationForm form, bool drops,
                           const Stream& stream) {
  Random random(c.inputs + c.outputs + c.batch);
  const TestOutput layer = random_output(c.inputs, c.outputs, random);
  const Learned learned(c.inputs, random, stream);
  const Forwarded<Value> forwarded(c, learned, random);
  const std::uint32_t ld = padded(c.batch);
  const auto gradient = random_matrix<Value>(random, c.outputs, c.batch, 0);
  const Activation of_input = activation_with(form, learned, drops);
  const Results results = in_every_order([&] {
    DeviceOutput device(layer, stream);
    DeviceMatrix<Value> dz(gradient, stream), z(forwarded.z, stream), a(forwarded.a, stream);
    DeviceMatrix<Value> dx(c.inputs, ld, stream);
    backward_output<Value>(device.view(), of_input, ld, dz.data(), a.data(), z.data(), dx.data(),
                           stream);
    return Results{dx.download()};
  });
  expect_gradient<Value>(
      c, form, drops, learned, forwarded, results[0], [&](std::uint32_t row, std::uint32_t s) {
        Expected sum;
        for (std::size_t k = 0; k < c.outputs; ++k) {
          sum.add(double{layer.weights[k * c.inputs + row]} * gradient[k * ld + s]);
        }
        return sum;
      });
}

TEST_P(Activations, DerivativesOfTheOutputLayersInput) {
  for_each_form([&]<typename Value>(Value, ActivationForm form, bool drops) {
    check_backward_output<Value>(GetParam(), form, drops, stream_);
  });
}

template <typename Value>
void check_derivative(const ActivationShape& c, ActivationForm form, bool drops,
                      const Stream& stream) {
  Random random(c.inputs + c.batch);
  const Learned learned(c.inputs, random, stream);
  const Forwarded<Value> forwarded(c, learned, random);
  const std::uint32_t ld = padded(c.batch);
  const auto gradient = random_matrix<Value>(random, c.inputs, c.batch, 0);
  const Activation activation = activation_with(form, learned, drops);
  const Results results = in_every_order([&] {
    DeviceMatrix<Value> da(gradient, stream), z(forwarded.z, stream), a(forwarded.a, stream);
    multiply_by_derivative<Value>(c.inputs, activation, ld, a.data(), z.data(), da.data(), stream);
    return Results{da.download()};
  });
  expect_gradient<Value>(c, form, drops, learned, forwarded, results[0],
                         [&](std::uint32_t row, std::uint32_t s) {
                           Expected sum;
                           sum.add(gradient[std::size_t{row} * ld + s]);
                           return sum;
                         });
}

TEST_P(Activations, DerivativesAlone) {
  for_each_form([&]<typename Value>(Value, ActivationForm form, bool drops) {
    check_derivative<Value>(GetParam(), form, drops, stream_);
  });
}

template <typename Value>
void check_srelu_backward(const ActivationShape& c, const Stream& stream) {
  Random random(c.inputs + c.batch);
  const Learned learned(c.inputs, random, stream);
  const Forwarded<Value> forwarded(c, learned, random);
  const std::uint32_t ld = padded(c.batch);
  const auto gradient = random_matrix<Value>(random, c.inputs, c.batch, 0);
  const Activation activation = activation_with(ActivationForm::kSRelu, learned, true);
  const Results results = in_every_order([&] {
    DeviceMatrix<Value> g(gradient, stream), z(forwarded.z, stream);
    std::vector<DeviceArray<float>> sums;
    for (int i = 0; i < 4; ++i) sums.emplace_back(c.inputs, "gradients", stream);
    srelu_backward<Value>(c.inputs, activation, ld, z.data(), g.data(),
                          {sums[0].data(), sums[1].data(), sums[2].data(), sums[3].data()}, stream);
    return Results{g.download(), sums[0].download(), sums[1].download(), sums[2].download(),
                   sums[3].download()};
  });
  for (std::uint32_t f = 0; f < c.inputs; ++f) {
    Expected of_t_left, of_a_left, of_t_right, of_a_right;
    for (std::uint32_t s = 0; s < ld; ++s) {
      const std::size_t at = std::size_t{f} * ld + s;
      const double z = forwarded.z[at], g = gradient[at];
      const double t_right = learned.host[2][f];
      const double sign = t_right > 0 ? 1 : (t_right < 0 ? -1 : 0);
      if (z <= learned.t_left(f)) {
        of_t_left.add(g * (1 - learned.a_left(f)));
        of_a_left.add(g * (z - learned.t_left(f)));
      } else if (z >= learned.t_right(f)) {
        of_t_left.add(g * (1 - learned.a_right(f)));
        of_t_right.add(sign * g * (1 - learned.a_right(f)));
        of_a_right.add(g * (z - learned.t_right(f)));
      }
      const double expected = g * plain_derivative(ActivationForm::kSRelu, learned, f, z);
      expect_close<Value>(results[0][at], {expected, std::abs(expected)}, place(f, s));
    }
    const Expected* const expected[] = {&of_t_left, &of_a_left, &of_t_right, &of_a_right};
    for (std::size_t i = 0; i < 4; ++i) {
      // z − t is rounded: an error of half a unit of t for each term.
      expect_close<float>(results[1 + i][f], {expected[i]->value, expected[i]->magnitude + 0.1},
                          "parameter " + place(i, f));
    }
  }
}

TEST_P(Activations, WhatSRelusLearn) {
  check_srelu_backward<float>(GetParam(), stream_);
  check_srelu_backward<BFloat16>(GetParam(), stream_);
}

INSTANTIATE_TEST_SUITE_P(Small, Activations,
                         ::testing::Values(ActivationShape{1, 1, 1}, ActivationShape{5, 7, 7}));
INSTANTIATE_TEST_SUITE_P(All, Activations,
                         ::testing::Values(ActivationShape{40, 30, 100},
                                           ActivationShape{33, 17, 130},
                                           ActivationShape{9, 11, 300},
                                           // Several warps a row.
                                           ActivationShape{520, 6, 5}));

// Far from 0 as well, where the difference from 0 or from z is small.
TEST(SmallActivations, GeluIsExactFarOut) {
  const Stream stream;
  Random random(1);
  const Learned learned(1, random, stream);
  const Activation gelu = activation_with(ActivationForm::kGelu, learned, false);
  std::vector<float> values;
  for (int i = 0; i < 128; ++i) values.push_back(static_cast<float>(i - 64) / 8);
  const auto bias = on_device(std::vector<float>{0}, stream);
  DeviceMatrix<float> y(values, stream), g(std::vector<float>(128, 1), stream);
  DeviceMatrix<float> z(values, stream);
  activate<float>(1, bias.data(), gelu, nullptr, 128, y.data(), nullptr, stream);
  multiply_by_derivative<float>(1, gelu, 128, z.data(), z.data(), g.data(), stream);
  const auto got = y.download(), derivatives = g.download();
  for (std::size_t i = 0; i < values.size(); ++i) {
    // Φ is off by less than 1e-7, and rounded.
    const double z_plain = values[i];
    EXPECT_NEAR(got[i], plain_value(ActivationForm::kGelu, learned, 0, z_plain),
                2.5e-7 * (1 + std::abs(z_plain)));
    EXPECT_NEAR(derivatives[i], plain_derivative(ActivationForm::kGelu, learned, 0, z_plain),
                2.5e-7 * (1 + std::abs(z_plain)));
  }
}

}  // namespace
}  // namespace regrow::cuda
