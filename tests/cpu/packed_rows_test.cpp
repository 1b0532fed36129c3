// Rows of packed bf16: what a word holds, and every kernel on such rows against plain doubles,
// which take the samples as the kernels read them. What is left is the rounding of what is stored.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "cpu/aligned_array.h"
#include "cpu/kernels.h"
#include "cpu/simd_sets.h"
#include "regrow/philox.h"
#include "regrow/step/dropout.h"

namespace regrow::cpu {
namespace {

constexpr std::uint32_t kWidths[] = {16, 32, 48, 64, 112, 128, 144, 272};
constexpr RowFormat kFormats[] = {RowFormat::kFloats, RowFormat::kPacked};

float uniform_float(std::uint32_t stream, std::uint64_t index) {
  return 2 * uniform_from_bits(random_block(11, Purpose::kSynthetic, stream, 0, index)[0]) - 1;
}

AlignedArray<float> random_rows(std::size_t rows, std::uint32_t ld, std::uint32_t stream) {
  AlignedArray<float> values(rows * ld);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = uniform_float(stream, i);
  return values;
}

/// Where a sample of a row lies.
struct Place {
  std::size_t word;
  bool is_whole;  // a float
  bool is_high;
};
Place place_of(std::uint32_t sample, std::uint32_t ld) {
  const std::uint32_t line = sample / 32, in_line = sample % 32;
  if (32 * (line + 1) > ld) return {16 * line + in_line, true, false};
  return {16 * line + in_line % 16, false, in_line >= 16};
}

/// A matrix in either format.
struct Matrix {
  RowFormat format = RowFormat::kFloats;
  std::uint32_t ld = 0;
  AlignedArray<float> words = {};

