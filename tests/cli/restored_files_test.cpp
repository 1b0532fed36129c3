// A run whose files were lost or damaged, by a disk or by a person: it goes on to the same end, or
// says in one line what is left to go on from.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>

#include "cli/program.h"
#include "config/settings.h"
#include "io/event_reader.h"
#include "regrow/checkpoint.h"
#include "train/recovery.h"

namespace regrow::tests {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEvents = "events.out.tfevents.0.regrow";
constexpr std::array kFiles = {"config.toml",          "metrics.jsonl",       "timings.jsonl",
                               "summary.json",         "initial.safetensors", "last.safetensors",
                               "previous.safetensors", "best.safetensors",    kEvents};
constexpr std::array kDamages = {"lost",          "empty",       "zeroed", "cut in half",
                                 "a bit flipped", "a byte more", "folder", "link",
                                 "dangling link", "pipe"};

class RestoredFiles : public Program {
 protected:
  /// As regrow(), but one that waits for ever is ended, with exit code 124.
  CommandResult timed(const std::string& arguments) const {
    std::vector<std::string> command = words(arguments);
    command.insert(command.begin(), {"/usr/bin/timeout", "120"});
    return run_command(command, {.folder = dir_.path()});
  }

  void train(const std::string& name, int epochs, const std::string& more = "") const {
    const CommandResult result = regrow(std::string(kTrain) + "--checkpoint-every 1 --epochs " +
                                        std::to_string(epochs) + " --out " + name + " " + more);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  void put(const std::string& name, const std::string& bytes) const {
    fs::remove(at(name));
    std::ofstream(at(name), std::ios::binary) << bytes;
  }

  void copy_run(const std::string& from, const std::string& to) const {
    fs::remove_all(at(to));
    fs::copy(at(from), at(to));
  }

  void damage(const std::string& file, const std::string& how) const {
    std::string bytes = content(file);
    fs::remove(at(file));
    if (how == "folder") fs::create_directory(at(file));
    if (how == "pipe") {
      EXPECT_EQ(::mkfifo(at(file).c_str(), 0600), 0) << file;
    }
    if (how == "link") {
      put("elsewhere", bytes);
      fs::create_symlink(at("elsewhere"), at(file));
    }
    if (how == "dangling link") fs::create_symlink(at("nowhere"), at(file));
    if (how == "empty") bytes.clear();
    if (how == "zeroed") std::fill(bytes.begin(), bytes.end(), '\0');
    if (how == "cut in half") bytes.resize(bytes.size() / 2);
    if (how == "a bit flipped") bytes[bytes.size() / 2] ^= 4;
    if (how == "a byte more") bytes += 'x';
    if (how != "lost" && fs::symlink_status(at(file)).type() == fs::file_type::not_found) {
      put(file, bytes);
    }
    if (how == "a terabyte more") fs::resize_file(at(file), std::uintmax_t{1} << 40);
  }

  /// Of the regular files of a run: what they hold.
  std::map<std::string, std::string> files_of(const std::string& run) const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(at(run))) {
      if (entry.is_regular_file()) {
        files[entry.path().filename()] = read_file(entry.path());
      }
    }
    return files;
  }

  std::string meaning_of(const std::string& run) const {
    const std::string file = run + "/config.toml";
    return to_toml(layered_config(TomlSource{content(file), file}, {}), /*meaning_only=*/true);
  }

  /// The end of an undisturbed run, and all that can be made whole again is.
  void expect_end_of(const std::string& whole, const std::string& run) const {
    for (const char* file : {"/metrics.jsonl", "/last.safetensors"}) {
      EXPECT_TRUE(content(run + file) == content(whole + file)) << file;
    }
    EXPECT_EQ(meaning_of(run), meaning_of(whole));
    const std::string summary = content(run + "/summary.json");
    EXPECT_NE(summary.find(R"("status": "finished")"), std::string::npos) << summary;
    const auto events = events_of(content(run + "/" + kEvents));
    const auto wanted = events_of(content(whole + "/" + kEvents));
    ASSERT_EQ(events.size(), wanted.size());
    for (std::size_t e = 0; e < events.size(); ++e) {
      EXPECT_EQ(events[e].step, wanted[e].step);
      EXPECT_EQ(events[e].scalars[0], wanted[e].scalars[0]);
    }
    for (const auto& [name, bytes] : files_of(run)) {
      EXPECT_FALSE(name.ends_with(".aside")) << name;
    }
  }

  /// The command that an error names, without the program's name.
  static std::string command_in(const std::string& error) {
    const std::string start = "regrow train ";
    const std::size_t begin = error.find(start);
    if (begin == std::string::npos) return "";
    return error.substr(begin + 7, error.find('\n') - begin - 7);
  }
};

