// regrow devices: what can compute here, and why the others cannot.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/one_line.h"
#include "cli/commands.h"
#include "cli/table/fitted_table.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text_layout.h"
#include "regrow/devices.h"
#include "system/available_memory.h"
#include "system/processors.h"
#include "system/size_text.h"

namespace regrow {
namespace {

using Json = nlohmann::ordered_json;

std::string as_json(std::span<const DeviceStatus> devices, const ChosenDevice& chosen) {
  Json document = {{"devices", Json::array()},
                   {"auto", {{"device", chosen.name}, {"reason", chosen.reason}}},
                   {"processors", available_processors()},
                   {"memory_bytes", available_memory().bytes}};
  for (const DeviceStatus& device : devices) {
    document["devices"].push_back(
        {{"device", device.name},
         {"available", device.available},
         {"description", device.description},
         {"detail", device.detail.empty() ? Json() : Json(device.detail)}});
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

/// Below the table, since reasons may be long; devices that miss the same share a line.
std::vector<std::string> reasons_of(std::span<const DeviceStatus> devices) {
  std::vector<std::pair<std::string, std::string>> reasons;  // names, and what all of them lack
  for (const DeviceStatus& device : devices) {
    if (device.available) continue;
    const auto same = std::find_if(reasons.begin(), reasons.end(),
                                   [&](const auto& each) { return each.second == device.detail; });
    if (same == reasons.end()) {
      reasons.emplace_back(device.name, device.detail);
    } else {
      same->first += ", " + device.name;
    }
  }
  std::vector<std::string> lines;
  lines.reserve(reasons.size());
  for (const auto& [names, reason] : reasons) {
    lines.push_back(fmt::format("{}: {}", names, one_line(reason)));
  }
  return lines;
}

}  // namespace

int devices_command(const DevicesOptions& options) {
  const std::vector<DeviceStatus> devices = list_devices();
  const ChosenDevice chosen = choose_device();
  if (options.format == "json") {
    std::cout << as_json(devices, chosen);
    return 0;
  }
  const auto columns = terminal_columns(1);
  TextTable table;
  table.header = {"device", "available", "what"};
  table.left_aligned = 3;
  for (const DeviceStatus& device : devices) {
    const bool has_gpu = device.available && !device.detail.empty();
    table.rows.push_back(
        {device.name, device.available ? "yes" : "no",
         one_line(has_gpu ? fmt::format("{}; {}", device.description, device.detail)
                          : device.description)});
  }
  std::cout << with_last_wrapped(table, columns);
  for (const std::string& reason : reasons_of(devices)) {
    std::cout << fitted_paragraph(reason, columns);
  }
  const bool said_above =
      std::any_of(devices.begin(), devices.end(), [&](const DeviceStatus& device) {
        return !device.available && device.detail == chosen.reason;
      });
  std::cout << fitted_paragraph(
      said_above ? fmt::format("auto means {}", chosen.name)
                 : fmt::format("auto means {} ({})", chosen.name, one_line(chosen.reason)),
      columns);
  const unsigned processors = available_processors();
  const AvailableMemory memory = available_memory();
  std::cout << fitted_paragraph(
      fmt::format("{} processor{} may be used; {} of memory {}", processors,
                  processors == 1 ? "" : "s", memory_text(memory.bytes), memory.where),
      columns);
  return 0;
}

}  // namespace regrow
