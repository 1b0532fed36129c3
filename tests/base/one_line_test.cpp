#include "base/one_line.h"

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
  EXPECT_EQ(one_line("a\u061cb\u200bc\u2060\ufeff\u00ad"),
            "a\\u061cb\\u200bc\\u2060\\ufeff\\u00ad");
  EXPECT_EQ(one_line("a\u2028b\u2029\u0085"), "a\\u2028b\\u2029\\u0085");
  EXPECT_EQ(one_line("\U000e0041"), "\\U000e0041");
}

TEST(OneLine, IsUtf8) {
  EXPECT_EQ(one_line("a\xff\xc2"), "a\\xff\\xc2");
  EXPECT_EQ(one_line("\xE2\x80"), "\\xe2\\x80") << "cut off";
  EXPECT_EQ(one_line("größe 模型 🙂 e\u0301"), "größe 模型 🙂 e\u0301");
}

TEST(OneLine, QuotesLittleOfALongWord) {
  const std::string path = std::string(255, 'a') + '/' + std::string(255, 'b');
  EXPECT_EQ(one_line(path + ": '" + std::string(100000, 'k') + "' is none"),
            path + ": '" + std::string(59, 'k') + "… is none");
}

TEST(OneLine, LeavesOutTheMiddleOfWhatFillsScreens) {
  std::string message = "a.toml: ";
  for (int i = 0; i < 10000; ++i) message += "key ";
  const std::string line = one_line(message + "; leave it out");
  EXPECT_LT(line.size(), 4000U);
  EXPECT_TRUE(line.starts_with("a.toml: key key ")) << line;
  EXPECT_TRUE(line.ends_with("key ; leave it out")) << line;
  EXPECT_NE(line.find("…"), std::string::npos);
}

}  // namespace
}  // namespace regrow
