// CIFAR-10's binary files, with the number of records a file as a parameter: the official release
// has 10,000, a test can do with three.
#pragma once

#include <cstddef>
#include <string>

#include "regrow/dataset.h"

namespace regrow {

inline constexpr std::size_t kCifar10RecordsPerFile = 10000;
inline constexpr std::size_t kCifar10RecordBytes = 1 + std::size_t{3} * 32 * 32;

/// As load_cifar10(), of files that hold exactly `records_per_file` records.
Dataset read_cifar10(const std::string& directory, std::size_t records_per_file);

}  // namespace regrow
