// The backward pass of sparse layers and of the output layer, against plain loops in double.
#include "step/backward.h"

#include "cuda/step/step_support.h"
#include "step/output.h"

namespace regrow::cuda {
namespace {

using namespace testing;

struct BackwardShape {
  std::uint32_t inputs, outputs, batch;
  bool empty = false;
};
void PrintTo(const BackwardShape& shape, std::ostream* out) {
  *out << shape.inputs << "x" << shape.outputs << "_batch_" << shape.batch;
}

Activation backward_activation(bool drops) {
  Activation activation;
  activation.slope = 0.3F;
  activation.drops = drops;
  activation.scale = drops ? 1.25F : 1;
  return activation;
}

// Activations with all that the derivative tells apart: +0, −0, positive, negative.
template <typename Value>
std::vector<float> random_activations(Random& random, std::uint32_t rows, std::uint32_t batch) {
  auto values = random_matrix<Value>(random, rows, batch, 1000);
  for (float& value : values) {
    const std::uint32_t kind = random.below(8);
    if (kind < 2) value = kind == 0 ? 0.0F : -0.0F;
  }
  return values;
}

double derivative(const Activation& activation, float activated) {
  if (activation.drops && activated == 0 && std::signbit(activated)) return 0;
  return double{activation.scale} * (activated > 0 ? 1.0 : double{activation.slope});
}

class Backward : public ::testing::TestWithParam<BackwardShape> {
 protected:
  Stream stream_;
};

template <typename Value>
void check_backward_input(const BackwardShape& shape, bool drops, const Stream& stream) {
  Random random(shape.inputs + shape.outputs + shape.batch);
  const TestLayer layer = random_layer(shape.inputs, shape.outputs, random, shape.empty);
  const std::uint32_t ld = padded(shape.batch);
  const auto gradient = random_matrix<Value>(random, shape.outputs, shape.batch, 0);
  const auto input = random_activations<Value>(random, shape.inputs, shape.batch);
  const Activation activation = backward_activation(drops);
  const Results results = in_every_order([&] {
    DeviceLayer device(layer, stream);
    DeviceMatrix<Value> dz(gradient, stream), x(input, stream), dx(shape.inputs, ld, stream);
    backward_input<Value>(device.column_view(), activation, ld, dz.data(), x.data(), nullptr,
                          dx.data(), stream);
    return Results{dx.download()};
  });
  std::vector<Expected> expected(std::size_t{shape.inputs} * ld);
  for (std::uint32_t row = 0; row < shape.outputs; ++row) {
    for (std::uint32_t k = layer.row_begin[row]; k < layer.row_begin[row + 1]; ++k) {
      for (std::uint32_t s = 0; s < ld; ++s) {
        expected[std::size_t{layer.columns[k]} * ld + s].add(double{layer.weights[k]} *
                                                             gradient[std::size_t{row} * ld + s]);
      }
    }
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {  // the pad too: its gradient is 0
    expect_close<Value>(results[0][i], expected[i].times(derivative(activation, input[i])),
                        place(i / ld, i % ld));
  }
}

TEST_P(Backward, OfSparseLayer) {
  for (const bool drops : {false, true}) {
    check_backward_input<float>(GetParam(), drops, stream_);
    check_backward_input<BFloat16>(GetParam(), drops, stream_);
  }
}

template <typename Value>
void check_multiply_by_derivative(const BackwardShape& shape, bool drops, const Stream& stream) {
  Random random(shape.inputs + shape.batch);
  const std::uint32_t ld = padded(shape.batch);
  const auto gradient = random_matrix<Value>(random, shape.inputs, shape.batch, 0);
  const auto activated = random_activations<Value>(random, shape.inputs, shape.batch);
  const Activation activation = backward_activation(drops);
  const Results results = in_every_order([&] {
    DeviceMatrix<Value> da(gradient, stream), a(activated, stream);
    multiply_by_derivative<Value>(shape.inputs, activation, ld, a.data(), nullptr, da.data(),
                                  stream);
    return Results{da.download()};
  });
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const double expected = gradient[i] * derivative(activation, activated[i]);
    expect_close<Value>(results[0][i], {expected, std::abs(expected)}, place(i / ld, i % ld));
  }
}

TEST_P(Backward, DerivativeAlone) {
  for (const bool drops : {false, true}) {
    check_multiply_by_derivative<float>(GetParam(), drops, stream_);
    check_multiply_by_derivative<BFloat16>(GetParam(), drops, stream_);
  }
}

// shape.outputs is the number of classes.
template <typename Value>
void check_backward_output(const BackwardShape& shape, const Stream& stream) {
  Random random(shape.inputs + shape.outputs + shape.batch);
  const TestOutput layer = random_output(shape.inputs, shape.outputs, random);
  const std::uint32_t ld = padded(shape.batch);
  const auto gradient = random_matrix<Value>(random, shape.outputs, shape.batch, 0);
  const auto input = random_activations<Value>(random, shape.inputs, shape.batch);
  const Activation activation = backward_activation(true);
  const Results results = in_every_order([&] {
    DeviceOutput device(layer, stream);
    DeviceMatrix<Value> dz(gradient, stream), x(input, stream), dx(shape.inputs, ld, stream);
    backward_output<Value>(device.view(), activation, ld, dz.data(), x.data(), nullptr, dx.data(),
                           stream);
    return Results{dx.download()};
  });
  for (std::size_t i = 0; i < shape.inputs; ++i) {
    for (std::size_t s = 0; s < ld; ++s) {
      Expected expected;
      for (std::size_t c = 0; c < shape.outputs; ++c) {
        expected.add(double{layer.weights[c * shape.inputs + i]} * gradient[c * ld + s]);
      }
      expect_close<Value>(results[0][i * ld + s],
                          expected.times(derivative(activation, input[i * ld + s])), place(i, s));
    }
  }
}

TEST_P(Backward, OfOutputLayer) {
  check_backward_output<float>(GetParam(), stream_);
  check_backward_output<BFloat16>(GetParam(), stream_);
}

INSTANTIATE_TEST_SUITE_P(Small, Backward,
                         ::testing::Values(BackwardShape{1, 1, 1}, BackwardShape{5, 3, 7},
                                           BackwardShape{6, 40, 10}));
INSTANTIATE_TEST_SUITE_P(All, Backward,
                         ::testing::Values(BackwardShape{30, 10, 1}, BackwardShape{30, 100, 7},
                                           BackwardShape{40, 60, 100}, BackwardShape{30, 2, 128},
                                           BackwardShape{25, 33, 130}, BackwardShape{12, 31, 300},
                                           BackwardShape{150, 20, 100, true},
                                           BackwardShape{9, 1000, 3}, BackwardShape{2100, 10, 5},
                                           BackwardShape{520, 35, 5}));

}  // namespace
}  // namespace regrow::cuda
