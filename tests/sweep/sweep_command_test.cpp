// regrow sweep, end to end: the program, its children, and what they leave.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <nlohmann/json.hpp>
#include <utility>

#include "io/folder_lock.h"
#include "regrow/run_folder.h"
#include "sweep/sweep_program.h"

namespace regrow::tests {
namespace {

namespace fs = std::filesystem;

TEST_F(Sweep, TrainsEveryRunAsTrainWould) {
  write_file(kGrid, 3);
  const auto result = regrow("sweep s.toml --out out --jobs 2");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("4 of 4 runs finished; out\n"), std::string::npos) << result.out;
  EXPECT_EQ(content("out/sweep.toml"), content("s.toml"));
  EXPECT_FALSE(fs::exists(at("out/failures")));
  const auto alone =
      regrow(std::string(kTrain) + "--augment false --seed 1 --epochs 3 --out alone");
  EXPECT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_EQ(metrics("method=lset,seed=1"), content("alone/metrics.jsonl"));
  EXPECT_EQ(content("out/method=lset,seed=1/last.safetensors"), content("alone/last.safetensors"));
  EXPECT_NE(metrics("method=set,seed=1"), metrics("method=lset,seed=1"));
}

TEST_F(Sweep, OfWhichNoRunCanStartIsRefusedOnce) {
  write_file("[grid]\nseed = [0, 1, 2]\n");
  for (const std::string flags : {"--dataset mnist --data nowhere", "--batch 351", "--simd avx9"}) {
    const auto result = regrow("sweep s.toml --out out " + flags);
    EXPECT_NE(result.exit_code, 0) << flags;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_FALSE(fs::exists(at("out/failures"))) << flags;
    EXPECT_FALSE(fs::exists(at("out/seed=0"))) << flags;
  }
  const auto missing = regrow("sweep s.toml --out out --dataset mnist --data nowhere");
  EXPECT_EQ(missing.err.rfind("error: no run of the sweep can start: nowhere: ", 0), 0U)
      << missing.err;
}

TEST_F(Sweep, OfWhichOneRunCanStartTrainsIt) {
  write_file("[grid]\nvalidation = ['holdout:400', 'holdout:50']\n");
  const auto result = regrow("sweep s.toml --out out");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.out.find("1 of 2 runs finished"), std::string::npos) << result.out << result.err;
}

TEST_F(Sweep, SkipsWhatIsFinishedAndExtendsItOnRequest) {
  write_file("[grid]\nmethod = ['set', 'lset']\n", 1);
  regrow("sweep s.toml --out out --jobs 2");
  const auto before = fs::last_write_time(at("out/method=set/last.safetensors"));
  const auto again = regrow("sweep s.toml --out out");
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(again.out.find("started"), std::string::npos) << again.out;
  EXPECT_EQ(fs::last_write_time(at("out/method=set/last.safetensors")), before);

  EXPECT_EQ(regrow("sweep s.toml --out out --jobs 2 --epochs 3").exit_code, 0);
  EXPECT_EQ(regrow("sweep s.toml --out whole --jobs 2 --epochs 3").exit_code, 0);
  for (const char* run : {"method=set", "method=lset"}) {
    EXPECT_EQ(metrics(run), content(std::string("whole/") + run + "/metrics.jsonl"));
  }
}

TEST_F(Sweep, TakesARunThatEndedEarlyForFinishedUntilItHasMorePatience) {
  write_file("[grid]\nactivation = ['relu', ['gelu', 'srelu']]\n", 60);
  const std::string early = "sweep s.toml --monitor acc --min-delta 0.05 --jobs 2 --patience ";
  const auto first = regrow(early + "2 --out out");
  EXPECT_EQ(first.exit_code, 0) << first.err << first.out;
  const auto dry = regrow(early + "2 --out out --dry-run");
  EXPECT_NE(dry.out.find("finished early, with "), std::string::npos) << dry.out;
  EXPECT_NE(dry.out.find("nothing is left to train"), std::string::npos) << dry.out;
  const auto again = regrow(early + "2 --out out");
  EXPECT_EQ(again.out.find("started"), std::string::npos) << again.out;
  EXPECT_EQ(again.out.find("goes on"), std::string::npos) << again.out;
  const auto table = regrow("table out --format csv --columns status,epochs");
  EXPECT_EQ(table.out.find("unfinished"), std::string::npos) << table.out;
  const auto more = regrow(early + "4 --out out");
  EXPECT_EQ(more.exit_code, 0) << more.err << more.out;
  EXPECT_EQ(regrow(early + "4 --out whole").exit_code, 0);
  for (const char* run : {"activation=relu", "activation=gelu,srelu"}) {
    EXPECT_EQ(metrics(run), content(std::string("whole/") + run + "/metrics.jsonl"));
    EXPECT_EQ(content(std::string("out/") + run + "/last.safetensors"),
              content(std::string("whole/") + run + "/last.safetensors"));
  }
}

