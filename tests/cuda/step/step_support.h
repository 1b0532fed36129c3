// What the tests of the step's kernels share: random sparse layers on both sides, activations as
// floats or brain floats, every order of the emulated threads, and comparison by Σ|terms|.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "common/runtime.h"
#include "step/layer_views.h"
#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation/options.h"
#endif

namespace regrow::cuda::testing {

inline std::uint32_t padded(std::uint32_t batch) { return (batch + 7) / 8 * 8; }

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(engine_() % bound); }
  /// Uniform in [−1, 1).
  float value() { return static_cast<float>(engine_() >> 8) * 0x1p-23F - 1; }
  std::vector<float> values(std::size_t count) {
    std::vector<float> result(count);
    for (float& each : result) each = value();
    return result;
  }

 private:
  std::mt19937 engine_;
};

/// To the nearest brain float, ties to even, by arithmetic on the value rather than on its bits.
inline BFloat16 nearest_bfloat16(float value) {
  if (value == 0 || !std::isfinite(value)) {
    return {static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16)};
  }
  int exponent = 0;
  const double fraction = std::frexp(double{value}, &exponent);  // 0.5 ≤ |fraction| < 1
  const auto rounded = static_cast<float>(std::ldexp(std::nearbyint(fraction * 256), exponent - 8));
  return {static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(rounded) >> 16)};
}
inline float widened(BFloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}

template <typename Value>
std::vector<Value> narrowed(std::span<const float> values) {
  if constexpr (std::is_same_v<Value, float>) {
    return {values.begin(), values.end()};
  } else {
    std::vector<BFloat16> result;
    for (const float value : values) result.push_back(nearest_bfloat16(value));
    return result;
  }
}
inline std::vector<float> widened(const std::vector<float>& values) { return values; }
inline std::vector<float> widened(const std::vector<BFloat16>& values) {
  std::vector<float> result;
  for (const BFloat16 value : values) result.push_back(widened(value));
  return result;
}
template <typename Value>
std::vector<float> as_stored(std::span<const float> values) {
  return widened(narrowed<Value>(values));
}

/// [rows][ld], in the precision of Value, with `pad` in the columns beyond the batch.
template <typename Value>
std::vector<float> random_matrix(Random& random, std::uint32_t rows, std::uint32_t batch,
                                 float pad) {
  const std::uint32_t ld = padded(batch);
  std::vector<float> values(std::size_t{rows} * ld, pad);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::uint32_t s = 0; s < batch; ++s) values[row * ld + s] = random.value();
  }
  return as_stored<Value>(values);
}

template <typename Value>
class DeviceMatrix {
 public:
  DeviceMatrix(const std::vector<float>& values, const Stream& stream)
      : array_(std::span<const Value>(narrowed<Value>(values)), "a matrix", stream) {}
  /// Poisoned.
  DeviceMatrix(std::size_t rows, std::uint32_t ld, const Stream& stream)
      : array_(rows * ld, "a matrix", stream) {}
  Value* data() { return array_.data(); }
  std::vector<float> download() const { return widened(array_.download()); }

 private:
  DeviceArray<Value> array_;
};

template <typename T>
DeviceArray<T> on_device(const std::vector<T>& values, const Stream& stream) {
  return {std::span<const T>(values), "a test's array", stream};
}

/// A sparse layer in both views.
struct TestLayer {
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
  std::vector<std::uint32_t> row_begin, columns;
  std::vector<std::uint32_t> column_begin, rows, positions;
  std::vector<float> weights, momentum, biases, bias_momentum;
};

/// The arrays of a parameter with one slot.
inline ParameterView parameter_of(DeviceArray<float>& values, DeviceArray<float>& slot) {
  ParameterView view;
  view.values = values.data();
  view.slots[0] = slot.data();
  return view;
}

/// Rows of 0, 1, 31, 32, 33, 100, … connections, as far as there are inputs; with `empty`, of none.
inline TestLayer random_layer(std::uint32_t inputs, std::uint32_t outputs, Random& random,
                              bool empty = false) {
  constexpr std::uint32_t kLengths[] = {3, 0, 1, 31, 32, 33, 100, 17, 8, 64, 7};
  TestLayer layer;
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.row_begin.push_back(0);
  for (std::uint32_t row = 0; row < outputs; ++row) {
    const std::uint32_t wanted = row == 11 ? inputs : kLengths[row % std::size(kLengths)];
    std::uint32_t left = empty ? 0 : std::min(wanted, inputs);
    for (std::uint32_t column = 0; column < inputs; ++column) {  // a uniform choice of `left`
      if (random.below(inputs - column) < left) {
        layer.columns.push_back(column);
        --left;
      }
    }
    layer.row_begin.push_back(static_cast<std::uint32_t>(layer.columns.size()));
  }
  layer.column_begin.push_back(0);
  std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> by_column(inputs);
  for (std::uint32_t row = 0; row < outputs; ++row) {
    for (std::uint32_t k = layer.row_begin[row]; k < layer.row_begin[row + 1]; ++k) {
      by_column[layer.columns[k]].emplace_back(row, k);
    }
  }
  for (const auto& column : by_column) {
    for (const auto& [row, k] : column) {
      layer.rows.push_back(row);
      layer.positions.push_back(k);
    }
    layer.column_begin.push_back(static_cast<std::uint32_t>(layer.rows.size()));
  }
  layer.weights = random.values(layer.columns.size());
  layer.momentum = random.values(layer.columns.size());
  layer.biases = random.values(outputs);
  layer.bias_momentum = random.values(outputs);
  return layer;
}

