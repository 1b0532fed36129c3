// A stand-in for cuSPARSE on the emulated device, as strict about its arguments as the
// documentation: the calls that cuda/library makes are tested with it where there is no GPU.
#include <cusparse.h>

#include <cstdint>

#include "cuda/library/fake_libraries.h"

struct cusparseContext {
  void* stream = nullptr;
};

struct cusparseSpMatDescr {
  std::int64_t rows, columns, connections;
  const std::int32_t* row_begin;
  const std::int32_t* column_indices;
  float* values;
  // As the last preparation left them: a product is of the same kind, with the same buffer.
  void* active_buffer = nullptr;
  int algorithm = -1;

  /// The arrays of a matrix may not have changed since it was described, but for the values in
  /// them.
  void require_whole() const {
    REGROW_CHECK(row_begin[0] == 0 && row_begin[rows] == connections,
                 "a CSR matrix has as many connections as it was described with");
  }
};

struct cusparseDnMatDescr {
  std::int64_t rows, columns, ld;
  float* values;
  cusparseOrder_t order;

  float& at(std::int64_t row, std::int64_t column) const {
    return order == CUSPARSE_ORDER_ROW ? values[row * ld + column] : values[column * ld + row];
  }
  bool is_on_device() const {
    const bool by_row = order == CUSPARSE_ORDER_ROW;
    return regrow::fake::is_device_array(
        values, ld * ((by_row ? rows : columns) - 1) + (by_row ? columns : rows));
  }
};

