// CIFAR-100's binary files.
#pragma once

#include <cstddef>

namespace regrow {

inline constexpr std::size_t kCifar100RecordBytes = 2 + std::size_t{3} * 32 * 32;

}  // namespace regrow
