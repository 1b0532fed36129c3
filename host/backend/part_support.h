// Whether a device runs what a run asks for.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "device/device_names.h"

namespace regrow {

/// Throws UsageError naming the first of these parts (methods, activations, optimisers, losses by
/// their names) that the device lacks, and the devices that have it.
void require_support(const DeviceEntry& device, std::span<const std::string_view> parts);
/// The same of "cuda:1", and of both devices of "check:A,B". A name that is none is let pass.
void require_support(const std::string& device, std::span<const std::string_view> parts);

}  // namespace regrow