namespace {

using regrow::fake::failing_call;

bool is_aligned(const void* pointer) { return regrow::fake::is_aligned(pointer, 16); }

// Of the order of the library's own: a part for each row, and some more.
std::size_t product_buffer_bytes(cusparseConstSpMatDescr_t a) {
  return 1024 + 8 * static_cast<std::size_t>(a->rows);
}

// What preparing a product leaves in its buffer, and the product looks for: a buffer that was freed
// or is shared with another plan does not hold it.
struct Prepared {
  const void* row_begin;
  const void* values;
};

bool is_buffer(const void* buffer, std::size_t bytes) {
  return is_aligned(buffer) && regrow::emulation::is_device_memory(buffer, bytes);
}

bool prepare(void* stream, cusparseSpMatDescr* matrix, void* buffer) {
  matrix->active_buffer = buffer;
  return regrow::fake::enqueue(stream, [matrix = *matrix, buffer] {
    matrix.require_whole();
    *static_cast<Prepared*>(buffer) = {matrix.row_begin, matrix.values};
  });
}

void require_prepared(const cusparseSpMatDescr& matrix) {
  matrix.require_whole();
  const Prepared& prepared = *static_cast<const Prepared*>(matrix.active_buffer);
  REGROW_CHECK(prepared.row_begin == matrix.row_begin && prepared.values == matrix.values,
               "a product's buffer is as its preparation left it");
}

cusparseStatus_t cusparse_answer(const char* call, bool valid) {
  if (failing_call == call) return CUSPARSE_STATUS_INSUFFICIENT_RESOURCES;
  return valid ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_INVALID_VALUE;
}

bool is_plain(cusparseHandle_t handle, cusparseOperation_t op_a, cusparseOperation_t op_b,
              const void* alpha, const void* beta, cudaDataType type) {
  return handle != nullptr && handle->stream != nullptr &&
         op_a == CUSPARSE_OPERATION_NON_TRANSPOSE && op_b == CUSPARSE_OPERATION_NON_TRANSPOSE &&
         alpha != nullptr && beta != nullptr && type == CUDA_R_32F;
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
  const cusparseStatus_t status = cusparse_answer("cusparseCreate", true);
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

cusparseStatus_t cusparseSetStream(cusparseHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return cusparse_answer("cusparseSetStream", true);
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
                     regrow::fake::is_device_array(static_cast<float*>(values), connections);
  const auto* const begin = static_cast<const std::int32_t*>(row_begin);
  const auto* const indices = static_cast<const std::int32_t*>(column_indices);
  const cusparseStatus_t status = cusparse_answer(
      "cusparseCreateCsr", valid && regrow::fake::is_device_array(begin, rows + 1) &&
                               regrow::fake::is_device_array(indices, connections));
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  *matrix = new cusparseSpMatDescr{rows,  columns, connections,
                                   begin, indices, static_cast<float*>(values)};
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
  const cusparseStatus_t status = cusparse_answer("cusparseCreateDnMat", valid);
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
  return cusparse_answer("cusparseDnMatSetValues", values != nullptr && is_aligned(values));
}

cusparseStatus_t cusparseSpMM_bufferSize(cusparseHandle_t handle, cusparseOperation_t op_a,
                                         cusparseOperation_t op_b, const void* alpha,
                                         cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b,
                                         const void* beta, cusparseDnMatDescr_t c,
                                         cudaDataType type, cusparseSpMMAlg_t algorithm,
                                         std::size_t* bytes) {
  *bytes = product_buffer_bytes(a);
  const_cast<cusparseSpMatDescr*>(a)->algorithm = algorithm;
  return cusparse_answer("cusparseSpMM_bufferSize",
                         is_plain(handle, op_a, op_b, alpha, beta, type) && fits(a, b, c));
}

cusparseStatus_t cusparseSpMM_preprocess(cusparseHandle_t handle, cusparseOperation_t op_a,
                                         cusparseOperation_t op_b, const void* alpha,
                                         cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b,
                                         const void* beta, cusparseDnMatDescr_t c,
                                         cudaDataType type, cusparseSpMMAlg_t algorithm,
                                         void* buffer) {
  const cusparseStatus_t status =
      cusparse_answer("cusparseSpMM_preprocess", is_plain(handle, op_a, op_b, alpha, beta, type) &&
                                                     fits(a, b, c) && a->algorithm == algorithm &&
                                                     is_buffer(buffer, product_buffer_bytes(a)));
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  return prepare(handle->stream, const_cast<cusparseSpMatDescr*>(a), buffer)
             ? status
             : CUSPARSE_STATUS_EXECUTION_FAILED;
}

cusparseStatus_t cusparseSpMM(cusparseHandle_t handle, cusparseOperation_t op_a,
                              cusparseOperation_t op_b, const void* alpha,
                              cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b,
                              const void* beta, cusparseDnMatDescr_t c, cudaDataType type,
                              cusparseSpMMAlg_t algorithm, void* buffer) {
  const cusparseStatus_t status = cusparse_answer(
      "cusparseSpMM", is_plain(handle, op_a, op_b, alpha, beta, type) && fits(a, b, c) &&
                          a->algorithm == algorithm && buffer == a->active_buffer &&
                          b->is_on_device() && c->is_on_device());
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  const auto work = [a = *a, b = *b, c = *c, alpha = *static_cast<const float*>(alpha),
                     beta = *static_cast<const float*>(beta)] {
    require_prepared(a);
    for (std::int64_t row = 0; row < a.rows; ++row) {
      for (std::int64_t column = 0; column < c.columns; ++column) {
        float sum = 0;
        for (std::int32_t k = a.row_begin[row]; k < a.row_begin[row + 1]; ++k) {
          sum += a.values[k] * b.at(a.column_indices[k], column);
        }
        c.at(row, column) = alpha * sum + beta * c.at(row, column);
      }
    }
  };
  return regrow::fake::enqueue(handle->stream, work) ? status : CUSPARSE_STATUS_EXECUTION_FAILED;
}

cusparseStatus_t cusparseSDDMM_bufferSize(cusparseHandle_t handle, cusparseOperation_t op_a,
                                          cusparseOperation_t op_b, const void* alpha,
                                          cusparseConstDnMatDescr_t a, cusparseConstDnMatDescr_t b,
                                          const void* beta, cusparseSpMatDescr_t c,
                                          cudaDataType type, cusparseSDDMMAlg_t algorithm,
                                          std::size_t* bytes) {
  *bytes = 0;
  c->algorithm = algorithm;
  return cusparse_answer("cusparseSDDMM_bufferSize",
                         is_plain(handle, op_a, op_b, alpha, beta, type) && fits(a, b, c));
}

cusparseStatus_t cusparseSDDMM_preprocess(cusparseHandle_t handle, cusparseOperation_t op_a,
                                          cusparseOperation_t op_b, const void* alpha,
                                          cusparseConstDnMatDescr_t a, cusparseConstDnMatDescr_t b,
                                          const void* beta, cusparseSpMatDescr_t c,
                                          cudaDataType type, cusparseSDDMMAlg_t algorithm,
                                          void* buffer) {
  const cusparseStatus_t status =
      cusparse_answer("cusparseSDDMM_preprocess", is_plain(handle, op_a, op_b, alpha, beta, type) &&
                                                      fits(a, b, c) && c->algorithm == algorithm &&
                                                      is_buffer(buffer, sizeof(Prepared)));
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  return prepare(handle->stream, c, buffer) ? status : CUSPARSE_STATUS_EXECUTION_FAILED;
}

cusparseStatus_t cusparseSDDMM(cusparseHandle_t handle, cusparseOperation_t op_a,
                               cusparseOperation_t op_b, const void* alpha,
                               cusparseConstDnMatDescr_t a, cusparseConstDnMatDescr_t b,
                               const void* beta, cusparseSpMatDescr_t c, cudaDataType type,
                               cusparseSDDMMAlg_t algorithm, void* buffer) {
  const cusparseStatus_t status = cusparse_answer(
      "cusparseSDDMM", is_plain(handle, op_a, op_b, alpha, beta, type) && fits(a, b, c) &&
                           c->algorithm == algorithm && buffer == c->active_buffer &&
                           a->is_on_device() && b->is_on_device());
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  const auto work = [a = *a, b = *b, c = *c, alpha = *static_cast<const float*>(alpha),
                     beta = *static_cast<const float*>(beta)] {
    require_prepared(c);
    for (std::int64_t row = 0; row < c.rows; ++row) {
      for (std::int32_t k = c.row_begin[row]; k < c.row_begin[row + 1]; ++k) {
        float sum = 0;
        for (std::int64_t i = 0; i < a.columns; ++i) {
          sum += a.at(row, i) * b.at(i, c.column_indices[k]);
        }
        c.values[k] = alpha * sum + beta * c.values[k];
      }
    }
  };
  return regrow::fake::enqueue(handle->stream, work) ? status : CUSPARSE_STATUS_EXECUTION_FAILED;
}

}  // extern "C"
