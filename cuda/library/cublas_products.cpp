// Dense products by cuBLAS: its handle, its workspace and one call.
#include <cublas_v2.h>

#include <memory>
#include <string>
#include <type_traits>

#include "library/dense_products.h"
#include "regrow/error.h"

namespace regrow::cuda {
namespace {

// What its documentation asks for on Hopper, the most of all GPUs. A workspace of ours keeps cuBLAS
// from allocating one inside a captured graph, and its results the same from run to run.
constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20U;

void check(cublasStatus_t status, const std::string& doing) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw Error(std::string("cuBLAS: ") + cublasGetStatusString(status) + " (" +
              cublasGetStatusName(status) + ") while " + doing +
              "; --device cuda trains without cuBLAS");
}

struct DestroyCublas {
  void operator()(cublasHandle_t handle) const { cublasDestroy(handle); }
};

class CublasProducts : public DenseProducts {
 public:
  explicit CublasProducts(const Stream& stream)
      : workspace_(kWorkspaceBytes, "cuBLAS's workspace", stream) {
    cublasHandle_t handle = nullptr;
    check(cublasCreate(&handle), "starting");
    handle_.reset(handle);
    check(cublasSetStream(handle, static_cast<cudaStream_t>(stream.get())), "taking the stream");
    // After the stream, whose setting puts cuBLAS's own workspace back.
    check(cublasSetWorkspace(handle, workspace_.data(), workspace_.size()), "taking its workspace");
    check(cublasSetMathMode(handle, CUBLAS_DEFAULT_MATH), "turning TF32 off");
  }

  void multiply(const DenseProduct& p) override {
    constexpr float kOne = 1;
    constexpr float kZero = 0;
    const cublasStatus_t status =
        cublasSgemm_64(handle_.get(), p.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N,
                       p.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N, p.m, p.n, p.k, &kOne, p.a, p.a_ld,
                       p.b, p.b_ld, &kZero, p.c, p.c_ld);
    if (status != CUBLAS_STATUS_SUCCESS) {
      check(status, "multiplying " + std::to_string(p.m) + " × " + std::to_string(p.k) + " by " +
                        std::to_string(p.k) + " × " + std::to_string(p.n));
    }
  }

 private:
  DeviceArray<unsigned char> workspace_;
  std::unique_ptr<std::remove_pointer_t<cublasHandle_t>, DestroyCublas> handle_;
};

}  // namespace

ProductSource<DenseProducts> cublas() {
  int major = 0, minor = 0;
  check(cublasGetProperty(MAJOR_VERSION, &major), "asking for its version");
  check(cublasGetProperty(MINOR_VERSION, &minor), "asking for its version");
  return {"cuda-dense", "cuBLAS " + std::to_string(major) + "." + std::to_string(minor),
          [](const Stream& stream) { return std::make_unique<CublasProducts>(stream); },
          kWorkspaceBytes};
}

}  // namespace regrow::cuda
