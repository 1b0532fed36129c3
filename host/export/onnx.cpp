// The few messages of ONNX that a network needs, written field by field with protozero.
#include "export/onnx.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <initializer_list>
#include <protozero/pbf_builder.hpp>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

#include "export/metadata.h"
#include "regrow/error.h"
#include "regrow/step/standardise.h"
#include "regrow/version.h"
#include "system/size_text.h"

namespace regrow {
namespace {

static_assert(std::endian::native == std::endian::little, "ONNX has raw data little-endian");

constexpr std::int64_t kOnnxIr = 7;
constexpr std::int64_t kOnnxOperatorSet = 13;
/// What the length of a message can say, and what readers take.
constexpr std::uint64_t kMostOnnxBytes = (std::uint64_t{1} << 31) - 1;

enum class ModelField : protozero::pbf_tag_type {
  kIrVersion = 1,
  kProducerName = 2,
  kProducerVersion = 3,
  kGraph = 7,
  kOperatorSets = 8,
  kMetadata = 14,
};
enum class OperatorSetField : protozero::pbf_tag_type { kVersion = 2 };
enum class EntryField : protozero::pbf_tag_type { kKey = 1, kValue = 2 };
enum class GraphField : protozero::pbf_tag_type {
  kNode = 1,
  kName = 2,
  kInitializer = 5,
  kInput = 11,
  kOutput = 12,
  kSparseInitializer = 15,
};
enum class NodeField : protozero::pbf_tag_type {
  kInput = 1,
  kOutput = 2,
  kName = 3,
  kOperator = 4,
  kAttribute = 5,
};
enum class AttributeField : protozero::pbf_tag_type { kName = 1, kFloat = 2, kInt = 3, kType = 20 };
enum class AttributeType : std::int32_t { kFloat = 1, kInt = 2 };
enum class TensorField : protozero::pbf_tag_type {
  kDimension = 1,
  kDataType = 2,
  kName = 8,
  kRawData = 9,
};
enum class DataType : std::int32_t { kFloat = 1, kInt64 = 7 };
enum class SparseTensorField : protozero::pbf_tag_type {
  kValues = 1,
  kIndices = 2,
  kDimension = 3
};
enum class ValueInfoField : protozero::pbf_tag_type { kName = 1, kType = 2 };
enum class TypeField : protozero::pbf_tag_type { kTensor = 1 };
enum class TensorTypeField : protozero::pbf_tag_type { kElement = 1, kShape = 2 };
enum class ShapeField : protozero::pbf_tag_type { kDimension = 1 };
enum class DimensionField : protozero::pbf_tag_type { kValue = 1, kName = 2 };

using GraphBuilder = protozero::pbf_builder<GraphField>;

template <typename Number>
constexpr DataType kDataTypeOf =
    std::is_same_v<Number, float> ? DataType::kFloat : DataType::kInt64;

/// A TensorProto, as the field of another message.
template <typename Parent, typename Field, typename Number>
void add_tensor(Parent& parent, Field field, const std::string& name,
                std::initializer_list<std::uint64_t> shape, const std::vector<Number>& values) {
  protozero::pbf_builder<TensorField> tensor(parent, field);
  for (const std::uint64_t size : shape) {
    tensor.add_int64(TensorField::kDimension, static_cast<std::int64_t>(size));
  }
  tensor.add_int32(TensorField::kDataType, static_cast<std::int32_t>(kDataTypeOf<Number>));
  if (!name.empty()) tensor.add_string(TensorField::kName, name);
  const auto bytes = std::as_bytes(std::span(values));
  tensor.add_bytes(TensorField::kRawData, reinterpret_cast<const char*>(bytes.data()),
                   bytes.size());
}

/// A matrix by the cells that are not 0, which its indices count row by row.
void add_sparse(GraphBuilder& graph, const std::string& name, const ExportedLayer& layer) {
  protozero::pbf_builder<SparseTensorField> sparse(graph, GraphField::kSparseInitializer);
  const std::uint64_t count = layer.cells.size();
  add_tensor(sparse, SparseTensorField::kValues, name, {count}, layer.weights);
  add_tensor(sparse, SparseTensorField::kIndices, "", {count},
             std::vector<std::int64_t>(layer.cells.begin(), layer.cells.end()));
  sparse.add_int64(SparseTensorField::kDimension, layer.outputs);
  sparse.add_int64(SparseTensorField::kDimension, layer.inputs);
}

void add_value(GraphBuilder& graph, GraphField field, const std::string& name,
               std::uint32_t columns) {
  protozero::pbf_builder<ValueInfoField> value(graph, field);
  value.add_string(ValueInfoField::kName, name);
  protozero::pbf_builder<TypeField> type(value, ValueInfoField::kType);
  protozero::pbf_builder<TensorTypeField> tensor(type, TypeField::kTensor);
  tensor.add_int32(TensorTypeField::kElement, static_cast<std::int32_t>(DataType::kFloat));
  protozero::pbf_builder<ShapeField> shape(tensor, TensorTypeField::kShape);
  {
    protozero::pbf_builder<DimensionField> rows(shape, ShapeField::kDimension);
    rows.add_string(DimensionField::kName, "N");
  }
  protozero::pbf_builder<DimensionField> width(shape, ShapeField::kDimension);
  width.add_int64(DimensionField::kValue, columns);
}

struct Attribute {
  const char* name;
  std::variant<float, std::int64_t> value;
};

/// Adds nodes and what they take, and names what they give.
class Nodes {
 public:
  explicit Nodes(GraphBuilder& graph) : graph_(graph) {}