TEST_F(Sweep, ExtendsACosineByOneOfItsOwn) {
  write_file("[grid]\nseed = [0, 1]\n", 1);
  const std::string cosine = "sweep s.toml --jobs 2 --schedule cosine --out ";
  EXPECT_EQ(regrow(cosine + "out").exit_code, 0);
  for (const char* epochs : {"3", "4"}) {
    const auto extended = regrow(cosine + "out --epochs " + epochs);
    EXPECT_EQ(extended.exit_code, 0) << extended.err << extended.out;
  }
  EXPECT_EQ(regrow(cosine + "whole --epochs 4 --restart-epochs 1,3").exit_code, 0);
  EXPECT_EQ(metrics("seed=1"), content("whole/seed=1/metrics.jsonl"));
  EXPECT_EQ(content("out/seed=1/last.safetensors"), content("whole/seed=1/last.safetensors"));
  EXPECT_NE(content("out/logs/seed=1.log").find("the learning rate starts again"),
            std::string::npos);
  for (const char* same : {"", " --restart-epochs 1", " --restart-epochs 1,3"}) {
    const auto again = regrow(cosine + "out --epochs 4" + same);
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_EQ(again.out.find("started"), std::string::npos) << again.out;
  }
  const auto other = regrow(cosine + "out --epochs 4 --restart-epochs 2 --dry-run");
  EXPECT_NE(other.out.find("its restart_epochs is 1,3, not 2"), std::string::npos) << other.out;
  EXPECT_EQ(regrow(cosine + "out --epochs 5 --restart-epochs 1,3,4").exit_code, 0)
      << "what it becomes";
}

TEST_F(Sweep, SaysOfACosineThatItCannotBeCutShort) {
  write_file("[grid]\nseed = [0]\n", kNoEnd);
  EXPECT_NE(regrow("sweep s.toml --out out --schedule cosine",
                   signalled_while_training(SIGTERM, {"seed=0"}))
                .exit_code,
            0);
  const auto dry = regrow("sweep s.toml --out out --schedule cosine --dry-run" +
                          epochs_to_go_on_with({"seed=0"}));
  EXPECT_NE(dry.out.find("cannot run: out/seed=0: --epochs "), std::string::npos) << dry.out;
  EXPECT_NE(dry.out.find("ends after 100000 epochs"), std::string::npos) << dry.out;
}

TEST_F(Sweep, GoesOnAfterAFailureAndTriesItAgain) {
  write_file("[grid]\nseed = [0, 1, 2]\n", 1);
  fs::create_directories(at("out/seed=1"));
  std::ofstream(at("out/seed=1/mine.txt")) << "not a run";
  const auto result = regrow("sweep s.toml --out out");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("failed seed=1: error: out/seed=1: the folder is not empty"),
            std::string::npos)
      << result.err;
  EXPECT_NE(result.out.find("2 of 3 runs finished"), std::string::npos);
  const auto failure = nlohmann::json::parse(content("out/failures/seed=1.json"));
  EXPECT_EQ(failure["run"], "seed=1");
  EXPECT_EQ(failure["exit_code"], 1);
  EXPECT_EQ(content("out/seed=1/mine.txt"), "not a run");

  fs::remove_all(at("out/seed=1"));
  EXPECT_EQ(regrow("sweep s.toml --out out").exit_code, 0);
  EXPECT_FALSE(fs::exists(at("out/failures/seed=1.json")));
}

TEST_F(Sweep, KeepsTheRecordOfAFailureInAnotherShard) {
  write_file("[grid]\nseed = [0, 1]\n", 1);
  fs::create_directories(at("out/seed=1"));
  std::ofstream(at("out/seed=1/mine.txt")) << "not a run";
  EXPECT_EQ(regrow("sweep s.toml --out out --shard 2/2").exit_code, 1);
  EXPECT_EQ(regrow("sweep s.toml --out out --shard 1/2").exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(content("out/failures/seed=1.json"))["run"], "seed=1");
}

