#include "backend/part_support.h"

#include <fmt/format.h>

#include <optional>

#include "regrow/devices.h"
#include "regrow/error.h"

namespace regrow {

void require_support(const DeviceEntry& device, std::span<const std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (runs(device, part)) continue;
    throw UsageError(
        fmt::format("device '{}' does not run {}; choose another, or a device that "
                    "does: {}",
                    device.name, part, devices_that_run(part)));
  }
}

void require_support(const std::string& device, std::span<const std::string_view> parts) {
  if (const auto pair = parse_pair(device)) {
    for (const std::string& one : *pair) require_support(one, parts);
    return;
  }
  const std::optional<SingleDevice> single = parse_single(resolve_device(device));
  if (single) require_support(*single->entry, parts);
}

}  // namespace regrow
