// Which GPUs there are, or why there is none.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace regrow::cuda {

struct DeviceInfo {
  std::string name;
  int major = 0;  // compute capability
  int minor = 0;
  std::size_t total_bytes = 0;
  int driver_version = 0;   // newest CUDA that the driver knows: 13000 is 13.0
  int runtime_version = 0;  // CUDA that the program was built with

  /// "sm_90".
  std::string instruction_set() const;
  /// "NVIDIA H200, sm_90, 140 GiB".
  std::string description() const;
};

/// The GPUs by their numbers. Where there is none, *why_none (if not null) becomes the end of
/// "no GPU: …": no driver, a driver that is too old, no device. Takes no memory on any of them.
std::vector<DeviceInfo> devices(std::string* why_none);

/// Makes GPU `number` the calling thread's: what it allocates and launches from here on is there.
void use_device(int number);

/// Of the calling thread's GPU, in bytes; other programs may take them at any time.
std::size_t free_memory();

}  // namespace regrow::cuda
