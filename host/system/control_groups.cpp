// The process's own groups are in /proc/self/cgroup, a line "ID:CONTROLLERS:PATH" each; version 2
// is the line without controllers. A container sees its own group as the root of what is mounted,
// whatever the path says: folders that are not there are passed over on the way up.
#include "system/control_groups.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace regrow {
namespace {

namespace fs = std::filesystem;

struct Group {
  std::string controllers;  // "" of version 2
  std::string path;         // "/a/b"
};

std::vector<Group> groups_of_this_process(const fs::path& root) {
  std::vector<Group> groups;
  std::ifstream file(root / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    groups.push_back({line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return groups;
}

bool has_controller(const std::string& list, const std::string& controller) {
  return ("," + list + ",").find("," + controller + ",") != std::string::npos;
}

/// Calls visit(folder, is version 2) for the groups that may limit `controller`, upwards.
void for_each_group(const fs::path& root, const std::string& controller,
                    const std::function<void(const fs::path& folder, bool is_version_2)>& visit) {
  const fs::path mounts = root / "sys/fs/cgroup";
  for (const Group& group : groups_of_this_process(root)) {
    const bool is_version_2 = group.controllers.empty();
    if (!is_version_2 && !has_controller(group.controllers, controller)) continue;
    // A mount of version 2 beside others of version 1 is called "unified".
    std::vector<fs::path> tops = {mounts, mounts / "unified"};
    if (!is_version_2) tops = {mounts / group.controllers, mounts / controller};
    for (const fs::path& top : tops) {
      fs::path path = fs::path(group.path).relative_path();
      for (; !path.empty(); path = path.parent_path()) visit(top / path, is_version_2);
      visit(top, is_version_2);
    }
  }
}

/// The numbers of a file's first line; "max" ends them.
std::vector<double> numbers_in(const fs::path& path) {
  std::vector<double> numbers;
  std::ifstream file(path);
  for (double number = 0; file >> number;) numbers.push_back(number);
  return numbers;
}

/// Nothing where the file has none.
std::optional<double> number_in(const fs::path& path) {
  const std::vector<double> numbers = numbers_in(path);
  return numbers.empty() ? std::nullopt : std::optional(numbers.front());
}

/// The number in the line "KEY NUMBER …" of a file of such lines; 0 where none has the key.
double value_of(const fs::path& path, std::string_view wanted) {
  std::ifstream file(path);
  std::string key, unit;
  for (double value = 0; file >> key >> value; std::getline(file, unit)) {
    if (key == wanted) return value;
  }
  return 0;
}

template <typename T>
void keep_least(std::optional<T>& least, T value) {
  least = least ? std::min(*least, value) : value;
}

}  // namespace

std::optional<double> control_group_processors(const fs::path& root) {
  std::optional<double> least;
  for_each_group(root, "cpu", [&](const fs::path& folder, bool is_version_2) {
    std::vector<double> time = numbers_in(folder / "cpu.max");  // "QUOTA PERIOD" or "max PERIOD"
    if (!is_version_2) {
      time = numbers_in(folder / "cpu.cfs_quota_us");  // −1: none
      const auto period = number_in(folder / "cpu.cfs_period_us");
      if (!time.empty() && period) time.push_back(*period);
    }
    if (time.size() < 2 || time[0] <= 0 || time[1] <= 0) return;
    keep_least(least, time[0] / time[1]);
  });
  return least;
}

std::optional<std::uint64_t> control_group_memory(const fs::path& root) {
  // Version 1 says a number near 2^63 where there is no limit.
  constexpr double kNoLimit = 1e18;
  const double free_swap = 1024 * value_of(root / "proc/meminfo", "SwapFree:");
  std::optional<std::uint64_t> least;
  for_each_group(root, "memory", [&](const fs::path& folder, bool is_version_2) {
    const auto limit = number_in(folder / (is_version_2 ? "memory.max" : "memory.limit_in_bytes"));
    const auto used =
        number_in(folder / (is_version_2 ? "memory.current" : "memory.usage_in_bytes"));
    if (!limit || !used || *limit >= kNoLimit) return;
    const double cached =
        value_of(folder / "memory.stat", is_version_2 ? "inactive_file" : "total_inactive_file");
    double free = *limit - std::max(*used - cached, 0.0);
    // What may be swapped out does not count against the limit of version 2; a group may be allowed
    // more of it than the machine has.
    const auto most_swap = number_in(folder / "memory.swap.max");
    const auto swapped = number_in(folder / "memory.swap.current");
    if (most_swap && swapped) free += std::clamp(*most_swap - *swapped, 0.0, free_swap);
    keep_least(least, static_cast<std::uint64_t>(std::max(free, 0.0)));
  });
  return least;
}

}  // namespace regrow
