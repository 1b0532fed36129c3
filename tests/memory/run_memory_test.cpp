// What a run is said to need against what the program really had at its height, over shapes in each
// of which another part is the largest: sizes that are counted in one place and allocated in
// another would drift apart.
#include "memory/run_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "support/feature_kinds.h"
#include "support/temp_dir.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REGROW_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define REGROW_SANITIZED
#endif
#endif

namespace regrow {
namespace {

using Words = std::vector<std::string>;

struct Shape {
  const char* name;
  Words flags;  // of `regrow train`
};

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.name; }

Config config_of(const Words& flags) {
  std::vector<GivenFlag> given;
  for (std::size_t i = 0; i + 1 < flags.size(); i += 2) {
    given.push_back({find_setting(flags[i]), flags[i + 1]});
  }
  return layered_config(std::nullopt, given);
}

/// Bytes in memory at the height of `regrow ARGUMENTS`.
std::uint64_t peak_bytes_of(const Words& given) {
  Words words = {REGROW_PROGRAM};
  words.insert(words.end(), given.begin(), given.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) != nullptr) execv(REGROW_PROGRAM, arguments.data());
    _exit(127);
  }
  int status = 0;
  rusage usage = {};
  wait4(child, &status, 0, &usage);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

std::uint64_t peak_bytes_of_training(const Words& flags) {
  Words words = {"train", "--quiet"};
  words.insert(words.end(), flags.begin(), flags.end());
  return peak_bytes_of(words);
}

class RunMemory : public testing::TestWithParam<Shape> {};

TEST_P(RunMemory, IsAboutWhatTheProgramTakes) {
#ifdef REGROW_SANITIZED
  GTEST_SKIP() << "a sanitizer takes as much again";
#endif
  const TempDir dir;
  Words flags = {
      "--dataset", "synthetic", "--synthetic-features", "50", "--synthetic-train", "260",
      "--synthetic-test", "60", "--validation", "holdout:60", "--batch", "20", "--device", "cpu",
      "--threads", "2", "--epochs", "4",
      // So slow that each epoch is the best: the best network is of the size of the last.
      "--lr", "0.001", "--out", (dir.path() / "run").string()};
  flags.insert(flags.end(), GetParam().flags.begin(), GetParam().flags.end());
  const Config config = config_of(flags);
  const auto said = static_cast<double>(training_memory(config, expected_data(config)).bytes());
  const auto taken = static_cast<double>(peak_bytes_of_training(flags));
  RecordProperty("said", static_cast<int>(said / 1e6));
  RecordProperty("taken", static_cast<int>(taken / 1e6));
  EXPECT_GT(said, 100e6) << "too small a shape to tell";
  EXPECT_GT(said, 0.97 * taken) << "a run that is let in may not fit";
  EXPECT_LT(said, 1.6 * taken) << "a run that fits may be refused";
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, RunMemory,
    testing::Values(
        Shape{"sparse", {"--hidden", "1500,1500", "--density", "0.4"}},
        Shape{"sparse_without_topology",
              {"--hidden", "1500,1500", "--density", "0.4", "--topology", "false"}},
        Shape{"by_neighbours",
              {"--hidden", "20000,20000", "--epsilon", "15", "--grow", "most_neighbours"}},
        Shape{"by_neighbours_but_what_has_dropped",
              {"--hidden", "20000,20000", "--epsilon", "15", "--grow", "most_neighbours",
               "--regrow-dropped", "false"}},
        Shape{"by_ranks",
              {"--hidden", "20000,20000", "--epsilon", "15", "--grow", "ranks:0,0,1,2,3,4,5,6,7"}},
        Shape{"by_gradient", {"--hidden", "20000,20000", "--epsilon", "15", "--grow", "gradient"}},
        Shape{"by_candidates",
              {"--hidden", "20000,20000", "--epsilon", "15", "--grow", "gradient", "--candidates",
               "grabo", "--candidate-ratio", "10"}},
        Shape{"side_by_side", {"--hidden", "1000,1000,1000,1000", "--density", "0.4"}},
        Shape{"safe_while_young", {"--hidden", "1500,1500", "--density", "0.4", "--grace", "2"}},
        Shape{"rising_density",
              {"--hidden", "1500,1500", "--density", "0.1", "--density-schedule", "cubic",
               "--final-density", "0.4"}},
        Shape{"static", {"--hidden", "1500,1500", "--density", "0.4", "--method", "static"}},
        Shape{"dense", {"--hidden", "1500,1500", "--method", "dense"}},
        Shape{"many_neurons", {"--hidden", "200000,200000", "--epsilon", "1"}},
        Shape{"wide_batch", {"--hidden", "2000", "--batch", "9000", "--synthetic-train", "20000"}},
        Shape{"wide_batch_bf16",
              {"--hidden", "4000", "--batch", "9000", "--synthetic-train", "20000",
               "--activation-dtype", "bf16"}},
        Shape{"wide_batch_bf16_by_gradient",
              {"--hidden", "2000,1000", "--batch", "5000", "--synthetic-train", "20000",
               "--activation-dtype", "bf16", "--method", "rigl", "--evolve-every", "2"}},
        Shape{"wide_batch_bf16_of_gelus",
              {"--hidden", "2000", "--batch", "9000", "--synthetic-train", "20000",
               "--activation-dtype", "bf16", "--activation", "gelu", "--optimiser", "adam"}},
        Shape{"many_classes", {"--hidden", "500", "--synthetic-classes", "10000"}},
        Shape{"much_data",
              {"--synthetic-features", "5000", "--synthetic-train", "40000", "--epochs", "1",
               "--hidden", "20", "--epsilon", "1"}}),
    [](const testing::TestParamInfo<Shape>& each) { return std::string(each.param.name); });

