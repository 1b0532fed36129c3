#include "system/processors.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "system/control_groups.h"

namespace regrow {
namespace {

unsigned processors_of_affinity_mask() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    const int count = CPU_COUNT(&set);
    if (count > 0) return static_cast<unsigned>(count);
  }
  // More processors than the set has room for.
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

unsigned available_processors(const std::filesystem::path& root) {
  const unsigned processors = processors_of_affinity_mask();
  const double quota = std::ceil(control_group_processors(root).value_or(processors));
  return quota < processors ? std::max(1U, static_cast<unsigned>(quota)) : processors;
}

unsigned useful_threads(unsigned threads) {
  const unsigned processors = available_processors();
  return threads == 0 ? processors : std::min(threads, processors);
}

}  // namespace regrow
