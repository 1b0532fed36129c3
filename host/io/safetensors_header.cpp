// Header of a safetensors file: JSON ↔ data, with every claim checked.
#include "io/safetensors_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/utf8.h"
#include "io/json_guard.h"
#include "regrow/error.h"

namespace regrow {
namespace {

using nlohmann::json;

struct DtypeRow {
  Dtype dtype;
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<DtypeRow, 4> kDtypes = {{{Dtype::kU32, "U32", 4},
                                              {Dtype::kU64, "U64", 8},
                                              {Dtype::kF32, "F32", 4},
                                              {Dtype::kF64, "F64", 8}}};

constexpr const char* kMetadataKey = "__metadata__";

const DtypeRow& row_of(Dtype dtype) {
  return *std::find_if(kDtypes.begin(), kDtypes.end(),
                       [dtype](const DtypeRow& row) { return row.dtype == dtype; });
}

/// Of equal keys the library would keep the last; a checkpoint with such is ambiguous.
json parse_without_duplicates(std::string_view text) {
  if (!is_sound_json(text, JsonKeys::kUnique, "its header")) throw Error("its header is not JSON");
  return json::parse(text.begin(), text.end());
}

Metadata parse_metadata(const json& value) {
  if (!value.is_object()) throw Error("its metadata is not an object");
  Metadata metadata;
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string())
      throw Error(fmt::format("its metadata `{}` is not a string", excerpt(key)));
    metadata.emplace(key, text.get<std::string>());
  }
  return metadata;
}

std::vector<std::uint64_t> parse_sizes(const json& tensor, const char* key,
                                       const std::string& name) {
  const auto found = tensor.find(key);
  const auto is_size = [](const json& item) { return item.is_number_unsigned(); };
  if (found == tensor.end() || !found->is_array() ||
      !std::all_of(found->begin(), found->end(), is_size)) {
    throw Error(fmt::format("tensor `{}` has no valid `{}`", excerpt(name), key));
  }
  return found->get<std::vector<std::uint64_t>>();
}

/// Bytes that a shape needs; more than a file can have is an error, not an overflow.
std::uint64_t bytes_of(const TensorInfo& tensor) {
  std::uint64_t bytes = item_bytes(tensor.dtype);
  for (const std::uint64_t size : tensor.shape) {
    if (size != 0 && bytes > std::numeric_limits<std::uint64_t>::max() / size) {
      throw Error(fmt::format("tensor `{}` has an impossible shape", excerpt(tensor.name)));
    }
    bytes *= size;
  }
  return bytes;
}

TensorInfo parse_tensor(const std::string& name, const json& value) {
  if (!value.is_object() || value.size() != 3) {
    throw Error(fmt::format("tensor `{}` is not {{dtype, shape, data_offsets}}", excerpt(name)));
  }
  TensorInfo tensor;
  tensor.name = name;
  const auto dtype = value.find("dtype");
  const auto row = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const DtypeRow& candidate) {
    return dtype != value.end() && dtype->is_string() &&
           dtype->get_ref<const std::string&>() == candidate.name;
  });
  if (row == kDtypes.end()) {
    throw Error(
        fmt::format("tensor `{}` has a dtype other than U32, U64, F32 and F64", excerpt(name)));
  }
  tensor.dtype = row->dtype;
  tensor.shape = parse_sizes(value, "shape", name);
  const auto offsets = parse_sizes(value, "data_offsets", name);
  if (offsets.size() != 2 || offsets[0] > offsets[1] ||
      offsets[1] - offsets[0] != bytes_of(tensor)) {
    throw Error(fmt::format("tensor `{}` has a size that does not fit its shape", excerpt(name)));
  }
  tensor.begin_bytes = offsets[0];
  tensor.end_bytes = offsets[1];
  return tensor;
}

}  // namespace

std::uint64_t item_bytes(Dtype dtype) { return row_of(dtype).bytes; }

std::string header_to_json(const SafetensorsHeader& header) {
  // Entry by entry: the library's object that keeps the order looks through all of it for each key.
  std::string text =
      fmt::format("{{{}:{}", json(kMetadataKey).dump(), json(header.metadata).dump());
  for (const TensorInfo& tensor : header.tensors) {
    const nlohmann::ordered_json place = {{"dtype", row_of(tensor.dtype).name},
                                          {"shape", tensor.shape},
                                          {"data_offsets", {tensor.begin_bytes, tensor.end_bytes}}};
    text += fmt::format(",{}:{}", json(tensor.name).dump(), place.dump());
  }
  text += '}';
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

SafetensorsHeader parse_header(std::string_view text, std::uint64_t data_bytes) {
  const json object = parse_without_duplicates(text);
  if (!object.is_object()) throw Error("its header is not a JSON object");
  SafetensorsHeader header;
  for (const auto& [name, value] : object.items()) {
    if (name == kMetadataKey) {
      header.metadata = parse_metadata(value);
    } else {
      header.tensors.push_back(parse_tensor(name, value));
    }
  }
  std::sort(header.tensors.begin(), header.tensors.end(),
            [](const TensorInfo& a, const TensorInfo& b) {
              return std::pair(a.begin_bytes, a.end_bytes) < std::pair(b.begin_bytes, b.end_bytes);
            });
  std::uint64_t end_bytes = 0;
  for (const TensorInfo& tensor : header.tensors) {
    if (tensor.begin_bytes != end_bytes) {
      throw Error(
          fmt::format("tensor `{}` overlaps another or leaves a gap", excerpt(tensor.name)));
    }
    end_bytes = tensor.end_bytes;
  }
  if (end_bytes != data_bytes) {
    throw Error(fmt::format("it holds {} bytes of tensors where its header says {}", data_bytes,
                            end_bytes));
  }
  return header;
}

}  // namespace regrow
