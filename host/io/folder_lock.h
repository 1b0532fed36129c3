// One writer to a folder at a time: a lock on the file .lock in it, which the system releases when
// its holder ends, however it ends.
#pragma once

#include <filesystem>
#include <string_view>

namespace regrow {

class FolderLock {
 public:
  static constexpr const char* kFileName = ".lock";
  static constexpr const char* kHeld = "another run is writing to it";
  /// Whether an error's message, here or in a log, is the refusal of a lock that another run holds.
  static bool says_held(std::string_view message) {
    return message.find(kHeld) != std::string_view::npos;
  }

  /// Throws Error where another run holds the lock, in this process or another one.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace regrow
