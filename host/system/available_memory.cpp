// The machine says what it has in /proc/meminfo, the process what it takes in /proc/self/statm.
#include "system/available_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <optional>

#include "system/control_groups.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

/// Free, or free as soon as somebody wants it; swap counts: slow is not impossible.
std::optional<std::uint64_t> machine_memory(const fs::path& root) {
  constexpr std::uint64_t kKibi = 1024;
  std::ifstream file(root / "proc/meminfo");
  std::optional<std::uint64_t> bytes;
  std::uint64_t swap = 0;
  std::string key, unit;
  for (std::uint64_t value = 0; file >> key >> value; std::getline(file, unit)) {
    if (key == "MemAvailable:") bytes = value * kKibi;
    if (key == "SwapFree:") swap = value * kKibi;
  }
  if (bytes) *bytes += swap;
  return bytes;
}

/// Nothing where there is no limit.
std::optional<std::uint64_t> left_of_limit(__rlimit_resource resource, std::uint64_t used) {
  rlimit limit = {};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur - std::min<std::uint64_t>(limit.rlim_cur, used);
}

/// Pages of this process: addresses, and those of data and stack.
struct OwnPages {
  std::uint64_t all = 0, data = 0;
};

OwnPages own_pages() {
  std::ifstream file("/proc/self/statm");
  std::array<std::uint64_t, 6> fields{};
  for (std::uint64_t& field : fields) file >> field;
  return {fields[0], fields[5]};
}

}  // namespace

AvailableMemory available_memory(const fs::path& root) {
  AvailableMemory least{std::numeric_limits<std::uint64_t>::max(), "are free on this machine"};
  const auto take = [&](std::optional<std::uint64_t> bytes, const char* where) {
    if (bytes && *bytes < least.bytes) least = {*bytes, where};
  };
  take(machine_memory(root), "are free on this machine");
  take(control_group_memory(root), "are left of the limit of this container or job (cgroup)");
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const OwnPages own = own_pages();
  take(left_of_limit(RLIMIT_AS, own.all * page), "are left of the limit on memory (ulimit -v)");
  take(left_of_limit(RLIMIT_DATA, own.data * page), "are left of the limit on data (ulimit -d)");
  return least;
}

}  // namespace regrow
