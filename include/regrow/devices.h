// The devices of the program: what there is, what is at hand, and what `auto` takes.
#pragma once

#include <string>
#include <vector>

#include "regrow/device_names.h"

namespace regrow {

/// One line of `regrow devices`.
struct DeviceStatus {
  std::string name;         // "cpu", "cuda", "cuda:1"
  bool available = false;   // here and now
  std::string description;  // what it is
  std::string detail;       // the GPU that it computes on, or why it is not at hand; or ""
};

/// All devices but pairs of them, in the order of the table; a GPU's back end once for each GPU.
std::vector<DeviceStatus> list_devices();

struct ChosenDevice {
  std::string name;
  std::string reason;  // "NVIDIA H200, sm_90", "no GPU: no CUDA driver"
};

/// What `auto` stands for here: a GPU where there is one, else the CPU; and why.
ChosenDevice choose_device();

/// The device that `device` means here: `auto` by the name of what it stands for, others unchanged.
std::string resolve_device(const std::string& device);

}  // namespace regrow