  std::size_t stride() const { return row_words(format, ld); }
  std::uint32_t bits(std::size_t row, std::size_t word) const {
    return std::bit_cast<std::uint32_t>(words[row * stride() + word]);
  }
  /// As kernels multiply it.
  double seen(std::size_t row, std::uint32_t sample) const {
    if (format == RowFormat::kFloats) return words[row * ld + sample];
    const Place place = place_of(sample, ld);
    const std::uint32_t word = bits(row, place.word);
    return std::bit_cast<float>(place.is_whole || place.is_high ? word : word << 16);
  }
  /// What is left of the sample that was stored: its own half of a word.
  float stored(std::size_t row, std::uint32_t sample) const {
    if (format == RowFormat::kFloats) return words[row * ld + sample];
    const Place place = place_of(sample, ld);
    const std::uint32_t word = bits(row, place.word);
    if (place.is_whole) return std::bit_cast<float>(word);
    return std::bit_cast<float>(place.is_high ? word & 0xFFFF0000U : word << 16);
  }
};

Matrix matrix_of(const Kernels& kernels, const AlignedArray<float>& rows, std::uint32_t ld,
                 RowFormat format) {
  const std::size_t count = rows.size() / ld;
  Matrix matrix{format, ld, AlignedArray<float>(count * row_words(format, ld))};
  if (format == RowFormat::kPacked) {
    kernels.pack(rows.data(), ld, matrix.words.data(), 0, count);
  } else {
    std::copy_n(rows.data(), rows.size(), matrix.words.data());
  }
  return matrix;
}

// What is stored packed is off by half a unit of bf16, whose significands have 8 bits; a sum of
// floats by a few roundings of the terms it is made of.
double bound_of(RowFormat format, double value, double absolute_sum) {
  return 16 * 0x1p-24 * absolute_sum +
         (format == RowFormat::kPacked ? 0x1p-8 * std::abs(value) : 0);
}

class CpuRows : public testing::TestWithParam<std::string> {
 protected:
  const Kernels& kernels() const { return select_kernels(GetParam()); }
};

// The low half by rounding, ties away from zero; the high half to the nearest word.
TEST_P(CpuRows, PackAsThePlainFormula) {
  const float special[] = {0.0F,        -0.0F,       1.0F,        -1.0F,      0x1.01p0F, 0x1.03p0F,
                           0x1.0080p0F, 1e-38F,      -1e-38F,     1.5e-38F,   3.3e38F,   -3.3e38F,
                           0x1.FFp20F,  0x1.FFFp20F, -0x1.01p-3F, 0x1.00FFp5F};
  for (const std::uint32_t ld : kWidths) {
    constexpr std::size_t kRows = 7;
    AlignedArray<float> rows = random_rows(kRows, ld, 1);
    for (std::size_t i = 0; i < rows.size(); i += 3) rows[i] = special[i / 3 % std::size(special)];
    const Matrix packed = matrix_of(kernels(), rows, ld, RowFormat::kPacked);
    AlignedArray<float> back(rows.size());
    kernels().unpack(packed.words.data(), ld, back.data(), 0, kRows);
    for (std::size_t row = 0; row < kRows; ++row) {
      for (std::uint32_t sample = 0; sample < ld; ++sample) {
        const Place place = place_of(sample, ld);
        const std::uint32_t bits = std::bit_cast<std::uint32_t>(rows[row * ld + sample]);
        const std::uint32_t word = packed.bits(row, place.word);
        const std::string where = "ld " + std::to_string(ld) + ", sample " + std::to_string(sample);
        if (place.is_whole) {
          ASSERT_EQ(word, bits) << where;
        } else if (!place.is_high) {
          ASSERT_EQ(word & 0xFFFFU, (bits + 0x8000U) >> 16) << where;
        } else {
          const std::int64_t low = word & 0xFFFFU, magnitude = bits & 0x7FFFFFFFU;
          const std::int64_t high = std::max<std::int64_t>(magnitude + 0x8000 - low, 0) >> 16;
          ASSERT_EQ(word >> 16, (bits >> 16 & 0x8000U) | static_cast<std::uint32_t>(high)) << where;
          // Read as a float the word is off by at most half a unit.
          ASSERT_LE(std::abs(static_cast<std::int64_t>(word & 0x7FFFFFFFU) - magnitude),
                    magnitude + 0x8000 < low ? low : 0x8000)
              << where;
        }
        ASSERT_EQ(back[row * ld + sample], packed.seen(row, sample)) << where;
        if (rows[row * ld + sample] == 0) {
          ASSERT_EQ(std::bit_cast<std::uint32_t>(packed.stored(row, sample)), bits) << where;
        }
      }
    }
  }
}

// Neither rounding has a bias: over many words the errors cancel.
TEST_P(CpuRows, RoundingHasNoBias) {
  constexpr std::uint32_t kLd = 128;
  constexpr std::size_t kRows = 2000;
  AlignedArray<float> rows = random_rows(kRows, kLd, 2);
  for (float& value : rows.span()) value = 1 + 0.5F * (value + 1) * 0.999F;  // one binade
  const Matrix packed = matrix_of(kernels(), rows, kLd, RowFormat::kPacked);
  double low = 0, high = 0;
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::uint32_t sample = 0; sample < kLd; ++sample) {
      const double error = packed.seen(row, sample) - rows[row * kLd + sample];
      (place_of(sample, kLd).is_high ? high : low) += error;
    }
  }
  // Uniform errors within half a unit of 2^-7: of 128,000 the mean's deviation is 2^-7/√12/358.
  constexpr double kDeviation = 0x1p-7 / 3.46 / 358;
  constexpr double kEach = 0.5 * kRows * kLd;
  EXPECT_LT(std::abs(low) / kEach, 5 * kDeviation);
  EXPECT_LT(std::abs(high) / kEach, 5 * kDeviation);
}

/// A layer with rows that are empty, full and between, in both orders.
struct Connected {
  std::uint32_t inputs = 0, outputs = 0;
  std::vector<std::uint32_t> row_begin, column_begin;
  std::vector<std::uint16_t> columns, rows;
  std::vector<std::uint32_t> position;
  std::vector<float> weights, momentum, gradient;

