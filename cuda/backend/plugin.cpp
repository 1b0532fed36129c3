// The table of functions that the program sees: of the plugin where a GPU computes, and of the
// emulation, which is part of the program.
#include <memory>
#include <string>
#include <vector>

#include "backend/cuda_backend.h"
#include "backend_interface/emulated_plugin.h"
#include "backend_interface/plugin_interface.h"
#include "bench/primitives.h"
#include "common/device_info.h"
#include "regrow/version.h"

namespace regrow::cuda {
namespace {

std::vector<std::string> describe_gpus(std::string* why_none) {
  std::vector<std::string> descriptions;
  for (const DeviceInfo& gpu : devices(why_none)) descriptions.push_back(gpu.description());
  return descriptions;
}

std::unique_ptr<Backend> make(const std::string& device, int gpu, const BackendOptions& options) {
  return make_cuda_backend(make_kernel_engine(device), gpu, options);
}

constexpr PluginInterface kPlugin = {kPluginInterface, kVersion, describe_gpus, make,
                                     bench_primitives};

}  // namespace
}  // namespace regrow::cuda

#if defined(REGROW_CUDA_EMULATED)

const regrow::PluginInterface* regrow::emulated_plugin() { return &regrow::cuda::kPlugin; }

#else

extern "C" __attribute__((visibility("default"))) const regrow::PluginInterface* regrow_plugin() {
  return &regrow::cuda::kPlugin;
}

#endif
