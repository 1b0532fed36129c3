// Single-threaded matrix products by OpenBLAS, opened at run time: most sparse training does not
// need it, and its kernel must be chosen before it is loaded.
#pragma once

#include <string>

namespace regrow::cpu {

class Blas {
 public:
  /// Loads OpenBLAS, set to the kernels of `simd` ("avx512", "avx2", "portable"), the first time.
  /// Throws Error with the remedy when it is not installed, or is there with other kernels: it has
  /// one kind for the whole process. `who`, in the plural, needs it.
  static const Blas& instance(const std::string& simd, const std::string& who);

  /// Throws Error where the limit on addresses (ulimit -v) leaves no room for the buffers that
  /// OpenBLAS makes in the first product of each thread: it would try again for ever.
  static void require_room(unsigned threads, const std::string& who);

  /// C = alpha·op(A)·op(B) + beta·C, row-major, op(A): [m][k], op(B): [k][n]; lda, ldb, ldc are
  /// row strides of the matrices as stored. One thread; may be called from several at once.
  void multiply(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                const float* a, int lda, const float* b, int ldb, float beta, float* c,
                int ldc) const;

 private:
  Blas(const std::string& simd, const std::string& who);

  using Sgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int,
                         float, float*, int);
  Sgemm sgemm_ = nullptr;
  std::string simd_;
};

}  // namespace regrow::cpu
