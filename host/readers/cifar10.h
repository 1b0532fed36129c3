// CIFAR-10's binary files.
#pragma once

#include <cstddef>

namespace regrow {

inline constexpr std::size_t kCifar10RecordBytes = 1 + std::size_t{3} * 32 * 32;

}  // namespace regrow
