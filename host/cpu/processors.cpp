#include "cpu/processors.h"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace regrow {

unsigned available_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    const int count = CPU_COUNT(&set);
    if (count > 0) return static_cast<unsigned>(count);
  }
  // More processors than the set has room for.
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace regrow
