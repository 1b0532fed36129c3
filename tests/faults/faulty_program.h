// The program with a fault at a chosen file operation; what it left, gone on with to its end; and
// that end against an undisturbed one.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/program.h"
#include "cli/run_cli.h"
#include "faults/file_faults.h"
#include "faults/file_log.h"

namespace regrow::tests {

class FaultyProgram : public Program {
 protected:
  void SetUp() override {
    // What every run here needs, and none need load again: libraries, tables, a sanitizer.
    static const int warmed = [&] {
      return run_in_this_process(words(train(at("warm").string()) + " --epochs 1"));
    }();
    ASSERT_EQ(warmed, 0);
    FileFault none;
    none.log = at("log").string();
    const CommandResult whole = forked(train("whole"), none);
    ASSERT_EQ(whole.exit_code, 0) << whole.err;
    find_places(file_operations(), read_file_log(at("log")));
    ASSERT_GT(places_.size(), 60U) << "its calls do not go through file_faults.cpp";
  }

  static std::string train(const std::string& out) {
    return std::string(kTrain) + "--quiet --epochs 3 --checkpoint-every 1 --out " + out;
  }

  /// The program as a child of this process without exec(): it starts at once.
  CommandResult forked(const std::string& arguments, const FileFault& fault = {}) const {
    const std::filesystem::path out = at("stdout"), err = at("stderr");
    std::fflush(nullptr);
    begin_file_fault({});
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("no process for a command");
    if (child == 0) {
      become(out, STDOUT_FILENO);
      become(err, STDERR_FILENO);
      if (chdir(dir_.path().c_str()) != 0) std::_Exit(127);
      begin_file_fault(fault);
      const int code = run_in_this_process(words(arguments));
      std::fflush(nullptr);
      std::_Exit(code);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content("stdout"), content("stderr")};
  }

  /// `fault` in a new run in the folder "r".
  CommandResult train_with(const FileFault& fault) const {
    std::filesystem::remove_all(at("r"));
    return forked(train("r"), fault);
  }

  /// How to go on with the run in `folder`, or to start it again, as its own messages say.
  std::string going_on(const std::string& folder, const std::string& start) const {
    return std::filesystem::exists(at(folder + "/last.safetensors"))
               ? "train --quiet --resume " + folder
               : start;
  }

  /// Goes on with the run in "r": it must end as the one in "whole".
  void expect_recovery(const std::string& what) {
    // From a state that was there before it would go on as it did then.
    if (!recovered_.insert(state_of("r")).second) return;
    const CommandResult resumed = forked(going_on("r", train("r")));
    EXPECT_EQ(resumed.exit_code, 0) << what << ": " << resumed.err;
    expect_same("r", "whole", what);
    for (const auto& entry : std::filesystem::directory_iterator(at("r"))) {
      EXPECT_NE(entry.path().extension(), ".aside") << what << " left " << entry.path();
    }
  }

  void expect_same(const std::string& a, const std::string& b, const std::string& what) const {
    for (const char* file :
         {"/last.safetensors", "/best.safetensors", "/initial.safetensors", "/metrics.jsonl"}) {
      EXPECT_TRUE(content(a + file) == content(b + file)) << what << ": " << file;
    }
  }

  std::vector<long> places_;  // of the undisturbed run: where a fault is worth its while

 private:
  /// All operations, but of writes to one file in a row only the first and the last: between them
  /// a file is partly written, as it is after the first.
  void find_places(long operations, const std::vector<FileOperation>& log) {
    std::set<long> skipped;
    for (std::size_t i = 1; i + 1 < log.size(); ++i) {
      const auto is_like_it = [&](const FileOperation& other) {
        return other.call == "write" && other.path == log[i].path;
      };
      if (is_like_it(log[i - 1]) && is_like_it(log[i]) && is_like_it(log[i + 1])) {
        skipped.insert(log[i].number);
      }
    }
    for (long n = 0; n < operations; ++n) {
      if (!skipped.contains(n)) places_.push_back(n);
    }
  }

  /// All that going on with a run may depend on: names and contents, but of files partly written,
  /// which are removed, only their names, and of those that hold times only their lengths.
  std::string state_of(const std::string& folder) const {
    std::map<std::string, std::string> files;
    if (!std::filesystem::exists(at(folder))) return "";
    for (const auto& entry : std::filesystem::directory_iterator(at(folder))) {
      const std::string name = entry.path().filename().string();
      const std::string bytes = read_file(entry.path());
      if (name.ends_with(".aside")) {
        files[name.substr(0, name.find_first_of("0123456789"))] = "";
      } else if (name == "timings.jsonl") {
        files[name] = std::to_string(std::count(bytes.begin(), bytes.end(), '\n'));
      } else if (name == "summary.json") {
        files[name] = bytes.substr(0, bytes.find("seconds"));
      } else if (name.find("tfevents") != std::string::npos) {
        files[name] = std::to_string(bytes.size());
      } else {
        files[name] = bytes;
      }
    }
    std::string state;
    for (const auto& [name, bytes] : files) state += name + '\0' + bytes + '\0';
    return state;
  }

  std::set<std::string> recovered_;

  static void become(const std::filesystem::path& file, int stream) {
    const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0 || dup2(descriptor, stream) < 0) std::_Exit(127);
    close(descriptor);
  }

  static int run_in_this_process(const std::vector<std::string>& words) {
    std::vector<const char*> argv;
    argv.reserve(words.size());
    for (const std::string& word : words) argv.push_back(word.c_str());
    return run_cli(static_cast<int>(argv.size()), argv.data());
  }
};

}  // namespace regrow::tests