TEST_F(Sweep, GoesOnWhereAChildCannotBeStarted) {
  write_file("[grid]\nseed = [0, 1, 2]\n", 1);
  fs::create_directories(at("out/logs/seed=1.log"));
  std::ofstream(at("out/failures")) << "in the way";
  const auto result = regrow("sweep s.toml --out out");
  EXPECT_EQ(result.exit_code, 1);
  for (const char* part : {"failed seed=1: ", "seed=1.log: cannot be written", "(not recorded: "}) {
    EXPECT_NE(result.err.find(part), std::string::npos) << part << " in " << result.err;
  }
  EXPECT_NE(result.out.find("2 of 3 runs finished"), std::string::npos) << result.out;
}

TEST_F(Sweep, ThatRanOutOfTimeSaysSoEvenIfARunFailed) {
  write_file("[grid]\nseed = [0, 1]\n", kNoEnd);
  fs::create_directories(at("out/seed=0"));
  std::ofstream(at("out/seed=0/last.safetensors")) << "not a run";  // seen before a run starts
  const auto result = regrow("sweep s.toml --out out --max-time 0.2s");
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_NE(result.err.find("1 of 2 runs failed"), std::string::npos) << result.err;
}

TEST_F(Sweep, DoesNotCutARunThatHasMoreEpochs) {
  write_file("[grid]\nseed = [0, 1]\n", 3);
  regrow("sweep s.toml --out out --shard 1/2");
  const auto dry = regrow("sweep s.toml --out out --epochs 2 --dry-run");
  EXPECT_NE(dry.out.find("seed=0  finished"), std::string::npos) << dry.out;
  const std::string said = "seed=0: finished, with 3 epochs, more than the 2 asked for\n";
  EXPECT_NE(dry.err.find(said), std::string::npos) << dry.err;
  EXPECT_NE(dry.out.find("2 epochs of about"), std::string::npos) << dry.out;
}

TEST_F(Sweep, CalledAgainWithoutTheEpochsItWasGivenIsFinished) {
  write_file("[grid]\nseed = [0, 1]\n", 1);
  for (const char* schedule : {"constant", "cosine"}) {
    const std::string sweep =
        std::string("sweep s.toml --schedule ") + schedule + " --out " + schedule;
    ASSERT_EQ(regrow(sweep).exit_code, 0);
    ASSERT_EQ(regrow(sweep + " --epochs 3").exit_code, 0);
    const std::string last = content(std::string(schedule) + "/seed=0/last.safetensors");
    const auto again = regrow(sweep);
    EXPECT_EQ(again.exit_code, 0) << again.err;
    EXPECT_NE(again.out.find("2 of 2 runs finished"), std::string::npos) << again.out;
    const std::string said = "2 runs: finished, with 3 epochs, more than the 1 asked for\n";
    EXPECT_NE(again.err.find(said), std::string::npos) << again.err;
    EXPECT_FALSE(fs::exists(at(std::string(schedule) + "/failures")));
    EXPECT_EQ(content(std::string(schedule) + "/seed=0/last.safetensors"), last);
  }
  const auto other = regrow("sweep s.toml --schedule cosine --out cosine --epochs 2");
  EXPECT_EQ(other.exit_code, 1) << "between the ends of its cosines";
  EXPECT_NE(other.err.find("ends after 1, 3 epochs"), std::string::npos) << other.err;
}

