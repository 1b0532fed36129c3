// gzFile reads plain files as they are, so one path serves both kinds.
#include "data/input_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>

#include "regrow/error.h"

namespace regrow {
namespace {

// What deflate can compress at best (zlib's technical notes give 1032:1).
constexpr std::uint64_t kMaxDeflateRatio = 1032;
constexpr unsigned kBufferBytes = 1U << 17;
constexpr std::size_t kMaxReadBytes = std::size_t{1} << 30;

}  // namespace

InputFile::InputFile(std::filesystem::path path, std::string remedy)
    : path_(std::move(path)), remedy_(std::move(remedy)) {
  std::error_code error;
  if (!std::filesystem::exists(path_, error)) fail("missing");
  if (!std::filesystem::is_regular_file(path_, error)) fail("not a file");
  file_bytes_ = std::filesystem::file_size(path_, error);
  if (error) fail("cannot be read: " + error.message());
  file_.reset(gzopen(path_.c_str(), "rb"));
  if (file_ == nullptr) fail(std::string("cannot be opened: ") + std::strerror(errno));
  gzbuffer(file_.get(), kBufferBytes);
  const bool should_be_plain = path_.extension() != ".gz";
  if (is_plain() && !should_be_plain) fail("not a gzip file");
  if (!is_plain() && should_be_plain) fail("gzipped, though its name does not end in .gz");
}

void InputFile::expect_size(std::uint64_t bytes) {
  expected_bytes_ = bytes;
  if (is_plain() && file_bytes_ != bytes) {
    fail(fmt::format("{}: {} of {} bytes", file_bytes_ < bytes ? "truncated" : "oversized",
                     with_separators(file_bytes_), with_separators(bytes)));
  }
  if (bytes / kMaxDeflateRatio > file_bytes_) {
    fail(
        fmt::format("corrupt header: it announces {} bytes, more than {} compressed bytes can hold",
                    with_separators(bytes), with_separators(file_bytes_)));
  }
}

void InputFile::read(std::span<std::uint8_t> out) {
  const std::uint64_t end = position_ + out.size();
  if (read_up_to(out) < out.size()) fail_truncated(end);
}

std::vector<std::uint8_t> InputFile::read_rest(std::uint64_t bytes) {
  const std::uint64_t end = position_ + bytes;
  expect_size(end);
  // Room for one byte more, since zlib looks at the checksum only where it could still write.
  std::vector<std::uint8_t> rest(bytes + 1);
  const std::size_t got = read_up_to(rest);
  if (got < bytes) fail_truncated(end);
  if (got > bytes) {
    fail(fmt::format("oversized: it goes on after the {} bytes it should have",
                     with_separators(end)));
  }
  if (zlib_error() == Z_BUF_ERROR) fail("truncated: the checksum at its end is missing");
  rest.pop_back();
  return rest;
}

std::size_t InputFile::read_up_to(std::span<std::uint8_t> out) {
  std::size_t total = 0;
  while (total < out.size()) {
    const auto wanted = static_cast<unsigned>(std::min(out.size() - total, kMaxReadBytes));
    const int got = gzread(file_.get(), out.data() + total, wanted);
    if (got < 0) {
      const int error = zlib_error();
      if (error == Z_ERRNO) fail(std::string("cannot be read: ") + std::strerror(errno));
      if (error == Z_MEM_ERROR) fail("cannot be read: out of memory");
      fail("corrupt: the compressed data is damaged");
    }
    total += static_cast<std::size_t>(got);
    position_ += static_cast<std::uint64_t>(got);
    if (static_cast<unsigned>(got) < wanted) break;
  }
  return total;
}

int InputFile::zlib_error() const {
  int error = Z_OK;
  gzerror(file_.get(), &error);
  return error;
}

void InputFile::fail(const std::string& problem) const {
  throw Error(fmt::format("{}: {}; {}", path_.string(), problem, remedy_));
}

void InputFile::fail_truncated(std::uint64_t expected_bytes) const {
  const bool is_known = expected_bytes_ != 0;
  fail(fmt::format("truncated: {} of {}{} bytes", with_separators(position_),
                   is_known ? "" : "at least ",
                   with_separators(is_known ? expected_bytes_ : expected_bytes)));
}

std::string with_separators(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ',');
  return digits;
}

}  // namespace regrow
