// The calls of cuSPARSE and cuBLAS against plain double loops: on a GPU the libraries themselves,
// elsewhere stand-ins that check every argument.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "library/dense_products.h"
#include "library/sparse_products.h"
#include "regrow/philox.h"

namespace regrow::cuda {
namespace {

std::vector<float> random_values(std::size_t count, std::uint32_t stream) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = 2 * uniform_from_bits(random_block(9, Purpose::kSynthetic, stream, 0, i)[0]) - 1;
  }
  return values;
}

struct SparseCase {
  std::uint32_t rows, columns, ld;
  double density;
};

// The last of several rows is empty unless all cells are connections.
struct Csr {
  explicit Csr(const SparseCase& test) : rows(test.rows), columns(test.columns) {
    row_begin.push_back(0);
    for (std::uint32_t row = 0; row < rows; ++row) {
      for (std::uint32_t column = 0; column < columns; ++column) {
        const std::uint32_t bits = random_block(3, Purpose::kSynthetic, row, 7, column)[0];
        const bool is_last = row > 0 && row + 1 == rows && test.density < 1;
        const bool is_first = row + column == 0;  // never a matrix without connections
        if (is_first || (!is_last && uniform_from_bits(bits) < test.density)) {
          column_indices.push_back(column);
        }
      }
      row_begin.push_back(static_cast<std::uint32_t>(column_indices.size()));
    }
  }

  std::uint32_t rows, columns;
  std::vector<std::uint32_t> row_begin, column_indices;
};

const SparseCase kSparseCases[] = {{5, 7, 8, 0.4},     {1, 1, 8, 1},       {1, 300, 104, 0.5},
                                   {300, 1, 104, 0.5}, {33, 65, 128, 0.1}, {33, 65, 136, 1},
                                   {20, 200, 8, 0.3},  {40, 30, 512, 0}};

// On the device, as a plan wants it.
struct DeviceCsr {
  DeviceCsr(const Csr& csr, const std::vector<float>& initial, const Stream& stream)
      : row_begin(std::span<const std::uint32_t>(csr.row_begin), "row begins", stream),
        column_indices(std::span<const std::uint32_t>(csr.column_indices), "columns", stream),
        values(std::span<const float>(initial), "values", stream),
        matrix{csr.rows,         csr.columns,           csr.column_indices.size(),
               row_begin.data(), column_indices.data(), values.data()} {}

  DeviceArray<std::uint32_t> row_begin, column_indices;
  DeviceArray<float> values;
  CsrMatrix matrix;
};

DeviceArray<float> on_device(const std::vector<float>& values, const Stream& stream) {
  return {std::span<const float>(values), "values", stream};
}

void expect_near(float actual, double expected, double magnitude, std::size_t at) {
  ASSERT_NEAR(actual, expected, 1e-6 + 1e-5 * magnitude) << at;
}

TEST(LibraryProducts, SparseProductsAgree) {
  const Stream stream;
  const auto products = cusparse().make(stream);
  for (const SparseCase& test : kSparseCases) {
    const Csr csr(test);
    DeviceCsr device(csr, std::vector<float>(csr.column_indices.size(), NAN), stream);
    const auto plan = products->plan_product(device.matrix, test.ld);
    // Other values and other arrays the second time, as in the next step.
    for (std::uint32_t round = 0; round < 2; ++round) {
      const std::vector<float> weights = random_values(csr.column_indices.size(), round);
      const std::vector<float> b = random_values(std::size_t{test.columns} * test.ld, 2 + round);
      device.values.upload(weights);
      const DeviceArray<float> input = on_device(b, stream);
      DeviceArray<float> output =
          on_device(std::vector<float>(std::size_t{test.rows} * test.ld, 7), stream);
      plan->multiply(input.data(), output.data());
      const std::vector<float> c = output.download();
      for (std::size_t row = 0; row < test.rows; ++row) {
        for (std::size_t i = 0; i < test.ld; ++i) {
          double sum = 0, magnitude = 0;
          for (std::size_t k = csr.row_begin[row]; k < csr.row_begin[row + 1]; ++k) {
            const double term = double{weights[k]} * b[csr.column_indices[k] * test.ld + i];
            sum += term;
            magnitude += std::abs(term);
          }
          expect_near(c[row * test.ld + i], sum, magnitude, row * test.ld + i);
        }
      }
    }
  }
}

