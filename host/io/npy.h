// Arrays in NumPy's format .npy, version 1.0, little-endian and in C order.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace regrow {

/// The whole file. shape: of the array, whose values are `values`, in C order.
std::string npy_file(std::span<const float> values, std::span<const std::uint64_t> shape);
std::string npy_file(std::span<const std::int64_t> values, std::span<const std::uint64_t> shape);

}  // namespace regrow
