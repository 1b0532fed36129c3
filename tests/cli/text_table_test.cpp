// Tables as text, Markdown, CSV and LaTeX.
#include "cli/table/text_table.h"

#include <gtest/gtest.h>

namespace regrow::tests {
namespace {

const TextTable kTable{{"name", "n"}, {{"a,b", "12"}, {"ζ", "3"}}};

TEST(TextTable, AlignsByCharactersNotBytes) {
  EXPECT_EQ(as_text(kTable), "name   n\na,b   12\nζ      3\n");
}

TEST(TextTable, AlignsByColumnsOfTheTerminal) {
  EXPECT_EQ(as_text({{"name", "n"}, {{"模型", "1"}, {"e\u0301", "2"}}}),
            "name  n\n模型  1\ne\u0301     2\n");
}

TEST(TextTable, IsMarkdown) {
  EXPECT_EQ(as_markdown(kTable), "| name |  n |\n|---|---:|\n| a,b  | 12 |\n| ζ    |  3 |\n");
}

TEST(TextTable, KeepsABarInItsMarkdownCell) {
  EXPECT_EQ(as_markdown({{"x|y"}, {{"a|b|"}}}), "| x\\|y   |\n|---|\n| a\\|b\\| |\n");
}

TEST(TextTable, QuotesInCsv) {
  EXPECT_EQ(as_csv(kTable), "name,n\n\"a,b\",12\nζ,3\n");
  EXPECT_EQ(csv_field("say \"x\""), "\"say \"\"x\"\"\"");
}

TEST(TextTable, IsLatex) {
  const TextTable table{{"run_name", "p (%)"},
                        {{"a_b & c", "0.5 ± 0.1"}, {"50 %", "-0.25 ± 0.1"}, {"x", "-"}}};
  EXPECT_EQ(as_latex(table),
            "\\begin{tabular}{lr}\n\\toprule\n"
            "run\\_name & p (\\%) \\\\\n\\midrule\n"
            "a\\_b \\& c & 0.5 $\\pm$ 0.1 \\\\\n"
            "50 \\% & $-$0.25 $\\pm$ 0.1 \\\\\n"
            "x & -- \\\\\n\\bottomrule\n\\end{tabular}\n");
}

TEST(TextTable, EscapesAllThatIsSpecialInLatex) {
  EXPECT_EQ(latex_text("\\~^&%$#_{}ζ"),
            "\\textbackslash{}\\textasciitilde{}\\textasciicircum{}\\&\\%\\$\\#\\_\\{\\}ζ");
}

TEST(TextTable, WritesPowersOfTenAndSignsAsLatexMathematics) {
  const auto cell = [](const std::string& number) {
    const std::string text = as_latex({{"", ""}, {{"", number}}});
    const std::size_t begin = text.find("midrule\n & ") + 11;
    return text.substr(begin, text.find(" \\\\\n", begin) - begin);
  };
  EXPECT_EQ(cell("1.95e-06"), "1.95$\\times 10^{-6}$");
  EXPECT_EQ(cell("2e+10"), "2$\\times 10^{10}$");
  EXPECT_EQ(cell("+0.3 %"), "$+$0.3 \\%");
  EXPECT_EQ(cell("+0.1 ± 0.02"), "$+$0.1 $\\pm$ 0.02");
}

}  // namespace
}  // namespace regrow::tests
