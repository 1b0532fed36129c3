// A run is a folder: config.toml, metrics.jsonl, timings.jsonl, summary.json, and the networks
// initial.safetensors, last.safetensors, previous.safetensors, best.safetensors, each of which
// appears whole or not at all; and an event file for TensorBoard, which grows. Beside them, .lock
// keeps a second writer out.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regrow/checkpoint.h"
#include "regrow/config.h"
#include "regrow/metrics.h"

namespace regrow {

class AppendFile;
class Folder;
class FolderLock;

/// Replaces `path` by `content`: written aside, synced, renamed. Throws Error on a full or
/// unwritable disk, leaving what was there.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// A text of any kind. Throws Error naming the file, also of more than 64 MiB.
std::string read_file(const std::filesystem::path& path);

struct Summary {
  std::string version;
  std::string status;  // "running", "finished", "interrupted", "failed"
  std::string dataset;
  std::string method;
  std::string measure;
  std::string pause;
  std::string grow;
  std::string validation;
  std::int64_t seed = 0;
  std::int64_t data_seed = 0;
  std::string device;
  std::string instruction_set;
  std::vector<ComputedBy> computed_by{};  // as in the checkpoint
  unsigned threads = 1;
  std::uint32_t epochs = 0;    // done
  EpochRecord final;           // of the last epoch
  EpochRecord best;            // by the setting `monitor`, the first of equals
  bool stopped_early = false;  // ended before its last epoch for want of a better one
  std::uint64_t initial_connections = 0;
  std::uint64_t paused_epochs = 0;
  std::optional<TrainingCost> cost{};     // where all steps were counted
  std::vector<NewbornCounts> survival{};  // of each hidden layer, where there were evolutions
  double seconds = 0;                     // sum over epochs
  double seconds_per_epoch = 0;           // median
};

class RunFolder {
 public:
  /// A new folder, locked while this object or a copy of it lives; an existing one that is not
  /// empty is refused, or with `force` a former run in it is replaced (only the files of a run are
  /// removed). A run killed before anything was trained is replaced without. Throws Error.
  static RunFolder create(const std::filesystem::path& path, bool force);
  /// An existing run, to read. Throws Error when there is none.
  static RunFolder open(const std::filesystem::path& path);
  /// True where there is nothing that resume() could go on with, not even a folder. Throws Error
  /// where the folder cannot be listed.
  static bool nothing_trained(const std::filesystem::path& path);
  /// An existing run, to go on with: locked as by create(), and without what killed writers left.
  /// Throws Error when there is none, or nothing was trained yet.
  static RunFolder resume(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  /// The untrained network.
  std::filesystem::path initial() const { return path_ / "initial.safetensors"; }
  std::filesystem::path last() const { return path_ / "last.safetensors"; }
  /// What last() was before it was written last; none before the second time.
  std::filesystem::path previous() const { return path_ / "previous.safetensors"; }
  std::filesystem::path best() const { return path_ / "best.safetensors"; }
  std::filesystem::path config() const;
  /// A line an epoch.
  std::filesystem::path metrics() const;
  /// A line an evolution.
  std::filesystem::path evolutions() const;
  std::filesystem::path timings() const;
  /// For TensorBoard (docs/tensorboard.md).
  std::filesystem::path events() const;

  // All that writes does so in the folder that create() or resume() found, whatever becomes of its
  // path; where that does not name the folder any more, it throws Error and writes nothing.

  /// Replace the file whole. Throw Error, as write_file_atomically(), leaving the former one.
  void write_config(const Config& config) const;
  void write_initial(const Checkpoint& state) const;
  void write_best(const Checkpoint& state) const;
  /// last() becomes `state`, and then previous() what last() was.
  void write_last(const Checkpoint& state) const;
  /// last() becomes `state`, and previous() stays: what is replaced is not another state of the
  /// run.
  void replace_last(const Checkpoint& state) const;
  /// last() becomes what `checkpoint`, another one of this run, holds.
  void go_back_to(const std::filesystem::path& checkpoint) const;
  void replace_metrics(std::string_view lines) const;
  void write_summary(const Summary& summary) const;

  /// Makes the summary say "failed" where it says "running", on a disk so full that it cannot be
  /// written anew: in its place, as well as that can be done.
  void overwrite_running() const noexcept;

  /// Open the file, or make it, to append to it. Throw Error.
  AppendFile metrics_to_append() const;
  AppendFile evolutions_to_append() const;
  AppendFile timings_to_append() const;
  AppendFile events_to_append() const;

  /// All whole lines; a last one without its end does not count yet. Throws Error naming file, line
  /// and field of what is missing, damaged, or out of sequence.
  std::vector<EpochRecord> read_metrics() const;
  /// The same, one by one: 1,000,000 epochs need not fit in memory.
  void visit_metrics(const std::function<void(const EpochRecord&)>& visit) const;
  /// All whole lines; none where there is no file, as of runs of older versions. Throws Error
  /// naming file, line and field of what is damaged.
  std::vector<EvolutionRecord> read_evolutions() const;
  /// Missing or damaged timings are no error: they are not part of the result.
  std::vector<EpochTimings> read_timings() const;

 private:
  explicit RunFolder(std::filesystem::path path);                   // to read
  explicit RunFolder(const std::shared_ptr<const Folder>& folder);  // to write: locks it

  const std::shared_ptr<const Folder>& folder() const;

  std::filesystem::path path_;
  // None where only read.
  std::shared_ptr<const Folder> folder_;
  std::shared_ptr<FolderLock> lock_;
};

/// The epoch with the best value of `monitor`, the first of equals. history is not empty.
std::size_t best_epoch(std::span<const EpochRecord> history, Measure monitor);

/// Hidden connections of the network that the record's losses and accuracies were measured on. The
/// record's `connections` are those after the evolution that followed, if one did.
std::uint64_t evaluated_connections(const EpochRecord& record);

/// α = accuracy / connections, in hits per sample and connection, and β = loss · connections, in
/// nats (thesis, Table 2): of the test set and the network evaluated. Without connections α is
/// infinite (NaN at an accuracy of 0) and β is 0; JSON has null for what is not finite.
double alpha(const EpochRecord& record);
double beta(const EpochRecord& record);

}  // namespace regrow
