// What a machine has not: said before anything is allocated, started or lost, by the cause.
#include <gtest/gtest.h>

#include "cli/program.h"
#include "cli/run_resources.h"
#include "memory/run_memory.h"
#include "regrow/error.h"
#include "system/processors.h"

namespace regrow::tests {
namespace {

class Resources : public Program {
 protected:
  static std::string train(const std::string& flags) {
    return std::string(kTrain) + "--epochs 1 " + flags;
  }
  /// Of lines "warning: …" on stderr, the one that holds `part`.
  static std::string warning_with(const CommandResult& result, const std::string& part) {
    for (std::size_t begin = 0; begin < result.err.size();) {
      const std::size_t end = std::min(result.err.find('\n', begin), result.err.size());
      std::string line = result.err.substr(begin, end - begin);
      if (line.starts_with("warning: ") && line.find(part) != std::string::npos) return line;
      begin = end + 1;
    }
    return "";
  }
};

TEST_F(Resources, OfMemoryAreRefusedByWhatNeedsMost) {
  ASSERT_EQ(regrow(train("--out run")).exit_code, 0);
  const std::string before = content("run/last.safetensors");
  const std::string start = "out of memory: the run needs about ";
  expect_error(regrow(train("--method dense --hidden 16777216,16777216 --out run --force")), 1,
               {start,
                "PiB for layer 1: all 281,474,976,710,656 connections of 16,777,216 x "
                "16,777,216",
                "; lower --hidden, or choose a sparse --method"});
  EXPECT_EQ(content("run/last.safetensors"), before) << "nothing is replaced";
  expect_error(
      regrow(train("--hidden 16777216,16777216 --epsilon 0 --density 0.3 --out r")), 1,
      {start, "for layer 1: 84,442,493,013,197 connections", "; lower --hidden or --density"});
  expect_error(regrow(train("--synthetic-train 100000000 --synthetic-features 10000000 --out r")),
               1,
               {start, "for 100,000,050 samples of 10,000,000 synthetic values",
                "; lower --synthetic-train"});
  expect_error(regrow(train("--hidden 1000000 --epsilon 1 --batch 100000000 --synthetic-train "
                            "100000000 --out r")),
               1, {start, "for a batch of 100,000,000 samples", "; lower --batch"});
  EXPECT_FALSE(std::filesystem::exists(at("r")));
}

TEST_F(Resources, OfMemoryAreThereForMillionsOfNeurons) {
  const CommandResult result =
      regrow(train("--hidden 200000,200000 --epsilon 1 --synthetic-train 100 --out run"));
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST_F(Resources, OfAnEvaluationAreThoseOfItsBatch) {
  ASSERT_EQ(regrow(train("--hidden 100000 --epsilon 1 --out run")).exit_code, 0);
  EXPECT_EQ(regrow("eval run --batch 7").exit_code, 0);
  expect_error(regrow("eval run --batch 100000000"), 1,
               {"out of memory: the evaluation needs", "for a batch of 100,000,000 samples",
                "; lower --batch"});
}

TEST_F(Resources, OfASweepAreThoseOfTheRunsAtOnce) {
  std::ofstream(at("s.toml")) << "[data]\ndataset = 'synthetic'\n[network]\nhidden = [9000000, "
                                 "9000000]\n[evolution]\nmethod = 'dense'\n[grid]\nseed = [1, 2]\n";
  expect_error(regrow("sweep s.toml --jobs 2 --out sweep"), 1,
               {"out of memory: a run needs", "; lower --hidden"});
  EXPECT_FALSE(std::filesystem::exists(at("sweep")));
}

/// Of a dense network that needs more than half of what there is, and fits.
Config large_run() {
  Config config = preset_config(PresetName::kDefault, DatasetName::kSynthetic, Method::kDense);
  config.device = "cpu";
  const double available = static_cast<double>(available_memory().bytes);
  for (std::int64_t width = 16;; width += width / 16) {
    config.hidden = {width, width};
    const auto bytes = static_cast<double>(training_memory(config, expected_data(config)).bytes());
    if (bytes > 0.6 * available) return config;
  }
}

std::string refusal_of(const std::vector<Config>& runs, std::size_t at_once) {
  try {
    require_memory_of_runs(runs, at_once);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ResourcesOfASweep, AreThoseOfTheLargestRunsAtOnce) {
  const Config large = large_run();
  Config small = large, too_large = large;
  small.hidden = {20, 20};
  too_large.hidden = {9000000, 9000000};
  EXPECT_EQ(refusal_of({large, large, small}, 1), "");
  EXPECT_EQ(refusal_of({small, large, small}, 2), "");
  const std::string both = refusal_of({large, small, large}, 2);
  EXPECT_TRUE(both.starts_with("out of memory: 2 runs at once need about ")) << both;
  EXPECT_TRUE(both.ends_with("; lower --jobs")) << both;
  const std::string one = refusal_of({small, too_large}, 1);
  EXPECT_TRUE(one.starts_with("out of memory: a run needs about ")) << one;
  EXPECT_TRUE(one.ends_with("; lower --hidden, or choose a sparse --method")) << one;
}

TEST_F(Resources, OfThreadsAreTheProcessors) {
  const unsigned processors = available_processors();
  const CommandResult many = regrow(train("--threads 1024 --out many"));
  EXPECT_EQ(many.exit_code, 0) << many.err;
  EXPECT_NE(warning_with(many, "--threads 1024: this machine offers " + std::to_string(processors)),
            "")
      << many.err;
  EXPECT_NE(many.out.find(std::to_string(processors) + " thread"), std::string::npos) << many.out;
  const CommandResult one = regrow(train("--out one"));
  EXPECT_EQ(one.err, "");
  EXPECT_EQ(content("many/last.safetensors"), content("one/last.safetensors"));
}

TEST_F(Resources, OfThisMachineAreListed) {
  const CommandResult devices = regrow("devices");
  EXPECT_NE(devices.out.find(std::to_string(available_processors()) + " processor"),
            std::string::npos)
      << devices.out;
  EXPECT_NE(devices.out.find("of memory are "), std::string::npos) << devices.out;
  const CommandResult json = regrow("devices --format json");
  EXPECT_NE(json.out.find("\"processors\": " + std::to_string(available_processors())),
            std::string::npos)
      << json.out;
}

TEST_F(Resources, CautionOfSettingsWithoutEffect) {
  const CommandResult dense =
      regrow(train("--method dense --epsilon 0 --density 0.25 --batch 33 --out dense"));
  EXPECT_EQ(dense.exit_code, 0) << dense.err;
  EXPECT_NE(warning_with(dense, "--density 0.25: --method dense has all connections"), "");
  EXPECT_NE(warning_with(dense,
                         "350 training samples are no whole number of batches of 33: each "
                         "epoch leaves 20 of them out"),
            "")
      << dense.err;
  const CommandResult empty = regrow(train("--epsilon 0 --connections 0,3 --out empty"));
  EXPECT_NE(warning_with(empty, "layer 0 (12 inputs x 20 outputs) has no connections"), "");
  EXPECT_EQ(warning_with(empty, "layer 1"), "") << empty.err;
}

TEST_F(Resources, OfStepsThatAreTooFewForAnEvolutionAreSaid) {
  const auto warned = [&](const std::string& flags) {
    const CommandResult result = regrow(std::string(kTrain) + flags + " --out run --force");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return warning_with(result, "before the first one is due");
  };
  EXPECT_NE(warned("--epochs 2 --evolve-every 100000").find("--evolve-every 100000: "),
            std::string::npos);
  EXPECT_NE(warned("--epochs 4 --evolve-every 2e --evolve-until 0.5"), "");
  EXPECT_EQ(warned("--epochs 4 --evolve-every 2e"), "");
  EXPECT_EQ(warned("--epochs 1"), "") << "that says nothing of evolutions";
  EXPECT_EQ(warned("--epochs 2 --method static --evolve-every 100000"), "");
}

TEST_F(Resources, OfCandidatesThatAreTooFewAreSaid) {
  const auto warned = [&](const std::string& flags) {
    const CommandResult result = regrow(train("--epochs 1 --out run --force " + flags));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return warning_with(result, "fewer cells are candidates than");
  };
  EXPECT_NE(warned("--method gse --candidate-ratio 0.1").find("--candidate-ratio 0.1: "),
            std::string::npos);
  EXPECT_EQ(warned("--method gse --candidate-ratio 0.1 --zeta 0.1"), "");
  EXPECT_EQ(warned("--method rigl"), "");
}

TEST_F(Resources, OfADivergingRunAreNamedByTheLikelyCause) {
  const CommandResult decay = regrow(train("--epochs 40 --weight-decay 500 --lr 0.01 --out decay"));
  EXPECT_NE(warning_with(decay, "the weights grow with every step"), "") << decay.err;
  EXPECT_NE(decay.err.find("; start a new run with a lower --weight-decay, now 500: "),
            std::string::npos)
      << decay.err;
  const CommandResult rate = regrow(train("--epochs 40 --lr 900 --out rate"));
  EXPECT_NE(rate.err.find("; start a new run with a lower --learning-rate, now 900; "),
            std::string::npos)
      << rate.err;
}

}  // namespace
}  // namespace regrow::tests
