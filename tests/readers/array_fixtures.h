// NumPy's files as tests make them, well formed unless a test says otherwise.
#pragma once

#include <gtest/gtest.h>
#include <zip.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "readers/array_files.h"
#include "readers/byte_source.h"
#include "readers/data_files.h"
#include "readers/raw_samples.h"

namespace regrow {

/// The bytes of numbers in this machine's order, or turned round.
template <typename T>
Bytes elements(const std::vector<T>& values, bool turned = false) {
  Bytes bytes(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  for (std::size_t i = 0; turned && i < bytes.size(); i += sizeof(T)) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + sizeof(T)));
  }
  return bytes;
}

/// An array of `body` with the header `text`, padded as NumPy pads it.
inline Bytes npy_with_header(std::string text, const Bytes& body, std::uint8_t version = 1) {
  const std::size_t before = version == 1 ? 10 : 12;
  while ((before + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  Bytes bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', version, 0};
  for (std::size_t i = 0; i < before - 8; ++i) {
    bytes.push_back(static_cast<std::uint8_t>(text.size() >> 8 * i));
  }
  bytes.insert(bytes.end(), text.begin(), text.end());
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

/// `shape` as Python writes it: "(2, 3)".
inline Bytes npy(const std::string& descr, const std::string& shape, const Bytes& body,
                 bool is_fortran = false) {
  return npy_with_header("{'descr': '" + descr + "', 'fortran_order': " +
                             (is_fortran ? "True" : "False") + ", 'shape': " + shape + ", }",
                         body);
}

using Members = std::vector<std::pair<std::string, Bytes>>;

/// An archive of members, under just these names. `method`: of libzip.
inline void write_zip(const std::filesystem::path& path, const Members& members,
                      int method = ZIP_CM_STORE, bool is_encrypted = false) {
  int error = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
  ASSERT_NE(archive, nullptr);
  for (const auto& [name, bytes] : members) {
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const zip_int64_t index = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    ASSERT_GE(index, 0);
    const auto at = static_cast<zip_uint64_t>(index);
    ASSERT_EQ(zip_set_file_compression(archive, at, method, 0), 0);
    if (is_encrypted) {
      ASSERT_EQ(zip_file_set_encryption(archive, at, ZIP_EM_AES_256, "secret"), 0);
    }
  }
  ASSERT_EQ(zip_close(archive), 0) << zip_strerror(archive);
}

inline RawData read_npz_file(const std::filesystem::path& path, const ReadRequest& request = {}) {
  ByteSource source(path.string());
  return read_npz(source, request);
}

inline RawData read_npy_file(const std::filesystem::path& path, const ReadRequest& request = {}) {
  ByteSource source(path.string());
  return read_npy(source, request);
}

inline TrainedOn trained_on(const ImageShape& shape, bool is_image) {
  TrainedOn known;
  known.shape = shape;
  known.schema.is_image = is_image;
  return known;
}

}  // namespace regrow
