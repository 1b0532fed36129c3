// Whatever a command throws is one line and a code, and nothing more.
#include "cli/exit_code.h"

#include <gtest/gtest.h>

#include <new>
#include <sstream>

#include "io/folder_lock.h"
#include "regrow/error.h"
#include "system/memory_purpose.h"

namespace regrow {
namespace {

struct Ending {
  int code = 0;
  std::string err;
};

Ending ending_of(const std::function<int()>& command) {
  std::ostringstream out, err;
  const int code = exit_code_of(command, out, err);
  return {code, err.str()};
}

TEST(ExitCode, IsTheCommandsOwn) {
  EXPECT_EQ(ending_of([] { return 143; }).code, 143);
  EXPECT_EQ(ending_of([] { return 143; }).err, "");
}

TEST(ExitCode, OfWhatIsThrownComesWithOneLine) {
  const Ending wrong = ending_of([]() -> int { throw UsageError("--x: give\nanother"); });
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(wrong.err, "error: --x: give another\n");
  const Ending failed = ending_of([]() -> int { throw Error("no disk"); });
  EXPECT_EQ(failed.code, 1);
  EXPECT_EQ(failed.err, "error: no disk\n");
  const Ending locked = ending_of([]() -> int { throw LockedError("run: another writes"); });
  EXPECT_EQ(locked.code, 75) << "EX_TEMPFAIL, by which a sweep knows it";
  EXPECT_EQ(locked.err, "error: run: another writes\n");
  const Ending full = ending_of([]() -> int { throw std::bad_alloc(); });
  EXPECT_EQ(full.code, 1);
  EXPECT_EQ(full.err,
            "error: out of memory; end other programs, or ask for less: a smaller network "
            "(--hidden), --batch or data set\n");
  const Ending named = ending_of([]() -> int {
    const MemoryPurpose purpose("the untrained layer", 2);
    throw std::bad_alloc();
  });
  EXPECT_EQ(named.err.rfind("error: out of memory for the untrained layer 2; ", 0), 0U)
      << named.err;
  const Ending broken = ending_of([]() -> int { throw BrokenInvariant("odd", "a.cpp:1"); });
  EXPECT_EQ(broken.code, 1);
  EXPECT_EQ(broken.err, "error: internal: odd [a.cpp:1]\n");
}

TEST(ExitCode, IsAFailureWhereTheOutputIsLost) {
  std::ostringstream out, err;
  out.setstate(std::ios::badbit);
  EXPECT_EQ(exit_code_of([] { return 0; }, out, err), 1);
  EXPECT_EQ(err.str(), "error: cannot write to the standard output\n");
}

}  // namespace
}  // namespace regrow
