// Whether a device runs what a run asks for.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "device/device_names.h"
#include "regrow/backend.h"

namespace regrow {

/// Throws UsageError naming the first of these parts (methods, activations, optimisers, losses by
/// their names) that the device lacks, or lacks where it stores activations as `activations` says,
/// and the devices that have it.
void require_support(const DeviceEntry& device, std::span<const std::string_view> parts,
                     ActivationStorage activations = ActivationStorage::kFloat32);
/// The same of "cuda:1", and of both devices of "check:A,B", of which one may store fp32 alone. A
/// name that is none is let pass.
void require_support(const std::string& device, std::span<const std::string_view> parts,
                     ActivationStorage activations = ActivationStorage::kFloat32);

}  // namespace regrow
