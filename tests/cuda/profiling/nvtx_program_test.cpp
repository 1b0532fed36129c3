// The program as a profiler runs it: NVTX finds the profiler's library by itself.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>

#include "cli/program.h"
#include "cuda/profiling/nvtx_ranges.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

/// Gives an environment variable another value, or none, for a scope: programs inherit it.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) {
    const char* const now = std::getenv(name);
    if (now != nullptr) saved_ = now;
    set(value);
  }
  ~ScopedVariable() { set(saved_ ? saved_->c_str() : nullptr); }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  void set(const char* value) {
    if (value == nullptr) {
      unsetenv(name_);
    } else {
      setenv(name_, value, 1);
    }
  }

  const char* name_;
  std::optional<std::string> saved_;
};

class NvtxProgram : public Program {
 protected:
  /// Two epochs of five steps, in the new folder `name`.
  CommandResult train(const std::string& name) const {
    return regrow(
        "train --dataset synthetic --synthetic-features 12 --synthetic-train 150 --synthetic-test "
        "50 --validation holdout:50 --hidden 20,15 --epsilon 3 --batch 20 --method set --epochs 2 "
        "--device cuda-emulated --topology false --tensorboard false --checkpoint-every 1 --quiet "
        "--out " +
        name);
  }
};

TEST_F(NvtxProgram, ShowsItsRangesToAProfiler) {
  CommandResult result;
  {
    const ScopedVariable record("REGROW_NVTX_RECORD", at("record").c_str());
    result = train("run");
  }
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const std::string text = ranges(content("record"));
  // How many calls the steps of an epoch are spread over depends on the time that they take.
  EXPECT_EQ(text.rfind("snapshot\nepoch(upload step", 0), 0U) << text;
  EXPECT_NE(text.find("evolve\nsnapshot\nepoch(upload step"), std::string::npos) << text;
  int steps = 0;
  for (std::size_t i = text.find("step"); i != std::string::npos; i = text.find("step", i + 1)) {
    ++steps;
  }
  EXPECT_EQ(steps, 10) << text;
}

TEST_F(NvtxProgram, TrainsTheSameWithAProfilerWithoutOneAndWithOneThatIsMissing) {
  EXPECT_EQ(train("profiled").exit_code, 0);
  {
    const ScopedVariable none("NVTX_INJECTION64_PATH", nullptr);
    EXPECT_EQ(train("alone").exit_code, 0);
  }
  {
    const ScopedVariable missing("NVTX_INJECTION64_PATH", at("missing.so").c_str());
    EXPECT_EQ(train("missing").exit_code, 0);
  }
  EXPECT_EQ(bytes_of(at("profiled")), bytes_of(at("alone")));
  EXPECT_EQ(bytes_of(at("missing")), bytes_of(at("alone")));
}

}  // namespace
}  // namespace regrow::tests