class EvaluationMemory : public testing::TestWithParam<const char*> {};

// Of dense layers that become sparse ones, too.
TEST_P(EvaluationMemory, OfPrunedNetworksIsAboutWhatTheProgramTakes) {
#ifdef REGROW_SANITIZED
  GTEST_SKIP() << "a sanitizer takes as much again";
#endif
  const TempDir dir;
  const std::string run = (dir.path() / "run").string();
  Words flags = {
      "--dataset", "synthetic", "--hidden",          "1500,1500", "--method",     GetParam(),
      "--epochs",  "1",         "--synthetic-train", "260",       "--validation", "holdout:60",
      "--device",  "cpu",       "--threads",         "2",         "--out",        run};
  if (GetParam() != std::string("dense")) flags.insert(flags.end(), {"--density", "0.4"});
  peak_bytes_of_training(flags);
  const Config config = config_of(flags);
  const DataSize data = expected_data(config);
  const std::vector<LayerPlan> layers =
      plan_network(config, network_start(config, data.shape.features(), data.classes));
  for (const char* const share : {"0.05", "0.9"}) {
    const auto said =
        static_cast<double>(evaluation_memory(config, data, layers, data.test, true).bytes());
    const auto taken = static_cast<double>(peak_bytes_of({"eval", run, "--prune", share}));
    EXPECT_GT(said, 0.97 * taken) << share << ": an evaluation that is let in may not fit";
    EXPECT_LT(said, 1.6 * taken) << share << ": an evaluation that fits may be refused";
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, EvaluationMemory, testing::Values("static", "dense"));

/// 700 samples of 5,000 features, of which a tenth is not 0.
Dataset dataset_of_kind(FeatureKind kind) {
  constexpr std::size_t kTrain = 500, kTest = 200, kFeatures = 5000;
  Dataset dataset;
  dataset.shape = {1, 1, kFeatures};
  dataset.class_names = {"a", "b"};
  const auto fill = [&](LabelledSamples& samples, std::size_t count) {
    std::vector<float> values(count * kFeatures);
    for (std::size_t at = 0; at < values.size(); at += 10) values[at] = 3;
    samples.features = tests::as_kind(kind, values, count);
    samples.labels.resize(count);
  };
  fill(dataset.train, kTrain);
  fill(dataset.test, kTest);
  split_validation(dataset, false, 100, 0);
  dataset.standardisation = compute_standardisation(dataset);
  return dataset;
}

TEST(DataSizeOf, EveryKindIsThatOfItsArrays) {
  std::vector<std::uint64_t> sizes;
  for (const FeatureKind kind : tests::kAllKinds) {
    const Dataset dataset = dataset_of_kind(kind);
    const DataSize size = size_of(dataset);
    sizes.push_back(size.bytes());
    const auto features = bytes_of(dataset.train.features) + bytes_of(dataset.test.features);
    const std::uint64_t others = 700 * 2 + 500 * 4 + 5000 * 2 * 8;
    EXPECT_GE(size.bytes(), features + others) << tests::name_of_kind(kind);
    // What statistics take while they are computed.
    EXPECT_LE(size.bytes(), features + others + 5000 * 5 * 8) << tests::name_of_kind(kind);
  }
  EXPECT_GT(sizes[1], 3 * sizes[0]);
  EXPECT_LT(sizes[2], sizes[1] / 2) << "sparse rows stay sparse";
}

TEST(RunMemoryOf, SparseRowsAndFloatsIsThatOfTheirBatchesToo) {
  Config config = config_of({"--dataset", "synthetic", "--hidden", "20", "--epsilon", "1",
                             "--batch", "10000", "--device", "cpu", "--threads", "1"});
  std::vector<std::uint64_t> needs;
  for (const FeatureKind kind : tests::kAllKinds) {
    DataSize data = size_of(dataset_of_kind(kind));
    needs.push_back(training_memory(config, data).bytes() - data.bytes());
  }
  // A batch of 10,000 samples of 5,000 floats, staged and as input; of sparse ones as input alone.
  // Besides a tenth for the allocator, the program's 16 MiB and a small network.
  constexpr double kBatch = 1e4 * 5000 * 4;
  for (const auto& [kind, copies] : {std::pair{0U, 2}, std::pair{1U, 2}, std::pair{2U, 1}}) {
    EXPECT_GT(static_cast<double>(needs[kind]), (1.1 * copies + 0.09) * kBatch) << kind;
    EXPECT_LT(static_cast<double>(needs[kind]), (1.1 * copies + 0.14) * kBatch) << kind;
  }
  DataSize rows = size_of(dataset_of_kind(FeatureKind::kSparse));
  EXPECT_NE(in_words(training_memory(config, rows)).find("a batch of 10,000 samples"),
            std::string::npos);
  rows.train = 1'000'000'000;
  rows.stored = 30'000'000'000;
  EXPECT_NE(in_words(training_memory(config, rows))
                .find("1,000,000,200 samples of 5,000 synthetic values, 30,000,000,000 of them "
                      "stored"),
            std::string::npos)
      << in_words(training_memory(config, rows));
}

// What is stored in pairs takes half; of a batch as it is staged, and of pre-activations, it takes
// as much as ever.
TEST(RunMemoryOf, BatchesInBfloat16AreOfHalfTheFloats) {
  std::vector<double> needs;
  for (const char* dtype : {"fp32", "bf16"}) {
    const Config config =
        config_of({"--dataset", "synthetic", "--hidden", "20000", "--epsilon", "1", "--batch",
                   "10000", "--device", "cpu", "--threads", "1", "--activation-dtype", dtype});
    needs.push_back(static_cast<double>(training_memory(config, expected_data(config)).bytes()));
  }
  constexpr double kActivations = 1e4 * 20000 * 4;
  // Besides a tenth for the allocator; the inputs are few.
  EXPECT_NEAR(needs[0] - needs[1], 1.1 * kActivations / 2, 0.01 * kActivations);
}

TEST(RunMemoryOf, WhatCannotBeCountedInBytesOf32Bits) {
  Config config = config_of({"--dataset", "synthetic", "--hidden", "65536,65536", "--method",
                             "dense", "--device", "cpu"});
  const DataSize data = expected_data(config);
  EXPECT_GT(training_memory(config, data).bytes(), std::uint64_t{100} << 30);
  config.device = "cuda";
  EXPECT_GT(training_memory(config, data).bytes(), std::uint64_t{100} << 30) << "its copies";
  config = config_of({"--dataset", "synthetic", "--batch", "100000000", "--device", "cpu",
                      "--hidden", "16777216"});
  EXPECT_GT(training_memory(config, data).bytes(), std::uint64_t{1} << 50);
}

TEST(RunMemoryOf, TheProgramHasNoPartInWhatGrowsWithTheRun) {
  const Config config = config_of({"--dataset", "synthetic", "--hidden", "65536,65536", "--method",
                                   "dense", "--device", "cpu"});
  const MemoryNeed need = training_memory(config, expected_data(config));
  const std::string words = in_words(need);
  EXPECT_NE(words.find(" GiB for the allocator's allowance of 10 %"), std::string::npos) << words;
  EXPECT_EQ(words.find("the program"), std::string::npos) << words;
}

TEST(RunMemoryOf, MillionsOfNeuronsIsThatOfTheirConnections) {
  const Config config = config_of({"--dataset", "synthetic", "--hidden", "1000000,1000000",
                                   "--epsilon", "1", "--device", "cpu"});
  EXPECT_LT(training_memory(config, expected_data(config)).bytes(), std::uint64_t{3} << 30);
}

TEST(RunMemoryOf, APairIsThatOfBoth) {
  Config config = config_of({"--dataset", "synthetic", "--hidden", "300,300", "--device", "cpu"});
  const DataSize data = expected_data(config);
  const std::uint64_t one = training_memory(config, data).bytes();
  config.device = "reference";
  const std::uint64_t other = training_memory(config, data).bytes();
  config.device = "check:cpu,reference";
  EXPECT_GT(training_memory(config, data).bytes(), std::max(one, other));
}

}  // namespace
}  // namespace regrow
