#include "export/state_dict.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "export/metadata.h"
#include "io/safetensors_header.h"
#include "regrow/error.h"

namespace regrow {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");

using Json = nlohmann::ordered_json;

Json module_of(const ExportedActivation& activation, std::uint32_t neurons) {
  switch (activation.formula.form) {
    case step::ActivationForm::kSloped:
      if (activation.formula.slope == 0) return {"ReLU"};
      return {"LeakyReLU", activation.formula.slope};
    case step::ActivationForm::kSRelu:
      return {"SReLU", neurons};
    case step::ActivationForm::kGelu:
      return {"GELU"};
  }
  return {};
}

constexpr const char* kModulesKey = "modules";

/// Appends tensors to a file, and says where each is.
class Tensors {
 public:
  explicit Tensors(std::uint64_t bytes) { data_.reserve(bytes); }

  template <typename Number>
  void add(std::string name, Dtype dtype, std::vector<std::uint64_t> shape,
           const std::vector<Number>& values) {
    REGROW_CHECK(item_bytes(dtype) == sizeof(Number), "type of tensor " + name);
    const std::uint64_t begin = data_.size();
    const auto bytes = std::as_bytes(std::span(values));
    data_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    placed_.push_back({std::move(name), dtype, std::move(shape), begin, data_.size()});
  }

  std::string file(const Metadata& metadata) && {
    const std::string header = header_to_json({metadata, std::move(placed_)});
    const std::uint64_t length = header.size();
    REGROW_CHECK(length <= kMaxHeaderBytes, "a safetensors header larger than readers accept");
    std::string head(reinterpret_cast<const char*>(&length), sizeof length);
    data_.insert(0, head + header);
    return std::move(data_);
  }

 private:
  std::string data_;
  std::vector<TensorInfo> placed_;
};

}  // namespace

std::uint64_t state_dict_bytes(const ExportedNetwork& network) { return dense_bytes(network); }

std::string state_dict(const ExportedNetwork& network) {
  Tensors tensors(state_dict_bytes(network));
  Json modules = Json::array();
  if (network.standardisation) {
    const std::vector<std::uint64_t> features = {network.features()};
    // 64-bit tensors come first, so that all are aligned.
    tensors.add("0.mean", Dtype::kF64, features, network.standardisation->mean);
    tensors.add("0.deviation", Dtype::kF64, features, network.standardisation->deviation);
    modules.push_back({"Standardise", network.features()});
  }
  for (const ExportedLayer& layer : network.layers) {
    const std::vector<std::uint64_t> outputs = {layer.outputs};
    const std::string linear = std::to_string(modules.size());
    tensors.add(linear + ".weight", Dtype::kF32, {layer.outputs, layer.inputs},
                dense_weights(layer));
    tensors.add(linear + ".bias", Dtype::kF32, outputs, layer.biases);
    modules.push_back({"Linear", layer.inputs, layer.outputs});
    if (!layer.activation) continue;
    const auto names = parameter_names(layer.activation->kind);
    for (std::size_t p = 0; p < names.size(); ++p) {
      tensors.add(fmt::format("{}.{}", modules.size(), names[p]), Dtype::kF32, outputs,
                  layer.activation->learned[p]);
    }
    modules.push_back(module_of(*layer.activation, layer.outputs));
  }
  Metadata metadata = metadata_of(network);
  metadata.emplace("format", "pt");  // what libraries look for before they take it for PyTorch's
  metadata.emplace(kModulesKey, modules.dump());
  return std::move(tensors).file(metadata);
}

bool is_state_dict(const std::filesystem::path& path) {
  std::error_code error;
  const std::uint64_t file_bytes = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  std::uint64_t length = 0;
  file.read(reinterpret_cast<char*>(&length), sizeof length);
  if (error || !file || length > kMaxHeaderBytes || length > file_bytes - kLengthBytes) {
    return false;
  }
  std::string header(length, '\0');
  if (!file.read(header.data(), static_cast<std::streamsize>(length))) return false;
  try {
    return parse_header(header, file_bytes - kLengthBytes - length).metadata.contains(kModulesKey);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace regrow
