// Text wrapped to a width.
#include "cli/terminal/text_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regrow::tests {
namespace {

using testing::ElementsAre;

TEST(Shortened, KeepsBothEnds) {
  EXPECT_EQ(shortened("method=set,seed=12", 18), "method=set,seed=12");
  EXPECT_EQ(shortened("method=set,seed=12", 10), "met…eed=12");
  EXPECT_EQ(shortened("µ±θ±µ", 4), "µ…±µ");
  EXPECT_EQ(shortened("abc", 1), "…");
  EXPECT_EQ(shortened("abc", 0), "");
}

TEST(Wrapped, FillsEachLineUpToTheWidth) {
  EXPECT_THAT(wrapped("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrapped("one two three", 6), ElementsAre("one", "two", "three"));
}

TEST(DisplayWidth, IsInColumns) {
  EXPECT_EQ(display_width("模型A"), 5U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("🙂"), 2U);
  EXPECT_EQ(display_width("\xff"), 1U);
}

TEST(FirstColumns, CutNoCharacter) {
  EXPECT_EQ(first_columns("模型A", 3), "模");
  EXPECT_EQ(first_columns("e\u0301x", 1), "e\u0301");
  EXPECT_EQ(first_columns("ab", 5), "ab");
}

TEST(Shortened, CountsColumns) {
  EXPECT_EQ(shortened("模型模型模型", 8), "模…模型");
  EXPECT_EQ(display_width(shortened("模型模型模型", 8)), 7U) << "half a character is none";
  EXPECT_EQ(shortened("模型", 4), "模型");
  EXPECT_EQ(shortened("xxxxe\u0301e\u0301", 4), "x…e\u0301e\u0301");
}

TEST(Wrapped, CountsCharactersNotBytes) {
  EXPECT_EQ(display_width("± θ"), 3U);
  EXPECT_THAT(wrapped("±± θθ", 5), ElementsAre("±± θθ"));
}

TEST(Wrapped, KeepsLineBreaksAndWordsThatAreTooWide) {
  EXPECT_THAT(wrapped("a\nb c", 80), ElementsAre("a", "b c"));
  EXPECT_THAT(wrapped("a much-too-wide b", 4), ElementsAre("a", "much-too-wide", "b"));
  EXPECT_THAT(wrapped("", 4), ElementsAre(""));
}

}  // namespace
}  // namespace regrow::tests
