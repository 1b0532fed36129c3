// A stand-in for cuSPARSE in host memory, as strict about its arguments as the documentation: the
// calls that cuda/library makes are tested with it where there is no GPU.
#include <cusparse.h>

#include <cstdint>

#include "cuda/library/fake_libraries.h"

struct cusparseContext {
  bool has_stream = false;
};

struct cusparseSpMatDescr {
  std::int64_t rows, columns, connections;
  const std::int32_t* row_begin;
  const std::int32_t* column_indices;
  float* values;
  const void* active_buffer = nullptr;
};

struct cusparseDnMatDescr {
  std::int64_t rows, columns, ld;
  float* values;
  cusparseOrder_t order;

  float& at(std::int64_t row, std::int64_t column) const {
    return order == CUSPARSE_ORDER_ROW ? values[row * ld + column] : values[column * ld + row];
  }
};

namespace {

using regrow::fake::failing_call;

constexpr std::size_t kBufferBytes = 24;

bool is_aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; }

cusparseStatus_t answer(const char* call, bool valid) {
  if (failing_call == call) return CUSPARSE_STATUS_INSUFFICIENT_RESOURCES;
  return valid ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_INVALID_VALUE;
}

bool is_plain(cusparseHandle_t handle, cusparseOperation_t op_a, cusparseOperation_t op_b,
              const void* alpha, const void* beta, cudaDataType type) {
  return handle != nullptr && handle->has_stream && op_a == CUSPARSE_OPERATION_NON_TRANSPOSE &&
         op_b == CUSPARSE_OPERATION_NON_TRANSPOSE && alpha != nullptr && beta != nullptr &&
         type == CUDA_R_32F;
}

bool fits(cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b, cusparseConstDnMatDescr_t c) {
  return a != nullptr && b != nullptr && c != nullptr && a->columns == b->rows &&
         a->rows == c->rows && b->columns == c->columns && b->order == CUSPARSE_ORDER_ROW &&
         c->order == CUSPARSE_ORDER_ROW;
}

bool fits(cusparseConstDnMatDescr_t a, cusparseConstDnMatDescr_t b, cusparseConstSpMatDescr_t c) {
  return a != nullptr && b != nullptr && c != nullptr && a->rows == c->rows &&
         a->columns == b->rows && b->columns == c->columns;
}

}  // namespace

