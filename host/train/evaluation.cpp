#include "train/evaluation.h"

namespace regrow {
namespace {

void store_means(const LossSums& sums, double& loss, double& accuracy) {
  const auto samples = static_cast<double>(sums.samples);
  loss = sums.loss / samples;
  accuracy = static_cast<double>(sums.hits) / samples;
}

}  // namespace

EpochRecord evaluated_epoch(Backend& backend, const Dataset& dataset, std::uint32_t epoch,
                            const LossSums& trained, const std::vector<WeightCounts>& counts) {
  const LossSums validation = backend.evaluate(Split::kValidation);
  const LossSums test = dataset.validation_is_test ? validation : backend.evaluate(Split::kTest);
  EpochRecord record;
  record.epoch = epoch;
  store_means(trained, record.loss, record.accuracy);
  store_means(validation, record.val_loss, record.val_accuracy);
  store_means(test, record.test_loss, record.test_accuracy);
  for (std::size_t l = 0; l + 1 < counts.size(); ++l) {  // the output layer is not reported
    LayerRecord& layer = record.layers.emplace_back();
    layer.negatives = counts[l].negatives;
    layer.positives = counts[l].positives;
    layer.evaluated = counts[l].negatives + counts[l].positives + counts[l].zeros;
    layer.connections = layer.evaluated;
    record.connections += layer.connections;
  }
  return record;
}

}  // namespace regrow
