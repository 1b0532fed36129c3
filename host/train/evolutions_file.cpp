#include "train/evolutions_file.h"

#include <filesystem>
#include <string>

#include "regrow/metrics.h"

namespace regrow {

EvolutionsFile::EvolutionsFile(const RunFolder& folder, const Checkpoint& state)
    : folder_(folder), all_(state.evolutions) {
  // Whatever has the name is opened, and refused where it is no file of a run.
  if (!std::filesystem::exists(std::filesystem::symlink_status(folder.evolutions()))) return;
  file_.emplace(folder.evolutions_to_append());
  file_->cut_back(all_.bytes);
}

void EvolutionsFile::append(const std::vector<EvolutionRecord>& records) {
  std::string lines;
  for (const EvolutionRecord& record : records) lines += to_json_line(record) + "\n";
  if (lines.empty()) return;
  if (!file_) file_.emplace(folder_.evolutions_to_append());
  file_->append(lines);
  all_ = extended(all_, lines);
}

void EvolutionsFile::sync() {
  if (file_) file_->sync();
}

}  // namespace regrow
