// Reads a safetensors file of which nothing is believed until its sizes and checksum agree.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/file_kind.h"
#include "base/read_failure.h"
#include "io/safetensors.h"
#include "regrow/error.h"
#include "regrow/file_prefix.h"

namespace regrow {
namespace {

constexpr std::uint64_t kChunkBytes = std::uint64_t{1} << 18;
constexpr std::uint64_t kTrailerBytes = 4;
constexpr std::string_view kGiveACheckpoint =
    "give a checkpoint of regrow, such as RUN/last.safetensors";

}  // namespace

void refuse_checkpoint(const std::filesystem::path& path, const std::string& what) {
  throw Error(
      fmt::format("{}: {}; use another checkpoint of the run (best.safetensors, or train --resume "
                  "RUN --from previous), or start again",
                  path.string(), what));
}

SafetensorsReader::SafetensorsReader(std::filesystem::path path) : path_(std::move(path)) {
  const std::filesystem::file_type type = type_to_read(path_);
  if (type == std::filesystem::file_type::not_found) {
    throw Error(fmt::format("{}: there is no such checkpoint; check the path", path_.string()));
  }
  if (type != std::filesystem::file_type::regular) {
    throw Error(fmt::format("{}: is not a file; give a checkpoint, such as RUN/last.safetensors",
                            path_.string()));
  }
  std::error_code error;
  file_bytes_ = std::filesystem::file_size(path_, error);
  if (error) fail_to_read(path_, error.value());
  file_.open(path_, std::ios::binary);
  if (!file_) fail_to_read(path_, errno);
  read_header();
  check_checksum();
}

void SafetensorsReader::read_header() {
  if (file_bytes_ == 0) refuse_checkpoint(path_, "it is empty");
  if (file_bytes_ < kLengthBytes) refuse_checkpoint(path_, "it is too short for one");
  std::uint64_t json_bytes = 0;
  read_bytes(std::as_writable_bytes(std::span(&json_bytes, 1)));
  if (json_bytes > kMaxHeaderBytes || json_bytes > file_bytes_ - kLengthBytes) {
    refuse_other_kind();
    refuse_checkpoint(path_, "it is cut off within its header, or not a safetensors file");
  }
  std::string header_text(json_bytes, '\0');
  read_bytes(std::as_writable_bytes(std::span(header_text)));
  data_begin_bytes_ = kLengthBytes + json_bytes;
  // The metadata name the program twice, so that one damaged byte does not hide whose file it is.
  is_of_other_program_ =
      header_text.starts_with("{") && header_text.find("regrow") == std::string::npos;
  try {
    header_ = parse_header(header_text, file_bytes_ - data_begin_bytes_);
    for (std::size_t i = 0; i < header_.tensors.size(); ++i) {
      tensor_places_.emplace(header_.tensors[i].name, i);
    }
  } catch (const Error& wrong) {
    refuse_other_kind();
    refuse_other_program(wrong.what());
    refuse_checkpoint(path_, wrong.what());
  }
}

void SafetensorsReader::refuse_other_kind() {
  std::string head(std::min<std::uint64_t>(file_bytes_, kKindBytes), '\0');
  file_.seekg(0);
  read_bytes(std::as_writable_bytes(std::span(head)));
  const FileKind kind = foreign_kind(head);
  if (kind.name.empty()) return;
  const std::string line = fmt::format("{}: is {}, not a checkpoint; ", path_.string(), kind.name);
  if (kind.remedy.empty()) throw Error(line + std::string(kGiveACheckpoint));
  throw UnreadableError(line + std::string(kind.remedy));
}

void SafetensorsReader::refuse_other_program(const std::string& sign) const {
  if (!is_of_other_program_) return;
  throw Error(fmt::format("{}: is a safetensors file that regrow did not write ({}); {}",
                          path_.string(), sign, kGiveACheckpoint));
}

void SafetensorsReader::check_checksum() {
  if (header_.tensors.empty() || header_.tensors.back().name != "checksum" ||
      header_.tensors.back().dtype != Dtype::kU32 ||
      header_.tensors.back().shape != std::vector<std::uint64_t>{1}) {
    const std::string sign = "it does not end in a checksum";
    refuse_other_program(sign);
    refuse_checkpoint(path_, sign + ", so regrow did not write it");
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
  if (file_.bad()) fail_to_read(path_, errno);
  if (!file_) refuse_checkpoint(path_, "it cannot be read to its end");
}

const TensorInfo& SafetensorsReader::tensor(const std::string& name) const {
  const auto found = tensor_places_.find(name);
  if (found == tensor_places_.end()) {
    refuse_checkpoint(path_, fmt::format("it has no tensor `{}`", name));
  }
  return header_.tensors[found->second];
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
