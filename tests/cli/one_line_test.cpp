#include "cli/terminal/one_line.h"

#include <gtest/gtest.h>

namespace regrow {
namespace {

TEST(OneLine, LeavesPlainTextAndUtf8) { EXPECT_EQ(one_line("ε = 20, a\\b"), "ε = 20, a\\b"); }

TEST(OneLine, HasNoLineEnds) { EXPECT_EQ(one_line("a\nb"), "a b"); }

TEST(OneLine, WritesControlCharactersOut) {
  EXPECT_EQ(one_line("\x1b[2Jrun\r\t\x7f"), "\\x1b[2Jrun\\x0d\\x09\\x7f");
  EXPECT_EQ(one_line(std::string("a\0b", 3)), "a\\x00b");
}

TEST(OneLine, WritesOutWhatHidesInUtf8) {
  EXPECT_EQ(one_line("a\u009b31mb"), "a\\u009b31mb");
  EXPECT_EQ(one_line("a\u202eb\u2066\u200f"), "a\\u202eb\\u2066\\u200f");
  EXPECT_EQ(one_line("\u00a0\u2013\u2070é"), "\u00a0\u2013\u2070é");
  EXPECT_EQ(one_line("\xE2\x80"), "\xE2\x80") << "cut off";
}

}  // namespace
}  // namespace regrow
