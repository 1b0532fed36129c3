#include "export/metadata.h"

#include <nlohmann/json.hpp>

#include "regrow/parts.h"
#include "regrow/version.h"

namespace regrow {
namespace {

/// Names of classes may hold bytes that are no UTF-8, which no format takes.
std::string utf8_text(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

std::string_view name_of(Prediction prediction) {
  switch (prediction) {
    case Prediction::kProbabilities:
      return "probabilities";
    case Prediction::kClasses:
      return "classes";
    case Prediction::kNumbers:
      return "numbers";
  }
  return "";
}

std::string_view name_of(InputOrder order) { return order == InputOrder::kHwc ? "hwc" : "chw"; }

Metadata metadata_of(const ExportedNetwork& network) {
  using Json = nlohmann::ordered_json;
  Json activations = Json::array();
  for (const ExportedLayer& layer : network.layers) {
    if (layer.activation) activations.push_back(name_of(layer.activation->kind));
  }
  Metadata metadata = {{"regrow", kVersion},
                       {"dataset", network.dataset},
                       {"method", network.method},
                       {"predicts", std::string(name_of(network.prediction))},
                       {"class_names", utf8_text(network.class_names)},
                       {"image_shape", utf8_text({{"height", network.shape.height},
                                                  {"width", network.shape.width},
                                                  {"channels", network.shape.channels}})},
                       {"input_order", std::string(name_of(network.order))},
                       {"activations", utf8_text(activations)},
                       {"standardisation", network.standardisation ? "kept" : "folded"}};
  if (!network.columns.empty()) metadata.emplace("columns", columns_json(network));
  return metadata;
}

std::string columns_json(const ExportedNetwork& network) {
  nlohmann::ordered_json columns = nlohmann::ordered_json::array();
  for (const DataColumn& column : network.columns) {
    columns.push_back({{"name", column.name}});
    if (!column.categories.empty()) columns.back()["categories"] = column.categories;
  }
  return utf8_text(columns);
}

}  // namespace regrow
