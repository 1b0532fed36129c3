#include "device/device_names.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "regrow/device_names.h"

namespace regrow {

namespace {

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t blank = std::min(words.find(' '), words.size());
    if (words.substr(0, blank) == word) return true;
    words.remove_prefix(std::min(blank + 1, words.size()));
  }
  return false;
}

template <typename Runs>
std::string names_where(const Runs& runs_there) {
  std::string names;
  bool all = true;
  for (const DeviceEntry& device : kDevices) {
    const bool is_one = runs_there(device);
    all = all && is_one;
    if (is_one) names += (names.empty() ? "" : ", ") + std::string(device.name);
  }
  return all ? "all" : names;
}

}  // namespace

bool runs(const DeviceEntry& device, std::string_view part) {
  return !has_word(device.lacks, part);
}

bool runs_in_bfloat16(const DeviceEntry& device, std::string_view part) {
  return device.stores_bfloat16 && runs(device, part) && !has_word(device.lacks_in_bfloat16, part);
}

std::string devices_that_run(std::string_view part) {
  return names_where([&](const DeviceEntry& device) { return runs(device, part); });
}

std::string devices_that_run_in_bfloat16(std::string_view part) {
  return names_where([&](const DeviceEntry& device) { return runs_in_bfloat16(device, part); });
}

std::optional<SingleDevice> parse_single(const std::string& device) {
  const std::size_t colon = device.find(':');
  const std::string_view name = std::string_view(device).substr(0, colon);
  const auto* const entry =
      std::find_if(kDevices.begin(), kDevices.end(),
                   [&](const DeviceEntry& candidate) { return candidate.name == name; });
  if (entry == kDevices.end()) return std::nullopt;
  SingleDevice result{entry};
  if (colon == std::string::npos) return result;
  const char* const end = device.data() + device.size();
  const auto read = std::from_chars(device.data() + colon + 1, end, result.gpu);
  const bool is_number = read.ec == std::errc() && read.ptr == end && result.gpu >= 0;
  return is_number && entry->has_gpus ? std::optional(result) : std::nullopt;
}

std::optional<std::array<std::string, 2>> parse_pair(const std::string& device) {
  if (!device.starts_with(kCheckPrefix)) return std::nullopt;
  const std::string pair = device.substr(kCheckPrefix.size());
  const std::size_t comma = pair.find(',');
  if (comma == std::string::npos) return std::nullopt;
  return std::array{pair.substr(0, comma), pair.substr(comma + 1)};
}

std::vector<std::string> device_names() {
  std::vector<std::string> names = {std::string(kAutoDevice)};
  for (const DeviceEntry& entry : kDevices) names.emplace_back(entry.name);
  return names;
}

bool is_device_name(const std::string& device) {
  const auto is_single = [](const std::string& name) {
    return name == kAutoDevice || parse_single(name);
  };
  if (const auto pair = parse_pair(device)) return is_single((*pair)[0]) && is_single((*pair)[1]);
  return is_single(device);
}

std::string device_kind(const std::string& device) {
  if (const auto pair = parse_pair(device)) {
    return std::string(kCheckPrefix) + device_kind((*pair)[0]) + "," + device_kind((*pair)[1]);
  }
  const auto single = parse_single(device);
  return single ? std::string(single->entry->name) : device;
}

}  // namespace regrow
