// What is read from the record files of a run that still writes them.
#include "sweep/recorded_progress.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temp_dir.h"

namespace regrow {
namespace {

class RecordedProgressOfARun : public testing::Test {
 protected:
  static std::string metrics_line(std::uint32_t epoch, std::size_t layers = 1) {
    EpochRecord record;
    record.epoch = epoch;
    record.loss = epoch + 0.5;
    record.layers.resize(layers);
    return to_json_line(record) + "\n";
  }

  static std::string timings_line(std::uint32_t epoch, double train) {
    EpochTimings timings;
    timings.epoch = epoch;
    timings.train = train;
    return to_json_line(timings) + "\n";
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(dir_.path() / name, std::ios::binary) << text;
  }

  std::optional<RecordedEpoch> poll_metrics(const std::string& text) {
    write("metrics.jsonl", text);
    return progress_.poll();
  }

  TempDir dir_;
  RecordedProgress progress_{dir_.path()};
};

TEST_F(RecordedProgressOfARun, IsTheLatestEpochWithWhatItTook) {
  write("timings.jsonl", timings_line(0, 9) + timings_line(1, 2.5));
  const auto last = poll_metrics(metrics_line(0) + metrics_line(1));
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->record.epoch, 1U);
  EXPECT_EQ(last->record.loss, 1.5);
  EXPECT_EQ(last->seconds, 2.5);
}

TEST_F(RecordedProgressOfARun, DoesNotCountALineWithoutItsEnd) {
  const std::string whole = metrics_line(0), next = metrics_line(1);
  // Torn anywhere, before its end line too, where it would already parse.
  for (const std::size_t written : {std::size_t{1}, next.size() / 2, next.size() - 1}) {
    const auto last = poll_metrics(whole + next.substr(0, written));
    ASSERT_TRUE(last.has_value()) << written;
    EXPECT_EQ(last->record.epoch, 0U) << written;
  }
  EXPECT_FALSE(poll_metrics(next.substr(0, next.size() - 1)).has_value()) << "no line is whole";
  write("timings.jsonl", timings_line(0, 2) + timings_line(1, 7).substr(0, 20));
  EXPECT_EQ(poll_metrics(whole)->seconds, 2);
}

TEST_F(RecordedProgressOfARun, IsToldOnce) {
  EXPECT_TRUE(poll_metrics(metrics_line(0)).has_value());
  EXPECT_FALSE(progress_.poll().has_value());
  EXPECT_EQ(poll_metrics(metrics_line(0) + metrics_line(1))->record.epoch, 1U);
  EXPECT_EQ(poll_metrics(metrics_line(0))->record.epoch, 0U) << "back to a checkpoint";
}

TEST_F(RecordedProgressOfARun, IsFoundInLinesOfAnyLength) {
  const std::string line = metrics_line(1, 3000);
  ASSERT_GT(line.size(), 100'000U);
  EXPECT_EQ(poll_metrics(metrics_line(0) + line)->record.layers.size(), 3000U);
  EXPECT_EQ(poll_metrics(line)->record.epoch, 1U);
}

TEST_F(RecordedProgressOfARun, IsNothingWithoutFilesThatCanBeRead) {
  EXPECT_FALSE(progress_.poll().has_value());
  EXPECT_FALSE(poll_metrics("").has_value());
  EXPECT_FALSE(poll_metrics("\n").has_value());
  EXPECT_FALSE(poll_metrics("not JSON\n").has_value());
  EXPECT_EQ(poll_metrics(metrics_line(4))->seconds, 0) << "no timings are no error";
}

}  // namespace
}  // namespace regrow
