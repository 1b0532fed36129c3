#include "readers/own_files.h"

#include <fmt/format.h>

#include <cctype>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "data/format_names.h"
#include "readers/array_files.h"
#include "readers/byte_source.h"
#include "readers/csv.h"
#include "readers/image_folder.h"
#include "readers/libsvm.h"
#include "regrow/error.h"

namespace regrow {
namespace {

bool is_folder(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

/// Of a file that may be gzipped.
DataFormat format_by_name(std::string_view path) {
  constexpr std::string_view kGzip = ".gz";
  const bool is_gzipped = has_end(path, kGzip);
  return format_of_name(path.substr(0, path.size() - (is_gzipped ? kGzip.size() : 0)));
}

/// "1 3:0.5 7:2": the second word of the first line, or the first where there is no label, is an
/// index and a value.
bool looks_like_libsvm(std::string_view head) {
  const std::string_view line = head.substr(0, head.find_first_of("\r\n"));
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos || line.find(',') < colon) return false;
  const auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  std::size_t first = colon;
  while (first > 0 && is_digit(static_cast<unsigned char>(line[first - 1]))) --first;
  return first < colon && (first == 0 || line[first - 1] == ' ' || line[first - 1] == '\t');
}

DataFormat format_by_content(std::string_view head) {
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) return DataFormat::kNpz;
  if (head.starts_with("\x93NUMPY")) return DataFormat::kNpy;
  if (looks_like_libsvm(head)) return DataFormat::kLibsvm;
  return DataFormat::kCsv;  // what is none, its reader says best
}

RawData read_folder(const std::string& path, DataFormat format, const ReadRequest& request) {
  const bool is_npz = format == DataFormat::kNpz || format == DataFormat::kNpy;
  if (is_npz || (format == DataFormat::kAuto && holds_arrays(path))) {
    return read_array_folder(path, request);
  }
  if (format == DataFormat::kAuto || format == DataFormat::kImages) {
    return read_images(path, request);
  }
  throw Error(fmt::format("{}: is a folder; give one file with --data", path));
}

}  // namespace

RawData read_own_files(const std::string& path, DataFormat format, const ReadRequest& request) {
  if (is_folder(path)) return read_folder(path, format, request);
  if (format == DataFormat::kAuto) format = format_by_name(path);
  if (format == DataFormat::kImages) return read_images(path, request);
  ByteSource source(path, Passes::kMany);
  if (format == DataFormat::kAuto) format = format_by_content(source.head());
  switch (format) {
    case DataFormat::kNpz:
      return read_npz(source, request);
    case DataFormat::kNpy:
      return read_npy(source, request);
    case DataFormat::kLibsvm:
      return read_libsvm(source, request);
    case DataFormat::kTsv:
      return read_csv(source, '\t', request);
    default:
      return read_csv(source, ',', request);
  }
}

}  // namespace regrow
