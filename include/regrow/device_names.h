// The names of devices, whether they are at hand or not: settings check them, and need no back end.
#pragma once

#include <string>
#include <vector>

namespace regrow {

/// Every name that --device takes, without numbers of GPUs and pairs: "auto", "cpu", …
std::vector<std::string> device_names();

/// True for those names, for a GPU's with its number ("cuda:1"), and for "check:A,B" of two.
bool is_device_name(const std::string& device);

/// The device without the numbers of GPUs, which say where it computes and not what.
std::string device_kind(const std::string& device);

}  // namespace regrow
