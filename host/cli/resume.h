// What it takes to go on with a run: its state, its local settings, and no setting that would make
// it another run.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/settings.h"
#include "regrow/backend.h"
#include "regrow/checkpoint.h"
#include "regrow/run_folder.h"
#include "regrow/run_length.h"

namespace regrow {

struct ResumedRun {
  Checkpoint state;    // with the local settings of the run's config.toml, and those given
  RunLength length;    // the run's latest, or with the epochs asked for
  std::string device;  // the one asked for, or ""
  std::vector<std::string> warnings;      // of what was restored
  std::vector<std::string> consequences;  // of its new length: of epochs added that are a cosine of
                                          // their own, of an evolution that ends as it would have
};

/// From the checkpoint `from`: "last", "previous" or "initial". A config.toml that is lost, empty
/// or damaged is as the checkpoint says, with a warning. `migrates`: device, instruction set and
/// type of activations may change. Throws UsageError naming the first flag, or edit of config.toml,
/// that would change the run's meaning; Error on a checkpoint that is lost or damaged, or lacks its
/// records, naming the state to go on from instead.
ResumedRun resume_run(const RunFolder& folder, std::span<const GivenFlag> flags,
                      const std::string& from = "last", bool migrates = false);

/// The back end that computed `state`, with its instruction set; on `device`, where that names a
/// GPU. Throws Error where this machine has it not, and where it computes in another precision than
/// the network has.
std::unique_ptr<Backend> same_backend(const Checkpoint& state, const std::string& device = "");

/// The back end to go on with knowingly, whatever computed `run.state`: on the device and with the
/// instruction set asked for; else on the state's device where this machine has it, or on what
/// `auto` stands for. Throws Error as make_backend().
std::unique_ptr<Backend> any_backend(ResumedRun& run);

}  // namespace regrow
