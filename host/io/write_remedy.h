// What to do about a file or folder that cannot be written, by its cause: the one place for all
// that writes.
#pragma once

#include <string>

namespace regrow {

/// As the end of a line: "free some space or choose another folder". `error_number`: of errno.
std::string write_remedy(int error_number, const std::string& other = "another folder");

/// For what a run writes while it trains: "free some space and go on with --resume".
std::string resume_remedy(int error_number);

}  // namespace regrow
