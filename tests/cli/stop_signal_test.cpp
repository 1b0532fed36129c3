#include "cli/stop_signal.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace regrow {
namespace {

/// Its exit code tells the parent what was received.
[[noreturn]] void tell() { std::_Exit(stop_signal()); }

TEST(StopSignal, IsRememberedHoweverOftenItComes) {
  for (const int signal : {SIGTERM, SIGUSR1, SIGHUP}) {
    EXPECT_EXIT(
        {
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

}  // namespace
}  // namespace regrow
