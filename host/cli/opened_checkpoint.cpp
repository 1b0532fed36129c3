// A checkpoint as a command line names it: a file, a run's folder, or the standard input.
#include "cli/opened_checkpoint.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include "base/read_failure.h"
#include "cli/text_input.h"
#include "regrow/error.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

/// A file in memory, gone with this object.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("checkpoint", MFD_CLOEXEC)) {
    if (descriptor_ < 0) fail();
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  fs::path path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

  void append(const std::byte* bytes, std::size_t count) const {
    while (count > 0) {
      const ssize_t written = write(descriptor_, bytes, count);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) fail();
      bytes += written;
      count -= static_cast<std::size_t>(written);
    }
  }

 private:
  [[noreturn]] static void fail() {
    throw Error(fmt::format("{}: cannot be kept in memory: {}; give the checkpoint's file",
                            kStandardInput, std::generic_category().message(errno)));
  }

  int descriptor_;
};

/// Checkpoints are read twice, first to check them; a pipe cannot be.
void copy_standard_input(const MemoryFile& file) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{8} << 30;
  if (isatty(STDIN_FILENO) != 0) {
    throw Error(fmt::format("{}: is a terminal; pipe a checkpoint into it, or give its file",
                            kStandardInput));
  }
  std::uint64_t bytes = 0;
  read_standard_input([&](std::span<const std::byte> piece) {
    bytes += piece.size();
    if (bytes > kMostBytes) {
      throw Error(fmt::format("{}: is longer than {} GiB; give the checkpoint's file",
                              kStandardInput, kMostBytes >> 30));
    }
    file.append(piece.data(), piece.size());
  });
}

Checkpoint checkpoint_of_standard_input() {
  const MemoryFile file;
  copy_standard_input(file);
  try {
    return read_checkpoint(file.path());
  } catch (const Error& error) {
    std::string line = error.what();
    const std::string path = file.path().string();
    if (line.starts_with(path)) line.replace(0, path.size(), kStandardInput);
    throw Error(line);
  }
}

fs::path file_of_run(const fs::path& folder, const std::string& name) {
  fs::path file = folder / name;
  if (type_to_read(file) != fs::file_type::not_found) return file;
  const bool is_run = type_to_read(folder / "config.toml") != fs::file_type::not_found;
  throw Error(is_run ? fmt::format("{}: the run has no {}; give another checkpoint, such as {}",
                                   folder.string(), name,
                                   (folder / (name == "last.safetensors" ? "best.safetensors"
                                                                         : "last.safetensors"))
                                       .string())
                     : fmt::format("{}: holds no {}; give a run's folder, or a checkpoint",
                                   folder.string(), name));
}

}  // namespace

OpenedCheckpoint open_checkpoint(const std::string& argument, const std::string& of_run) {
  if (argument == "-")
    return {checkpoint_of_standard_input(), kStandardInput, "", /*was_chosen=*/false};
  std::error_code error;
  const bool is_folder = fs::is_directory(argument, error);
  const fs::path file = is_folder ? file_of_run(argument, of_run) : fs::path(argument);
  return {read_checkpoint(file), file.string(), file.parent_path(), is_folder};
}

}  // namespace regrow
