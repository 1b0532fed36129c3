#include "io/sample_checkpoint.h"

#include <limits>

namespace regrow {

EpochRecord sample_record(std::uint32_t epoch) {
  EpochRecord record;
  record.epoch = epoch;
  record.loss = 2.302585092994046 / (1.0 + epoch);
  record.accuracy = 0.1 + 0.2;
  record.val_loss = 1e-300;
  record.val_accuracy = 1.0 / 3;
  record.test_loss = 5e-324;
  record.test_accuracy = 0.6668;
  if (epoch % 2 == 0) record.theta = 0.1;
  record.paused = epoch % 2 == 1;
  record.connections = 3;
  record.layers = {
      {.connections = 3, .negatives = 1, .positives = 2, .dropped = 2, .grown = 2, .evaluated = 3}};
  if (epoch % 2 == 0) {
    record.layers[0].topology = {.overlap_previous = 0.1 + 0.2,
                                 .overlap_first = 1.0 / 3,
                                 .explored = 0.625,
                                 .dead = 1,
                                 .unconnected_inputs = 2,
                                 .in_degree = {1, 1, 1, 2, 2},
                                 .out_degree = {0, 0, 1, 1, 4294967295}};
  }
  return record;
}

Checkpoint sample_checkpoint(Precision precision) {
  Checkpoint checkpoint;
  checkpoint.config = preset_config(PresetName::kPaper, DatasetName::kSynthetic);
  checkpoint.config.hidden = {2};
  checkpoint.config.method = Method::kLset;
  checkpoint.config.learning_rate = 0.1;
  checkpoint.config.seed = 7;
  resolve(checkpoint.config);
  checkpoint.device = "check:cpu,reference";
  checkpoint.instruction_set = "avx2";
  checkpoint.computed_by = {{0, 0, "cuda", "sm_90"}, {1, 3, "check:cpu,reference", "avx2"}};
  checkpoint.data = {std::string(32, 'a'), std::string(32, '1'), std::string(32, 'b'),
                     std::string(32, '2'), 70000000000,          3};
  checkpoint.data_name = "données";
  checkpoint.schema = {.is_image = false,
                       .columns = {{"x, y", {}}, {"\"city\"", {"Rome", "a\nb", ""}}},
                       .label = "kind",
                       .zero_based = true};
  checkpoint.initial_digest = std::string(32, 'c');
  checkpoint.shape = {.channels = 1, .height = 2, .width = 2};
  checkpoint.class_names = {"T-shirt/top", "Bag \"é\""};
  checkpoint.standardisation = {
      .mean = {0.1, 33.3, 255, 0},
      .deviation = {1, 0.3, 1e-9, std::numeric_limits<double>::infinity()}};
  checkpoint.target_scale = {{0.1, -1e300}, {1.0 / 3, 5e-324}};
  checkpoint.progress = {.epoch = 2,
                         .step = 17,
                         .sums = {.loss = 0.1 + 0.7, .hits = 9, .samples = 1700},
                         .evolved = {},
                         .evolution_pending = false};
  for (const std::uint32_t epoch : {0U, 1U}) {
    append(checkpoint.history, checkpoint.config, checkpoint.config, sample_record(epoch));
  }
  checkpoint.metrics = extended({}, to_json_line(sample_record(0)) + "\n");
  // 0.1F and the denormal need all bits of a float; 0.1 and −1e-320 those of a double.
  const double tenth = precision == Precision::kFloat32 ? double{0.1F} : 0.1;
  const double denormal = precision == Precision::kFloat32 ? double{-1e-45F} : -1e-320;
  checkpoint.network = {.precision = precision,
                        .layers = {{.inputs = 4,
                                    .outputs = 2,
                                    .kind = LayerKind::kSparse,
                                    .budget = 5,
                                    .cells = {0, 5, 7},
                                    .weights = {{tenth, -0.0, denormal}, {{-tenth, 0.5, 0}}},
                                    .biases = {{1, -2}, {{tenth, 0}}},
                                    .activation_parameters = {}},
                                   {.inputs = 2,
                                    .outputs = 2,
                                    .kind = LayerKind::kDense,
                                    .budget = 4,
                                    .cells = {},
                                    .weights = {{1, 2, 3, tenth}, {{0, 0, tenth, 1}}},
                                    .biases = {{0.25, 4}, {{0, -1}}},
                                    .activation_parameters = {}}}};
  // Cells 0, 5 and 7 are active, 2 and 3 were.
  checkpoint.explored = {{0b10101101}, {}};
  return checkpoint;
}

}  // namespace regrow
