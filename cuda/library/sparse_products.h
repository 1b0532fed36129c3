// The sparse products that the cuda-cusparse engine needs, behind an interface that a test can
// stand in for: cuSPARSE runs on nothing but a GPU.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "library/product_source.h"

namespace regrow::cuda {

/// A sparse matrix S on the device, by row.
struct CsrMatrix {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  std::size_t connections = 0;                    // from 1 to kMostCsrConnections
  const std::uint32_t* row_begin = nullptr;       // [rows + 1]
  const std::uint32_t* column_indices = nullptr;  // [connections], ascending within a row
  float* values = nullptr;                        // [connections]
};

/// cuSPARSE's 32-bit indices are signed.
constexpr std::size_t kMostCsrConnections = 0x7FFFFFFF;

/// C = S·B, planned for one S.   B: [S.columns][ld], C: [S.rows][ld]
class SparseProduct {
 public:
  virtual ~SparseProduct() = default;
  /// C must hold finite numbers before. Allocates nothing and waits for nothing.
  virtual void multiply(const float* b, float* c) = 0;
};

/// S.values = (A·Bᵀ at the cells of S), planned for one S.   A: [S.rows][ld], B: [S.columns][ld]
class SampledProduct {
 public:
  virtual ~SampledProduct() = default;
  /// S.values must hold finite numbers before. Allocates nothing and waits for nothing.
  virtual void multiply(const float* a, const float* b) = 0;
};

/// Makes plans. A plan holds while S's arrays, apart from the values in them, stay as they are;
/// making one may allocate and wait.
class SparseProducts {
 public:
  virtual ~SparseProducts() = default;
  virtual std::unique_ptr<SparseProduct> plan_product(const CsrMatrix& s, std::uint32_t ld) = 0;
  virtual std::unique_ptr<SampledProduct> plan_sampled_product(const CsrMatrix& s,
                                                               std::uint32_t ld) = 0;
};

/// Of cuda-cusparse: cuSPARSE in fp32. The products must outlive their plans.
ProductSource<SparseProducts> cusparse();

}  // namespace regrow::cuda
