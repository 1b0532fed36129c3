// Arrays in NumPy's format .npy, version 1.0, little-endian and in C order.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace regrow {

/// What precedes the values: magic, version, length of the header, and a Python literal that is
/// padded to a multiple of 64 bytes and ends with a line feed, as NumPy's format says
/// (numpy.lib.format). type: as NumPy writes it, "<f4".
std::string npy_header(const std::string& type, std::span<const std::uint64_t> shape);

/// The whole file. shape: of the array, whose values are `values`, in C order.
std::string npy_file(std::span<const float> values, std::span<const std::uint64_t> shape);
std::string npy_file(std::span<const std::int64_t> values, std::span<const std::uint64_t> shape);

}  // namespace regrow
