// Records of evolutions as lines of JSON.
#include <gtest/gtest.h>

#include "io/io_test_support.h"
#include "regrow/error.h"
#include "regrow/metrics.h"

namespace regrow {
namespace {

constexpr const char* kEvolutionLine =
    R"({"number":7,"epoch":3,"step":1234,"within_epoch":true,"paused":false,)"
    R"("replaces_step":true,"theta":0.75,)"
    R"("zeta":0.300001,"density":0.0625,"layers":[)"
    R"({"present":{"negatives":1,"positives":2,"zeros":3},)"
    R"("candidates":{"negatives":4,"positives":5,"zeros":6},)"
    R"("dropped":{"negatives":7,"positives":8,"zeros":9},"target":10,"grown":11,"filled":12,)"
    R"("scored":13,"newborns":14,"survived":15}]})";

EvolutionRecord evolution_of_line() {
  EvolutionRecord record;
  record.number = 7;
  record.epoch = 3;
  record.step = 1234;
  record.is_within_epoch = true;
  record.replaces_step = true;
  record.theta = 0.75;
  record.zeta_millionths = 300001;
  record.density = 0.0625;
  record.layers = {{.present = {1, 2, 3},
                    .candidates = {4, 5, 6},
                    .dropped = {7, 8, 9},
                    .target = 10,
                    .grown = 11,
                    .filled = 12,
                    .scored = 13,
                    .newborns = 14,
                    .survived = 15}};
  return record;
}

TEST(EvolutionLine, HasItsFieldsInTheDocumentedOrderAndReadsBack) {
  EXPECT_EQ(to_json_line(evolution_of_line()), kEvolutionLine);
  EXPECT_EQ(parse_evolution_record(kEvolutionLine, "e:1"), evolution_of_line());
}

TEST(EvolutionLine, OfAFormerRunHasNoScoresAndNoNewborns) {
  std::string line = kEvolutionLine;
  for (const std::string field :
       {R"("replaces_step":true,)", R"(,"scored":13,"newborns":14,"survived":15)"}) {
    line.erase(line.find(field), field.size());
  }
  EvolutionRecord expected = evolution_of_line();
  expected.replaces_step = false;
  expected.layers[0].scored = expected.layers[0].newborns = expected.layers[0].survived = 0;
  EXPECT_EQ(parse_evolution_record(line, "e:1"), expected);
}

TEST(EvolutionLine, ReadsEveryZetaBack) {
  EvolutionRecord record;
  for (std::uint32_t zeta = 0; zeta <= 1'000'000; zeta += 7) {
    record.zeta_millionths = zeta;
    ASSERT_EQ(parse_evolution_record(to_json_line(record), "e:1").zeta_millionths, zeta);
  }
}

TEST(EvolutionLine, NamesSourceAndFieldOfAWrongOne) {
  const auto message = [](const std::string& from, const std::string& to) {
    std::string line = kEvolutionLine;
    line.replace(line.find(from), from.size(), to);
    return error_of([&] { parse_evolution_record(line, "evolutions.jsonl:8"); });
  };
  EXPECT_EQ(message(R"("step":1234,)", ""), "evolutions.jsonl:8: field `step` is missing");
  EXPECT_EQ(message("0.300001", "1.5"), "evolutions.jsonl:8: field `zeta` must be from 0 to 1");
  EXPECT_TRUE(contains(message(R"("zeros":9)", R"("zeros":-9)"), "layers[0]: dropped: field `zer"));
}

}  // namespace
}  // namespace regrow
