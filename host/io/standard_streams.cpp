// Keeps files off the descriptors 0 to 2.
#include "io/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "io/system_calls.h"

namespace regrow {

void keep_standard_streams() {
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // It gets the lowest number that is free, this one. What is opened as a place alone can neither
    // be read nor written: EBADF, as of a closed one. Children inherit it, for the same reason.
    uninterrupted([] { return ::open("/", O_PATH | O_DIRECTORY); });
  }
}

}  // namespace regrow
