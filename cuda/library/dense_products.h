// The dense products that the cuda-dense engine needs, behind an interface that a test can stand in
// for: cuBLAS runs on nothing but a GPU.
#pragma once

#include <cstdint>

#include "library/product_source.h"

namespace regrow::cuda {

/// One product as BLAS describes it, all matrices column-major: C = op(A)·op(B), op(A): [m][k],
/// op(B): [k][n], C: [m][n]; element (r, c) of a matrix lies at r + c·ld.
struct DenseProduct {
  bool transpose_a = false;
  bool transpose_b = false;
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  const float* a = nullptr;
  std::int64_t a_ld = 0;
  const float* b = nullptr;
  std::int64_t b_ld = 0;
  float* c = nullptr;
  std::int64_t c_ld = 0;
};

class DenseProducts {
 public:
  virtual ~DenseProducts() = default;

  /// C need not hold numbers before. Allocates nothing and waits for nothing.
  virtual void multiply(const DenseProduct& product) = 0;
};

/// Of cuda-dense: cuBLAS in fp32, without TF32.
ProductSource<DenseProducts> cublas();

}  // namespace regrow::cuda
