// A kill at every single file operation of a command that makes a run longer, or goes back to
// before it was: no file is left that would make it another run.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "faults/faulty_program.h"

namespace regrow::tests {
namespace {

class EveryOperationOfAnExtension : public FaultyProgram {
 protected:
  static std::string cosine(const std::string& more) {
    return std::string(kTrain) + "--quiet --checkpoint-every 1 --schedule cosine " + more;
  }

  void succeed(const std::string& arguments) const {
    const CommandResult result = forked(arguments);
    ASSERT_EQ(result.exit_code, 0) << arguments << ": " << result.err;
  }

  /// What `killed`, cut short anywhere in a copy of the run in `base`, and then `next` end with.
  void expect_end(const std::string& base, const std::string& killed, const std::string& next,
                  const std::string& whole) const {
    long n = 0;
    for (int exit_code = -1; exit_code != 0 && !HasFailure(); ++n) {
      SCOPED_TRACE(n);
      std::filesystem::remove_all(at("r"));
      std::filesystem::copy(at(base), at("r"));
      exit_code = forked(killed, {.kind = FileFault::Kind::kKill, .at = n}).exit_code;
      succeed(next);
      for (const char* file : {"/last.safetensors", "/best.safetensors", "/metrics.jsonl"}) {
        EXPECT_TRUE(content("r" + std::string(file)) == content(whole + file)) << file;
      }
    }
    EXPECT_GT(n, 60);
  }
};

TEST_F(EveryOperationOfAnExtension, MayBeTheLastBeforeACosineIsMadeLongerAgain) {
  succeed(cosine("--epochs 4 --restart-epochs 2 --out longer"));
  succeed(cosine("--epochs 2 --out run"));
  const std::string extend = "train --quiet --resume r --epochs 4";
  expect_end("run", extend, extend, "longer");
}

TEST_F(EveryOperationOfAnExtension, MayBeTheLastOfGoingBackAndTheLengthStays) {
  succeed(cosine("--epochs 2 --out run"));
  succeed("train --quiet --resume run --epochs 3");
  expect_end("run", "train --quiet --resume r --from initial", "train --quiet --resume r", "run");
}

}  // namespace
}  // namespace regrow::tests
