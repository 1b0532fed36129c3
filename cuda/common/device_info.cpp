#include "common/device_info.h"

#include <fmt/format.h>

#include <cstdint>

#include "common/cuda_api.h"
#include "common/error.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow::cuda {

std::string DeviceInfo::instruction_set() const {
  return major == 0 ? "emulated" : fmt::format("sm_{}{}", major, minor);
}

std::string DeviceInfo::description() const {
  return fmt::format("{}, {}, {}", name, instruction_set(), memory_text(total_bytes));
}

namespace {

std::string version(int number) { return fmt::format("{}.{}", number / 1000, number % 1000 / 10); }

}  // namespace

std::vector<DeviceInfo> devices(std::string* why_none) {
  std::string ignored;
  std::string& why = why_none != nullptr ? *why_none : ignored;
  std::vector<DeviceInfo> found;
  int driver = 0, runtime = 0, count = 0;  // untouched where a call fails
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  if (driver == 0) {
    why = "no CUDA driver";
    return found;
  }
  const cudaError_t status = cudaGetDeviceCount(&count);
  cudaGetLastError();
  if (status == cudaErrorInsufficientDriver) {
    why = fmt::format("the driver is too old: it knows CUDA {}, and {} is needed", version(driver),
                      version(runtime));
  } else if (status != cudaSuccess && status != cudaErrorNoDevice) {
    why = fmt::format("the driver does not answer ({})", cudaGetErrorString(status));
  } else if (status == cudaErrorNoDevice || count == 0) {
    why = "no CUDA device";
  } else {
    for (int number = 0; number < count; ++number) {
      cudaDeviceProp properties{};
      check(cudaGetDeviceProperties(&properties, number), fmt::format("asking GPU {}", number));
      found.push_back({properties.name, properties.major, properties.minor,
                       properties.totalGlobalMem, driver, runtime});
    }
  }
  return found;
}

void use_device(int number) {
  check(cudaSetDevice(number), fmt::format("the use of GPU {}", number));
}

std::size_t free_memory() {
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "asking for free memory");
  // What the pool keeps for reuse is ours, too.
  int device = 0, pools = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, device);
  cudaMemPool_t pool = nullptr;
  std::uint64_t reserved = 0, used = 0;
  if (pools != 0 && cudaDeviceGetDefaultMemPool(&pool, device) == cudaSuccess &&
      cudaMemPoolGetAttribute(pool, cudaMemPoolAttrReservedMemCurrent, &reserved) == cudaSuccess &&
      cudaMemPoolGetAttribute(pool, cudaMemPoolAttrUsedMemCurrent, &used) == cudaSuccess) {
    free += reserved - used;
  }
  cudaGetLastError();  // a pool that does not say what it keeps counts for nothing
  return free;
}

}  // namespace regrow::cuda
