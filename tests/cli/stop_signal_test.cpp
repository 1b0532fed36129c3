#include "cli/stop_signal.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "cli/program.h"

namespace regrow {
namespace {

/// As a shell starts a program, whatever started this one: `nohup` and shells in the background let
/// programs, and the programs that those start, ignore signals.
void forget_inherited() {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGHUP}) std::signal(signal, SIG_DFL);
}

/// Its exit code tells the parent what was received.
[[noreturn]] void tell() { std::_Exit(stop_signal()); }

TEST(StopSignal, IsRememberedHoweverOftenItComes) {
  for (const int signal : {SIGTERM, SIGUSR1, SIGHUP}) {
    EXPECT_EXIT(
        {
          forget_inherited();
          catch_stop_signals();
          std::raise(signal);
          std::raise(signal);
          tell();
        },
        testing::ExitedWithCode(signal), "");
  }
}

TEST(StopSignal, ASecondInterruptEndsTheProgram) {
  EXPECT_EXIT(
      {
        forget_inherited();
        catch_stop_signals();
        std::raise(SIGINT);
        std::raise(SIGINT);
        tell();
      },
      testing::KilledBySignal(SIGINT), "");
}

TEST(StopSignal, AHangUpThatNohupIgnoresIsNone) {
  EXPECT_EXIT(
      {
        std::signal(SIGHUP, SIG_IGN);
        catch_stop_signals();
        std::raise(SIGHUP);
        tell();
      },
      testing::ExitedWithCode(0), "");
}

using StoppedProgram = tests::Program;

TEST_F(StoppedProgram, GoesOnAfterAHangUpUnderNohup) {
  const std::string arguments = std::string(kTrain) + "--epochs 30 --out r";
  std::vector<std::string> command = words(arguments);
  command.insert(command.begin(), "/usr/bin/nohup");
  const tests::CommandOptions hang_up{
      .folder = dir_.path(), .signal = SIGHUP, .signal_after = "epoch 2/"};
  const tests::CommandResult result = run_command(command, hang_up);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("finished 30 epochs"), std::string::npos) << result.out;
}

}  // namespace
}  // namespace regrow
