// Numbers as people read them.
#include "cli/terminal/number_text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace regrow::tests {
namespace {

TEST(NumberText, IsNeverWiderThanItsColumn) {
  EXPECT_EQ(short_number(0.62504), "0.6250");
  EXPECT_EQ(short_number(12.3456), "12.346");
  EXPECT_EQ(short_number(123.456), "123.46");
  EXPECT_EQ(short_number(1234.56), "1234.6");
  EXPECT_EQ(short_number(123456), "1e+05");
  for (const double bound : {10.0, 100.0, 1000.0, 10000.0, 1e308}) {
    for (const double value : {bound, std::nextafter(bound, 0)}) {
      EXPECT_LE(short_number(value).size(), 6U) << value;
    }
  }
}

TEST(NumberText, SaysSharesOfWhateverSize) {
  EXPECT_EQ(percent(115680, 2784000), "4.2 %");
  EXPECT_EQ(percent(31, 100000), "0.031 %");
  EXPECT_EQ(percent(7, 7), "100 %");
  EXPECT_EQ(percent(0, 7), "0 %");
  EXPECT_EQ(percent(0, 0), "- %");
}

TEST(NumberText, SaysShortTimesInSeconds) {
  EXPECT_EQ(duration_text(0.04), "0.0 s");
  EXPECT_EQ(duration_text(59.9), "59.9 s");
  EXPECT_EQ(duration_text(59.99), "0:01:00");
  EXPECT_EQ(duration_text(3723), "1:02:03");
  EXPECT_EQ(duration_text(std::nan("")), "-:--:--");
}

TEST(Hours, AreNoneOfWhatIsNoTime) {
  EXPECT_EQ(hours(3723), "1:02:03");
  EXPECT_EQ(hours(0), "0:00:00");
  EXPECT_EQ(hours(3e9), "833333:20:00");
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double seconds : {-1.0, 1e10, 1e308, kInfinity, -kInfinity, std::nan("")}) {
    EXPECT_EQ(hours(seconds), "-:--:--") << seconds;
  }
  EXPECT_EQ(hours(std::nullopt), "-:--:--");
}

}  // namespace
}  // namespace regrow::tests
