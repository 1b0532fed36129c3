// A word that a shell reads back as the path.
#include "base/shell_word.h"

#include <gtest/gtest.h>

namespace regrow {
namespace {

TEST(ShellWord, QuotesWhatAShellWouldTakeApart) {
  for (const char* plain : {"run", "runs/cifar10-set-s0", "a,b=c", "größe/模型", "./x"}) {
    EXPECT_EQ(shell_word(plain), plain);
  }
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("~/run"), "'~/run'");
  EXPECT_EQ(shell_word("=a"), "'=a'");
  EXPECT_EQ(shell_word("$(x);*\\"), "'$(x);*\\'");
  EXPECT_EQ(shell_word("-x"), "./-x");
  EXPECT_EQ(shell_word("-x y"), "'./-x y'");
}

TEST(ShellWord, WritesOutWhatNoTerminalShows) {
  EXPECT_EQ(shell_word("a\x1b'\\"), "$'a\\033\\'\\\\'");
  EXPECT_EQ(shell_word("n\xff"), "$'n\\377'");
  EXPECT_EQ(shell_word("a\nb\u202e"), "$'a\\012b\\342\\200\\256'");
}

}  // namespace
}  // namespace regrow
