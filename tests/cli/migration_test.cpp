// A run that goes on, knowingly, on another device or with another instruction set.
#include "train/migration.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "regrow/backend.h"

namespace regrow::tests {
namespace {

class Migration : public Program {
 protected:
  void train(const std::string& more, const std::string& out) const {
    const CommandResult result = regrow(kTrain + more + " --out " + out);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  void edit_state(const std::string& file, const std::function<void(Checkpoint&)>& change) const {
    Checkpoint state = read_checkpoint(at(file));
    change(state);
    write_checkpoint(at(file), state);
  }

  /// As if `run` had been computed with an instruction set that no machine has.
  void make_foreign(const std::string& run) const {
    edit_state(run + "/last.safetensors", [](Checkpoint& c) { c.instruction_set = "avx9000"; });
  }

  /// In the config.toml of "run".
  void edit_device(const std::string& from, const std::string& to) const {
    const std::string line = "\ndevice = \"" + from + "\"\n";
    std::string toml = content("run/config.toml");
    ASSERT_NE(toml.find(line), std::string::npos) << toml;
    toml.replace(toml.find(line), line.size(), "\ndevice = \"" + to + "\"\n");
    write_file_atomically(at("run/config.toml"), toml);
  }

  std::vector<ComputedBy> computed_by(const std::string& file) const {
    return read_checkpoint(at(file)).computed_by;
  }
};

TEST_F(Migration, ToAnotherInstructionSetIsRecordedAndGoesOnFromThere) {
  train("--epochs 2", "run");
  const std::string here = read_checkpoint(at("run/last.safetensors")).instruction_set;
  make_foreign("run");
  expect_error(regrow("train --resume run --epochs 4"), 1, {"avx9000", here, "--migrate"});
  const CommandResult moved = regrow("train --resume run --epochs 4 --migrate");
  EXPECT_EQ(moved.exit_code, 0) << moved.err;
  EXPECT_NE(moved.out.find("goes on on cpu (" + here + ") instead of cpu (avx9000)"),
            std::string::npos)
      << moved.out;
  const std::vector<ComputedBy> expected = {{0, 0, "cpu", "avx9000"}, {2, 0, "cpu", here}};
  EXPECT_EQ(computed_by("run/last.safetensors"), expected);
  const auto summary = nlohmann::json::parse(content("run/summary.json"));
  EXPECT_EQ(summary.at("computed_by").at(1).at("epoch"), 2);
  EXPECT_EQ(summary.at("computed_by").at(0).at("instruction_set"), "avx9000");
  EXPECT_NE(regrow("inspect run").out.find("cpu (avx9000), from epoch 3 on cpu (" + here + ")"),
            std::string::npos)
      << regrow("inspect run").out;
  EXPECT_EQ(regrow("train --resume run --epochs 5").exit_code, 0) << "at home here now";
  EXPECT_EQ(computed_by("run/last.safetensors"), expected);
}

TEST_F(Migration, ToAnotherDeviceAndBackComputesOnInItsPrecision) {
  train("--epochs 2", "run");
  const CommandResult moved = regrow("train --resume run --epochs 3 --migrate --device reference");
  EXPECT_EQ(moved.exit_code, 0) << moved.err;
  const Checkpoint there = read_checkpoint(at("run/last.safetensors"));
  EXPECT_EQ(there.device, "reference");
  EXPECT_EQ(there.config.device, "reference");
  EXPECT_EQ(there.network.precision, Precision::kFloat64);
  EXPECT_NE(content("run/config.toml").find("device = \"reference\""), std::string::npos);
  EXPECT_EQ(regrow("train --resume run --epochs 4").exit_code, 0) << "without being asked again";
  const CommandResult back = regrow("train --resume run --epochs 6 --migrate --device cpu");
  EXPECT_EQ(back.exit_code, 0) << back.err;
  const Checkpoint here = read_checkpoint(at("run/last.safetensors"));
  EXPECT_EQ(here.network.precision, Precision::kFloat32);
  ASSERT_EQ(here.computed_by.size(), 3U);
  EXPECT_EQ(here.computed_by[2].epoch, 4U);
  EXPECT_EQ(regrow("table run").exit_code, 0);
  EXPECT_EQ(regrow("eval run").exit_code, 0);
}

TEST_F(Migration, OfADeviceThatIsNotHereTakesWhatThereIs) {
  train("--epochs 1", "run");
  edit_state("run/last.safetensors", [](Checkpoint& c) {
    c.device = c.config.device = "cuda";
    c.instruction_set = "sm_90";
  });
  if (regrow("train --resume run --epochs 2").exit_code == 0) GTEST_SKIP() << "a GPU is here";
  expect_error(regrow("train --resume run --epochs 2"), 2, {"config.toml: device is cpu", "cuda"});
  edit_device("cpu", "cuda");
  expect_error(regrow("train --resume run --epochs 2"), 1, {"cuda", "--migrate"});
  const CommandResult moved = regrow("train --resume run --epochs 2 --migrate");
  EXPECT_EQ(moved.exit_code, 0) << moved.err;
  EXPECT_EQ(read_checkpoint(at("run/last.safetensors")).device, "cpu");
}

// What a GPU stored in bf16 the CPU stores so where that is asked for; usually in fp32.
TEST_F(Migration, FromBfloat16OnAGpuToTheCpu) {
  const auto train_as_on_a_gpu = [&](const std::string& more) {
    train("--epochs 1 --force" + more, "run");
    edit_state("run/last.safetensors", [](Checkpoint& c) {
      c.device = c.config.device = "cuda-emulated";
      c.config.activation_dtype = ActivationStorage::kBFloat16;
    });
    edit_device("cpu", "cuda-emulated");
    std::string toml = content("run/config.toml");
    const std::string fp32 = "activation_dtype = \"fp32\"";
    if (const std::size_t at_fp32 = toml.find(fp32); at_fp32 != std::string::npos) {
      toml.replace(at_fp32, fp32.size(), "activation_dtype = \"bf16\"");
    }
    write_file_atomically(at("run/config.toml"), toml);
  };
  const std::string migrate = "train --resume run --epochs 2 --migrate --device cpu";
  for (const auto& [flags, storage] :
       {std::pair("", ActivationStorage::kFloat32),
        std::pair(" --activation-dtype bf16", ActivationStorage::kBFloat16)}) {
    train_as_on_a_gpu("");
    const CommandResult moved = regrow(migrate + flags);
    EXPECT_EQ(moved.exit_code, 0) << moved.err;
    EXPECT_EQ(read_checkpoint(at("run/last.safetensors")).config.activation_dtype, storage);
  }
  train_as_on_a_gpu(" --method dense");
  const std::string before = content("run/last.safetensors");
  expect_error(regrow(migrate + " --activation-dtype bf16"), 2, {"device 'cpu' runs dense"});
  EXPECT_EQ(content("run/last.safetensors"), before);
  EXPECT_EQ(regrow(migrate).exit_code, 0);
}

TEST_F(Migration, WhereNothingDiffersChangesNothing) {
  train("--epochs 4", "whole");
  train("--epochs 2", "run");
  EXPECT_EQ(regrow("train --resume run --epochs 4 --migrate").exit_code, 0);
  for (const char* file : {"/last.safetensors", "/best.safetensors", "/metrics.jsonl"}) {
    EXPECT_EQ(content(std::string("run") + file), content(std::string("whole") + file)) << file;
  }
}

TEST_F(Migration, KilledBeforeTheConfigurationWasWrittenGoesOn) {
  train("--epochs 2", "run");
  ASSERT_EQ(regrow("train --resume run --epochs 3 --migrate --device reference").exit_code, 0);
  edit_device("reference", "cpu");
  const CommandResult resumed = regrow("train --resume run --epochs 4");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(read_checkpoint(at("run/last.safetensors")).device, "reference");
}

TEST_F(Migration, GoneBackToBeforeItIsOnTheFormerDeviceAgain) {
  train("--epochs 4", "whole");
  train("--epochs 2", "run");
  ASSERT_EQ(regrow("train --resume run --epochs 4 --migrate --device reference").exit_code, 0);
  const CommandResult back = regrow("train --resume run --from initial");
  EXPECT_EQ(back.exit_code, 0) << back.err;
  EXPECT_EQ(content("run/last.safetensors"), content("whole/last.safetensors"));
  EXPECT_EQ(content("run/metrics.jsonl"), content("whole/metrics.jsonl"));
}

TEST_F(Migration, ThereAndBackBeforeAStepIsRecordedSinceItMayRound) {
  const CommandResult started =
      regrow(std::string(kTrain) + "--epochs 3 --device reference --out run");
  ASSERT_EQ(started.exit_code, 0) << started.err;
  ASSERT_EQ(regrow("train --resume run --from initial --epochs 2").exit_code, 0);
  Checkpoint state = read_checkpoint(at("run/last.safetensors"));
  const Capabilities cpu = make_backend("cpu", {})->capabilities();
  const Capabilities reference = make_backend("reference", {})->capabilities();
  migrate(state, cpu);
  migrate(state, reference);
  ASSERT_EQ(state.computed_by.size(), 3U);
  EXPECT_EQ(state.computed_by[1].device, "cpu");
  write_checkpoint(at("run/last.safetensors"), state);
  EXPECT_EQ(regrow("train --resume run --epochs 4").exit_code, 0);
}

TEST_F(Migration, OfAFinishedRunIsRefused) {
  train("--epochs 1", "run");
  const std::string before = content("run/last.safetensors");
  expect_error(regrow("train --resume run --migrate --device reference"), 2,
               {"--migrate", "nothing is left to compute", "--epochs"});
  EXPECT_EQ(content("run/last.safetensors"), before);
}

TEST_F(Migration, AnEditOfTheDeviceIsStillNoticed) {
  train("--epochs 1", "run");
  ASSERT_EQ(regrow("train --resume run --epochs 2 --migrate --device reference").exit_code, 0);
  edit_device("reference", "cuda");
  expect_error(regrow("train --resume run --epochs 3"), 2, {"device is cuda", "reference"});
}

TEST_F(Migration, IsNoWayToMakeItAnotherRun) {
  train("--epochs 1", "run");
  const std::string before = content("run/last.safetensors");
  expect_error(regrow("train --resume run --device reference"), 2, {"--migrate"});
  expect_error(regrow("train --resume run --migrate --seed 5"), 2, {"--seed 5"});
  expect_error(regrow("train --resume run --migrate --device gpu9"), 2, {"gpu9"});
  expect_error(regrow("train --resume run --migrate --activation-dtype bf16"), 2,
               {"--activation-dtype bf16"});
  expect_error(regrow(std::string(kTrain) + "--migrate --out x"), 2, {"--migrate", "--resume"});
  EXPECT_EQ(content("run/last.safetensors"), before);
}

TEST_F(Migration, OfASweepIsThatOfItsRuns) {
  write_file_atomically(at("s.toml"),
                        "[data]\ndataset = \"synthetic\"\nsynthetic_features = 12\n"
                        "synthetic_train = 400\nvalidation = \"holdout:50\"\n[network]\n"
                        "hidden = [20, 15]\n[training]\nbatch = 25\n[grid]\nseed = [0, 1]\n");
  const std::string call = "sweep s.toml --out s --device cpu --epochs ";
  ASSERT_EQ(regrow(call + "1").exit_code, 0);
  for (const char* run : {"s/seed=0", "s/seed=1"}) make_foreign(run);
  EXPECT_EQ(regrow(call + "2").exit_code, 1);
  const CommandResult moved = regrow(call + "2 --migrate");
  EXPECT_EQ(moved.exit_code, 0) << moved.err;
  EXPECT_EQ(computed_by("s/seed=1/last.safetensors").size(), 2U);
  const CommandResult elsewhere =
      regrow("sweep s.toml --out s --epochs 3 --migrate --device reference");
  EXPECT_EQ(elsewhere.exit_code, 0) << elsewhere.err;
  EXPECT_EQ(read_checkpoint(at("s/seed=0/last.safetensors")).device, "reference");
}

}  // namespace
}  // namespace regrow::tests