TEST(LibraryProducts, SampledProductsAgree) {
  const Stream stream;
  const auto products = cusparse().make(stream);
  for (const SparseCase& test : kSparseCases) {
    const Csr csr(test);
    DeviceCsr device(csr, std::vector<float>(csr.column_indices.size(), 7), stream);
    const auto plan = products->plan_sampled_product(device.matrix, test.ld);
    for (std::uint32_t round = 0; round < 2; ++round) {
      const std::vector<float> a = random_values(std::size_t{test.rows} * test.ld, 4 + round);
      const std::vector<float> b = random_values(std::size_t{test.columns} * test.ld, 6 + round);
      const DeviceArray<float> device_a = on_device(a, stream);
      const DeviceArray<float> device_b = on_device(b, stream);
      plan->multiply(device_a.data(), device_b.data());
      const std::vector<float> values = device.values.download();
      for (std::size_t row = 0; row < test.rows; ++row) {
        for (std::size_t k = csr.row_begin[row]; k < csr.row_begin[row + 1]; ++k) {
          double sum = 0, magnitude = 0;
          for (std::size_t i = 0; i < test.ld; ++i) {
            const double term =
                double{a[row * test.ld + i]} * b[csr.column_indices[k] * test.ld + i];
            sum += term;
            magnitude += std::abs(term);
          }
          expect_near(values[k], sum, magnitude, k);
        }
      }
    }
  }
}

// Column-major, with room below the last row.
std::int64_t padded(std::int64_t rows) { return rows + 3; }

TEST(LibraryProducts, DenseProductsAgree) {
  struct Shape {
    std::int64_t m, n, k;
  };
  const Stream stream;
  const auto products = cublas().make(stream);
  for (const Shape shape : {Shape{1, 1, 1}, {104, 30, 20}, {7, 130, 1}, {65, 33, 70}}) {
    for (const bool transpose_a : {false, true}) {
      for (const bool transpose_b : {false, true}) {
        const std::int64_t a_ld = padded(transpose_a ? shape.k : shape.m);
        const std::int64_t b_ld = padded(transpose_b ? shape.n : shape.k);
        const std::int64_t c_ld = padded(shape.m);
        const auto size = [](std::int64_t ld, std::int64_t columns) {
          return static_cast<std::size_t>(ld * columns);
        };
        const std::vector<float> a = random_values(size(a_ld, transpose_a ? shape.m : shape.k), 11);
        const std::vector<float> b = random_values(size(b_ld, transpose_b ? shape.k : shape.n), 12);
        const DeviceArray<float> device_a = on_device(a, stream);
        const DeviceArray<float> device_b = on_device(b, stream);
        DeviceArray<float> device_c =
            on_device(std::vector<float>(size(c_ld, shape.n), NAN), stream);
        products->multiply({transpose_a, transpose_b, shape.m, shape.n, shape.k, device_a.data(),
                            a_ld, device_b.data(), b_ld, device_c.data(), c_ld});
        const std::vector<float> c = device_c.download();
        for (std::int64_t column = 0; column < shape.n; ++column) {
          for (std::int64_t row = 0; row < c_ld; ++row) {
            const std::size_t at = size(c_ld, column) + static_cast<std::size_t>(row);
            if (row >= shape.m) {
              ASSERT_TRUE(std::isnan(c[at])) << "the room below is not C's";
              continue;
            }
            double sum = 0, magnitude = 0;
            for (std::int64_t i = 0; i < shape.k; ++i) {
              const double term =
                  double{a[size(transpose_a ? i + row * a_ld : row + i * a_ld, 1)]} *
                  b[size(transpose_b ? column + i * b_ld : i + column * b_ld, 1)];
              sum += term;
              magnitude += std::abs(term);
            }
            expect_near(c[at], sum, magnitude, at);
          }
        }
      }
    }
  }
}

TEST(LibraryProducts, TheirVersionsAreNamed) {
  EXPECT_EQ(cusparse().device, "cuda-cusparse");
  EXPECT_EQ(cusparse().description.rfind("cuSPARSE 1", 0), 0U) << cusparse().description;
  EXPECT_EQ(cublas().device, "cuda-dense");
  EXPECT_EQ(cublas().description.rfind("cuBLAS 1", 0), 0U) << cublas().description;
}

}  // namespace
}  // namespace regrow::cuda
