// Which variant of a sweep a run is of, as the sweep's folder tells.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace regrow {

class VariantNames {
 public:
  /// `warnings` takes a line for each file that cannot be read: a name is a help to people, and no
  /// run depends on it.
  explicit VariantNames(std::vector<std::string>& warnings) : warnings_(warnings) {}

  /// The `name` of a [[variant]] of the file that the sweep's folder has a copy of, with which the
  /// run's folder begins its name. "" where there is no such, as of a run outside of a sweep.
  std::string of(const std::filesystem::path& run);

 private:
  using Names = std::unordered_map<std::string, std::string>;  // by the names as folders

  Names names_in(const std::filesystem::path& file);

  std::vector<std::string>& warnings_;
  std::map<std::filesystem::path, Names> of_sweeps_;
};

}  // namespace regrow
