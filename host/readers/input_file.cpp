#include "readers/input_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/file_kind.h"
#include "base/read_failure.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

// What deflate can compress at best (zlib's technical notes give 1032:1).
constexpr std::uint64_t kMaxDeflateRatio = 1032;

}  // namespace

InputFile::InputFile(fs::path path, std::string remedy)
    : path_(std::move(path)), remedy_(std::move(remedy)) {
  const fs::file_type type = type_to_read(path_);
  if (type == fs::file_type::not_found) fail("missing");
  if (type != fs::file_type::regular) fail("not a file");
  std::error_code error;
  file_bytes_ = fs::file_size(path_, error);
  if (error) fail_to_read(path_, error.value());
  file_.open(path_, std::ios::binary);
  if (!file_) fail_to_read(path_, errno);
  const std::string head = head_of_file();
  const bool is_gzipped = head.starts_with(GzipStream::kMagic);
  const bool should_be_gzipped = path_.extension() == ".gz";
  constexpr std::string_view kIdxOfBytes("\0\0\x08", 3);
  if (is_gzipped) open_gzip();
  if (is_gzipped && !should_be_gzipped) {
    // IDX files alone are read as they are packed.
    const std::string name = path_.filename().string() + ".gz";
    const bool is_idx = this->head().starts_with(kIdxOfBytes);
    fail_with("gzipped, though its name does not end in .gz",
              fmt::format("rename it to {}{}", name, is_idx ? "" : " and unpack it with gunzip"));
  }
  if (!is_gzipped && should_be_gzipped) {
    if (head.starts_with(kIdxOfBytes)) {
      fail_with("not gzipped, though its name ends in .gz",
                "rename it to " + path_.stem().string());
    }
    if (GzipStream::kMagic.starts_with(head)) {
      fail(fmt::format("truncated: a gzip file has more than {} byte{}", head.size(),
                       head.size() == 1 ? "" : "s"));
    }
    fail_as_other_kind("a gzip file", "not a gzip file");
  }
}

void InputFile::expect_size(std::uint64_t bytes) {
  expected_bytes_ = bytes;
  if (is_plain() && file_bytes_ != bytes) {
    fail(fmt::format("{}: {} of {} bytes", file_bytes_ < bytes ? "truncated" : "oversized",
                     grouped(file_bytes_), grouped(bytes)));
  }
  if (bytes / kMaxDeflateRatio > file_bytes_) {
    fail(
        fmt::format("corrupt header: it announces {} bytes, more than {} compressed bytes can hold",
                    grouped(bytes), grouped(file_bytes_)));
  }
}

void InputFile::read(std::span<std::uint8_t> out) {
  const std::uint64_t end = position_ + out.size();
  if (read_up_to(out) < out.size()) fail_truncated(end);
}

std::vector<std::uint8_t> InputFile::read_rest(std::uint64_t bytes) {
  const std::uint64_t end = position_ + bytes;
  expect_size(end);
  // Room for one byte more: inflating on finds the checksum, another member or what is neither.
  std::vector<std::uint8_t> rest(bytes + 1);
  const std::size_t got = read_up_to(rest);
  if (got < bytes) fail_truncated(end);
  if (got > bytes) {
    fail(fmt::format("oversized: it goes on after the {} bytes it should have", grouped(end)));
  }
  if (!is_plain() && !gzip_->at_member_end()) fail("truncated: the checksum at its end is missing");
  rest.pop_back();
  return rest;
}

void InputFile::open_gzip() {
  gzip_ = std::make_unique<GzipStream>(
      [this](std::span<std::uint8_t> out) { return read_file(std::as_writable_bytes(out)); },
      [this](const std::string& problem) { fail(problem); });
}

std::size_t InputFile::read_file(std::span<std::byte> out) {
  file_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
  if (file_.bad()) fail_to_read(path_, errno);
  return static_cast<std::size_t>(file_.gcount());
}

std::size_t InputFile::read_up_to(std::span<std::uint8_t> out) {
  const std::size_t got = is_plain() ? read_file(std::as_writable_bytes(out)) : gzip_->read(out);
  position_ += got;
  return got;
}

std::string InputFile::head_of_file() {
  std::string head(kKindBytes, '\0');
  file_.clear();
  file_.seekg(0);
  head.resize(read_file(std::as_writable_bytes(std::span(head))));
  file_.clear();
  file_.seekg(0);
  return head;
}

std::string InputFile::head() {
  std::string head = head_of_file();
  if (is_plain()) return head;
  open_gzip();
  head.resize(kKindBytes);
  head.resize(gzip_->read(std::span(reinterpret_cast<std::uint8_t*>(head.data()), head.size())));
  return head;
}

void InputFile::fail(const std::string& problem) const { fail_with(problem, remedy_); }

void InputFile::fail_with(const std::string& problem, const std::string& remedy) const {
  throw Error(fmt::format("{}: {}; {}", path_.string(), problem, remedy));
}

void InputFile::fail_as_other_kind(const std::string& expected, const std::string& otherwise) {
  const FileKind kind = foreign_kind(head());
  if (kind.name.empty()) fail(otherwise);
  fail_with(fmt::format("is {}{}, not {}", is_plain() ? "" : "within its gzip file ", kind.name,
                        expected),
            kind.remedy.empty() ? remedy_ : std::string(kind.remedy));
}

void InputFile::fail_truncated(std::uint64_t expected_bytes) const {
  const bool is_known = expected_bytes_ != 0;
  fail(fmt::format("truncated: {} of {}{} bytes", grouped(position_), is_known ? "" : "at least ",
                   grouped(is_known ? expected_bytes_ : expected_bytes)));
}

}  // namespace regrow
