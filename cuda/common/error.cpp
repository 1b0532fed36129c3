#include "common/error.h"

#include <fmt/format.h>

#include "system/size_text.h"

namespace regrow::cuda {
namespace {

constexpr const char* kGoOn = "the state on disk is whole: go on with regrow train --resume";

}  // namespace

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
      memory_text(bytes), what, memory_text(free), memory_text(total));
}

}  // namespace regrow::cuda
