// The sparse layer's kernels against plain float64 loops on awkward shapes, with poisoned buffers.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "cpu/simd_sets.h"
#include "cpu/sparse_layer.h"
#include "regrow/philox.h"

namespace regrow::cpu {
namespace {

constexpr float kPoison = 1e30F;  // finite, so that a wrong read shows instead of vanishing as NaN

struct Shape {
  const char* name;
  std::uint32_t inputs;
  std::uint32_t outputs;
  std::uint32_t batch;
  double density;
};

const Shape kShapes[] = {
    {"ordinary", 37, 29, 100, 0.3},
    {"one_sample", 20, 20, 1, 0.4},
    {"batch_7", 33, 17, 7, 0.5},
    {"batch_128", 31, 40, 128, 0.3},
    {"batch_130", 15, 20, 130, 0.5},
    {"batch_300", 12, 9, 300, 0.5},
    {"one_cell", 1, 1, 1, 1.0},
    // Rows and columns of whole vectors, of every instruction set's width.
    {"of_16", 16, 16, 16, 1.0},
    {"of_64", 64, 64, 32, 1.0},
    {"one_input", 1, 50, 100, 0.6},
    {"one_output", 50, 1, 100, 0.6},
    {"no_connections", 13, 11, 16, 0.0},
    {"full", 19, 23, 100, 1.0},
    {"tiled", 6000, 20, 100, 0.01},
    {"tiled_backward", 20, 6000, 100, 0.01},
    // Indices of 16 bits, and one more than they reach.
    {"inputs_65536", 65536, 7, 3, 0.001},
    {"inputs_65537", 65537, 7, 3, 0.001},
    {"outputs_65536", 7, 65536, 3, 0.001},
    {"outputs_65537", 7, 65537, 3, 0.001},
};

float uniform(std::uint32_t stream, std::uint64_t index) {
  return 2 * uniform_from_bits(random_block(7, Purpose::kSynthetic, stream, 0, index)[0]) - 1;
}

LayerState make_state(const Shape& shape) {
  LayerState state;
  state.inputs = shape.inputs;
  state.outputs = shape.outputs;
  state.kind = LayerKind::kSparse;
  std::vector<double> momentum;
  for (std::uint64_t cell = 0; cell < state.cell_count(); ++cell) {
    const std::uint64_t row = cell / shape.inputs;
    // Row 3 stays empty, row 5 is full and the last cell active, whatever the density.
    const bool is_special = row == 5 || cell + 1 == state.cell_count();
    const bool active = row != 3 && ((is_special && shape.density > 0) ||
                                     (uniform(1, cell) + 1) / 2 < shape.density);
    if (!active) continue;
    state.cells.push_back(cell);
    state.weights.values.push_back(uniform(2, cell));
    momentum.push_back(uniform(3, cell) * 0.1F);
  }
  state.weights.slots = {momentum};
  momentum.clear();
  for (std::uint32_t row = 0; row < shape.outputs; ++row) {
    state.biases.values.push_back(uniform(4, row));
    momentum.push_back(uniform(5, row) * 0.1F);
  }
  state.biases.slots = {momentum};
  state.budget = state.cells.size();
  return state;
}

std::vector<float> matrix(std::uint32_t rows, std::uint32_t ld, std::uint32_t batch,
                          std::uint32_t stream, float padding) {
  std::vector<float> values(std::size_t{rows} * ld, padding);
  for (std::uint32_t row = 0; row < rows; ++row) {
    for (std::uint32_t b = 0; b < batch; ++b) {
      values[std::size_t{row} * ld + b] = uniform(stream, std::uint64_t{row} << 32 | b);
    }
  }
  return values;
}

AlignedArray<float> aligned(const std::vector<float>& values) {
  AlignedArray<float> array(values.size());
  std::copy(values.begin(), values.end(), array.data());
  return array;
}

// A float sum of n terms is off by at most about n·2⁻²⁴·Σ|terms|; vector sums are far shorter, so
// 8 roundings bound what was seen on every shape here with room to spare.
double bound(double absolute_sum) { return 8 * 0x1p-24 * absolute_sum + 1e-7; }

class SparseLayerParity : public testing::TestWithParam<std::tuple<std::string, Shape, unsigned>> {
 protected:
  const std::string& simd() const { return std::get<0>(GetParam()); }
  const Shape& shape() const { return std::get<1>(GetParam()); }
  unsigned threads() const { return std::get<2>(GetParam()); }
  std::uint32_t ld() const { return (shape().batch + 15) / 16 * 16; }
};

TEST_P(SparseLayerParity, ForwardIsBiasPlusWeightedSumActivated) {
  const LayerState state = make_state(shape());
  SparseLayer layer(state, select_kernels(simd()), threads(), UpdateMode::kFused);
  const AlignedArray<float> x = aligned(matrix(shape().inputs, ld(), shape().batch, 10, 0));
  AlignedArray<float> y = aligned(std::vector<float>(std::size_t{shape().outputs} * ld(), kPoison));
  Activation activation;
  activation.slope = 0.3F;
  ThreadPool(threads()).run(threads(), [&](Member& member) {
    layer.forward({x.data(), y.data(), nullptr, nullptr, ld()}, activation, member);
  });
  std::size_t k = 0;
  for (std::uint32_t row = 0; row < shape().outputs; ++row) {
    std::vector<double> sum(shape().batch, state.biases.values[row]);
    std::vector<double> absolute(shape().batch, std::abs(state.biases.values[row]));
    for (; k < state.cells.size() && state.cells[k] / shape().inputs == row; ++k) {
      for (std::uint32_t b = 0; b < shape().batch; ++b) {
        const double term =
            state.weights.values[k] * double{x[(state.cells[k] % shape().inputs) * ld() + b]};
        sum[b] += term;
        absolute[b] += std::abs(term);
      }
    }
    for (std::uint32_t b = 0; b < shape().batch; ++b) {
      const double expected = sum[b] > 0 ? sum[b] : double{activation.slope} * sum[b];
      ASSERT_NEAR(y[std::size_t{row} * ld() + b], expected, bound(absolute[b]))
          << "row " << row << " sample " << b;
    }
  }
}

TEST_P(SparseLayerParity, BackwardMakesInputGradientAndMomentumUpdateInOnePass) {
  const LayerState state = make_state(shape());
  SparseLayer layer(state, select_kernels(simd()), threads(), UpdateMode::kFused);
  const std::uint32_t batch = shape().batch, in = shape().inputs, out = shape().outputs;
  const AlignedArray<float> x = aligned(matrix(in, ld(), batch, 10, 0.5F));
  const AlignedArray<float> dy = aligned(matrix(out, ld(), batch, 11, 0));
  AlignedArray<float> dx = aligned(std::vector<float>(std::size_t{in} * ld(), kPoison));
  Activation activation;
  activation.slope = 0.3F;
  const Sgd sgd = {0.1F, 0.9F, 0.01F, 1.0F / static_cast<float>(batch)};
  ThreadPool(threads()).run(threads(), [&](Member& member) {
    layer.backward({x.data(), nullptr, dy.data(), dx.data(), ld()}, activation, &sgd, member);
  });
  LayerState after = state;
  layer.save(after);
  ASSERT_EQ(after.cells, state.cells);

  std::vector<double> sum(std::size_t{in} * batch), absolute(std::size_t{in} * batch);
  for (std::size_t k = 0; k < state.cells.size(); ++k) {
    const std::size_t row = state.cells[k] / in, column = state.cells[k] % in;
    double gradient = 0, gradient_absolute = 0;
    for (std::uint32_t b = 0; b < batch; ++b) {
      const double delta = dy[row * ld() + b];
      gradient += delta * x[column * ld() + b];
      gradient_absolute += std::abs(delta * x[column * ld() + b]);
      sum[column * batch + b] += state.weights.values[k] * delta;
      absolute[column * batch + b] += std::abs(state.weights.values[k] * delta);
    }
    gradient = gradient / batch + 0.01 * state.weights.values[k];
    const double velocity = 0.9 * state.weights.slots[0][k] - 0.1 * gradient;
    const double tolerance = bound(gradient_absolute / batch + 1);
    ASSERT_NEAR(after.weights.slots[0][k], velocity, tolerance) << "cell " << state.cells[k];
    ASSERT_NEAR(after.weights.values[k], state.weights.values[k] + velocity, tolerance);
  }
  for (std::size_t column = 0; column < in; ++column) {
    for (std::uint32_t b = 0; b < batch; ++b) {
      const double slope = x[column * ld() + b] > 0 ? 1 : 0.3;
      ASSERT_NEAR(dx[column * ld() + b], slope * sum[column * batch + b],
                  bound(absolute[column * batch + b]))
          << "column " << column << " sample " << b;
    }
  }
  for (std::size_t row = 0; row < out; ++row) {
    double gradient = 0;
    for (std::uint32_t b = 0; b < batch; ++b) gradient += dy[row * ld() + b];
    const double velocity = 0.9 * state.biases.slots[0][row] - 0.1 * gradient / batch;
    ASSERT_NEAR(after.biases.slots[0][row], velocity, bound(1));
    ASSERT_NEAR(after.biases.values[row], state.biases.values[row] + velocity, bound(2));
  }
}

TEST_P(SparseLayerParity, BackwardMayPutTheInputGradientInTheInputsPlace) {
  const LayerState state = make_state(shape());
  const AlignedArray<float> dy = aligned(matrix(shape().outputs, ld(), shape().batch, 11, 0));
  const Sgd sgd = {0.1F, 0.9F};
  const auto trained = [&](AlignedArray<float>& x, AlignedArray<float>& dx) {
    SparseLayer layer(state, select_kernels(simd()), threads(), UpdateMode::kFused);
    ThreadPool(threads()).run(threads(), [&](Member& member) {
      layer.backward({x.data(), nullptr, dy.data(), dx.data(), ld()}, Activation(), &sgd, member);
    });
    LayerState after = state;
    layer.save(after);
    return after;
  };
  AlignedArray<float> x = aligned(matrix(shape().inputs, ld(), shape().batch, 10, 0.5F));
  AlignedArray<float> dx(x.size());
  AlignedArray<float> both = aligned({x.data(), x.data() + x.size()});
  const LayerState apart = trained(x, dx);
  EXPECT_EQ(trained(both, both), apart);
  EXPECT_TRUE(std::equal(dx.data(), dx.data() + dx.size(), both.data()));
}

INSTANTIATE_TEST_SUITE_P(Shapes, SparseLayerParity,
                         testing::Combine(testing::ValuesIn(tests::available_simd_sets()),
                                          testing::ValuesIn(kShapes), testing::Values(1U, 3U)),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param).name +
                                  "_" + std::to_string(std::get<2>(test.param)) + "_threads";
                         });