class DeviceLayer {
 public:
  DeviceLayer(const TestLayer& layer, const Stream& stream)
      : inputs_(layer.inputs),
        outputs_(layer.outputs),
        row_begin_(on_device(layer.row_begin, stream)),
        columns_(on_device(layer.columns, stream)),
        column_begin_(on_device(layer.column_begin, stream)),
        rows_(on_device(layer.rows, stream)),
        positions_(on_device(layer.positions, stream)),
        weights(on_device(layer.weights, stream)),
        momentum(on_device(layer.momentum, stream)),
        biases(on_device(layer.biases, stream)),
        bias_momentum(on_device(layer.bias_momentum, stream)) {}

  RowView row_view() {
    return {outputs_,
            inputs_,
            row_begin_.data(),
            columns_.data(),
            parameter_of(weights, momentum),
            parameter_of(biases, bias_momentum)};
  }
  ColumnView column_view() {
    return {inputs_, column_begin_.data(), rows_.data(), positions_.data(), weights.data()};
  }

 private:
  std::uint32_t inputs_, outputs_;
  DeviceArray<std::uint32_t> row_begin_, columns_, column_begin_, rows_, positions_;

 public:
  DeviceArray<float> weights, momentum, biases, bias_momentum;
};

struct TestOutput {
  std::uint32_t classes = 0;
  std::uint32_t inputs = 0;
  std::vector<float> weights, momentum, biases, bias_momentum;
};

inline TestOutput random_output(std::uint32_t inputs, std::uint32_t classes, Random& random) {
  const std::size_t cells = std::size_t{inputs} * classes;
  return {classes,
          inputs,
          random.values(cells),
          random.values(cells),
          random.values(classes),
          random.values(classes)};
}

class DeviceOutput {
 public:
  DeviceOutput(const TestOutput& layer, const Stream& stream)
      : classes_(layer.classes),
        inputs_(layer.inputs),
        weights(on_device(layer.weights, stream)),
        momentum(on_device(layer.momentum, stream)),
        biases(on_device(layer.biases, stream)),
        bias_momentum(on_device(layer.bias_momentum, stream)) {}
  OutputView view() {
    return {classes_, inputs_, parameter_of(weights, momentum),
            parameter_of(biases, bias_momentum)};
  }

 private:
  std::uint32_t classes_, inputs_;

 public:
  DeviceArray<float> weights, momentum, biases, bias_momentum;
};

using Results = std::vector<std::vector<float>>;

/// Runs `run`, which returns Results, in every order of threads; on a GPU twice. The bits must not
/// change. Returns them.
template <typename Run>
Results in_every_order(const Run& run) {
  const auto bits = [](const Results& results) {
    std::vector<std::vector<std::uint32_t>> all;
    for (const auto& result : results) {
      all.emplace_back();
      for (const float value : result) all.back().push_back(std::bit_cast<std::uint32_t>(value));
    }
    return all;
  };
#if defined(REGROW_CUDA_EMULATED)
  const auto run_in = [&](emulation::Order order, unsigned workers) {
    emulation::Options options = emulation::options;
    options.order = order;
    options.workers = workers;
    const emulation::ScopedOptions scope(options);
    return run();
  };
  Results first = run_in(emulation::Order::kForward, 1);
  const Results reversed = run_in(emulation::Order::kReverse, 1);
  const Results random = run_in(emulation::Order::kRandom, 2);
  EXPECT_TRUE(bits(first) == bits(reversed)) << "the reverse order of threads changes bits";
  EXPECT_TRUE(bits(first) == bits(random)) << "a random order of threads changes bits";
#else
  Results first = run();
  EXPECT_TRUE(bits(first) == bits(run())) << "two runs differ";
#endif
  return first;
}

/// A value that a kernel made of terms: what it should be and Σ|terms|.
struct Expected {
  double value = 0;
  double magnitude = 0;

  void add(double term) {
    value += term;
    magnitude += std::abs(term);
  }
  Expected times(double factor) const { return {value * factor, magnitude * std::abs(factor)}; }
};

/// Sums are made in float; results of type Value are rounded once more.
template <typename Value>
void expect_close(float actual, const Expected& expected, const std::string& what) {
  const double storage = std::is_same_v<Value, float> ? 0 : 0x1p-8;
  const double bound = 3e-6 * expected.magnitude + storage * std::abs(expected.value) + 1e-37;
  if (!(std::abs(actual - expected.value) <= bound)) {
    ADD_FAILURE() << what << ": " << actual << ", expected " << expected.value << " ± " << bound;
  }
}

inline std::string place(std::size_t row, std::size_t column) {
  return "[" + std::to_string(row) + "][" + std::to_string(column) + "]";
}

}  // namespace regrow::cuda::testing
