// The descriptors of standard input, output and error.
#pragma once

namespace regrow {

/// Takes those of the three that are closed, so that no file that is opened later gets their
/// number, and with it what is meant for the stream. To read or write them still fails as before.
/// For a program's start: before any file is opened.
void keep_standard_streams();

}  // namespace regrow