  Connected(std::uint32_t in, std::uint32_t out) : inputs(in), outputs(out) {
    std::vector<std::vector<std::uint16_t>> of_column(in);
    for (std::uint32_t row = 0; row < out; ++row) {
      for (std::uint32_t column = 0; column < in; ++column) {
        const bool is_active = row % 5 == 1 || (row % 5 != 3 && uniform_float(row, column) > 0.4F);
        if (is_active && column != 2) of_column[column].push_back(static_cast<std::uint16_t>(row));
      }
    }
    column_begin.push_back(0);
    for (const auto& of : of_column) {
      rows.insert(rows.end(), of.begin(), of.end());
      column_begin.push_back(static_cast<std::uint32_t>(rows.size()));
    }
    row_begin.push_back(0);
    for (std::uint32_t row = 0; row < out; ++row) {
      for (std::uint32_t column = 0; column < in; ++column) {
        const auto first = rows.begin() + column_begin[column];
        const auto last = rows.begin() + column_begin[column + 1];
        const auto at = std::find(first, last, row);
        if (at == last) continue;
        columns.push_back(static_cast<std::uint16_t>(column));
        position.push_back(static_cast<std::uint32_t>(at - rows.begin()));
      }
      row_begin.push_back(static_cast<std::uint32_t>(columns.size()));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      weights.push_back(uniform_float(100, i));
      momentum.push_back(uniform_float(101, i));
    }
    gradient.resize(rows.size());
    rows.resize(rows.size() + kIndexPadding);
    columns.resize(columns.size() + kIndexPadding);
    position.resize(position.size() + kIndexPadding);
  }
};

ForwardArgs forward_args(const Connected& layer, const std::vector<float>& biases, const Matrix& x,
                         Matrix& y, const Activation& activation) {
  return {layer.row_begin.data(),
          {layer.columns.data(), nullptr},
          layer.position.data(),
          layer.weights.data(),
          biases.data(),
          x.words.data(),
          y.words.data(),
          x.ld,
          activation,
          x.format};
}

TEST_P(CpuRows, ForwardIsTheActivatedSum) {
  const Connected layer(23, 37);
  const std::vector<float> biases(layer.outputs, 0.25F);
  for (const RowFormat format : kFormats) {
    for (const std::uint32_t ld : kWidths) {
      const Matrix x = matrix_of(kernels(), random_rows(layer.inputs, ld, 3), ld, format);
      Matrix y{format, ld, AlignedArray<float>(layer.outputs * row_words(format, ld))};
      Activation activation;
      activation.slope = 0.25F;
      kernels().forward(forward_args(layer, biases, x, y, activation), 0, layer.outputs);
      for (std::uint32_t row = 0; row < layer.outputs; ++row) {
        for (std::uint32_t b = 0; b < ld; ++b) {
          double sum = biases[row], absolute = 1;
          for (std::uint32_t k = layer.row_begin[row]; k < layer.row_begin[row + 1]; ++k) {
            const double term = layer.weights[layer.position[k]] * x.seen(layer.columns[k], b);
            sum += term;
            absolute += std::abs(term);
          }
          const double expected = sum > 0 ? sum : 0.25 * sum;
          ASSERT_NEAR(y.seen(row, b), expected, bound_of(format, expected, absolute))
              << "ld " << ld << ", row " << row << ", sample " << b;
        }
      }
    }
  }
}

// Each half of a word tells for itself what was dropped.
TEST_P(CpuRows, DroppedActivationsAreMinusZero) {
  const Connected layer(23, 37);
  const std::vector<float> biases(layer.outputs, 0.0F);
  for (const std::uint32_t ld : kWidths) {
    const Matrix x = matrix_of(kernels(), random_rows(layer.inputs, ld, 4), ld, RowFormat::kPacked);
    Matrix y{RowFormat::kPacked, ld,
             AlignedArray<float>(layer.outputs * row_words(RowFormat::kPacked, ld))};
    Activation activation;
    activation.slope = 0;  // so that many of those that are kept are 0
    activation.drops = true;
    activation.threshold = step::dropout_threshold(0.4);
    activation.scale = step::dropout_scale(0.4);
    activation.keys = PhiloxKeys(5);
    activation.layer = 1;
    activation.step = 9;
    kernels().forward(forward_args(layer, biases, x, y, activation), 0, layer.outputs);
    for (std::uint32_t row = 0; row < layer.outputs; ++row) {
      for (std::uint32_t b = 0; b < ld; ++b) {
        const std::uint64_t block = step::dropout_block_index(row, b);
        const std::uint32_t word = random_block(5, Purpose::kDropout, 1, 9, block)[b % 4];
        ASSERT_EQ(std::bit_cast<std::uint32_t>(y.stored(row, b)) == step::kDroppedBits,
                  step::is_dropped(word, activation.threshold))
            << "ld " << ld << ", row " << row << ", sample " << b;
      }
    }
  }
}

