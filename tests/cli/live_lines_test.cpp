// Lines that are drawn again and again.
#include "cli/terminal/live_lines.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/terminal/text_layout.h"

namespace regrow::tests {
namespace {

const BarLine kBar = {.head = "epoch 3/10", .done = 0.25, .facts = {"ETA 0:01:23", "loss 0.5000"}};

TEST(BarLines, FillTheTerminalWithTheFactsThatFit) {
  EXPECT_EQ(drawn(kBar, 60), "epoch 3/10 [###...........]  25 %  ETA 0:01:23  loss 0.5000");
  EXPECT_EQ(drawn(kBar, 50), "epoch 3/10 [####.............]  25 %  ETA 0:01:23");
  EXPECT_EQ(drawn(kBar, 30), "epoch 3/10 [##........]  25 %");
  EXPECT_EQ(drawn(kBar, 20), "epoch 3/10 [#.....]");
  EXPECT_EQ(drawn(kBar, 15), "epoch 3/10");
  EXPECT_EQ(drawn(kBar, 8), "epoch 3");
}

TEST(BarLines, AreAlwaysNarrowerThanTheTerminal) {
  const BarLine line = {.head = "µ…  3/10", .done = 2, .facts = {"a", "bc", "def"}};
  for (std::size_t columns = 1; columns <= 120; ++columns) {
    EXPECT_LT(display_width(drawn(line, columns)), columns);
    EXPECT_LT(display_width(drawn(line, columns, 10)), columns);
    EXPECT_LT(display_width(drawn(kBar, columns)), columns);
  }
}

TEST(BarLines, SayAHundredPercentOnlyAtTheEnd) {
  EXPECT_NE(drawn({"r", 0.9999, {}}, 40).find(".]  99 %"), std::string::npos);
  EXPECT_NE(drawn({"r", 1, {}}, 40).find("#] 100 %"), std::string::npos);
}

TEST(LiveLines, TakeThePlaceOfTheFormerOnes) {
  std::ostringstream out;
  LiveLines live(out);
  live.draw({"one", "two"}, 10);
  EXPECT_EQ(out.str(), "\rone\x1b[K\ntwo\x1b[J");
  out.str("");
  live.draw({"three"}, 10);
  EXPECT_EQ(out.str(), "\r\x1b[1Athree\x1b[J");
  out.str("");
  live.draw({"four"}, 10);
  EXPECT_EQ(out.str(), "\rfour\x1b[J");
  out.str("");
  live.draw({"five", "six"}, 10);
  out.str("");
  live.clear(10);
  EXPECT_EQ(out.str(), "\r\x1b[K\x1b[A\x1b[K");
  out.str("");
  live.clear(10);
  EXPECT_EQ(out.str(), "") << "nothing is there any more";
}

TEST(LiveLines, FindTheirStartWhereTheTerminalBecameNarrower) {
  std::ostringstream out;
  LiveLines live(out);
  live.draw({"0123456789012345678", "0123"}, 20);
  out.str("");
  live.draw({"01234567", "0123"}, 9);  // three rows and one
  EXPECT_EQ(out.str(), "\r\x1b[3A01234567\x1b[K\n0123\x1b[J");
}

}  // namespace
}  // namespace regrow::tests
