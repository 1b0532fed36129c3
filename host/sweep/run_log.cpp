// Reads the lines that `regrow train` prints, one an epoch, where it is not on a terminal.
#include "sweep/run_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <string_view>
#include <system_error>

#include "regrow/error.h"

namespace regrow {
namespace {

constexpr std::uintmax_t kTailBytes = 4096;  // several lines

}  // namespace

void refuse_log(const std::filesystem::path& log, int error_number) {
  throw Error(fmt::format("{}: cannot be written: {}; check the folder or give another --out",
                          log.string(), std::generic_category().message(error_number)));
}

LogTail read_log_tail(const std::filesystem::path& log, std::uintmax_t from) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(log, error);
  if (error || size <= from) return {};
  std::ifstream file(log, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(std::max(from, size - std::min(size, kTailBytes))));
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};

  static const std::regex epoch_line(
      R"(epoch (\d{1,9})  (loss .*)  ([0-9.]{1,12}) s(?:  paused)?)");
  LogTail tail;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;  // not yet whole
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty()) continue;
    tail.last_line = line;
    if (line.starts_with("error: ")) tail.last_error = line;
    std::smatch match;
    if (std::regex_match(line, match, epoch_line)) {
      tail.epoch = LoggedEpoch{static_cast<std::uint32_t>(std::stoul(match[1])), match[2],
                               std::stod(match[3])};
    }
  }
  return tail;
}

}  // namespace regrow
