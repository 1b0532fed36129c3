// The table of back ends: the one place that names them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/check_backend.h"
#include "backend/emulated_plugin.h"
#include "backend/plugin.h"
#include "config/nearest_name.h"
#include "cpu/cpu_backend.h"
#include "reference/reference_backend.h"
#include "regrow/backend.h"
#include "regrow/devices.h"
#include "regrow/error.h"

namespace regrow {

namespace {

/// Made by one of: a function, a plugin's file, a plugin that is part of the program.
struct Entry {
  std::string_view name;
  std::string_view description;
  std::unique_ptr<Backend> (*make)(const BackendOptions&) = nullptr;
  const char* plugin_file = nullptr;
  const PluginInterface* (*linked_plugin)() = nullptr;
  bool stores_bfloat16 = false;

  bool has_gpus() const { return make == nullptr; }
};

constexpr const char* kCudaPlugin = "libregrow_cuda.so";
constexpr const char* kLibraryPlugin = "libregrow_cuda_library.so";

constexpr std::array<Entry, 6> kBackends = {{
    {.name = "cpu", .description = "truly sparse, threads and SIMD", .make = make_cpu_backend},
    {.name = "reference",
     .description = "float64, masked dense, plain loops: slow, for checking",
     .make = make_reference_backend},
    {.name = "cuda",
     .description = "truly sparse on an NVIDIA GPU",
     .plugin_file = kCudaPlugin,
     .stores_bfloat16 = true},
    {.name = "cuda-cusparse",
     .description = "products by cuSPARSE: a baseline",
     .plugin_file = kLibraryPlugin},
    {.name = "cuda-dense",
     .description = "masked dense products by cuBLAS: a baseline",
     .plugin_file = kLibraryPlugin},
    {.name = "cuda-emulated",
     .description = "the kernels of cuda on the CPU: very slow, for debugging",
     .linked_plugin = emulated_plugin,
     .stores_bfloat16 = true},
}};
constexpr std::string_view kAuto = "auto";
constexpr std::string_view kCpu = "cpu";    // what `auto` falls back to
constexpr std::string_view kCuda = "cuda";  // what it prefers
constexpr std::string_view kCheckPrefix = "check:";

const Entry* find_entry(std::string_view name) {
  const auto* const found = std::find_if(kBackends.begin(), kBackends.end(),
                                         [&](const Entry& entry) { return entry.name == name; });
  return found == kBackends.end() ? nullptr : found;
}

/// "cuda:1": a back end, and the GPU's number.
struct SingleDevice {
  const Entry* entry = nullptr;
  int gpu = 0;
};

/// Nothing where no back end is called so; `auto` is none.
std::optional<SingleDevice> parse_single(const std::string& device) {
  const std::size_t colon = device.find(':');
  SingleDevice result{find_entry(std::string_view(device).substr(0, colon))};
  if (result.entry == nullptr) return std::nullopt;
  if (colon == std::string::npos) return result;
  const char* const end = device.data() + device.size();
  const auto read = std::from_chars(device.data() + colon + 1, end, result.gpu);
  const bool is_number = read.ec == std::errc() && read.ptr == end && result.gpu >= 0;
  return is_number && result.entry->has_gpus() ? std::optional(result) : std::nullopt;
}

/// The two devices of "check:A,B"; nothing where it is not of that form.
std::optional<std::array<std::string, 2>> parse_pair(const std::string& device) {
  if (!device.starts_with(kCheckPrefix)) return std::nullopt;
  const std::string pair = device.substr(kCheckPrefix.size());
  const std::size_t comma = pair.find(',');
  if (comma == std::string::npos) return std::nullopt;
  return std::array{pair.substr(0, comma), pair.substr(comma + 1)};
}

PluginSearch plugin_of(const Entry& entry) {
  return entry.linked_plugin != nullptr ? PluginSearch{entry.linked_plugin(), ""}
                                        : find_plugin(entry.plugin_file);
}

/// The GPUs that a back end finds, in words, or why there is none.
struct GpuSearch {
  const PluginInterface* plugin = nullptr;
  std::vector<std::string> gpus;
  std::string why_none;
};

GpuSearch gpus_of(const Entry& entry) {
  const PluginSearch search = plugin_of(entry);
  GpuSearch result{search.plugin, {}, search.why_none};
  if (search.plugin != nullptr) result.gpus = search.plugin->gpus(&result.why_none);
  return result;
}

[[noreturn]] void refuse(const std::string& device) {
  const std::vector<std::string> names = device_names();
  std::string list;
  for (const std::string& name : names) list += name + ", ";
  throw Error("unknown device '" + device + "'" + did_you_mean(device, names) + "; there are " +
              list + "and check:A,B, which compares two of them");
}

[[noreturn]] void refuse_bfloat16(const std::string& device) {
  throw UsageError(fmt::format(
      "device '{}' stores activations in fp32 only; leave --activations bf16 out, or use --device "
      "cuda",
      device));
}

bool stores_bfloat16(const std::string& device) {
  const auto single = parse_single(resolve_device(device));
  return single && single->entry->stores_bfloat16;
}

std::unique_ptr<Backend> make_single(const std::string& device, const BackendOptions& options) {
  const std::optional<SingleDevice> single = parse_single(resolve_device(device));
  if (!single) refuse(device);
  const Entry& entry = *single->entry;
  if (options.activations == ActivationStorage::kBFloat16 && !entry.stores_bfloat16) {
    refuse_bfloat16(std::string(entry.name));
  }
  if (entry.make != nullptr) return entry.make(options);
  const GpuSearch search = gpus_of(entry);
  if (search.gpus.empty()) {
    throw Error(fmt::format("device '{}': no GPU: {}; mend that, or use --device cpu", device,
                            search.why_none));
  }
  if (static_cast<std::size_t>(single->gpu) >= search.gpus.size()) {
    throw Error(fmt::format("device '{}': the last GPU here is {}:{}; `regrow devices` lists them",
                            device, entry.name, search.gpus.size() - 1));
  }
  return search.plugin->make(std::string(entry.name), single->gpu, options);
}

}  // namespace

std::vector<DeviceStatus> list_devices() {
  std::vector<DeviceStatus> devices;
  for (const Entry& entry : kBackends) {
    const std::string name(entry.name), what(entry.description);
    if (!entry.has_gpus()) {
      devices.push_back({name, true, what});
      continue;
    }
    const GpuSearch search = gpus_of(entry);
    if (search.gpus.empty()) devices.push_back({name, false, "no GPU: " + search.why_none});
    for (std::size_t gpu = 0; gpu < search.gpus.size(); ++gpu) {
      devices.push_back({gpu == 0 ? name : fmt::format("{}:{}", name, gpu), true,
                         fmt::format("{}; {}", what, search.gpus[gpu])});
    }
  }
  return devices;
}

std::vector<std::string> device_names() {
  std::vector<std::string> names = {std::string(kAuto)};
  for (const Entry& entry : kBackends) names.emplace_back(entry.name);
  return names;
}

bool is_device_name(const std::string& device) {
  const auto is_single = [](const std::string& name) {
    return name == kAuto || parse_single(name);
  };
  if (const auto pair = parse_pair(device)) return is_single((*pair)[0]) && is_single((*pair)[1]);
  return is_single(device);
}

std::string device_kind(const std::string& device) {
  if (const auto pair = parse_pair(device)) {
    return std::string(kCheckPrefix) + device_kind((*pair)[0]) + "," + device_kind((*pair)[1]);
  }
  const auto single = parse_single(device);
  return single ? std::string(single->entry->name) : device;
}

ChosenDevice choose_device() {
  // Once: of runs that share this process, none may fall back to the CPU because a kernel of
  // another was the end of the GPU's context.
  static const ChosenDevice chosen = [] {
    const GpuSearch search = gpus_of(*find_entry(kCuda));
    if (search.gpus.empty()) return ChosenDevice{std::string(kCpu), "no GPU: " + search.why_none};
    return ChosenDevice{std::string(kCuda), search.gpus.front()};
  }();
  return chosen;
}

std::string resolve_device(const std::string& device) {
  return device == kAuto ? choose_device().name : device;
}

std::unique_ptr<Backend> make_backend(const std::string& device, const BackendOptions& options) {
  if (!device.starts_with(kCheckPrefix)) return make_single(device, options);
  const auto pair = parse_pair(device);
  if (!pair) {
    throw Error("device '" + device + "' names one back end; check needs two: check:cpu,reference");
  }
  const auto& [a, b] = *pair;
  // One of the two may be the yardstick of the other's bf16.
  if (options.activations == ActivationStorage::kBFloat16 && !stores_bfloat16(a) &&
      !stores_bfloat16(b)) {
    refuse_bfloat16(device);
  }
  const auto make = [&](const std::string& name) {
    BackendOptions own = options;
    if (!stores_bfloat16(name)) own.activations = ActivationStorage::kFloat32;
    return make_single(name, own);
  };
  auto first = make(a);
  return make_check_backend(std::move(first), make(b));
}

std::vector<PrimitiveTiming> bench_primitives_on(const std::string& device,
                                                 const PrimitiveOptions& options) {
  const auto single = parse_single(resolve_device(device));
  if (!single || !single->entry->has_gpus()) return {};
  const GpuSearch search = gpus_of(*single->entry);
  const bool has_any = !search.gpus.empty() && search.plugin->bench_primitives != nullptr;
  return has_any ? search.plugin->bench_primitives(options) : std::vector<PrimitiveTiming>();
}

}  // namespace regrow
