// Files that a command writes where it is told to.
#pragma once

#include <string>

namespace regrow {

/// Throws UsageError where `path`, given by `option`, is a folder, a pipe or a device, or a file of
/// a run or another checkpoint: none of them is to be lost by a slip.
void require_output_file(const std::string& path, const std::string& option);

/// Throws UsageError where `path`, given by `option`, is `read`, a file that the command reads (""
/// or
/// "-": none).
void require_other_file(const std::string& path, const std::string& option,
                        const std::string& read);

/// Writes the file whole or not at all. Throws as require_output_file(), and Error.
void write_output(const std::string& path, const std::string& option, const std::string& text);

}  // namespace regrow
