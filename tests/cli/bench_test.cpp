// regrow bench: its table, its JSON and its errors.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/bench_report.h"
#include "cli/program.h"
#include "support/emulation.h"

namespace regrow::tests {
namespace {

using Json = nlohmann::json;

class BenchCommand : public Program {
 protected:
  Json json() const { return Json::parse(content("b.json")); }
};

TEST_F(BenchCommand, PrintsAloneWhatIsForPrograms) {
  const CommandResult result =
      regrow("bench --device cpu --size tiny --rounds 1 --measure step --json -");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(Json::parse(result.out).at("rounds"), 1);
  EXPECT_NE(result.err.find("192-40-20-10"), std::string::npos) << result.err;
  EXPECT_FALSE(std::filesystem::exists(at("-")));
}

TEST_F(BenchCommand, ComparesDevicesInATableAndAsJson) {
  const CommandResult result =
      regrow("bench --device cpu,reference --size tiny --rounds 3 --threads 1 --json b.json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  for (const char* part : {"192-40-20-10", "a step", "an epoch", "\ncpu ", "\nreference ", " %"}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
  }
  const Json size = json().at("sizes").at(0);
  EXPECT_EQ(json().at("rounds"), 3);
  EXPECT_EQ(size.at("ratios_to"), "cpu");
  for (const Json& device : size.at("devices")) {
    double parts = 0;
    for (const char* phase : {"train", "evaluate", "evolve"}) {
      const Json& seconds = device.at(std::string(phase) + "_seconds");
      EXPECT_EQ(seconds.at("rounds").size(), 3U);
      EXPECT_LE(seconds.at("least"), seconds.at("median"));
      EXPECT_LE(seconds.at("median"), seconds.at("most"));
      parts += seconds.at("rounds").at(0).get<double>();
    }
    EXPECT_NEAR(device.at("epoch_seconds").at("rounds").at(0), parts, 0.2 * parts);
    EXPECT_GT(device.at("evaluation_and_evolution_share"), 0);
    EXPECT_LT(device.at("evaluation_and_evolution_share"), 1);
  }
  const Json &cpu = size.at("devices").at(0), &reference = size.at("devices").at(1);
  EXPECT_EQ(cpu.at("step_ratio").at("median"), 1);
  const auto first = [](const Json& device, const char* what) {
    return device.at(what).at("rounds").at(0).get<double>();
  };
  EXPECT_DOUBLE_EQ(first(reference, "step_ratio"),
                   first(reference, "step_seconds") / first(cpu, "step_seconds"));
  EXPECT_DOUBLE_EQ(first(reference, "epoch_ratio"),
                   first(reference, "epoch_seconds") / first(cpu, "epoch_seconds"));
}

TEST_F(BenchCommand, SaysWhichDeviceItLeftOutAndGoesOn) {
  const CommandResult result =
      regrow("bench --device cuda:99,cpu --size tiny --rounds 1 --measure step --json b.json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("cuda:99: not measured: "), std::string::npos) << result.out;
  const Json size = json().at("sizes").at(0);
  EXPECT_EQ(size.at("ratios_to"), "cpu");
  EXPECT_TRUE(size.at("devices").at(0).contains("not_measured"));
  EXPECT_FALSE(size.at("devices").at(1).contains("epoch_seconds"));
}

TEST_F(BenchCommand, FailsWhereNothingCanBeMeasured) {
  expect_error(regrow("bench --device cuda:99 --size tiny"), 1, {"cuda:99"});
  expect_error(regrow("bench --device reference --measure primitives"), 1,
               {"reference", "primitives"});
}

TEST_F(BenchCommand, RefusesWhatMakesNoSense) {
  expect_error(regrow("bench --size tinny"), 2, {"tinny", "tiny", "paper"});
  expect_error(regrow("bench --measure time --size tiny"), 2, {"--measure", "time", "step"});
  expect_error(regrow("bench --device cpu,cpu --size tiny"), 2, {"cpu", "twice"});
  expect_error(regrow("bench --device cpu,referense:bf16 --json b.json"), 2,
               {"--device: 'referense' is not allowed", "did you mean reference?"});
  expect_error(regrow("bench --device check:cpu,reference"), 2, {"check:cpu", "cpu,reference"});
  EXPECT_FALSE(std::filesystem::exists(at("b.json")));
  expect_error(regrow("bench --device cpu --size tiny --rounds 0"), 2, {"--rounds"});
  expect_error(regrow("bench --device cpu --size tiny --grow randm"), 2, {"randm", "random"});
  expect_error(regrow("bench --device cpu --size tiny --round 1"), 2, {"--round", "--rounds"});
}

TEST_F(BenchCommand, TimesTheKernelsOfTheEmulation) {
  if (!kHasEmulation) GTEST_SKIP() << kNoEmulation;
  const CommandResult result = regrow(
      "bench --device cuda-emulated,cuda-emulated:bf16 --size tiny --rounds 1 --steps 2 "
      "--json b.json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json report = json();
  EXPECT_EQ(report.at("sizes").at(0).at("devices").at(1).count("not_measured"), 0U) << result.out;
  ASSERT_EQ(report.at("primitives").size(), 1U) << "once, whatever the storage";
  for (const Json& primitive : report.at("primitives").at(0).at("primitives")) {
    EXPECT_GT(primitive.at("bytes_per_second"), 0) << primitive;
    if (primitive.contains("ceiling")) {
      EXPECT_GT(primitive.at("share_of_ceiling"), 0) << primitive;
    }
  }
}

TEST(TimeText, KeepsThreeDigits) {
  EXPECT_EQ(bench::time_text(1.234e-6), "1.23 us");
  EXPECT_EQ(bench::time_text(95.12e-6), "95.1 us");
  EXPECT_EQ(bench::time_text(999.4e-6), "999 us");
  EXPECT_EQ(bench::time_text(999.6e-6), "1.00 ms");
  EXPECT_EQ(bench::time_text(0.25), "250 ms");
  EXPECT_EQ(bench::time_text(9.997), "10.0 s");
}

}  // namespace
}  // namespace regrow::tests
