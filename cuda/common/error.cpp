#include "common/error.h"

#include <fmt/format.h>

namespace regrow::cuda {
namespace {

constexpr const char* kGoOn = "the state on disk is whole: go on with regrow train --resume";

}  // namespace

std::string in_bytes(std::size_t bytes) {
  constexpr double kMiB = 1024.0 * 1024.0;
  const auto value = static_cast<double>(bytes);
  if (value >= 1024 * kMiB) return fmt::format("{:.2f} GiB", value / (1024 * kMiB));
  if (value >= kMiB) return fmt::format("{:.1f} MiB", value / kMiB);
  return fmt::format("{} bytes", bytes);
}

std::string failure_message(Failure failure, const std::string& doing, const std::string& reason) {
  switch (failure) {
    case Failure::kOutOfMemory:
      return fmt::format(
          "out of device memory while {} ({}); lower --batch, --epsilon or --density, or "
          "end other programs that use the GPU",
          doing, reason);
    case Failure::kLost:
      return fmt::format("the GPU was lost while {} ({}); {}", doing, reason, kGoOn);
    case Failure::kKernel:
      return fmt::format(
          "a kernel failed on the GPU, noticed while {} ({}); compute-sanitizer "
          "finds the place; {}",
          doing, reason, kGoOn);
    case Failure::kOther:
      break;
  }
  return fmt::format("the GPU refused {}: {}", doing, reason);
}

std::string out_of_memory_message(std::size_t bytes, const std::string& what, std::size_t free,
                                  std::size_t total) {
  return fmt::format(
      "out of device memory: {} for {}, but {} of {} are free; lower --batch, "
      "--epsilon or --density, or end other programs that use the GPU",
      in_bytes(bytes), what, in_bytes(free), in_bytes(total));
}

}  // namespace regrow::cuda
