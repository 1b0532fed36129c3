// Lists of devices, rounds over them, and the statistics of what was measured.
#include "bench/measure.h"

#include <gtest/gtest.h>

#include "regrow/error.h"

namespace regrow::bench {
namespace {

TEST(ParseDevices, TakesSuffixesInAnyOrder) {
  const auto choices = parse_devices("cuda,cuda:bf16,cuda:1:nograph:bf16,cpu");
  ASSERT_EQ(choices.size(), 4U);
  const auto expect = [&](std::size_t i, const char* device, bool bf16, bool nograph) {
    EXPECT_EQ(choices[i].device, device);
    EXPECT_EQ(choices[i].bf16, bf16) << device;
    EXPECT_EQ(choices[i].nograph, nograph) << device;
  };
  expect(0, "cuda", false, false);
  expect(1, "cuda", true, false);
  expect(2, "cuda:1", true, true);
  expect(3, "cpu", false, false);
  EXPECT_EQ(choices[2].label, "cuda:1:nograph:bf16");
}

TEST(ParseDevices, RefusesGapsAndRepetition) {
  for (const char* list : {"", "cpu,", ",cpu", "cpu,,cuda", ":bf16", "cpu,cuda,cpu"}) {
    EXPECT_THROW(parse_devices(list), UsageError) << list;
  }
}

TEST(ProblemSizes, AreFoundByNameOnly) {
  for (const ProblemSize& size : problem_sizes()) {
    EXPECT_EQ(&problem_size(size.name), &size);
    EXPECT_NO_THROW(problem_config(size)) << size.name;
  }
  EXPECT_EQ(problem_size("paper").hidden, (std::vector<std::int64_t>{4000, 1000, 4000}));
  EXPECT_EQ(problem_size("paper").steps * problem_size("paper").batch, 50'000U);
  EXPECT_THROW(problem_size("papper"), UsageError);
}

TEST(NoiseDataset, FillsEveryPixel) {
  // 5 features: no multiple of the four bytes of a word.
  const auto dataset = noise_dataset({1, 1, 5}, 40, 13);
  EXPECT_EQ(dataset->train.size(), 40U);
  EXPECT_EQ(dataset->test.bytes().size(), 13U * 5);
  EXPECT_NE(dataset->train.bytes()[199], 0);
  double sum = 0;
  for (const std::uint8_t pixel : dataset->train.bytes()) sum += pixel;
  EXPECT_NEAR(sum / 200, 127.5, 20);
}

TEST(Measure, TimesEveryPhaseOfEveryRoundOnEveryDevice) {
  MeasureOptions options;
  options.devices = parse_devices("cpu,reference");
  options.rounds = 3;
  options.threads = 1;
  const SizeResult result = measure(problem_size("tiny"), options);
  EXPECT_EQ(result.widths, "192-40-20-10");
  EXPECT_GT(result.connections, 100U);
  EXPECT_EQ(result.steps, 10U);
  ASSERT_EQ(result.devices.size(), 2U);
  for (const DeviceResult& device : result.devices) {
    ASSERT_TRUE(device.measured()) << device.problem;
    EXPECT_FALSE(device.description.empty());
    const Phases& s = device.seconds;
    for (const auto* phase : {&s.step, &s.train, &s.evaluate, &s.evolve, &s.epoch}) {
      ASSERT_EQ(phase->size(), 3U);
    }
    for (std::size_t r = 0; r < 3; ++r) {
      EXPECT_GT(s.step[r], 0);
      EXPECT_LE(s.step[r] * 9, s.train[r]);  // nine of the ten steps
      EXPECT_GE(s.epoch[r], s.train[r] + s.evaluate[r] + s.evolve[r]);
    }
  }
}

TEST(Measure, LeavesOutWhatIsNotThere) {
  MeasureOptions options;
  options.devices = parse_devices("no-such-device,cpu,reference:bf16,cpu:bf16");
  options.rounds = 1;
  options.steps = 2;
  options.whole_epochs = false;
  const SizeResult result = measure(problem_size("tiny"), options);
  EXPECT_EQ(result.end, EpochEnd::kNothing);
  EXPECT_EQ(result.steps, 2U);
  EXPECT_NE(result.devices[0].problem.find("no-such-device"), std::string::npos);
  EXPECT_TRUE(result.devices[1].measured());
  EXPECT_TRUE(result.devices[1].seconds.evolve.empty());
  EXPECT_FALSE(result.devices[2].measured()) << "the reference stores no bf16";
  EXPECT_NE(result.devices[2].problem.find("fp32 only"), std::string::npos);
  EXPECT_TRUE(result.devices[3].measured()) << result.devices[3].problem;
}

TEST(Measure, RefusesUnknownGrowthRules) {
  MeasureOptions options;
  options.devices = parse_devices("cpu");
  options.grow = "randm";
  EXPECT_THROW(measure(problem_size("tiny"), options), UsageError);
}

TEST(Spread, IsOfTheMiddleAndTheEnds) {
  const Spread odd = spread_of({3, 1, 2});
  EXPECT_EQ(odd.median, 2);
  EXPECT_EQ(odd.least, 1);
  EXPECT_EQ(odd.most, 3);
  EXPECT_EQ(spread_of({4, 1, 2, 9}).median, 3);
  EXPECT_EQ(ratios({6, 8, 1}, {3, 2}), (std::vector<double>{2, 4}));
}

}  // namespace
}  // namespace regrow::bench