extern "C" {

cusparseStatus_t cusparseCreate(cusparseHandle_t* handle) {
  const cusparseStatus_t status = answer("cusparseCreate", true);
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  *handle = new cusparseContext;
  ++regrow::fake::live_objects;
  return status;
}

cusparseStatus_t cusparseDestroy(cusparseHandle_t handle) {
  delete handle;
  --regrow::fake::live_objects;
  return CUSPARSE_STATUS_SUCCESS;
}

cusparseStatus_t cusparseSetStream(cusparseHandle_t handle, cudaStream_t) {
  handle->has_stream = true;
  return answer("cusparseSetStream", true);
}

cusparseStatus_t cusparseGetProperty(libraryPropertyType type, int* value) {
  *value = type == MAJOR_VERSION ? 12 : 6;
  return CUSPARSE_STATUS_SUCCESS;
}

const char* cusparseGetErrorName(cusparseStatus_t) { return "CUSPARSE_STATUS_FAKE"; }
const char* cusparseGetErrorString(cusparseStatus_t) { return "insufficient resources"; }

cusparseStatus_t cusparseCreateCsr(cusparseSpMatDescr_t* matrix, std::int64_t rows,
                                   std::int64_t columns, std::int64_t connections, void* row_begin,
                                   void* column_indices, void* values,
                                   cusparseIndexType_t row_begin_type,
                                   cusparseIndexType_t column_type, cusparseIndexBase_t base,
                                   cudaDataType type) {
  const bool valid = rows > 0 && columns > 0 && connections > 0 && connections <= rows * columns &&
                     row_begin_type == CUSPARSE_INDEX_32I && column_type == CUSPARSE_INDEX_32I &&
                     base == CUSPARSE_INDEX_BASE_ZERO && type == CUDA_R_32F && is_aligned(values) &&
                     values != nullptr;
  const auto* const begin = static_cast<const std::int32_t*>(row_begin);
  const cusparseStatus_t status =
      answer("cusparseCreateCsr", valid && begin[0] == 0 && begin[rows] == connections);
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  *matrix = new cusparseSpMatDescr{rows,
                                   columns,
                                   connections,
                                   begin,
                                   static_cast<const std::int32_t*>(column_indices),
                                   static_cast<float*>(values)};
  ++regrow::fake::live_objects;
  return status;
}

cusparseStatus_t cusparseDestroySpMat(cusparseConstSpMatDescr_t matrix) {
  delete matrix;
  --regrow::fake::live_objects;
  return CUSPARSE_STATUS_SUCCESS;
}

cusparseStatus_t cusparseCreateDnMat(cusparseDnMatDescr_t* matrix, std::int64_t rows,
                                     std::int64_t columns, std::int64_t ld, void* values,
                                     cudaDataType type, cusparseOrder_t order) {
  const bool valid = rows > 0 && columns > 0 && values != nullptr && type == CUDA_R_32F &&
                     ld >= (order == CUSPARSE_ORDER_ROW ? columns : rows);
  const cusparseStatus_t status = answer("cusparseCreateDnMat", valid);
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  *matrix = new cusparseDnMatDescr{rows, columns, ld, static_cast<float*>(values), order};
  ++regrow::fake::live_objects;
  return status;
}

cusparseStatus_t cusparseDestroyDnMat(cusparseConstDnMatDescr_t matrix) {
  delete matrix;
  --regrow::fake::live_objects;
  return CUSPARSE_STATUS_SUCCESS;
}

cusparseStatus_t cusparseDnMatSetValues(cusparseDnMatDescr_t matrix, void* values) {
  matrix->values = static_cast<float*>(values);
  return answer("cusparseDnMatSetValues", values != nullptr && is_aligned(values));
}

cusparseStatus_t cusparseSpMM_bufferSize(cusparseHandle_t handle, cusparseOperation_t op_a,
                                         cusparseOperation_t op_b, const void* alpha,
                                         cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b,
                                         const void* beta, cusparseDnMatDescr_t c,
                                         cudaDataType type, cusparseSpMMAlg_t, std::size_t* bytes) {
  *bytes = kBufferBytes;
  return answer("cusparseSpMM_bufferSize",
                is_plain(handle, op_a, op_b, alpha, beta, type) && fits(a, b, c));
}

cusparseStatus_t cusparseSpMM_preprocess(cusparseHandle_t handle, cusparseOperation_t op_a,
                                         cusparseOperation_t op_b, const void* alpha,
                                         cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b,
                                         const void* beta, cusparseDnMatDescr_t c,
                                         cudaDataType type, cusparseSpMMAlg_t, void* buffer) {
  const_cast<cusparseSpMatDescr*>(a)->active_buffer = buffer;
  return answer("cusparseSpMM_preprocess", is_plain(handle, op_a, op_b, alpha, beta, type) &&
                                               fits(a, b, c) && buffer != nullptr);
}

cusparseStatus_t cusparseSpMM(cusparseHandle_t handle, cusparseOperation_t op_a,
                              cusparseOperation_t op_b, const void* alpha,
                              cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b,
                              const void* beta, cusparseDnMatDescr_t c, cudaDataType type,
                              cusparseSpMMAlg_t, void* buffer) {
  const cusparseStatus_t status =
      answer("cusparseSpMM", is_plain(handle, op_a, op_b, alpha, beta, type) && fits(a, b, c) &&
                                 buffer != nullptr && buffer == a->active_buffer);
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  for (std::int64_t row = 0; row < a->rows; ++row) {
    for (std::int64_t column = 0; column < c->columns; ++column) {
      float sum = 0;
      for (std::int32_t k = a->row_begin[row]; k < a->row_begin[row + 1]; ++k) {
        sum += a->values[k] * b->at(a->column_indices[k], column);
      }
      c->at(row, column) = *static_cast<const float*>(alpha) * sum +
                           *static_cast<const float*>(beta) * c->at(row, column);
    }
  }
  return status;
}

cusparseStatus_t cusparseSDDMM_bufferSize(cusparseHandle_t handle, cusparseOperation_t op_a,
                                          cusparseOperation_t op_b, const void* alpha,
                                          cusparseConstDnMatDescr_t a, cusparseConstDnMatDescr_t b,
                                          const void* beta, cusparseSpMatDescr_t c,
                                          cudaDataType type, cusparseSDDMMAlg_t,
                                          std::size_t* bytes) {
  *bytes = 0;
  return answer("cusparseSDDMM_bufferSize",
                is_plain(handle, op_a, op_b, alpha, beta, type) && fits(a, b, c));
}

cusparseStatus_t cusparseSDDMM_preprocess(cusparseHandle_t handle, cusparseOperation_t op_a,
                                          cusparseOperation_t op_b, const void* alpha,
                                          cusparseConstDnMatDescr_t a, cusparseConstDnMatDescr_t b,
                                          const void* beta, cusparseSpMatDescr_t c,
                                          cudaDataType type, cusparseSDDMMAlg_t, void* buffer) {
  c->active_buffer = buffer;
  return answer("cusparseSDDMM_preprocess", is_plain(handle, op_a, op_b, alpha, beta, type) &&
                                                fits(a, b, c) && buffer != nullptr);
}

cusparseStatus_t cusparseSDDMM(cusparseHandle_t handle, cusparseOperation_t op_a,
                               cusparseOperation_t op_b, const void* alpha,
                               cusparseConstDnMatDescr_t a, cusparseConstDnMatDescr_t b,
                               const void* beta, cusparseSpMatDescr_t c, cudaDataType type,
                               cusparseSDDMMAlg_t, void* buffer) {
  const cusparseStatus_t status =
      answer("cusparseSDDMM", is_plain(handle, op_a, op_b, alpha, beta, type) && fits(a, b, c) &&
                                  buffer != nullptr && buffer == c->active_buffer);
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  for (std::int64_t row = 0; row < c->rows; ++row) {
    for (std::int32_t k = c->row_begin[row]; k < c->row_begin[row + 1]; ++k) {
      float sum = 0;
      for (std::int64_t i = 0; i < a->columns; ++i) {
        sum += a->at(row, i) * b->at(i, c->column_indices[k]);
      }
      c->values[k] =
          *static_cast<const float*>(alpha) * sum + *static_cast<const float*>(beta) * c->values[k];
    }
  }
  return status;
}

}  // extern "C"
