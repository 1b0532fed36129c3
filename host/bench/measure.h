// Times whole steps and whole epochs on several devices in turn, round by round, so that whatever
// slows the machine down slows all of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/epoch_runner.h"
#include "bench/problem.h"
#include "regrow/backend.h"

namespace regrow::bench {

/// "cuda:bf16": a device and how it trains, where that is its choice: ":bf16" stores activations in
/// bf16, ":nograph" launches every kernel by itself.
struct DeviceChoice {
  std::string label;  // as given
  std::string device;
  bool bf16 = false;
  bool nograph = false;
};
/// A list by commas. Throws UsageError on an empty entry and on one given twice.
std::vector<DeviceChoice> parse_devices(const std::string& list);

struct MeasureOptions {
  std::vector<DeviceChoice> devices;
  std::uint32_t rounds = 7;
  std::uint32_t steps = 0;      // of an epoch; 0: the problem's own
  bool whole_epochs = true;     // where the problem has them
  bool evolutions = false;      // where epochs are not whole
  std::string grow = "random";  // growth rule of the epoch
  std::string activation = "leaky_relu";
  std::string optimiser = "sgd";
  bool bare = false;     // without dropout and augmentation
  unsigned threads = 0;  // of CPU devices
  std::string simd = "auto";
};

struct DeviceResult {
  std::string label;
  std::string description;
  std::string instruction_set;
  std::string problem;  // why there are no times, or ""
  Phases seconds;
  double start_seconds = 0;  // of attaching the data and loading the network

  bool measured() const { return problem.empty(); }
};

struct SizeResult {
  std::string size;
  std::string widths;
  std::uint64_t connections = 0;  // of the hidden layers, at the start
  std::uint32_t batch = 0;
  std::uint32_t steps = 0;
  EpochEnd end = EpochEnd::kNothing;
  double network_seconds = 0;    // of making the untrained network
  std::uint64_t peak_bytes = 0;  // that the program has held at its height so far
  std::vector<DeviceResult> devices;
};

/// A device that is not there, or on which the problem does not fit, is left out and says why.
SizeResult measure(const ProblemSize& size, const MeasureOptions& options);

struct Spread {
  double median = 0;
  double least = 0;
  double most = 0;
};
/// values: at least one.
Spread spread_of(std::vector<double> values);
/// values[i] / base[i], over the rounds that both have.
std::vector<double> ratios(const std::vector<double>& values, const std::vector<double>& base);

}  // namespace regrow::bench