TEST_F(RestoredFiles, GoOnToTheSameEndOrSayFromWhere) {
  train("whole", 7);
  train("five", 5);
  for (const std::string file : kFiles) {
    for (const std::string how : kDamages) {
      SCOPED_TRACE(file + ": " + how);
      copy_run("five", "run");
      damage("run/" + file, how);
      std::string command = "train --quiet --resume run";
      CommandResult result;
      for (int tries = 0;; ++tries) {
        const auto before = files_of("run");
        result = timed(command + " --epochs 7");
        if (result.exit_code == 0) break;
        ASSERT_LT(tries, 3) << result.err;
        expect_error(result, 1, {"error: run/" + file + ": "});
        EXPECT_EQ(result.err.find("--from last"), std::string::npos) << result.err;
        EXPECT_TRUE(files_of("run") == before) << "nothing is changed for a run that cannot go on";
        if (const std::string next = command_in(result.err); !next.empty()) {
          EXPECT_NE(result.err.find("is whole: go on with: "), std::string::npos) << result.err;
          command = next + " --quiet";
        } else {
          const bool is_link = how.ends_with("link");
          EXPECT_NE(result.err.find(is_link ? "or remove the link" : "move it away"),
                    std::string::npos)
              << result.err;
          fs::remove(at("run/" + file));
        }
      }
      expect_end_of("whole", "run");
      if (how == "link") {
        EXPECT_EQ(content("elsewhere"), content("five/" + file)) << "not touched";
      }
    }
  }
}

