// Which variant of a sweep a run is of, as the sweep's folder tells.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace regrow {

class VariantNames {
 public:
  /// The `name` of a [[variant]] of the file that the sweep's folder has a copy of, with which the
  /// run's folder begins its name. "" where there is no such, as of a run outside of a sweep.
  std::string of(const std::filesystem::path& run);

 private:
  std::map<std::filesystem::path, std::vector<std::string>> of_sweeps_;
};

}  // namespace regrow
