// Sparse products by cuSPARSE: handles, descriptors and calls, nothing else.
#include <cusparse.h>

#include <algorithm>
#include <string>
#include <type_traits>

#include "library/sparse_products.h"
#include "regrow/error.h"

namespace regrow::cuda {
namespace {

constexpr float kOne = 1;
constexpr float kZero = 0;
// The one that cuSPARSE's documentation names for row-major matrices. Its sums may differ between
// runs in the last bits.
constexpr cusparseSpMMAlg_t kProductAlgorithm = CUSPARSE_SPMM_CSR_ALG2;

void check(cusparseStatus_t status, const char* doing, const CsrMatrix& s = {}) {
  if (status == CUSPARSE_STATUS_SUCCESS) return;
  std::string what = doing;  // made only here: a step's calls succeed
  if (s.rows > 0) {
    what += " a layer of " + std::to_string(s.rows) + " × " + std::to_string(s.columns) + " with " +
            std::to_string(s.connections) + " connections";
  }
  throw Error(std::string("cuSPARSE: ") + cusparseGetErrorString(status) + " (" +
              cusparseGetErrorName(status) + ") while " + what +
              "; --device cuda trains without cuSPARSE");
}

struct DestroyCusparse {
  void operator()(cusparseHandle_t handle) const { cusparseDestroy(handle); }
  void operator()(cusparseSpMatDescr_t matrix) const { cusparseDestroySpMat(matrix); }
  void operator()(cusparseDnMatDescr_t matrix) const { cusparseDestroyDnMat(matrix); }
};
template <typename Pointer>
using Owned = std::unique_ptr<std::remove_pointer_t<Pointer>, DestroyCusparse>;

Owned<cusparseSpMatDescr_t> describe(const CsrMatrix& s) {
  REGROW_CHECK(s.connections > 0 && s.connections <= kMostCsrConnections,
               "a sparse product has connections, as many as 31 bits count");
  cusparseSpMatDescr_t matrix = nullptr;
  check(cusparseCreateCsr(
            &matrix, s.rows, s.columns, static_cast<std::int64_t>(s.connections),
            const_cast<std::uint32_t*>(s.row_begin), const_cast<std::uint32_t*>(s.column_indices),
            s.values, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_BASE_ZERO, CUDA_R_32F),
        "describing", s);
  return Owned<cusparseSpMatDescr_t>(matrix);
}

// The values follow with each product; until then any aligned device pointer stands for them.
Owned<cusparseDnMatDescr_t> describe_dense(const CsrMatrix& s, std::int64_t rows,
                                           std::int64_t columns, std::uint32_t ld,
                                           cusparseOrder_t order) {
  cusparseDnMatDescr_t matrix = nullptr;
  check(cusparseCreateDnMat(&matrix, rows, columns, ld, s.values, CUDA_R_32F, order),
        "describing the activations of", s);
  return Owned<cusparseDnMatDescr_t>(matrix);
}

// cuSPARSE takes no null for a buffer, not even where it needs none.
DeviceArray<unsigned char> make_buffer(std::size_t bytes, const Stream& stream) {
  return {std::max<std::size_t>(bytes, 16), "cuSPARSE's buffer", stream};
}

// cuSPARSE's descriptors know no constness of the values; matrices that are read stay as they are.
void set_values(cusparseDnMatDescr_t matrix, const float* values, const CsrMatrix& s) {
  check(cusparseDnMatSetValues(matrix, const_cast<float*>(values)), "pointing to activations of",
        s);
}

class CusparseProduct : public SparseProduct {
 public:
  // C [rows][ld] = S·B, B [columns][ld]: both row-major with ld columns, the pad included.
  CusparseProduct(cusparseHandle_t handle, const CsrMatrix& s, std::uint32_t ld,
                  const Stream& stream)
      : handle_(handle),
        s_(s),
        matrix_(describe(s)),
        b_(describe_dense(s, s.columns, ld, ld, CUSPARSE_ORDER_ROW)),
        c_(describe_dense(s, s.rows, ld, ld, CUSPARSE_ORDER_ROW)) {
    std::size_t bytes = 0;
    check(cusparseSpMM_bufferSize(handle_, CUSPARSE_OPERATION_NON_TRANSPOSE,
                                  CUSPARSE_OPERATION_NON_TRANSPOSE, &kOne, matrix_.get(), b_.get(),
                                  &kZero, c_.get(), CUDA_R_32F, kProductAlgorithm, &bytes),
          "sizing the product of", s_);
    buffer_ = make_buffer(bytes, stream);
    check(cusparseSpMM_preprocess(handle_, CUSPARSE_OPERATION_NON_TRANSPOSE,
                                  CUSPARSE_OPERATION_NON_TRANSPOSE, &kOne, matrix_.get(), b_.get(),
                                  &kZero, c_.get(), CUDA_R_32F, kProductAlgorithm, buffer_.data()),
          "preparing the product of", s_);
  }

