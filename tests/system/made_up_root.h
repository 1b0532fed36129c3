// Files as /proc and /sys/fs/cgroup have them, in a folder.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "support/temp_dir.h"

namespace regrow::tests {

class MadeUpRoot {
 public:
  std::filesystem::path path() const { return dir_.path(); }
  void write(const std::string& file, const std::string& content) const {
    const std::filesystem::path path = dir_.path() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << content;
  }

 private:
  TempDir dir_;
};

}  // namespace regrow::tests
