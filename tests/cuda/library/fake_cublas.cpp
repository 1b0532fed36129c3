// A stand-in for cuBLAS in host memory; see fake_cusparse.cpp.
#include <cublas_v2.h>

#include <algorithm>
#include <cstdint>

#include "cuda/library/fake_libraries.h"

namespace regrow::fake {

std::string failing_call;
int live_objects = 0;

}  // namespace regrow::fake

using regrow::fake::failing_call;

struct cublasContext {
  bool has_stream = false;
  bool has_workspace = false;
  cublasMath_t math = CUBLAS_TF32_TENSOR_OP_MATH;
};

namespace {

cublasStatus_t answer(const char* call, bool valid) {
  if (failing_call == call) return CUBLAS_STATUS_ALLOC_FAILED;
  return valid ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}

}  // namespace

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  const cublasStatus_t status = answer("cublasCreate", true);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  *handle = new cublasContext;
  ++regrow::fake::live_objects;
  return status;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  delete handle;
  --regrow::fake::live_objects;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t) {
  handle->has_stream = true;
  handle->has_workspace = false;
  return answer("cublasSetStream", true);
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, std::size_t bytes) {
  handle->has_workspace = true;
  return answer("cublasSetWorkspace",
                reinterpret_cast<std::uintptr_t>(workspace) % 16 == 0 && bytes > 0);
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  handle->math = mode;
  return answer("cublasSetMathMode", true);
}

cublasStatus_t cublasGetProperty(libraryPropertyType type, int* value) {
  *value = type == MAJOR_VERSION ? 13 : 1;
  return CUBLAS_STATUS_SUCCESS;
}

const char* cublasGetStatusName(cublasStatus_t) { return "CUBLAS_STATUS_FAKE"; }
const char* cublasGetStatusString(cublasStatus_t) { return "the resource allocation failed"; }

cublasStatus_t cublasSgemm_v2_64(cublasHandle_t handle, cublasOperation_t op_a,
                                 cublasOperation_t op_b, std::int64_t m, std::int64_t n,
                                 std::int64_t k, const float* alpha, const float* a,
                                 std::int64_t a_ld, const float* b, std::int64_t b_ld,
                                 const float* beta, float* c, std::int64_t c_ld) {
  const bool valid = handle->has_stream && handle->has_workspace &&
                     handle->math == CUBLAS_DEFAULT_MATH && m > 0 && n > 0 && k > 0 &&
                     a_ld >= (op_a == CUBLAS_OP_N ? m : k) &&
                     b_ld >= (op_b == CUBLAS_OP_N ? k : n) && c_ld >= m && a != nullptr &&
                     b != nullptr && c != nullptr;
  const cublasStatus_t status = answer("cublasSgemm", valid);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  for (std::int64_t column = 0; column < n; ++column) {
    for (std::int64_t row = 0; row < m; ++row) {
      float sum = 0;
      for (std::int64_t i = 0; i < k; ++i) {
        sum += (op_a == CUBLAS_OP_N ? a[row + i * a_ld] : a[i + row * a_ld]) *
               (op_b == CUBLAS_OP_N ? b[i + column * b_ld] : b[column + i * b_ld]);
      }
      // As the reference BLAS: with beta 0, C is not read.
      float& result = c[row + column * c_ld];
      result = *alpha * sum + (*beta == 0 ? 0 : *beta * result);
    }
  }
  return status;
}

}  // extern "C"
