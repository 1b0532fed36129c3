// Reads a safetensors file of which nothing is believed until its sizes and checksum agree.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include "io/safetensors.h"
#include "io/write_remedy.h"
#include "regrow/error.h"
#include "regrow/file_prefix.h"

namespace regrow {
namespace {

constexpr std::uint64_t kChunkBytes = std::uint64_t{1} << 18;
constexpr std::uint64_t kTrailerBytes = 4;

}  // namespace

void refuse_checkpoint(const std::filesystem::path& path, const std::string& what) {
  throw Error(
      fmt::format("{}: {}; use another checkpoint of the run (best.safetensors, or train --resume "
                  "RUN --from previous), or start again",
                  path.string(), what));
}

SafetensorsReader::SafetensorsReader(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code error;
  const auto status = std::filesystem::status(path_, error);
  if (!std::filesystem::exists(status)) {
    throw Error(fmt::format("{}: there is no such checkpoint; check the path", path_.string()));
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw Error(fmt::format("{}: is not a file; give a checkpoint, such as RUN/last.safetensors",
                            path_.string()));
  }
  file_bytes_ = std::filesystem::file_size(path_, error);
  errno = 0;
  file_.open(path_, std::ios::binary);
  const int error_number = error ? error.value() : errno;
  if (error || !file_) {
    throw Error(fmt::format("{}: cannot be opened: {}; {}", path_.string(),
                            std::generic_category().message(error_number),
                            read_remedy(error_number)));
  }
  read_header();
  check_checksum();
}

void SafetensorsReader::read_header() {
  if (file_bytes_ < kLengthBytes) refuse_checkpoint(path_, "it is too short for one");
  std::uint64_t json_bytes = 0;
  read_bytes(std::as_writable_bytes(std::span(&json_bytes, 1)));
  if (json_bytes > kMaxHeaderBytes || json_bytes > file_bytes_ - kLengthBytes) {
    refuse_checkpoint(path_, "it is cut off within its header, or not a safetensors file");
  }
  std::string header_text(json_bytes, '\0');
  read_bytes(std::as_writable_bytes(std::span(header_text)));
  data_begin_bytes_ = kLengthBytes + json_bytes;
  try {
    header_ = parse_header(header_text, file_bytes_ - data_begin_bytes_);
  } catch (const Error& wrong) {
    refuse_checkpoint(path_, wrong.what());
  }
}

void SafetensorsReader::check_checksum() {
  if (header_.tensors.empty() || header_.tensors.back().name != "checksum" ||
      header_.tensors.back().dtype != Dtype::kU32 ||
      header_.tensors.back().shape != std::vector<std::uint64_t>{1}) {
    refuse_checkpoint(path_, "it does not end in a checksum, so regrow did not write it");
  }
  const std::uint64_t covered_bytes = file_bytes_ - kTrailerBytes;
  file_.seekg(0);
  std::vector<std::byte> chunk(kChunkBytes);
  FilePrefix covered;
  while (covered.bytes < covered_bytes) {
    const auto part = std::span(chunk).first(std::min(kChunkBytes, covered_bytes - covered.bytes));
    read_bytes(part);
    covered = extended(covered, part);
  }
  std::uint32_t stored = 0;
  read_bytes(std::as_writable_bytes(std::span(&stored, 1)));
  if (stored != covered.crc32) {
    refuse_checkpoint(path_, "it is damaged: its checksum does not fit its content");
  }
}

void SafetensorsReader::read_bytes(std::span<std::byte> bytes) {
  file_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file_) refuse_checkpoint(path_, "it cannot be read to its end");
}

const TensorInfo& SafetensorsReader::tensor(const std::string& name) const {
  const auto found = std::find_if(header_.tensors.begin(), header_.tensors.end(),
                                  [&](const TensorInfo& tensor) { return tensor.name == name; });
  if (found == header_.tensors.end()) {
    refuse_checkpoint(path_, fmt::format("it has no tensor `{}`", name));
  }
  return *found;
}

const TensorInfo& SafetensorsReader::seek(const std::string& name, Dtype dtype,
                                          const std::vector<std::uint64_t>& shape) {
  const TensorInfo& info = tensor(name);
  if (info.dtype != dtype || info.shape != shape) {
    refuse_checkpoint(path_,
                      fmt::format("tensor `{}` has another type or shape than its network", name));
  }
  file_.seekg(static_cast<std::streamoff>(data_begin_bytes_ + info.begin_bytes));
  return info;
}

std::vector<std::uint64_t> SafetensorsReader::read_indices(
    const std::string& name, const std::vector<std::uint64_t>& shape) {
  const TensorInfo& info = seek(name, Dtype::kU64, shape);
  std::vector<std::uint64_t> values((info.end_bytes - info.begin_bytes) / 8);
  read_bytes(std::as_writable_bytes(std::span(values)));
  return values;
}

std::vector<double> SafetensorsReader::read_values(const std::string& name, Dtype dtype,
                                                   const std::vector<std::uint64_t>& shape) {
  const TensorInfo& info = seek(name, dtype, shape);
  std::vector<double> values((info.end_bytes - info.begin_bytes) / item_bytes(dtype));
  if (dtype == Dtype::kF64) {
    read_bytes(std::as_writable_bytes(std::span(values)));
    return values;
  }
  std::vector<float> chunk(std::min<std::size_t>(values.size(), kChunkBytes / sizeof(float)));
  for (std::size_t first = 0; first < values.size();) {
    const auto part = std::span(chunk).first(std::min(chunk.size(), values.size() - first));
    read_bytes(std::as_writable_bytes(part));
    std::copy(part.begin(), part.end(), values.begin() + static_cast<std::ptrdiff_t>(first));
    first += part.size();
  }
  return values;
}

}  // namespace regrow
