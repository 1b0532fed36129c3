// What a person reads where cuSPARSE or cuBLAS fails, and that nothing is left behind: with the
// stand-ins, which fail when told to.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cuda/library/fake_libraries.h"
#include "library/dense_products.h"
#include "library/sparse_products.h"
#include "regrow/error.h"

namespace regrow::cuda {
namespace {

class LibraryErrors : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { fake::failing_call = GetParam(); }
  void TearDown() override {
    fake::failing_call.clear();
    EXPECT_EQ(fake::live_objects, 0);
  }
};

using CusparseErrors = LibraryErrors;
using CublasErrors = LibraryErrors;

template <typename Body>
std::string error_of(const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST_P(CusparseErrors, NameTheLibraryTheFailureAndTheRemedy) {
  const Stream stream;
  const DeviceArray<std::uint32_t> row_begin(std::vector<std::uint32_t>{0, 1, 2}, "begins", stream);
  const DeviceArray<std::uint32_t> columns(std::vector<std::uint32_t>{2, 0}, "columns", stream);
  DeviceArray<float> values(2, "values", stream);
  DeviceArray<float> a(2 * 8, "a", stream), b(3 * 8, "b", stream);
  const CsrMatrix matrix = {2, 3, 2, row_begin.data(), columns.data(), values.data()};
  const std::string message = error_of([&] {
    const auto products = cusparse().make(stream);
    products->plan_product(matrix, 8)->multiply(b.data(), a.data());
    products->plan_sampled_product(matrix, 8)->multiply(a.data(), b.data());
  });
  EXPECT_NE(message.find("cuSPARSE: insufficient resources (CUSPARSE_STATUS_FAKE) while "),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("--device cuda"), std::string::npos) << message;
  if (fake::failing_call != "cusparseCreate" && fake::failing_call != "cusparseSetStream") {
    EXPECT_NE(message.find("2 × 3 with 2 connections"), std::string::npos) << message;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryCall, CusparseErrors,
                         testing::Values("cusparseCreate", "cusparseSetStream", "cusparseCreateCsr",
                                         "cusparseCreateDnMat", "cusparseSpMM_bufferSize",
                                         "cusparseSpMM_preprocess", "cusparseSpMM",
                                         "cusparseSDDMM_bufferSize", "cusparseSDDMM_preprocess",
                                         "cusparseSDDMM", "cusparseDnMatSetValues"));

TEST_P(CublasErrors, NameTheLibraryTheFailureAndTheRemedy) {
  const Stream stream;
  DeviceArray<float> a(6, "a", stream), b(12, "b", stream), c(8, "c", stream);
  const std::string message = error_of([&] {
    cublas().make(stream)->multiply({.m = 2,
                                     .n = 4,
                                     .k = 3,
                                     .a = a.data(),
                                     .a_ld = 2,
                                     .b = b.data(),
                                     .b_ld = 3,
                                     .c = c.data(),
                                     .c_ld = 2});
  });
  EXPECT_NE(message.find("cuBLAS: the resource allocation failed (CUBLAS_STATUS_FAKE) while "),
            std::string::npos)
      << message;
  EXPECT_NE(message.find("--device cuda"), std::string::npos) << message;
  if (fake::failing_call == "cublasSgemm") {
    EXPECT_NE(message.find("multiplying 2 × 3 by 3 × 4"), std::string::npos) << message;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryCall, CublasErrors,
                         testing::Values("cublasCreate", "cublasSetStream", "cublasSetWorkspace",
                                         "cublasSetMathMode", "cublasSgemm"));

}  // namespace
}  // namespace regrow::cuda
