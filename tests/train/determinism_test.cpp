// The same seed gives the same bytes; another seed, or another way to treat momentum, does not.
#include <gtest/gtest.h>

#include "support/devices.h"
#include "support/temp_dir.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

class Determinism : public testing::TestWithParam<std::string> {
 protected:
  Config config() const {
    Config config = small_config(GetParam(), Method::kLset);
    config.epochs = 3;
    return config;
  }

  TempDir dir_;
};

TEST_P(Determinism, OneSeedTwiceGivesTheSameBytes) {
  whole_run(config(), dir_.path() / "a");
  whole_run(config(), dir_.path() / "b");
  EXPECT_EQ(bytes_of(dir_.path() / "a"), bytes_of(dir_.path() / "b"));
}

TEST_P(Determinism, AnotherSeedGivesAnotherRun) {
  Config other = config();
  other.seed = 1;
  EXPECT_NE(whole_run(config(), dir_.path() / "a").front().loss,
            whole_run(other, dir_.path() / "b").front().loss);
}

TEST_P(Determinism, ThreadsDoNotMatter) {
  Config many = config();
  many.threads = 3;
  whole_run(config(), dir_.path() / "a");
  whole_run(many, dir_.path() / "b");
  EXPECT_EQ(bytes_of(dir_.path() / "a"), bytes_of(dir_.path() / "b"));
}

TEST_P(Determinism, EveryMomentumResetIsAnotherMethod) {
  std::vector<std::vector<EpochRecord>> runs;
  for (const MomentumReset reset :
       {MomentumReset::kEpoch, MomentumReset::kGrown, MomentumReset::kNever}) {
    Config config = this->config();
    config.method = Method::kSet;
    config.momentum_reset = reset;
    runs.push_back(whole_run(config, dir_.path() / std::to_string(static_cast<int>(reset))));
  }
  for (std::size_t a = 0; a < runs.size(); ++a) {
    EXPECT_EQ(runs[a][0].loss, runs[0][0].loss) << "no reset before the first epoch's end";
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(runs[a][1].loss, runs[b][1].loss);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, Determinism, testing::ValuesIn(kTestDevices),
                         [](const auto& test) { return test_name(test.param); });

}  // namespace
}  // namespace regrow::tests