  /// Returns `output`.
  std::string add(const char* operation, std::initializer_list<std::string> inputs,
                  const std::string& output, std::initializer_list<Attribute> attributes = {}) {
    protozero::pbf_builder<NodeField> node(graph_, GraphField::kNode);
    for (const std::string& input : inputs) node.add_string(NodeField::kInput, input);
    node.add_string(NodeField::kOutput, output);
    node.add_string(NodeField::kName, output);
    node.add_string(NodeField::kOperator, operation);
    for (const auto& [name, value] : attributes) {
      protozero::pbf_builder<AttributeField> attribute(node, NodeField::kAttribute);
      attribute.add_string(AttributeField::kName, name);
      const bool is_float = std::holds_alternative<float>(value);
      if (is_float) {
        attribute.add_float(AttributeField::kFloat, std::get<float>(value));
      } else {
        attribute.add_int64(AttributeField::kInt, std::get<std::int64_t>(value));
      }
      attribute.add_int32(
          AttributeField::kType,
          static_cast<std::int32_t>(is_float ? AttributeType::kFloat : AttributeType::kInt));
    }
    return output;
  }

  /// A tensor of one dimension. Returns its name.
  std::string add_vector(const std::string& name, const std::vector<float>& values) {
    add_tensor(graph_, GraphField::kInitializer, name, {values.size()}, values);
    return name;
  }

