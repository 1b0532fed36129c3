// The files of a folder and of those below it, for data sets that archives and other programs put
// deeper than expected.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace regrow {

struct FileSearch {
  std::filesystem::path root;
  std::vector<std::filesystem::path> files;  // regular ones, and links to such; upper folders first
  std::vector<std::filesystem::path> folders;  // below the root, as far as they were looked into
  std::vector<std::filesystem::path> closed;   // folders that may not be looked into
  bool was_cut_off = false;                    // there is more than is looked at
};

/// Looks a few folders deep and at a bounded number of entries, at each folder once, whatever links
/// lead to it. Throws Error naming the folder that cannot be read, and the remedy.
FileSearch find_files(const std::filesystem::path& root);

/// Throws Error unless `folder` is one that can be looked into. `missing_remedy`: where there is
/// none.
void require_folder(const std::filesystem::path& folder, std::string_view missing_remedy);

/// "there, nor in the 2 folders below it (a, a/b)": where nothing of what was wanted is.
std::string places_of(const FileSearch& search);

/// "; data.zip there is not unpacked" where a file looks like a data set in another form, or "".
std::string other_forms(const FileSearch& search);

bool is_archive(const std::filesystem::path& file);

}  // namespace regrow
