#include "readers/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "base/file_kind.h"
#include "base/read_failure.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

}  // namespace

ByteSource::Descriptor::~Descriptor() {
  if (is_own) close(number);
}

ByteSource::ByteSource(const std::string& path, Passes passes)
    : name_(path == "-" ? "standard input" : path) {
  if (path != "-") open(path);
  struct stat status = {};
  if (fstat(descriptor_.number, &status) != 0) {
    if (errno == EBADF) fail("closed", "redirect a file or a pipe to it");
    fail_to_read(name_, errno);
  }
  if (S_ISDIR(status.st_mode)) fail("is a folder", "give a file");
  is_regular_ = S_ISREG(status.st_mode) && path != "-";
  start_ = lseek(descriptor_.number, 0, SEEK_CUR);
  is_seekable_ = S_ISREG(status.st_mode) && start_ >= 0;

  kept_.resize(GzipStream::kMagic.size());
  kept_.resize(read_descriptor(kept_));
  const std::string magic(kept_.begin(), kept_.end());
  is_gzipped_ = magic == GzipStream::kMagic;
  if (magic.size() == 1 && GzipStream::kMagic.starts_with(magic)) {
    fail("truncated: a gzip file has more than 1 byte", "get it anew");
  }
  if (is_seekable_) kept_.clear();
  keeps_ = passes == Passes::kMany && !is_seekable_;
  begin();
  if (head_.empty()) fail("empty", "give a file that has samples");
}

void ByteSource::open(const std::string& path) {
  using std::filesystem::file_type;
  if (type_to_read(path) == file_type::not_found) fail("missing", "check the path");
  descriptor_.number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor_.number < 0) fail_to_read(path, errno);
  descriptor_.is_own = true;
}

void ByteSource::begin() {
  if (is_seekable_ && lseek(descriptor_.number, start_, SEEK_SET) < 0) fail_to_read(name_, errno);
  kept_position_ = 0;
  if (is_gzipped_) {
    gzip_ = std::make_unique<GzipStream>(
        [this](std::span<std::uint8_t> out) { return read_raw(out); },
        [this](const std::string& problem) { fail(problem, "get it anew"); });
  }
  head_.resize(kKindBytes);
  head_.resize(
      read_unpacked(std::span(reinterpret_cast<std::uint8_t*>(head_.data()), head_.size())));
  head_position_ = 0;
}

void ByteSource::rewind() {
  REGROW_CHECK(is_seekable_ || keeps_, "a pipe that is not kept is read twice");
  begin();
}

std::size_t ByteSource::read(std::span<std::uint8_t> out) {
  const std::size_t from_head = std::min(out.size(), head_.size() - head_position_);
  std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(head_position_), from_head, out.begin());
  head_position_ += from_head;
  return from_head + read_unpacked(out.subspan(from_head));
}

std::vector<std::uint8_t> ByteSource::read_exactly(std::uint64_t bytes) {
  std::vector<std::uint8_t> all;
  while (all.size() < bytes) {
    // As much again as has been found to be there, so that copies cost no more than reading does.
    const std::uint64_t piece =
        std::min<std::uint64_t>(bytes - all.size(), std::max(all.size(), kPieceBytes));
    const std::size_t before = all.size();
    all.resize(before + piece);
    const std::size_t got = read(std::span(all).subspan(before));
    if (got < piece) {
      fail(fmt::format("truncated: it ends {} bytes too early", grouped(bytes - before - got)),
           "get it anew");
    }
  }
  return all;
}

std::vector<std::uint8_t> ByteSource::read_rest() {
  std::vector<std::uint8_t> all;
  for (;;) {
    const std::size_t piece = std::max(all.size(), kPieceBytes), before = all.size();
    all.resize(before + piece);
    const std::size_t got = read(std::span(all).subspan(before));
    all.resize(before + got);
    if (got < piece) return all;
  }
}

std::size_t ByteSource::read_unpacked(std::span<std::uint8_t> out) {
  if (!is_gzipped_) return read_raw(out);
  const std::size_t got = gzip_->read(out);
  if (got < out.size() && !gzip_->at_member_end()) {
    fail("truncated: the end of the compressed data is missing", "get it anew");
  }
  return got;
}

std::size_t ByteSource::read_raw(std::span<std::uint8_t> out) {
  const std::size_t again = std::min(out.size(), kept_.size() - kept_position_);
  std::copy_n(kept_.begin() + static_cast<std::ptrdiff_t>(kept_position_), again, out.begin());
  kept_position_ += again;
  const std::span<std::uint8_t> rest = out.subspan(again);
  const std::size_t got = read_descriptor(rest);
  if (keeps_) {
    kept_.insert(kept_.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(got));
    kept_position_ += got;
  }
  return again + got;
}

std::size_t ByteSource::read_descriptor(std::span<std::uint8_t> out) {
  std::size_t total = 0;
  while (total < out.size()) {
    const ssize_t got = ::read(descriptor_.number, out.data() + total, out.size() - total);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_to_read(name_, errno);
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  return total;
}

void ByteSource::fail(std::string_view problem, std::string_view remedy) const {
  throw Error(fmt::format("{}: {}; {}", name_, problem, remedy));
}

void ByteSource::fail_as_other_kind(std::string_view expected, std::string_view otherwise,
                                    std::string_view remedy) const {
  const FileKind kind = foreign_kind(head_);
  if (kind.name.empty()) fail(otherwise, remedy);
  fail(fmt::format("is {}{}, not {}", is_gzipped_ ? "within its gzip file " : "", kind.name,
                   expected),
       kind.remedy.empty() ? remedy : kind.remedy);
}

}  // namespace regrow
