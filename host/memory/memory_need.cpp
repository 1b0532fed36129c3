// A refusal names the largest parts, and what would help against the very largest.
#include "memory/memory_need.h"

#include <fmt/format.h>

#include <algorithm>

#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow {
namespace {

std::vector<MemoryPart> by_size(const MemoryNeed& need) {
  std::vector<MemoryPart> parts = need.parts;
  std::stable_sort(parts.begin(), parts.end(),
                   [](const MemoryPart& a, const MemoryPart& b) { return a.bytes > b.bytes; });
  return parts;
}

}  // namespace

std::uint64_t MemoryNeed::bytes() const {
  std::uint64_t sum = 0;
  for (const MemoryPart& part : parts) sum += part.bytes;
  return sum;
}

std::string in_words(const MemoryNeed& need) {
  constexpr std::size_t kMostNamed = 2;
  std::string largest;
  const std::vector<MemoryPart> parts = by_size(need);
  for (std::size_t i = 0; i < std::min(kMostNamed, parts.size()); ++i) {
    // What is small beside the largest explains nothing.
    if (i > 0 && parts[i].bytes < parts[0].bytes / 10) break;
    largest +=
        fmt::format("{}{} for {}", i == 0 ? "" : ", ", memory_text(parts[i].bytes), parts[i].what);
  }
  return fmt::format("{} ({})", memory_text(need.bytes()), largest);
}

const MemoryPart& largest_of(const MemoryNeed& need) {
  REGROW_CHECK(!need.parts.empty(), "a need of nothing");
  return *std::max_element(
      need.parts.begin(), need.parts.end(),
      [](const MemoryPart& a, const MemoryPart& b) { return a.bytes < b.bytes; });
}

void require_memory(const MemoryNeed& need, const std::string& who_needs, std::uint64_t held,
                    const AvailableMemory& available) {
  if (need.bytes() <= available.bytes || need.bytes() - available.bytes <= held) return;
  throw Error(fmt::format("out of memory: {} about {}, and {} {}; {}", who_needs, in_words(need),
                          memory_text(available.bytes + held), available.where,
                          largest_of(need).remedy));
}

}  // namespace regrow
