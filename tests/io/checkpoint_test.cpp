// Checkpoints hold a run's whole state, exactly, in the same bytes every time.
#include "regrow/checkpoint.h"

#include <gtest/gtest.h>

#include <bit>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "io/file_size_limit.h"
#include "io/io_test_support.h"
#include "io/safetensors.h"
#include "io/sample_checkpoint.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

class CheckpointRoundTrip : public testing::TestWithParam<Precision> {};

TEST_P(CheckpointRoundTrip, KeepsEveryField) {
  const TempDir dir;
  const Checkpoint saved = sample_checkpoint(GetParam());
  write_checkpoint(dir.path() / "c", saved);
  const Checkpoint back = read_checkpoint(dir.path() / "c");
  EXPECT_EQ(back.config, saved.config);
  EXPECT_EQ(back.device, saved.device);
  EXPECT_EQ(back.instruction_set, saved.instruction_set);
  EXPECT_EQ(back.computed_by, saved.computed_by);
  EXPECT_EQ(back.data, saved.data);
  EXPECT_EQ(back.initial_digest, saved.initial_digest);
  EXPECT_EQ(back.shape, saved.shape);
  EXPECT_EQ(back.data_name, saved.data_name);
  EXPECT_EQ(back.schema, saved.schema);
  EXPECT_EQ(back.target_scale, saved.target_scale);
  EXPECT_EQ(back.class_names, saved.class_names);
  EXPECT_EQ(back.standardisation, saved.standardisation);
  EXPECT_EQ(back.progress, saved.progress);
  EXPECT_EQ(back.history, saved.history);
  EXPECT_EQ(back.metrics, saved.metrics);
  EXPECT_EQ(back.network, saved.network);
  EXPECT_EQ(back.explored, saved.explored);
  EXPECT_TRUE(std::signbit(back.network.layers[0].weights.values[1])) << "−0 keeps its sign";
}

/// Of a run with `optimiser` whose hidden layer has SReLUs.
Checkpoint srelu_checkpoint(OptimiserKind optimiser) {
  Checkpoint checkpoint = sample_checkpoint();
  checkpoint.config.optimiser = optimiser;
  checkpoint.config.activation = {ActivationKind::kSRelu};
  LayerState& hidden = checkpoint.network.layers[0];
  hidden.activation = ActivationKind::kSRelu;
  hidden.activation_parameters = {{{0, 0.25}, {}}, {{0.5, 0.75}, {}}, {{1, 2}, {}}, {{1, 4}, {}}};
  double next = 1;
  for (LayerState& layer : checkpoint.network.layers) {
    for (Parameter* parameter : parameters_of(layer)) {
      *parameter = Parameter(std::move(parameter->values), slot_count(optimiser));
      for (std::vector<double>& slot : parameter->slots) {
        for (double& value : slot) value = next++;
      }
    }
  }
  return checkpoint;
}

TEST(Checkpoint, KeepsEverySlotOfEveryParameter) {
  const TempDir dir;
  for (const OptimiserKind optimiser : {OptimiserKind::kSgd, OptimiserKind::kNesterov,
                                        OptimiserKind::kAdam, OptimiserKind::kAdamW}) {
    const Checkpoint saved = srelu_checkpoint(optimiser);
    write_checkpoint(dir.path() / "c", saved);
    EXPECT_EQ(read_checkpoint(dir.path() / "c").network, saved.network);
  }
}

