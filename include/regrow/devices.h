// The devices of the program by name: what there is, what is at hand, and what `auto` takes.
#pragma once

#include <string>
#include <vector>

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

/// Every name that --device takes, without numbers of GPUs and pairs: "auto", "cpu", …
std::vector<std::string> device_names();

/// True for those names, for a GPU's with its number ("cuda:1"), and for "check:A,B" of two.
bool is_device_name(const std::string& device);

/// The device without the numbers of GPUs, which say where it computes and not what.
std::string device_kind(const std::string& device);

struct ChosenDevice {
  std::string name;
  std::string reason;  // "NVIDIA H200, sm_90", "no GPU: no CUDA driver"
};

/// What `auto` stands for here: a GPU where there is one, else the CPU; and why.
ChosenDevice choose_device();

/// The device that `device` means here: `auto` by the name of what it stands for, others unchanged.
std::string resolve_device(const std::string& device);

}  // namespace regrow