 private:
  GraphBuilder& graph_;
};

/// As the program's devices do it of floats, so that a mean of many deviations costs no digits.
std::string standardised(Nodes& nodes, const Standardisation& standardisation,
                         const std::string& input) {
  std::vector<float> unit, offset, scale, shift;
  for (std::size_t i = 0; i < standardisation.mean.size(); ++i) {
    const double mean = standardisation.mean[i], deviation = standardisation.deviation[i];
    const step::FloatLaw law = step::float_law(mean, deviation);
    unit.push_back(law.unit);
    offset.push_back(law.offset);
    scale.push_back(law.scale);
    shift.push_back(law.shift);
    if (std::isfinite(law.offset) && std::isfinite(law.scale) && std::isfinite(law.shift)) continue;
    throw Error(fmt::format(
        "input {} is standardised by the mean {:.3g} and the deviation {:.3g}, which is beyond "
        "32-bit floats; give --fold true or --format npz",
        i, mean, deviation));
  }
  std::string value = nodes.add("Mul", {input, nodes.add_vector("unit", unit)}, "in_units");
  value = nodes.add("Add", {value, nodes.add_vector("offset", offset)}, "beside_mean");
  value = nodes.add("Mul", {value, nodes.add_vector("scale", scale)}, "scaled");
  return nodes.add("Add", {value, nodes.add_vector("shift", shift)}, "standardised");
}

/// z where it lies between the two thresholds; beyond them a line of another slope.
std::string srelu(Nodes& nodes, const std::vector<std::vector<float>>& learned,
                  const std::string& layer, const std::string& z) {
  std::vector<float> right_values;
  for (std::size_t o = 0; o < learned[0].size(); ++o) {
    right_values.push_back(learned[0][o] + std::abs(learned[2][o]));
  }
  const std::string left = nodes.add_vector(layer + ".t_left", learned[0]);
  const std::string left_slope = nodes.add_vector(layer + ".a_left", learned[1]);
  const std::string right = nodes.add_vector(layer + ".right", right_values);
  const std::string right_slope = nodes.add_vector(layer + ".a_right", learned[3]);
  const auto line = [&](const std::string& side, const std::string& threshold,
                        const std::string& slope) {
    const std::string beyond = nodes.add("Sub", {z, threshold}, layer + side + ".beyond");
    const std::string sloped = nodes.add("Mul", {slope, beyond}, layer + side + ".sloped");
    return nodes.add("Add", {sloped, threshold}, layer + side + ".line");
  };
  const std::string below = line(".left", left, left_slope);
  const std::string above = line(".right", right, right_slope);
  const std::string is_below = nodes.add("LessOrEqual", {z, left}, layer + ".is_below");
  const std::string is_above = nodes.add("GreaterOrEqual", {z, right}, layer + ".is_above");
  const std::string upper = nodes.add("Where", {is_above, above, z}, layer + ".upper");
  return nodes.add("Where", {is_below, below, upper}, layer + ".activated");
}

/// z · Φ(z), Φ by the error function. The form that runtimes know and make one operation of.
std::string gelu(Nodes& nodes, const std::string& layer, const std::string& z) {
  const std::string root = nodes.add_vector(layer + ".root_of_2", {1.41421356F});
  const std::string one = nodes.add_vector(layer + ".one", {1.0F});
  const std::string half = nodes.add_vector(layer + ".half", {0.5F});
  const std::string scaled = nodes.add("Div", {z, root}, layer + ".scaled");
  const std::string erf = nodes.add("Erf", {scaled}, layer + ".erf");
  const std::string sum = nodes.add("Add", {erf, one}, layer + ".sum");
  const std::string product = nodes.add("Mul", {z, sum}, layer + ".product");
  return nodes.add("Mul", {product, half}, layer + ".activated");
}

std::string activated(Nodes& nodes, const ExportedActivation& activation, const std::string& layer,
                      const std::string& z) {
  switch (activation.formula.form) {
    case step::ActivationForm::kSloped:
      if (activation.formula.slope == 0) return nodes.add("Relu", {z}, layer + ".activated");
      return nodes.add("LeakyRelu", {z}, layer + ".activated",
                       {{"alpha", activation.formula.slope}});
    case step::ActivationForm::kSRelu:
      return srelu(nodes, activation.learned, layer, z);
    case step::ActivationForm::kGelu:
      return gelu(nodes, layer, z);
  }
  return z;
}

void add_graph(protozero::pbf_builder<ModelField>& model, const ExportedNetwork& network,
               OnnxWeights weights) {
  GraphBuilder graph(model, ModelField::kGraph);
  graph.add_string(GraphField::kName, "regrow");
  const std::string output(output_name(network.prediction));
  const std::uint32_t outputs = network.layers.back().outputs;
  add_value(graph, GraphField::kInput, "input", network.features());
  add_value(graph, GraphField::kOutput, output, outputs);

  Nodes nodes(graph);
  std::string value = "input";
  if (network.standardisation) value = standardised(nodes, *network.standardisation, value);
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const ExportedLayer& layer = network.layers[l];
    const std::string name = std::to_string(l);
    const std::string weight = name + ".weight";
    if (weights == OnnxWeights::kSparse && layer.kind == LayerKind::kSparse) {
      add_sparse(graph, weight, layer);
    } else {
      add_tensor(graph, GraphField::kInitializer, weight, {layer.outputs, layer.inputs},
                 dense_weights(layer));
    }
    const std::string bias = nodes.add_vector(name + ".bias", layer.biases);
    std::string product = output;
    if (layer.activation) product = fmt::format("{}.z", name);
    value = nodes.add("Gemm", {value, weight, bias}, product, {{"transB", std::int64_t{1}}});
    if (layer.activation) value = activated(nodes, *layer.activation, name, value);
  }
  if (network.prediction == Prediction::kProbabilities) {
    nodes.add("Softmax", {value}, "probabilities", {{"axis", std::int64_t{-1}}});
    add_value(graph, GraphField::kOutput, "probabilities", outputs);
  }
}

}  // namespace

std::uint64_t onnx_bytes(const ExportedNetwork& network, OnnxWeights weights) {
  return weights == OnnxWeights::kSparse ? sparse_bytes(network, sizeof(std::int64_t))
                                         : dense_bytes(network);
}

std::string onnx_model(const ExportedNetwork& network, OnnxWeights weights) {
  const std::uint64_t bytes = onnx_bytes(network, weights);
  if (bytes > kMostOnnxBytes) {
    throw Error(fmt::format(
        "an ONNX model of this network would have {}, and cannot have 2 GiB; {}",
        memory_text(bytes),
        weights == OnnxWeights::kDense ? "give --sparse, or --format npz" : "give --format npz"));
  }
  std::string text;
  text.reserve(bytes);
  protozero::pbf_builder<ModelField> model(text);
  model.add_int64(ModelField::kIrVersion, kOnnxIr);
  model.add_string(ModelField::kProducerName, "regrow");
  model.add_string(ModelField::kProducerVersion, kVersion);
  add_graph(model, network, weights);
  {
    protozero::pbf_builder<OperatorSetField> set(model, ModelField::kOperatorSets);
    set.add_int64(OperatorSetField::kVersion, kOnnxOperatorSet);
  }
  for (const auto& [key, value] : metadata_of(network)) {
    protozero::pbf_builder<EntryField> entry(model, ModelField::kMetadata);
    entry.add_string(EntryField::kKey, key);
    entry.add_string(EntryField::kValue, value);
  }
  return text;
}

}  // namespace regrow
