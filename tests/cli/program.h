// The program itself, in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "regrow/run_folder.h"
#include "support/command.h"
#include "support/temp_dir.h"

namespace regrow::tests {

class Program : public testing::Test {
 protected:
  /// Words are separated by blanks.
  static std::vector<std::string> words(const std::string& line) {
    std::vector<std::string> result{REGROW_PROGRAM};
    std::size_t begin = 0;
    while (begin < line.size()) {
      const std::size_t end = std::min(line.find(' ', begin), line.size());
      if (end > begin) result.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
    return result;
  }

  CommandResult regrow(const std::string& arguments, CommandOptions options = {}) const {
    options.folder = dir_.path();
    return run_command(words(arguments), options);
  }

  /// One line "error: …" that holds all `parts`, and nothing on stdout.
  static void expect_error(const CommandResult& result, int exit_code,
                           const std::vector<std::string>& parts) {
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_EQ(result.err.rfind("error: ", 0), 0U) << result.err;
    EXPECT_EQ(result.err.find('\n') + 1, result.err.size()) << "one line: " << result.err;
    for (const std::string& part : parts) {
      EXPECT_NE(result.err.find(part), std::string::npos) << "'" << part << "' in " << result.err;
    }
  }

  std::filesystem::path at(const std::string& name) const { return dir_.path() / name; }
  std::string content(const std::string& name) const { return read_file(at(name)); }
  /// The names in a folder, hidden ones included.
  std::size_t files_in(const std::string& name) const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(at(name)),
                                                  std::filesystem::directory_iterator()));
  }

  /// Ten images of 1 × 12 pixels to train on and ten to test on, all of class `label`, in a folder.
  void write_tiny_mnist(const std::string& folder, char label) const {
    const std::string ten("\0\0\0\x0a", 4), side("\0\0\0\x01\0\0\0\x0c", 8);
    std::filesystem::create_directory(at(folder));
    for (const std::string part : {"train", "t10k"}) {
      std::ofstream(at(folder + "/" + part + "-images-idx3-ubyte"))
          << std::string("\0\0\x08\x03", 4) << ten << side << std::string(120, 'x');
      std::ofstream(at(folder + "/" + part + "-labels-idx1-ubyte"))
          << std::string("\0\0\x08\x01", 4) << ten << std::string(10, label);
    }
  }

  static constexpr const char* kTrain =
      "train --dataset synthetic --synthetic-features 12 --synthetic-train 400 --synthetic-test 50 "
      "--validation holdout:50 --hidden 20,15 --epsilon 3 --batch 25 --threads 1 --device cpu "
      "--method "
      "lset ";

  TempDir dir_;
};

}  // namespace regrow::tests