struct BackwardCase {
  RowFormat format;
  RowFormat gradient_format;
};
constexpr BackwardCase kBackwardCases[] = {{RowFormat::kFloats, RowFormat::kFloats},
                                           {RowFormat::kPacked, RowFormat::kFloats},
                                           {RowFormat::kPacked, RowFormat::kPacked}};

// Nothing is updated: the gradients of the weights stay.
BackwardArgs backward_args(Connected& layer, const Matrix& x, const Matrix& dy, Matrix& dx,
                           const Activation& activation) {
  return {layer.column_begin.data(),
          {layer.rows.data(), nullptr},
          layer.weights.data(),
          layer.momentum.data(),
          layer.gradient.data(),
          x.words.data(),
          dy.words.data(),
          dx.words.data(),
          x.ld,
          layer.outputs,
          activation,
          nullptr,
          x.format,
          dy.format};
}

// X is an activation, of which every fourth was dropped. dX takes X's place.
TEST_P(CpuRows, BackwardIsBothProducts) {
  for (const BackwardCase& rows : kBackwardCases) {
    for (const std::uint32_t ld : kWidths) {
      Connected layer(23, 37);
      AlignedArray<float> inputs = random_rows(layer.inputs, ld, 6);
      for (std::size_t i = 0; i < inputs.size(); i += 4) inputs[i] = -0.0F;
      for (std::size_t i = 1; i < inputs.size(); i += 7) inputs[i] = 0.0F;
      const Matrix x = matrix_of(kernels(), inputs, ld, rows.format);
      const Matrix dy =
          matrix_of(kernels(), random_rows(layer.outputs, ld, 7), ld, rows.gradient_format);
      Matrix dx = matrix_of(kernels(), inputs, ld, rows.format);
      Activation activation;
      activation.slope = 0.25F;
      activation.drops = true;
      activation.scale = 2;
      // Two ranges, as two threads would have.
      for (const auto& [first, last] : {std::pair{0U, 9U}, std::pair{9U, layer.inputs}}) {
        kernels().backward(backward_args(layer, dx, dy, dx, activation), first, last);
      }
      for (std::uint32_t column = 0; column < layer.inputs; ++column) {
        std::vector<double> sums(ld), absolutes(ld);
        for (std::uint32_t k = layer.column_begin[column]; k < layer.column_begin[column + 1];
             ++k) {
          double dot = 0, absolute = 0;
          for (std::uint32_t b = 0; b < ld; ++b) {
            const double gradient = dy.seen(layer.rows[k], b);
            dot += gradient * x.seen(column, b);
            absolute += std::abs(gradient * x.seen(column, b));
            sums[b] += layer.weights[k] * gradient;
            absolutes[b] += std::abs(layer.weights[k] * gradient);
          }
          ASSERT_NEAR(layer.gradient[k], dot, bound_of(RowFormat::kFloats, dot, absolute))
              << "ld " << ld << ", connection " << k;
        }
        for (std::uint32_t b = 0; b < ld; ++b) {
          const float activated = x.stored(column, b);
          const bool is_dropped = std::bit_cast<std::uint32_t>(activated) == step::kDroppedBits;
          const double derivative = is_dropped ? 0 : activated > 0 ? 2 : 0.5;
          const double expected = sums[b] * derivative;
          ASSERT_NEAR(dx.seen(column, b), expected,
                      bound_of(rows.format, expected, 2 * absolutes[b]) + 1e-30)
              << "ld " << ld << ", column " << column << ", sample " << b;
        }
      }
    }
  }
}

