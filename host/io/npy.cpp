#include "io/npy.h"

#include <fmt/format.h>

#include <bit>
#include <cstddef>

namespace regrow {
namespace {

static_assert(std::endian::native == std::endian::little,
              "arrays are written as they lie in memory");

}  // namespace

std::string npy_header(const std::string& type, std::span<const std::uint64_t> shape) {
  std::string dimensions;
  for (const std::uint64_t size : shape) dimensions += fmt::format("{},", size);
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, dimensions);
  constexpr std::size_t kPreamble = 10, kAlignment = 64;
  header.append(kAlignment - (kPreamble + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  std::string file = "\x93NUMPY";
  file += {'\x01', '\x00', static_cast<char>(header.size() & 0xFF),
           static_cast<char>(header.size() >> 8)};
  return file + header;
}

namespace {

template <typename Number>
std::string file_of(const char* type, std::span<const Number> values,
                    std::span<const std::uint64_t> shape) {
  std::string file = npy_header(type, shape);
  file.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return file;
}

}  // namespace

std::string npy_file(std::span<const float> values, std::span<const std::uint64_t> shape) {
  return file_of("<f4", values, shape);
}

std::string npy_file(std::span<const std::int64_t> values, std::span<const std::uint64_t> shape) {
  return file_of("<i8", values, shape);
}

}  // namespace regrow
