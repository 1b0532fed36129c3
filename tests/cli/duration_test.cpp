// Times as people write them.
#include "cli/duration.h"

#include <gtest/gtest.h>

#include <string>

namespace regrow {
namespace {

TEST(Duration, IsReadInItsUnits) {
  EXPECT_EQ(parse_duration("3600"), 3600);
  EXPECT_EQ(parse_duration("3600s"), 3600);
  EXPECT_EQ(parse_duration("90m"), 5400);
  EXPECT_EQ(parse_duration("2h"), 7200);
  EXPECT_EQ(parse_duration("1.5h"), 5400);
  EXPECT_EQ(parse_duration("0.2s"), 0.2);
  EXPECT_EQ(parse_duration("1h30m"), 5400);
  EXPECT_EQ(parse_duration("1h2m3"), 3723);
  EXPECT_EQ(parse_duration("1h5s"), 3605);
  EXPECT_EQ(parse_duration("0s"), 0);
}

TEST(Duration, IsNothingElse) {
  for (const char* text : {"", "soon", "h", "-1h", "+1h", "1e3", "1 h", "1h 1m", "1m2h", "1h1h",
                           "1d", "1.5.5h", "inf", "nan", "1s2", "0x10"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << "'" << text << "'";
  }
  EXPECT_FALSE(parse_duration(std::string(400, '9')).has_value()) << "more than a double holds";
}

}  // namespace
}  // namespace regrow
