// What CUDA's error codes mean, and which kernel a failed launch was of.
#include <cxxabi.h>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "common/error.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow::cuda {
namespace {

// "forward_kernel<float>(…)" as far as this CUDA can tell.
std::string kernel_name([[maybe_unused]] const void* kernel) {
#if CUDART_VERSION >= 12030
  const char* mangled = nullptr;
  if (cudaFuncGetName(&mangled, kernel) == cudaSuccess && mangled != nullptr) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> readable(
        abi::__cxa_demangle(mangled, nullptr, nullptr, &status), std::free);
    return status == 0 ? readable.get() : mangled;
  }
  cudaGetLastError();  // the question's own error
#endif
  return "a kernel";
}

}  // namespace

Failure classify(cudaError_t status) {
  switch (status) {
    case cudaErrorMemoryAllocation:
      return Failure::kOutOfMemory;
    case cudaErrorNoDevice:
    case cudaErrorDevicesUnavailable:
    case cudaErrorDeviceUninitialized:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorExternalDevice:
    case cudaErrorContextIsDestroyed:
    case cudaErrorMpsConnectionFailed:
    case cudaErrorMpsServerNotReady:
    case cudaErrorCudartUnloading:
    case cudaErrorUnknown:
      return Failure::kLost;
    case cudaErrorIllegalAddress:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorIllegalInstruction:
    case cudaErrorHardwareStackError:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
      return Failure::kKernel;
    default:
      return Failure::kOther;
  }
}

void check(cudaError_t status, const std::string& doing) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // or the next launch would be blamed for it
  throw Error(failure_message(classify(status), doing, cudaGetErrorString(status)));
}

void check_launch(const void* kernel, [[maybe_unused]] void* stream) {
  const cudaError_t status = cudaGetLastError();
  if (status != cudaSuccess) check(status, "launching " + kernel_name(kernel));
#if !defined(NDEBUG) && !defined(REGROW_CUDA_EMULATED)  // a fault of the emulation names its kernel
  const auto handle = static_cast<cudaStream_t>(stream);
  auto capture = cudaStreamCaptureStatusNone;
  check(cudaStreamIsCapturing(handle, &capture), "asking about a capture");
  if (capture != cudaStreamCaptureStatusNone) return;
  const cudaError_t finished = cudaStreamSynchronize(handle);
  if (finished != cudaSuccess) check(finished, "running " + kernel_name(kernel));
#endif
}

void allow_shared(const void* kernel, std::size_t bytes) {
  const cudaError_t status = cudaFuncSetAttribute(
      kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes));
  if (status == cudaSuccess) return;
  check(status, fmt::format("{} of shared memory for {}", memory_text(bytes), kernel_name(kernel)));
}

}  // namespace regrow::cuda
