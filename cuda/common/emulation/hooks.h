// What tests do to the emulated runtime: watch its calls, make them fail, plug in more GPUs.
#pragma once

#include <functional>

#include "common/emulation/runtime_api.h"

namespace regrow::emulation {

/// Called with the name of each call of the runtime ("cudaMallocAsync"; "cudaLaunchKernel" for
/// launches) before it does anything, on the thread that makes it, one at a time. Where it does not
/// return cudaSuccess, that is the call's answer, and nothing is done. Questions after an error
/// (cudaGetLastError, names) are not shown.
using CallHook = std::function<api::cudaError_t(const char* call)>;

/// Puts `hook` in force for a scope, for all threads.
class ScopedCallHook {
 public:
  explicit ScopedCallHook(CallHook hook);
  ~ScopedCallHook();
  ScopedCallHook(const ScopedCallHook&) = delete;
  ScopedCallHook& operator=(const ScopedCallHook&) = delete;
};

struct Devices {
  int count = 1;
  bool have_pools = true;
};

/// So many GPUs, with memory pools or without, for a scope.
class ScopedDevices {
 public:
  explicit ScopedDevices(const Devices& devices);
  ~ScopedDevices();
  ScopedDevices(const ScopedDevices&) = delete;
  ScopedDevices& operator=(const ScopedDevices&) = delete;

 private:
  Devices saved_;
};

}  // namespace regrow::emulation
