// What was measured, for a person as tables and for programs as JSON.
#pragma once

#include <string>
#include <vector>

#include "backend_interface/primitive_timing.h"
#include "bench/measure.h"

namespace regrow::bench {

struct PrimitiveResult {
  std::string device;
  std::vector<PrimitiveTiming> timings;
};

struct Report {
  std::uint32_t rounds = 0;
  std::vector<SizeResult> sizes;
  std::vector<PrimitiveResult> primitives;
};

/// Ratios are to the first device that was measured.
std::string as_text(const SizeResult& result);
std::string as_text(const PrimitiveResult& result);

/// Seconds, bytes and bytes a second; every round's own time beside median and spread.
std::string as_json(const Report& report);

/// "95.1 us", "1.83 ms", "2.4 s": three digits.
std::string time_text(double seconds);

}  // namespace regrow::bench
