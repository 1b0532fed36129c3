// Where the four files of an IDX data set are, under the names that people have them by.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>

namespace regrow {

enum IdxPart : std::size_t { kTrainImages, kTrainLabels, kTestImages, kTestLabels, kIdxParts };

/// By what an Error says to do.
struct IdxRemedies {
  std::string missing;
  std::string broken;
};

/// Of the set that is found in `directory` or, where none is, below it: of several the one in a
/// folder of its name ("mnist", "fashion_mnist"), as torchvision makes them. Throws Error naming
/// what is missing, or the sets that leave a choice.
std::array<std::filesystem::path, kIdxParts> find_idx_files(const std::string& name,
                                                            const std::filesystem::path& directory,
                                                            const IdxRemedies& remedies);

}  // namespace regrow
