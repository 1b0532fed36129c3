// Lines of files that somebody may have damaged.
#include "io/line_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "io/io_test_support.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  LineReader reader(path);
  for (std::string line; reader.next(line);) lines.push_back(line);
  EXPECT_FALSE(reader.has_failed());
  return lines;
}

TEST(LineReader, GivesWholeLinesOfAnyLength) {
  const TempDir dir;
  const auto path = dir.path() / "lines";
  const std::vector<std::string> lines = {
      "", "a", std::string(300'000, 'b'), "", std::string(2'000'000, 'c'), "d"};
  std::string bytes;
  for (const std::string& line : lines) bytes += line + "\n";
  put_bytes(path, bytes);
  EXPECT_TRUE(lines_of(path) == lines);
  put_bytes(path, bytes + "without an end");
  EXPECT_TRUE(lines_of(path) == lines);
  put_bytes(path, "");
  EXPECT_TRUE(lines_of(path).empty());
  EXPECT_TRUE(lines_of(dir.path() / "none").empty());
  EXPECT_TRUE(lines_of(dir.path()).empty()) << "a folder";
}

// Of a terabyte without a line end it reads no more than a line may have.
TEST(LineReader, GivesUpALineThatNoRecordHas) {
  const TempDir dir;
  const auto path = dir.path() / "sparse";
  put_bytes(path, "first\n");
  std::filesystem::resize_file(path, std::uintmax_t{1} << 40);
  LineReader reader(path);
  std::string line;
  EXPECT_TRUE(reader.next(line));
  EXPECT_EQ(line, "first");
  EXPECT_FALSE(reader.next(line));
  EXPECT_TRUE(reader.has_failed());
}

}  // namespace
}  // namespace regrow
