#include "train/evolutions_file.h"

#include <string>

#include "regrow/metrics.h"

namespace regrow {

EvolutionsFile::EvolutionsFile(const RunFolder& folder, const Checkpoint& state)
    : file_(folder.evolutions_to_append()), all_(state.evolutions) {
  file_.cut_back(all_.bytes);
}

void EvolutionsFile::append(const std::vector<EvolutionRecord>& records) {
  std::string lines;
  for (const EvolutionRecord& record : records) lines += to_json_line(record) + "\n";
  if (lines.empty()) return;
  file_.append(lines);
  all_ = extended(all_, lines);
}

}  // namespace regrow
