// Lines of a bounded length.
#include "io/line_reader.h"

#include <system_error>
#include <utility>

namespace regrow {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 18;

}  // namespace

LineReader::LineReader(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) file_.open(path, std::ios::binary);
}

bool LineReader::next(std::string& line) {
  std::size_t searched = given_;
  while (true) {
    const std::size_t end = piece_.find('\n', searched);
    if (end != std::string::npos) {
      line.assign(piece_, given_, end - given_);
      given_ = end + 1;
      return true;
    }
    piece_.erase(0, std::exchange(given_, 0));
    searched = piece_.size();
    if (searched > kMostBytes) has_failed_ = true;
    if (has_failed_ || !file_.is_open() || !file_) return false;
    piece_.resize(searched + kPieceBytes);
    file_.read(piece_.data() + searched, static_cast<std::streamsize>(kPieceBytes));
    piece_.resize(searched + static_cast<std::size_t>(file_.gcount()));
    if (file_.bad()) has_failed_ = true;
  }
}

}  // namespace regrow
