// Small data files for tests, well formed unless a test says otherwise, and what errors must say.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <vector>

#include "readers/cifar10.h"
#include "readers/cifar100.h"
#include "regrow/error.h"

namespace regrow {

using Bytes = std::vector<std::uint8_t>;

inline void write_bytes(const std::filesystem::path& path, const Bytes& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

inline Bytes read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_gz(const std::filesystem::path& path, const Bytes& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

inline void append_big_endian(Bytes& bytes, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// An IDX file of `body`, whose header claims `dimensions`.
inline Bytes idx_file(std::initializer_list<std::uint32_t> dimensions, const Bytes& body) {
  Bytes bytes;
  append_big_endian(bytes, 0x800 + static_cast<std::uint32_t>(dimensions.size()));
  for (const std::uint32_t dimension : dimensions) append_big_endian(bytes, dimension);
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

/// Bytes that differ from place to place and from `salt` to `salt`.
inline Bytes pattern(std::size_t size, std::size_t salt) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<std::uint8_t>((i * 31 + salt * 97 + i / 256) & 0xFF);
  }
  return bytes;
}

/// A CIFAR-10 file; record r has label (r + salt) % 10 and pixels pattern(3072, salt + r).
inline Bytes cifar_file(std::size_t records, std::size_t salt) {
  Bytes bytes;
  for (std::size_t record = 0; record < records; ++record) {
    bytes.push_back(static_cast<std::uint8_t>((record + salt) % 10));
    const Bytes pixels = pattern(kCifar10RecordBytes - 1, salt + record);
    bytes.insert(bytes.end(), pixels.begin(), pixels.end());
  }
  return bytes;
}

/// A CIFAR-100 file; record r has coarse label r % 20, fine label (7 · r + salt) % 100 and pixels
/// pattern(3072, salt + r).
inline Bytes cifar100_file(std::size_t records, std::size_t salt) {
  Bytes bytes;
  for (std::size_t record = 0; record < records; ++record) {
    bytes.push_back(static_cast<std::uint8_t>(record % 20));
    bytes.push_back(static_cast<std::uint8_t>((7 * record + salt) % 100));
    const Bytes pixels = pattern(kCifar100RecordBytes - 2, salt + record);
    bytes.insert(bytes.end(), pixels.begin(), pixels.end());
  }
  return bytes;
}

/// `call` must throw Error in one line that holds every one of `parts`.
template <typename Call>
void expect_error(const Call& call, std::initializer_list<std::string> parts) {
  try {
    call();
  } catch (const Error& error) {
    const std::string message = error.what();
    for (const std::string& part : parts) {
      EXPECT_NE(message.find(part), std::string::npos)
          << "the message: " << message << "\nlacks: " << part;
    }
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    return;
  }
  ADD_FAILURE() << "no error, where one should say: " << *parts.begin();
}

}  // namespace regrow
