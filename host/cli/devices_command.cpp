// regrow devices: what can compute here, and why the others cannot.
#include <iostream>

#include "cli/commands.h"
#include "cli/text_table.h"
#include "regrow/devices.h"

namespace regrow {

int devices_command() {
  TextTable table;
  table.header = {"device", "available", "what"};
  table.left_aligned = 3;
  for (const DeviceStatus& device : list_devices()) {
    table.rows.push_back({device.name, device.available ? "yes" : "no", device.description});
  }
  const ChosenDevice chosen = choose_device();
  std::cout << as_text(table) << "auto means " << chosen.name << " (" << chosen.reason << ")\n";
  return 0;
}

}  // namespace regrow
