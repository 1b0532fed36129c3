// Stopping a run by a signal and going on with it.
#include "cli/resume.h"

#include <gtest/gtest.h>

#include <fstream>
#include <tuple>
#include <utility>
#include <vector>

#include "cli/program.h"
#include "regrow/error.h"

namespace regrow::tests {
namespace {

class Resuming : public Program {
 protected:
  std::string train(const std::string& more) const { return std::string(kTrain) + more; }

  void expect_same_run(const std::string& a, const std::string& b) const {
    for (const char* file : {"/last.safetensors", "/best.safetensors", "/metrics.jsonl"}) {
      EXPECT_EQ(content(a + file), content(b + file)) << file;
    }
  }

  /// Of such length from its start on.
  void train_cosine(const std::string& epochs, const std::string& restarts,
                    const std::string& out) const {
    const CommandResult result =
        regrow(train("--schedule cosine --epochs " + epochs + " --out " + out +
                     (restarts.empty() ? "" : " --restart-epochs " + restarts)));
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  /// Started with two epochs, and then given more, again and again.
  void extend_cosine(const std::vector<std::string>& lengths, const std::string& out) const {
    train_cosine("2", "", out);
    for (const std::string& epochs : lengths) {
      const CommandResult longer = regrow("train --resume " + out + " --epochs " + epochs);
      ASSERT_EQ(longer.exit_code, 0) << longer.err;
    }
  }

  void edit(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = content(file);
    ASSERT_NE(text.find(from), std::string::npos) << from;
    text.replace(text.find(from), from.size(), to);
    write_file_atomically(at(file), text);
  }
};

TEST_F(Resuming, AfterEitherSignalEqualsTheUndisturbedRun) {
  ASSERT_EQ(regrow(train("--epochs 60 --out whole --checkpoint-every 20")).exit_code, 0);
  for (const int signal : {SIGINT, SIGTERM}) {
    const std::string run = "run" + std::to_string(signal);
    const CommandResult stopped = regrow(train("--epochs 60 --checkpoint-every 20 --out " + run),
                                         {.signal = signal, .signal_after = "epoch 2/"});
    EXPECT_EQ(stopped.exit_code, 128 + signal);
    EXPECT_NE(stopped.out.find("regrow train --resume " + run), std::string::npos) << stopped.out;
    EXPECT_NE(content(run + "/summary.json").find("\"interrupted\""), std::string::npos);
    const CommandResult resumed = regrow("train --resume " + run);
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    expect_same_run(run, "whole");
  }
}

TEST_F(Resuming, AfterAKillEqualsTheUndisturbedRun) {
  ASSERT_EQ(regrow(train("--epochs 40 --out whole")).exit_code, 0);
  const CommandResult killed =
      regrow(train("--epochs 40 --out run"), {.signal = SIGKILL, .signal_after = "epoch 3/"});
  EXPECT_EQ(killed.exit_code, -1);
  EXPECT_EQ(regrow("train --resume run").exit_code, 0);
  expect_same_run("run", "whole");
}

TEST_F(Resuming, ARunThatEndedEarlySaysSoAndGoesOnWithMorePatience) {
  const std::string early = "--epochs 60 --monitor acc --min-delta 0.02 --patience ";
  ASSERT_EQ(regrow(train(early + "4 --out whole")).exit_code, 0);
  const CommandResult ended = regrow(train(early + "2 --out run"));
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_NE(ended.out.find(" of 60 epochs in "), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("\nearly:  no acc better by more than 0.02 than in epoch "),
            std::string::npos)
      << ended.out;
  EXPECT_NE(ended.out.find("in the 2 epochs since\n"), std::string::npos) << ended.out;
  const std::string last = content("run/last.safetensors");
  const CommandResult again = regrow("train --resume run");
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_NE(again.out.find("it has ended early: no acc better by more than 0.02 than in epoch "),
            std::string::npos)
      << again.out;
  EXPECT_NE(again.out.find("resume it with a --patience above 2, or 0\n"), std::string::npos)
      << again.out;
  EXPECT_EQ(content("run/last.safetensors"), last);
  expect_error(regrow("train --resume run --migrate"), 2, {"nothing is left", "--patience"});
  expect_error(regrow("train --resume run --monitor loss"), 2, {"--monitor loss", "another run"});
  const CommandResult more = regrow("train --resume run --patience 4");
  EXPECT_EQ(more.exit_code, 0) << more.err;
  EXPECT_EQ(more.out.find("ended early:"), std::string::npos) << more.out;
  expect_same_run("run", "whole");
}

TEST_F(Resuming, AnotherPatienceInTheConfigurationDoesNotCountWhichIsSaid) {
  ASSERT_EQ(regrow(train("--epochs 2 --patience 9 --out run")).exit_code, 0);
  edit("run/config.toml", "patience = 9", "patience = 3");
  const CommandResult resumed = regrow("train --resume run --epochs 3");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_NE(resumed.err.find("says patience 3, the run has 9: 9 counts; to change it give "
                             "--patience 3"),
            std::string::npos)
      << resumed.err;
  EXPECT_NE(content("run/config.toml").find("patience = 9"), std::string::npos);
}

TEST_F(Resuming, ClassWeightsNeedTheirFileNoMore) {
  std::ofstream(at("w.txt")) << "1\n2\n3\n4\n";
  ASSERT_EQ(regrow(train("--epochs 1 --class-weight w.txt --out run")).exit_code, 0);
  std::filesystem::remove(at("w.txt"));
  EXPECT_NE(content("run/config.toml").find("class_weight = \"1,2,3,4\""), std::string::npos);
  for (const char* given : {"", " --class-weight 1,2,3,4"}) {
    const CommandResult resumed = regrow("train --resume run --epochs 2" + std::string(given));
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  }
  expect_error(regrow("train --resume run --class-weight 4,3,2,1"), 2,
               {"--class-weight 4,3,2,1", "has 1,2,3,4", "another run"});
}

TEST_F(Resuming, AFinishedRunWithMoreEpochsEqualsOneLongRun) {
  ASSERT_EQ(regrow(train("--epochs 4 --out whole")).exit_code, 0);
  ASSERT_EQ(regrow(train("--epochs 2 --out run")).exit_code, 0);
  const CommandResult more = regrow("train --resume run --epochs 4 --threads 2");
  EXPECT_EQ(more.exit_code, 0) << more.err;
  expect_same_run("run", "whole");
}

TEST_F(Resuming, GoneBackToBeforeItWasMadeLongerKeepsItsLength) {
  ASSERT_EQ(regrow(train("--epochs 5 --out whole")).exit_code, 0);
  ASSERT_EQ(regrow(train("--epochs 2 --out run")).exit_code, 0);
  const std::string shorter = content("run/previous.safetensors");
  ASSERT_EQ(regrow("train --resume run --epochs 5").exit_code, 0);
  EXPECT_EQ(regrow("train --resume run --from initial").exit_code, 0);
  expect_same_run("run", "whole");
  // As a kill after the extension's first epoch leaves it.
  write_file_atomically(at("run/previous.safetensors"), shorter);
  EXPECT_EQ(regrow("train --resume run --from previous").exit_code, 0);
  expect_same_run("run", "whole");
  EXPECT_EQ(regrow("train --resume run --from initial --epochs 2").exit_code, 0) << "asked for";
  ASSERT_EQ(regrow(train("--epochs 2 --out short")).exit_code, 0);
  expect_same_run("run", "short");
}

TEST_F(Resuming, ACosineStartsAgainForTheEpochsAdded) {
  train_cosine("6", "2,5", "whole");
  train_cosine("2", "", "run");
  const CommandResult longer = regrow("train --resume run --epochs 5");
  EXPECT_EQ(longer.exit_code, 0) << longer.err;
  const std::string said =
      "the learning rate starts again at 0.01 in epoch 3 and falls to 0 over the 3 epochs added\n";
  EXPECT_NE(longer.out.find(said), std::string::npos) << longer.out;
  EXPECT_EQ(longer.err, "");
  const CommandResult same = regrow("train --resume run --epochs 5 --restart-epochs 2");
  EXPECT_EQ(same.exit_code, 0) << same.err;
  EXPECT_EQ(same.out.find("starts again"), std::string::npos) << same.out;
  const CommandResult quiet = regrow("train --resume run --epochs 6 --quiet");
  EXPECT_EQ(quiet.out.find("starts again"), std::string::npos) << quiet.out;
  expect_same_run("run", "whole");
  edit("run/config.toml", "out = \"run\"", "out = \"whole\"");
  EXPECT_EQ(content("run/config.toml"), content("whole/config.toml"));
}

TEST_F(Resuming, ACosineStoppedOrKilledWithinTheEpochsAddedEndsTheSame) {
  train_cosine("40", "2", "whole");
  for (const int signal : {SIGTERM, SIGKILL}) {
    const std::string run = "run" + std::to_string(signal);
    train_cosine("2", "", run);
    const CommandResult stopped = regrow("train --resume " + run + " --epochs 40",
                                         {.signal = signal, .signal_after = "epoch 4/"});
    EXPECT_NE(stopped.exit_code, 0);
    const CommandResult resumed = regrow("train --resume " + run + " --epochs 40");
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    EXPECT_EQ(resumed.out.find("starts again"), std::string::npos) << resumed.out;
    expect_same_run(run, "whole");
  }
}

TEST_F(Resuming, ACosineKilledWhileItIsMadeLongerStartsAgainOnce) {
  train_cosine("4", "2", "whole");
  train_cosine("2", "", "run");
  const std::string shorter = content("run/config.toml"), best = content("run/best.safetensors");
  ASSERT_EQ(regrow("train --resume run --epochs 4").exit_code, 0);
  // As a kill before the new length was written to all files leaves it.
  for (const char* again : {"train --resume run", "train --resume run --epochs 4"}) {
    ASSERT_EQ(regrow("train --resume run --from initial --epochs 2").exit_code, 0);
    Checkpoint state = read_checkpoint(at("run/last.safetensors"));
    set_length(state.config, {4, {2}});
    write_checkpoint(at("run/last.safetensors"), state);
    write_file_atomically(at("run/best.safetensors"), best);
    ASSERT_EQ(content("run/config.toml"), shorter);
    const CommandResult resumed = regrow(again);
    EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
    expect_same_run("run", "whole");
  }
}

TEST_F(Resuming, ACosineGoneBackToBeforeItWasMadeLongerKeepsItsLengthAndRestarts) {
  train_cosine("5", "2,4", "whole");
  extend_cosine({"4"}, "run");
  const std::string shorter = content("run/previous.safetensors");
  ASSERT_EQ(regrow("train --resume run --epochs 5").exit_code, 0);
  const CommandResult gone_back = regrow("train --resume run --from initial");
  EXPECT_EQ(gone_back.exit_code, 0) << gone_back.err;
  expect_same_run("run", "whole");
  write_file_atomically(at("run/previous.safetensors"), shorter);
  EXPECT_EQ(regrow("train --resume run --from previous").exit_code, 0);
  expect_same_run("run", "whole");

  train_cosine("7", "2,4,5", "longer");
  const CommandResult longer = regrow("train --resume run --from initial --epochs 7");
  EXPECT_EQ(longer.exit_code, 0) << longer.err;
  EXPECT_NE(longer.out.find("in epoch 6 and falls to 0 over the 2 epochs"), std::string::npos)
      << longer.out;
  expect_same_run("run", "longer");
  train_cosine("4", "2", "former");
  EXPECT_EQ(regrow("train --resume run --from initial --epochs 4").exit_code, 0) << "asked for";
  expect_same_run("run", "former");
  EXPECT_EQ(regrow("train --resume run --from initial").exit_code, 0);
  expect_same_run("run", "former");
}

TEST_F(Resuming, ACosineGoneBackWithoutItsConfigurationKeepsItsLengthAndRestarts) {
  train_cosine("5", "2,4", "whole");
  extend_cosine({"4", "5"}, "run");
  const std::string text = content("run/config.toml");
  for (const std::size_t bytes : {std::size_t{0}, text.find("seed = 0"), text.find("momentum")}) {
    write_file_atomically(at("run/config.toml"), text.substr(0, bytes));
    const CommandResult result = regrow("train --resume run --from initial");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    expect_same_run("run", "whole");
  }
}

TEST_F(Resuming, ACosineThatHasNotItsLastStateKeepsTheLengthOfItsConfiguration) {
  train_cosine("5", "2,4", "whole");
  extend_cosine({"4", "5"}, "run");
  std::ofstream(at("run/last.safetensors")) << "damaged";
  const CommandResult result = regrow("train --resume run --from initial");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_same_run("run", "whole");
}

TEST_F(Resuming, WithoutItsLastStateAndConfigurationHasTheLongestLengthRecorded) {
  train_cosine("5", "2,4", "whole");
  train_cosine("4", "2", "former");
  extend_cosine({"4", "5"}, "run");
  // What is left may be older than the last extension.
  for (const auto& [state, source] :
       {std::pair{content("run/previous.safetensors"), "run/previous.safetensors"},
        std::pair{content("former/last.safetensors"), "run/summary.json"}}) {
    std::filesystem::remove(at("run/last.safetensors"));
    std::filesystem::remove(at("run/config.toml"));
    write_file_atomically(at("run/previous.safetensors"), state);
    write_file_atomically(at("run/best.safetensors"), content("former/best.safetensors"));
    const CommandResult result = regrow("train --resume run --from initial");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const std::string said =
        std::string("the run's length is taken from ") + source + ": 5 epochs; if it had more";
    EXPECT_NE(result.err.find(said), std::string::npos) << result.err;
    expect_same_run("run", "whole");
  }
}

TEST_F(Resuming, SaysWhichLengthCountsWhereTheConfigurationHasAnother) {
  ASSERT_EQ(regrow(train("--epochs 5 --out run")).exit_code, 0);
  const std::string original = content("run/config.toml"), epochs = "\nepochs = ";
  const auto resumed = [&](const std::string& written, const std::string& flags) {
    edit("run/config.toml", epochs + "5\n", epochs + written + "\n");
    const CommandResult result = regrow("train --resume run" + flags);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.err;
  };
  const std::string file = "warning: run/config.toml: ";
  const std::string longer =
      file + "says 9 epochs, the run has 5: 5 count; to extend it give --epochs 9\n";
  EXPECT_EQ(resumed("9", ""), longer);
  EXPECT_EQ(content("run/config.toml"), original);
  EXPECT_EQ(resumed("9", " --from initial"), longer);
  EXPECT_EQ(resumed("1", ""), file + "says 1 epoch, the run has 5: 5 count\n");
  EXPECT_EQ(resumed("2", " --from initial"),
            file + "says 2 epochs, the run has 5: 5 count; to shorten it give --epochs 2\n");
  EXPECT_EQ(resumed("9", " --epochs 6"), "") << "a flag says which";
  EXPECT_EQ(regrow("train --resume run").err, "");
}

TEST_F(Resuming, SaysOneEpochOfOne) {
  ASSERT_EQ(regrow(train("--epochs 2 --checkpoint-every 1 --out run")).exit_code, 0);
  std::ofstream(at("run/last.safetensors")) << "damaged";
  expect_error(regrow("train --resume run"), 1, {"; the state after 1 epoch is whole: go on"});
  ASSERT_EQ(regrow(train("--epochs 1 --out short")).exit_code, 0);
  std::filesystem::remove(at("short/timings.jsonl"));
  const CommandResult result = regrow("train --resume short");
  EXPECT_NE(result.err.find("0 of 1 epoch has timings"), std::string::npos) << result.err;
}

TEST_F(Resuming, RefusesByNameAnotherLengthOfACosine) {
  extend_cosine({"5"}, "run");
  const std::string last = content("run/last.safetensors"), file = content("run/config.toml");
  expect_error(regrow("train --resume run --from initial --epochs 3"), 2,
               {"--epochs 3: ", "ends after 2, 5 epochs", "ask for 5 or more"});
  expect_error(regrow("train --resume run --epochs 2"), 2, {"--epochs 2: ", "at least 5"});
  expect_error(regrow("train --resume run --epochs 6 --restart-epochs 3"), 2,
               {"--restart-epochs 3: ", "has 2,5"});
  EXPECT_EQ(content("run/last.safetensors"), last);
  for (const auto& [from, to, says] :
       {std::tuple{"epochs = 5\n", "epochs = 6\n", "epochs is 6, but the run was trained with 5"},
        std::tuple{"epochs = 5\n", "epochs = 4\n", "epochs is 4"},
        std::tuple{"restart_epochs = [2]", "restart_epochs = [3]", "restart_epochs is 3"},
        std::tuple{"restart_epochs = [2]", "restart_epochs = []", "restart_epochs is empty"}}) {
    for (const char* state : {"", " --from initial"}) {
      write_file_atomically(at("run/config.toml"), file);
      edit("run/config.toml", from, to);
      const std::string edited = content("run/config.toml");
      expect_error(regrow("train --resume run --epochs 9" + std::string(state)), 2,
                   {"run/config.toml: ", *state == '\0' ? says : " is "});
      EXPECT_EQ(content("run/config.toml"), edited) << "not overwritten either";
    }
  }
}

TEST_F(Resuming, ACosineOfItsOwnLengthHasNoRestartForTheEpochsAdded) {
  const std::string cosine = "--schedule cosine --decay-epochs 3 ";
  ASSERT_EQ(regrow(train(cosine + "--epochs 4 --out whole")).exit_code, 0);
  ASSERT_EQ(regrow(train(cosine + "--epochs 2 --out run")).exit_code, 0);
  const CommandResult longer = regrow("train --resume run --epochs 4");
  EXPECT_EQ(longer.exit_code, 0) << longer.err;
  EXPECT_EQ(longer.out.find("starts again"), std::string::npos) << longer.out;
  expect_same_run("run", "whole");
}

TEST_F(Resuming, RefusesByNameWhatWouldMakeItAnotherRun) {
  ASSERT_EQ(regrow(train("--epochs 2 --out run")).exit_code, 0);
  const std::string before = content("run/last.safetensors");
  expect_error(regrow("train --resume run --seed 5"), 2, {"--seed 5", "run has 0"});
  expect_error(regrow("train --resume run --epochs 3 --lr 0.5"), 2, {"--learning-rate", "0.01"});
  expect_error(regrow("train --resume run --device reference"), 2, {"--device", "cpu"});
  expect_error(regrow("train --resume run --out other"), 2, {"--out", "run"});
  expect_error(regrow("train --resume run --epochs 1"), 2, {"--epochs 1"});
  expect_error(regrow("train --resume run --force"), 2, {"--force"});
  expect_error(regrow("train --resume run --config x"), 2, {"--config"});
  EXPECT_EQ(content("run/last.safetensors"), before);
  EXPECT_EQ(regrow("train --resume run --seed 0 --method lset --epochs 3").exit_code, 0)
      << "the values it has";
}

TEST_F(Resuming, InAnotherFolderIsARunOfThatFolder) {
  ASSERT_EQ(regrow(train("--epochs 1 --out run")).exit_code, 0);
  std::filesystem::rename(at("run"), at("moved"));
  EXPECT_EQ(regrow("train --resume moved --epochs 2 --out moved").exit_code, 0);
  EXPECT_NE(content("moved/config.toml").find("out = \"moved\""), std::string::npos);
  expect_error(regrow("train --resume moved --out run"), 2, {"--out run", "has moved"});
}

TEST_F(Resuming, RefusesANewFolderWhoseNameCannotBeStored) {
  expect_error(regrow(train("--out new\xE9")), 2, {"--out", "UTF-8"});
  EXPECT_FALSE(std::filesystem::exists(at("new\xE9")));
}

TEST_F(Resuming, OnAMachineWithoutTheInstructionSetIsRefusedWithARemedyThatHelps) {
  for (const std::string device : {"cpu", "reference"}) {
    ASSERT_EQ(regrow(train("--epochs 1 --device " + device + " --out " + device)).exit_code, 0);
    Checkpoint state = read_checkpoint(at(device + "/last.safetensors"));
    const std::string found = state.instruction_set;
    state.instruction_set = "avx9000";
    write_checkpoint(at(device + "/last.safetensors"), state);
    expect_error(regrow("train --resume " + device + " --epochs 2"), 1,
                 {"instruction set avx9000", "offers " + found, "on a machine like the first"});
  }
}

TEST(SameBackend, TakesTheInstructionSetThatComputedWhateverWasAskedFor) {
  Checkpoint state;
  state.device = "cpu";
  state.instruction_set = "portable";
  for (const char* asked : {"auto", "portable"}) {
    state.config.simd = asked;
    EXPECT_EQ(same_backend(state)->capabilities().instruction_set, "portable");
  }
}

TEST(SameBackend, RefusesANetworkOfAnotherPrecision) {
  for (const auto& [device, stored] :
       {std::pair{"cpu", Precision::kFloat64}, std::pair{"reference", Precision::kFloat32}}) {
    Checkpoint state;
    state.device = device;
    state.instruction_set = make_backend(device, {})->capabilities().instruction_set;
    state.config.out = "run";
    state.network.precision = stored;
    try {
      same_backend(state);
      ADD_FAILURE() << device << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).rfind("run: its checkpoint holds a network of", 0), 0U)
          << error.what();
    }
  }
}

TEST_F(Resuming, ARunThatAnotherProcessWritesIsRefused) {
  ASSERT_EQ(regrow(train("--epochs 1 --out run")).exit_code, 0);
  const RunFolder other = RunFolder::resume(at("run"));
  const std::string held = "run: another run is writing to it";
  expect_error(regrow("train --resume run --epochs 2"), 75, {held});
  expect_error(regrow(train("--epochs 1 --out run --force")), 75, {held});
  EXPECT_EQ(regrow("table run").exit_code, 0);
  EXPECT_EQ(regrow("eval run/last.safetensors").exit_code, 0);
}

TEST_F(Resuming, RefusesByNameAnEditOfTheConfiguration) {
  ASSERT_EQ(regrow(train("--epochs 1 --out run")).exit_code, 0);
  const std::string original = content("run/config.toml");
  edit("run/config.toml", "learning_rate = 0.01", "learning_rate = 0.5");
  expect_error(regrow("train --resume run --epochs 2"), 2,
               {"run/config.toml: learning_rate is 0.5", "0.01"});
  EXPECT_NE(content("run/config.toml"), original) << "not overwritten either";
  write_file_atomically(at("run/config.toml"), original);
  edit("run/config.toml", "threads = 1", "threads = 2");
  EXPECT_EQ(regrow("train --resume run --epochs 2").exit_code, 0) << "no part of the result";
}

TEST_F(Resuming, TakesOtherWordsForWhatTheRunHas) {
  ASSERT_EQ(regrow(train("--epochs 1 --out run --device auto")).exit_code, 0);
  const CommandResult same = regrow("train --resume run --epochs 2 --device auto --out ./run/");
  EXPECT_EQ(same.exit_code, 0) << same.err;
  ASSERT_EQ(regrow(train("--epochs 1 --out other --device reference")).exit_code, 0);
  expect_error(regrow("train --resume other --device auto"), 2, {"--device auto", "reference"});
}

TEST_F(Resuming, WarnsThatTheBestCheckpointIsGone) {
  ASSERT_EQ(regrow(train("--epochs 1 --out run")).exit_code, 0);
  EXPECT_EQ(regrow("train --resume run").err, "");
  std::filesystem::remove(at("run/best.safetensors"));
  EXPECT_EQ(regrow("train --resume run").err,
            "warning: run/best.safetensors is gone; it comes back only with a better epoch than "
            "1\n");
}

TEST_F(Resuming, GoesOnWithoutADamagedBestCheckpoint) {
  ASSERT_EQ(regrow(train("--epochs 2 --out run")).exit_code, 0);
  for (const char* again :
       {"train --resume run --epochs 3", "train --resume run --from previous"}) {
    std::ofstream(at("run/best.safetensors")) << "damaged";
    const CommandResult result = regrow(again);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err.rfind("warning: run/best.safetensors is damaged; it comes back only", 0),
              0U)
        << result.err;
  }
}

TEST_F(Resuming, RefusedGoesNotBackEither) {
  ASSERT_EQ(regrow(train("--epochs 3 --checkpoint-every 1 --out run")).exit_code, 0);
  const std::string last = content("run/last.safetensors");
  expect_error(regrow("train --resume run --from previous --epochs 1"), 2, {"--epochs 1"});
  EXPECT_EQ(content("run/last.safetensors"), last);
}

TEST_F(Resuming, RefusesOtherData) {
  ASSERT_EQ(regrow(train("--epochs 1 --out run")).exit_code, 0);
  expect_error(regrow("train --resume run --synthetic-train 500"), 2, {"--synthetic-train"});
  expect_error(regrow("train --resume run --data-seed 1"), 2, {"--data-seed"});
}

}  // namespace
}  // namespace regrow::tests
