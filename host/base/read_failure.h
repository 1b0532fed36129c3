// What an Error says of a file or a folder that is there, or may be, and cannot be read.
#pragma once

#include <filesystem>
#include <string_view>

#include "regrow/error.h"

namespace regrow {

/// What helps against an error of the system in reading: of permission, of a limit, of the disk.
std::string_view read_remedy(int error_number);

/// Of a file that is not known to be damaged: it is out of reach, or it is for another program to
/// read. Nothing that stands in for a damaged file is an answer to that.
class UnreadableError : public Error {
 public:
  using Error::Error;
};

/// Throws UnreadableError, "PATH: cannot be read: REASON; REMEDY", of errno's number; where the
/// disk failed, an Error that is none.
[[noreturn]] void fail_to_read(const std::filesystem::path& path, int error_number);

/// What is there, links followed; not_found only where nothing is. Throws as fail_to_read() where
/// the system does not tell.
std::filesystem::file_type type_to_read(const std::filesystem::path& path);

}  // namespace regrow
