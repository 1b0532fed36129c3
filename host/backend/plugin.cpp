#include "backend/plugin.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <system_error>

#include "device/device_names.h"

namespace regrow {

namespace {

// Why this build made no plugin, as cmake/cuda.cmake found it; "" where it made one.
constexpr const char* kWhyNoCuda = REGROW_WHY_NO_CUDA;
constexpr const char* kWhyNoCudaLibrary = REGROW_WHY_NO_CUDA_LIBRARY;

}  // namespace

PluginSearch open_plugin(const std::filesystem::path& file) {
  // Its symbols stay its own: it brings copies of some of the program's.
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    return {nullptr, fmt::format("{} does not load: {}", file.string(), dlerror())};
  const auto entry = reinterpret_cast<PluginEntry>(dlsym(library, kPluginEntry));
  if (entry == nullptr) return {nullptr, fmt::format("{} is no plugin of regrow", file.string())};
  const PluginInterface* const plugin = entry();
  if (plugin->interface_version != kPluginInterface ||
      std::string(plugin->program_version) != kVersion) {
    return {nullptr, fmt::format("{} belongs to regrow {} (interface {}), and this is regrow {} "
                                 "(interface {}): build or install both together",
                                 file.string(), plugin->program_version, plugin->interface_version,
                                 kVersion, kPluginInterface)};
  }
  return {plugin, ""};
}

std::string why_missing(const std::string& name, const std::filesystem::path& folder,
                        const std::string& why_not_built) {
  const std::string where = fmt::format("{} is not in {}", name, folder.string());
  if (why_not_built.empty()) {
    return where + ": it was built with this program, and belongs beside it or in ../lib/regrow";
  }
  return fmt::format(
      "{}: built without it ({} when configured); -DREGROW_CUDA=ON "
      "builds it, with nvcc 12 or newer",
      where, why_not_built);
}

PluginSearch find_plugin_of(const std::filesystem::path& folder, const std::string& name) {
  for (const std::filesystem::path& place : {folder, folder.parent_path() / "lib" / "regrow"}) {
    std::error_code none;
    if (std::filesystem::exists(place / name, none)) return open_plugin(place / name);
  }
  // NOLINTNEXTLINE(bugprone-branch-clone): both reasons may have the same words
  const char* const why_not_built = name == kLibraryPlugin ? kWhyNoCudaLibrary : kWhyNoCuda;
  return {nullptr, why_missing(name, folder, why_not_built)};
}

PluginSearch find_plugin(const std::string& name) {
  std::error_code unknown;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  return find_plugin_of(program.parent_path(), name);
}

}  // namespace regrow
