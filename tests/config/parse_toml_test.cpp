// Nesting is counted as the parser nests, whatever it is written as, before the parser's stack can
// overflow.
#include "config/parse_toml.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>

#include "regrow/error.h"

namespace regrow {
namespace {

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

/// "a.a.a", of so many parts.
std::string key_of(std::size_t parts) { return "a" + repeated(".a", parts - 1); }

std::string parse_refusal(const std::string& text) {
  try {
    parse_toml(text, "deep.toml");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

std::string too_deep_in(const std::string& line) {
  return "deep.toml:" + line +
         ": is nested more than 32 levels deep; a setting stands in a section, not deeper";
}

/// Of tables and lists within one another.
std::size_t depth_of(const toml::node& node) {
  std::size_t deepest = 0;
  if (const toml::table* table = node.as_table()) {
    for (const auto& [key, value] : *table) deepest = std::max(deepest, depth_of(value));
  } else if (const toml::array* array = node.as_array()) {
    for (const toml::node& value : *array) deepest = std::max(deepest, depth_of(value));
  } else {
    return 0;
  }
  return deepest + 1;
}

TEST(ParseToml, TakesSomeLevelsAndRefusesMore) {
  const std::size_t most = kMostTomlLevels;
  EXPECT_EQ(parse_refusal(key_of(most) + " = 1\n"), "accepted");
  EXPECT_EQ(parse_refusal(key_of(most + 1) + " = 1\n"), too_deep_in("1"));
  EXPECT_EQ(parse_refusal("[" + key_of(most - 1) + "]\nb = 1\n"), "accepted");
  EXPECT_EQ(parse_refusal("[" + key_of(most + 1) + "]\n"), too_deep_in("1"));
  EXPECT_EQ(parse_refusal("[" + key_of(most - 1) + "]\n\n[b]\nc.c.c = 1\n"), "accepted");
  EXPECT_EQ(parse_refusal("[" + key_of(most - 1) + "]\n\nb.b = 1\n"), too_deep_in("3"));
  EXPECT_EQ(parse_refusal("[[" + key_of(most) + "]]\nb = 1\n"), too_deep_in("1"));
  EXPECT_EQ(parse_refusal("a = " + repeated("[", 30) + repeated("]", 30) + "\n"), "accepted");
  EXPECT_EQ(parse_refusal("a = " + repeated("[", 33)), too_deep_in("1"));
  EXPECT_EQ(parse_refusal("a = " + repeated("{b.c = ", 20) + "1" + repeated("}", 20)),
            too_deep_in("1"));
  EXPECT_EQ(parse_refusal("a = [\n" + repeated("{b = [\n", 20)), too_deep_in("17"));
}

TEST(ParseToml, RefusesWhatWouldOverflowTheStack) {
  const std::size_t many = 100000;
  for (const std::string& text :
       {key_of(many) + " = 1", "[" + key_of(many) + "]", "[[" + key_of(many) + "]]",
        "a = " + repeated("[", many), "a = " + repeated("{a = ", many),
        "\xEF\xBB\xBF[" + key_of(many) + "]", "'a'" + repeated(".\"a\"", many) + " = 1",
        "a = [{b = 1}, {" + key_of(many) + " = 1}]"}) {
    EXPECT_EQ(parse_refusal(text), too_deep_in("1")) << text.substr(0, 20);
  }
}

TEST(ParseToml, CountsNothingInStringsAndComments) {
  const std::string many = repeated("[.{", 40);
  EXPECT_EQ(parse_refusal("# " + many + "\na = \"" + many + "\\\"" + many + "\" # " + many +
                          "\nb = '" + many + "\\'\nc = \"\"\"\n" + many + "\"" + many + "\\\"\"\"" +
                          many + "\"\"\"\"\"\nd = '''" + many + "''" + many + "\n'''''\n\"" + many +
                          "\".e = 1\n"),
            "accepted");
  EXPECT_EQ(parse_refusal("a = \"\"\"\n\n\"\"\"\nb = ''\n" + key_of(33) + " = 1"),
            too_deep_in("5"));
}

TEST(ParseToml, CountsAgainForEachValue) {
  EXPECT_EQ(parse_refusal(repeated("[a.b.c]\nd.e = [1.5, [2.5, {f.g = 07:32:00.5}]]\n", 1)),
            "accepted");
  EXPECT_EQ(parse_refusal("a = [" + repeated("[1.5], {b.c = 1}, ", 100) + "]\n" +
                          "b = {c = 1, d.e = 2}\n"),
            "accepted");
}

RC_GTEST_PROP(ParseToml, IsNeverNestedMuchDeeper, ()) {
  // A list of tables adds a level that its header does not show.
  static const std::vector<std::string> words = {
      "a",   "b",    ".",           "=",      "=1",  "[",
      "[[",  "]",    "]]",          "{",      "}",   ",",
      "\n",  "\"",   "'''",         "'",      "#",   "\"\"\"",
      "\\",  " ",    "1.5",         "\n[a.",  "a.b", "a.b.a",
      "[a]", "\r\n", "\n[[a.b]]\n", "={a.b=", "=[[", ".a.a.a.a.a.a.a.a"};
  std::string text;
  for (const std::size_t word : *rc::gen::container<std::vector<std::size_t>>(
           rc::gen::inRange<std::size_t>(0, words.size()))) {
    text += words[word];
  }
  try {
    RC_ASSERT(depth_of(parse_toml(text, "any.toml")) <= 2 * kMostTomlLevels + 1);
  } catch (const UsageError& refusal) {
    RC_ASSERT(std::string(refusal.what()).starts_with("any.toml:"));
  }
}

TEST(ParseToml, RefusesMoreThanAnyConfigurationHas) {
  EXPECT_EQ(parse_refusal(std::string(kMostTomlBytes, '\n')), "accepted");
  EXPECT_EQ(parse_refusal(std::string(kMostTomlBytes + 1, '\n')),
            "deep.toml: is longer than 8 MiB, which no configuration is");
}

TEST(ParseToml, SaysWhatToDoAboutATextThatIsNotUtf8) {
  using namespace std::string_literals;
  for (const std::string& utf16 : {"\xff\xfe[\0d\0]\0\n\0"s, "\xfe\xff\0[\0d\0]\0\n"s}) {
    EXPECT_TRUE(parse_refusal(utf16).ends_with(": is UTF-16; save it as UTF-8"));
  }
  EXPECT_TRUE(parse_refusal("a = 1\n[\0d\0]\0"s)
                  .ends_with(":2: has a NUL byte, as UTF-16 and damaged files have; save it as "
                             "UTF-8, or write it anew"));
  EXPECT_TRUE(parse_refusal("a = 1\n\n# Caf\xe9\n")
                  .ends_with(":3: is not UTF-8 (byte 0xe9); save it as UTF-8"));
  EXPECT_TRUE(parse_toml("\xef\xbb\xbf"
                         "a = 1 # Caf\xc3\xa9\n",
                         "s.toml")
                  .contains("a"));
}

TEST(ParseToml, TakesTimeLinearInTheSize) {
  const std::size_t many = kMostTomlBytes / 8;
  for (const char* piece : {"\"", "'", "#", "[", "\"\\", "a=1\n", "\n", "=", "'''", "a.\n"}) {
    EXPECT_NE(parse_refusal(repeated(piece, many / 2)), "") << piece;
  }
}

TEST(ParseToml, QuotesLittleOfALongKey) {
  const std::string key(100000, 'k');
  const std::string refusal = parse_refusal(key + " = 1\n" + key + " = 1\n");
  EXPECT_EQ(refusal.find("deep.toml:2: "), 0U);
  EXPECT_LT(refusal.size(), 250U);
}

}  // namespace
}  // namespace regrow
