// What the injection library has written down, put as text that shows how ranges are nested.
#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace regrow::tests {

/// The record since the last call, from the library that NVTX itself has loaded.
inline std::string take_nvtx_record() {
  const char* const path = std::getenv("NVTX_INJECTION64_PATH");
  if (path == nullptr) {
    ADD_FAILURE() << "NVTX_INJECTION64_PATH does not name the injection library; ctest sets it";
    return {};
  }
  void* const library = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr) {
    ADD_FAILURE() << "NVTX has not loaded " << path;
    return {};
  }
  using Take = const char*();
  const auto take = reinterpret_cast<Take*>(dlsym(library, "regrow_take_nvtx_record"));
  std::string record = take();
  dlclose(library);  // NVTX holds it, too
  return record;
}

/// One thread's ranges: a line for each outer one, which shows those within it.
///   epoch(upload step step)
///   evaluate
class RangeText {
 public:
  void push(const std::string& name) {
    if (!open_.empty()) text_ += open_.back() ? ' ' : '(';
    if (!open_.empty()) open_.back() = true;
    text_ += name;
    open_.push_back(false);
  }
  void pop() {
    ASSERT_FALSE(open_.empty()) << "a pop without a push, after:\n" << text_;
    if (open_.back()) text_ += ')';
    open_.pop_back();
    if (open_.empty()) text_ += '\n';
  }

  /// Once all ranges are closed.
  std::string finish() const {
    EXPECT_TRUE(open_.empty()) << open_.size() << " ranges are left open:\n" << text_;
    return text_;
  }

 private:
  std::string text_;
  std::vector<bool> open_;  // by depth: does the range hold others?
};

/// By thread. Every call in a domain other than `regrow`, or of another kind, is a failure.
inline std::map<std::size_t, std::string> ranges_by_thread(const std::string& record) {
  std::map<std::size_t, RangeText> threads;
  std::istringstream lines(record);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::size_t thread = 0;
    std::string domain, call, name;
    words >> thread >> domain >> call >> name;
    if (domain == "regrow" && call == "push") {
      threads[thread].push(name);
    } else if (domain == "regrow" && call == "pop") {
      threads[thread].pop();
    } else {
      ADD_FAILURE() << "an NVTX call that is not documented: " << line;
    }
  }
  std::map<std::size_t, std::string> result;
  for (const auto& [thread, text] : threads) result[thread] = text.finish();
  return result;
}

/// Of a record that one thread alone has made.
inline std::string ranges(const std::string& record) {
  const auto threads = ranges_by_thread(record);
  EXPECT_EQ(threads.size(), 1U) << record;
  return threads.empty() ? "" : threads.begin()->second;
}

}  // namespace regrow::tests
