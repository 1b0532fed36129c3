// The lines of metrics.jsonl and timings.jsonl.
#include "regrow/metrics.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <cmath>
#include <limits>

#include "io/io_test_support.h"
#include "io/sample_checkpoint.h"

namespace regrow {
namespace {

constexpr const char* kLine =
    R"({"epoch":3,"loss":1.5,"accuracy":0.25,"val_loss":2.0,"val_accuracy":0.1,"test_loss":1e-05,)"
    R"("test_accuracy":0.3,"theta":0.75,"paused":true,"connections":12,"layers":[)"
    R"({"connections":5,"negatives":1,"positives":2,"dropped":3,"grown":4,)"
    R"("topology":null},)"
    R"({"connections":7,"negatives":8,"positives":9,"dropped":10,"grown":11,)"
    R"("evaluated":14,"topology":{"overlap_previous":0.75,"overlap_first":0.5,"explored":0.25,"dead":12,)"
    R"("unconnected_inputs":13,"in_degree":[0,1,2,3,4],"out_degree":[5,6,7,8,9]}}]})";

EpochRecord record_of_line() {
  return {.epoch = 3,
          .loss = 1.5,
          .accuracy = 0.25,
          .val_loss = 2,
          .val_accuracy = 0.1,
          .test_loss = 1e-5,
          .test_accuracy = 0.3,
          .theta = 0.75,
          .paused = true,
          .connections = 12,
          .layers = {{.connections = 5,
                      .negatives = 1,
                      .positives = 2,
                      .dropped = 3,
                      .grown = 4,
                      .evaluated = 4},
                     {.connections = 7,
                      .negatives = 8,
                      .positives = 9,
                      .dropped = 10,
                      .grown = 11,
                      .evaluated = 14,
                      .topology = LayerTopology{.overlap_previous = 0.75,
                                                .overlap_first = 0.5,
                                                .explored = 0.25,
                                                .dead = 12,
                                                .unconnected_inputs = 13,
                                                .in_degree = {0, 1, 2, 3, 4},
                                                .out_degree = {5, 6, 7, 8, 9}}}}};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(EpochRecord, HasItsFieldsInTheDocumentedOrder) {
  EXPECT_EQ(to_json_line(record_of_line()), kLine);
}

TEST(EpochRecord, ReadsBackEqual) { EXPECT_EQ(parse_epoch_record(kLine, "m:1"), record_of_line()); }

TEST(EpochRecord, WritesAnAbsentThetaAsNull) {
  EpochRecord record = record_of_line();
  record.theta.reset();
  EXPECT_TRUE(contains(to_json_line(record), R"("theta":null)"));
  EXPECT_EQ(parse_epoch_record(to_json_line(record), "m:1"), record);
}

TEST(EpochRecord, WritesExploredCellsThatAreNotKeptAsNull) {
  EpochRecord record = record_of_line();
  record.layers[1].topology->explored.reset();
  EXPECT_TRUE(contains(to_json_line(record), R"("explored":null)"));
  EXPECT_EQ(parse_epoch_record(to_json_line(record), "m:1"), record);
}

TEST(EpochRecord, RefusesDegreesThatAreNotFiveWholeNumbers) {
  for (const char* wrong : {"[0,1,2,3]", "[0,1,2,3,4,5]", "[0,1,2,3,-4]", "[0,1,2,3,4294967296]",
                            "[0,1,2,3,4.5]", "7"}) {
    const std::string message =
        error_of([&] { parse_epoch_record(replaced(kLine, "[0,1,2,3,4]", wrong), "m:1"); });
    EXPECT_TRUE(contains(message, "m:1: layers[1]: topology: field `in_degree` must be an array"))
        << message;
  }
}

TEST(EpochRecord, ReadsAnyFiniteDoubleBackToTheBit) {
  const bool holds = rc::check([] {
    const auto any_bits = rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>());
    const std::uint64_t bits = *any_bits;
    const std::uint64_t count = *any_bits;
    const auto value = std::bit_cast<double>(bits);
    RC_PRE(std::isfinite(value));
    EpochRecord record;
    record.loss = value;
    record.theta = -value;
    record.connections = count;
    record.layers = {{.connections = count, .grown = ~count, .evaluated = bits}};
    const EpochRecord back = parse_epoch_record(to_json_line(record), "m:1");
    RC_ASSERT(std::bit_cast<std::uint64_t>(back.loss) == bits);
    RC_ASSERT(std::bit_cast<std::uint64_t>(*back.theta) == std::bit_cast<std::uint64_t>(-value));
    RC_ASSERT(back == record);
  });
  EXPECT_TRUE(holds);
}

TEST(EpochRecord, ReadsLimitsOfDoubleBackToTheBit) {
  using Limits = std::numeric_limits<double>;
  for (const double value : {-0.0, 0.1 + 0.2, Limits::denorm_min(), Limits::min(), Limits::max(),
                             Limits::lowest(), 9007199254740993.0}) {
    EpochRecord record;
    record.loss = value;
    const double back = parse_epoch_record(to_json_line(record), "m:1").loss;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(back), std::bit_cast<std::uint64_t>(value)) << value;
  }
}

TEST(EpochRecord, RefusesToWriteWhatJsonCannotHold) {
  EpochRecord record = record_of_line();
  record.val_loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(to_json_line(record), std::logic_error);
}

TEST(EpochRecord, NamesSourceAndFieldOfAWrongLine) {
  const auto message = [](const std::string& from, const std::string& to) {
    return error_of([&] { parse_epoch_record(replaced(kLine, from, to), "run/metrics.jsonl:4"); });
  };
  const std::string source = "run/metrics.jsonl:4: ";
  EXPECT_EQ(message(R"("val_loss":2.0,)", ""), source + "field `val_loss` is missing");
  EXPECT_EQ(message("1.5", R"("1.5")"), source + "field `loss` must be a number");
  EXPECT_EQ(message("0.75", "false"), source + "field `theta` must be a number or null");
  EXPECT_EQ(message("true", "1"), source + "field `paused` must be true or false");
  EXPECT_TRUE(
      contains(message(R"("epoch":3)", R"("epoch":4294967296)"), "`epoch` must be a whole"));
  EXPECT_TRUE(contains(message(R"("epoch":3)", R"("epoch":-1)"), "`epoch` must be a whole"));
  EXPECT_TRUE(
      contains(message(R"("grown":11)", R"("grown":1.5)"), source + "layers[1]: field `gr"));
  EXPECT_TRUE(contains(message("]}", "]"), source + "is not valid JSON"));
  EXPECT_EQ(error_of([] { parse_epoch_record("[1]", "m:1"); }), "m:1: is not a JSON object");
}

TEST(EpochTimings, HasItsFieldsInTheDocumentedOrderAndReadsBack) {
  const EpochTimings timings = {.epoch = 2,
                                .train = 10.5,
                                .evaluate = 0.1,
                                .evolve = 1e-9,
                                .snapshot = 0.5,
                                .wait = 2,
                                .topology = 0.125,
                                .histograms = 7,
                                .write = 0.25,
                                .checkpoint = 0.0625,
                                .start = 3};
  const std::string line = to_json_line(timings);
  EXPECT_EQ(line,
            R"({"epoch":2,"seconds":{"train":10.5,"evaluate":0.1,"evolve":1e-09,"snapshot":0.5,)"
            R"("wait":2.0},)"
            R"("beside":{"topology":0.125,"histograms":7.0,"write":0.25,"checkpoint":0.0625},)"
            R"("start":3.0})");
  const EpochTimings back = parse_epoch_timings(line, "t:1");
  EXPECT_EQ(back.epoch, 2U);
  EXPECT_EQ(to_json_line(back), line);
  EXPECT_DOUBLE_EQ(back.total(), 10.5 + 0.1 + 1e-9 + 0.5 + 2);
  // Of a process that had begun before, and of older runs.
  EXPECT_EQ(to_json_line(EpochTimings()).find("start"), std::string::npos);
  const std::string older =
      replaced(replaced(line, R"(,"start":3.0)", ""), R"(,"checkpoint":0.0625)", "");
  EXPECT_EQ(parse_epoch_timings(older, "t:1").start, 0);
  EXPECT_EQ(parse_epoch_timings(older, "t:1").checkpoint, 0);
  EXPECT_EQ(parse_epoch_timings(older, "t:1").write, 0.25);
  EXPECT_EQ(error_of([&] { parse_epoch_timings(replaced(line, "evolve", "drop"), "t:1"); }),
            "t:1: seconds: field `grow` is missing");
  EXPECT_EQ(error_of([&] { parse_epoch_timings(replaced(line, "7.0", "-7.0"), "t:1"); }),
            "t:1: beside: field `histograms` must be a finite number of seconds");
}

TEST(EpochTimings, OfRunsThatWaitedForEachFileCountItsWriting) {
  const EpochTimings timings = parse_epoch_timings(
      R"({"epoch":2,"seconds":{"train":10.5,"evaluate":0.1,"drop":1e-09,"grow":3.0,"write":0.25}})",
      "t:1");
  EXPECT_EQ(timings.write, 0.25);
  EXPECT_EQ(timings.wait, 0.25);
  EXPECT_DOUBLE_EQ(timings.total(), 10.5 + 0.1 + 1e-9 + 3 + 0.25);
}

}  // namespace
}  // namespace regrow
