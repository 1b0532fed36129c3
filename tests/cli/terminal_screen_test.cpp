// What train shows where both of its streams are a terminal.
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <regex>
#include <sstream>

#include "cli/program.h"
#include "cli/terminal/text_layout.h"

namespace regrow::tests {
namespace {

class OnATerminal : public Program {
 protected:
  /// All that a terminal of so many columns was sent, without the "\r" that it adds to line ends.
  /// `asked`: what COLUMNS says, which is not set where it is empty.
  std::string sent(const std::string& arguments, std::size_t columns,
                   const std::string& term = "xterm", const std::string& asked = "") const {
    std::vector<std::string> command = {"/usr/bin/env", "-u",      "CI",
                                        "-u",           "COLUMNS", "TERM=" + term};
    if (!asked.empty()) command.push_back("COLUMNS=" + asked);
    for (const std::string& word : words(arguments)) command.push_back(word);
    std::vector<char*> argv;
    for (std::string& word : command) argv.push_back(word.data());
    argv.push_back(nullptr);
    const winsize size = {.ws_row = 24,
                          .ws_col = static_cast<unsigned short>(columns),
                          .ws_xpixel = 0,
                          .ws_ypixel = 0};
    int terminal = -1;
    const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
    if (child == 0) {
      if (chdir(dir_.path().c_str()) == 0) execv(argv[0], argv.data());
      _exit(127);
    }
    EXPECT_GT(child, 0);
    std::string text;
    std::array<char, 4096> buffer{};
    // It fails once the other end is closed.
    for (ssize_t count = 0; (count = read(terminal, buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    close(terminal);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << text;
    return std::regex_replace(text, std::regex("\r\n"), "\n");
  }
};

TEST_F(OnATerminal, LinesOfEpochsAndABarAreFittedToIt) {
  for (const std::size_t columns : {40U, 60U, 100U, 200U}) {
    const std::string text = sent(std::string(kTrain) + "--epochs 60 --force --out r", columns);
    const std::string written = std::regex_replace(text, std::regex("\r|\x1b\\[\\d*[A-Z]"), "\n");
    std::istringstream pieces(written);
    for (std::string piece; std::getline(pieces, piece);) {
      EXPECT_LE(display_width(piece), columns) << piece;
    }
    for (const char* part : {"\nlines:  every 2nd epoch, and the ", "\nepoch  ", "\n    1  ",
                             "\n   40  ", "\n   60  ", "/60 [", "\nfinished 60 epochs in "}) {
      EXPECT_NE(written.find(part), std::string::npos) << part << " in " << written;
    }
    EXPECT_EQ(text.find("epoch 1/60  loss"), std::string::npos) << "a plain line";
    EXPECT_EQ(text.substr(text.size() - 10), "folder: r\n");
    EXPECT_FALSE(std::regex_search(text, std::regex("\x1b\\[[0-9;]*m"))) << "colours";
  }
}

std::size_t widest_line(const std::string& text) {
  std::istringstream pieces(std::regex_replace(text, std::regex("\r|\x1b\\[\\d*[A-Z]"), "\n"));
  std::size_t widest = 0;
  for (std::string piece; std::getline(pieces, piece);) {
    widest = std::max(widest, display_width(piece));
  }
  return widest;
}

TEST_F(OnATerminal, MayBeAskedForFewerColumnsAndForNoMore) {
  const std::string train = std::string(kTrain) + "--epochs 3 --force --out r";
  EXPECT_LE(widest_line(sent(train, 100, "xterm", "60")), 60U);
  EXPECT_LE(widest_line(sent(train, 60, "xterm", "200")), 60U);
  for (const char* senseless : {"99999999999", "18446744073709551615", "3", "x"}) {
    const std::size_t widest = widest_line(sent(train, 100, "xterm", senseless));
    EXPECT_LE(widest, 100U) << senseless;
    EXPECT_GT(widest, 60U) << senseless;
  }
}

TEST_F(OnATerminal, ThatCannotRedrawAreThePlainLinesAlone) {
  const std::string text = sent(std::string(kTrain) + "--epochs 60 --out r", 60, "dumb");
  EXPECT_EQ(text.find_first_of("\r\x1b"), std::string::npos);
  for (const char* part : {"\nepoch 1/60  loss ", "\nepoch 59/60  loss ", "\nepoch 60/60  loss "}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
}

}  // namespace
}  // namespace regrow::tests
