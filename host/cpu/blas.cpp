#include "cpu/blas.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>

#include "regrow/error.h"

namespace regrow::cpu {
namespace {

constexpr int kRowMajor = 101, kNoTranspose = 111, kTranspose = 112;  // CBLAS's enumerators

template <typename Function>
Function find(void* library, const char* name) {
  return reinterpret_cast<Function>(dlsym(library, name));
}

}  // namespace

const Blas& Blas::instance(const std::string& simd, const std::string& who) {
  static const Blas blas(simd, who);
  if (blas.simd_ != simd) {
    throw Error(who + ": OpenBLAS computes with " + blas.simd_ +
                " in this process and cannot change to " + simd +
                "; train in processes of their own (sweep --isolation process)");
  }
  return blas;
}

Blas::Blas(const std::string& simd, const std::string& who) : simd_(simd) {
  // OpenBLAS does not know processors newer than itself and then falls back to old kernels; the
  // instruction set that our own kernels run on is named instead. It also keeps the choice, and so
  // the bits, a function of `simd`. One thread: our pool calls it.
  const char* core = simd == "avx512" ? "SkylakeX" : simd == "avx2" ? "Haswell" : "Prescott";
  setenv("OPENBLAS_CORETYPE", core, 1);
  setenv("OPENBLAS_NUM_THREADS", "1", 1);
  void* library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw Error(who +
                " on the cpu device need OpenBLAS, which is not installed: "
                "apt-get install libopenblas0-pthread");
  }
  sgemm_ = find<Sgemm>(library, "cblas_sgemm");
  const auto set_threads = find<void (*)(int)>(library, "openblas_set_num_threads");
  if (sgemm_ == nullptr || set_threads == nullptr) {
    throw Error(
        "libopenblas.so.0 lacks cblas_sgemm or openblas_set_num_threads: "
        "apt-get install libopenblas0-pthread");
  }
  set_threads(1);
}

void Blas::require_room(unsigned threads, const std::string& who) {
  constexpr std::size_t kBufferMib = 128;  // at most, whatever it was built for
  const std::size_t mib = threads * kBufferMib;
  void* const room =
      mmap(nullptr, mib << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) {
    throw Error(fmt::format(
        "{}: OpenBLAS takes {} MiB of addresses for {} thread{}, and less is left of the limit on "
        "memory (ulimit -v); raise it{}",
        who, mib, threads, threads == 1 ? "" : "s", threads > 1 ? ", or lower --threads" : ""));
  }
  munmap(room, mib << 20);
}

void Blas::multiply(bool transpose_a, bool transpose_b, int m, int n, int k, float alpha,
                    const float* a, int lda, const float* b, int ldb, float beta, float* c,
                    int ldc) const {
  sgemm_(kRowMajor, transpose_a ? kTranspose : kNoTranspose,
         transpose_b ? kTranspose : kNoTranspose, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

}  // namespace regrow::cpu
