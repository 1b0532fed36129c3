#include "cli/one_line.h"

#include <gtest/gtest.h>

namespace regrow {
namespace {

TEST(OneLine, LeavesPlainTextAndUtf8) { EXPECT_EQ(one_line("ε = 20, a\\b"), "ε = 20, a\\b"); }

TEST(OneLine, HasNoLineEnds) { EXPECT_EQ(one_line("a\nb"), "a b"); }

TEST(OneLine, WritesControlCharactersOut) {
  EXPECT_EQ(one_line("\x1b[2Jrun\r\t\x7f"), "\\x1b[2Jrun\\x0d\\x09\\x7f");
  EXPECT_EQ(one_line(std::string("a\0b", 3)), "a\\x00b");
}

}  // namespace
}  // namespace regrow
