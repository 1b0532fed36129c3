// The devices of the table, made: the one place that knows every back end.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/check_backend.h"
#include "backend/part_support.h"
#include "backend/plugin.h"
#include "backend_interface/emulated_plugin.h"
#include "base/nearest_name.h"
#include "cpu/cpu_backend.h"
#include "cpu/processors.h"
#include "cpu_bench/primitives.h"
#include "device/device_names.h"
#include "reference/reference_backend.h"
#include "regrow/backend.h"
#include "regrow/devices.h"
#include "regrow/error.h"
#include "regrow/parts.h"

namespace regrow {

namespace {

std::unique_ptr<Backend> make_on_host(const DeviceEntry& entry, const BackendOptions& options) {
  if (entry.name == kCpu) {
    BackendOptions useful = options;
    useful.threads = useful_threads(options.threads);
    return make_cpu_backend(useful);
  }
  REGROW_CHECK(entry.name == kReference, "every device without a GPU is made here");
  return make_reference_backend(options);
}

/// Of a device that has GPUs.
PluginSearch plugin_of(const DeviceEntry& entry) {
  if (entry.plugin_file != nullptr) return find_plugin(entry.plugin_file);
  const PluginInterface* const emulation = emulated_plugin();
  return {emulation, emulation != nullptr ? ""
                                          : "built without the emulated one (REGROW_EMULATION was "
                                            "OFF); -DREGROW_EMULATION=ON builds it"};
}

/// The GPUs that a back end finds, in words, or why there is none.
struct GpuSearch {
  const PluginInterface* plugin = nullptr;
  std::vector<std::string> gpus;
  std::string why_none;
};

GpuSearch gpus_of(const DeviceEntry& entry) {
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
  throw UsageError(
      fmt::format("device '{}' stores activations in fp32 only; leave --activation-dtype bf16 out, "
                  "or use --device cpu or cuda",
                  device));
}

bool stores_bfloat16(const std::string& device) {
  const auto single = parse_single(resolve_device(device));
  return single && single->entry->stores_bfloat16;
}

std::unique_ptr<Backend> make_single(const std::string& device, const BackendOptions& options) {
  const std::optional<SingleDevice> single = parse_single(resolve_device(device));
  if (!single) refuse(device);
  const DeviceEntry& entry = *single->entry;
  require_support(entry, std::array{name_of(options.optimiser.kind), name_of(options.loss.kind)});
  if (options.activations == ActivationStorage::kBFloat16 && !entry.stores_bfloat16) {
    refuse_bfloat16(std::string(entry.name));
  }
  if (!entry.has_gpus) return make_on_host(entry, options);
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
  for (const DeviceEntry& entry : kDevices) {
    const std::string name(entry.name), what(entry.description);
    if (!entry.has_gpus) {
      devices.push_back({name, true, what, ""});
      continue;
    }
    const GpuSearch search = gpus_of(entry);
    if (search.gpus.empty()) devices.push_back({name, false, what, "no GPU: " + search.why_none});
    for (std::size_t gpu = 0; gpu < search.gpus.size(); ++gpu) {
      // What is emulated has the processor's memory, which is no GPU's.
      const bool is_emulated = entry.plugin_file == nullptr;
      devices.push_back({gpu == 0 ? name : fmt::format("{}:{}", name, gpu), true, what,
                         is_emulated ? "" : search.gpus[gpu]});
    }
  }
  return devices;
}

ChosenDevice choose_device() {
  // Once: of runs that share this process, none may fall back to the CPU because a kernel of
  // another was the end of the GPU's context.
  static const ChosenDevice chosen = [] {
    const GpuSearch search = gpus_of(*parse_single(std::string(kCuda))->entry);
    if (search.gpus.empty()) return ChosenDevice{std::string(kCpu), "no GPU: " + search.why_none};
    return ChosenDevice{std::string(kCuda), search.gpus.front()};
  }();
  return chosen;
}

std::string resolve_device(const std::string& device) {
  return device == kAutoDevice ? choose_device().name : device;
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
  return make_check_backend(std::move(first), make(b), options.optimiser);
}

std::vector<PrimitiveTiming> bench_primitives_on(const std::string& device,
                                                 const PrimitiveOptions& options) {
  const auto single = parse_single(resolve_device(device));
  if (single && single->entry->name == kCpu) return cpu::bench_primitives(options);
  if (!single || !single->entry->has_gpus) return {};
  const GpuSearch search = gpus_of(*single->entry);
  const bool has_any = !search.gpus.empty() && search.plugin->bench_primitives != nullptr;
  return has_any ? search.plugin->bench_primitives(options) : std::vector<PrimitiveTiming>();
}

}  // namespace regrow