TEST(Checkpoint, NamesTensorsByParameterAndSlot) {
  const TempDir dir;
  write_checkpoint(dir.path() / "c", srelu_checkpoint(OptimiserKind::kAdam));
  SafetensorsReader reader(dir.path() / "c");
  const std::vector<std::uint64_t> outputs = {2};
  // Counted up as in srelu_checkpoint(): two slots of 3 weights, then of 2 biases, then of t_left.
  EXPECT_EQ(reader.read_values("layers.0.second_moment", Dtype::kF32, {3}),
            (std::vector<double>{4, 5, 6}));
  EXPECT_EQ(reader.read_values("layers.0.bias_first_moment", Dtype::kF32, outputs),
            (std::vector<double>{7, 8}));
  EXPECT_EQ(reader.read_values("layers.0.t_left", Dtype::kF32, outputs),
            (std::vector<double>{0, 0.25}));
  EXPECT_EQ(reader.read_values("layers.0.a_left_second_moment", Dtype::kF32, outputs),
            (std::vector<double>{17, 18}));
  EXPECT_EQ(reader.read_values("layers.0.a_right", Dtype::kF32, outputs),
            (std::vector<double>{1, 4}));
}

/// Of a run that evolves within its epochs, and whose connections have a grace.
Checkpoint evolved_checkpoint() {
  Checkpoint checkpoint = sample_checkpoint();
  checkpoint.config.grace = 3;
  checkpoint.evolution = {.due = 9,
                          .performed = 7,
                          .young = {{{0, 7}, {6, 4}}, {}},
                          .newborns = {{5}, {}},
                          .survival = {{30, 4}}};
  checkpoint.evolutions = extended({}, "lines of evolutions\n");
  checkpoint.previous_masks = {CellList{0, 2, 3}};
  checkpoint.progress.evolved = {.due = 3, .paused = 2, .theta = 0.3, .layers = {{5, 5, 4, 3}}};
  checkpoint.progress.cost = {217, 651, 3, 1'300'000, 2'000'000, 70'000};
  return checkpoint;
}

TEST(Checkpoint, KeepsWhatIsKnownOfEvolutions) {
  const TempDir dir;
  const Checkpoint saved = evolved_checkpoint();
  write_checkpoint(dir.path() / "c", saved);
  const Checkpoint back = read_checkpoint(dir.path() / "c");
  EXPECT_EQ(back.evolution, saved.evolution);
  EXPECT_EQ(back.evolutions, saved.evolutions);
  EXPECT_EQ(back.previous_masks, saved.previous_masks);
  EXPECT_EQ(back.progress, saved.progress);
}

TEST(Checkpoint, KeepsAnEvolutionThatIsStillToCome) {
  const TempDir dir;
  Checkpoint checkpoint = sample_checkpoint();
  checkpoint.progress = {
      .epoch = 2, .step = 0, .sums = {}, .evolved = {}, .evolution_pending = true};
  checkpoint.history.last.layers[0].positives = 1;  // as of its network
  write_checkpoint(dir.path() / "c", checkpoint);
  EXPECT_EQ(read_checkpoint(dir.path() / "c").progress, checkpoint.progress);
}

TEST(Checkpoint, NeverWritesEvolutionsThatDoNotAddUp) {
  const TempDir dir;
  const std::function<void(Checkpoint&)> changes[] = {
      [](Checkpoint& c) { c.evolution.performed = 10; },           // more than were due
      [](Checkpoint& c) { c.config.grace = 0; },                   // no reason to be young
      [](Checkpoint& c) { c.evolution.young.pop_back(); },         // a layer too few
      [](Checkpoint& c) { c.evolution.young[0].born_in[0] = 7; },  // in an evolution to come
      [](Checkpoint& c) { c.evolution.young[0].born_in.pop_back(); },
      [](Checkpoint& c) {
        c.evolution.young[0].cells = {7, 0};
      },
      [](Checkpoint& c) {
        c.evolution.young[0].cells = {0, 6};
      },  // an inactive one
      [](Checkpoint& c) { c.evolution.newborns.pop_back(); },
      [](Checkpoint& c) { c.evolution.newborns[0] = {6}; },  // an inactive one
      [](Checkpoint& c) {
        c.evolution.newborns[0] = {5, 7};
      },  // a young one
      [](Checkpoint& c) {
        c.evolution.young.clear();
        c.evolution.newborns[0] = {7, 5};
      },
      [](Checkpoint& c) { c.evolution.survival[0].survived = 31; },
      [](Checkpoint& c) { c.evolution.survival.emplace_back(); },
      [](Checkpoint& c) {
        c.previous_masks[0] = {2, 2, 3};
      },
      [](Checkpoint& c) {
        c.previous_masks[0] = {0, 8};
      },  // outside the matrix
      [](Checkpoint& c) { c.previous_masks.emplace_back(); },
      [](Checkpoint& c) { ++c.progress.evolved.layers[0].grown; }};  // not the network's number
  for (const auto& change : changes) {
    Checkpoint checkpoint = evolved_checkpoint();
    change(checkpoint);
    EXPECT_THROW(write_checkpoint(dir.path() / "c", checkpoint), std::logic_error)
        << &change - &changes[0];
  }
  EXPECT_EQ(entries_in(dir.path()), 0U);
}

TEST_P(CheckpointRoundTrip, WritesEqualStatesAsEqualBytes) {
  const TempDir dir;
  write_checkpoint(dir.path() / "a", sample_checkpoint(GetParam()));
  write_checkpoint(dir.path() / "b", read_checkpoint(dir.path() / "a"));
  EXPECT_EQ(bytes_of(dir.path() / "a"), bytes_of(dir.path() / "b"));
}

INSTANTIATE_TEST_SUITE_P(Precisions, CheckpointRoundTrip,
                         testing::Values(Precision::kFloat32, Precision::kFloat64));

TEST(Checkpoint, LeavesLocalSettingsOut) {
  const TempDir dir;
  Checkpoint checkpoint = sample_checkpoint();
  write_checkpoint(dir.path() / "a", checkpoint);
  checkpoint.config.data = "/some/folder";
  checkpoint.config.out = "elsewhere";
  checkpoint.config.init_from = "/some/checkpoint";
  checkpoint.config.threads = 5;
  checkpoint.config.checkpoint_every.epochs = 7;
  write_checkpoint(dir.path() / "b", checkpoint);
  EXPECT_EQ(bytes_of(dir.path() / "a"), bytes_of(dir.path() / "b"));
}

TEST(Checkpoint, HoldsNoExploredCellsWhereTheTopologyIsNotMeasured) {
  const TempDir dir;
  Checkpoint checkpoint = sample_checkpoint();
  checkpoint.config.topology = false;
  EXPECT_THROW(write_checkpoint(dir.path() / "c", checkpoint), std::logic_error);
  checkpoint.explored.clear();
  write_checkpoint(dir.path() / "c", checkpoint);
  EXPECT_TRUE(read_checkpoint(dir.path() / "c").explored.empty());
}

TEST(Checkpoint, HoldsARunBeforeItsFirstEpochAndALayerWithoutConnections) {
  const TempDir dir;
  Checkpoint checkpoint = sample_checkpoint();
  checkpoint.history = {};
  checkpoint.metrics = {};
  checkpoint.progress = {};
  checkpoint.computed_by.clear();
  LayerState& layer = checkpoint.network.layers[0];
  layer.cells.clear();
  layer.weights = Parameter({}, 1);
  write_checkpoint(dir.path() / "c", checkpoint);
  const Checkpoint back = read_checkpoint(dir.path() / "c");
  EXPECT_EQ(back.network, checkpoint.network);
  EXPECT_EQ(back.progress, checkpoint.progress);
  EXPECT_EQ(back.history, History());
}

TEST(Progress, DiffersInEveryField) {
  const Progress progress = sample_checkpoint().progress;
  EXPECT_EQ(progress, progress);
  const auto differs = [&](const std::function<void(Progress&)>& change) {
    Progress other = progress;
    change(other);
    return !(other == progress);
  };
  EXPECT_TRUE(differs([](Progress& p) { ++p.epoch; }));
  EXPECT_TRUE(differs([](Progress& p) { ++p.step; }));
  EXPECT_TRUE(differs([](Progress& p) { p.sums.loss += 1e-15; }));
  EXPECT_TRUE(differs([](Progress& p) { ++p.sums.hits; }));
  EXPECT_TRUE(differs([](Progress& p) { ++p.sums.samples; }));
  EXPECT_TRUE(differs([](Progress& p) { ++p.evolved.due; }));
  EXPECT_TRUE(differs([](Progress& p) { p.evolution_pending = true; }));
}

TEST(Checkpoint, TellsOtherReadersWhatTheyNeed) {
  const TempDir dir;
  write_checkpoint(dir.path() / "c", sample_checkpoint());
  SafetensorsReader reader(dir.path() / "c");
  const Metadata& metadata = reader.metadata();
  EXPECT_EQ(metadata.at("format"), "regrow-checkpoint");
  EXPECT_EQ(metadata.at("version"), "7");
  EXPECT_EQ(metadata.at("initial_loss"), "2.302585092994046");
  EXPECT_EQ(metadata.at("best_epoch"), "0");
  EXPECT_EQ(metadata.at("precision"), "float32");
  const auto layers = nlohmann::json::parse(metadata.at("layers"));
  EXPECT_EQ(layers[0]["kind"], "sparse");
  EXPECT_EQ(layers[0]["budget"], 5);
  EXPECT_EQ(layers[0]["connections"], 3);
  EXPECT_EQ(reader.read_indices("layers.0.explored", {1}), CellBitmap{0b10101101});
  EXPECT_EQ(reader.tensor("layers.1.weight").shape, (std::vector<std::uint64_t>{2, 2}));
  EXPECT_EQ(reader.read_indices("layers.0.cells", {3}), (std::vector<std::uint64_t>{0, 5, 7}));
}

// Unlike its records, which are in metrics.jsonl.
TEST(Checkpoint, HasASizeThatDoesNotDependOnTheNumberOfEpochs) {
  const TempDir dir;
  Checkpoint checkpoint = sample_checkpoint();
  checkpoint.config.epochs = 1000;
  write_checkpoint(dir.path() / "short", checkpoint);
  for (std::uint32_t epoch = 2; epoch < 1000; ++epoch) {
    checkpoint.metrics = extended(checkpoint.metrics, to_json_line(checkpoint.history.last) + "\n");
    append(checkpoint.history, checkpoint.config, checkpoint.config, sample_record(epoch));
  }
  checkpoint.progress.epoch = 1000;
  write_checkpoint(dir.path() / "long", checkpoint);
  EXPECT_LT(bytes_of(dir.path() / "long").size(), bytes_of(dir.path() / "short").size() + 100);
}

TEST(Checkpoint, RemembersWhatAPauseLooksAt) {
  const TempDir dir;
  Checkpoint checkpoint = sample_checkpoint();
  checkpoint.config.pause = Measure::kLoss;
  EXPECT_THROW(write_checkpoint(dir.path() / "c", checkpoint), std::logic_error);
  const double before = sample_record(0).loss;
  checkpoint.history.recent = {before, checkpoint.history.last.loss};
  write_checkpoint(dir.path() / "c", checkpoint);
  EXPECT_EQ(read_checkpoint(dir.path() / "c").history, checkpoint.history);
  checkpoint.history.recent = {before, before};
  EXPECT_THROW(write_checkpoint(dir.path() / "c", checkpoint), std::logic_error);
}

TEST(Checkpoint, NeverReplacesAGoodOneByOneThatIsNotFinite) {
  const TempDir dir;
  const auto path = dir.path() / "c";
  write_checkpoint(path, sample_checkpoint());
  const std::string former = bytes_of(path);
  const std::vector<std::function<double&(LayerState&)>> values = {
      [](LayerState& l) -> double& { return l.weights.values[1]; },
      [](LayerState& l) -> double& { return l.weights.slots[0][1]; },
      [](LayerState& l) -> double& { return l.biases.values[1]; },
      [](LayerState& l) -> double& { return l.biases.slots[0][1]; }};
  for (const auto& value_of : values) {
    Checkpoint diverged = sample_checkpoint();
    value_of(diverged.network.layers[1]) = std::numeric_limits<double>::infinity();
    const std::string message = error_of([&] { write_checkpoint(path, diverged); });
    EXPECT_TRUE(contains(message, path.string() + ": not written: layer 1 holds")) << message;
    EXPECT_TRUE(contains(message, "start a new run with a lower --learning-rate")) << message;
  }
  Checkpoint diverged = sample_checkpoint();
  diverged.progress.sums.loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(contains(error_of([&] { write_checkpoint(path, diverged); }), "the loss"));
  EXPECT_EQ(bytes_of(path), former);
}

TEST(Checkpoint, KeepsTheFormerOneOnAFullDisk) {
  const TempDir dir;
  const auto path = dir.path() / "c";
  write_checkpoint(path, sample_checkpoint());
  const std::string former = bytes_of(path);
  Checkpoint next = sample_checkpoint();
  next.progress.sums.samples = 18 * 100;
  next.progress.step = 18;
  for (std::size_t limit_bytes = 0; limit_bytes < former.size(); limit_bytes += 997) {
    std::string message;
    {
      const FileSizeLimit full_disk(limit_bytes);
      message = error_of([&] { write_checkpoint(path, next); });
    }
    EXPECT_TRUE(contains(message, "ulimit -f")) << message;
    EXPECT_EQ(bytes_of(path), former);
    EXPECT_EQ(entries_in(dir.path()), 1U) << "an aside file is left";
  }
}

TEST(Checkpoint, NeverWritesAStateThatDoesNotAddUp) {
  const TempDir dir;
  const std::function<void(Checkpoint&)> changes[] = {
      [](Checkpoint& c) {
        c.network.layers[0].cells = {0, 7, 5};
      },
      [](Checkpoint& c) {
        c.network.layers[0].cells = {0, 5, 8};
      },
      [](Checkpoint& c) { c.network.layers[0].weights.slots[0].pop_back(); },
      [](Checkpoint& c) { c.network.layers[1].weights.values.push_back(0); },
      [](Checkpoint& c) { c.explored[0] = {0b00101101}; },   // an active cell was never explored
      [](Checkpoint& c) { c.explored[0] = {0b110101101}; },  // one outside the matrix
      [](Checkpoint& c) { c.explored[0].push_back(0); },
      [](Checkpoint& c) { c.explored.pop_back(); },
      [](Checkpoint& c) { c.shape.width = 3; },
      [](Checkpoint& c) { c.class_names.pop_back(); },
      [](Checkpoint& c) { c.schema.columns.pop_back(); },
      [](Checkpoint& c) { c.target_scale.mean.pop_back(); },
      [](Checkpoint& c) { c.target_scale.deviation[1] = 0; },
      [](Checkpoint& c) { c.standardisation.mean.pop_back(); },
      [](Checkpoint& c) { c.standardisation.deviation.push_back(1); },
      [](Checkpoint& c) { c.standardisation.deviation[1] = 0; },
      [](Checkpoint& c) { c.progress.epoch = 3; },
      [](Checkpoint& c) { c.history.last.epoch = 2; },
      [](Checkpoint& c) { c.history.best = c.history.last; },
      [](Checkpoint& c) { c.history.recent = {1}; },
      [](Checkpoint& c) { c.history.improved.epoch = 1; },
      [](Checkpoint& c) { c.history.improved.value += 0.5; },
      [](Checkpoint& c) { c.config.optimiser = OptimiserKind::kAdam; },
      [](Checkpoint& c) { c.config.activation = {ActivationKind::kRelu}; },
      [](Checkpoint& c) { c.network.layers[0].activation = ActivationKind::kSRelu; },
      [](Checkpoint& c) { c.metrics = {}; }};
  for (const auto& change : changes) {
    Checkpoint checkpoint = sample_checkpoint();
    change(checkpoint);
    EXPECT_THROW(write_checkpoint(dir.path() / "c", checkpoint), std::logic_error)
        << &change - &changes[0];
  }
  EXPECT_EQ(entries_in(dir.path()), 0U);
}

}  // namespace
}  // namespace regrow
