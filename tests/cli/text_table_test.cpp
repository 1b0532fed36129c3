// Tables as text, Markdown and CSV.
#include "cli/text_table.h"

#include <gtest/gtest.h>

namespace regrow::tests {
namespace {

const TextTable kTable{{"name", "n"}, {{"a,b", "12"}, {"ζ", "3"}}};

TEST(TextTable, AlignsByCharactersNotBytes) {
  EXPECT_EQ(as_text(kTable), "name   n\na,b   12\nζ      3\n");
}

TEST(TextTable, IsMarkdown) {
  EXPECT_EQ(as_markdown(kTable), "| name |  n |\n|---|---:|\n| a,b  | 12 |\n| ζ    |  3 |\n");
}

TEST(TextTable, QuotesInCsv) {
  EXPECT_EQ(as_csv(kTable), "name,n\n\"a,b\",12\nζ,3\n");
  EXPECT_EQ(csv_field("say \"x\""), "\"say \"\"x\"\"\"");
}

}  // namespace
}  // namespace regrow::tests
