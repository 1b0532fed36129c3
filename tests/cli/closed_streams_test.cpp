// Standard streams that are closed: what is meant for them goes nowhere, and into no file.
#include <gtest/gtest.h>

#include <fstream>

#include "cli/program.h"

namespace regrow::tests {
namespace {

class ClosedStreams : public Program {
 protected:
  /// The program by a shell, which closes `streams`, such as ">&-".
  CommandResult shell(const std::string& arguments, const std::string& streams) const {
    std::string line = "exec";
    for (const std::string& word : words(arguments)) line += " '" + word + "'";
    return run_command({"/bin/sh", "-c", line + " " + streams}, {.folder = dir_.path()});
  }

  /// Of a run that prints all that it may.
  static std::string train(const std::string& out) {
    return std::string(kTrain) + "--epochs 2 --out " + out;
  }
};

TEST_F(ClosedStreams, AreNoFileOfTheRun) {
  ASSERT_EQ(regrow(train("whole")).exit_code, 0);
  for (const char* streams : {"<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"}) {
    SCOPED_TRACE(streams);
    std::filesystem::remove_all(at("r"));
    const CommandResult result = shell(train("r"), streams);
    const bool has_output = std::string(streams).find(">&-") != 0 &&
                            std::string(streams).find(" >&-") == std::string::npos;
    EXPECT_EQ(result.exit_code, has_output ? 0 : 1) << result.err;
    if (streams == std::string(">&-")) expect_error(result, 1, {"standard output"});
    for (const char* file : {"/metrics.jsonl", "/last.safetensors", "/best.safetensors"}) {
      EXPECT_EQ(content(std::string("r") + file), content(std::string("whole") + file)) << file;
    }
    EXPECT_EQ(content("r/.lock"), "");
    EXPECT_EQ(files_in("r"), files_in("whole"));
  }
}

TEST_F(ClosedStreams, OfASweepAreThoseOfItsRuns) {
  std::ofstream(at("s.toml")) << "[data]\ndataset = 'synthetic'\nsynthetic_features = 12\n"
                                 "synthetic_train = 100\nsynthetic_test = 50\n"
                                 "validation = 'holdout:50'\n"
                                 "[network]\nhidden = [9]\n[training]\nbatch = 25\nepochs = 1\n"
                                 "[run]\ndevice = 'cpu'\n[grid]\nseed = [0]\n";
  for (const char* isolation : {"process", "thread"}) {
    const std::string out = std::string("o-") + isolation;
    const CommandResult result =
        shell("sweep s.toml --out " + out + " --isolation " + isolation, "<&- >&- 2>&-");
    EXPECT_EQ(result.exit_code, 1) << "no standard output";
    EXPECT_EQ(content(out + "/seed=0/.lock"), "");
    EXPECT_NE(content(out + "/logs/seed=0.log").find("finished 1 epoch in "), std::string::npos);
    EXPECT_EQ(content(out + "/sweep.toml"), content("s.toml"));
  }
}

TEST_F(ClosedStreams, FailWithoutAWordWhereErrorsCannotBeTold) {
  const CommandResult result = shell("train --resume nowhere", "2>&-");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out + result.err, "");
}

}  // namespace
}  // namespace regrow::tests
