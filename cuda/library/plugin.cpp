// The table of functions that the program sees of the plugin with the library paths.
#include <memory>
#include <string>
#include <vector>

#include "backend/cuda_backend.h"
#include "backend_interface/plugin_interface.h"
#include "common/device_info.h"
#include "library/engines.h"
#include "regrow/error.h"
#include "regrow/version.h"

namespace regrow::cuda {
namespace {

std::vector<std::string> describe_gpus(std::string* why_none) {
  std::vector<std::string> descriptions;
  for (const DeviceInfo& gpu : devices(why_none)) descriptions.push_back(gpu.description());
  return descriptions;
}

std::unique_ptr<EngineKind> make_engine_kind(const std::string& device) {
  if (device == "cuda-cusparse") return make_sparse_product_engine(cusparse());
  REGROW_CHECK(device == "cuda-dense", "the plugin of the library paths makes no " + device);
  return make_dense_product_engine(cublas());
}

std::unique_ptr<Backend> make(const std::string& device, int gpu, const BackendOptions& options) {
  return make_cuda_backend(make_engine_kind(device), gpu, options);
}

constexpr PluginInterface kPlugin = {kPluginInterface, kVersion, describe_gpus, make, nullptr};

}  // namespace
}  // namespace regrow::cuda

extern "C" __attribute__((visibility("default"))) const regrow::PluginInterface* regrow_plugin() {
  return &regrow::cuda::kPlugin;
}
