#include "export/npz.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "export/metadata.h"
#include "export/zip_writer.h"
#include "io/npy.h"
#include "regrow/parts.h"
#include "regrow/version.h"

namespace regrow {
namespace {

static_assert(std::endian::native == std::endian::little, "the types below are little-endian");

template <typename Number>
constexpr const char* kNpyType = nullptr;
template <>
constexpr const char* kNpyType<float> = "<f4";
template <>
constexpr const char* kNpyType<double> = "<f8";
template <>
constexpr const char* kNpyType<std::int32_t> = "<i4";
template <>
constexpr const char* kNpyType<std::int64_t> = "<i8";

class Arrays {
 public:
  template <typename Number>
  void add(const std::string& name, const std::vector<std::uint64_t>& shape,
           std::span<const Number> values) {
    std::string content = npy_header(kNpyType<Number>, shape);
    content.reserve(content.size() + values.size_bytes());
    content.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    archive_.add(name + ".npy", std::move(content));
  }
  template <typename Number>
  void add(const std::string& name, const std::vector<Number>& values) {
    add(name, {values.size()}, std::span<const Number>(values));
  }

  /// As NumPy has texts: four bytes a character, each as long as the longest.
  void add_texts(const std::string& name, const std::vector<std::uint64_t>& shape,
                 std::span<const std::string> texts) {
    std::vector<std::u32string> decoded;
    std::size_t longest = 1;
    for (const std::string& text : texts) {
      std::u32string& characters = decoded.emplace_back();
      for (std::size_t at = 0; at < text.size();) {
        const Character character = character_at(text, at);
        constexpr char32_t kReplacement = 0xFFFD;
        characters += character.code < 0 ? kReplacement : static_cast<char32_t>(character.code);
        at += character.bytes;
      }
      longest = std::max(longest, characters.size());
    }
    std::string content = npy_header(fmt::format("<U{}", longest), shape);
    content.reserve(content.size() + texts.size() * longest * sizeof(char32_t));
    for (std::u32string& characters : decoded) {
      characters.resize(longest);
      content.append(reinterpret_cast<const char*>(characters.data()),
                     characters.size() * sizeof(char32_t));
    }
    archive_.add(name + ".npy", std::move(content));
  }
  void add_text(const std::string& name, std::string_view text) {
    const std::string one(text);
    add_texts(name, {}, std::span(&one, 1));
  }

  std::string file() && { return std::move(archive_).file(); }

 private:
  ZipWriter archive_;
};

/// The connections of a sparse layer, row by row.
template <typename Index>
void add_rows(Arrays& arrays, const std::string& name, const ExportedLayer& layer) {
  std::vector<Index> indices, begins(std::size_t{layer.outputs} + 1);
  indices.reserve(layer.cells.size());
  for (const std::uint64_t cell : layer.cells) {
    indices.push_back(static_cast<Index>(cell % layer.inputs));
    ++begins[cell / layer.inputs + 1];
  }
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  arrays.add(name + ".data", layer.weights);
  arrays.add(name + ".indices", indices);
  arrays.add(name + ".indptr", begins);
  arrays.add(name + ".shape", std::vector<std::int64_t>{layer.outputs, layer.inputs});
}

void add_layer(Arrays& arrays, const std::string& name, const ExportedLayer& layer) {
  constexpr std::uint64_t kMostIn32 = std::numeric_limits<std::int32_t>::max();
  if (layer.kind == LayerKind::kDense) {
    arrays.add(name + ".weight", {layer.outputs, layer.inputs},
               std::span<const float>(layer.weights));
  } else if (layer.inputs <= kMostIn32 && layer.cells.size() <= kMostIn32) {
    add_rows<std::int32_t>(arrays, name + ".weight", layer);
  } else {
    add_rows<std::int64_t>(arrays, name + ".weight", layer);
  }
  arrays.add(name + ".bias", layer.biases);
  if (!layer.activation) return;
  const ExportedActivation& activation = *layer.activation;
  if (activation.formula.form == step::ActivationForm::kSloped) {
    arrays.add(name + ".slope", {}, std::span(&activation.formula.slope, 1));
  }
  const auto names = parameter_names(activation.kind);
  for (std::size_t p = 0; p < names.size(); ++p) {
    arrays.add(fmt::format("{}.{}", name, names[p]), activation.learned[p]);
  }
}

}  // namespace

std::uint64_t npz_bytes(const ExportedNetwork& network) {
  return sparse_bytes(network, sizeof(std::int64_t));
}

std::string npz_file(const ExportedNetwork& network) {
  Arrays arrays;
  std::vector<std::string> activations;
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const ExportedLayer& layer = network.layers[l];
    add_layer(arrays, std::to_string(l), layer);
    if (layer.activation) activations.emplace_back(name_of(layer.activation->kind));
  }
  if (network.standardisation) {
    arrays.add("mean", network.standardisation->mean);
    arrays.add("deviation", network.standardisation->deviation);
  }
  arrays.add_texts("activations", {activations.size()}, activations);
  arrays.add_texts("class_names", {network.class_names.size()}, network.class_names);
  arrays.add_text("predicts", name_of(network.prediction));
  arrays.add("image_shape", std::vector<std::int64_t>{network.shape.height, network.shape.width,
                                                      network.shape.channels});
  arrays.add_text("input_order", name_of(network.order));
  arrays.add_text("dataset", network.dataset);
  if (!network.columns.empty()) arrays.add_text("columns", columns_json(network));
  arrays.add_text("method", network.method);
  arrays.add_text("regrow", kVersion);
  return std::move(arrays).file();
}

}  // namespace regrow
