// What is UTF-8, by the table of well-formed byte sequences.
#include "config/utf8.h"

#include <gtest/gtest.h>

namespace regrow {
namespace {

TEST(Utf8, TakesTheFirstAndLastOfEachLength) {
  for (const char* text :
       {"", "a", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "données/фото/写真/🙂"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  EXPECT_TRUE(is_utf8(std::string(1, '\0')));
}

TEST(Utf8, RefusesEverythingElse) {
  for (const char* text : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2",
                           "\xC2"
                           "a",
                           "\xC2\xC2", "\xE0\x9F\xBF", "\xE1\x80",
                           "\xE1\x80"
                           "a",
                           "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF1\x80\x80", "\xF1\x80\x80\xC0",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "caf\xE9"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
    EXPECT_FALSE(is_utf8(std::string("before ") + text)) << text;
  }
}

}  // namespace
}  // namespace regrow
