// Appends to a file in an open folder, whole records or nothing.
#include "io/append_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "io/atomic_file.h"
#include "io/system_calls.h"
#include "io/write_remedy.h"
#include "regrow/error.h"

namespace regrow {

AppendFile::AppendFile(const std::filesystem::path& path)
    : AppendFile(folder_to_write(path), name_in_folder(path)) {}

AppendFile::AppendFile(std::shared_ptr<const Folder> folder, std::string name)
    : folder_(std::move(folder)), name_(std::move(name)) {
  folder_->require_in_place();
  open();
}

void AppendFile::open() {
  descriptor_ = folder_->open_regular_file(name_, O_RDWR | O_APPEND);
  struct stat status = {};
  if (!descriptor_.is_open() || ::fstat(descriptor_.number(), &status) != 0) {
    fail("written", errno);
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  is_synced_ = false;  // it is new, or who wrote it may have been killed before
}

void AppendFile::cut_back(std::uint64_t bytes) {
  REGROW_CHECK(bytes <= size_, "a file is cut back to more than it has");
  folder_->require_in_place();
  leave_other_names(bytes);
  if (bytes == size_ && !is_torn_) return;
  is_synced_ = false;
  const std::uint64_t former = std::exchange(size_, bytes);
  if (const int error_number = truncate(); error_number != 0) {
    size_ = former;
    fail("written", error_number);
  }
  is_torn_ = false;
}

void AppendFile::append(std::string_view bytes) {
  folder_->require_in_place();
  leave_other_names(size_);
  if (is_torn_) cut_back(size_);
  is_synced_ = false;
  const int error_number = write_all(descriptor_.number(), std::as_bytes(std::span(bytes)));
  if (error_number != 0) {
    is_torn_ = truncate() != 0;
    fail("written", error_number);
  }
  size_ += bytes.size();
}

void AppendFile::sync() {
  // What a checkpoint is to count must be there.
  names_of_whole();
  if (!is_synced_) {
    is_synced_ = uninterrupted([&] { return ::fdatasync(descriptor_.number()); }) == 0;
    if (!is_synced_) fail("written", errno);
  }
  if (const int error_number = folder_->sync(); error_number != 0) fail("written", error_number);
}

std::size_t AppendFile::read_at(std::uint64_t offset, std::span<char> into) const {
  std::size_t bytes = 0;
  const int error_number = read_all(descriptor_.number(), offset, into, bytes);
  if (error_number != 0) fail("read", error_number);
  return bytes;
}

std::uint64_t AppendFile::names_of_whole() const {
  struct stat status = {};
  if (::fstat(descriptor_.number(), &status) != 0) fail("written", errno);
  if (status.st_nlink == 0 || static_cast<std::uint64_t>(status.st_size) < size_) {
    folder_->require_in_place();  // else the file went with its folder, which is what to say
    throw Error(
        fmt::format("{}: was {} while the run was trained; nothing more is written; go on "
                    "with --resume",
                    path().string(), status.st_nlink == 0 ? "removed" : "cut off"));
  }
  return status.st_nlink;
}

void AppendFile::leave_other_names(std::uint64_t bytes) {
  if (names_of_whole() == 1) return;
  AtomicFile copy(folder_, name_);
  std::vector<char> piece(kPieceBytes);
  for (std::uint64_t offset = 0; offset < bytes;) {
    const auto rest =
        static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, bytes - offset));
    const std::size_t count = read_at(offset, std::span(piece).first(rest));
    if (count == 0) fail("read", EIO);  // somebody cut it off
    copy.write(std::as_bytes(std::span(piece).first(count)));
    offset += count;
  }
  copy.commit();
  open();
  is_torn_ = false;
}

int AppendFile::truncate() const {
  const auto size = static_cast<off_t>(size_);
  return uninterrupted([&] { return ::ftruncate(descriptor_.number(), size); }) == 0 ? 0 : errno;
}

void AppendFile::fail(const char* what, int error_number) const {
  throw Error(fmt::format("{}: cannot be {}: {}; {}", path().string(), what,
                          std::generic_category().message(error_number),
                          resume_remedy(error_number)));
}

}  // namespace regrow
