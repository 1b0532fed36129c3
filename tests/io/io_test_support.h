// What the tests of files share: raw bytes in and out, and the text of an expected Error.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "regrow/error.h"

namespace regrow {

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Removes the old file first: ext4 waits for the disk when a file is truncated and rewritten.
inline void put_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary) << bytes;
}

/// What the Error thrown by `action` says; a failed test and "" where none is thrown.
template <typename Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "one line, please";
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return "";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline std::size_t entries_in(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator entries(folder);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

/// Puts what is no regular file at `path`, one after the other; calls check(kind).
template <typename Check>
inline void with_each_other_kind(const std::filesystem::path& path, Check check) {
  const std::filesystem::path target = path.string() + "-target";
  put_bytes(target, "of the target");
  std::filesystem::create_symlink(target, path);
  check("a symbolic link");
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  EXPECT_EQ(bytes_of(target), "of the target");
  std::filesystem::remove(path);
  std::filesystem::create_symlink("nowhere", path);
  check("a symbolic link");
  EXPECT_FALSE(std::filesystem::exists(path.parent_path() / "nowhere"));
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  check("a pipe");
  EXPECT_TRUE(std::filesystem::is_fifo(path));
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  check("a folder");
  EXPECT_TRUE(std::filesystem::is_directory(path));
  std::filesystem::remove(path);
  std::filesystem::remove(target);
}

}  // namespace regrow