TEST_F(Sweep, RefusesRunsStillToStartWhoseMatesWereExtended) {
  write_file("[grid]\nseed = [0, 1, 2]\n", 2);
  const std::string sweep = "sweep s.toml --schedule cosine --out out";
  ASSERT_EQ(regrow(sweep + " --shard 1/2").exit_code, 0);
  for (const char* how : {"", " --dry-run", " --shard 2/2"}) {
    const auto mixed = regrow(sweep + " --epochs 3" + how);
    expect_error(
        mixed, 2,
        {"run seed=1 is new and would have 3 epochs with restart_epochs none",
         "seed=0, which has been trained, with 2: ", "give --restart-epochs 2, or another --out"});
  }
  EXPECT_FALSE(fs::exists(at("out/seed=1")));
  EXPECT_EQ(RunFolder::open(at("out/seed=0")).read_metrics().size(), 2U);
  // The remedy helps, and once it did nothing more is needed.
  EXPECT_EQ(regrow(sweep + " --epochs 3 --restart-epochs 2").exit_code, 0);
  for (const char* epochs : {"", " --epochs 3", " --epochs 4"}) {
    const auto equal = regrow(sweep + epochs);
    EXPECT_EQ(equal.exit_code, 0) << equal.err;
    EXPECT_NE(equal.out.find("3 of 3 runs finished"), std::string::npos) << equal.out;
  }
  for (const char* run : {"0", "1"}) {
    const std::string config = content(std::string("out/seed=") + run + "/config.toml");
    EXPECT_NE(config.find("restart_epochs = [2,3]"), std::string::npos) << config;
  }
  // Another seed may have the length that the others had, and is extended with them.
  write_file("[grid]\nseed = [0, 3]\n", 2);
  expect_error(regrow(sweep + " --epochs 4"), 2,
               {"run seed=3 is new", "give --restart-epochs 2,3"});
  EXPECT_EQ(regrow(sweep).exit_code, 0);
  EXPECT_EQ(regrow(sweep + " --epochs 3").exit_code, 0);
  EXPECT_EQ(regrow(sweep + " --epochs 4").exit_code, 0);
  EXPECT_NE(content("out/seed=3/config.toml").find("restart_epochs = [2,3]"), std::string::npos);
}

TEST_F(Sweep, RefusesRunsStillToStartWhoseMatesKeepTheEndOfTheirEvolution) {
  write_file("[grid]\nseed = [0, 1, 2]\n", 2);
  const std::string sweep = "sweep s.toml --evolve-until 0.5 --out out";
  ASSERT_EQ(regrow(sweep + " --shard 1/2").exit_code, 0);
  for (const char* how : {"", " --dry-run", " --shard 2/2"}) {
    expect_error(regrow(sweep + " --epochs 3" + how), 2,
                 {"run seed=1 is new and would evolve over 3 epochs, but seed=0, which has been "
                  "trained, over 2; give --evolution-epochs 2, or another --out"});
  }
  EXPECT_FALSE(fs::exists(at("out/seed=1")));
  // The remedy helps, and once it did nothing more is needed.
  EXPECT_EQ(regrow(sweep + " --epochs 3 --evolution-epochs 2").exit_code, 0);
  for (const char* epochs : {"", " --epochs 3", " --epochs 4"}) {
    const auto equal = regrow(sweep + epochs);
    EXPECT_EQ(equal.exit_code, 0) << equal.err;
    EXPECT_NE(equal.out.find("3 of 3 runs finished"), std::string::npos) << equal.out;
  }
  for (const char* run : {"0", "1"}) {
    const std::string config = content(std::string("out/seed=") + run + "/config.toml");
    EXPECT_NE(config.find("evolution_epochs = 2"), std::string::npos) << config;
  }
  // A run that was started as another one is one.
  const auto other = regrow(sweep + " --epochs 4 --evolution-epochs 3");
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_NE(other.err.find("its evolution_epochs is 2, not 3"), std::string::npos) << other.err;
  ASSERT_EQ(regrow("sweep s.toml --evolve-until 0.5 --out long --epochs 3").exit_code, 0);
  const auto shorter = regrow("sweep s.toml --evolve-until 0.5 --out long");
  EXPECT_NE(shorter.err.find("its evolution_epochs is 3, not 2"), std::string::npos) << shorter.err;
}

TEST_F(Sweep, SaysThatRunsDifferInTheirRestarts) {
  write_file("[grid]\nseed = [0, 1]\n", 2);
  const std::string sweep = "sweep s.toml --schedule cosine --out ";
  ASSERT_EQ(regrow(sweep + "out --shard 1/2").exit_code, 0);
  ASSERT_EQ(regrow(sweep + "other --shard 2/2 --epochs 3").exit_code, 0);
  fs::rename(at("other/seed=1"), at("out/seed=1"));
  const std::string said =
      "differ, and so do their learning rates: seed=1 with none, seed=0 with 2\n";
  for (int call = 0; call < 2; ++call) {
    const auto mixed = regrow(sweep + "out --epochs 3");
    EXPECT_EQ(mixed.exit_code, 0) << mixed.err;
    EXPECT_NE(mixed.err.find(said), std::string::npos) << mixed.err;
  }
}

