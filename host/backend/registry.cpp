// The table of back ends: the one place that names them.
#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/check_backend.h"
#include "config/nearest_name.h"
#include "cpu/cpu_backend.h"
#include "reference/reference_backend.h"
#include "regrow/backend.h"
#include "regrow/error.h"

namespace regrow {

namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Backend> (*make)(const BackendOptions&);
};

constexpr std::array<Entry, 2> kBackends = {{
    {"cpu", make_cpu_backend},
    {"reference", make_reference_backend},
}};
constexpr std::string_view kFastest = "cpu";  // what `auto` means
constexpr std::string_view kCheckPrefix = "check:";

[[noreturn]] void refuse(const std::string& device) {
  if (device.starts_with("cuda")) {
    throw Error("device '" + device +
                "': this build of regrow has no CUDA back end; use --device cpu");
  }
  std::vector<std::string> names = {"auto"};
  for (const Entry& entry : kBackends) names.emplace_back(entry.name);
  std::string list;
  for (const std::string& name : names) list += name + ", ";
  throw Error("unknown device '" + device + "'" + did_you_mean(device, names) + "; there are " +
              list + "and check:A,B, which compares two of them");
}

std::unique_ptr<Backend> make_single(const std::string& device, const BackendOptions& options) {
  const std::string name = resolve_device(device);
  for (const Entry& entry : kBackends) {
    if (entry.name == name) return entry.make(options);
  }
  refuse(device);
}

}  // namespace

std::string resolve_device(const std::string& device) {
  return device == "auto" ? std::string(kFastest) : device;
}

std::unique_ptr<Backend> make_backend(const std::string& device, const BackendOptions& options) {
  if (!device.starts_with(kCheckPrefix)) return make_single(device, options);
  const std::string pair = device.substr(kCheckPrefix.size());
  const std::size_t comma = pair.find(',');
  if (comma == std::string::npos) {
    throw Error("device '" + device + "' names one back end; check needs two: check:cpu,reference");
  }
  return make_check_backend(make_single(pair.substr(0, comma), options),
                            make_single(pair.substr(comma + 1), options));
}

}  // namespace regrow
