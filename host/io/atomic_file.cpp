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
#include <string>
#include <system_error>
#include <utility>

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

/// Makes a rename durable. File systems that cannot sync a folder say EINVAL or ENOTSUP.
int sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  const int error_number = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  return error_number == EINVAL || error_number == ENOTSUP ? 0 : error_number;
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
  descriptor_ = ::open(aside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(errno);
  exists_ = true;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail(errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) fail(errno);
  // Network file systems report a full disk as late as here.
  if (::close(std::exchange(descriptor_, -1)) != 0) fail(errno);
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
  std::error_code error;
  std::filesystem::copy_file(file, aside_, error);
  if (!error) return;
  ::unlink(aside_.c_str());
  throw Error(failure(path_, error.value()));
}

AsideLink::~AsideLink() { ::unlink(aside_.c_str()); }

void AsideLink::commit() {
  // Of two names of one file neither is removed by a rename: the destructor removes the second.
  if (::rename(aside_.c_str(), path_.c_str()) != 0) throw Error(failure(path_, errno));
  if (const int error_number = sync_folder(folder_of(path_)); error_number != 0) {
    throw Error(failure(path_, error_number));
  }
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(content)));
  file.commit();
}

}  // namespace regrow