TEST_F(RestoredFiles, AreNamedInOneWarning) {
  train("five", 5);
  const auto resumed = [&](const std::string& file, const std::string& how) {
    copy_run("five", "run");
    damage("run/" + file, how);
    const CommandResult result = regrow("train --resume run");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_LE(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    return result.err;
  };
  const std::string rest =
      "; it is restored from the checkpoint, which does not say where and how fast to train: give "
      "again what was set of --data, --test, --cuda-graph, --threads, --tensorboard, "
      "--checkpoint-every, "
      "--profile-epochs\n";
  const std::string config = "warning: run/config.toml: ";
  EXPECT_EQ(resumed("config.toml", "lost"), config + "there is no such file" + rest);
  EXPECT_EQ(resumed("config.toml", "empty"), config + "is empty" + rest);
  EXPECT_EQ(resumed("config.toml", "cut in half"), config + "is cut off" + rest);
  EXPECT_EQ(resumed("config.toml", "a terabyte more"),
            config + "is too large for a configuration" + rest);
  EXPECT_EQ(resumed("config.toml", "zeroed").rfind("warning: run/config.toml:1: ", 0), 0U);
  EXPECT_EQ(resumed("timings.jsonl", "cut in half"),
            "warning: run/timings.jsonl: 2 of 5 epochs have timings; the seconds of the others are "
            "lost\n");
  EXPECT_EQ(resumed("initial.safetensors", "lost"),
            "warning: run/initial.safetensors is gone; --from initial cannot be used\n");
  EXPECT_EQ(resumed("initial.safetensors", "a bit flipped"),
            "warning: run/initial.safetensors is damaged; --from initial cannot be used\n");
  EXPECT_EQ(resumed("summary.json", "zeroed"), "");
  EXPECT_EQ(resumed(kEvents, "a bit flipped"), "");
  EXPECT_EQ(resumed("previous.safetensors", "lost"), "") << "the next checkpoint makes one";
}

TEST_F(RestoredFiles, NameTheNewestStateThatIsWhole) {
  train("five", 5);
  const auto refusal = [&](const std::vector<std::string>& zeroed, const std::string& from = "") {
    copy_run("five", "run");
    for (const std::string& file : zeroed) damage("run/" + file, "zeroed");
    return regrow("train --resume run" + from);
  };
  expect_error(refusal({"last.safetensors"}), 1,
               {"run/last.safetensors: ",
                "; the state after 4 epochs is whole: go on with: regrow "
                "train --resume run --from previous\n"});
  expect_error(refusal({"last.safetensors", "previous.safetensors"}), 1,
               {"; the state after 0 epochs is whole: go on with: regrow train --resume run --from "
                "initial\n"});
  expect_error(refusal({"last.safetensors", "metrics.jsonl"}), 1,
               {"; the state after 0 epochs is whole: go on with: regrow train --resume run --from "
                "initial\n"});
  expect_error(refusal({"previous.safetensors"}, " --from previous"), 1,
               {"run/previous.safetensors: ",
                "; the state after 5 epochs is whole: go on with: regrow train --resume run\n"});
  const CommandResult none =
      refusal({"last.safetensors", "previous.safetensors", "initial.safetensors"});
  expect_error(none, 1,
               {"run/last.safetensors: ",
                "; none of the run's states is whole: start it again with: regrow train "
                "--out run --force\n"});
  EXPECT_EQ(regrow(std::string(kTrain) + command_in(none.err).substr(6)).exit_code, 0);
}

// Nothing is lost then, and nothing to be trained again.
TEST_F(RestoredFiles, AreNotGivenUpForPointersOfGitLfs) {
  train("run", 2);
  const std::map<std::string, std::string> files = files_of("run");
  for (const std::string name : {"last", "previous", "initial", "best"}) {
    put("run/" + name + ".safetensors",
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n");
  }
  for (const std::string from : {"", " --from previous", " --from initial"}) {
    const CommandResult result = regrow("train --resume run" + from);
    expect_error(result, 1,
                 {": is a git-lfs pointer", "fetch the file itself with git lfs pull\n"});
    EXPECT_EQ(result.err.find("--force"), std::string::npos) << result.err;
  }
  for (const auto& [name, bytes] : files) put("run/" + name, bytes);
  EXPECT_EQ(regrow("train --resume run --epochs 3").exit_code, 0);
}

TEST_F(RestoredFiles, KeepTheLengthOfARunThatWasMadeLonger) {
  train("whole", 5);
  train("run", 2);
  ASSERT_EQ(regrow("train --resume run --epochs 5").exit_code, 0);
  fs::remove(at("run/config.toml"));
  EXPECT_EQ(regrow("train --resume run --from initial").exit_code, 0);
  expect_end_of("whole", "run");
}

TEST_F(RestoredFiles, AreNoneOfARunThatWasEdited) {
  train("run", 2);
  const std::string edited = [&] {
    std::string text = content("run/config.toml");
    const std::string from = "\nseed = 0\n";
    return text.replace(text.find(from), from.size(), "\nseed = 8\n");
  }();
  // Cut off as well, and so that the number itself may be what was cut.
  for (const std::size_t bytes :
       {edited.size(), edited.size() - 100, edited.find("\nseed = 8") + 10}) {
    put("run/config.toml", edited.substr(0, bytes));
    expect_error(regrow("train --resume run --epochs 3"), 2,
                 {"run/config.toml: seed is 8, but the run was trained with 0"});
    EXPECT_EQ(content("run/config.toml"), edited.substr(0, bytes)) << "not overwritten";
  }
}

TEST_F(RestoredFiles, AreThoseOfARunWithoutItsConfiguration) {
  train("run", 2);
  const std::string accuracy = regrow("eval run/last.safetensors").out;
  const CommandResult row = regrow("table run --format csv");
  ASSERT_EQ(row.exit_code, 0) << row.err;
  for (const std::string how : kDamages) {
    SCOPED_TRACE(how);
    if (how == "link") continue;  // to what is whole
    copy_run("run", "broken");
    damage("broken/config.toml", how);
    expect_error(regrow(std::string(kTrain) + "--epochs 2 --out broken"), 1,
                 {"broken: holds a run already"});
    const CommandResult evaluated = timed("eval broken/last.safetensors");
    EXPECT_EQ(evaluated.exit_code, 0) << evaluated.err;
    EXPECT_EQ(evaluated.out, accuracy);
    std::string same = timed("table broken --format csv").out;
    EXPECT_NE(same.find("\nbroken,"), std::string::npos) << same;
    EXPECT_EQ(same.replace(same.find("\nbroken,"), 8, "\nrun,"), row.out);
    fs::create_directories(at("sweep"));
    fs::remove_all(at("sweep/one"));
    fs::rename(at("broken"), at("sweep/one"));
    const CommandResult mean = timed("table sweep");
    EXPECT_EQ(mean.exit_code, 0) << mean.err;
    EXPECT_EQ(mean.err.rfind("warning: sweep/one/config.toml:", 0), 0U) << mean.err;
    EXPECT_EQ(std::count(mean.err.begin(), mean.err.end(), '\n'), 1) << mean.err;
  }
  copy_run("run", "broken");
  fs::remove(at("broken/config.toml"));
  EXPECT_EQ(regrow(std::string(kTrain) + "--epochs 1 --force --out broken").exit_code, 0);
}

TEST_F(RestoredFiles, DoNotEndTheTableOfTheOthers) {
  train("sweep/a", 2);
  train("sweep/b", 2, "--seed 1");
  train("sweep/c", 2, "--seed 2");
  const std::string lines = content("sweep/b/metrics.jsonl");
  // What is being written does not count, but the line before it does.
  put("sweep/b/metrics.jsonl", lines.substr(0, lines.size() - 9));
  const CommandResult running = regrow("table sweep --seeds each");
  EXPECT_EQ(running.exit_code, 0) << running.err;
  EXPECT_NE(running.out.find("1 of 2"), std::string::npos) << running.out;
  for (const std::string how : {"lost", "zeroed", "a bit flipped", "folder", "pipe"}) {
    SCOPED_TRACE(how);
    copy_run("sweep/b", "kept");
    put("sweep/b/metrics.jsonl", lines);
    if (how == "a bit flipped") {
      put("sweep/b/metrics.jsonl", "{" + lines);
    } else if (how == "zeroed") {
      put("sweep/b/metrics.jsonl", std::string(lines.size(), '\0') + "\n");
    } else {
      damage("sweep/b/metrics.jsonl", how);
    }
    for (const std::string seeds : {"each", "mean"}) {
      const CommandResult table = timed("table sweep --format csv --seeds " + seeds);
      EXPECT_EQ(table.exit_code, 0);
      EXPECT_EQ(table.err.rfind("warning: sweep/b/metrics.jsonl", 0), 0U) << table.err;
      EXPECT_NE(table.err.find("regrow train --resume sweep/b"), std::string::npos) << table.err;
      EXPECT_EQ(std::count(table.err.begin(), table.err.end(), '\n'), 1) << table.err;
      EXPECT_EQ(std::count(table.out.begin(), table.out.end(), '\n'), seeds == "each" ? 4 : 2)
          << table.out;
      if (seeds == "each") {
        EXPECT_NE(table.out.find("\nsweep/b,,,,,,,,,,,,,,,damaged,,,,,,,\n"), std::string::npos)
            << table.out;
      }
    }
    copy_run("kept", "sweep/b");
  }
  damage("sweep/b/metrics.jsonl", "lost");
  for (const std::string how : {"mean", "each"}) {
    expect_error(timed("table sweep/b --seeds " + how), 1, {"sweep/b/metrics.jsonl: "});
  }
}

Config unusual_config() {
  Config config = preset_config(PresetName::kPaper, DatasetName::kCifar10);
  config.seed = 123;
  config.epochs = 1200;
  config.batch = 128;
  config.learning_rate = 0.0625;
  return config;
}

TEST(StoredConfig, OfAFileCutOffAnywhereIsTheRuns) {
  const TempDir dir;
  const fs::path file = dir.path() / "config.toml";
  const Config run = unusual_config();
  Config written = run;
  written.data = "/somewhere";
  written.threads = 16;
  written.out = "runs/a b";
  written.profile_epochs = {10, 12};
  const std::string text = to_toml(written);
  for (std::size_t bytes = 0; bytes + 1 < text.size(); ++bytes) {
    std::ofstream(file) << text.substr(0, bytes);
    const StoredConfig stored = stored_config(file, run);
    ASSERT_EQ(to_toml(stored.config, true), to_toml(run, true)) << text.substr(0, bytes);
    ASSERT_NE(stored.problem, "") << text.substr(0, bytes);
    ASSERT_EQ(stored.problem.rfind(file.string() + ":", 0), 0U) << stored.problem;
    for (const Setting& setting : settings()) {
      if (!setting.is_local) continue;
      const std::string value = setting.to_string(stored.config);
      ASSERT_TRUE(value == setting.to_string(run) || value == setting.to_string(written))
          << setting.key << " = " << value;
    }
  }
  for (const std::string& whole : {text, text.substr(0, text.size() - 1), "# mine\n" + text}) {
    std::ofstream(file) << whole;
    const StoredConfig stored = stored_config(file, run);
    EXPECT_EQ(stored.problem, "");
    EXPECT_EQ(to_toml(stored.config), text);
  }
}

TEST(StoredConfig, OfAShorterFileIsWhatItSays) {
  const TempDir dir;
  const fs::path file = dir.path() / "config.toml";
  // As of a version that had fewer settings.
  std::ofstream(file) << "[training]\nepochs = 7\n\n[run]\nthreads = 3\n";
  const StoredConfig stored = stored_config(file, unusual_config());
  EXPECT_EQ(stored.problem, "");
  EXPECT_EQ(stored.config.epochs, 7);
  EXPECT_EQ(stored.config.threads, 3);
  EXPECT_EQ(stored.config.seed, 123);
}

}  // namespace
}  // namespace regrow::tests
