// A stand-in for cuBLAS on the emulated device; see fake_cusparse.cpp.
#include <cublas_v2.h>

#include <cstdint>

#include "cuda/library/fake_libraries.h"

using regrow::fake::failing_call;
using regrow::fake::is_device_array;

struct cublasContext {
  void* stream = nullptr;
  unsigned char* workspace = nullptr;
  std::size_t workspace_bytes = 0;
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

// As the library does, it puts the workspace back to its own.
cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  handle->workspace = nullptr;
  return answer("cublasSetStream", true);
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, std::size_t bytes) {
  handle->workspace = static_cast<unsigned char*>(workspace);
  handle->workspace_bytes = bytes;
  return answer("cublasSetWorkspace",
                bytes > 0 && regrow::fake::is_aligned(workspace, 256) &&
                    is_device_array(handle->workspace, static_cast<std::int64_t>(bytes)));
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
  const bool transpose_a = op_a != CUBLAS_OP_N, transpose_b = op_b != CUBLAS_OP_N;
  const bool valid =
      handle->stream != nullptr && handle->workspace != nullptr &&
      handle->math == CUBLAS_DEFAULT_MATH && m > 0 && n > 0 && k > 0 &&
      a_ld >= (transpose_a ? k : m) && b_ld >= (transpose_b ? n : k) && c_ld >= m &&
      is_device_array(a, a_ld * ((transpose_a ? m : k) - 1) + (transpose_a ? k : m)) &&
      is_device_array(b, b_ld * ((transpose_b ? k : n) - 1) + (transpose_b ? n : k)) &&
      is_device_array(c, c_ld * (n - 1) + m);
  const cublasStatus_t status = answer("cublasSgemm", valid);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  const auto work = [=, context = *handle, alpha = *alpha, beta = *beta] {
    context.workspace[0] = context.workspace[context.workspace_bytes - 1] = 1;
    for (std::int64_t column = 0; column < n; ++column) {
      for (std::int64_t row = 0; row < m; ++row) {
        float sum = 0;
        for (std::int64_t i = 0; i < k; ++i) {
          sum += a[transpose_a ? i + row * a_ld : row + i * a_ld] *
                 b[transpose_b ? column + i * b_ld : i + column * b_ld];
        }
        // As the reference BLAS: with beta 0, C is not read.
        float& result = c[row + column * c_ld];
        result = alpha * sum + (beta == 0 ? 0 : beta * result);
      }
    }
  };
  return regrow::fake::enqueue(handle->stream, work) ? status : CUBLAS_STATUS_EXECUTION_FAILED;
}

}  // extern "C"
