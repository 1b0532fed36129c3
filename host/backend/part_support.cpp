#include "backend/part_support.h"

#include <fmt/format.h>

#include <optional>

#include "regrow/devices.h"
#include "regrow/error.h"

namespace regrow {

void require_support(const DeviceEntry& device, std::span<const std::string_view> parts,
                     ActivationStorage activations) {
  const bool is_bfloat16 = activations == ActivationStorage::kBFloat16 && device.stores_bfloat16;
  for (const std::string_view part : parts) {
    if (!runs(device, part)) {
      throw UsageError(
          fmt::format("device '{}' does not run {}; choose another, or a device that "
                      "does: {}",
                      device.name, part, devices_that_run(part)));
    }
    if (is_bfloat16 && !runs_in_bfloat16(device, part)) {
      throw UsageError(
          fmt::format("device '{}' runs {} with activations in fp32 only; leave --activation-dtype "
                      "bf16 out, or use a device that does: {}",
                      device.name, part, devices_that_run_in_bfloat16(part)));
    }
  }
}

void require_support(const std::string& device, std::span<const std::string_view> parts,
                     ActivationStorage activations) {
  if (const auto pair = parse_pair(device)) {
    for (const std::string& one : *pair) require_support(one, parts, activations);
    return;
  }
  const std::optional<SingleDevice> single = parse_single(resolve_device(device));
  if (single) require_support(*single->entry, parts, activations);
}

}  // namespace regrow
