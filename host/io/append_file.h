// Files that grow: records are appended one by one, and whatever moment a writer is killed at,
// those before remain.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/descriptor.h"
#include "io/folder.h"

namespace regrow {

/// A regular file in a folder, and no other file: whoever has a further name of it, as a backup
/// made of hard links has, keeps what he has.
class AppendFile {
 public:
  /// Opens the file, or makes it. Throws Error where it cannot be read and written, where something
  /// else has its name (a link, a pipe, a folder; opening one never waits), or where the folder is
  /// not in its place.
  AppendFile(std::shared_ptr<const Folder> folder, std::string name);
  explicit AppendFile(const std::filesystem::path& path);

  /// To be named.
  std::filesystem::path path() const { return folder_->path_of(name_); }
  /// In bytes.
  std::uint64_t size() const { return size_; }

  /// Leaves the first `bytes`, no more than size(). Throws Error.
  void cut_back(std::uint64_t bytes);
  /// One write, so that another process sees all of `bytes` or, after a kill, a part that who goes
  /// on with the file cuts off. Throws Error on a full or failing disk, without having changed the
  /// file, and where the folder is not in its place any more.
  void append(std::string_view bytes);
  /// Until the disk has it all, and the file's name; at once where it has. Throws Error.
  void sync();

  /// As much as `into` takes, from byte `offset` on; less only at the file's end. Returns how many
  /// bytes these are. Throws Error.
  std::size_t read_at(std::uint64_t offset, std::span<char> into) const;
  /// Calls visit(std::string_view) for piece after piece of the file: what it needs of memory does
  /// not depend on size(). Throws Error.
  template <typename Visit>
  void read(Visit visit) const {
    std::vector<char> piece(kPieceBytes);
    for (std::uint64_t offset = 0; offset < size_;) {
      const std::size_t bytes = read_at(offset, piece);
      if (bytes == 0) return;  // somebody cut it off
      visit(std::string_view(piece.data(), bytes));
      offset += bytes;
    }
  }

 private:
  static constexpr std::size_t kPieceBytes = std::size_t{1} << 18;

  void open();
  /// How many names the file has. Throws Error where somebody has removed it or cut it off.
  std::uint64_t names_of_whole() const;
  /// Before a change: a file that has further names gives way to a copy of its first `bytes`.
  /// Throws as names_of_whole().
  void leave_other_names(std::uint64_t bytes);
  int truncate() const;  // to size_; returns 0, or the number of the error
  [[noreturn]] void fail(const char* what, int error_number) const;

  std::shared_ptr<const Folder> folder_;
  std::string name_;
  Descriptor descriptor_;
  std::uint64_t size_ = 0;
  bool is_torn_ = false;    // there is more in it than size_
  bool is_synced_ = false;  // the disk has as much as size_
};

}  // namespace regrow