TEST(SparseLayer, KeepsEveryBitThroughSaveAndAssign) {
  const LayerState state = make_state(kShapes[0]);
  SparseLayer layer(state, select_kernels("auto"), 2, UpdateMode::kFused);
  Alone alone;
  layer.assign(layer.connections(alone), {}, alone);
  LayerState after = state;
  layer.save(after);
  EXPECT_EQ(after, state);
}

TEST(SparseLayer, CountsSignsByBits) {
  LayerState state;
  state.inputs = 7;
  state.outputs = 1;
  state.kind = LayerKind::kSparse;
  state.cells = {0, 1, 2, 3, 4, 5, 6};
  state.weights.values = {-0.0, 0.0, 1e-40, -1e-40, 2, -3, std::numeric_limits<double>::infinity()};
  state.weights.slots = {std::vector<double>(7)};
  state.biases.values = {0};
  state.biases.slots = {{std::numeric_limits<double>::quiet_NaN()}};
  const SparseLayer layer(state, select_kernels("auto"), 1, UpdateMode::kFused);
  const WeightCounts expected = {.negatives = 2, .positives = 2, .zeros = 2, .non_finite = 2};
  Alone alone;
  EXPECT_EQ(layer.count_weights(alone), expected);
}

TEST(SelectKernels, NamesTheBestSetWhenOneIsMissing) {
  const std::string best = select_kernels("auto").name;
  EXPECT_EQ(select_kernels(best).name, best);
  EXPECT_STREQ(select_kernels("portable").name, "portable");
  try {
    select_kernels("avx9000");
    FAIL() << "an unknown instruction set was accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(best), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace regrow::cpu
