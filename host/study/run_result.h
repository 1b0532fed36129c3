// What a run ended with, in the quantities of the paper's Table 2 and a few more.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "regrow/config.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "study/network_cells.h"

namespace regrow {

/// Of the test set and the network that an epoch was evaluated on: of the last epoch, or means over
/// the last ones, unless said otherwise.
enum class Quantity : std::uint8_t {
  kAccuracy,
  kLoss,
  kConnections,
  kAlpha,            // accuracy / connections
  kBeta,             // loss · connections
  kTheta,            // of the last evolution that made that network; a pause is none
  kPaused,           // epochs after which there was none
  kSeconds,          // median of an epoch's
  kBestAccuracy,     // of the epoch that the setting `monitor` chooses
  kOffFixedPoint,    // the last connections / fixed_point() − 1; absent where there is none
  kMeanConnections,  // while training: what it cost in time
  kPeakConnections,  // and in memory
  kDensity,          // connections / cells of the hidden layers; absent where these are not known
  kTotalSeconds,     // of all epochs; absent where not all were timed
  kValAccuracy,      // of the images that validate: what settings are chosen by
  kValLoss,
  kFlops,     // of the whole training; absent where fewer epochs are compared, as the next one
  kSurvival,  // of connections that had grown, the share that the first drop left
};
inline constexpr std::size_t kQuantities = 18;

/// The number of connections at which the evolution stays where it is at this regrowth ratio: it
/// drops ζ·n and grows θ·(γ − (1−ζ)·n), γ the initial number, so n = γ·θ/(ζ + θ·(1−ζ)). Nothing
/// where the growth does not refer to γ (`delta` removed), nothing is dropped or grown, a schedule
/// changes what is, or a grace protects so many that ζ·n cannot drop.
std::optional<double> fixed_point(const Config& config, double initial_connections, double theta);

/// As far as records of epochs tell, where the run itself has not counted (recorded_cost.h).
/// Of the networks that these epochs trained, the first epoch's being the initial one: the
/// evolution after an epoch makes the next epoch's, and that after the last one none that was
/// trained. Of an epoch that evolved within, the mean takes the network that was evaluated, and the
/// peak the one that it began with, too.
struct ConnectionsWhileTraining {
  double mean = 0;
  double peak = 0;
};
ConnectionsWhileTraining connections_while_training(std::span<const EpochRecord> history);

/// What a run recorded, as its folder tells while it is trained, too.
struct RunRecords {
  Config config;
  std::vector<EpochRecord> history;
  std::vector<EpochTimings> timings;  // as far as they are there
  std::string warning;                // where config.toml is not whole; or ""

  /// Trained to its end, or ended early.
  bool is_finished() const;
};

/// Seconds of these epochs; nothing where there is none, or not each was timed.
std::optional<double> total_seconds(std::span<const EpochTimings> timings, std::size_t epochs);

/// A run whose records are lost or damaged: the line says what can be done for it.
class DamagedRun : public Error {
 public:
  using Error::Error;
};

/// Throws DamagedRun.
RunRecords read_records(const RunFolder& folder);

struct RunResult {
  std::filesystem::path folder;
  Config config;               // its `epochs` are those compared
  std::uint32_t recorded = 0;  // epochs that the run has trained
  bool stopped_early = false;  // for want of a better epoch: it has all that it ever will
  std::array<std::optional<double>, kQuantities> values;
  std::optional<NetworkCells> cells;
  std::string variant;  // of the sweep that it was trained by, where somebody set it; or ""
  std::string warning;  // of RunRecords
  /// Fingerprints of its data and of the network that it was given, if any; "" where not known.
  std::string origin;

  bool complete() const {
    return stopped_early || recorded >= static_cast<std::uint64_t>(config.epochs);
  }
  std::optional<double> operator[](Quantity quantity) const {
    return values[static_cast<std::size_t>(quantity)];
  }
};

/// `epochs`: as if the run had been configured for so many, which is the same as the beginning of a
/// longer run; nothing: as it was. A run that ended early is compared after the epochs that it has.
/// Without values where any other has trained less. `last`: the epochs
/// that means are over, 1 or more. Throws DamagedRun, and Error where there are fewer epochs
/// than `last`.
RunResult read_result(const RunFolder& folder, std::optional<std::uint32_t> epochs,
                      std::uint32_t last = 1);

}  // namespace regrow
