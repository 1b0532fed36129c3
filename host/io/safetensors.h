// A safetensors file with a checksum: 8 bytes header length, JSON header, raw little-endian
// tensors, the last of them `checksum`, the CRC-32 of every byte before it. Large tensors are
// streamed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "io/folder.h"
#include "io/safetensors_header.h"

namespace regrow {

/// A tensor to write. Doubles are stored as kF64, or as kF32 where every value is a float.
struct TensorView {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<std::uint64_t> shape;
  std::variant<std::span<const std::uint64_t>, std::span<const double>> values;
};

/// Atomically. The widest types come first, whatever the order of `tensors`, so that every tensor
/// is aligned; the checksum is added. Throws Error where the file cannot be written.
void write_safetensors(const std::filesystem::path& path, const Metadata& metadata,
                       std::span<const TensorView> tensors);
void write_safetensors(std::shared_ptr<const Folder> folder, const std::string& name,
                       const Metadata& metadata, std::span<const TensorView> tensors);

class SafetensorsReader {
 public:
  /// Checks header, sizes and checksum of the whole file before anything can be read from it.
  /// Throws Error naming the file, what is wrong and what to do.
  explicit SafetensorsReader(std::filesystem::path path);

  const Metadata& metadata() const { return header_.metadata; }
  /// Throws Error where there is none.
  const TensorInfo& tensor(const std::string& name) const;

  /// Throw Error unless the tensor has this type and shape.
  std::vector<std::uint64_t> read_indices(const std::string& name,
                                          const std::vector<std::uint64_t>& shape);
  std::vector<double> read_values(const std::string& name, Dtype dtype,
                                  const std::vector<std::uint64_t>& shape);

 private:
  void read_header();
  /// Throw Error where the file is plainly something else than a checkpoint.
  void refuse_other_kind();
  void refuse_other_program(const std::string& sign) const;
  void check_checksum();
  void read_bytes(std::span<std::byte> bytes);
  const TensorInfo& seek(const std::string& name, Dtype dtype,
                         const std::vector<std::uint64_t>& shape);

  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t data_begin_bytes_ = 0;
  bool is_of_other_program_ = false;
  SafetensorsHeader header_;
  std::unordered_map<std::string, std::size_t> tensor_places_;  // in header_.tensors, by name
};

/// Throws the Error of a file that cannot be trusted: path, what is wrong, remedy.
[[noreturn]] void refuse_checkpoint(const std::filesystem::path& path, const std::string& what);

}  // namespace regrow