TEST_F(Sweep, SaysHowFarAnExtensionThatWasStoppedGot) {
  write_file("[grid]\nseed = [0]\n", 1);
  ASSERT_EQ(regrow("sweep s.toml --out out").exit_code, 0);
  CommandOptions in_the_extension = signalled_while_training(SIGTERM, {"seed=0"});
  in_the_extension.signal_when = [this] {
    const std::string lines = metrics("seed=0");
    return std::count(lines.begin(), lines.end(), '\n') > 2;
  };
  EXPECT_NE(regrow("sweep s.toml --out out --epochs " + std::to_string(kNoEnd), in_the_extension)
                .exit_code,
            0);
  const auto again = regrow("sweep s.toml --out out");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(again.err.find("more than the 1 asked for; --epochs 100000 goes on to their end\n"),
            std::string::npos)
      << again.err;
}

TEST_F(Sweep, RefusesRestartsThatNoExtensionMade) {
  write_file("[grid]\nseed = [0]\n", 4);
  const std::string sweep = "sweep s.toml --schedule cosine --out ";
  ASSERT_EQ(regrow(sweep + "out --restart-epochs 1,2").exit_code, 0);
  for (const auto& [restarts, says] : {std::pair{"", "its restart_epochs is 1,2, not empty"},
                                       std::pair{" --restart-epochs 1", "is 1,2, not 1"}}) {
    const auto other = regrow(sweep + "out" + restarts);
    EXPECT_EQ(other.exit_code, 1);
    EXPECT_NE(other.err.find(says), std::string::npos) << other.err;
  }
  // After a trial of fewer epochs than the file asks for, those of the file are an extension.
  ASSERT_EQ(regrow(sweep + "tried --epochs 1").exit_code, 0);
  for (int call = 0; call < 2; ++call) {
    const auto whole = regrow(sweep + "tried");
    EXPECT_EQ(whole.exit_code, 0) << whole.err;
    EXPECT_NE(whole.out.find("1 of 1 runs finished"), std::string::npos) << whole.out;
  }
}

TEST_F(Sweep, RefusesARunOfOtherSettingsInItsFolder) {
  write_file("[grid]\nseed = [0]\n");
  EXPECT_EQ(regrow("sweep s.toml --out out").exit_code, 0);
  const std::string before = metrics("seed=0");
  const auto result = regrow("sweep s.toml --out out --batch 20");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("holds another run: its batch is 25, not 20"), std::string::npos)
      << result.err;
  EXPECT_EQ(metrics("seed=0"), before);
}

TEST_F(Sweep, StopsOnASignalAndGoesOnToTheSameEnd) {
  write_file("[grid]\nseed = [0, 1]\n", kNoEnd);
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) {
    fs::remove_all(at("out"));
    const auto stopped =
        regrow("sweep s.toml --out out", signalled_while_training(signal, {"seed=0"}));
    EXPECT_EQ(stopped.exit_code, 128 + signal) << stopped.err;
    EXPECT_NE(stopped.out.find("stopped: 2 runs remain"), std::string::npos) << stopped.out;
    EXPECT_FALSE(fs::exists(at("out/seed=1"))) << "nothing starts after the signal";
  }
  const std::string epochs = epochs_to_go_on_with({"seed=0"});
  const auto result = regrow("sweep s.toml --out out" + epochs);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("goes on with seed=0 after "), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("2 of 2 runs finished"), std::string::npos) << result.out;
  EXPECT_EQ(regrow("sweep s.toml --out whole --shard 1/2" + epochs).exit_code, 0);
  EXPECT_EQ(metrics("seed=0"), content("whole/seed=0/metrics.jsonl"));
  EXPECT_EQ(content("out/seed=0/last.safetensors"), content("whole/seed=0/last.safetensors"));
}

TEST_F(Sweep, StopsInTimeAndSaysSo) {
  write_file("[grid]\nseed = [0, 1]\n", kNoEnd);
  const auto result = regrow("sweep s.toml --out out --max-time 0.2s --jobs 2");
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_NE(result.out.find("time is up: 2 runs remain"), std::string::npos) << result.out;
  EXPECT_FALSE(fs::exists(at("out/failures")));
}

