// What a summary says of a run's cost, and where it says nothing.
#include "study/recorded_cost.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "study/study_support.h"
#include "support/temp_dir.h"

namespace regrow::tests {
namespace {

constexpr const char* kCost =
    R"("cost": {"steps": 10, "mean_connections": 12.5, "peak_connections": 20,)"
    R"( "forward_flops": 1e3, "backward_flops": 2e4, "scoring_flops": 3e5})";
constexpr const char* kSurvival =
    R"("survival": {"newborns": 8, "survived": 2, "share": 0.25, "layers": []})";

class RecordedCostOf : public testing::Test {
 protected:
  RunFolder run(const std::string& summary) {
    const auto path = dir_.path() / "run";
    std::filesystem::remove_all(path);
    write_run(path, config_with({{"epochs", "3"}, {"method", "set"}}), {0.1, 0.2, 0.3});
    std::ofstream(path / "summary.json") << summary;
    return RunFolder::open(path);
  }

  TempDir dir_;
};

std::string summary_with(const std::string& fields) {
  return R"({"epochs": 3)" + (fields.empty() ? "" : ", " + fields) + "}";
}

TEST_F(RecordedCostOf, ARunIsWhatItsSummaryCounts) {
  const RecordedCost cost =
      recorded_cost(run(summary_with(kCost + std::string(", ") + kSurvival)), 3);
  EXPECT_EQ(cost.mean_connections, 12.5);
  EXPECT_EQ(cost.peak_connections, 20);
  EXPECT_EQ(cost.flops, 321000);
  EXPECT_EQ(cost.survival, 0.25);
}

TEST_F(RecordedCostOf, ARunThatNeverEvolvedHasNoSurvival) {
  EXPECT_FALSE(recorded_cost(run(summary_with(kCost)), 3).survival);
  EXPECT_TRUE(recorded_cost(run(summary_with(kCost)), 3).flops);
  const std::string nothing_yet = R"("survival": {"newborns": 0, "survived": 0, "share": null})";
  EXPECT_FALSE(recorded_cost(run(summary_with(nothing_yet)), 3).survival);
}

TEST_F(RecordedCostOf, AnOlderRunOrADamagedSummaryIsNothing) {
  for (const std::string& summary :
       {summary_with(""), std::string("{"), std::string("[]"), std::string(),
        summary_with(R"("cost": {"mean_connections": 1})"), summary_with(R"("cost": 7)")}) {
    EXPECT_TRUE(recorded_cost(run(summary), 3).is_absent()) << summary;
  }
  const RunFolder lost = run("");
  std::filesystem::remove(lost.path() / "summary.json");
  EXPECT_TRUE(recorded_cost(lost, 3).is_absent());
}

TEST_F(RecordedCostOf, OtherEpochsThanItCountsIsNothing) {
  const RunFolder folder = run(summary_with(kCost));
  EXPECT_TRUE(recorded_cost(folder, 2).is_absent());
  EXPECT_TRUE(recorded_cost(folder, 4).is_absent());
}

TEST_F(RecordedCostOf, AResultIsOfTheWholeRun) {
  const RunFolder folder = run(summary_with(kCost + std::string(", ") + kSurvival));
  const RunResult whole = read_result(folder, std::nullopt);
  EXPECT_EQ(whole[Quantity::kFlops], 321000);
  EXPECT_EQ(whole[Quantity::kSurvival], 0.25);
  EXPECT_EQ(whole[Quantity::kMeanConnections], 12.5);
  EXPECT_EQ(whole[Quantity::kPeakConnections], 20);
  // Of its first epochs the records tell less.
  const RunResult part = read_result(folder, 2);
  EXPECT_FALSE(part[Quantity::kFlops]);
  EXPECT_FALSE(part[Quantity::kSurvival]);
  EXPECT_EQ(part[Quantity::kMeanConnections], 100);
  EXPECT_EQ(part[Quantity::kPeakConnections], 100);
}

}  // namespace
}  // namespace regrow::tests