  void multiply(const float* b, float* c) override {
    set_values(b_.get(), b, s_);
    set_values(c_.get(), c, s_);
    check(cusparseSpMM(handle_, CUSPARSE_OPERATION_NON_TRANSPOSE, CUSPARSE_OPERATION_NON_TRANSPOSE,
                       &kOne, matrix_.get(), b_.get(), &kZero, c_.get(), CUDA_R_32F,
                       kProductAlgorithm, buffer_.data()),
          "multiplying by", s_);
  }

 private:
  cusparseHandle_t handle_;
  CsrMatrix s_;
  Owned<cusparseSpMatDescr_t> matrix_;
  Owned<cusparseDnMatDescr_t> b_, c_;
  DeviceArray<unsigned char> buffer_;
};

class CusparseSampledProduct : public SampledProduct {
 public:
  // S[r][c] = Σ_k A[r][k]·B[c][k]. cuSPARSE's second factor is Bᵀ: [ld][columns], and B's rows of
  // ld values are its columns, so that it is column-major. This pair of orders is its fastest.
  CusparseSampledProduct(cusparseHandle_t handle, const CsrMatrix& s, std::uint32_t ld,
                         const Stream& stream)
      : handle_(handle),
        s_(s),
        matrix_(describe(s)),
        a_(describe_dense(s, s.rows, ld, ld, CUSPARSE_ORDER_ROW)),
        b_(describe_dense(s, ld, s.columns, ld, CUSPARSE_ORDER_COL)) {
    std::size_t bytes = 0;
    check(cusparseSDDMM_bufferSize(handle_, CUSPARSE_OPERATION_NON_TRANSPOSE,
                                   CUSPARSE_OPERATION_NON_TRANSPOSE, &kOne, a_.get(), b_.get(),
                                   &kZero, matrix_.get(), CUDA_R_32F, CUSPARSE_SDDMM_ALG_DEFAULT,
                                   &bytes),
          "sizing the gradient of", s_);
    buffer_ = make_buffer(bytes, stream);
    check(cusparseSDDMM_preprocess(handle_, CUSPARSE_OPERATION_NON_TRANSPOSE,
                                   CUSPARSE_OPERATION_NON_TRANSPOSE, &kOne, a_.get(), b_.get(),
                                   &kZero, matrix_.get(), CUDA_R_32F, CUSPARSE_SDDMM_ALG_DEFAULT,
                                   buffer_.data()),
          "preparing the gradient of", s_);
  }

  void multiply(const float* a, const float* b) override {
    set_values(a_.get(), a, s_);
    set_values(b_.get(), b, s_);
    check(cusparseSDDMM(handle_, CUSPARSE_OPERATION_NON_TRANSPOSE, CUSPARSE_OPERATION_NON_TRANSPOSE,
                        &kOne, a_.get(), b_.get(), &kZero, matrix_.get(), CUDA_R_32F,
                        CUSPARSE_SDDMM_ALG_DEFAULT, buffer_.data()),
          "computing the gradient of", s_);
  }

 private:
  cusparseHandle_t handle_;
  CsrMatrix s_;
  Owned<cusparseSpMatDescr_t> matrix_;
  Owned<cusparseDnMatDescr_t> a_, b_;
  DeviceArray<unsigned char> buffer_;
};

class CusparseProducts : public SparseProducts {
 public:
  explicit CusparseProducts(const Stream& stream) : stream_(stream) {
    cusparseHandle_t handle = nullptr;
    check(cusparseCreate(&handle), "starting");
    handle_.reset(handle);
    check(cusparseSetStream(handle, static_cast<cudaStream_t>(stream.get())), "starting");
  }

  std::unique_ptr<SparseProduct> plan_product(const CsrMatrix& s, std::uint32_t ld) override {
    return std::make_unique<CusparseProduct>(handle_.get(), s, ld, stream_);
  }
  std::unique_ptr<SampledProduct> plan_sampled_product(const CsrMatrix& s,
                                                       std::uint32_t ld) override {
    return std::make_unique<CusparseSampledProduct>(handle_.get(), s, ld, stream_);
  }

 private:
  const Stream& stream_;
  Owned<cusparseHandle_t> handle_;
};

}  // namespace

ProductSource<SparseProducts> cusparse() {
  int major = 0, minor = 0;
  check(cusparseGetProperty(MAJOR_VERSION, &major), "asking for its version");
  check(cusparseGetProperty(MINOR_VERSION, &minor), "asking for its version");
  return {"cuda-cusparse", "cuSPARSE " + std::to_string(major) + "." + std::to_string(minor),
          [](const Stream& stream) { return std::make_unique<CusparseProducts>(stream); }};
}

}  // namespace regrow::cuda
