// The checkpoint before the last: kept at every write, and what a run goes back to when it is asked
// to, because the last one was damaged.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/program.h"

namespace regrow::tests {
namespace {

class GoingBack : public Program {
 protected:
  void SetUp() override {
    for (const char* out : {"whole", "r"}) {
      ASSERT_EQ(regrow(std::string(kTrain) + "--epochs 4 --out " + out).exit_code, 0);
    }
  }

  /// As damage does, whose file keeps its identity: a further name of it is damaged, too.
  void put_in_place(const std::string& name, const std::string& bytes) const {
    std::ofstream(at(name), std::ios::binary | std::ios::trunc) << bytes;
  }

  void expect_whole() const {
    for (const char* file : {"/last.safetensors", "/best.safetensors", "/metrics.jsonl"}) {
      EXPECT_TRUE(content(std::string("r") + file) == content(std::string("whole") + file)) << file;
    }
  }
};

TEST_F(GoingBack, ToTheCheckpointBeforeEndsAsUndisturbedWhereverTheLastIsDamaged) {
  const std::string good = content("r/last.safetensors");
  const std::string before = content("r/previous.safetensors");
  ASSERT_NE(before, good);
  for (std::size_t i = 0; i < 12 && !HasFailure(); ++i) {
    std::string damaged = good;
    const std::size_t place = i * (good.size() - 1) / 11;
    if (i % 2 == 0) {
      damaged.resize(place);
    } else {
      damaged[place] = static_cast<char>(damaged[place] ^ (1 << i % 8));
    }
    put_in_place("r/last.safetensors", damaged);
    expect_error(regrow("train --resume r"), 1, {"r/last.safetensors: ", "--from previous"});
    EXPECT_EQ(content("r/last.safetensors"), damaged) << "refused, not touched";
    EXPECT_EQ(content("r/previous.safetensors"), before) << "the damage is not passed on";
    const CommandResult back = regrow("train --quiet --resume r --from previous");
    EXPECT_EQ(back.exit_code, 0) << back.err;
    expect_whole();
    EXPECT_EQ(content("r/previous.safetensors"), before) << "the same again";
  }
}

TEST_F(GoingBack, ToTheUntrainedNetworkRunsItAllAgain) {
  put_in_place("r/last.safetensors", "");
  put_in_place("r/previous.safetensors", "");
  expect_error(regrow("train --resume r --from previous"), 1, {"r/previous.safetensors"});
  EXPECT_EQ(regrow("train --quiet --resume r --from initial").exit_code, 0);
  expect_whole();
}

TEST_F(GoingBack, WorksWhereTheLastIsGone) {
  std::filesystem::remove(at("r/last.safetensors"));
  EXPECT_EQ(regrow("train --quiet --resume r --from previous").exit_code, 0);
  expect_whole();
}

TEST_F(GoingBack, KeepsOneCheckpointBeforeTheLast) {
  ASSERT_EQ(regrow(std::string(kTrain) + "--epochs 3 --checkpoint-every 2 --out o").exit_code, 0);
  const auto epoch = [&](const char* name) { return read_checkpoint(at(name)).progress.epoch; };
  EXPECT_EQ(epoch("o/last.safetensors"), 3U);
  EXPECT_EQ(epoch("o/previous.safetensors"), 2U);
}

TEST_F(GoingBack, IsForARunThatGoesOn) {
  expect_error(regrow(std::string(kTrain) + "--from previous --out n"), 2, {"--from", "--resume"});
  expect_error(regrow("train --resume r --from elsewhere"), 2, {"--from", "previous"});
  std::filesystem::remove(at("r/previous.safetensors"));
  expect_error(regrow("train --resume r --from previous"), 1, {"r/previous.safetensors"});
}

}  // namespace
}  // namespace regrow::tests