// Formulas that keep the pre-activations, in tiles of the batch.
TEST_P(CpuRows, BackwardTakesDerivativesOfPreActivations) {
  for (const RowFormat format : kFormats) {
    for (const std::uint32_t ld : kWidths) {
      Connected layer(23, 37);
      AlignedArray<float> z = random_rows(layer.inputs, ld, 8);
      const Matrix x = matrix_of(kernels(), random_rows(layer.inputs, ld, 9), ld, format);
      const Matrix dy = matrix_of(kernels(), random_rows(layer.outputs, ld, 10), ld, format);
      Matrix dx{format, ld, AlignedArray<float>(layer.inputs * row_words(format, ld))};
      std::vector<float> t_left(layer.inputs, -0.4F), a_left(layer.inputs, 0.2F);
      std::vector<float> t_right(layer.inputs, 0.8F), a_right(layer.inputs, 0.6F);
      std::vector<float> gradients[4];
      Activation activation;  // t_right is what the right threshold lies beyond the left one
      activation.form = step::ActivationForm::kSRelu;
      activation.pre_activations = z.data();
      const float* const parameters[] = {t_left.data(), a_left.data(), t_right.data(),
                                         a_right.data()};
      for (std::size_t i = 0; i < 4; ++i) {
        gradients[i].assign(layer.inputs, 1e30F);
        activation.parameters[i] = parameters[i];
        activation.parameter_gradients[i] = gradients[i].data();
      }
      kernels().backward(backward_args(layer, x, dy, dx, activation), 0, layer.inputs);
      for (std::uint32_t column = 0; column < layer.inputs; ++column) {
        double left = 0, absolute_left = 0;
        for (std::uint32_t b = 0; b < ld; ++b) {
          double sum = 0, absolute = 0;
          for (std::uint32_t k = layer.column_begin[column]; k < layer.column_begin[column + 1];
               ++k) {
            sum += layer.weights[k] * dy.seen(layer.rows[k], b);
            absolute += std::abs(layer.weights[k] * dy.seen(layer.rows[k], b));
          }
          const double at = z[column * ld + b];
          const double expected = sum * (at <= -0.4F ? 0.2F : at < 0.4F ? 1 : 0.6F);
          ASSERT_NEAR(dx.seen(column, b), expected, bound_of(format, expected, absolute) + 1e-30)
              << "ld " << ld << ", column " << column << ", sample " << b;
          if (at <= -0.4F) {
            left += sum * (at + 0.4F);  // ∂/∂a_left
            absolute_left += absolute;
          }
        }
        ASSERT_NEAR(gradients[1][column], left, bound_of(RowFormat::kFloats, left, absolute_left))
            << "ld " << ld << ", column " << column;
      }
    }
  }
}

