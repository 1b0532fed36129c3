// Timings of the epochs, a line each.
#include "train/timings_file.h"

#include <string>

#include "io/line_reader.h"
#include "regrow/error.h"

namespace regrow {

TimingsFile::TimingsFile(const RunFolder& folder, std::uint32_t first_epoch)
    : file_(folder.timings_to_append()) {
  begun_.epoch = first_epoch;
  std::uint64_t kept_bytes = 0;
  LineReader lines(folder.timings());
  std::string line;
  std::uint32_t next_epoch = 0;
  while (lines.next(line)) {
    EpochTimings timings;
    try {
      timings = parse_epoch_timings(line, folder.timings().string());
    } catch (const Error&) {
      break;
    }
    if (timings.epoch < next_epoch || timings.epoch > first_epoch) break;
    if (timings.epoch == first_epoch) {
      begun_ = timings;
      break;
    }
    next_epoch = timings.epoch + 1;
    seconds_.push_back(timings.total());
    kept_bytes += line.size() + 1;
  }
  file_.cut_back(kept_bytes);
}

void TimingsFile::append(const EpochTimings& timings) {
  append_begun(timings);
  seconds_.push_back(timings.total());
}

void TimingsFile::append_begun(const EpochTimings& timings) {
  file_.append(to_json_line(timings) + "\n");
}

}  // namespace regrow
