// A run's whole state in a safetensors file (JSON header + raw little-endian tensors), readable by
// any safetensors reader. Format: docs/checkpoint.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "regrow/backend.h"
#include "regrow/config.h"
#include "regrow/dataset.h"
#include "regrow/evolution/epoch_evolutions.h"
#include "regrow/evolution/evolution_state.h"
#include "regrow/evolution/history.h"
#include "regrow/file_prefix.h"
#include "regrow/metrics.h"
#include "regrow/network_state.h"
#include "regrow/topology.h"
#include "regrow/training_cost.h"

namespace regrow {

class Folder;

inline constexpr int kCheckpointVersion = 7;
/// The oldest version that is still read. Files of version 2 hold the records of all epochs; those
/// of versions 2 and 3 know nothing of single evolutions; those before version 5 have LeakyReLU and
/// SGD alone; those before version 6 count neither costs nor newborn connections; those before
/// version 7 know data sets that have names alone, whose schema is an image's, and have 1 for the
/// deviation of a feature that is the same in all training samples.
inline constexpr int kOldestCheckpointVersion = 2;

/// Where a run stands. Within an epoch, `sums` holds what its steps so far add up to, in step
/// order.
struct Progress {
  std::uint32_t epoch = 0;         // the epoch that runs next, or runs now
  std::uint32_t step = 0;          // steps of it already done
  LossSums sums;                   // of those steps
  EpochEvolutions evolved;         // between them
  bool evolution_pending = false;  // the last recorded epoch has not been followed by evolution
  /// Of all steps of the run; nothing where a former version began it, which did not count.
  std::optional<TrainingCost> cost = {};

  bool operator==(const Progress&) const;
};

/// What computed a run from a step on.
struct ComputedBy {
  std::uint32_t epoch = 0;  // the first that ran on it, from `step` on
  std::uint32_t step = 0;
  std::string device;
  std::string instruction_set;

  bool operator==(const ComputedBy&) const = default;
};

struct Checkpoint {
  Config config;                // resolved; local settings are not stored
  std::string device;           // as resolved: "cpu", not "auto"
  std::string instruction_set;  // of the back end that computed it
  /// Of a run that went on elsewhere: all that computed it, in order; else empty.
  std::vector<ComputedBy> computed_by;
  ImageShape shape;
  std::string data_name;  // "fashion_mnist", or of a user's own data the file's
  DataSchema schema;
  std::vector<std::string> class_names;
  DatasetDigest data;  // unknown where a former version wrote the file
  Standardisation standardisation;
  TargetScale target_scale;
  std::string initial_digest;  // of the network that it started from, where that was given; or ""
  Progress progress;
  History history;
  FilePrefix metrics;     // the lines of metrics.jsonl before that of `history.last`
  FilePrefix evolutions;  // the lines of evolutions.jsonl
  EvolutionState evolution;
  /// The hidden layers' cells at the end of the epoch before the one that runs or awaits evolution,
  /// where it has evolved within and the topology is measured; else none.
  std::vector<CellList> previous_masks;
  NetworkState network;
  std::vector<CellBitmap> explored;  // one per layer (see regrow/topology.h); or none at all

  /// Of all epochs, where it was read from a file of version 2; never written.
  std::vector<EpochRecord> records;
};

/// Written aside, synced and renamed: the file appears whole or not at all. Throws Error.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);
void write_checkpoint(std::shared_ptr<const Folder> folder, const std::string& name,
                      const Checkpoint& checkpoint);

/// Checks everything (sizes, checksum, version, invariants) before it returns; throws Error naming
/// the file, what is wrong and what to do.
Checkpoint read_checkpoint(const std::filesystem::path& path);

}  // namespace regrow