// Few outputs, all of them connected, whose gradients stay floats.
TEST_P(CpuRows, DenseLayersOfFewOutputs) {
  constexpr std::uint32_t kInputs = 21;
  for (const std::uint32_t outputs : {1U, 3U, 7U, 10U, 23U}) {
    for (const RowFormat format : kFormats) {
      for (const std::uint32_t ld : kWidths) {
        const Matrix x = matrix_of(kernels(), random_rows(kInputs, ld, 12), ld, format);
        std::vector<float> weights(std::size_t{kInputs} * outputs);
        for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = uniform_float(13, i);
        AlignedArray<float> partial(std::size_t{outputs} * ld);
        kernels().dense_forward(
            {weights.data(), x.words.data(), partial.data(), ld, outputs, format}, 2, kInputs - 1);
        const AlignedArray<float> dz = random_rows(outputs, ld, 14);
        std::vector<std::uint16_t> rows(outputs + kIndexPadding);
        std::iota(rows.begin(), rows.begin() + outputs, std::uint16_t{0});
        std::vector<float> momentum(weights.size()), gradient(weights.size());
        Matrix dx{format, ld, AlignedArray<float>(kInputs * row_words(format, ld))};
        Activation activation;
        activation.slope = 1;
        kernels().backward({nullptr,
                            {rows.data(), nullptr},
                            weights.data(),
                            momentum.data(),
                            gradient.data(),
                            x.words.data(),
                            dz.data(),
                            dx.words.data(),
                            ld,
                            outputs,
                            activation,
                            nullptr,
                            format,
                            RowFormat::kFloats},
                           0, kInputs);
        for (std::uint32_t out = 0; out < outputs; ++out) {
          for (std::uint32_t b = 0; b < ld; ++b) {
            double sum = 0;
            for (std::uint32_t in = 2; in + 1 < kInputs; ++in) {
              sum += weights[in * outputs + out] * x.seen(in, b);
            }
            ASSERT_NEAR(partial[out * ld + b], sum, bound_of(RowFormat::kFloats, sum, kInputs));
          }
          for (std::uint32_t in = 0; in < kInputs; ++in) {
            double dot = 0;
            for (std::uint32_t b = 0; b < ld; ++b) dot += dz[out * ld + b] * x.seen(in, b);
            ASSERT_NEAR(gradient[in * outputs + out], dot, bound_of(RowFormat::kFloats, dot, ld));
          }
        }
        for (std::uint32_t in = 0; in < kInputs; ++in) {
          for (std::uint32_t b = 0; b < ld; ++b) {
            double sum = 0;
            for (std::uint32_t out = 0; out < outputs; ++out) {
              sum += weights[in * outputs + out] * dz[out * ld + b];
            }
            ASSERT_NEAR(dx.seen(in, b), sum, bound_of(format, sum, outputs));
          }
        }
      }
    }
  }
}

TEST_P(CpuRows, SumsOfRows) {
  for (const RowFormat format : kFormats) {
    for (const std::uint32_t ld : kWidths) {
      constexpr std::size_t kRows = 37;
      const Matrix rows = matrix_of(kernels(), random_rows(kRows, ld, 15), ld, format);
      std::vector<float> sums(kRows, 1e30F);
      kernels().sum_rows(rows.words.data(), ld, format, sums.data(), 3, kRows - 1);
      for (std::size_t row = 0; row < kRows; ++row) {
        double sum = 0;
        for (std::uint32_t b = 0; b < ld; ++b) sum += rows.seen(row, b);
        if (row < 3 || row + 1 == kRows) sum = 1e30F;
        ASSERT_NEAR(sums[row], sum, bound_of(RowFormat::kFloats, sum, ld)) << row;
      }
    }
  }
}

TEST_P(CpuRows, TransposedSamples) {
  constexpr std::size_t kRow = 80, kFeatures = 50;
  for (const RowFormat format : kFormats) {
    for (const std::uint32_t ld : kWidths) {
      const AlignedArray<float> staged = random_rows(ld, kRow, 16);
      for (const std::size_t samples : {std::size_t{1}, std::size_t{ld} - 9, std::size_t{ld}}) {
        for (const std::size_t count : {1U, 4U, 11U, 16U}) {
          std::vector<std::uint32_t> features;
          for (std::size_t i = 0; i < count; ++i) {
            features.push_back(static_cast<std::uint32_t>((7 * i + 3) % kFeatures));
          }
          AlignedArray<float> expected(kFeatures * ld);
          Matrix input = matrix_of(kernels(), expected, ld, format);
          kernels().transpose({staged.data() + 16, kRow, features.data(), count, samples,
                               input.words.data(), ld, format});
          for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t b = 0; b < samples; ++b) {
              expected[features[i] * ld + b] = staged[b * kRow + 16 + i];
            }
          }
          const Matrix wanted = matrix_of(kernels(), expected, ld, format);
          for (std::size_t i = 0; i < wanted.words.size(); ++i) {
            ASSERT_EQ(std::bit_cast<std::uint32_t>(input.words[i]),
                      std::bit_cast<std::uint32_t>(wanted.words[i]))
                << "ld " << ld << ", " << samples << " samples, word " << i;
          }
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Simd, CpuRows, testing::ValuesIn(tests::available_simd_sets()),
                         [](const auto& of) { return of.param; });

}  // namespace
}  // namespace regrow::cpu
