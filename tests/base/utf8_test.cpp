// What is UTF-8, by the table of well-formed byte sequences.
#include "base/utf8.h"

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

TEST(Utf8, TellsWhatIsHidden) {
  for (const char32_t code :
       {U'\x1b', U'\x7f', U'\u0085', U'\u009b', U'\u00ad', U'\u061c', U'\u200b', U'\u200d',
        U'\u200e', U'\u202a', U'\u202e', U'\u2028', U'\u2029', U'\u2060', U'\u2066', U'\u2069',
        U'\ufeff', U'\U000e0041'}) {
    EXPECT_TRUE(is_hidden(static_cast<std::int32_t>(code))) << static_cast<int>(code);
  }
  for (const char32_t code :
       {U' ', U'a', U'\u00a0', U'\u0301', U'é', U'模', U'\u3000', U'🙂', U'\ue000'}) {
    EXPECT_FALSE(is_hidden(static_cast<std::int32_t>(code))) << static_cast<int>(code);
  }
  EXPECT_TRUE(is_blank(0x3000));
  EXPECT_TRUE(is_blank(0xA0));
  EXPECT_FALSE(is_blank('a'));
}

TEST(Utf8, ExcerptsAreCutBetweenCharacters) {
  EXPECT_EQ(excerpt("größe", 5), "größe");
  EXPECT_EQ(excerpt("größe", 3), "grö…");
  EXPECT_EQ(excerpt("\xff\xff\xff", 2), "\xff\xff…");
  EXPECT_EQ(excerpt(std::string(61, 'x')), std::string(60, 'x') + "…");
}

TEST(Utf8, FoldsCaseAndAccents) {
  EXPECT_EQ(case_folded("Größe"), case_folded("GRÖSSE"));
  EXPECT_EQ(case_folded("e\u0301"), case_folded("\u00c9"));
  EXPECT_NE(case_folded("模型A"), case_folded("模型B"));
  EXPECT_NE(case_folded("a"), case_folded("b"));
}

}  // namespace
}  // namespace regrow
