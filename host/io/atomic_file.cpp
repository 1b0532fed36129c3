// Written aside, synced, renamed, and the folder synced: after a crash at any moment either the old
// file or the new one is there.
#include "io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "io/system_calls.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"

namespace regrow {
namespace {

constexpr std::string_view kAsideSuffix = ".aside";

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

/// Of this process alone: on two machines, or in two containers, process numbers may be equal.
std::filesystem::path aside_of(const std::filesystem::path& path) {
  static const std::uint32_t drawn = std::random_device()();
  return folder_of(path) /
         fmt::format(".{}.{}{:010}{}", path.filename().string(), ::getpid(), drawn, kAsideSuffix);
}

std::string_view remedy(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return "free some space or choose another folder";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a folder that you may write to";
    case ENOENT:
    case ENOTDIR:
      return "create its folder first or choose another path";
    case EISDIR:
      return "choose a path that is not a folder";
    default:
      return "check the disk or choose another folder";
  }
}

std::string failure(const std::filesystem::path& path, int error_number) {
  return fmt::format("{}: cannot be written: {}; {}", path.string(),
                     std::generic_category().message(error_number), remedy(error_number));
}

int open_aside(const std::filesystem::path& aside) {
  return uninterrupted(
      [&] { return ::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666); });
}

/// Returns 0, or the number of the error.
int sync(int descriptor) {
  return uninterrupted([&] { return ::fsync(descriptor); }) == 0 ? 0 : errno;
}

/// Makes a rename durable. File systems that cannot sync a folder say EINVAL or ENOTSUP.
int sync_folder(const std::filesystem::path& folder) {
  const int descriptor =
      uninterrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0) return errno;
  const int error_number = sync(descriptor);
  ::close(descriptor);
  return error_number == EINVAL || error_number == ENOTSUP ? 0 : error_number;
}

/// As much on the disk as a link to the file would be.
int copy_durably(const std::filesystem::path& file, const std::filesystem::path& aside) {
  constexpr std::size_t kPieceBytes = std::size_t{1} << 18;
  std::ifstream source(file, std::ios::binary);
  if (!source) return errno;
  const int descriptor = open_aside(aside);
  if (descriptor < 0) return errno;
  std::vector<char> piece(kPieceBytes);
  int error_number = 0;
  while (error_number == 0 && source) {
    source.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    error_number = source.bad() ? EIO : 0;
    const auto count = static_cast<std::size_t>(source.gcount());
    if (error_number == 0) {
      error_number = write_all(descriptor, std::as_bytes(std::span(piece).first(count)));
    }
  }
  if (error_number == 0) error_number = sync(descriptor);
  const int close_error = close_once(descriptor);
  return error_number == 0 ? close_error : error_number;
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path_, ignored);
  // A rename would replace the device or pipe itself, /dev/null for one.
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw Error(
        fmt::format("{}: cannot be written: it is {}; choose another path", path_.string(),
                    std::filesystem::is_directory(status) ? "a folder" : "not a regular file"));
  }
  aside_ = aside_of(path_);
  descriptor_ = open_aside(aside_);
  if (descriptor_ < 0) fail(errno);
  exists_ = true;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (const int error_number = write_all(descriptor_, bytes); error_number != 0) {
    fail(error_number);
  }
}

void AtomicFile::commit() {
  if (const int error_number = sync(descriptor_); error_number != 0) fail(error_number);
  // Network file systems report a full disk as late as here.
  if (const int error_number = close_once(std::exchange(descriptor_, -1)); error_number != 0) {
    fail(error_number);
  }
  if (::rename(aside_.c_str(), path_.c_str()) != 0) fail(errno);
  exists_ = false;
  if (const int error_number = sync_folder(folder_of(path_)); error_number != 0) {
    fail(error_number);
  }
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
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  if (std::exchange(exists_, false)) ::unlink(aside_.c_str());
}

void AtomicFile::fail(int error_number) {
  discard();
  throw Error(failure(path_, error_number));
}

AsideLink::AsideLink(const std::filesystem::path& file, std::filesystem::path path)
    : path_(std::move(path)), aside_(aside_of(path_)) {
  ::unlink(aside_.c_str());
  if (::link(file.c_str(), aside_.c_str()) == 0) return;
  const int error_number = copy_durably(file, aside_);
  if (error_number == 0) return;
  ::unlink(aside_.c_str());
  throw Error(failure(path_, error_number));
}

AsideLink::~AsideLink() { ::unlink(aside_.c_str()); }

void AsideLink::commit() {
  // Of two names of one file neither is removed by a rename: the destructor removes the second.
  if (::rename(aside_.c_str(), path_.c_str()) != 0) throw Error(failure(path_, errno));
  if (const int error_number = sync_folder(folder_of(path_)); error_number != 0) {
    throw Error(failure(path_, error_number));
  }
}

void make_folders(const std::filesystem::path& path, std::error_code& error) {
  namespace fs = std::filesystem;
  std::vector<fs::path> made;
  for (fs::path folder = path; !folder.empty() && !fs::exists(folder, error);
       folder = folder.parent_path()) {
    made.push_back(folder);
  }
  fs::create_directories(path, error);
  for (const fs::path& folder : made) {
    if (error) return;
    error.assign(sync_folder(folder_of(folder)), std::generic_category());
  }
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(content)));
  file.commit();
}

}  // namespace regrow
