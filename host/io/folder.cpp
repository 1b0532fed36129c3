// An open folder, by the calls of the system that take its descriptor.
#include "io/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>
#include <utility>

#include "io/write_remedy.h"
#include "regrow/error.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

const char* name_of(const fs::path& folder) { return folder.empty() ? "." : folder.c_str(); }

std::string_view kind(mode_t mode) {
  if (S_ISLNK(mode)) return "a symbolic link";
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

void require_regular(const fs::path& path, mode_t mode) {
  if (S_ISREG(mode)) return;
  throw Error(fmt::format("{}: cannot be written: it is {}, not a regular file; move it away",
                          path.string(), kind(mode)));
}

std::string write_failure(const fs::path& path, int error_number, const std::string& remedy) {
  return fmt::format("{}: cannot be written: {}; {}", path.string(),
                     std::generic_category().message(error_number), remedy);
}

/// What to do about a folder that files are to be written to and that cannot be opened.
std::string folder_remedy(int error_number) {
  return error_number == ENOENT ? "create the folder first or choose another"
                                : write_remedy(error_number);
}

}  // namespace

std::shared_ptr<const Folder> Folder::open(const fs::path& path) {
  std::error_code error;
  auto folder = open(path, error);
  if (error) {
    throw Error(fmt::format("{}: the folder cannot be opened: {}; {}", name_of(path),
                            error.message(), folder_remedy(error.value())));
  }
  return folder;
}

std::shared_ptr<const Folder> Folder::open(const fs::path& path, std::error_code& error) {
  error.clear();
  Descriptor descriptor(
      uninterrupted([&] { return ::open(name_of(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!descriptor.is_open()) {
    error.assign(errno, std::generic_category());
    return nullptr;
  }
  return std::shared_ptr<const Folder>(new Folder(path, std::move(descriptor)));
}

Folder::Folder(fs::path path, Descriptor descriptor)
    : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

void Folder::require_in_place() const {
  struct stat named = {}, held = {};
  const int error_number =
      uninterrupted([&] { return ::stat(name_of(path_), &named); }) == 0 ? 0 : errno;
  if (::fstat(descriptor_.number(), &held) != 0) throw Error(write_failure(path_, errno));
  if (error_number == 0 && named.st_dev == held.st_dev && named.st_ino == held.st_ino) return;
  const bool is_gone = error_number == ENOENT || error_number == ENOTDIR;
  throw Error(fmt::format(
      "{}: {} while it was written to; nothing more is written; go on with the folder where it is "
      "now, or start again",
      name_of(path_),
      is_gone             ? "the folder was removed or moved"
      : error_number == 0 ? "another folder was put in its place"
                          : fmt::format("the folder went out of reach ({})",
                                        std::generic_category().message(error_number))));
}

std::vector<Folder::Entry> Folder::entries(std::error_code& error) const {
  error.clear();
  std::vector<Entry> entries;
  // A descriptor of its own: one that is shared would share its place in the list.
  Descriptor descriptor = open_file(".", O_RDONLY | O_DIRECTORY);
  DIR* const list = descriptor.is_open() ? ::fdopendir(descriptor.number()) : nullptr;
  if (list == nullptr) {
    error.assign(errno, std::generic_category());
    return entries;
  }
  descriptor.release();  // closedir() closes it
  for (errno = 0; const dirent* entry = ::readdir(list); errno = 0) {
    Entry& found = entries.emplace_back();
    found.name = static_cast<const char*>(entry->d_name);
    if (found.name == "." || found.name == "..") {
      entries.pop_back();
      continue;
    }
    struct stat status = {};
    found.is_folder = ::fstatat(descriptor_.number(), found.name.c_str(), &status, 0) == 0 &&
                      S_ISDIR(status.st_mode);
  }
  if (errno != 0) error.assign(errno, std::generic_category());
  ::closedir(list);
  return entries;
}

std::string_view Folder::other_than_file(const std::string& name) const {
  struct stat status = {};
  const bool is_other =
      ::fstatat(descriptor_.number(), name.c_str(), &status, 0) == 0 && !S_ISREG(status.st_mode);
  return is_other ? kind(status.st_mode) : "";
}

bool Folder::has(const std::string& name) const {
  struct stat status = {};
  return ::fstatat(descriptor_.number(), name.c_str(), &status, 0) == 0;
}

Descriptor Folder::open_file(const std::string& name, int flags) const {
  return Descriptor(uninterrupted(
      [&] { return ::openat(descriptor_.number(), name.c_str(), flags | O_CLOEXEC, 0666); }));
}

Descriptor Folder::open_regular_file(const std::string& name, int flags) const {
  struct stat status = {};
  const bool exists =
      ::fstatat(descriptor_.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (exists) require_regular(path_of(name), status.st_mode);
  Descriptor file = open_file(name, flags | O_CREAT | O_NOFOLLOW | O_NONBLOCK);
  if (!file.is_open()) return file;
  // It may have become something else since.
  if (::fstat(file.number(), &status) != 0) return Descriptor();
  require_regular(path_of(name), status.st_mode);
  if (!exists) {
    const std::lock_guard lock(mutex_);
    ++changes_;
  }
  return file;
}

int Folder::rename(const std::string& from, const std::string& to) const {
  const int folder = descriptor_.number();
  if (::renameat(folder, from.c_str(), folder, to.c_str()) != 0) return errno;
  const std::lock_guard lock(mutex_);
  ++changes_;
  return 0;
}

int Folder::link(const std::string& file, const std::string& name) const {
  const int folder = descriptor_.number();
  return ::linkat(folder, file.c_str(), folder, name.c_str(), 0) == 0 ? 0 : errno;
}

int Folder::unlink(const std::string& name) const {
  return ::unlinkat(descriptor_.number(), name.c_str(), 0) == 0 ? 0 : errno;
}

int Folder::sync() const {
  const std::lock_guard lock(mutex_);
  if (synced_ == changes_) return 0;
  const int error_number = sync_file(descriptor_.number());
  // File systems that cannot sync a folder say EINVAL or ENOTSUP.
  if (error_number != 0 && error_number != EINVAL && error_number != ENOTSUP) return error_number;
  synced_ = changes_;
  return 0;
}

std::string write_failure(const fs::path& path, int error_number) {
  return write_failure(path, error_number, write_remedy(error_number));
}

std::shared_ptr<const Folder> folder_to_write(const fs::path& file) {
  std::error_code error;
  auto folder = Folder::open(file.parent_path(), error);
  if (error) throw Error(write_failure(file, error.value(), folder_remedy(error.value())));
  return folder;
}

std::string name_in_folder(const fs::path& file) {
  // A path that ends in a slash names the folder itself.
  return file.has_filename() ? file.filename().string() : ".";
}

void make_folders(const fs::path& path, std::error_code& error) {
  std::vector<fs::path> made;
  for (fs::path folder = path; !folder.empty() && !fs::exists(folder, error);
       folder = folder.parent_path()) {
    made.push_back(folder);
  }
  fs::create_directories(path, error);
  for (const fs::path& folder : made) {
    if (error) return;
    const auto parent = Folder::open(folder.parent_path(), error);
    if (!error) error.assign(parent->sync(), std::generic_category());
  }
}

}  // namespace regrow