TEST_F(Sweep, LeavesARunThatAnotherProcessTrains) {
  write_file("[grid]\nseed = [0, 1]\n");
  fs::create_directories(at("out/seed=0"));
  const FolderLock held(at("out/seed=0"));
  const auto dry = regrow("sweep s.toml --out out --dry-run");
  EXPECT_NE(dry.out.find("seed=0  another process trains it"), std::string::npos) << dry.out;
  const auto result = regrow("sweep s.toml --out out");
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_NE(result.out.find("seed=0: another process trains it"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("1 of 2 runs finished"), std::string::npos) << result.out;
}

TEST_F(Sweep, TwoAtOnceTrainEachRunOnce) {
  write_file("[grid]\nseed = [0, 1, 2, 3]\n", 3);
  const auto sweep = [&] { return regrow("sweep s.toml --out out"); };
  auto other = std::async(std::launch::async, sweep);
  const auto one = sweep();
  const auto two = other.get();
  // One of them may have left the last runs to the other.
  EXPECT_EQ(std::min(one.exit_code, two.exit_code), 0) << one.err << two.err;
  EXPECT_TRUE(std::max(one.exit_code, two.exit_code) == 0 ||
              std::max(one.exit_code, two.exit_code) == 3);
  EXPECT_EQ(regrow("sweep s.toml --out whole --jobs 2").exit_code, 0);
  for (int seed = 0; seed < 4; ++seed) {
    const std::string run = "/seed=" + std::to_string(seed) + "/last.safetensors";
    EXPECT_EQ(content("out" + run), content("whole" + run));
  }
}

TEST_F(Sweep, ShardsAreAPartition) {
  write_file("[grid]\nseed = [0, 1, 2, 3, 4]\n", 1);
  EXPECT_EQ(regrow("sweep s.toml --out out --shard 1/2").exit_code, 0);
  for (int seed = 0; seed < 5; ++seed) {
    EXPECT_EQ(fs::exists(at("out/seed=" + std::to_string(seed))), seed % 2 == 0) << seed;
  }
  const auto rest = regrow("sweep s.toml --out out --shard 2/2");
  EXPECT_NE(rest.out.find("2 of 2 runs finished"), std::string::npos) << rest.out;
  EXPECT_EQ(regrow("sweep s.toml --out out").out, "5 of 5 runs finished; out\n");
}

TEST_F(Sweep, ADryRunListsAndEstimatesAndWritesNothing) {
  write_file(kGrid, 1);
  const auto before = regrow("sweep s.toml --out out --dry-run --jobs 2");
  EXPECT_EQ(before.exit_code, 0) << before.err;
  EXPECT_NE(before.out.find("method=lset,seed=0  new, 1 epoch\n"), std::string::npos) << before.out;
  EXPECT_NE(before.out.find("4 epochs of about"), std::string::npos) << before.out;
  EXPECT_NE(before.out.find("from a few steps"), std::string::npos) << before.out;
  EXPECT_FALSE(fs::exists(at("out")));
  regrow("sweep s.toml --out out --shard 1/2");
  const auto midway = regrow("sweep s.toml --out out --dry-run");
  EXPECT_NE(midway.out.find("2 epochs of about"), std::string::npos) << midway.out;
  EXPECT_NE(midway.out.find("the median of those recorded"), std::string::npos) << midway.out;
  regrow("sweep s.toml --out out");
  EXPECT_NE(regrow("sweep s.toml --out out --dry-run").out.find("nothing is left to train"),
            std::string::npos);
}

TEST_F(Sweep, RefusesWhatMakesNoSense) {
  write_file(kGrid);
  expect_error(regrow("sweep s.toml --shard 3/2"), 2, {"--shard: '3/2'", "2/4"});
  expect_error(regrow("sweep s.toml --shard 0/2"), 2, {"--shard: '0/2'"});
  expect_error(regrow("sweep s.toml --max-time soon"), 2, {"--max-time: 'soon'", "90m"});
  expect_error(regrow("sweep s.toml --max-time 0s"), 2, {"--max-time: '0s'"});
  expect_error(regrow("sweep s.toml --shard=1-2"), 2, {"--shard: '1-2'"});
  expect_error(regrow("sweep s.toml --shard=1/2/2"), 2, {"--shard: '1/2/2'"});
  expect_error(regrow("sweep none.toml"), 1, {"none.toml: there is no such file"});
  expect_error(regrow("sweep s.toml --sed 4"), 2, {"'--sed' (did you mean --seed?)"});
  std::ofstream(at("file")) << "in the way";
  expect_error(regrow("sweep s.toml --out file"), 1, {"file", "choose another --out"});
}

}  // namespace
}  // namespace regrow::tests
