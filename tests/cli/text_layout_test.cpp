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
