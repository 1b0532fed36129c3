// A checkpoint as a command line names it: a file, a run's folder, or the standard input.
#pragma once

#include <filesystem>
#include <string>

#include "regrow/checkpoint.h"

namespace regrow {

struct OpenedCheckpoint {
  Checkpoint checkpoint;
  std::string name;              // for people: the file's path, or "standard input"
  std::filesystem::path folder;  // that the file is in; "" of the standard input
  bool was_chosen = false;       // out of a run's folder
};

/// `of_run`: the file that a run's folder stands for, "best.safetensors". Throws Error.
OpenedCheckpoint open_checkpoint(const std::string& argument, const std::string& of_run);

}  // namespace regrow
