// The table of devices: the one place that names them. Data alone, so that whoever only reads or
// checks names links no back end.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace regrow {

struct DeviceEntry {
  std::string_view name;
  std::string_view description;
  bool has_gpus = false;              // numbered: "cuda:1"
  const char* plugin_file = nullptr;  // that makes it; without: a part of the program
  bool stores_bfloat16 = false;
  // What it does not run: methods, activations, optimisers and losses by their names, parted by
  // blanks.
  std::string_view lacks{};
  // Likewise, what it does not run besides while it stores activations in bf16.
  std::string_view lacks_in_bfloat16{};
};

inline constexpr const char* kCudaPlugin = "libregrow_cuda.so";
inline constexpr const char* kLibraryPlugin = "libregrow_cuda_library.so";

inline constexpr std::string_view kAutoDevice = "auto";
inline constexpr std::string_view kCpu = "cpu";    // what `auto` falls back to
inline constexpr std::string_view kCuda = "cuda";  // what it prefers
inline constexpr std::string_view kReference = "reference";
inline constexpr std::string_view kCheckPrefix = "check:";

inline constexpr std::array<DeviceEntry, 6> kDevices = {{
    {.name = kCpu,
     .description = "truly sparse, threads and SIMD",
     .stores_bfloat16 = true,
     // Its dense layers are multiplied by a BLAS, which takes floats.
     .lacks_in_bfloat16 = "dense"},
    {.name = kReference, .description = "float64, masked dense, plain loops: slow, for checking"},
    {.name = kCuda,
     .description = "truly sparse on an NVIDIA GPU",
     .has_gpus = true,
     .plugin_file = kCudaPlugin,
     .stores_bfloat16 = true},
    {.name = "cuda-cusparse",
     .description = "products by cuSPARSE: a baseline",
     .has_gpus = true,
     .plugin_file = kLibraryPlugin},
    {.name = "cuda-dense",
     .description = "masked dense products by cuBLAS: a baseline",
     .has_gpus = true,
     .plugin_file = kLibraryPlugin},
    {.name = "cuda-emulated",
     .description = "the kernels of cuda on the CPU: very slow, for debugging",
     .has_gpus = true,
     .stores_bfloat16 = true},
}};

/// False where the device lacks the part of that name.
bool runs(const DeviceEntry& device, std::string_view part);
/// The same of a device that stores activations in bf16.
bool runs_in_bfloat16(const DeviceEntry& device, std::string_view part);
/// The devices that run the part: "all", or their names, separated by commas.
std::string devices_that_run(std::string_view part);
/// Those that run it with activations in bf16, likewise.
std::string devices_that_run_in_bfloat16(std::string_view part);

/// "cuda:1": a device of the table, and the GPU's number.
struct SingleDevice {
  const DeviceEntry* entry = nullptr;
  int gpu = 0;
};

/// Nothing where no device is called so; `auto` is none.
std::optional<SingleDevice> parse_single(const std::string& device);

/// The two devices of "check:A,B"; nothing where it is not of that form.
std::optional<std::array<std::string, 2>> parse_pair(const std::string& device);

}  // namespace regrow
