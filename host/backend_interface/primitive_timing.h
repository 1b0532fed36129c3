// What a device's benchmark of its own primitives takes and gives: plain data, no device headers,
// so that it passes through a plugin's table of functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace regrow {

struct PrimitiveOptions {
  std::uint32_t rounds = 7;    // timed rounds; each gives one time per primitive
  std::uint32_t launches = 0;  // in one round; 0: as many as take about 2 ms
  bool tiny = false;           // shapes small enough for the emulation
};

struct PrimitiveTiming {
  std::string name;             // "forward 1", …
  std::string storage;          // of activations: "fp32", "bf16", or "" where there are none
  double bytes = 0;             // what one launch must move, by the primitive's own count
  std::string ceiling;          // the name of the entry that bounds it, or "" for a ceiling
  std::vector<double> seconds;  // of one launch, by round
};

/// The primitives of `device`, timed on it; empty where the device has none to show.
std::vector<PrimitiveTiming> bench_primitives_on(const std::string& device,
                                                 const PrimitiveOptions& options);

}  // namespace regrow
