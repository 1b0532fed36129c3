// Every back end that is at hand: what a test of a primitive walks over. A new one is among them as
// soon as `regrow devices` lists it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cpu/kernels.h"
#include "device/device_names.h"
#include "regrow/backend.h"
#include "regrow/devices.h"
#include "regrow/error.h"

namespace regrow::tests {

// What a program for GPUs walks over; the others have one of their own.
#if defined(REGROW_TEST_DEVICE)
inline constexpr bool kOnGpusAlone = true;
#else
inline constexpr bool kOnGpusAlone = false;
#endif

struct BackendCase {
  std::string device;
  std::string simd = "auto";
  Precision precision = Precision::kFloat32;
  // In a process OpenBLAS computes with one instruction set, so that the best has the dense layers
  // and the scores of all cells.
  bool has_openblas = true;

  std::string name() const { return simd == "auto" ? device : device + " " + simd; }
};

inline bool has_simd(const std::string& simd) {
  try {
    cpu::select_kernels(simd);
    return true;
  } catch (const Error&) {
    return false;  // not on this processor
  }
}

inline const std::vector<BackendCase>& backend_cases() {
  static const std::vector<BackendCase> cases = [] {
    std::vector<BackendCase> result;
    for (const DeviceStatus& device : list_devices()) {
      const auto single = parse_single(device.name);
      if (!device.available || single->gpu > 0) continue;
      if (kOnGpusAlone && single->entry->plugin_file == nullptr) continue;
      const std::size_t first = result.size();
      const Precision precision = make_backend(device.name, {})->capabilities().precision;
      if (device.name != "cpu") result.push_back({device.name, "auto", precision});
      if (device.name != "cpu") continue;
      for (const char* const simd : {"portable", "avx2", "avx512"}) {
        if (!has_simd(simd)) continue;
        if (result.size() > first) result.back().has_openblas = false;
        result.push_back({device.name, simd, precision});
      }
    }
    return result;
  }();
  return cases;
}

/// The back end, with data and network. Several threads share even little work.
inline std::unique_ptr<Backend> backend_with(const BackendCase& of, BackendOptions options,
                                             std::shared_ptr<const Dataset> dataset,
                                             const NetworkState& network) {
  options.simd = of.simd;
  options.threads = 2;
  options.all_threads = true;
  std::unique_ptr<Backend> backend = make_backend(of.device, options);
  backend->attach(std::move(dataset));
  backend->load(network);
  return backend;
}

}  // namespace regrow::tests
