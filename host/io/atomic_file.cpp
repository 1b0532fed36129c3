// Written aside, synced, renamed, and the folder synced: after a crash at any moment either the old
// file or the new one is there.
#include "io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "io/system_calls.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"

namespace regrow {
namespace {

constexpr std::string_view kAsideSuffix = ".aside";

/// Of this process alone: on two machines, or in two containers, process numbers may be equal.
std::string aside_of(const std::string& name) {
  static const std::uint32_t drawn = std::random_device()();
  return fmt::format(".{}.{}{:010}{}", name, ::getpid(), drawn, kAsideSuffix);
}

Descriptor open_aside(const Folder& folder, const std::string& aside) {
  return folder.open_file(aside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
}

/// As much on the disk as a link to the file would be.
int copy_durably(const Folder& folder, const std::string& file, const std::string& aside) {
  constexpr std::size_t kPieceBytes = std::size_t{1} << 18;
  const Descriptor source = folder.open_file(file, O_RDONLY);
  if (!source.is_open()) return errno;
  Descriptor copy = open_aside(folder, aside);
  if (!copy.is_open()) return errno;
  std::vector<char> piece(kPieceBytes);
  int error_number = 0;
  std::size_t bytes = 0;
  std::uint64_t offset = 0;
  do {
    error_number = read_all(source.number(), offset, piece, bytes);
    if (error_number == 0) {
      error_number = write_all(copy.number(), std::as_bytes(std::span(piece).first(bytes)));
    }
    offset += bytes;
  } while (error_number == 0 && bytes == piece.size());
  if (error_number == 0) error_number = sync_file(copy.number());
  const int close_error = copy.close();
  return error_number == 0 ? close_error : error_number;
}

}  // namespace

AtomicFile::AtomicFile(const std::filesystem::path& path)
    : AtomicFile(folder_to_write(path), name_in_folder(path)) {}

AtomicFile::AtomicFile(std::shared_ptr<const Folder> folder, std::string name)
    : folder_(std::move(folder)), name_(std::move(name)) {
  folder_->require_in_place();
  // A rename would replace the device or pipe itself, /dev/null for one.
  if (const std::string_view other = folder_->other_than_file(name_); !other.empty()) {
    // Of a run's or a sweep's own file there is no other path to choose.
    throw Error(fmt::format("{}: cannot be written: it is {}, not a regular file; move it away",
                            folder_->path_of(name_).string(), other));
  }
  aside_ = aside_of(name_);
  descriptor_ = open_aside(*folder_, aside_);
  if (!descriptor_.is_open()) fail(errno);
  exists_ = true;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (const int error_number = write_all(descriptor_.number(), bytes); error_number != 0) {
    fail(error_number);
  }
}

void AtomicFile::commit() {
  if (const int error_number = sync_file(descriptor_.number()); error_number != 0) {
    fail(error_number);
  }
  if (const int error_number = descriptor_.close(); error_number != 0) fail(error_number);
  folder_->require_in_place();
  if (const int error_number = folder_->rename(aside_, name_); error_number != 0) {
    fail(error_number);
  }
  exists_ = false;
  if (const int error_number = folder_->sync(); error_number != 0) fail(error_number);
}

bool AtomicFile::is_aside(std::string_view file_name, std::string_view target_name) {
  const std::string prefix = fmt::format(".{}.", target_name);
  if (!file_name.starts_with(prefix) || !file_name.ends_with(kAsideSuffix)) return false;
  if (file_name.size() <= prefix.size() + kAsideSuffix.size()) return false;
  file_name.remove_prefix(prefix.size());
  file_name.remove_suffix(kAsideSuffix.size());
  return std::all_of(file_name.begin(), file_name.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

void AtomicFile::discard() noexcept {
  descriptor_.close();
  if (std::exchange(exists_, false)) folder_->unlink(aside_);
}

void AtomicFile::fail(int error_number) {
  discard();
  throw Error(write_failure(folder_->path_of(name_), error_number));
}

AsideLink::AsideLink(std::shared_ptr<const Folder> folder, const std::string& file,
                     std::string name)
    : folder_(std::move(folder)), name_(std::move(name)), aside_(aside_of(name_)) {
  folder_->require_in_place();
  folder_->unlink(aside_);
  if (folder_->link(file, aside_) == 0) return;
  const int error_number = copy_durably(*folder_, file, aside_);
  if (error_number == 0) return;
  folder_->unlink(aside_);
  throw Error(write_failure(folder_->path_of(name_), error_number));
}

AsideLink::~AsideLink() { folder_->unlink(aside_); }

void AsideLink::commit() {
  folder_->require_in_place();
  // Of two names of one file neither is removed by a rename: the destructor removes the second.
  int error_number = folder_->rename(aside_, name_);
  if (error_number == 0) error_number = folder_->sync();
  if (error_number != 0) throw Error(write_failure(folder_->path_of(name_), error_number));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(content)));
  file.commit();
}

}  // namespace regrow
