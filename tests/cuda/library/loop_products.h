// The products of the library engines as plain loops over host memory: what the engines run on
// where there is no GPU.
#pragma once

#include <memory>

#include "library/dense_products.h"
#include "library/sparse_products.h"

namespace regrow::cuda {

class LoopProduct : public SparseProduct {
 public:
  LoopProduct(const CsrMatrix& s, std::uint32_t ld) : s_(s), ld_(ld) {}

  void multiply(const float* b, float* c) override {
    for (std::size_t row = 0; row < s_.rows; ++row) {
      for (std::size_t i = 0; i < ld_; ++i) {
        float sum = 0;
        for (std::size_t k = s_.row_begin[row]; k < s_.row_begin[row + 1]; ++k) {
          sum += s_.values[k] * b[std::size_t{s_.column_indices[k]} * ld_ + i];
        }
        c[row * ld_ + i] = sum + 0 * c[row * ld_ + i];  // NaN stays NaN
      }
    }
  }

 private:
  CsrMatrix s_;
  std::uint32_t ld_;
};

class LoopSampledProduct : public SampledProduct {
 public:
  LoopSampledProduct(const CsrMatrix& s, std::uint32_t ld) : s_(s), ld_(ld) {}

  void multiply(const float* a, const float* b) override {
    for (std::size_t row = 0; row < s_.rows; ++row) {
      for (std::size_t k = s_.row_begin[row]; k < s_.row_begin[row + 1]; ++k) {
        float sum = 0;
        for (std::size_t i = 0; i < ld_; ++i) {
          sum += a[row * ld_ + i] * b[std::size_t{s_.column_indices[k]} * ld_ + i];
        }
        s_.values[k] = sum + 0 * s_.values[k];
      }
    }
  }

 private:
  CsrMatrix s_;
  std::uint32_t ld_;
};

class LoopSparseProducts : public SparseProducts {
 public:
  std::unique_ptr<SparseProduct> plan_product(const CsrMatrix& s, std::uint32_t ld) override {
    return std::make_unique<LoopProduct>(s, ld);
  }
  std::unique_ptr<SampledProduct> plan_sampled_product(const CsrMatrix& s,
                                                       std::uint32_t ld) override {
    return std::make_unique<LoopSampledProduct>(s, ld);
  }
};

class LoopDenseProducts : public DenseProducts {
 public:
  void multiply(const DenseProduct& p) override {
    for (std::int64_t column = 0; column < p.n; ++column) {
      for (std::int64_t row = 0; row < p.m; ++row) {
        float sum = 0;
        for (std::int64_t k = 0; k < p.k; ++k) {
          sum += p.a[p.transpose_a ? k + row * p.a_ld : row + k * p.a_ld] *
                 p.b[p.transpose_b ? column + k * p.b_ld : k + column * p.b_ld];
        }
        p.c[row + column * p.c_ld] = sum;
      }
    }
  }
};

}  // namespace regrow::cuda
