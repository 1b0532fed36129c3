// The samples that a network is asked about.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cli/opened_checkpoint.h"
#include "config/settings.h"
#include "regrow/dataset.h"
#include "regrow/load_dataset.h"

namespace regrow {

/// Where and how: as the checkpoint says, where the data is as config.toml beside it says, and over
/// both the flags.
Config evaluation_config(const OpenedCheckpoint& opened, std::span<const GivenFlag> flags);

/// What the network was trained on, for files that are read as that was.
TrainedOn trained_on(const Checkpoint& checkpoint);

/// All samples of the user's own file `config.data`, standardised as those of the checkpoint.
UnseenSamples own_samples(const OpenedCheckpoint& opened, const Config& config,
                          LabelsWanted labels);

/// The data set that `config` names, of which `split` is asked for. Throws Error where it does not
/// fit the network.
Dataset fitting_dataset(const OpenedCheckpoint& opened, const Config& config, Split split);

/// What is to be said of data of the run's name that is not what the run had: an accuracy of it is
/// not the run's.
std::vector<std::string> differences_from_training(const OpenedCheckpoint& opened,
                                                   const Dataset& dataset, Split split);

}  // namespace regrow
